"""The site in memory, kept up with the files on disk: what a preview shows.

    twin     the whole of it            reading  posts on disk → sheets
    pages    a post → its sheet         drafts   outputs of code that has changed since it ran
    files    sheets → the site          table    its files, made when they are asked for

The stages are those of a build, so a page is what publishing would make of it, but for its marks:
posts that would not be published yet are shown as drafts, and code that has not run yet stands with
the outputs that it last had.
"""
