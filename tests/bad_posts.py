"""The corpus of malformed posts: `tests/bad_input/*.txt`, each case with the expected messages.


`python -m tests.bad_posts` reads every case and rewrites the messages; read the difference before
you commit it. A case is

    %%% its name
    the post
    %%% says
    line:column: what is wrong: what to do

and may name its file by a line `%%% in posts/…` below its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from evergreen.build.parse import parse_content
from evergreen.content.post import parse_post
from evergreen.errors import EvergreenError
from evergreen.model import Page, Site
from evergreen.render.languages import find_language, read_languages
from evergreen.render.page import render_page

FOLDER = Path(__file__).parent / "bad_input"
TEMPLATES = Path(__file__).parent.parent / "templates"
SITE = Site(title="长青", lang="zh", languages=("en",), vendors={"photos": "https://p.example"})
LANGUAGES = read_languages([TEMPLATES])
_CASE = re.compile(r"%%% (.+)\n(?:%%% in (.+)\n)?((?:(?!%%%).*\n)*)%%% says\n((?:(?!%%%).*\n)*)")


@dataclass(frozen=True)
class BadPost:
    """A post that cannot be published."""

    name: str
    path: str
    source: bytes
    messages: tuple[str, ...]
    """Every problem, without the path."""


def read_corpus() -> list[BadPost]:
    """Return all cases of all files, in order; each has a path of its own."""
    cases = [case for file in sorted(FOLDER.glob("*.txt")) for case in _read(file)]
    return [
        replace(case, path=case.path or f"posts/2026-01-02-case-{number:03}.md")
        for number, case in enumerate(cases)
    ]


def read_page(path: str, source: bytes) -> Page:
    """Render a post without running it. Raises EvergreenError with all problems."""
    parsed = parse_content(parse_post(path, source, SITE))
    post = parsed.post
    language = find_language(LANGUAGES, post.lang)
    return render_page(SITE, post, parsed.notebook, parsed.document, None, language)[0]


def messages_of(path: str, source: bytes) -> tuple[str, ...]:
    """Return the messages about a post, without its path; none if it can be published."""
    try:
        read_page(path, source)
    except EvergreenError as error:
        return tuple(str(problem).removeprefix(f"{path}:").strip() for problem in error.problems)
    return ()


def _read(file: Path) -> Iterator[BadPost]:
    for name, path, source, messages in _CASE.findall(file.read_text("utf-8")):
        yield BadPost(name, path, source.encode(), tuple(filter(None, messages.splitlines())))


def _write(file: Path, cases: Iterable[BadPost]) -> None:
    parts = []
    for case in cases:
        path = case.path or "posts/2026-01-02-case-000.md"
        where = f"%%% in {case.path}\n" if case.path else ""
        messages = "".join(f"{line}\n" for line in messages_of(path, case.source))
        parts.append(f"%%% {case.name}\n{where}{case.source.decode()}%%% says\n{messages}")
    file.write_text("\n".join(parts), "utf-8")


if __name__ == "__main__":
    for each in sorted(FOLDER.glob("*.txt")):
        _write(each, list(_read(each)))
