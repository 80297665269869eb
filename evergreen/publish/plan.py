"""The plan of a publish: a value, made before any file is changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from evergreen.dataclass import dataclass
from evergreen.errors import EvergreenError, Problem
from evergreen.model import Artifact, DeferredContent, ExistingContent
from evergreen.publish.manifest import NAME, ManifestEntry
from evergreen.publish.paths import folders_of
from evergreen.publish.state import Tree

MANY = 8
"""From this number on, files in the way are counted instead of listed."""


@dataclass(frozen=True, slots=True)
class PublishPlan:
    """Checked paths, relative to the destination."""

    entries: Mapping[str, ManifestEntry]
    """The new manifest."""
    write: Mapping[str, bytes | DeferredContent]
    kept: int
    """The number of files that stay."""
    remove: tuple[str, ...]
    """Paths in the old manifest that are no longer wanted."""
    differs: bool
    """False: the destination is already as wanted."""


def make_plan(wanted: Mapping[str, Artifact], tree: Tree) -> PublishPlan:
    """Plan how to change the tree into the wanted artifacts.

    Raises EvergreenError with every artifact whose path belongs to a foreign file, and every
    artifact with `ExistingContent` whose file has changed or disappeared.
    """
    intact = tree.intact.get
    changed = sorted(path for path, each in wanted.items() if intact(path) != each.sha256)
    contents = {path: wanted[path].content for path in changed}
    if problems := [*_conflicts(wanted, tree), *_missing(contents, tree)]:
        raise EvergreenError(*problems)
    write = {p: data for p, data in contents.items() if not isinstance(data, ExistingContent)}
    written = tree.manifest or {}
    remove = tuple(sorted(written.keys() - wanted.keys()))
    return PublishPlan(
        _new_entries(written, remove, write, wanted),
        write,
        len(wanted) - len(write),
        remove,
        differs=bool(write or remove or tree.manifest is None),
    )


def _new_entries(
    written: Mapping[str, ManifestEntry],
    remove: Iterable[str],
    write: Mapping[str, bytes | DeferredContent],
    wanted: Mapping[str, Artifact],
) -> dict[str, ManifestEntry]:
    """Return the new manifest: what is kept has its entry in the old one."""
    entries = dict(written)
    for path in remove:
        del entries[path]
    for path, data in write.items():
        size = len(data) if isinstance(data, bytes) else data.size
        entries[path] = wanted[path].sha256, size
    return entries


def _conflicts(wanted: Mapping[str, Artifact], tree: Tree) -> Iterator[Problem]:
    """Yield foreign entries at an artifact's path, and files where the other side has a folder."""
    theirs = tree.foreign_files | tree.foreign_folders
    inside = folders_of(theirs)
    paths = sorted((theirs | inside) & wanted.keys())
    if len(paths) > MANY and not tree.manifest:  # the list of a whole site is lost or empty
        message = (
            f"{len(paths)} files are in the way of the site's, '{paths[0]}' first, and the list "
            f"{NAME} does not say that Evergreen wrote them"
        )
        advice = "delete the folder if all of it was generated, else choose another"
        yield Problem(str(tree.folder), message=message, advice=advice)
        return
    for path in paths:
        yield _conflict(tree, path, wanted[path])
    for folder in sorted(folders_of(wanted) & tree.foreign_files) if tree.foreign_files else ():
        path = next(path for path in wanted if path.startswith(f"{folder}/"))
        yield _conflict(tree, folder, wanted[path])


def _conflict(tree: Tree, path: str, artifact: Artifact) -> Problem:
    source = f" (from {artifact.source})" if artifact.source else ""
    return Problem(
        f"{tree.folder}/{path}",
        message=f"is in the way of '{artifact.path}'{source} and was not written by Evergreen",
        advice="move it, or give the page another address",
    )


def _missing(
    contents: Mapping[str, bytes | ExistingContent | DeferredContent], tree: Tree
) -> Iterator[Problem]:
    for path, content in contents.items():
        if isinstance(content, ExistingContent):
            yield Problem(
                f"{tree.folder}/{path}",
                message="was changed or deleted while the site was being built",
                advice="build again",
            )
