"""Modules that run inside a post's kernel; they import only the standard library.

Their source is sent to the kernel and becomes modules there: a post's environment need not contain
Evergreen. `probe` records dependencies, `capture` bounds outputs, `seeding` fixes random seeds,
`system` names the system's folders. `perturb`, `machine_state` and `clock` are for further runs of
a check: with uneven clocks, in another state of the machine, at another time. `checkpoint` keeps
and restores what a run has made: `values` writes its values, `global_state` what is outside them,
`fingerprint` sees what has changed.
"""
