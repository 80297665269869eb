"""The dialect in which posts are written: kramdown's with GFM input, as Jekyll sets it up.

A text is read in two passes and written in one; `document` is the flow.

    blocks      text → tree of blocks, and what is defined for use elsewhere; `reading` holds the
                state, each construct its function: headings code lists terms tables html
                attributes extensions references
    spans       source of a leaf → spans; `scanning` holds the state, the constructs are in
                emphasis links typography markup formulas; then abbreviations
    writer      tree → pieces of HTML; `writing` holds the state; footnotes toc math, with
                macros vocabulary diagrams

Code stays apart, so that the engine can run it and put its results in its place.
"""

from evergreen.markdown.code import Attributes, CodeBlock, CodeSpan
from evergreen.markdown.document import Document, RenderedDocument, html_document, parse
from evergreen.markdown.options import MarkdownOptions, read_options

__all__ = [
    "Attributes",
    "CodeBlock",
    "CodeSpan",
    "Document",
    "MarkdownOptions",
    "RenderedDocument",
    "html_document",
    "parse",
    "read_options",
    "to_html",
]


def to_html(text: str) -> str:
    """The text as a fragment of HTML, its code shown as code."""
    return parse(text).render().html
