"""Store executions, and decide whether a stored one is still valid.

`store` saves and finds records, `serial` converts them to JSON. `facts` defines the facts that a
record depends on and compares them with the present. The present values come from `machine`,
`interpreters`, `distributions`, `imports` and `bundle`. `checkpoints` stores what a run had made at
one of its cells; `signing` tells whose it is, and `definitions` whether code can go on from there.
"""
