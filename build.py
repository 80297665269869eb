"""Build this blog: `python build.py`. `python build.py --help` lists the commands."""

import os
from pathlib import Path

from evergreen.cli import main

ROOT = Path(__file__).parent.resolve()

if __name__ == "__main__":
    # Posts that are about Evergreen can import it: those of docs/ do.
    os.environ["PYTHONPATH"] = os.pathsep.join(
        filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])
    )
    raise SystemExit(main(root=ROOT))
