"""Rendering of a post to its page: (Post, Notebook, Execution) → Page.

`page` is the entry. `outputs` renders the outputs of a cell, with `figures` and `svg` for pictures,
`charts` and `scripted` for outputs with scripts, which run in `frames`. `citations` and
`bibliography` handle references, `hyperlinks` extracts links, `languages` has the interface texts.
"""
