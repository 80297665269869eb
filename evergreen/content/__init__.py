"""Read source files into Posts and Notebooks.

`files` finds them, `formats` converts notebooks and scripts to Markdown, `frontmatter` splits off
the front matter, `yaml_mapping` parses YAML, `fields`, `frontmatter_keys` and `execution_keys`
validate the values, `permalinks` makes URLs; `post` and `static_pages` combine them. `code_blocks`
and `notebook` split a post into cells, `index` and `label_index` answer questions about all posts.
`diagrams` finds code that describes pictures, `cross_references` what has a label and references to
nothing, `ignored` and `languages` what has no effect, `places` where it is in the file; `portable`
and `portable_text` write a notebook's text for other tools. `jekyll` follows Jekyll's rules,
`picture_metadata` removes what cameras note, `shortcodes` and `liquid` expand what is written in
posts, `plugin_hooks` asks the blog's plugins.
"""
