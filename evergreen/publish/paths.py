"""Check artifact paths: each must be one file, inside the site, on every system."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from evergreen.dataclass import replace
from evergreen.errors import EvergreenError, Problem
from evergreen.model import Artifact
from evergreen.paths import casefolded, flaw


def by_path(artifacts: Iterable[Artifact], *, exact: bool = False) -> dict[str, Artifact]:
    """Return the artifacts by path. The same bytes at the same path are one artifact.

    With `exact`, only equal names are one file, as on Linux: see `confusable`. Raises
    EvergreenError with every path that leaves the site or that some system cannot store, and
    every pair that is one file on some system: paths that differ only in case or Unicode normal
    form, or a file where the other artifact needs a folder.
    """
    found: dict[str, Artifact] = {}
    problems = []
    for artifact in artifacts:
        there = found.setdefault(artifact.path, artifact)
        if there is not artifact and there.sha256 != artifact.sha256:
            problems.append(_clash(artifact, there, "another file has the address"))
    problems += [
        _refusal(artifact, why) for artifact in found.values() if (why := flaw(artifact.path))
    ]
    problems += _collisions(found, str if exact else casefolded)
    if problems:
        raise EvergreenError(*problems)
    return found


def confusable(artifacts: Mapping[str, Artifact]) -> Iterator[Problem]:
    """Yield a warning for each pair of paths that differ, but are one file on some system."""
    equal = set(_collisions(artifacts, str))
    for problem in _collisions(artifacts, casefolded):
        if problem not in equal:
            message = problem.message.replace("cannot be written", "is written", 1)
            yield replace(problem, message=message, severity="warning")


def folders_of(paths: Iterable[str]) -> set[str]:
    """Return every folder that contains one of the paths."""
    found: set[str] = set()
    inner = {path.rpartition("/")[0] for path in paths}
    while inner := inner - found - {""}:
        found |= inner
        inner = {folder.rpartition("/")[0] for folder in inner}
    return found


def _collisions(artifacts: Mapping[str, Artifact], name: Callable[[str], str]) -> Iterator[Problem]:
    """Yield each pair of paths with the same name."""
    inner = folders_of(artifacts)
    every = [*artifacts, *inner]
    if name is casefolded:
        keys = {path.lower() if path.isascii() else casefolded(path) for path in every}
    else:
        keys = set(map(name, every))
    if len(keys) == len(every):
        return
    files: dict[str, str] = {}
    for path, artifact in artifacts.items():
        there = files.setdefault(name(path), path)
        if there != path:
            what = "on some systems the same address has"
            yield _clash(artifact, artifacts[there], what)
    folders: dict[str, str] = {}
    for folder in sorted(inner):
        key = name(folder)
        there = folders.setdefault(key, folder)
        if there != folder or key in files:
            yield _clash(
                _first_in(folder, artifacts),
                artifacts[files[key]] if key in files else _first_in(there, artifacts),
                f"its folder '{folder}' is also",
            )


def _first_in(folder: str, artifacts: Mapping[str, Artifact]) -> Artifact:
    return next(a for path, a in artifacts.items() if path.startswith(f"{folder}/"))


def _refusal(artifact: Artifact, why: str) -> Problem:
    place = artifact.source or artifact.path or "an artifact"
    return Problem(place, 0, 0, f"its address '{_shown(artifact.path)}' {why}", "choose another")


def _clash(artifact: Artifact, other: Artifact, what: str) -> Problem:
    here, there = (f"'{_shown(a.path)}'" for a in (artifact, other))
    origin = f" (from {other.source})" if other.source else ""
    message = f"cannot be written as {here}: {what} {there}{origin}"
    return Problem(
        artifact.source or artifact.path, 0, 0, message, "give one of them another address"
    )


def _shown(path: str) -> str:
    return path if path.isprintable() else repr(path)[1:-1]
