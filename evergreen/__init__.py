"""Evergreen: a blog generator whose posts run. What a page shows is what its code does, or the page
says so.

The words

    post         a source file                     notebook   a post cut into cells
    execution    what its code produced            record     a kept execution, with what it used
    page         a rendered body                   artifact   a file of the site
    output       one thing that a cell produced    figure     a picture from an output
    destination  where the site is written         fact       one thing that an execution used

The flow, in `pipeline`

    parse_post → read_notebook → make_plans → carry_out → render_page → render_site → publish

Imports point one way: `cli` → `pipeline` → edges (`execution`, `records`, `data`, `destination`,
`kernels`) → translators (`posts`, `notebook`, `markdown`, `outputs`, `render`, `templates`) →
`model`, `errors`.
"""

__version__ = "0.1.0"
