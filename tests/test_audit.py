"""The lock file, and the check of the stored audit."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tools.audit import LOCK, ROOT, faults, pins

LOCKED = {"jinja2": "3.1.6"}


def report(**found: Any) -> dict[str, Any]:
    """Return a report of `pip-audit --format json` on one package."""
    return {"dependencies": [{"name": "Jinja2", **found}], "fixes": []}


def test_the_lock_has_what_is_required() -> None:
    """The lock has each package of requirements.txt in its version."""
    required = pins((ROOT / "requirements.txt").read_text("utf-8"))
    locked = pins(LOCK.read_text("utf-8"))
    assert required == {name: locked.get(name) for name in required}


def test_every_locked_package_has_a_hash() -> None:
    """With hashes pip accepts no other files."""
    entries = re.split(r"\n(?=[\w.-]+==)", LOCK.read_text("utf-8").strip())
    assert [] == [entry.partition("==")[0] for entry in entries if "--hash=sha256:" not in entry]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"version": "3.1.6", "vulns": []}, []),
        ({"skip_reason": "not found"}, ["jinja2 3.1.6: not audited"]),
        ({"version": "3.1.5", "vulns": []}, ["jinja2 3.1.6: the report is about 3.1.5"]),
        (
            {"version": "3.1.6", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.1.7"]}]},
            ["jinja2 3.1.6: PYSEC-1: fixed in 3.1.7"],
        ),
    ],
)
def test_what_a_report_lacks_or_finds(found: dict[str, Any], expected: list[str]) -> None:
    """Each fault has a line; an audit of another version is a fault."""
    assert expected == list(faults(LOCKED, report(**found)))


def test_a_package_that_the_report_does_not_name() -> None:
    """A package that was locked after the audit is a fault."""
    assert ["a 1: not audited"] == list(faults({"a": "1"}, {"dependencies": []}))
