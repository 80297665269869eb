"""One module a command: `HELP` is its line in the list, `add_arguments` its options, `run` the call
and the report; it returns the exit code. What a command needs is imported when it runs.
"""
