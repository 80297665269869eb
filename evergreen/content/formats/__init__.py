"""Convert posts in other formats to Markdown, one reader per format.


    notebooks   .ipynb, with attachments and stored outputs; its title and flags are read by
                notebook_head and cell_flags
    scripts     .py in jupytext's percent and light formats; docstrings, marimo for others
    chunks      .qmd, .Rmd and MyST Markdown: code chunks with their own options; myst translates
                directives and roles

Each reader returns a front matter whose body is Markdown with a fence for each cell, and the
line in the file of each line of the body, so that messages point to the author's file.
"""

from __future__ import annotations

from pathlib import Path

from evergreen.content.formats.chunks import read_chunks
from evergreen.content.frontmatter import FrontMatter

SUFFIXES = (".md", ".ipynb", ".py", ".qmd", ".Rmd", ".rmd")
"""Suffixes of source files."""


def read_source_text(path: str, source: bytes, baseurl: str = "") -> FrontMatter:
    """Read a source file of any format. Raises EvergreenError at the line of the problem."""
    suffix = Path(path).suffix
    if suffix == ".ipynb":
        from evergreen.content.formats.notebooks import read_ipynb  # late: it needs nbformat

        return read_ipynb(path, source, baseurl)
    if suffix == ".py":
        from evergreen.content.formats.scripts import read_script  # late: it needs jupytext

        return read_script(path, source)
    return read_chunks(path, source)
