"""Pages → the search index, made by pagefind (https://pagefind.app) in a folder of its own.

Chinese has no blanks, and where its words end is a matter of opinion. So each Han or Kana sign is
indexed as a word, and the page's script searches for adjacent characters: what a reader types is
found anywhere, and pagefind's small program is enough, without the dictionaries.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

from evergreen.content.static_pages import MISSING, NO_DATE
from evergreen.errors import Problem, last_line
from evergreen.execution.scratch import scratch_folder
from evergreen.model import Artifact, Page
from evergreen.model.hashing import sha256
from evergreen.model.urls import path_of

FOLDER = "pagefind"
LONGEST = 600.0
"""Seconds that the program may take."""
_LEFT_OUT = (
    "pre.output, .output.html, .output.latex, .footnote, .reversefootnote, .math-error, "
    "#markdown-toc, math, script, style"
)
"""Formulas are trees of characters, and outputs are mostly numbers: they are not searched."""
_NEEDED = ("pagefind.js", "pagefind-worker.js", "pagefind-entry.json")
_SUFFIXES = {".pagefind", ".pf_meta", ".pf_fragment", ".pf_index"}
_UNTYPED = "\ua6a0"
"""Begins the metadata of a page, which pagefind searches too: a letter that no reader types."""
_TAG_OR_SIGN = re.compile(
    r"(<[a-zA-Z/!](?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+>?)|"
    r"([\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])"
)


def index_inputs(pages: Iterable[tuple[str, str]]) -> str:
    """Hash the inputs of the index: pages by their file in the site and their digest."""
    found = sorted(page for page in pages if page[0] != path_of(MISSING))
    return sha256(repr(found))


def make_index(pages: Iterable[Page]) -> tuple[tuple[Artifact, ...], tuple[Problem, ...]]:
    """Make the files of the index below `pagefind/`, or return why there are none.

    No pages make no files. Equal pages make equal files.
    """
    pages = list(filter(_is_found, pages))
    if not pages:
        return (), ()
    if not (program := _program()):
        message, advice = "pagefind is not installed", "pip install pagefind-bin, or search = false"
        return (), (Problem("the search index", 0, 0, message, advice, "warning"),)
    with scratch_folder() as folder:
        texts, made = folder / "texts", folder / "index"
        for page in pages:
            _write(texts / path_of(page.post.url), _text(page))
        command = [program, "--site", str(texts), "--output-path", str(made), "--silent"]
        try:
            subprocess.run(
                [*command, "--exclude-selectors", _LEFT_OUT],
                check=True,
                capture_output=True,
                timeout=LONGEST,
            )
        except (OSError, subprocess.SubprocessError) as error:
            message = f"pagefind failed: {last_line(error)}"
            return (), (Problem("the search index", 0, 0, message, "", "warning"),)
        return tuple(_files(made)), ()


def spaced(body: str) -> str:
    """Insert a blank after each Han or Kana character of a body's text; tags are unchanged."""
    return _TAG_OR_SIGN.sub(lambda found: found[1] or _apart(found), body)


def _apart(found: re.Match[str]) -> str:
    before = found.string[found.start() - 1 : found.start()]
    is_glued = before.isalnum() and not _TAG_OR_SIGN.fullmatch(before)
    return f" {found[2]} " if is_glued else f"{found[2]} "


def _is_found(page: Page) -> bool:
    return page.post.url != MISSING


def _program() -> str:
    """Return the path of pagefind: that of its Python package, else the system's; "" for none."""
    try:
        from pagefind_bin import get_executable
    except ImportError:
        return shutil.which("pagefind") or ""
    return str(get_executable())


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8", "replace")


def _text(page: Page) -> str:
    """Return the indexed text of a page, as HTML; tags and categories are at its end."""
    post = page.post
    date = "-" if post.date == NO_DATE else f"{post.date:%Y-%m-%d}"
    facts = f"{date} {post.lang} {post.slug}".encode("utf-8", "replace").hex()
    meta = f'<i data-pagefind-ignore data-pagefind-meta="page">{_UNTYPED}{facts}</i>'
    words = escape(" ".join((*post.categories, *post.tags)))
    return (
        f'<!DOCTYPE html><html lang="{escape(post.lang)}"><meta charset="utf-8"><title></title>'
        f"<body data-pagefind-body>{meta}<h1>{spaced(escape(post.title))}</h1>\n"
        f"{spaced(page.content)}\n<p>{spaced(words)}</p></body></html>"
    )


def _files(folder: Path) -> Iterator[Artifact]:
    """Yield the files that a browser requests, without pagefind's own user interface."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.name in _NEEDED or path.suffix in _SUFFIXES:
            content = path.read_bytes()
            if path.suffix == ".json":
                # The program writes the languages in any order.
                content = json.dumps(json.loads(content), sort_keys=True).encode()
            yield Artifact(f"{FOLDER}/{path.relative_to(folder).as_posix()}", content)
