"""Liquid templates in posts, expanded before Markdown, with line numbers mapped to the source.

`expand` is the entry point; `shared` holds what all posts of a build share, `session` the state of
one post. `tokens` splits a text and decides which tags are Liquid, `environment` also finds the
code in it; `engine` is python-liquid with `limits` and `diagnostics`. `tags` and `blocks` are
Jekyll's, `plugin_tags` those of Jekyll plugins, `filters`, `lists` and `dates` Jekyll's filters.
`values` are the variables, `data` and `includes` the files that a text may read, `theme_includes`
the includes that themes provide, `lines` the output.
"""
