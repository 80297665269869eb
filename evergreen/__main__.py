"""`python -m evergreen`: the blog is the current folder, unless --root says another."""

from evergreen.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
