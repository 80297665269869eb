"""Measure the startup time of the program: `python -m bench.startup`, which needs hyperfine.

Prints medians in milliseconds, and the difference to an interpreter that does nothing.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "import evergreen": [sys.executable, "-c", "import evergreen"],
    "import evergreen.cli": [sys.executable, "-c", "import evergreen.cli"],
    "build.py --help": [sys.executable, "build.py", "--help"],
}


def medians(runs: int = 20) -> dict[str, float]:
    """Return the median milliseconds of each command."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        words = [" ".join(f"'{word}'" for word in command) for command in COMMANDS.values()]
        command = ["hyperfine", "-N", "-w", "3", "-r", str(runs), "--export-json", str(answer)]
        subprocess.run([*command, *words], cwd=ROOT, check=True, capture_output=True)
        results = json.loads(answer.read_text())["results"]
    return dict(zip(COMMANDS, (each["median"] * 1000 for each in results), strict=True))


if __name__ == "__main__":
    found = medians()
    for name, value in found.items():
        print(f"{name:<22} {value:6.1f} ms  (+{value - found['python -c pass']:.1f})")
