"""Find the release with which a post's outputs change, between two days.

The days are halved until two neighbours differ. Then each package that changed between these is
tried, with all others as on the earlier day. Then the releases of the one that matters are halved.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date
from math import ceil, log2

from evergreen.build.options import BuildOptions
from evergreen.build.trials import (
    Trial,
    Trials,
    changed,
    describe,
    open_trials,
    releases_between,
)
from evergreen.check import history
from evergreen.content.post import find_posts
from evergreen.dataclass import dataclass, replace
from evergreen.errors import EvergreenError, Problem, SettingsError
from evergreen.execution.environments.installer import NotInstalled
from evergreen.execution.environments.pylock import Lock
from evergreen.execution.environments.resolver import python_day
from evergreen.execution.progress import Progress
from evergreen.publish import lock as lock_cache

LOCKED = 60.0
"""Seconds to wait for a running build before the result is stored."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a search may take at most."""

    environments: int
    days: int
    seconds: float
    """Of the post's last run; 0 if unknown."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The release with which the outputs change."""

    package: str
    last: str
    """The last release before the change; "" if the package was not installed."""
    first: str
    """The first release after it; "" if the package is not installed any more."""
    after: Trial
    """The verdict with that release."""
    others: str = ""
    """What the release requires in another version, or, if no package alone makes the change, all
    that changed on that day."""
    alone: bool = True
    """False if no package alone makes the change."""


@dataclass(frozen=True, slots=True)
class Bisection:
    """Where a post's outputs change between two days."""

    path: str
    earlier: str
    later: str
    before: Trial
    """The verdict on the earlier day."""
    after: Trial
    """The verdict on the later day."""
    turn: Turn | None = None
    """None if both days have the same verdict."""
    skipped: tuple[str, ...] = ()
    """Days whose releases cannot be installed."""
    environments: int = 0
    """Environments in which the post ran."""
    bound: int = 0
    """The most that halving the days needs, with both ends and one for the package."""
    seconds: float = 0.0

    @property
    def sentence(self) -> str:
        """The result in one line; "" if nothing changes."""
        if self.turn is None:
            return ""
        last, first = self.turn.last or "before", self.turn.first or "its removal"
        before, after = self.before.verdict, self.turn.after.verdict
        return f"{before} until {self.turn.package} {last}, {after} since {first}"


def bisect(
    options: BuildOptions,
    name: str,
    days: tuple[str, str],
    progress: Progress,
    package: str = "",
    untrusted: bool = False,
    tell: Callable[[Estimate], None] = lambda estimate: None,
) -> Bisection:
    """Return the release with which the outputs of a post change between two days, and store it
    with the history of checks. The first day may be "": that of the post, or of this Python.

    With `package` only the releases of that package change. An `untrusted` post runs in the
    sandbox. `tell` is called with an estimate.
    Raises SettingsError if the search is not possible.
    """
    start = time.monotonic()
    trials = open_trials(options, name, progress, untrusted)
    earlier, later = days[0] or _first_day(trials), days[1]
    span = (date.fromisoformat(later) - date.fromisoformat(earlier)).days
    if span < 1:
        raise _impossible(f"{earlier} is not before {later}", "name two days: --as-of 2023,today")
    bound = 3 + ceil(log2(span))
    tell(Estimate(bound, span, trials.seconds))
    try:
        found = _search(trials, earlier, later, _normal(package))
    except NotInstalled as error:
        raise _impossible(error.message, error.advice) from None
    if found.turn:
        _keep(options, trials, found.sentence)
    trials.environments.trim()
    return replace(
        found,
        skipped=tuple(sorted(trials.skipped)),
        environments=len(trials.used),
        bound=bound,
        seconds=time.monotonic() - start,
    )


def _search(trials: Trials, earlier: str, later: str, package: str) -> Bisection:
    low, high = _end(trials, earlier), _end(trials, later)
    found = Bisection(trials.path, earlier, later, trials.run(low), trials.run(high))
    for day, trial in ((earlier, found.before), (later, found.after)):
        if trial.verdict == "not installed":
            raise _impossible(f"the releases of {day}: {trial.message}", "name other days")
    if found.before.holds == found.after.holds:
        return found
    return replace(found, turn=_turn(trials, found, low, high, package))


def _normal(package: str) -> str:
    from packaging.utils import canonicalize_name  # takes 10 ms

    return str(canonicalize_name(package)) if package else ""


def _first_day(trials: Trials) -> str:
    """Return the day of the post; that of this Python if nothing can be installed before."""
    post = trials.parsed.post
    day = post.execute.as_of or post.date.date().isoformat()
    return day if day >= python_day() or trials.as_of(day) else python_day()


def _end(trials: Trials, day: str) -> Lock:
    """Return the lock of the first or last day. Raises SettingsError."""
    lock = trials.as_of(day)
    if lock is None:
        message = f"the releases of {day} cannot be installed"
        raise _impossible(message, "name other days: --as-of 2024-03-01,today")
    return lock


def _turn(trials: Trials, found: Bisection, low: Lock, high: Lock, package: str) -> Turn:
    if package:
        versions = low.versions.get(package, ""), high.versions.get(package, "")
        lock = trials.with_release(low, package, versions[1], found.later)
        if not lock or trials.run(lock).holds == found.before.holds:
            message = f"the releases of {package} alone do not change the outputs"
            raise _impossible(message, "bisect without the name of a package")
        return _release(trials, found, low, (package, *versions), found.later)
    low, high, day = _neighbours(trials, found, low, high)
    pairs = changed(low, high)
    if name := _culprit(trials, found, low, pairs, day):
        return _release(trials, found, low, (name, *pairs[name]), day)
    first = min(pairs, key=lambda name: (name not in trials.direct, name))
    everything = describe(list(pairs), pairs)
    return Turn(first, *pairs[first], trials.run(high), everything, alone=False)


def _neighbours(trials: Trials, found: Bisection, low: Lock, high: Lock) -> tuple[Lock, Lock, str]:
    """Return the locks of two neighbouring days with different verdicts, and the later day."""
    first, last = (date.fromisoformat(day).toordinal() for day in (found.earlier, found.later))
    while middle := _middle(trials, first, last):
        day, lock = middle
        if lock.identity == low.identity:
            first = day
        elif lock.identity == high.identity:
            last = day
        elif (trial := trials.run(lock)).verdict == "not installed":
            trials.skipped.add(date.fromordinal(day).isoformat())
        elif trial.holds == found.before.holds:
            first, low = day, lock
        else:
            last, high = day, lock
    return low, high, date.fromordinal(last).isoformat()


def _middle(trials: Trials, first: int, last: int) -> tuple[int, Lock] | None:
    """Return the day nearest to the middle whose releases can be installed, with its lock; None if
    there is none between the two.
    """
    middle = (first + last) // 2
    for number in sorted(range(first + 1, last), key=lambda number: abs(number - middle)):
        day = date.fromordinal(number).isoformat()
        if day not in trials.skipped and (lock := trials.as_of(day)):
            return number, lock
    return None


def _culprit(
    trials: Trials, found: Bisection, low: Lock, pairs: dict[str, tuple[str, str]], day: str
) -> str:
    """Return the package whose release alone changes the verdict; "" if there is none.

    What the post itself requires is tried first; if that needs other releases too, each of these is
    tried alone. The rest follows by the number of other changes that each needs.
    """
    if len(pairs) == 1:
        return next(iter(pairs))
    asked = {name: trials.with_release(low, name, pair[1], day) for name, pair in pairs.items()}
    locks = {name: lock for name, lock in asked.items() if lock}
    needs = {name: changed(low, lock).keys() - {name} for name, lock in locks.items()}

    def first_differing(names: Iterable[str]) -> str:
        order = sorted(names, key=lambda name: (name not in trials.direct, len(needs[name]), name))
        differ = (name for name in order if trials.run(locks[name]).holds != found.before.holds)
        return next(differ, "")

    name = first_differing(locks)
    fewer = [
        other
        for other in needs.get(name, ())
        if len(needs.get(other, needs[name])) < len(needs[name])
    ]
    return first_differing(fewer) or name


def _release(
    trials: Trials, found: Bisection, low: Lock, pair: tuple[str, str, str], day: str
) -> Turn:
    """Return the first release of a package with the other verdict."""
    package, last, first = pair
    between = releases_between(package, last, first, day) if last and first else []
    while between:
        middle = between[len(between) // 2]
        lock = trials.with_release(low, package, middle, day)
        if lock is None:
            between.remove(middle)
        elif trials.run(lock).holds == found.before.holds:
            last, between = middle, between[between.index(middle) + 1 :]
        else:
            first, between = middle, between[: between.index(middle)]
    lock = trials.with_release(low, package, first, day)
    if lock is None:
        return Turn(package, last, first, found.after)
    others = changed(low, lock)
    others.pop(package, None)
    return Turn(package, last, first, trials.run(lock), describe(list(others), others))


def _keep(options: BuildOptions, trials: Trials, sentence: str) -> None:
    """Store the result; while a build holds the lock it is not stored."""
    with suppress(EvergreenError), lock_cache(options.cache, LOCKED):
        posts = find_posts(options.root, options.site)
        history.note_turn(options.verdicts, trials.published, sentence, posts)


def _impossible(message: str, advice: str) -> SettingsError:
    return SettingsError(Problem("--bisect", 0, 0, message, advice))
