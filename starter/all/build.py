"""Build this blog: `python build.py`. `python build.py --help` lists the commands.

The engine is the wheel in vendor/, unpacked into .cache/, or else the one that is installed.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).resolve().parent


def unpack_engine() -> None:
    """Make the wheel in vendor/ importable."""
    for wheel in sorted((ROOT / "vendor").glob("evergreen_blog-*.whl"))[-1:]:
        folder = ROOT / ".cache" / "engine" / wheel.stem
        if not folder.exists():
            unfinished = folder.with_name(f"{wheel.stem}.{os.getpid()}")
            ZipFile(wheel).extractall(unfinished)
            with suppress(OSError):  # another process was faster
                unfinished.rename(folder)
        sys.path.insert(0, str(folder))


if __name__ == "__main__":
    unpack_engine()
    try:
        from evergreen.cli import main
    except ModuleNotFoundError as missing:
        raise SystemExit(f"{missing}: run 'python -m pip install -r requirements.txt'") from None
    raise SystemExit(main(root=ROOT))
