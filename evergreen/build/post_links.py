"""Links from one source file to another, `[text](2018-07-11-slug.md)`, become links to pages; one
without a text has the page's title, or the name of what has the label in it, `b.md#fig-a`, as in
MyST.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from html import escape, unescape
from urllib.parse import quote, unquote

from evergreen.content.formats.text import plain_text
from evergreen.content.liquid.shared import BlogContext
from evergreen.dataclass import replace
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
    uses: dict[str, str] = {}

    def address(link: str) -> str:
        path = _path(page.post, unquote(unescape(link)))
        uses[f"link {path}"] = url = blog.post_index.by_path(path)
        if url or page.post.cell_form != "directive" or not path.endswith(".md"):
            return url
        # MyST's links to documents have no suffix, for which `.md` stands.
        others = [f"{path.removesuffix('.md')}{suffix}" for suffix in _SUFFIXES[1:]]
        uses.update({f"link {each}": blog.post_index.by_path(each) for each in others})
        return next(filter(None, map(blog.post_index.by_path, others)), "")

    def led(found: re.Match[str]) -> str:
        url = address(found[2])
        if not url:
            return found[0]
        target = _target(blog, _path(page.post, unquote(unescape(found[2]))), found[3])
        end = found[3] if target is None else f'{target.anchor and "#"}{escape(target.anchor)}"'
        return f"{found[1]}{escape(quote(url))}{end}{found[4]}{text(found, target)}"

    def text(found: re.Match[str], target: LabelTarget | None) -> str:
        """Return what is behind the tag: the title of a post, or the name of what has a label in
        it, if its link is empty."""
        if not found[5]:
            return ""
        path = _path(page.post, unquote(unescape(found[2])))
        if target:
            thing = NumberedThing(target.kind, target.anchor, target.number, target.text)
            return escape(name_of(thing, language)) + found[5]
        if len(found[3]) > 1:
            uses[f"text {path}"] = sha256(source := blog.post_index.text(path))
            if heading := _heading(source, unquote(unescape(found[3][1:-1]))):
                return escape(heading) + found[5]
        uses[f"title {path}"] = title = blog.post_index.title_of(path)
        return escape(title) + found[5]

    def document(found: re.Match[str]) -> str:
        """Return a link to a document, whatever its suffix; only its words if there is none."""
        stem = found[1].rpartition(".")[0]
        for suffix in _SUFFIXES:
            if address(f"{stem}{suffix}"):
                documents[found[1]] = f"{stem}{suffix}"
                return f'<a class="document" href="{stem}{suffix}">{found[2]}</a>'
        documents[found[1]] = ""
        return found[2] or posixpath.basename(stem)

    documents: dict[str, str] = {}
    """Address of a document as it is written → as its file is named; "" if there is none."""
    content = _LINK.sub(led, _DOCUMENT.sub(document, page.content))
    links = tuple(
        _followed(replace(link, url=url), address)
        for link in page.hyperlinks
        if (url := documents.get(link.url, link.url))
    )
    post = replace(page.post, uses={**page.post.uses, **uses})
    return replace(page, content=content, post=post, hyperlinks=links)


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


def _followed(link: Hyperlink, address: Callable[[str], str]) -> Hyperlink:
    source = link.url.partition("#")[0]
    if link.tag != "a" or not _SOURCE.fullmatch(source) or not (url := address(source)):
        return link
    return replace(link, url=quote(url), path=url.lstrip("/"))


def _path(post: Post, link: str) -> str:
    """Return the path below the blog that a link in a post means."""
    if link.startswith("/"):
        return posixpath.normpath(link).lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(post.path), link))
