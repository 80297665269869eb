"""Files of the blog that are published unchanged: those below `static/`, those that pages name, and
in a Jekyll blog all that Jekyll copies, with files whose Liquid it expands.

A generated file of the same path wins, except the home page, robots.txt, llms.txt, 404.html
and favicon.ico.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from evergreen.build.options import BuildOptions
from evergreen.build.page_files import STATIC, read_linked
from evergreen.content.file_hashes import FileHashes
from evergreen.content.files import printable, read_source
from evergreen.content.jekyll.files import find_files
from evergreen.content.jekyll.permalinks import static_target
from evergreen.content.liquid.expand import expand
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.picture_metadata import published_content
from evergreen.content.post import parse_post
from evergreen.errors import EvergreenError, Problem
from evergreen.model import Artifact, ExistingContent, LinkedFile
from evergreen.paths import flaw, points_outside
from evergreen.publish.paths import folders_of

_THEIRS = ("index.html", "404.html", "robots.txt", "favicon.ico", "llms.txt")
_HIDDEN = (".well-known", ".nojekyll")
"""Hidden names that hosts ask for; no other is published."""
COMPILED = (".scss", ".sass", ".coffee", ".less")
"""Languages that Jekyll compiles, for themes that are not used here."""


def read_static_files(
    build: BuildOptions, blog: BlogContext, taken: Collection[str], published: Mapping[str, str]
) -> tuple[list[Artifact], list[Problem]]:
    """Return the static files of a blog, and what is wrong with them.

    `taken` are the paths of generated files. A file that is published already is returned as
    `ExistingContent`.
    """
    place = _Places(taken)
    problems: list[Problem] = []
    for path, target in _copies(build, problems):
        if place.is_free(path, target, problems):
            place.found[target] = _copied(build.root / path, path, target, published, blog.hashes)
    for artifact in _expanded(build, blog, problems):
        if place.is_free(artifact.source, artifact.path, problems):
            place.found[artifact.path] = artifact
    return list(place.found.values()), problems


def read_linked_files(
    root: Path, files: Iterable[LinkedFile], taken: Collection[str], published: Mapping[str, str]
) -> tuple[list[Artifact], list[Problem]]:
    """Return the files that pages name, and what is wrong with them; see `read_static_files`."""
    place = _Places(taken)
    problems: list[Problem] = []
    for file in dict.fromkeys(files):
        if file.path in place.found or not place.is_free(file.source, file.path, problems):
            continue
        if published.get(file.path) == file.sha256:
            content: bytes | ExistingContent | None = ExistingContent(file.sha256)
        else:
            content = read_linked(root, file.source)
        if content is not None:  # it was there a moment ago
            place.found[file.path] = Artifact(file.path, content, file.source)
    return list(place.found.values()), problems


def targets(build: BuildOptions) -> set[str]:
    """Return the paths in the site of the static files of a blog."""
    found = {target for _, target in _copies(build, [])}
    for path in _liquid_files(build):
        with suppress(EvergreenError):
            found.add(parse_post(path, read_source(build.root, path), build.site).file)
    return found


class _Places:
    """The paths of a site that are taken."""

    def __init__(self, taken: Collection[str]) -> None:
        self.taken = set(taken)
        self.found: dict[str, Artifact] = {}
        """The files that are published, by path."""

    @cached_property
    def folders(self) -> set[str]:
        """Return the folders of the taken paths; most blogs have no file that needs them."""
        return folders_of(self.taken)

    def is_free(self, source: str, target: str, problems: list[Problem]) -> bool:
        """True if a file can have a path; else a warning is added."""
        if wrong := self._conflict(target):
            message = f"{wrong}: this file is not published"
            problems.append(Problem(source, 0, 0, message, "rename it", "warning"))
        return not wrong

    def _conflict(self, target: str) -> str:
        if wrong := flaw(target):
            return f"the file's name {wrong}"
        if target in self.taken:
            is_theirs = target in _THEIRS
            return "" if is_theirs else f"Evergreen makes a file /{target}"
        parents = {str(each) for each in PurePosixPath(target).parents}
        if target in self.folders or not parents.isdisjoint(self.taken):
            return f"/{target} would be a file and a folder"
        return ""


def _copies(build: BuildOptions, problems: list[Problem]) -> Iterator[tuple[str, str]]:
    """Yield path in the blog and path in the site of each file that is copied."""
    if build.site.jekyll:
        for path in find_files(build.root, build.site.jekyll).static:
            yield path, unquote(static_target(path, build.site.jekyll))
        return
    for path in _below(build.root, STATIC):
        if points_outside(build.root.resolve(), build.root / path):
            what = "a symlink that points outside the blog: it is not published"
            advice = "replace it by the file itself"
            problems.append(Problem(printable(path), 0, 0, what, advice, "warning"))
        else:
            yield path, path.removeprefix(f"{STATIC}/")


def _below(root: Path, folder: str) -> Iterator[str]:
    """Yield the files below a folder, sorted; symlinked folders are not entered."""
    try:
        entries = sorted(os.scandir(root / folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        path = f"{folder}/{entry.name}"
        if entry.name.startswith(".") and entry.name not in _HIDDEN:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _below(root, path)
        elif entry.is_file():
            yield path


def _liquid_files(build: BuildOptions) -> list[str]:
    if not build.site.jekyll:
        return []
    files = find_files(build.root, build.site.jekyll).others
    return [path for path in files if not path.endswith(COMPILED)]


def _expanded(
    build: BuildOptions, blog: BlogContext, problems: list[Problem]
) -> Iterator[Artifact]:
    """Yield the files with a front matter whose Liquid is expanded."""
    for path in _liquid_files(build):
        try:
            post = expand(parse_post(path, read_source(build.root, path), build.site), blog)
        except EvergreenError as error:
            problems += error.problems
        else:
            yield Artifact(post.file, post.body.encode("utf-8", "replace"), path)


def _copied(
    file: Path, path: str, target: str, published: Mapping[str, str], hashes: FileHashes
) -> Artifact:
    digest = hashes.published(file)
    if digest and published.get(target) == digest:
        return Artifact(target, ExistingContent(digest), path)
    return Artifact(target, published_content(path, file.read_bytes()), path)
