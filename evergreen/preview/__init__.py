"""Write, save, see: the blog in the browser while it is written.

    edition    what is shown: the values between the blog and this folder
    watcher    saved files, when they are whole           guard      who may ask for what
    studio     saved files → the blog → open pages        server     the blog over HTTP
    audience   open pages, and what they are sent         pages      files with the script in them
    pool       the sessions of all open posts             editor     links to the author's editor
    sessions   runs the code of one, drafts and clean     turns      what of it is wanted and runs
    warm       a kernel that stays                        states     how it stands, in words
    messages   what the bar and the panels say

The blog itself is handed in (`edition.Blog`): nothing here knows how pages are made. In the browser
`client/` takes the place of a reload.
"""
