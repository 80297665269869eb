"""BibTeX files → references, parsed with pybtex. The cited entries of a post's `bibliography` files
follow the references of its front matter.
"""

from __future__ import annotations

import codecs
import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evergreen.content import frontmatter_keys
from evergreen.content.files import read_source
from evergreen.content.formats import read_source_text
from evergreen.content.frontmatter import decode
from evergreen.content.jekyll.posts import complete_front_matter, without_control_characters
from evergreen.dataclass import dataclass, replace
from evergreen.errors import EvergreenError, Problem
from evergreen.model import Post, Reference, Site
from evergreen.regex import regex
from evergreen.render.citations import cited_keys

_PLAIN = Site()
_FOLDERS = ("_bibliography", "assets/bibliography")
_CSL = {
    **{name: name for name in ("volume", "publisher", "edition", "note", "keywords")},
    "number": "issue",
    "issue": "issue",
    "pages": "page",
    "address": "publisher-place",
    "location": "publisher-place",
    "institution": "publisher",
    "school": "publisher",
    "journal": "container-title",
    "journaltitle": "container-title",
    "booktitle": "container-title",
    "series": "collection-title",
    "isbn": "ISBN",
}
"""Field of BibTeX → variable of CSL."""
_KINDS = {
    "article": "article-journal",
    **dict.fromkeys(("book", "booklet", "manual", "proceedings"), "book"),
    **dict.fromkeys(("inproceedings", "conference"), "paper-conference"),
    **dict.fromkeys(("incollection", "inbook"), "chapter"),
    **dict.fromkeys(("phdthesis", "mastersthesis", "thesis"), "thesis"),
    **dict.fromkeys(("techreport", "report"), "report"),
    **dict.fromkeys(("online", "electronic", "www"), "webpage"),
    "unpublished": "manuscript",
}
"""Type of BibTeX → type of CSL."""
_ADVICE = "create it, or fix the path: its keys are shown as written"
_LONGEST_LIST = 30
"""Lines in which a list of files is looked for."""
_UNDEFINED = regex(r"undefined string in line \d+: (.*)")
_HEAD = regex(r"\A---[ \t]*\n.*?^---[ \t]*$", re.S | re.M)
_NOT_INHERITED = {"title", "doi", "url", "crossref"}
"""Fields that an entry never has from the one that its `crossref` names: they are of that alone."""
_VENUES = ("journal", "booktitle", "publisher", "institution", "school", "howpublished")


def attached_files(root: Path, path: str, source: bytes, site: Site = _PLAIN) -> tuple[bytes, ...]:
    """Return the contents of the bibliography files and the citation style that a post names, as
    far as they exist.

    Raises EvergreenError if its front matter is invalid, outside of Jekyll blogs.
    """
    of_blog = site.citations.csl
    is_shared = any("bibliography" in values for values in site.shared.values())
    if (
        not is_shared
        and b"bibliography" not in source
        and not (b"references" in source and (of_blog or b"csl" in source))
    ):
        return ()
    try:
        if site.jekyll:
            source, _ = without_control_characters(path, source)
            front_matter = complete_front_matter(path, source, site.jekyll)
        else:
            front_matter = read_source_text(path, source, site)
        names = frontmatter_keys.bibliography(front_matter)
        if style := frontmatter_keys.csl(front_matter) or of_blog:
            names = (*names, style)
    except EvergreenError:
        if site.jekyll:  # what is wrong there is a warning when the post is read
            return ()
        raise
    files = (root / find_attached(root, path, name) for name in names)
    return tuple(file.read_bytes() for file in files if file.is_file())


def with_bibliography(root: Path, post: Post) -> Post:
    """Add the entries that a post cites from its bibliography files to its references.

    A file that is missing or not valid is a warning, at its name in the post or at its own line:
    its keys stay as they are written.
    """
    if not post.bibliography:
        return post
    entries: dict[str, Reference] = {}
    warnings: list[Problem] = []
    files = tuple(find_attached(root, post.path, path) for path in post.bibliography)
    for path in files:
        if not (root / path).is_file():
            warnings.append(_missing(root, post, path))
            continue
        try:
            found, doubtful = read_bibliography(path, read_source(root, path))
        except EvergreenError as error:
            found, doubtful = {}, error.problems
        entries |= found
        warnings += (replace(each, severity="warning") for each in doubtful)
    own = {reference.id for reference in post.references}
    keys = cited_keys(post.body, post.is_foreign)
    wanted = [key for key in keys if key in entries and key not in own]
    return replace(
        post,
        bibliography=files,
        references=(*post.references, *(entries[key] for key in wanted)),
        warnings=(*post.warnings, *warnings),
    )


def _missing(root: Path, post: Post, path: str) -> Problem:
    """Return the warning about a file, at its name in the front matter."""
    first = post.lines.get("bibliography", 1)
    name = path.rpartition("/")[2]
    column = 0
    try:
        lines = (root / post.path).read_text("utf-8").split("\n")[: first + _LONGEST_LIST]
    except (OSError, UnicodeDecodeError):
        lines = []
    for number, text in enumerate(lines[first - 1 :], first):
        if name in text:
            first, column = number, text.index(name) + 1
            break
    message = f"the file '{path}' does not exist"
    return Problem(post.path, first, column, message, _ADVICE, "warning")


def find_attached(root: Path, path: str, name: str) -> str:
    """Return the path of a file that a post names: next to the post, or from the blog's folder; in
    a Jekyll blog also in a folder of jekyll-scholar or al-folio."""
    base = name.rpartition("/")[2]
    folder = "".join(path.rpartition("/")[:2])
    places = [f"{place}/{base}" for place in _FOLDERS] if _is_jekyll(path) else []
    if name.startswith(folder):
        places.append(name[len(folder) :])
    return next((each for each in (name, *places) if (root / each).is_file()), name)


def _is_jekyll(path: str) -> bool:
    return path.startswith("_")


def read_bibliography(path: str, source: bytes) -> tuple[dict[str, Reference], tuple[Problem, ...]]:
    """Parse a BibTeX file into references by key, and warnings: see `read_entries`."""
    entries, warnings = read_entries(path, source)
    return {key: entry.reference for key, entry in entries.items()}, warnings


@dataclass(frozen=True, slots=True)
class BibEntry:
    """An entry of a BibTeX file."""

    kind: str
    """`article`, `book` and the like."""
    reference: Reference
    fields: Mapping[str, str]
    """As plain text, by name in lower case."""

    def field(self, name: str) -> str:
        """Return a field, or `type`, `key` and `author`; "" if it is missing."""
        known = {
            "type": self.kind,
            "key": self.reference.id,
            "author": ", ".join(self.reference.authors),
            "year": self.reference.year,
        }
        return known.get(name) or self.fields.get(name.lower(), "")


@functools.lru_cache(maxsize=32)  # many posts cite from one file
def read_entries(path: str, source: bytes) -> tuple[Mapping[str, BibEntry], tuple[Problem, ...]]:
    """Parse a BibTeX file into entries by key, with LaTeX converted to plain text, and warnings:
    about repeated keys, of which the first entry counts, and what is not valid, which is left out.
    Jekyll's front matter in it is left out.

    Raises EvergreenError if nothing of it can be read.
    """
    from pybtex.database import BibliographyDataError, parse_string  # takes 0.05 s to import
    from pybtex.errors import capture
    from pybtex.exceptions import PybtexError

    text = _HEAD.sub(lambda found: "\n" * found[0].count("\n"), decode(path, source))
    try:
        with capture() as errors:
            entries = parse_string(text, "bibtex").entries
    except PybtexError as error:
        raise EvergreenError(replace(_invalid(path, text, error), severity="error")) from None
    warnings = (
        _repeated(path, text, str(error))
        if isinstance(error, BibliographyDataError)
        else _invalid(path, text, error)
        for error in errors
    )
    found = {key: _entry(key, _complete(entry, entries)) for key, entry in entries.items()}
    return found, tuple(dict.fromkeys(warnings))


def _invalid(path: str, text: str, error: Exception) -> Problem:
    """Return a warning about a fault of the syntax, or a name that is not one, at its line."""
    message = re.sub(r"^syntax error in line \d+: ", "", str(error))
    quoted = message.partition("'")[2].rpartition("'")[0]
    words = map(re.escape, quoted.split())
    place = re.search(r"\s+".join(words), text) if quoted else None
    line = getattr(error, "lineno", 0) or (text.count("\n", 0, place.start()) + 1 if place else 0)
    advice = "fix the BibTeX"
    if found := _UNDEFINED.fullmatch(message):
        message = f"'{found[1]}' is neither a text nor a name"
        advice = f"write {{{found[1]}}}, or a month as its first three letters"
    return Problem(path, line, 0, message, advice, "warning")


def _repeated(path: str, text: str, message: str) -> Problem:
    """Return a warning at the second entry of a key."""
    key = message.rpartition(": ")[2]
    places = [*re.finditer(rf"@\w+\s*[{{(]\s*{re.escape(key)}\s*,", text, re.IGNORECASE)]
    line = text.count("\n", 0, places[1].start()) + 1 if len(places) > 1 else 0
    advice = "the first entry counts: remove the other, or change its key"
    return Problem(path, line, 0, f"the key '{key}' is there twice", advice, "warning")


def _complete(entry: Any, entries: Mapping[str, Any]) -> Any:
    """Return an entry with the fields and people that it lacks from the one that its `crossref`
    names, the book or the proceedings that it is in."""
    if (book := entries.get(entry.fields.get("crossref", ""))) is None:
        return entry
    of_book = {name.lower(): value for name, value in book.fields.items()}
    fields = {name: value for name, value in of_book.items() if name not in _NOT_INHERITED}
    if "title" in of_book:
        fields.setdefault("booktitle", of_book["title"])
    own = {name.lower(): value for name, value in entry.fields.items()}
    return type(entry)(entry.type, {**fields, **own}, {**book.persons, **entry.persons})


def _entry(key: str, entry: Any) -> BibEntry:
    fields = {name.lower(): _plain(value) for name, value in entry.fields.items()}
    return BibEntry(entry.type, _reference(key, entry, fields), fields)


def _reference(key: str, entry: Any, fields: Mapping[str, str]) -> Reference:
    people = entry.persons.get("author") or entry.persons.get("editor") or ()
    return Reference(
        id=key,
        title=fields.get("title", key),
        url=entry.fields.get("url", ""),
        authors=tuple(map(_name, people)),
        year=fields.get("year", fields.get("date", "")[:4]),
        doi=frontmatter_keys.bare_doi(fields.get("doi", "")),
        venue=next((fields[name] for name in _VENUES if name in fields), ""),
        more={"type": _KINDS.get(entry.type.lower(), "document"), **_variables(fields)},
    )


def _variables(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of CSL that the fields of an entry are."""
    return {name: fields[key] for key, name in _CSL.items() if fields.get(key)}


def _name(person: Any) -> str:
    parts = (person.first_names, person.middle_names, person.prelast_names, person.last_names)
    lineage = person.lineage_names
    return _plain(" ".join(word for names in (*parts, lineage) for word in names))


def _plain(latex: str) -> str:
    """Convert a LaTeX field to plain text: accents as letters, without commands and braces."""
    import latexcodec  # noqa: F401 - registers the codec "ulatex"

    text: str = codecs.decode(latex, "ulatex")  # type: ignore[call-overload]
    text = re.sub(r"\\[A-Za-z]+\s*", "", text).replace("~", " ")
    return " ".join(re.sub(r"[{}]", "", text).replace("---", "—").replace("--", "–").split())
