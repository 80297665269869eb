"""What a build remembers: `memory` for each page (its `entries`) and each file, in the `tables` of
one file on disk; `snapshot` for the blog as a whole.
"""
