"""Build a blog, check it, and answer questions about it.

pipeline      publish                     blog         the class for other programs
verify        compare outputs again       linkcheck    find broken links
migrate       what Jekyll did otherwise   forecast     what would run, and why
repair        why a post fails            suggestions  what other tools would change
prune         remove unused records       report       the result of a build
migrate_runs  which posts still work

options       settings and choices        project      an open blog, with its cache
load, parse   source files → posts        runs         the runs of its posts, by planning/:
                                          posts → plans → executions
render        post → page                 cache/       pages and files of the last build
site_builder  pages → files               assemble     the files that are published
plugins       load the blog's plugins     plugin_rules what their rules find
plugin_checks refuse wrong declarations   plugin_files what a plugin is made of
remade        why a page is made again    theme_check  a reference blog with a theme
theme_files   templates and styles that do nothing
pdf           print pages                 browser      what prints them
search        the search index; its parts are made with the pages (search_parts)
post_links, page_files, page_pictures, downloads, static_files, pictures, chart_libraries, diagrams,
labels, inventories, kept_pages: parts of pages and sites; parallel, published, gc_tuning: speed
"""
