"""A Jekyll blog that is built where it stands, as Jekyll 4 reads it.

`detect` knows one, `config` reads `_config.yml`, `scripts` and `language` look at what it leaves
open; `files` says which files are posts, drafts, pages
and static ones; `heads` gives a front matter its defaults, `slugs` and `places` a page its address.
"""
