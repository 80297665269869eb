"""Broken links that templates, lists, feeds and the sitemap make, reported at the line of the
template, else in the file itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from html import unescape

from evergreen.check.links import LinkFault, LinkOrigin, LinkTargets, find_fault
from evergreen.dataclass import dataclass
from evergreen.errors import Problem
from evergreen.model import Hyperlink, Site
from evergreen.model.urls import follow
from evergreen.regex import regex
from evergreen.render.hyperlinks import find_urls

_XML = regex(r"<loc>([^<]*)</loc>|<(?:xhtml:)?link\b[^>]*?\shref=\"([^\"]*)\"")
_KEYS = ("url", "home_page_url", "feed_url", "image")
"""Keys of a JSON Feed and its items that hold an address."""


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """An address in a file that has no target."""

    file: str
    line: int
    url: str
    fault: LinkFault


def find_in_file(
    site: Site, path: str, content: bytes, link_targets: LinkTargets
) -> list[BrokenLink]:
    """Return the broken addresses in a file of the site, without those that come from a post."""
    text = content.decode("utf-8", "replace")
    page = link_targets.pages.get(path)
    origin = LinkOrigin(path, page.lang if page else "")
    base = f"/{path.removesuffix('index.html')}"
    found = []
    for tag, url in dict.fromkeys(_of_file(path, text)):
        target = follow(site, base, url)
        link = Hyperlink(0, url, tag, target.path, target.fragment, target.flaw)
        known = (target.path, target.fragment, target.flaw)
        if known not in link_targets.page_links and (
            fault := find_fault(link_targets, link, origin)
        ):
            found.append(BrokenLink(path, _line(text, url), url, fault))
    return found


def tell(found: Iterable[BrokenLink], templates: Mapping[str, str], output: str) -> list[Problem]:
    """Return an error for each address, at the template's line if a template contains it.
    `templates` maps path to text; `output` is the name of the site's folder.
    """
    by_url: dict[str, list[BrokenLink]] = {}
    for each in found:
        by_url.setdefault(each.url, []).append(each)
    return sorted(_told(same, templates, output) for same in by_url.values())


def _told(same: list[BrokenLink], templates: Mapping[str, str], output: str) -> Problem:
    first = same[0]
    path, line = f"{output}/{first.file}", first.line
    for name, text in templates.items():
        if at := _place(text, first.url):
            path, line = name, at
            break
    problem = first.fault.at(path, line, "error")
    more = f" (in {len(same)} files)" if len(same) > 1 else ""
    return Problem(path, line, 0, problem.message + more, problem.advice, rule=problem.rule)


def _of_file(path: str, text: str) -> Iterator[tuple[str, str]]:
    """Yield the tags and addresses of a file by its kind."""
    if path.endswith((".html", ".htm")):
        yield from find_urls(text)
    elif path.endswith(".xml"):
        yield from (("a", unescape(each[1] or each[2])) for each in _XML.finditer(text))
    elif path.endswith("feed.json"):
        yield from (("a", url) for url in _of_feed(text))


def _of_feed(text: str) -> Iterator[str]:
    """Yield the addresses in a JSON Feed; none if the file is not a valid one."""
    with suppress(ValueError, RecursionError):
        feed = json.loads(text)
        items = feed.get("items") if isinstance(feed, dict) else None
        for part in (feed, *(items if isinstance(items, list) else ())):
            values = part if isinstance(part, dict) else {}
            yield from (url for key in _KEYS if isinstance(url := values.get(key), str))


def _place(text: str, url: str) -> int:
    """Return the line of a quoted address in a template; 0 if it is not there."""
    found = re.search(rf"[\"'}}]{re.escape(url)}[\"']", text)
    return text.count("\n", 0, found.start()) + 1 if found else 0


def _line(text: str, url: str) -> int:
    at = text.find(url)
    return text.count("\n", 0, at) + 1 if at >= 0 else 0
