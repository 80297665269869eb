"""The dialect in which posts are written: kramdown's with GFM input, as Jekyll sets it up.

A text is read in two passes: `blocks` cuts it into a tree of blocks and collects what is defined
for use elsewhere, `spans` reads the text of the leaves; `writer` makes HTML of the tree. Code
stays apart, so that the engine can run it and put its results in its place.
"""

from evergreen.markdown.document import (
    Attributes,
    CodeBlock,
    CodeSpan,
    Document,
    Rendered,
    parse,
)
from evergreen.markdown.options import Options, read_options

__all__ = [
    "Attributes",
    "CodeBlock",
    "CodeSpan",
    "Document",
    "Options",
    "Rendered",
    "parse",
    "read_options",
    "to_html",
]


def to_html(text: str) -> str:
    """The text as a fragment of HTML, its code shown as code."""
    return parse(text).render().html
