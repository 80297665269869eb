"""A rendered body on its way into a page or a feed: small changes to markup that is whole already.

Start tags are found with one pattern that never goes back over what it has read, so the time is
linear in the body; text between tags is never touched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from urllib.parse import urljoin

from evergreen.model import Site
from evergreen.model.urls import CANDIDATE, SCRIPTS, absolute, is_complete
from evergreen.regex import regex

_ATTRIBUTES = r"(?=[\s/>])(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+>?"
_LOADING_TAGS = "img|source|video|audio|track|iframe|embed|image"
_LINKING = regex(rf"<(a|area|{_LOADING_TAGS}|blockquote|q){_ATTRIBUTES}", re.I)
_LOADING = regex(rf"<({_LOADING_TAGS}){_ATTRIBUTES}", re.I)
_URL = regex(r"(\s(?:href|src|poster|cite)\s*=\s*)(?:\"([^\"]*)\"|'([^']*)')", re.I)
_SRCSET = regex(r"(\ssrcset\s*=\s*)\"([^\"]*)\"", re.I)
_FOLLOWED = ("a", "area", "blockquote", "q")
"""Of these, tags whose addresses are for readers to follow."""
_TABLE = regex(r"<table(?=[\s>])", re.I)
_EMPTY_HEADER = regex(r"<th((?:\s[^<>]*)?)>(?:\s|&nbsp;|\xa0)*</th>")
_OLD_ROLE = regex(r'(<(?:sup|li) id="fn[^"<>]*") role="doc-(?:noteref|endnote)"')
"""kramdown's roles of footnotes: one that ARIA gave up, one that is on the wrong element."""
_TABLE_LEVEL = regex(r'(<mtable(?: [^<>]*?)?)( scriptlevel="[^"<>]*")(?=[ >])')
"""MathML Core has the attribute on every element, MathML 3 and its checkers not on tables."""
_CHECKBOX = regex(r'<input type="checkbox" class="task-list-item-checkbox"([^<>]*)>')
_TABLE_END = regex(r"</table\s*>", re.I)
_SUSPECT_URLS = {
    "script": regex(r"script\s*:"),
    "data": regex(r"data\s*:\s*text"),
}
"""In lower case, by a word of theirs: a word is found ten times as fast as a pattern."""
_SUSPECT = ("&#", "&colon", "&tab", "&newline")
"""What may hide one of them."""
_LOADING_MARKS = tuple(f"<{tag}" for tag in _LOADING_TAGS.split("|"))
_UNSEEN = regex(r"[\x00-\x20]")
_CODE = regex(r'<div class="highlight">(?=<pre[^>]*><code class="language-([\w+#.-]{1,30})")')
_NAMES = {
    "bash": "Bash",
    "c": "C",
    "console": "Console",
    "c++": "C++",
    "cpp": "C++",
    "css": "CSS",
    "diff": "Diff",
    "go": "Go",
    "html": "HTML",
    "ini": "INI",
    "java": "Java",
    "javascript": "JavaScript",
    "js": "JavaScript",
    "json": "JSON",
    "latex": "LaTeX",
    "makefile": "Makefile",
    "markdown": "Markdown",
    "md": "Markdown",
    "php": "PHP",
    "py": "Python",
    "python": "Python",
    "r": "R",
    "ruby": "Ruby",
    "rust": "Rust",
    "sh": "Shell",
    "shell": "Shell",
    "sql": "SQL",
    "swift": "Swift",
    "tex": "TeX",
    "toml": "TOML",
    "ts": "TypeScript",
    "typescript": "TypeScript",
    "xml": "XML",
    "yaml": "YAML",
    "yml": "YAML",
}
_UNNAMED = {"text", "plain", "plaintext", "none"}


def dress(site: Site, body: str) -> str:
    """Return the body as a page shows it.

    Links from the site's root begin with `baseurl`; resources of the site have no host (the preview
    has another one); code blocks have their language in `data-language`; a table is in a box that
    scrolls, and its empty header cells are plain cells.
    """
    lower = body.lower()
    own = site.baseurl or (site.url and site.url in body)
    if own or _is_suspect(lower):
        body = _map_urls(
            body, lambda url, loads: _harmless(_rebased(site, _local(site, url) if loads else url))
        )
    if '<div class="highlight">' in body:
        body = _CODE.sub(_named, body)
    if 'class="dataframe"' in body:
        # pandas writes an attribute that HTML no longer has.
        body = body.replace('<table border="1" class="dataframe">', '<table class="dataframe">')
    body = body.replace('<style type="text/css">', "<style>")
    if "<th" in body:
        body = _EMPTY_HEADER.sub(r"<td\1></td>", body)
    if 'role="doc-' in body:
        body = _OLD_ROLE.sub(r"\1", body)
    if "<mtable" in body and body.count("</mtable>") == len(_TABLE_LEVEL.findall(body)):
        body = _TABLE_LEVEL.sub(r"<mstyle\2>\1", body)
        body = body.replace("</mtable>", "</mtable></mstyle>")
    if "task-list-item-checkbox" in body:
        body = _CHECKBOX.sub(_labelled, body)
    if "<table" in lower and len(_TABLE.findall(body)) == len(_TABLE_END.findall(body)):
        body = _TABLE.sub('<div class="scroll"><table', body)
        body = _TABLE_END.sub("</table></div>", body)
    return body


def _is_suspect(lower: str) -> bool:
    """True if a URL of a body, in lower case, may run a script."""
    return any(mark in lower for mark in _SUSPECT) or any(
        pattern.search(lower) for word, pattern in _SUSPECT_URLS.items() if word in lower
    )


def with_absolute_links(site: Site, url: str, body: str) -> str:
    """Return the body of the page at `url` with absolute URLs, for feeds."""
    base = absolute(site, url)
    return _map_urls(body, lambda link, _: _joined(base, _harmless(_rebased(site, link))))


def remote_sources(body: str) -> Iterator[tuple[str, str]]:
    """Yield each URL on another host that the body loads from, with the name of its tag."""
    lower = body.lower()
    if not any(mark in lower for mark in _LOADING_MARKS):
        return
    for tag in _LOADING.finditer(body):
        name = tag[1].lower()
        for found in _URL.finditer(tag[0]):
            url = found[2] or found[3] or ""
            if is_complete(url):
                yield ("img" if "poster" in found[1].lower() else name), url
        for found in _SRCSET.finditer(tag[0]):
            for part in CANDIDATE.finditer(found[2]):
                if is_complete(part[1]):
                    yield name, part[1]


def _map_urls(body: str, change: Callable[[str, bool], str]) -> str:
    """Return the body with other URLs; `change` gets True for a resource of the page."""

    def mapped(tag: re.Match[str]) -> str:
        loads = tag[1].lower() not in _FOLLOWED

        def url(found: re.Match[str]) -> str:
            return f'{found[1]}"{change(found[2] if found[2] is not None else found[3], loads)}"'

        def one(part: re.Match[str]) -> str:
            return change(part[1], loads) + part[0][len(part[1]) :]

        def srcset(found: re.Match[str]) -> str:
            return f'{found[1]}"{CANDIDATE.sub(one, found[2])}"'

        return _SRCSET.sub(srcset, _URL.sub(url, tag[0]))

    return _LINKING.sub(mapped, body)


def _joined(base: str, link: str) -> str:
    try:
        return urljoin(base, link)
    except ValueError:  # `http://[` and the like
        return link


def _harmless(url: str) -> str:
    """Return a URL, or `#` for one that would run a script; feeds have no policy."""
    plain = _UNSEEN.sub("", unescape(url)).lower()
    return "#" if plain.startswith(SCRIPTS) else url


def _local(site: Site, url: str) -> str:
    """Return a URL within the site without the site's host."""
    inside = site.url and f"{url}/".startswith(f"{site.url}{site.baseurl}/")
    return url.removeprefix(site.url) or "/" if inside else url


def _rebased(site: Site, url: str) -> str:
    """Return a link from the site's root with `baseurl` in front, once."""
    if not url.startswith("/") or url.startswith("//") or not site.baseurl:
        return url
    inside = url == site.baseurl or url.startswith((f"{site.baseurl}/", f"{site.baseurl}#"))
    return url if inside else site.baseurl + url


def _named(found: re.Match[str]) -> str:
    language = found[1]
    if language in _UNNAMED:
        return found[0]
    return f'<div class="highlight" data-language="{_NAMES.get(language, language)}">'


def _labelled(found: re.Match[str]) -> str:
    """Return a checkbox of a task list with a label that needs no language."""
    label = "✓" if "checked" in found[1] else "–"
    return f'<input aria-label="{label}"{found[0].removeprefix("<input")}'
