"""Pages → the files of a site, as values; nothing is written.

`outline` lists the files as `tasks`. `layouts` renders a page, a list or a redirect with `jinja`;
`listings` (with `home_page`) and `related` say which posts a page mentions; `address_conflicts`
finds two files with one address. `feeds`, `sitemap`, `llms`, `search`, `social_cards`, `status`,
`badges` make more files; `source_links` lead to the repository, `bibtex` cites a post, `print_page`
is a page on paper. `themes` reads options, `fonts` faces, `assets` styles; `template_parts` are the
files of plugins that a page shows.
"""
