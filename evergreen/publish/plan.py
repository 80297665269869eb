"""What a publish is going to do: a value, made before anything is touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from evergreen.errors import EvergreenError, Problem
from evergreen.model import Artifact, Kept
from evergreen.publish.manifest import ManifestEntry
from evergreen.publish.paths import folders_of
from evergreen.publish.state import Tree


@dataclass(frozen=True, slots=True)
class PublishPlan:
    """Paths relative to the destination, every one of them checked."""

    entries: Mapping[str, ManifestEntry]
    """The manifest to be."""
    write: Mapping[str, bytes]
    keep: tuple[str, ...]
    remove: tuple[str, ...]
    """In the manifest, and no longer wanted."""
    differs: bool
    """False: the destination is as it should be."""


def make_plan(wanted: Mapping[str, Artifact], tree: Tree) -> PublishPlan:
    """How the tree becomes what is wanted.

    An EvergreenError names every artifact that claims a place where something stands that is not
    ours, and every `Kept` one that does not stand as it is said to.
    """
    digests = {path: artifact.sha256 for path, artifact in wanted.items()}
    keep = tuple(path for path, sha256 in digests.items() if tree.intact.get(path) == sha256)
    changed = sorted(wanted.keys() - set(keep))
    contents = {path: wanted[path].content for path in changed}
    if problems := [*_conflicts(wanted, tree), *_missing(contents, tree)]:
        raise EvergreenError(*problems)
    write = {path: data for path, data in contents.items() if isinstance(data, bytes)}
    written = tree.manifest or {}
    sizes = {path: written[path].size for path in keep} | {
        p: len(data) for p, data in write.items()
    }
    remove = tuple(sorted(written.keys() - wanted.keys()))
    return PublishPlan(
        {path: ManifestEntry(digests[path], size) for path, size in sizes.items()},
        write,
        keep,
        remove,
        differs=bool(write or remove or tree.manifest is None),
    )


def _conflicts(wanted: Mapping[str, Artifact], tree: Tree) -> Iterator[Problem]:
    """Theirs at the very path; a file of theirs where we need a folder; the other way round."""
    theirs = {*tree.files, *tree.folders}
    inside = folders_of(theirs)
    for path in sorted((theirs | inside) & wanted.keys()):
        yield _conflict(tree, path, wanted[path])
    for folder in sorted(folders_of(wanted) & set(tree.files)):
        path = next(path for path in wanted if path.startswith(f"{folder}/"))
        yield _conflict(tree, folder, wanted[path])


def _conflict(tree: Tree, path: str, artifact: Artifact) -> Problem:
    source = f" (from {artifact.source})" if artifact.source else ""
    return Problem(
        f"{tree.folder}/{path}",
        message=f"stands where '{artifact.path}'{source} belongs and is not Evergreen's",
        advice="move it away, or give the page another address",
    )


def _missing(contents: Mapping[str, bytes | Kept], tree: Tree) -> Iterator[Problem]:
    for path, content in contents.items():
        if isinstance(content, Kept):
            yield Problem(
                f"{tree.folder}/{path}",
                message="was changed or deleted while the site was being built",
                advice="build again",
            )
