"""History of checks, kept beside the records, so that it is in git with them.

One file for all posts, `checks.json`, replaced whole; one that cannot be read counts as empty.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evergreen.dataclass import replace
from evergreen.model import Environment, Execution, LastCheck, PostCheck
from evergreen.model.check import (
    VERDICTS,
    DayCheck,
    DayVerdict,
    Difference,
    NoisePlace,
    PastCheck,
)
from evergreen.model.hashing import sha256
from evergreen.paths import atomic_write, read_file

KEPT = 30
"""Checks of one post that are remembered."""
SHOWN = 10
"""Differences of the last check that are remembered, and lines of each."""
DAYS = 24
"""Days of one post that are remembered."""
MOST = 40
"""Versions of one package that are remembered."""
_NONE: tuple[tuple[str, tuple[str, ...]], ...] = ()
_DAY_VERDICTS: tuple[DayVerdict, ...] = (*VERDICTS, "not installed")
_UNCHECKED = PastCheck("not comparable", datetime.fromtimestamp(0, UTC))
"""The last check of a post of which only days were checked."""
GOOD = ("same", "within tolerance")
"""Verdicts that confirm the published outputs."""


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
    _store(file, known, posts)


def note_elsewhere(file: Path, checks: Iterable[PostCheck], posts: Collection[str]) -> None:
    """Add the versions of other environments that gave the published outputs.

    Nothing else is noted of a check with other versions. The caller holds the cache's lock.
    """
    known = read(file)
    for check in checks:
        last = known.get(check.path)
        if last and last.results == check.results and check.verdict in GOOD:
            known[check.path] = replace(last, confirmed=_confirmed(last.confirmed, check))
    _store(file, known, posts)


def note_days(file: Path, checks: Iterable[PostCheck], posts: Collection[str]) -> None:
    """Add verdicts with the releases of a day. The caller holds the cache's lock."""
    known = read(file)
    for check in checks:
        if check.day and check.results:
            last = _about(known.get(check.path), check)
            days = {each.day: each for each in (*last.days, check.day)}
            ordered = tuple(days[day] for day in sorted(days))[-DAYS:]
            known[check.path] = replace(last, days=ordered)
    _store(file, known, posts)


def note_turn(file: Path, check: PostCheck, turn: str, posts: Collection[str]) -> None:
    """Store the release with which a post's outputs change. The caller holds the cache's lock."""
    known = read(file)
    known[check.path] = replace(_about(known.get(check.path), check), turn=turn)
    _store(file, known, posts)


def _about(last: LastCheck | None, check: PostCheck) -> LastCheck:
    """Return the last check if it is about the same outputs, else one without a history."""
    if last and last.results == check.results:
        return last
    finished = check.published or datetime.fromtimestamp(0, UTC)
    return LastCheck("not comparable", finished, check.record, results=check.results)


def _store(file: Path, known: Mapping[str, LastCheck], posts: Collection[str]) -> None:
    value = {"posts": {path: _write(known[path]) for path in sorted(known) if path in posts}}
    text = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
    atomic_write(file, text.encode("utf-8", "surrogateescape"), durable=True)


def _with(before: LastCheck | None, check: PostCheck) -> LastCheck:
    assert check.finished
    now = PastCheck(check.verdict, check.finished, check.accepted)
    history = (now, *(before.history if before else ()))[:KEPT]
    about = (check.record, check.reason, check.accepted, check.environment)
    held = before if before and check.results and before.results == check.results else None
    fresh = check.accepted or held is None
    since = (held and not fresh and held.since) or check.published or check.finished
    confirmed = _NONE if fresh or not held else held.confirmed
    if check.accepted or check.verdict in GOOD:
        confirmed = _confirmed(confirmed, check)
    return LastCheck(
        check.verdict,
        check.finished,
        *about,
        history,
        check.noise,
        check.results,
        since,
        confirmed,
        tuple(_kept(each) for each in check.differences if each.matters)[:SHOWN],
        () if fresh or not held else held.days,
        "" if fresh or not held else held.turn,
    )


def _kept(difference: Difference) -> Difference:
    return replace(difference, lines=difference.lines[:SHOWN], notes=difference.notes[:SHOWN])


def known_noise(checks: Mapping[str, LastCheck], path: str, results: str) -> tuple[NoisePlace, ...]:
    """Return what earlier checks learned about the noise of a post's published outputs."""
    check = checks.get(path)
    return check.noise if check and check.results == results else ()


def results_of(execution: Execution) -> str:
    """Return the hash of an execution's outputs."""
    return sha256(repr(execution.outputs))


def _confirmed(
    before: Sequence[tuple[str, tuple[str, ...]]], check: PostCheck
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the versions confirmed before and now; at most MOST of a package."""
    environment = check.environment
    now = [("Python", environment.python), *environment.packages] if environment.python else []
    versions = {name: set(found) for name, found in before}
    for name, version in now:
        versions.setdefault(name, set()).add(version)
    return tuple((name, _thinned(found)) for name, found in sorted(versions.items()))


def _thinned(versions: Collection[str]) -> tuple[str, ...]:
    ordered = sorted(versions, key=_order)
    return tuple(ordered[: MOST // 2] + ordered[-MOST // 2 :] if len(ordered) > MOST else ordered)


def _order(version: str) -> tuple[tuple[int, str], ...]:
    """Order versions by their numbers; a release candidate comes before its release."""
    parts = re.findall(r"\d+|[a-z]+", version.lower())
    numbered = [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
    return (*numbered, (0, ""))


def _write(check: LastCheck) -> dict[str, Any]:
    environment = check.environment
    return {
        "record": check.record,
        "reason": check.reason,
        "python": environment.python,
        "platform": environment.platform,
        "packages": [list(package) for package in environment.packages],
        "history": [[c.finished.isoformat(), c.verdict, c.accepted] for c in check.history],
        "results": check.results,
        "since": check.since.isoformat() if check.since else None,
        "confirmed": [[name, list(versions)] for name, versions in check.confirmed],
        "differences": [
            [each.line, each.cell, each.kind, each.message, each.lines, each.notes, each.thumbnail]
            for each in check.differences
        ],
        "noise": [list(astuple(each)) for each in check.noise],
        **({"days": [list(astuple(each)) for each in check.days]} if check.days else {}),
        **({"turn": check.turn} if check.turn else {}),
    }


def _read(value: Mapping[str, Any]) -> LastCheck:
    """Read a check. Raises LookupError, TypeError or ValueError for a value of another form."""
    history = tuple(_past(*each) for each in value["history"])
    only_days = not history and (value.get("days") or value.get("turn"))
    last = _UNCHECKED if only_days else history[0]
    packages = tuple((str(name), str(version)) for name, version in value["packages"])
    return LastCheck(
        verdict=last.verdict,
        finished=last.finished,
        record=value["record"],
        reason=value["reason"],
        accepted=last.accepted,
        environment=Environment(value["python"], value["platform"], packages),
        history=history,
        noise=tuple(_read_noise(*each) for each in value.get("noise", ())),
        results=str(value.get("results", "")),
        since=datetime.fromisoformat(value["since"]) if value.get("since") else None,
        confirmed=tuple(
            (str(name), tuple(map(str, versions))) for name, versions in value.get("confirmed", ())
        ),
        differences=tuple(_read_difference(*each) for each in value.get("differences", ())),
        days=tuple(_read_day(*each) for each in value.get("days", ())),
        turn=str(value.get("turn", "")),
    )


def _read_day(day: str, verdict: str, reason: str) -> DayCheck:
    known = _DAY_VERDICTS[_DAY_VERDICTS.index(verdict)]
    return DayCheck(str(day), known, str(reason))


def _read_difference(
    line: int,
    cell: int,
    kind: str,
    message: str,
    lines: Sequence[Sequence[str]],
    notes: Sequence[str],
    thumbnail: str,
) -> Difference:
    pairs = tuple((str(then), str(now)) for then, now in lines)
    return Difference(
        int(line),
        int(cell),
        str(kind),
        str(message),
        lines=pairs,
        notes=tuple(map(str, notes)),
        thumbnail=str(thumbnail),
    )


def _read_noise(
    step: int, output: int, place: str, kind: str, low: float | None, high: float | None
) -> NoisePlace:
    bounds = [None if each is None else float(each) for each in (low, high)]
    return NoisePlace(int(step), int(output), str(place), str(kind), *bounds)


def _past(finished: str, verdict: str, accepted: bool) -> PastCheck:
    known = VERDICTS[VERDICTS.index(verdict)]
    return PastCheck(known, datetime.fromisoformat(finished), bool(accepted))
