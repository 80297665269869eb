"""jekyll-scholar's bibliographies: what a post cites, and lists of entries in its text."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape, unescape
from pathlib import Path

from evergreen.content.jekyll.scholar import MARKER, read_arguments
from evergreen.content.liquid.shared import BlogContext
from evergreen.dataclass import dataclass, replace
from evergreen.errors import EvergreenError, Problem
from evergreen.model import Post, ScholarOptions, Site
from evergreen.model.hashing import sha256
from evergreen.model.urls import href, is_complete
from evergreen.regex import regex
from evergreen.render.bibliography import BibEntry, read_entries
from evergreen.render.citations import cited_keys

SortKey = tuple[int, float, str]

_SECTION = regex(
    rf"(?:^#{{1,6}}[^\n]*(?P<between>\n\s*))?{MARKER.pattern}(?P<rest>\s*)(?=\Z|^#)", re.M
)
_QUERY = regex(r"@(\*|\w+)(?:\[(.*?)\])?")
_CONDITION = regex(r"\s*([\w-]+)\s*(!=|>=|<=|\^=|~=|\*=|=|<|>)\s*(.*?)\s*$")
_LINKS = ("pdf", "code", "slides", "poster", "video", "website", "supp", "html", "blog")
"""Fields of al-folio with a link."""


@dataclass(frozen=True, slots=True)
class _Files:
    """The BibTeX files of a blog, read."""

    options: ScholarOptions
    entries: Mapping[str, Mapping[str, BibEntry]]
    """By file and key."""

    def named(self, name: str) -> dict[str, BibEntry]:
        """Return the entries of a file, with or without its suffix, or of all that a pattern
        matches."""
        wanted = name if name.endswith(".bib") else f"{name}.bib"
        found: dict[str, BibEntry] = {}
        for path, entries in self.entries.items():
            if Path(path).match(wanted):
                found |= entries
        return found

    @property
    def all(self) -> dict[str, BibEntry]:
        """Return all entries by key; those of the main file come last, so that they count."""
        found: dict[str, BibEntry] = {}
        for entries in self.entries.values():
            found |= entries
        return found | self.named(self.options.files)


def with_scholar(post: Post, blog: BlogContext) -> Post:
    """Return a post with the references that it cites, and with its bibliographies as HTML."""
    options = blog.site.jekyll.scholar if blog.site.jekyll else None
    if options is None or not ("[@" in post.body or MARKER.search(post.body)):
        return post
    files, uses, warnings = _read_files(blog, options)
    keys, entries = cited_keys(post.body), files.all
    own = {each.id for each in post.references}
    cited = [entries[key].reference for key in keys if key in entries and key not in own]
    body = _SECTION.sub(_without_section, post.body)
    body = MARKER.sub(lambda found: _list(blog.site, files, unescape(found[1])), body)
    return replace(
        post,
        body=body,
        references=(*post.references, *cited),
        uses={**post.uses, **uses},
        warnings=(*post.warnings, *warnings),
    )


def _read_files(
    blog: BlogContext, options: ScholarOptions
) -> tuple[_Files, dict[str, str], list[Problem]]:
    """Read the BibTeX files of a blog; what is wrong in one is a warning, as in Jekyll."""
    found: dict[str, Mapping[str, BibEntry]] = {}
    uses: dict[str, str] = {}
    warnings: list[Problem] = []
    for file in sorted((blog.root / options.source).glob("**/*.bib")):
        path = file.relative_to(blog.root).as_posix()
        try:
            source = file.read_bytes()
            found[path], problems = read_entries(path, source)
            uses[f"file {path}"] = sha256(source)
        except OSError:
            continue
        except EvergreenError as error:
            problems = error.problems
        warnings += (replace(each, severity="warning") for each in problems)
    return _Files(options, found), uses, warnings


def _without_section(found: re.Match[str]) -> str:
    """Remove a list of what is cited, with a heading over nothing else: the page lists it below."""
    if not _is_cited(_options_of(found[0])):
        return found[0]
    return f"{found['between'] or ''}{found['rest']}"


def _options_of(text: str) -> Mapping[str, str]:
    marker = MARKER.search(text)
    return read_arguments(unescape(marker[1]))[1] if marker else {}


def _is_cited(options: Mapping[str, str]) -> bool:
    return "--cited" in options or "--cited_in_order" in options


def _list(site: Site, files: _Files, query: str) -> str:
    """Return the list of a marker as HTML in one line; "" for one of what is cited."""
    _, options = read_arguments(query)
    if _is_cited(options):
        return ""
    entries = list(files.named(options.get("--file", files.options.files)).values())
    if key := options.get("--key"):
        return _ordered(site, [each for each in files.all.values() if each.reference.id == key])
    if text := options.get("--query"):
        entries = [each for each in entries if _matches(each, text)]
    entries = _sorted(entries, files.options, options)
    most = options.get("--max", "")
    entries = entries[: int(most)] if most.isdigit() else entries
    return "".join(_groups(site, entries, files.options, options))


def _sorted(
    entries: list[BibEntry], defaults: ScholarOptions, options: Mapping[str, str]
) -> list[BibEntry]:
    keys = options.get("--sort_by", defaults.sort_by)
    names = [name.strip() for name in keys.split(",") if name.strip() not in ("", "none")]
    order = options.get("--order", defaults.order)
    for name in reversed(names):
        entries = sorted(entries, key=lambda each: _number_or_text(each.field(name)))
    return entries[::-1] if names and order.startswith("desc") else entries


def _groups(
    site: Site, entries: Sequence[BibEntry], defaults: ScholarOptions, options: Mapping[str, str]
) -> Iterator[str]:
    by = options.get("--group_by", defaults.group_by)
    if by in ("", "none"):
        yield _ordered(site, entries)
        return
    order = options.get("--group_order", defaults.group_order)
    names = sorted({each.field(by) for each in entries}, key=_number_or_text)
    for name in reversed(names) if order.startswith("desc") else names:
        heading = escape(name)
        yield f'<h2 class="bibliography" id="{heading}">{heading}</h2>'
        yield _ordered(site, [each for each in entries if each.field(by) == name])


def _ordered(site: Site, entries: Sequence[BibEntry]) -> str:
    items = "".join(f"<li>{_item(site, each)}</li>" for each in entries)
    return f'<ol class="bibliography">{items}</ol>' if items else ""


def _item(site: Site, entry: BibEntry) -> str:
    """Return an entry as the list of references shows it, with links to its files."""
    reference = entry.reference
    year = f" ({escape(reference.year)})" if reference.year else ""
    authors = f"{escape(', '.join(reference.authors))}{year}. " if reference.authors else ""
    url = _url(entry)
    title = escape(reference.title)
    parts = [
        f'{authors}<a href="{escape(url)}">{title}</a>' if url else f"{authors}{title}",
        *([f"<cite>{escape(reference.venue)}</cite>"] if reference.venue else ()),
        *_links(site, entry),
    ]
    return f'<span id="{escape(reference.id)}">{". ".join(parts)}</span>'


def _url(entry: BibEntry) -> str:
    reference = entry.reference
    if reference.url or reference.doi:
        return reference.url or f"https://doi.org/{reference.doi}"
    paper = entry.field("arxiv") or entry.field("eprint")
    return f"https://arxiv.org/abs/{paper}" if re.fullmatch(r"[\w.-]+(/\d+)?", paper) else ""


def _links(site: Site, entry: BibEntry) -> Iterator[str]:
    for name in _LINKS:
        if value := entry.field(name):
            found = value if is_complete(value) or "/" in value else f"/assets/pdf/{value}"
            yield f'<a href="{escape(href(site, found))}">{name}</a>'


def _matches(entry: BibEntry, query: str) -> bool:
    found = _QUERY.match(query.strip())
    if not found:
        return True
    if found[1] not in ("*", "entry") and found[1].lower() != entry.kind.lower():
        return False
    return all(map(_test_of(entry), re.split(r"&&|,", found[2] or "")))


def _test_of(entry: BibEntry) -> Callable[[str], bool]:
    """Return the test of a condition like `year >= 2020` on an entry; one that is not valid
    holds."""

    def holds(condition: str) -> bool:
        found = _CONDITION.match(condition)
        if not found:
            return True
        name, sign, wanted = found.groups()
        value, wanted = entry.field(name), wanted.strip("'\"")
        if sign in ("^=", "~=", "*="):
            return _MATCHES[sign](value, wanted)
        return _COMPARISONS[sign](_number_or_text(value), _number_or_text(wanted))

    return holds


_COMPARISONS: Mapping[str, Callable[[SortKey, SortKey], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_MATCHES: Mapping[str, Callable[[str, str], bool]] = {
    "^=": str.startswith,
    "~=": lambda value, wanted: wanted in value,
    "*=": lambda value, wanted: wanted in value,
}


def _number_or_text(value: str) -> SortKey:
    """Return a sort key: numbers before texts."""
    return (0, float(value), "") if value.isdecimal() else (1, 0.0, value.casefold())
