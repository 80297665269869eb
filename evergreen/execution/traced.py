"""Facts of a run whose system calls were seen: files, folders, links, programs, packages."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from evergreen.execution.bundle_copy import is_changed
from evergreen.execution.job import Job
from evergreen.execution.kernels.file_copy import is_hole
from evergreen.execution.kernels.uses import ASKED, LINK, LISTED, MADE, RAN, READ, WROTE
from evergreen.execution.trace import Trace, Use, elsewhere, in_blog, inside, packaged
from evergreen.execution.workspace import Workspace
from evergreen.records import distributions, machine
from evergreen.records.bundle import is_excluded, is_spare, stamp
from evergreen.records.facts import CHANGED_WHILE_RUNNING
from evergreen.records.machine import DEVICE, FOLDER, UNREADABLE, Machine
from evergreen.regex import regex

Facts = dict[str, str]

_HISTORY = regex(r"/\.\w*_?history$|/\.Rhistory$|/repl_history\.jl$")


def files(job: Job, workspace: Workspace, trace: Trace) -> Facts:
    """Return facts for what was used beside the post, as it was copied for the run."""
    excluded = {*job.posts, *job.data, *job.stand_ins}
    copy, names = workspace.copy, set(workspace.used)
    facts: Facts = {}
    for name, use in inside(trace, os.path.realpath(workspace.cwd)):
        is_copied = name in copy.files or name in copy.folders
        is_spared = not is_copied and any(map(is_spare, name.split("/")))
        if (
            _is_dependency(use)
            and (is_copied or use.stamp is None)
            and name != "."
            and not is_spared
        ):
            names.add(name)
            if use.how & RAN and use.stamp and name in copy.files:
                facts[f"runs {name}"] = machine.permission_words(use.stamp[0])
    found = (name for name in sorted(names) if not is_excluded(name, excluded))
    return facts | {f"file {name}": file_value(job, workspace, name) for name in found}


def file_value(job: Job, workspace: Workspace, name: str) -> str:
    """Return the hash of the file that was copied for the run, whatever it contains now."""
    copy, source = workspace.copy, (job.bundle or workspace.cwd) / name
    if name in copy.folders:
        return FOLDER
    if name not in copy.files:
        now = machine.hash_path(str(source))
        return now if now in (UNREADABLE, DEVICE) else ""
    place = str(workspace.cwd / name)
    if not is_changed(copy, name) and not (name in copy.placeholders and is_hole(place)):
        return machine.hash_path(place)
    same = stamp(source) == copy.files[name]
    return machine.hash_path(str(source)) if same else CHANGED_WHILE_RUNNING


def folders(workspace: Workspace, trace: Trace) -> Facts:
    """Return facts for the folders beside the post that were listed."""
    names_in = workspace.copy.folders
    listed = sorted(
        name
        for name, use in inside(trace, os.path.realpath(workspace.cwd))
        if use.how & LISTED and (name in names_in or use.stamp is None)
    )
    names = workspace.copy.listings
    return {f"folder {name}": machine.digest_names(names.get(name, ())) for name in listed}


def outside(job: Job, workspace: Workspace, trace: Trace, path: Iterable[str]) -> Facts:
    """Return facts for what was used anywhere else; `path` is where Python finds its modules.

    In a sandbox only packages could be seen.
    """
    read = packaged(trace)
    unowned = distributions.find_unowned(path, {file: file for file in read})
    found = {file: Use(READ, trace.paths[file].stamp) for file in unowned if file in trace.paths}
    if not job.options.sandbox:
        known = [
            str(Path.cwd() / "-"),
            str(workspace.base),
            str(Path.home() / "-"),
            str((job.root or workspace.base) / "-"),
        ]
        found |= dict(
            elsewhere(
                in_blog(trace, workspace.top, workspace.cwd, job.root),
                workspace.base,
                known,
                job.root,
            )
        )
    facts: Facts = {}
    for place, use in sorted(found.items()):
        if not _is_locked(job, place, use) and not _is_history(job, place):
            facts |= _outside_facts(job, place, use, trace)
    return facts


def _is_locked(job: Job, path: str, use: Use) -> bool:
    """True for what the run found in its own environment: the lock determines it."""
    return (
        job.venv is not None
        and f"{path}/".startswith(f"{job.venv.folder.absolute()}/")
        and not use.how & (WROTE | MADE)
    )


def _is_history(job: Job, path: str) -> bool:
    """True for the commands that a shell remembers: it reads them when its kernel starts, and all
    shells write them.
    """
    return job.notebook.language != "python" and bool(_HISTORY.search(path))


def _is_dependency(use: Use) -> bool:
    if use.how & MADE:
        return bool(use.how & ASKED)
    return bool(use.how & ~WROTE)


def _outside_facts(job: Job, path: str, use: Use, trace: Trace) -> Facts:
    facts: Facts = {}
    if use.how & MADE:
        now = machine.hash_path(path)
        return {f"left {machine.abbreviate_home(path)}": now} if now != FOLDER else {}
    if use.how & LISTED:
        changed = not use.is_current(path) and not _changed_itself(trace, path)
        name = fact_name("outside", f"{path}/", job.root)
        facts[name] = CHANGED_WHILE_RUNNING if changed else machine.hash_place(f"{path}/")
    if use.how & LINK:
        facts[f"link {machine.abbreviate_home(path)}"] = machine.link_target(path)
    if use.how & (READ | RAN) or use.stamp is None:
        name = fact_name("outside", path, job.root)
        facts[name] = _content(path, use)
        if use.how & RAN and use.stamp and name.startswith("site "):
            facts[f"runs /{name[5:]}"] = machine.permission_words(use.stamp[0])
    elif not facts:
        facts |= _existence(job, path, use)
    return facts


def _content(path: str, use: Use) -> str:
    """Return the hash of a file as the run saw it; where it has changed the file, as it left it."""
    if use.stamp is None:
        return ""
    if use.is_current(path) or use.how & WROTE:
        return machine.hash_path(path)
    return CHANGED_WHILE_RUNNING


def _existence(job: Job, path: str, use: Use) -> Facts:
    """Return the fact for a path of which only its status was asked."""
    assert use.stamp is not None
    size = machine.size_words(use.stamp[0], use.stamp[1])
    if use.how & WROTE and stat.S_ISREG(use.stamp[0]):
        return {f"left {machine.abbreviate_home(path)}": machine.hash_path(path)}
    return {fact_name("asked", path, job.root): size}


def _changed_itself(trace: Trace, folder: str) -> bool:
    """True if the run has made, renamed or removed something in a folder."""
    return any(
        use.how & (WROTE | MADE) and path.rpartition("/")[0] == folder
        for path, use in trace.paths.items()
    )


def fact_name(kind: str, path: str, root: Path | None) -> str:
    """Return the fact name of a path, independent of where the blog and the home folder are.

    In the blog's folder the kind is `site`, whatever was asked.
    """
    for home in {str(root), str(root.resolve())} if root else ():
        if path.startswith(f"{home}/"):
            return f"site {path[len(home) + 1 :]}"
    return f"{kind} {machine.abbreviate_home(path)}"


def packages(trace: Trace) -> Mapping[str, str]:
    """Return the files of packages that were read, as modules with their files."""
    return {file: file for file in packaged(trace)}


def libraries(trace: Trace, path: Iterable[str]) -> Facts:
    """Return facts for the packages that were read where this kernel's Python does not look."""
    entries = tuple(f"{entry}/" for entry in path)
    found = {machine.library_of(file) for file in packaged(trace) if not file.startswith(entries)}
    names = sorted(f"library {machine.abbreviate_home(place)}" for place in found if place)
    here = Machine()
    return {name: here.value(name) for name in names}
