"""(Post, Notebook, Execution) → the page as Markdown, for programs that read text.

It has the prose, the code and the outputs that the page shows; figures are links.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from evergreen.content.portable import Value, portable
from evergreen.content.portable_text import PortableNames
from evergreen.model import Cell, CellError, Display, Notebook, Output, Post, Site, Stream
from evergreen.model.urls import absolute, file_of
from evergreen.regex import regex
from evergreen.render.figures import figure_file

_ANSI = regex(r"\x1b\[[0-9;?]*[a-zA-Z]")
_NO_NAMES = PortableNames()
_FENCES = regex(r"`{3,}")
_PICTURES = ("image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp")
_TEXTS = ("text/markdown", "text/latex", *_PICTURES, "text/plain")
"""What is written of an output, the first that it has first."""


def markdown_path(post: Post) -> str:
    """Return the path of a page as Markdown: `a/index.md` beside `a/index.html`."""
    return f"{file_of(post).rpartition('.')[0]}.md"


def write_markdown(
    site: Site,
    post: Post,
    notebook: Notebook,
    found: Mapping[Cell, Sequence[Output]],
    values: Sequence[Value] = (),
    names: PortableNames = _NO_NAMES,
) -> str:
    """Write a page; `found` are the outputs by cell, `values` those of inline expressions, `names`
    what it shows in place of labels.
    """
    outputs = {cell.fence: shown for cell, shown in found.items() if not cell.inline}
    notebook = portable(notebook, post.title, values, names)
    pieces = notebook.markdown
    cells = [cell for cell in notebook.cells if not cell.inline]
    parts = [_head(site, post), pieces[0] if pieces else f"# {post.title}"]
    for cell, prose in zip(cells, pieces[1:], strict=False):
        parts += [*_cell(site, post, cell, outputs.get(cell.fence, ())), prose]
    return "\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n"


def _head(site: Site, post: Post) -> str:
    """Return the front matter; JSON texts are YAML texts."""
    facts = {
        "title": post.title,
        "url": absolute(site, post.url),
        "date": post.date.isoformat() if post.date.year > 1970 else "",
        "modified": post.modified.isoformat() if post.modified else "",
        "lang": post.lang,
        "authors": list(post.authors),
        "tags": list(post.tags),
    }
    lines = (f"{name}: {json.dumps(v, ensure_ascii=False)}" for name, v in facts.items() if v)
    return "\n".join(["---", *lines, "---"])


def _cell(site: Site, post: Post, cell: Cell, outputs: Sequence[Output]) -> Iterator[str]:
    if cell.options.input != "remove":
        yield _fenced(cell.source, post.language)
    if cell.options.output != "remove":
        for output in outputs:
            yield _output(site, cell, output)


def _output(site: Site, cell: Cell, output: Output) -> str:
    if isinstance(output, Stream):
        if not cell.options.shows(output.name):
            return ""
        is_markdown = output.name == "stdout" and cell.options.asis
        return output.text if is_markdown else _printed(output.text)
    if isinstance(output, CellError):
        return _printed(output.traceback or f"{output.ename}: {output.evalue}")
    return _display(site, cell, output)


def _display(site: Site, cell: Cell, output: Display) -> str:
    # Where a page shows HTML, there is no file of the picture.
    known = set(output.data) - set(_PICTURES if "text/html" in output.data else ())
    mime = next((mime for mime in _TEXTS if mime in known), "")
    if not mime:
        return ""
    if mime in _PICTURES:
        options = cell.options
        text = options.alt or options.caption or str(output.data.get("text/plain", ""))
        label = re.sub(r"[\[\]\n]", " ", "" if text.startswith("<") else text)
        url = absolute(site, f"/{figure_file(mime, output.data[mime]).path}")
        return f"![{label}]({url})"
    text = str(output.data[mime])
    return _printed(text) if mime == "text/plain" else text


def _printed(text: str) -> str:
    """Return what code printed in a block; "" if it is blank."""
    text = _ANSI.sub("", text).rstrip()
    return _fenced(text, "text") if text.strip() else ""


def _fenced(text: str, language: str) -> str:
    longest = max(map(len, _FENCES.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
