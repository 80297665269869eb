"""Python environments that posts run in, other than the engine's own.

    environments  those of one build        venv       one of them, made in a folder
    locks         the versions they got     installer  uv, or else pip
    worlds        this environment, with other versions of some packages

Nothing that is installed here runs in the builder's process.
"""
