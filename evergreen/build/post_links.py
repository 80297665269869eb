"""Links from one source file to another, `[text](2018-07-11-slug.md)`, become links to pages; one
without a text has the page's title, or the name of what has the label in it, `b.md#fig-a`, as in
MyST.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import field
from html import escape, unescape
from urllib.parse import quote, unquote

from evergreen.content.formats.text import plain_text
from evergreen.content.liquid.shared import BlogContext
from evergreen.dataclass import dataclass, replace
from evergreen.model import Hyperlink, LabelTarget, Page, Post
from evergreen.model.hashing import sha256
from evergreen.model.numbering import label_id
from evergreen.regex import regex
from evergreen.render.languages import Language
from evergreen.render.numbering import NumberedThing, name_of

_PATH = r"[^\"<>:?#]*\.(?:md|markdown|mkdn?|ipynb|qmd|rmd|py)"
_LINK = regex(rf'(<a\b[^<>]*?\shref=")({_PATH})((?:#[^"<>]*)?")([^<>]*>)(</a>)?', re.I)
_DOCUMENT = regex(rf'<a class="document" href="({_PATH})">(.*?)</a>', re.I)
"""A reference that is only words if there is no such page."""
_HEADING = regex(r"^#{1,6}[ \t]+(.+?)[ \t]*(?:\{[^{}]*\})?[ \t]*#*$", re.M)
_SIGNS = regex(r"[\W_]+")
_SUFFIXES = (".md", ".ipynb", ".qmd", ".rmd", ".py")
_SOURCE = regex(_PATH, re.I)


def with_links(page: Page, blog: BlogContext, language: Language) -> Page:
    """Replace links to source files by links to their pages; links to no page are unchanged."""
    if "href=" not in page.content or not _LINK.search(page.content):
        return page
    links = _SourceLinks(page.post, blog, language)
    content = _LINK.sub(links.to_page, _DOCUMENT.sub(links.to_document, page.content))
    hyperlinks = tuple(map(links.followed, filter(links.is_link, page.hyperlinks)))
    post = replace(page.post, uses={**page.post.uses, **links.uses})
    return replace(page, content=content, post=post, hyperlinks=hyperlinks)


@dataclass(slots=True)
class _SourceLinks:
    """The links of a post to source files."""

    post: Post
    blog: BlogContext
    language: Language
    uses: dict[str, str] = field(default_factory=dict)
    """What the page depends on, with its state."""
    documents: dict[str, str] = field(default_factory=dict)
    """Address of a document as it is written → as its file is named; "" if there is none."""

    def to_document(self, found: re.Match[str]) -> str:
        """Return a link to a document, whatever its suffix; only its words if there is none."""
        stem = found[1].rpartition(".")[0]
        for suffix in _SUFFIXES:
            if self._url(f"{stem}{suffix}"):
                self.documents[found[1]] = f"{stem}{suffix}"
                return f'<a class="document" href="{stem}{suffix}">{found[2]}</a>'
        self.documents[found[1]] = ""
        return found[2] or posixpath.basename(stem)

    def to_page(self, found: re.Match[str]) -> str:
        """Return a link to the page of a source file; the link as it is if there is none."""
        before, link, fragment, rest, _ = found.groups()
        url = self._url(link)
        if not url:
            return found[0]
        target = _target(self.blog, self._path(link), fragment)
        end = fragment if target is None else f'{target.anchor and "#"}{escape(target.anchor)}"'
        return f"{before}{escape(quote(url))}{end}{rest}{self._text(found, target)}"

    def is_link(self, link: Hyperlink) -> bool:
        """True if it names no document, or one that is there."""
        return bool(self.documents.get(link.url, link.url))

    def followed(self, link: Hyperlink) -> Hyperlink:
        """Return the link with the address of the page to which it leads."""
        written = self.documents.get(link.url, link.url)
        source = written.partition("#")[0]
        if link.tag != "a" or not _SOURCE.fullmatch(source) or not (url := self._url(source)):
            return replace(link, url=written)
        return replace(link, url=quote(url), path=url.lstrip("/"))

    def _path(self, link: str) -> str:
        return _path(self.post, unquote(unescape(link)))

    def _url(self, link: str) -> str:
        """Return the URL of the page of a source file; "" if there is none."""
        path, by_path = self._path(link), self.blog.post_index.by_path
        self.uses[f"link {path}"] = url = by_path(path)
        if url or self.post.cell_form != "directive" or not path.endswith(".md"):
            return url
        # MyST's links to documents have no suffix, for which `.md` stands.
        others = [f"{path.removesuffix('.md')}{suffix}" for suffix in _SUFFIXES[1:]]
        self.uses.update({f"link {each}": by_path(each) for each in others})
        return next(filter(None, map(by_path, others)), "")

    def _text(self, found: re.Match[str], target: LabelTarget | None) -> str:
        """Return what is behind the tag: the title of a post, or the name of what has a label in
        it, if its link is empty."""
        _, link, fragment, _, end = found.groups()
        if not end:
            return ""
        if target:
            thing = NumberedThing(target.kind, target.anchor, target.number, target.text)
            return escape(name_of(thing, self.language)) + end
        path, index = self._path(link), self.blog.post_index
        if len(fragment) > 1:
            self.uses[f"text {path}"] = sha256(source := index.text(path))
            if heading := _heading(source, unquote(unescape(fragment[1:-1]))):
                return escape(heading) + end
        self.uses[f"title {path}"] = title = index.title_of(path)
        return escape(title) + end


def find_page(blog: BlogContext, post: Post, link: str) -> str:
    """Return the URL of the page of a source file that a link in a post names; "" if there is
    none. `with_links` notes that the page depends on it."""
    source, sign, label = link.partition("#")
    if not _SOURCE.fullmatch(source):
        return ""
    url = blog.post_index.by_path(_path(post, unquote(source)))
    return f"{url}{sign}{label}" if url else ""


def _target(blog: BlogContext, path: str, fragment: str) -> LabelTarget | None:
    """Return what has the label at the end of an address in a post; None if nothing has."""
    label = unquote(unescape(fragment.removesuffix('"').removeprefix("#")))
    if not label or not blog.labels:
        return None
    targets = blog.labels.targets
    found = targets.get(label) or targets.get(label_id(label), ())
    return next((each for each in found if each.path == path), None)


def _heading(text: str, identity: str) -> str:
    """Return the heading of a text that has an id made of its words; "" if there is none."""
    headings = (plain_text(found[1]) for found in _HEADING.finditer(text))
    wanted = _SIGNS.sub("", identity.lower())
    return next((each for each in headings if _SIGNS.sub("", each.lower()) == wanted), "")


def _path(post: Post, link: str) -> str:
    """Return the path below the blog that a link in a post means."""
    if link.startswith("/"):
        return posixpath.normpath(link).lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(post.path), link))
