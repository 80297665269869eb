"""The search index, of which a reader loads only what a question needs.

`words` cuts a text into words, `sections` a page into what is searched; `post` makes a page's part
of the index, `shards` shares words out over files, `index` makes the files or amends them.
"""
