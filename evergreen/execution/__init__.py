"""Notebook → Execution, in a kernel of its own.

`run` is the whole of it: `workspace` makes the folder to run in, `wishes` says which kernel,
`observation` puts `seeding`, `capture`, `probe` and `system` into it, `faults` tells what ended a
run, `hygiene` and `screen` clean the outputs, `usage` tells what was used.
"""
