"""Build this blog: `python build.py`. `python build.py --help` lists the commands."""

from pathlib import Path

from evergreen.cli import main

if __name__ == "__main__":
    raise SystemExit(main(root=Path(__file__).parent))
