"""Posts that are no plain Markdown files, as Markdown: one reader a kind of file.

    notebooks   .ipynb, with attachments and stored outputs
    scripts     .py in jupytext's percent format
    chunks      .qmd, .Rmd and MyST Markdown: chunks of code with options of their own

Each reader gives a front matter whose body is Markdown with a fence for each cell, and for each
line of it the line of the file, so that whatever is wrong later is told where its author sees it.
"""

from __future__ import annotations

from pathlib import Path

from evergreen.content.formats.chunks import read_chunks
from evergreen.content.frontmatter import FrontMatter

SUFFIXES = (".md", ".ipynb", ".py", ".qmd", ".Rmd", ".rmd")
"""Of source files."""


def read_source_text(path: str, source: bytes, baseurl: str = "") -> FrontMatter:
    """The front matter of a source file of any kind. Raises EvergreenError at the fault's place."""
    suffix = Path(path).suffix
    if suffix == ".ipynb":
        from evergreen.content.formats.notebooks import read_ipynb  # late: it needs nbformat

        return read_ipynb(path, source, baseurl)
    if suffix == ".py":
        from evergreen.content.formats.scripts import read_script  # late: it needs jupytext

        return read_script(path, source)
    return read_chunks(path, source)
