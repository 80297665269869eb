"""Convert posts in other formats to Markdown, one reader per format.


    notebooks   .ipynb, with attachments and stored outputs; its title and flags are read by
                notebook_head and cell_flags
    scripts     .py in jupytext's percent and light formats; docstrings, marimo for others
    chunks      .qmd, .Rmd and MyST Markdown: code chunks with their own options; myst translates
                directives and roles; jupytext_markdown reads the notebooks of that format

Each reader returns a front matter whose body is Markdown with a fence for each cell, and the
line in the file of each line of the body, so that messages point to the author's file.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from evergreen.content.formats.chunks import read_chunks
from evergreen.content.frontmatter import FrontMatter, decode, read_front_matter
from evergreen.content.quarto_project import with_shared
from evergreen.dataclass import replace
from evergreen.errors import EvergreenError, fault
from evergreen.model import MarkdownSource, PluginError, Site

SUFFIXES = (".md", ".ipynb", ".py", ".qmd", ".Rmd", ".rmd")
"""Suffixes of source files."""
_PLAIN = Site()


def suffixes(site: Site) -> tuple[str, ...]:
    """Return the suffixes of source files, with those of the blog's plugins."""
    return (*SUFFIXES, *(name for each in site.hooks.loaded for name in each.plugin.formats))


def read_source_text(path: str, source: bytes, site: Site = _PLAIN) -> FrontMatter:
    """Read a source file of any format. Raises EvergreenError at the line of the problem."""
    suffix = Path(path).suffix
    if site.hooks and (read := site.hooks.named("formats").get(suffix)):
        return _read_by_plugin(path, source, read)
    if suffix == ".ipynb":
        from evergreen.content.formats.notebooks import read_ipynb  # late: it needs nbformat

        return with_shared(read_ipynb(path, source, site), site)
    if suffix == ".py":
        from evergreen.content.formats.scripts import read_script  # late: it needs jupytext

        return read_script(path, source)
    return read_chunks(path, source, site)


def _read_by_plugin(path: str, source: bytes, read: Callable[[str], MarkdownSource]) -> FrontMatter:
    """Read a file of a plugin's format; errors are at the lines of the file itself."""
    try:
        made = read(decode(path, source))
    except PluginError as error:
        raise error.at(path) from error
    if not made.lines:
        return read_front_matter(path, made.text.encode())
    if len(made.lines) < (count := len(made.text.splitlines())):
        message = f"the plugin of its format gave {len(made.lines)} 'lines' for {count} of Markdown"
        raise fault(path, message, "give the line in the file of each line of 'text'", line=1)

    def line(number: int) -> int:
        return made.lines[min(number, len(made.lines)) - 1]

    try:
        found = read_front_matter(path, made.text.encode())
    except EvergreenError as error:
        raise EvergreenError(
            *(replace(each, line=line(each.line)) for each in error.problems)
        ) from None
    count = found.body.count("\n") + 1
    return replace(
        found,
        lines={key: line(number) for key, number in found.lines.items()},
        origin=tuple(line(found.body_line + step) for step in range(count)),
    )
