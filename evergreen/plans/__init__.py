"""What a build is going to do about code: a `plan` a post, with its `reasons`; `outlook` tells it,
`runs` carries it out.
"""
