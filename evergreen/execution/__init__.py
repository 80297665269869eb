"""Run a notebook in its own kernel and return an Execution.

`run` holds the central function. `workspace` makes the working folder, `memory_limit` says how much
memory a run may use, `kernel_request` chooses the kernel, `client` runs single cells. `instrument`
loads the modules of `in_kernel` into the kernel.
`failures` describes why a run ended. `sanitize`, `terminal` and `widgets` clean the outputs.
`dependencies` turns what the run used into facts, `traced` what the `trace` of its system calls
shows. `resume` makes checkpoints of a run, and goes on from one. `datasets` fetches declared data
files.
"""
