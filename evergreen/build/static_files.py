"""What a Jekyll blog has besides posts and pages: files that are copied as they are, and those with
a front matter in other languages, whose Liquid is expanded (feeds, scripts, lists for searches).

Where one has the address of a file of ours, ours stays, but for what the blog's owner wrote for the
whole site: its home page, its word to crawlers, its page for what is missing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from evergreen.build.options import BuildOptions
from evergreen.content.files import read_source
from evergreen.content.jekyll.files import find_files
from evergreen.content.liquid.expand import expand
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.post import parse_post
from evergreen.errors import EvergreenError, Problem
from evergreen.model import Artifact, ExistingContent
from evergreen.paths import atomic_write, file_sha256, flaw, read_file

_THEIRS = ("index.html", "404.html", "robots.txt", "favicon.ico")
COMPILED = (".scss", ".sass", ".coffee", ".less")
"""Languages that Jekyll translates: for their themes, which are not used here."""
_STAMPS = "static.json"


def read_static_files(
    build: BuildOptions, blog: BlogContext, taken: Collection[str], published: Mapping[str, str]
) -> tuple[list[Artifact], list[Problem]]:
    """The files of a blog that moves in, and what is wrong with them; nothing for another blog.

    `taken` are the paths of our own files. A file that stands in the destination as it is to be is
    passed on as `ExistingContent`.
    """
    if not build.site.jekyll:
        return [], []
    files = find_files(build.root, build.site.jekyll)
    taken, folders = (
        set(taken),
        {str(each) for path in taken for each in PurePosixPath(path).parents},
    )
    found: dict[str, Artifact] = {}
    problems: list[Problem] = []
    hashes = _Hashes(build.cache / _STAMPS)
    for path in files.static:
        target = unquote(path)
        if wrong := _in_the_way(target, taken, folders):
            problems.append(Problem(path, 0, 0, wrong, "rename it to have it", "warning"))
        else:
            found[target] = _copied(build.root / path, path, target, published, hashes)
    for path in files.others:
        if path.endswith(COMPILED):
            continue
        try:
            artifact = _expanded(build, blog, path)
        except EvergreenError as error:
            problems += error.problems
            continue
        if wrong := _in_the_way(artifact.path, taken, folders):
            problems.append(Problem(path, 0, 0, wrong, "rename it to have it", "warning"))
        else:
            found[artifact.path] = artifact
    hashes.write()
    return list(found.values()), problems


def targets(build: BuildOptions) -> set[str]:
    """The paths that the leftovers of a blog would have in its site."""
    if not build.site.jekyll:
        return set()
    files = find_files(build.root, build.site.jekyll)
    found = {unquote(path) for path in files.static}
    for path in files.others:
        with suppress(EvergreenError):
            found.add(parse_post(path, read_source(build.root, path), build.site).file)
    return found


def _in_the_way(target: str, taken: Collection[str], folders: Collection[str]) -> str:
    """Why a file cannot stand in the site; "" where it can."""
    if wrong := flaw(target):
        return f"the file's name {wrong}: it is not copied"
    if target in _THEIRS and target in taken:
        return ""
    if target in taken:
        return f"/{target} is a file that Evergreen makes: this one is not copied"
    parents = {str(each) for each in PurePosixPath(target).parents}
    if target in folders or not parents.isdisjoint(taken):
        return f"/{target} is a file and a folder: this one is not copied"
    return ""


def _expanded(build: BuildOptions, blog: BlogContext, path: str) -> Artifact:
    post = expand(parse_post(path, read_source(build.root, path), build.site), blog)
    return Artifact(post.file, post.body.encode("utf-8", "replace"), path)


def _copied(
    file: Path, path: str, target: str, published: Mapping[str, str], hashes: _Hashes
) -> Artifact:
    digest = hashes.of(file)
    if digest and published.get(target) == digest:
        return Artifact(target, ExistingContent(digest), path)
    return Artifact(target, file.read_bytes(), path)


class _Hashes:
    """SHA-256 of files, kept with their stamps."""

    def __init__(self, place: Path) -> None:
        self._place, self._known, self._now = place, {}, {}  # type: ignore[var-annotated]
        with suppress(OSError, ValueError):
            self._known = json.loads(read_file(place))

    def of(self, file: Path) -> str:
        """The hash of a file; "" where it cannot be read."""
        try:
            status = file.stat()
            stamp = [status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns]
            known = self._known.get(str(file))
            if not known or known[0] != stamp:
                known = [stamp, file_sha256(file)]
        except OSError:
            return ""
        self._now[str(file)] = known
        return str(known[1])

    def write(self) -> None:
        """Keep the hashes for the next build."""
        if self._now != self._known:
            with suppress(OSError):
                atomic_write(self._place, json.dumps(self._now).encode())
