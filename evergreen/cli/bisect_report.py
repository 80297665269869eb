"""Format what a search for a release found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from evergreen.build.bisect import Bisection, Estimate
from evergreen.cli.build_report import counted


def estimate_line(estimate: Estimate) -> str:
    """Format what the search may take."""
    runs = f"at most about {counted(estimate.environments, 'environment')}"
    each = f", {estimate.seconds:.1f} s per run" if estimate.seconds else ""
    return f"bisecting {counted(estimate.days, 'day')}: {runs}{each}"


def bisect_lines(found: Bisection) -> Iterator[str]:
    """Format `posts/a.md:12: same until numpy 1.26.4, drifted since 2.0.0: …`, and the counts."""
    turn = found.turn
    if turn is None:
        yield f"{found.path}: {found.before.verdict} on {found.earlier} and on {found.later}"
    else:
        place = f"{found.path}:{turn.after.line}" if turn.after.line else found.path
        yield ": ".join(filter(None, (place, found.sentence, turn.after.message)))
        if turn.others:
            yield f"  {'together with' if turn.alone else 'only all together'}: {turn.others}"
    if found.skipped:
        yield f"  skipped, not installable: {', '.join(found.skipped)}"
    runs = counted(found.environments, "environment")
    runs += f"; halving the days takes {found.bound} at most"
    yield f"{found.earlier} to {found.later}: {runs}; {found.seconds:.1f} s"


def plain_values(found: Bisection) -> dict[str, Any]:
    """Convert the result to values for JSON."""
    return {**asdict(found), "sentence": found.sentence}
