"""What a build is going to do about code: a `plan` a post, made at a `desk`, with its `reasons`;
`outlook` tells it, `runs` carries it out.
"""
