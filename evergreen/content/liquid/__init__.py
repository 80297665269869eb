"""Liquid in posts, expanded before Markdown, each line of the result led back to the author's.

`expand` is the way in; `blog` is what posts share, `desk` what is open for one of them. `tokens`
cuts a text and says what of it is Liquid, `code` where prose ends; `engine` is python-liquid within
`bounds`, with its `diagnostics`, `setup` adds what it lacks: `tags`, `blocks` are Jekyll's,
`plugins` what other tools added to it, `filters`, `lists` and `dates` its filters. `values` are
what a text may ask for, `data` and `includes` the files that it may take in, `themes` the includes
that themes bring along, `lines` the text that comes out.
"""
