"""Python environments for posts, separate from the engine's own.

    environments  the environments of one build   venv       makes one in a folder
    locks         their installed versions        installer  runs uv, or else pip
    kernel        links a kernel's packages into an environment
    overrides     environments with other versions of some packages, for `check`

Code from installed packages never runs in the builder's process.
"""
