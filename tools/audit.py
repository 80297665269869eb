"""Whether a stored report of pip-audit speaks of what is locked, and finds nothing: `python -m
tools.audit`. It needs no network; `.ci/lock` makes lock and report anew.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
LOCK, REPORT = ROOT / "requirements.lock", ROOT / "tools" / "audit.json"
_PIN = re.compile(r"^([\w.-]+)==([^\s;\\]+)", re.M)


def pins(text: str) -> dict[str, str]:
    """The versions that a lock or a list of requirements pins, by normalised name (PEP 503)."""
    return {_normal(name): version for name, version in _PIN.findall(text)}


def faults(locked: Mapping[str, str], report: Mapping[str, Any]) -> Iterator[str]:
    """What the report, `pip-audit --format json`, does not cover, and what it has found."""
    told = {_normal(each["name"]): each for each in report["dependencies"]}
    for name, version in locked.items():
        each = told.get(name, {})
        if "vulns" not in each:
            yield f"{name} {version}: not audited"
        elif each["version"] != version:
            yield f"{name} {version}: the report is on {each['version']}"
        for found in each.get("vulns", ()):
            mended = ", ".join(found["fix_versions"]) or "no version"
            yield f"{name} {each['version']}: {found['id']}: mended in {mended}"


def main() -> int:
    """Print each fault; 1 where there is one."""
    if not REPORT.exists():
        print("no report on the locked packages: run .ci/lock where advisories can be fetched")
        return 0
    lines = [*faults(pins(LOCK.read_text("utf-8")), json.loads(REPORT.read_text("utf-8")))]
    print(
        *lines or ["all locked packages are audited, and nothing is known against them"], sep="\n"
    )
    return 1 if lines else 0


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main())
