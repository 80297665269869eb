"""Evergreen: a blog generator whose posts run. What a page shows is what its code does, or the page
says so.

The words

    post         a source file                     notebook   a post cut into cells
    execution    what its code produced            record     a kept execution, with what it used
    page         a rendered body                   artifact   a file of the site
    output       one thing that a cell produced    figure     a picture from an output
    destination  where the site is written         fact       one thing that an execution used
    face         what is told of a page elsewhere  outline    the site as tasks, made of faces

The flow, in `pipeline`

    parse_post → read_notebook → make_plans → carry_out → render_page → render_site → publish

Imports point one way, each line of these to the lines below it

    cli                                        arguments → one call → report → exit code
    pipeline, checkup, survey                  the stages of a build, of a check, of its links
    twin, preview                              the site in memory, and in the browser as it is saved
    reading, manuscripts, press, artifacts     posts on their way to pages, pages on theirs to files
    check                                      values → findings, and the forms of a report
    plans, executors, execution, kernels       what runs, where, and how
    environments                               Pythons of the posts' own, and other worlds
    records, data, libraries, memo, destination  what is kept, fetched, remembered, published
    templates, feeds, render, markdown         pages and what stands around them
    posts, fences, notebook, settings          sources and what they ask for
    model, faces, errors                       the values that travel, and what is said of faults

A folder's docstring is the map of the folder.
"""

__version__ = "0.1.0"
