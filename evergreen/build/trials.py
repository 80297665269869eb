"""Try a post with the releases of different locks; what was tried is kept in the cache.

A trial is known by the code, the published outputs and the lock, so that a search that was
interrupted goes on where it was, and asks for nothing twice.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, field
from pathlib import Path

from evergreen.build.options import BuildOptions
from evergreen.build.parse import ParsedPost
from evergreen.build.planning.plan import NOT_INSTALLED
from evergreen.build.project import Project
from evergreen.build.verify import check_in, dated_environments, find_post, needed, results_shown
from evergreen.dataclass import dataclass
from evergreen.errors import Problem, SettingsError
from evergreen.execution.environments import resolver
from evergreen.execution.environments.dated import DatedEnvironments
from evergreen.execution.environments.dated_overrides import LockedOverride
from evergreen.execution.environments.installer import NotInstalled, NotReached
from evergreen.execution.environments.locks import digest
from evergreen.execution.environments.pylock import Lock
from evergreen.execution.progress import Progress
from evergreen.model.check import DayCheck, DayVerdict, PostCheck
from evergreen.model.requirements import distribution_name
from evergreen.paths import atomic_write
from evergreen.records import store as records

MOST_RELEASES = 60
"""Releases of one package that are looked at."""
FEW = 3
"""Packages that are gone and are named one by one."""


@dataclass(frozen=True, slots=True)
class Trial:
    """The verdict on a post with the releases of a lock."""

    verdict: DayVerdict
    line: int = 0
    """Line in the post of the first difference, or of the failure; 0 if there is none."""
    message: str = ""
    """The first difference, or why it failed, in one line."""

    @property
    def holds(self) -> bool:
        """True if the published outputs were found again."""
        return DayCheck("", self.verdict).holds


@dataclass
class Trials:
    """The trials of one post."""

    project: Project
    parsed: ParsedPost
    requires: tuple[str, ...]
    environments: DatedEnvironments
    published: PostCheck
    """The published outputs: the hash of them, and their record."""
    progress: Progress
    known: dict[str, Trial]
    untrusted: bool = False
    """True: the post runs in the sandbox, and no code of packages runs at their installation."""
    used: set[str] = field(default_factory=set)
    """Keys of the trials that were asked for."""
    skipped: set[str] = field(default_factory=set)
    """Days whose releases cannot be installed."""

    @property
    def path(self) -> str:
        """The post's path."""
        return self.parsed.post.path

    @property
    def seconds(self) -> float:
        """The time of the post's last run; 0 if unknown."""
        return records.last_run(self.project.options.store, self.path).seconds

    @property
    def direct(self) -> frozenset[str]:
        """The distributions that the post itself requires."""
        return frozenset(map(distribution_name, self.requires))

    def as_of(self, day: str) -> Lock | None:
        """Return the lock of a day; None, and remember the day, if nothing can be installed."""
        try:
            return self.environments.locked(self.requires, day, self.untrusted)
        except NotReached:
            raise
        except NotInstalled:
            self.skipped.add(day)
            return None

    def with_release(self, lock: Lock, package: str, version: str, day: str) -> Lock | None:
        """Return a lock with another release of a package, and with what that needs by a day; None
        if there is no such lock.
        """
        if not version:
            return None
        try:
            wanted = (*self.requires, f"{package}=={version}")
            return resolver.resolve(wanted, day, self.untrusted, lock)
        except NotReached:
            raise
        except NotInstalled:
            return None

    def run(self, lock: Lock) -> Trial:
        """Return the verdict with the releases of a lock."""
        code = records.execution_key(self.parsed.notebook, self.parsed.post.execute)
        results = self.published.results
        key = digest([code, results, platform.python_version(), *map(list, lock.identity)])
        self.used.add(key)
        if key not in self.known:
            self.known[key] = self._run(lock)
            kept = {name: asdict(trial) for name, trial in self.known.items()}
            text = json.dumps(kept, ensure_ascii=False, indent=1)
            atomic_write(_file(self.project.options), text.encode())
        return self.known[key]

    def _run(self, lock: Lock) -> Trial:
        source = LockedOverride(self.environments, lock, self.untrusted)
        found, problem = check_in(self.project, self.parsed, source, self.progress, self.untrusted)
        if problem and problem.rule == NOT_INSTALLED:
            return Trial("not installed", 0, problem.message)
        if problem:
            return Trial(found.verdict, problem.line, problem.message)
        changes = [each for each in found.differences if each.matters]
        if not changes:
            return Trial(found.verdict, 0, found.reason)
        return Trial(found.verdict, changes[0].line, changes[0].message)


def open_trials(
    options: BuildOptions, name: str, progress: Progress, untrusted: bool = False
) -> Trials:
    """Open the trials of a post. Raises SettingsError for an unknown post, for one whose packages
    are not known, and for one without published results.
    """
    project, parsed = find_post(options, name)
    requires = needed(options, parsed)
    if not isinstance(requires, tuple):
        message = requires.message if requires else "it does not run in Evergreen's Python"
        advice = requires.advice if requires else "bisect a Python post"
        raise SettingsError(Problem(parsed.post.path, 0, 0, message, advice))
    published = results_shown(project, parsed)
    if not published.results:
        advice = "build the blog first"
        raise SettingsError(Problem(parsed.post.path, 0, 0, published.reason, advice))
    environments = dated_environments(options, progress)
    known = _read(_file(options))
    sandboxed = untrusted or parsed.post.execute.sandbox
    return Trials(project, parsed, requires, environments, published, progress, known, sandboxed)


def changed(low: Lock, high: Lock) -> dict[str, tuple[str, str]]:
    """Return the packages that differ between two locks, with both versions; "" for none."""
    before, after = low.versions, high.versions
    names = sorted(before.keys() | after.keys())
    pairs = {name: (before.get(name, ""), after.get(name, "")) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def releases_between(package: str, last: str, first: str, day: str) -> list[str]:
    """Return the releases of a package between two, by a day, in ascending order, without those
    before a release.
    """
    from packaging.version import Version  # takes 10 ms

    found: list[str] = []
    while len(found) < MOST_RELEASES:
        bounds = f"{package}>{last},<{found[0] if found else first}"
        try:
            lock = resolver.resolve([bounds], day, dependencies=False)
        except NotReached:
            raise
        except NotInstalled:
            break
        if Version(lock.versions[package]).is_prerelease:
            break  # there is no other one left
        found.insert(0, lock.versions[package])
    return found


def _file(options: BuildOptions) -> Path:
    return options.cache / "dated" / "trials.json"


def _read(file: Path) -> dict[str, Trial]:
    try:
        kept: Mapping[str, Mapping[str, object]] = json.loads(file.read_text("utf-8"))
        return {key: Trial(**each) for key, each in kept.items()}  # type: ignore[arg-type]
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def describe(names: Sequence[str], pairs: Mapping[str, tuple[str, str]]) -> str:
    """Format packages with their versions, `numpy 1.26.4 → 2.0.0`; those that are gone are named
    if there are few.
    """
    gone = [name for name in names if not pairs[name][1]]
    few = len(gone) <= FEW
    arrows = [
        f"{name} {pairs[name][0] or '–'} → {pairs[name][1] or '–'}"
        for name in names
        if few or pairs[name][1]
    ]
    return ", ".join([*arrows, *([] if few else [f"and without {len(gone)} others"])])
