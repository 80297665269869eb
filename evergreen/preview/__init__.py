"""Write, save, see: the blog in the browser while it is written.

    app       saved files → the blog → open pages        interface     what the blog must offer
    watcher   saved files, once they are complete        server        HTTP and WebSocket
    clients   open pages and their messages              security      requests, headers
    pages     files with the preview's script            messages      for the bar and the panels
    sessions  run the code of one post, draft and clean  session_pool  the open posts' sessions
    status    the status of a post's code, in words      warm_kernel   a kernel that stays alive
    editor    links to the author's editor               client/       the script in the browser

The app receives the blog as an `interface.LiveBlog`; only `blog/` knows how pages are made.
"""
