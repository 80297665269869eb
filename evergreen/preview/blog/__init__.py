"""The site in memory, kept up with the files on disk.

    blog     the blog of the preview      sources        posts on disk and their pages
    pages    a post → its page            draft_outputs  outputs while changed code runs
    search   the search index

Posts and files are made by the classes of a build, `Project` and `SiteBuilder`, so that a page is
what publishing would make of it. Drafts and posts of the future are included and marked; code that
has not run yet is shown with its last outputs.
"""
