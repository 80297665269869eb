"""Pages and what stands in the site → the addresses in them that lead nowhere, at their lines.

Nothing is read that the memory of a build does not hold, but for the few files whose ids an address
names that its page's text does not have: the template may have given them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import field
from difflib import get_close_matches
from functools import cached_property
from urllib.parse import quote

from evergreen.dataclass import dataclass
from evergreen.errors import Problem, Severity
from evergreen.model import Hyperlink, PageLinks
from evergreen.model.urls import IS_TEXT, RUNS_SCRIPT
from evergreen.paths import casefolded
from evergreen.regex import regex
from evergreen.render.hyperlinks import anchors

LINK, ANCHOR, PICTURE, CASE = "link", "anchor", "picture", "case"
"""The rules that these findings break."""
PICTURE_TAGS = {"img", "source", "image", "input"}
"""Elements whose URLs are of pictures, as far as the names of the files say so."""


@dataclass(frozen=True)
class LinkTargets:
    """What addresses may lead to."""

    files: Set[str]
    """The paths of the site's files."""
    pages: Mapping[str, PageLinks] = field(default_factory=dict)
    """By the path of their file."""
    held_back: Mapping[str, str] = field(default_factory=dict)
    """Path of the file that a post would have which is not published → the post's path."""
    root: str = "static/"
    """The folder of the blog whose files are at the root of the site; "" for the blog's own."""
    read: Callable[[str], bytes | None] = lambda path: None
    """A file that stands in the destination, be it ours or not; None where there is none."""

    @cached_property
    def casefolded(self) -> Mapping[str, str]:
        """Return the files by their paths without case, as some disks compare them."""
        return {casefolded(path): path for path in self.files}

    @cached_property
    def page_links(self) -> Set[tuple[str | None, str, str]]:
        """Return path, fragment and flaw of all that the pages link to."""
        links = (link for page in self.pages.values() for link in page.hyperlinks)
        return {(link.path, link.fragment, link.flaw) for link in links}

    @cached_property
    def by_name(self) -> Mapping[str, list[str]]:
        """Return the files by their names, pages by their slugs."""
        found: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self.files):
            found[_name(path)].append(path)
        return found


@dataclass(frozen=True, slots=True)
class LinkOrigin:
    """The page or file that contains an address."""

    file: str
    lang: str = ""


@dataclass(frozen=True, slots=True)
class LinkFault:
    """What is wrong with an address."""

    rule: str
    message: str
    advice: str = ""

    def at(self, path: str, line: int, severity: Severity, column: int = 0) -> Problem:
        """Return the finding at the place of the address."""
        return Problem(path, line, column, self.message, self.advice, severity, rule=self.rule)


def find_broken(
    pages: Iterable[PageLinks], link_targets: LinkTargets, severity: Severity = "warning"
) -> list[Problem]:
    """Return a finding for each address that is invalid or has no target in the site."""
    found = set()
    for page in pages:
        origin = LinkOrigin(page.file, page.lang)
        for link in page.hyperlinks:
            if fault := find_fault(link_targets, link, origin):
                found.add(fault.at(page.path, link.line, severity, link.column))
    return sorted(found)


def find_fault(link_targets: LinkTargets, link: Hyperlink, origin: LinkOrigin) -> LinkFault | None:
    """Return what is wrong with an address; None if it has a target or leaves the site."""
    if link.flaw:
        return _flawed(link)
    return None if link.path is None else _check(link_targets, link, link.path, origin)


def files_at(path: str) -> tuple[str, ...]:
    """Return the files that a host may serve for a path of the site, the first choice first."""
    if path == "" or path.endswith("/"):
        return (f"{path}index.html",)
    return (path, f"{path}/index.html", f"{path}.html")


def _check(
    link_targets: LinkTargets, link: Hyperlink, path: str, origin: LinkOrigin
) -> LinkFault | None:
    wanted = files_at(path)
    file = next((place for place in wanted if place in link_targets.files), None)
    if file is None:
        file = next((place for place in wanted if link_targets.read(place) is not None), None)
    if file is None:
        is_others = _is_other_project(link_targets, link.url, path)
        return None if is_others else _missing(link_targets, link, path, origin)
    fragment = link.fragment.partition(":~:")[0]
    if not fragment or fragment == "top" or not file.endswith((".html", ".htm")):
        return None
    return _check_fragment(link_targets, file, fragment, origin)


def _check_fragment(
    link_targets: LinkTargets, file: str, fragment: str, origin: LinkOrigin
) -> LinkFault | None:
    known = link_targets.pages[file].anchors.split(" ") if file in link_targets.pages else []
    if fragment in known:
        return None
    text = (link_targets.read(file) or b"").decode("utf-8", "replace")
    known = anchors(text).split(" ")
    if fragment in known or _REDIRECT.search(text):
        return None
    where = "this page" if file == origin.file else f"/{_shown(file)}"
    advice = ""
    if near := get_close_matches(casefolded(fragment), known, 1, 0.75):
        advice = f"write '#{near[0]}'"
    return LinkFault(ANCHOR, f"{where} has no '#{fragment}'", advice)


def _missing(
    link_targets: LinkTargets, link: Hyperlink, path: str, origin: LinkOrigin
) -> LinkFault:
    wanted = files_at(path)
    alike = next(
        (
            link_targets.casefolded[f]
            for f in map(casefolded, wanted)
            if f in link_targets.casefolded
        ),
        None,
    )
    if alike is not None:
        what = f"'{link.url}' differs from '/{_shown(alike)}' in case or in its Unicode form"
        return LinkFault(CASE, what, f"write '{_address(alike)}': most hosts tell them apart")
    held = link_targets.held_back
    if post := next((held[place] for place in wanted if place in held), ""):
        return LinkFault(
            LINK, f"'{link.url}' leads to {post}, which is not published", "publish it too"
        )
    if link.tag in PICTURE_TAGS:
        return LinkFault(
            PICTURE,
            f"there is no picture '{link.url}'",
            _elsewhere(link_targets, link, path, origin),
        )
    return LinkFault(
        LINK, f"there is nothing at '{link.url}'", _elsewhere(link_targets, link, path, origin)
    )


def _elsewhere(link_targets: LinkTargets, link: Hyperlink, path: str, origin: LinkOrigin) -> str:
    """Return the address of a page or file with that name; the page's own language first."""
    if _HOST.match(link.url):
        return "write 'https://' before it"
    found = link_targets.by_name.get(_name(path), [])
    ours = [each for each in found if each in link_targets.pages]
    same = [each for each in ours if link_targets.pages[each].lang == origin.lang]
    best = next(iter([*same, *ours, *found]), None)
    return f"write '{_address(best)}'" if best else _place_for(link.url, path, link_targets.root)


def _place_for(url: str, below: str, root: str) -> str:
    """Return where to put a file so that a URL finds it; "" for a URL that names no file. `below`
    is its path in the site.
    """
    path = re.split(r"[?#]", url)[0]
    suffix = path.rpartition("/")[2].rpartition(".")[2].lower()
    if not _FILE_SUFFIX.fullmatch(suffix) or suffix in ("html", "htm", "md") or "://" in url:
        return ""
    if path.startswith("/"):
        return f"put the file at {root}{below}"
    return "put the file next to the post, as the URL says"


def _is_other_project(link_targets: LinkTargets, url: str, path: str) -> bool:
    """True for a complete URL that may be another project's: hosts of pages show each below the
    address of its owner.
    """
    folder = path.partition("/")[0]
    is_shared = bool(folder and _PROJECTS.match(url))
    return is_shared and not any(file.startswith(f"{folder}/") for file in link_targets.files)


def _flawed(link: Hyperlink) -> LinkFault:
    rule = PICTURE if link.tag in PICTURE_TAGS else LINK
    what = f"the address '{link.url}' {link.flaw}" if link.url.strip() else "an empty address"
    advice = _ADVICE.get(link.flaw, "write it as https://… or /a/b/")
    return LinkFault(rule, what, advice)


def _name(path: str) -> str:
    """Return the name of a file or page without date, suffix and folder."""
    name = path.removesuffix("index.html").rstrip("/").rpartition("/")[2]
    return casefolded(_DATE.sub("", _PAGE_SUFFIX.sub("", name)))


def _shown(file: str) -> str:
    return file.removesuffix("index.html")


def _address(file: str) -> str:
    """Return a file's address as a post writes it, with as few escapes as possible."""
    return _MEANING.sub(lambda sign: quote(sign[0]), f"/{_shown(file)}")


_ADVICE = {
    "is empty": "give the link an address",
    "points outside the blog": "begin it with a '/'",
    RUNS_SCRIPT: "listen to its 'click' in a <script>",
    IS_TEXT: "save the text as a file, and link to that",
}
_REDIRECT = regex(r"<meta[^>]+http-equiv=[\"']?refresh", re.I)
_DATE = regex(r"^\d{4}-\d\d?-\d\d?-")
_FILE_SUFFIX = regex(r"[a-z][a-z0-9]{1,4}")
_PAGE_SUFFIX = regex(r"\.(?:html?|md|markdown|ipynb)$", re.I)
_HOST = regex(r"www\.[\w-]+(?:\.[\w-]+)+", re.I)
_PROJECTS = regex(
    r"https?://[\w.-]+\.(?:github|gitlab|gitee|bitbucket)\.io/|https?://[\w.-]+\.codeberg\.page/",
    re.I,
)
"""Hosts at which projects of one owner share an address."""
_MEANING = regex(r"[\s\"'()<>\[\]%?#\\^`{|}]")
