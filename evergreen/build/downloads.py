"""The download that runs anywhere: a post's notebook and script with the files that they read."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from evergreen.build.page_files import read_linked
from evergreen.content.formats import SUFFIXES
from evergreen.content.liquid.shared import BlogContext
from evergreen.dataclass import replace
from evergreen.model import Artifact, Download, Execution, Page, Post, Site

MAX_BYTES = 20_000_000
"""There is no archive of larger files."""
MAX_DATA = 5_000_000
"""Declared data of more bytes is in no archive."""
_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a ZIP can hold: equal files make equal archives."""


def with_archive(
    page: Page,
    site: Site,
    blog: BlogContext,
    post: Post,
    execution: Execution | None,
    data: Mapping[str, Path] = MappingProxyType({}),
) -> Page:
    """Return the page with a ZIP of its notebook, its script, the files beside the post that its
    code read, and its declared data; without it if there are none.

    `data` are files by their names in the run. Larger data is left out: the notebook downloads it.
    The page depends on each file, for its code may have read no more than a folder's names.
    """
    root = blog.root
    urls = {download.url for download in page.downloads}
    offered = [
        file
        for file in page.artifacts
        if file.path.endswith((".ipynb", ".py")) and f"{site.baseurl}/{quote(file.path)}" in urls
    ]
    names = _names(root / post.bundle, execution.facts) if execution and offered else []
    if _size(root / post.bundle, names) > MAX_BYTES:
        return page
    files = dict(_read(root, post, names))
    if offered and sum(path.stat().st_size for path in data.values()) <= MAX_DATA:
        files |= {name: path.read_bytes() for name, path in data.items()}
    if not files:
        return page
    found = (_source(post, name) for name in files if name not in data)
    uses = {f"file {source}": blog.hashes.of(root / source) for source in found}
    for file in offered:
        if isinstance(file.content, bytes):
            files[file.path.rpartition("/")[2]] = file.content
    path = f"{offered[0].path.rpartition('.')[0]}.zip"
    archive = Artifact(path, _zip(files))
    link = Download("zip", f"{site.baseurl}/{quote(path)}")
    return replace(
        page,
        post=replace(page.post, uses={**page.post.uses, **uses}),
        artifacts=(*page.artifacts, archive),
        downloads=(*page.downloads, link),
    )


def _names(bundle: Path, facts: Mapping[str, str]) -> list[str]:
    """Return the files beside the post that its code read, or that are in a folder whose names it
    read."""
    return sorted({name for fact, value in facts.items() for name in _of(bundle, fact, value)})


def _size(bundle: Path, names: Iterable[str]) -> int:
    """Return the size of the files together, in bytes."""
    paths = (bundle / name for name in names)
    return sum(path.stat().st_size for path in paths if path.is_file())


def _read(root: Path, post: Post, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of each file that may be published."""
    for name in names:
        content = read_linked(root, _source(post, name))
        if content is not None:
            yield name, content


def _source(post: Post, name: str) -> str:
    """Return the path in the blog of a file beside a post."""
    return f"{post.bundle}/{name}" if post.bundle else name


def _of(bundle: Path, fact: str, value: str) -> Iterator[str]:
    """Yield the names, from the post's folder, of the files that a fact is about."""
    kind, _, name = fact.partition(" ")
    if not value or name.startswith(("/", "..")):
        return
    if kind == "file":
        yield name
    elif kind == "folder":
        for path in (bundle / name).glob("*"):
            if path.is_file() and path.suffix not in SUFFIXES and not path.name.startswith("."):
                yield path.relative_to(bundle).as_posix()


def _zip(files: Mapping[str, bytes]) -> bytes:
    import zipfile  # late: few posts have files to take along

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            info = zipfile.ZipInfo(name, _TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, content)
    return buffer.getvalue()
