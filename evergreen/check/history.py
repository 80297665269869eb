"""History of checks, kept beside the records, so that it is in git with them.

One file for all posts, `checks.json`, replaced whole; one that cannot be read counts as empty.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from evergreen.model import Environment, LastCheck, PostCheck
from evergreen.model.check import VERDICTS, PastCheck
from evergreen.paths import atomic_write, read_file

KEPT = 30
"""Checks of one post that are remembered."""


def read(file: Path) -> dict[str, LastCheck]:
    """Read the last check of each post, by path."""
    try:
        value = json.loads(read_file(file))
        return {path: _read(each) for path, each in value["posts"].items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}


def of_record(checks: Mapping[str, LastCheck], path: str, record: str) -> LastCheck | None:
    """Return the last check of a post if it is about this execution."""
    check = checks.get(path)
    return check if check and record and check.record == record else None


def note(file: Path, checks: Iterable[PostCheck], posts: Collection[str]) -> None:
    """Add checks and forget posts other than `posts`. The caller holds the cache's lock."""
    before = read(file)
    known = before | {
        check.path: _with(before.get(check.path), check) for check in checks if check.finished
    }
    value = {"posts": {path: _write(known[path]) for path in sorted(known) if path in posts}}
    text = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
    atomic_write(file, text.encode("utf-8", "surrogateescape"), durable=True)


def _with(before: LastCheck | None, check: PostCheck) -> LastCheck:
    assert check.finished
    now = PastCheck(check.verdict, check.finished, check.accepted)
    history = (now, *(before.history if before else ()))[:KEPT]
    about = (check.record, check.reason, check.accepted, check.environment)
    return LastCheck(check.verdict, check.finished, *about, history)


def _write(check: LastCheck) -> dict[str, Any]:
    environment = check.environment
    return {
        "record": check.record,
        "reason": check.reason,
        "python": environment.python,
        "platform": environment.platform,
        "packages": [list(package) for package in environment.packages],
        "history": [[c.finished.isoformat(), c.verdict, c.accepted] for c in check.history],
    }


def _read(value: Mapping[str, Any]) -> LastCheck:
    """Read a check. Raises KeyError, TypeError or ValueError for a value of another form."""
    history = tuple(_past(*each) for each in value["history"])
    packages = tuple((str(name), str(version)) for name, version in value["packages"])
    return LastCheck(
        verdict=history[0].verdict,
        finished=history[0].finished,
        record=value["record"],
        reason=value["reason"],
        accepted=history[0].accepted,
        environment=Environment(value["python"], value["platform"], packages),
        history=history,
    )


def _past(finished: str, verdict: str, accepted: bool) -> PastCheck:
    known = VERDICTS[VERDICTS.index(verdict)]
    return PastCheck(known, datetime.fromisoformat(finished), bool(accepted))
