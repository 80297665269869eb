"""Jekyll 4's rules, for a Jekyll blog that is built without changing its files.

`detect` recognises one, `config` reads `_config.yml`, `mathjax` (with `script_values`) and
`language` look up what it does not say; `files` classifies posts, drafts, pages and static files;
`front_matter_defaults` completes a front matter, `permalinks` makes URLs, `posts` reads posts and
pages; `menu`, `services` and `scholar` take over what themes and plugins have, `emoji` does what
jemoji does.
"""
