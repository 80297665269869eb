"""One module per command: `HELP` is its line in the list, `add_arguments` its options, `run` makes
the call, prints the report and returns the exit code.

What a command needs is imported when it runs.
"""
