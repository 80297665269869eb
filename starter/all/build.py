"""Build this blog: `python build.py`. `python build.py --help` lists the commands."""

import sys
from pathlib import Path

ENGINE = ""
"""Folder of Evergreen's sources, used if Evergreen is not installed."""
ROOT = Path(__file__).parent

if ENGINE:
    sys.path.append(str((ROOT / ENGINE).resolve()))

try:
    from evergreen.cli import main
except ModuleNotFoundError as missing:
    raise SystemExit(f"{missing}: run 'python -m pip install -r requirements.txt'") from None

if __name__ == "__main__":
    raise SystemExit(main(root=ROOT))
