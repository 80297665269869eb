"""Executions that are kept, and what they depended on.

`store` keeps and finds them, `serial` writes them down, `facts` says what a run used and whether it
still holds. What a fact is compared with: `machine`, `interpreters`, `distributions`, `imports`,
`bundle`.
"""
