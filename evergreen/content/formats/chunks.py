"""Markdown with code chunks that have their own options: Quarto's `.qmd`, R Markdown's `.Rmd`, and
MyST's `{code-cell}`.

`code_blocks` parses the chunks that run; `quarto` and `myst` translate the syntax that our Markdown
does not have.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from evergreen.content.code_blocks import ALIASES
from evergreen.content.execution_keys import kernel
from evergreen.content.formats.engines import with_engine
from evergreen.content.formats.text import (
    NumberedLines,
    first_heading,
    plain_text,
    with_dollars,
)
from evergreen.content.frontmatter import FrontMatter, read_front_matter, with_title
from evergreen.content.myst_project import with_project
from evergreen.content.quarto_files import is_mystmd, is_project
from evergreen.content.quarto_project import with_shared
from evergreen.dataclass import replace
from evergreen.errors import EvergreenError
from evergreen.model import Site
from evergreen.model.post import CellForm
from evergreen.regex import regex

_Translate = Callable[[list[str]], Iterator[tuple[int, str]]]
"""Converts lines to new lines, each with the index of the old one."""


def read_chunks(path: str, source: bytes, site: Site) -> FrontMatter:
    """Read the file as a post. Raises EvergreenError at the line of the problem."""
    front_matter = with_shared(_read_head(path, source, site), site)
    if Path(path).suffix != ".md":
        front_matter = with_engine(front_matter)
        runs = ALIASES.get(language := _language(front_matter), (language,))
        translate = partial(_late_quarto, runs=runs, values=front_matter.values)
        if _jupytext_format(front_matter) == "rmarkdown" and _has_syntax(front_matter.body):
            return _translated(front_matter, lambda lines: _late_myst(with_dollars(lines)), "chunk")
        if Path(path).suffix.lower() == ".rmd":
            return _translated(front_matter, lambda lines: translate(with_dollars(lines)), "chunk")
        return _translated(front_matter, translate, "chunk")
    is_cells = _jupytext_format(front_matter) == "markdown" and _language(front_matter) == "python"
    if is_cells and site.jekyll is None:
        from evergreen.content.formats.jupytext_markdown import read_cells  # late: few posts are

        return read_cells(front_matter)
    if is_project(path, site.shared) or _is_myst(front_matter):
        translate_myst = partial(_late_myst, has_titles=is_mystmd(path, site.shared))
        front_matter = _with_language(with_project(front_matter, site))
        return _translated(front_matter, translate_myst, "directive")
    if _has_bare_cells(front_matter) or _may_be_myst(front_matter):
        blocks = _BLOCK.finditer(front_matter.body)
        is_own = any(_PLAIN_CELL.match(block[0]) for block in blocks)
        form: CellForm = "fence" if is_own else "directive"
        return _translated(front_matter, _late_myst, form)
    return front_matter


def _read_head(path: str, source: bytes, site: Site) -> FrontMatter:
    """Read the front matter; one that is not valid counts as none in a project of MyST, where
    Sphinx publishes such a page, too."""
    try:
        return read_front_matter(path, source)
    except EvergreenError as error:
        head = _HEAD.match(source)
        if not head or not is_project(path, site.shared):
            raise
        front_matter = read_front_matter(path, b"\n" * head[0].count(b"\n") + source[head.end() :])
        warnings = (replace(each, severity="warning") for each in error.problems)
        return replace(front_matter, warnings=(*front_matter.warnings, *warnings))


def translate_part(form: CellForm, language: str, lines: list[str]) -> list[str]:
    """Translate the lines of a file that a post of this form includes."""
    if form == "chunk":
        return [line for _, line in _late_quarto(lines, ALIASES.get(language, (language,)), {})]
    return [line for _, line in _late_myst(lines)] if form == "directive" else lines


def _translated(front_matter: FrontMatter, translate: _Translate, form: CellForm) -> FrontMatter:
    text = NumberedLines()
    lines = front_matter.body.removesuffix("\n").split("\n")
    origin = range(front_matter.body_line, front_matter.body_line + len(lines))
    if "{{" in front_matter.body and form != "chunk":
        from evergreen.content.formats.substitutions import substitute  # late: few posts have any

        found = substitute(lines, front_matter.values, is_myst=form == "directive")
        warnings = (*front_matter.warnings, *found.problems(front_matter.path, origin))
        front_matter = replace(front_matter, warnings=warnings)
        numbers = [origin[at] for at, _ in found.lines]
        lines = [line for _, line in found.lines]
    else:
        numbers = [*origin]
    for number, line in translate(lines):
        text.add(line, numbers[number])
    if form == "directive" and isinstance(front_matter.values.get("abbreviations"), dict):
        _add_abbreviations(text, front_matter.values["abbreviations"])
    if "title" not in front_matter.values and (form != "fence" or not front_matter.found):
        front_matter = _with_heading(front_matter, text)
    elif form == "directive":
        _drop_title(text, str(front_matter.values.get("title", "")))
    lasting = tuple(text.origin)
    return replace(front_matter, body=text.body, origin=lasting, cell_form=form, found=True)


def _add_abbreviations(text: NumberedLines, found: Mapping[Any, Any]) -> None:
    """Append the abbreviations of a front matter; one without a meaning is none."""
    last = text.origin[-1] if text.origin else 1
    for name, meaning in [("", ""), *found.items()]:
        text.add(f"*[{name}]: {meaning}" if name and isinstance(meaning, str) else "", last)


def _with_heading(front_matter: FrontMatter, text: NumberedLines) -> FrontMatter:
    """Take the title from the first heading, of the first level, whose label goes to what is
    below."""
    heading = first_heading(text.lines)
    if heading is None or heading.level != 1:
        return front_matter
    label = _LABEL.search(text.lines[heading.start])
    text.lines[heading.start] = f"({label[1]})=" if label else ""
    if label and "label" not in front_matter.values:
        front_matter = replace(front_matter, values={**front_matter.values, "label": label[1]})
    text.lines[heading.start + 1 : heading.start + heading.count] = [""] * (heading.count - 1)
    return with_title(front_matter, heading.title, text.origin[heading.start])


def _drop_title(text: NumberedLines, title: str) -> None:
    """Remove the first heading if it is the title again; a label of its own stays with it."""
    heading = first_heading(text.lines)
    if heading is None or heading.level != 1 or heading.title != plain_text(title):
        return
    is_first = not any(line.strip() for line in text.lines[: heading.start])
    if is_first and not _LABEL.search(text.lines[heading.start]):
        text.lines[heading.start : heading.start + heading.count] = [""] * heading.count


def _language(front_matter: FrontMatter) -> str:
    """Return the language of the post's kernel, in lower case."""
    try:
        return kernel(front_matter)[1]
    except EvergreenError:  # reported when the fields are read
        return "python"


def _with_language(front_matter: FrontMatter) -> FrontMatter:
    """Return the front matter with the language of its kernel: if it names none, that of the first
    cell, as MyST runs the cells of a document in one kernel."""
    spec = front_matter.values.get("kernelspec")
    found = _CODE_CELL.search(front_matter.body)
    language = found and _WORD.match(front_matter.body, found.end())
    if not isinstance(spec, dict) or spec.get("language") or not language:
        return front_matter
    values = {**front_matter.values, "kernelspec": {**spec, "language": language[1]}}
    return replace(front_matter, values=values)


def _is_myst(front_matter: FrontMatter) -> bool:
    if form := _jupytext_format(front_matter):
        return form == "myst"
    has_kernel = isinstance(front_matter.values.get("kernelspec"), dict)
    return has_kernel and _CODE_CELL.search(front_matter.body) is not None


def _jupytext_format(front_matter: FrontMatter) -> str:
    """Return the format that jupytext's head names; "" without one."""
    values = front_matter.values
    jupyter = values.get("jupyter")
    head = values.get("jupytext") or (
        jupyter.get("jupytext") if isinstance(jupyter, dict) else None
    )
    kind = head.get("text_representation") if isinstance(head, dict) else None
    return str(kind.get("format_name", "")) if isinstance(kind, dict) else ""


def _has_bare_cells(front_matter: FrontMatter) -> bool:
    """True for a text without a front matter that is MyST, as no other Markdown has its cells."""
    return not front_matter.found and _CODE_CELL.search(front_matter.body) is not None


def _may_be_myst(front_matter: FrontMatter) -> bool:
    body = front_matter.body
    has_fence = "```{" in body or (not front_matter.found and ":::{" in body)
    return (has_fence or "}`" in body) and _has_syntax(body)


def _has_syntax(body: str) -> bool:
    """True if a text has a directive of MyST, or a role outside of its blocks of code."""
    from evergreen.content.formats.myst import has_directives  # late, like the next: few have any
    from evergreen.content.formats.myst_roles import has_roles

    return has_directives(body) or ("}`" in body and has_roles(_BLOCK.sub("", body)))


def _late_quarto(
    lines: list[str], runs: Sequence[str], values: Mapping[str, Any]
) -> Iterator[tuple[int, str]]:
    """Translate the syntax of Quarto and Pandoc."""
    from evergreen.content.formats.quarto import translate_quarto  # late, like the next

    return translate_quarto(lines, runs, values)


def _late_myst(lines: list[str], has_titles: bool = False) -> Iterator[tuple[int, str]]:
    """Translate MyST's directives and roles."""
    from evergreen.content.formats.myst import translate_myst  # late: few posts are MyST

    return translate_myst(lines, has_titles)


_HEAD = regex(rb"\A---[ \t]*\r?\n.*?\n-{3,}[ \t]*\r?\n", re.S)
_CODE_CELL = regex(r"^\s*(?:`{3,}|~{3,}|:{3,})\s*\{code-cell\}", re.M)
_WORD = regex(r"[ \t]*([\w+#-]+)")
_PLAIN_CELL = regex(r"^ {0,3}(?:`{3,}|~{3,})\s*\{?\.?(?:python|py)\b", re.M | re.I)
"""A block that runs in our own Markdown."""
_BLOCK = regex(r"^ {0,3}(`{3,}|~{3,}).*?^ {0,3}\1[`~]*[ \t]*$", re.M | re.S)
_LABEL = regex(r"\{#([\w:.-]+)[^{}]*\}\s*\Z")
