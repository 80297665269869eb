"""Answers about other sites → findings at the lines of the posts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urldefrag

from evergreen.check.link_client import Answer
from evergreen.check.links import ANCHOR, CASE, LINK, PICTURE
from evergreen.errors import Problem
from evergreen.model import Hyperlink, Page

DEAD, MOVED, UNKNOWN = "dead-link", "moved-link", "unknown-link"
"""The rules that these findings break."""
BROKEN = frozenset({LINK, ANCHOR, PICTURE, CASE, DEAD})
"""Those of links that fail a check, within the site and out of it."""


def leaving(pages: Iterable[Page]) -> Iterator[tuple[Page, Hyperlink]]:
    """Each address that leads out of the site, with its page."""
    for page in pages:
        for link in page.hyperlinks:
            if link.path is None and not link.flaw:
                yield page, link


def find_dead(
    links: Iterable[tuple[Page, Hyperlink]], answers: Mapping[str, Answer]
) -> list[Problem]:
    """An error for each address that is dead, a warning where it has moved or nothing is known."""
    found = {
        _finding(page, link, answer)
        for page, link in links
        if (answer := answers.get(urldefrag(link.url)[0])) and answer.state != "there"
    }
    return sorted(found)


def archived(page: Page, url: str) -> str:
    """Where the Internet Archive has what stood at an address when the post was written."""
    return f"https://web.archive.org/web/{page.post.date:%Y%m%d}/{url}"


def _finding(page: Page, link: Hyperlink, answer: Answer) -> Problem:
    path, line, url = page.post.path, link.line, link.url
    if answer.state == "dead":
        advice = f"an archived copy may be at {archived(page, url)}"
        return Problem(path, line, 0, f"'{url}' {answer.reason}", advice, rule=DEAD)
    if answer.state == "moved":
        what = "has moved for good to" if answer.for_good else "leads on to"
        advice = "write that" if answer.for_good else ""
        message = f"'{url}' {what} {answer.location}"
        return Problem(path, line, 0, message, advice, "warning", rule=MOVED)
    message = f"nothing is known of '{url}': {answer.reason}"
    return Problem(path, line, 0, message, "", "warning", rule=UNKNOWN)
