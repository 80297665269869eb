"""`python -m evergreen`: run a command; the blog is the current folder, unless --root is given."""

from evergreen.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
