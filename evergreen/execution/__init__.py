"""Notebook → Execution, in a kernel of its own.

`run` is the whole of it: `workspace` makes the folder to run in, `observation` puts `seeding`,
`capture` and `probe` into the kernel, `faults` tells what ended a run, `hygiene` and `screen` clean
the outputs, `usage` tells what was used.
"""
