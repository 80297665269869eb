"""Check that the stored report of pip-audit covers the lock and has no findings: `python -m
tools.audit`. It needs no network; `.ci/lock` renews lock and report.
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
    """Return the versions that a requirements file pins, by normalized name (PEP 503)."""
    return {_normal(name): version for name, version in _PIN.findall(text)}


def faults(locked: Mapping[str, str], report: Mapping[str, Any]) -> Iterator[str]:
    """Yield the packages that a report of `pip-audit --format json` misses, and its findings."""
    audited = {_normal(each["name"]): each for each in report["dependencies"]}
    for name, version in locked.items():
        each = audited.get(name, {})
        if "vulns" not in each:
            yield f"{name} {version}: not audited"
        elif each["version"] != version:
            yield f"{name} {version}: the report is about {each['version']}"
        for found in each.get("vulns", ()):
            fixed = ", ".join(found["fix_versions"]) or "no version"
            yield f"{name} {each['version']}: {found['id']}: fixed in {fixed}"


def main() -> int:
    """Print the faults; return 1 if there are any."""
    if not REPORT.exists():
        print("no report on the locked packages: run .ci/lock with network access")
        return 0
    lines = [*faults(pins(LOCK.read_text("utf-8")), json.loads(REPORT.read_text("utf-8")))]
    print(*lines or ["all locked packages are audited, without known vulnerabilities"], sep="\n")
    return 1 if lines else 0


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main())
