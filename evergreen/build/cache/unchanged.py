"""Whether anything has changed since the last build, found without reading a post.

A snapshot holds the stamps of every file that a build may look at, what the posts' code was seen to
use of the machine, and what was published. A file counts as unchanged by its size, inode and both
its times: the status time cannot be set back. Where all is as it was, a build is its last report.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from time import monotonic, time_ns
from typing import Any

from evergreen import publish as destination
from evergreen.build.browser import find_browser
from evergreen.build.cache.fingerprint import HERE, installed
from evergreen.build.options import BuildOptions
from evergreen.content.jekyll.detect import config_folder
from evergreen.content.quarto_files import MYST_FILES, PROJECT
from evergreen.dataclass import dataclass, replace
from evergreen.errors import EvergreenError, Problem
from evergreen.model import HeldBack, Report
from evergreen.model.hashing import sha256
from evergreen.model.settings import read_span
from evergreen.packaged import TEMPLATES, THEMES
from evergreen.paths import atomic_write, last_tick, points_outside, read_file, set_aside
from evergreen.records.interpreters import kernel_names

_SETTINGS = ("site.toml", "_config.yml", "_config.yaml")
SOURCES = (
    *("posts", "pages", TEMPLATES, "static", *_SETTINGS),
    *(*PROJECT, *MYST_FILES),
    *("plugins.py", "plugins", THEMES),
    *("_posts", "_includes", "_data"),
)
"""What a build reads of a blog, besides records, verdicts and what its posts name; a blog that
of Jekyll is read as a whole."""

_UNREAD = {"__pycache__", ".git", ".cache", ".venv", ".jekyll-cache", "node_modules"}

_DECLARED = ("data", "limit")
"""Kinds of facts that stamps of the posts and settings cover."""

_NOTHING = [0, 0, 0, 0]

Stamps = Mapping[str, list[int]]


@dataclass(frozen=True, slots=True)
class PostFacts:
    """What a published execution used, and what it takes to look that up; as it is kept in JSON."""

    bundle: str
    beside: list[str]
    """Names in the bundle that belong to posts."""
    requires: list[str]
    as_of: str
    expires: str
    finished: str
    facts: dict[str, str]


@dataclass(frozen=True, slots=True)
class SourceStamps:
    """The files that a build may look at, as they are before it does."""

    stamps: Stamps
    time: int
    """When they were looked at first, in nanoseconds."""

    @property
    def settled(self) -> dict[str, tuple[int, ...]]:
        """Return the stamps of files that did not change just now: a later change shows."""
        return {
            path: tuple(stamp)
            for path, stamp in self.stamps.items()
            if stamp != _NOTHING and _last_tick(stamp) < self.time
        }


def take(build: BuildOptions) -> SourceStamps:
    """Stamp every file that the build may read, before it reads any."""
    time = time_ns()
    own = [build.root] if build.site.jekyll else [build.root / name for name in SOURCES]
    if (home := config_folder(build.root)) != build.root:
        own += (home / name for name in _SETTINGS)
    inside = build.root.resolve()
    # A link out of the blog is refused later (`check_links`): what is behind it is not looked at.
    checked = (TEMPLATES, THEMES)
    own = [tree for tree in own if tree.name not in checked or not points_outside(inside, tree)]
    trees = [*own, build.verdicts, HERE, *build.templates[1:]]
    output = str(build.output)
    stamps = {path: stamp for tree in trees for path, stamp in _stamps(str(tree), output)}
    return SourceStamps(stamps, time)


def keep(
    build: BuildOptions,
    seen: SourceStamps,
    report: Report,
    used: Sequence[PostFacts],
    due: datetime | None,
    published: Mapping[str, str],
    named: Iterable[str] = (),
    lasting: bool = False,
) -> None:
    """Remember a build; `used` are the facts of its posts, `due` is when time alone changes it,
    `published` has the SHA-256 of the published files, by path, `named` are files of the blog that
    pages name.

    One with failures is stored if they are `lasting`: only a change of the blog's files ends them.
    A build whose files changed just before it began is not stored, nor one with stand-ins:
    their data may be there the next time.
    """
    if (report.failed and not lasting) or report.stand_ins:
        _forget(build)
        return
    others = {
        path: _stamp_at(_in_blog(build, path)) or _NOTHING
        for path in named
        if _is_elsewhere(build, path)
    }
    others |= {path: _stamp_at(path) or _NOTHING for path in _plugin_files(build)}
    # What a post that failed would have read is not known: it may be any file of the blog.
    whole = dict(_whole(build)) if report.failed else {}
    stamps = [*seen.stamps.values(), *others.values(), *whole.values()]
    fresh = time_ns() - max(map(_last_tick, stamps), default=0) < report.seconds * 1e9
    if fresh:
        _forget(build)
        return
    state = {
        "asked": _asked(build),
        "seen": seen.stamps,
        "named": others,
        "whole": whole,
        "used": list(map(asdict, used)),
        "hashes": _hashes(build, used),
        "due": due.timestamp() if due else None,
        "site": _hash(published),
        "report": asdict(replace(report, written_files=(), removed_files=(), remade={})),
    }
    text = json.dumps(state, ensure_ascii=False)
    atomic_write(_place(build), text.encode("utf-8", "surrogateescape"))


def unchanged(build: BuildOptions, seen: SourceStamps | None = None) -> Report | None:
    """Return the last build's report, as of a build that ran nothing, if nothing has changed;
    `seen` are the stamps of now, if they were taken."""
    if build.force:
        return None
    start = monotonic()
    state = _read(build)
    if state is None or state["asked"] != _asked(build):
        return None
    if state["seen"] != (seen or take(build)).stamps:
        return None
    named = state["named"].items()
    if any((_stamp_at(_in_blog(build, path)) or _NOTHING) != stamp for path, stamp in named):
        return None
    if state["whole"] and state["whole"] != dict(_whole(build)):
        return None
    if state["due"] is not None and datetime.now(UTC).timestamp() >= state["due"]:
        return None
    if state["site"] != _site(build) or not hold(build, _used(state), state["hashes"]):
        return None
    return replace(_last_report(state["report"]), seconds=monotonic() - start)


def _used(state: Mapping[str, Any]) -> list[PostFacts]:
    return [PostFacts(**each) for each in state["used"]]


def hold(
    build: BuildOptions, used: Sequence[PostFacts], hashes: Mapping[str, list[Any]] | None = None
) -> bool:
    """True if no post would run: each is asked as `planning.plan` asks it.

    `hashes` are known ones of files, with their stamps.
    """
    if not used:
        return True
    from evergreen.execution.environments.environments import Environments
    from evergreen.records import facts
    from evergreen.records.machine import Machine

    machine = Machine(hash_path=cache(partial(_hash_path, hashes or {})))
    environments = Environments(build.store, build.environments)
    for each in used:
        requires, own = tuple(each.requires), bool(each.requires or each.as_of)
        here = facts.FactLookup(
            bundle=build.root / each.bundle,
            root=build.root,
            posts=frozenset(each.beside),
            machine=environments.machine(requires, each.as_of) if own else machine,
            expires=read_span(each.expires),
            has_own=own,
        )
        finished = datetime.fromisoformat(each.finished)
        if facts.judge(each.facts, finished, here, build.execute, _DECLARED)[0]:
            return False
    return True


def _hashes(build: BuildOptions, used: Sequence[PostFacts]) -> dict[str, list[Any]]:
    """Return the stamp and the hash of each file beside the posts whose next change will show."""
    if not used:
        return {}
    from evergreen.records.machine import hash_path

    time, found = time_ns(), {}
    for each in used:
        files = (fact[5:] for fact in each.facts if fact.startswith("file "))
        for path in (f"{build.root / each.bundle}/{name}" for name in files):
            stamp = _stamp_at(path)
            if stamp and _last_tick(stamp) < time:
                found[path] = [stamp, hash_path(path)]
    return found


def _hash_path(hashes: Mapping[str, list[Any]], path: str) -> str:
    """Return the hash of a file; one with the stamp of a hash that is known is not read."""
    known = hashes.get(path)
    if known and known[0] == _stamp_at(path):
        value: str = known[1]
        return value
    from evergreen.records.machine import hash_path

    return hash_path(path)


def _stamp_at(path: str) -> list[int] | None:
    try:
        return _stamp(os.stat(path))
    except (OSError, ValueError):
        return None


def _stamps(path: str, output: str) -> Iterator[tuple[str, list[int]]]:
    try:
        if not os.path.isdir(path):
            yield path, _stamp(os.stat(path))
            return
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    ours = entry.path == output or entry.name.startswith("._")
                    if entry.name not in _UNREAD and not ours:
                        yield from _stamps(entry.path, output)
                else:
                    yield entry.path, _stamp_of(entry)
    except OSError:
        yield path, _NOTHING


def _whole(build: BuildOptions) -> Iterator[tuple[str, list[int]]]:
    """Yield the stamp of each file of the blog but its output."""
    return _stamps(str(build.root), str(build.output))


def _in_blog(build: BuildOptions, path: str) -> str:
    return path if path.startswith("/") else f"{build.root}/{path}"


def _plugin_files(build: BuildOptions) -> Iterator[str]:
    """Yield the absolute paths of the files of plugins and fonts; of plugins' folders also those of
    folders, whose stamps change when a file is added."""
    yield from (path for each in build.site.hooks.loaded for path in each.files)
    for folder in build.site.hooks.folders:
        yield from map(str, (folder, *folder.rglob("*")))
    yield from build.site.look.fonts.values()


def _is_elsewhere(build: BuildOptions, path: str) -> bool:
    return not build.site.jekyll and path.split("/")[0] not in SOURCES


def _stamp_of(entry: os.DirEntry[str]) -> list[int]:
    try:
        return _stamp(entry.stat())
    except OSError:  # a link to nowhere
        return _NOTHING


def _stamp(status: os.stat_result) -> list[int]:
    return [status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns]


def _last_tick(stamp: list[int]) -> int:
    """Return the time until which a later change could have the same stamp, in nanoseconds."""
    return last_tick(max(stamp[2:]))


def _site(build: BuildOptions) -> str:
    """Hash the published files that are as they were published."""
    try:
        return _hash(destination.inspect_files(build.output))
    except EvergreenError:
        return ""


def _hash(published: Mapping[str, str]) -> str:
    text = "\n".join(f"{path} {digest}" for path, digest in sorted(published.items()))
    return sha256(text)


def _asked(build: BuildOptions) -> list[Any]:
    site = build.site  # what it has of this machine, no file of the blog shows
    here = [site.url, site.baseurl, site.timezone, site.pdf, find_browser(), *kernel_names()]
    return [str(build.output), build.execute, build.drafts, build.future, installed(), here]


def _place(build: BuildOptions) -> Path:
    return build.cache / "snapshot.json"


def _forget(build: BuildOptions) -> None:
    try:
        _place(build).unlink(missing_ok=True)
    except OSError:  # a folder has its name
        set_aside(_place(build))


def _read(build: BuildOptions) -> dict[str, Any] | None:
    try:
        kept = json.loads(read_file(_place(build)).decode("utf-8", "surrogateescape"))
        return kept if isinstance(kept, dict) else None
    except (OSError, ValueError):
        return None


def _last_report(report: Mapping[str, Any]) -> Report:
    problems = tuple(Problem(**problem) for problem in report["problems"])
    lists = {key: tuple(value) for key, value in report.items() if isinstance(value, list)}
    reused = (*report["ran"], *report["reused"])
    held_back = tuple(HeldBack(**held) for held in report["held_back"])
    report = {**report, **lists, "ran": (), "reused": tuple(sorted(reused)), "problems": problems}
    report["held_back"] = held_back
    nothing = {"written": 0, "removed": 0, "written_files": (), "removed_files": (), "remade": {}}
    return Report(**{**report, **nothing})
