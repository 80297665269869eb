"""Rendering of a post to its page: (Post, Notebook, Execution) → Page.

`page` is the entry. `outputs` renders the outputs of a cell, with `figures` and `svg` for pictures,
`charts` and `scripted` for outputs with scripts, which run in `frames`, and `contrast` for their
colours. `pictures` makes the copies that `picture_tags` offers; `summary` and `keywords` say what a
page is about; `markdown_page` writes it as Markdown. `diagrams` shows what Mermaid and Graphviz
draw, `doc_links` links code to documentation. `csl`, `citations` and `bibliography` handle sources,
`scholar` those of jekyll-scholar, `numbering` counts figures, tables and the like and writes the
references to them, `values` says where inline values are from, `portable_names` what downloads
write in place of all these; `hyperlinks` extracts links, `languages` has the interface texts,
`plugin_html` lets plugins change the HTML.
"""
