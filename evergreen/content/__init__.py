"""Source files → Posts.

`sources` finds them, `frontmatter` cuts their bytes, `mappings` and `complaints` read YAML,
`values`, `keys` and `running` give its values types, `permalinks` an address; `post` and `pages`
put it all together.
"""
