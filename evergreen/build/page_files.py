"""Publish the files that a page names: pictures, videos, data, next to the post or elsewhere in the
blog, and those that its code wrote.

A relative URL is a path from the folder of the post. A file in that folder is published next to the
page, at the same path, so that the URL holds as it is; translations share the file of the page in
the main language. A file elsewhere in the blog is published at its path in the blog, without
`static/`, and the URL is rewritten. Nothing outside the blog and nothing hidden is published.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from stat import S_ISREG
from urllib.parse import quote, unquote

from evergreen.build.page_pictures import PagePictures, PictureFile
from evergreen.check.links import PICTURE, PICTURE_TAGS
from evergreen.content.formats import suffixes
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.picture_metadata import published_content
from evergreen.dataclass import dataclass, replace
from evergreen.errors import Problem
from evergreen.model import Artifact, Hyperlink, LinkedFile, Page
from evergreen.model.urls import file_of, follow, is_complete, place_beside, published_place
from evergreen.paths import flaw, is_hidden, nfc, open_nonblocking, points_outside
from evergreen.regex import regex
from evergreen.render.hyperlinks import rewrite_urls
from evergreen.render.picture_flaws import HEAD, find_flaw, is_picture_name

STATIC = "static"
_ASSETS = "templates/assets"
_PARTS = regex(r"([^?#]*)([?#].*)?", re.S)


def with_files(
    page: Page, blog: BlogContext, written: Mapping[str, bytes]
) -> tuple[Page, tuple[Problem, ...]]:
    """Return the page with the files that it names, and a warning for each picture that is none;
    `written` are the files that its code wrote."""
    if not page.hyperlinks and not page.artifacts:
        return page, ()
    found = _Files(page, blog, written)
    links = tuple(map(found.followed, page.hyperlinks))
    pictures = PagePictures(page, blog.site, found.picture_file)
    content, cover = pictures.shown(), pictures.cover()
    problems = tuple(found.flaws())
    post = replace(page.post, uses={**page.post.uses, **found.uses})
    if post.image and (target := found.targets.get(post.image.url)):
        post = replace(post, image=replace(post.image, url=f"/{quote(target)}"))
    page = replace(page, post=post, content=content, cover=cover, pictures=pictures.copies)
    if not found.targets:
        return page, problems
    page = replace(
        page,
        content=rewrite_urls(page.content, found.rewritten),
        figure=found.rewritten(page.figure),
        hyperlinks=links,
        artifacts=(*page.artifacts, *found.written_files.values()),
        files=tuple(found.files.values()),
    )
    return page, problems


def read_linked(root: Path, source: str) -> bytes | None:
    """Return the bytes of a file of the blog, a picture without metadata; None if it is gone or
    may not be published.
    """
    try:
        if not _is_allowed(root, source):
            return None
        with open(root / source, "rb", opener=open_nonblocking) as file:
            return published_content(source, file.read())
    except OSError:
        return None


@dataclass(slots=True)
class _Files:
    """The files that the links of a page name."""

    page: Page
    blog: BlogContext
    written: Mapping[str, bytes]
    targets: dict[str, str] = field(default_factory=dict)
    """By URL as written: the path in the site."""
    files: dict[str, LinkedFile] = field(default_factory=dict)
    """By path in the site."""
    written_files: dict[str, Artifact] = field(default_factory=dict)
    """By path in the site."""
    uses: dict[str, str] = field(default_factory=dict)
    sources: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By path in the site: path in the blog, and hash of the file as it is published."""

    def picture_file(self, url: str) -> PictureFile | None:
        """Return the file of the blog that a URL of a picture names; None if it names none."""
        target = self._target_of(url)
        if target not in self.sources:
            return None
        source, sha256 = self.sources[target]
        content = read_linked(self.blog.root, source)
        return None if content is None else PictureFile(target, source, sha256, content)

    def flaws(self) -> Iterator[Problem]:
        """Yield a warning for each file that has the name of a picture and is none, where the page
        first shows it."""
        links = [link for link in self.page.hyperlinks if link.tag in PICTURE_TAGS]
        for link in {link.url: link for link in reversed(links)}.values():
            wrong, advice = self._flaw(self._target_of(link.url))
            if wrong:
                what = f"the picture '{link.url}' {wrong}"
                path = self.page.post.path
                yield Problem(path, link.line, link.column, what, advice, "warning", rule=PICTURE)

    def _target_of(self, url: str) -> str:
        """Return the path in the site of the file that a URL of a picture names, or ""."""
        target = self.targets.get(url, "")
        if not target and self.blog.site.jekyll and not is_complete(url):
            return self._copied_by_jekyll(url)
        return target

    def _flaw(self, target: str) -> tuple[str, str]:
        """Return what is wrong with a picture of the blog, and what to do: see `find_flaw`."""
        if target not in self.sources:
            return "", ""  # the code wrote it
        try:
            place = self.blog.root / self.sources[target][0]
            with open(place, "rb", opener=open_nonblocking) as file:
                return find_flaw(target, file.read(HEAD))
        except OSError:
            return "", ""

    def _copied_by_jekyll(self, url: str) -> str:
        """Return the path of a picture that is published where it is in the blog; "" for none."""
        path = follow(self.blog.site, self.page.post.url, url).path or ""
        if not is_picture_name(path):
            return ""
        self.uses[f"file {path}"] = sha256 = self._hash(_find(self.blog.root, path))
        if not sha256:
            return ""
        self.sources[path] = path, self.blog.hashes.published(self.blog.root / path)
        return path

    def followed(self, link: Hyperlink) -> Hyperlink:
        """Return a link with its target; unchanged if it names no file of the blog."""
        target = self.targets.get(link.url) or self._publish(link)
        if not target:
            return link
        self.targets[link.url] = target
        return replace(link, path=target, flaw="")

    def rewritten(self, url: str) -> str:
        """Return the URL of a file, relative to the page; unchanged if it holds as it is."""
        target = self.targets.get(url)
        post = self.page.post
        if not target or follow(self.blog.site, post.url, url).path == target:
            return url
        start = "/" + posixpath.dirname(file_of(post))
        tail = _PARTS.match(url)[2] or ""  # type: ignore[index]
        return quote(posixpath.relpath(f"/{target}", start)) + tail

    def _publish(self, link: Hyperlink) -> str:
        """Return the path in the site of the file that a link names; "" if it names none."""
        name = _name_of(link)
        if not name:
            return ""
        if content := self.written.get(posixpath.normpath(name)):
            target = place_beside(self.page.post) + posixpath.normpath(name)
            if flaw(target) or self._is_taken(target):
                return ""
            self.written_files[target] = Artifact(target, content)
            return target
        for source in self._sources(name):
            found = _find(self.blog.root, source)
            self.uses[f"file {found or source}"] = sha256 = self._hash(found)
            if sha256:
                target = published_place(self.page.post, found)
                if flaw(target) or self._is_taken(target):
                    continue
                published = self.blog.hashes.published(self.blog.root / found)
                self.sources[target] = found, published
                if not found.startswith(f"{STATIC}/"):  # those are all published
                    self.files[target] = LinkedFile(target, found, published)
                return target
        return ""

    def _sources(self, name: str) -> Iterator[str]:
        """Yield the paths in the blog that a name may mean."""
        site, post = self.blog.site, self.page.post
        if name.startswith("/"):
            inside = site.baseurl and name.startswith(f"{site.baseurl}/")
            rooted = (name.removeprefix(site.baseurl) if inside else name).lstrip("/")
            if site.jekyll or (self.blog.root / _ASSETS / rooted.removeprefix("assets/")).exists():
                return
            yield from (f"{STATIC}/{rooted}", rooted)
            return
        path = posixpath.normpath(posixpath.join(post.bundle, name))
        is_static = site.jekyll and (self.blog.root / (follow(site, post.url, name).path or "-"))
        if not (path.startswith("../") or path == ".." or (is_static and is_static.is_file())):
            yield path

    def _is_taken(self, target: str) -> bool:
        """True for the page's own file, and its downloads."""
        own = (file.path for file in self.page.artifacts)
        return target == file_of(self.page.post) or target in own

    def _hash(self, source: str) -> str:
        if not source or not _is_allowed(self.blog.root, source) or self._is_post(source):
            return ""
        return self.blog.hashes.of(self.blog.root / source)

    def _is_post(self, source: str) -> bool:
        return source.endswith(suffixes(self.blog.site)) and bool(
            self.blog.post_index.by_path(source)
        )


def _name_of(link: Hyperlink) -> str:
    """Return the path in a URL; "" for one that cannot name a file of the blog."""
    url = link.url.strip()
    if is_complete(url) or link.flaw not in ("", "points outside the blog"):
        return ""
    path = unquote(_PARTS.match(url)[1])  # type: ignore[index]
    return "" if path.endswith("/") or "\0" in path else path.replace("\\", "/")


def _find(root: Path, source: str) -> str:
    """Return the path of an existing file whose name may be in the other Unicode form, or ""."""
    if (root / source).is_file() or source.isascii():
        return source if (root / source).is_file() else ""
    folder, _, name = source.rpartition("/")
    try:
        names = [each.name for each in (root / folder).iterdir() if nfc(each.name) == nfc(name)]
    except OSError:
        return ""
    return f"{folder}/{names[0]}".lstrip("/") if names else ""


def _is_allowed(root: Path, source: str) -> bool:
    """True for a regular file of the blog, also through symlinks, that is not hidden."""
    if any(part.startswith(".") for part in source.split("/")):
        return False
    base, real = root.resolve(), (root / source).resolve()
    if points_outside(base, real) or not S_ISREG(real.stat().st_mode):
        return False
    return not is_hidden(base, real)
