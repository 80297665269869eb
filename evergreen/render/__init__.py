"""(Post, Notebook, Execution) → Page.

`page` is the one conversion; a cell's code goes through `highlight`, its outputs through `outputs`
and `svg`, those with scripts through `interactive`, `charts` and `scripted` into `frames`;
`citations` and `bibliography` are the references.
"""
