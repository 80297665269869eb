"""Parser and renderer of the Markdown dialect of posts: kramdown with GFM input, as Jekyll sets it.

Parsing takes two passes and rendering one; `document` drives them.

    blocks             text → tree of blocks, and definitions (links, footnotes, abbreviations);
                       state in `parse_state`, constructs in headings code lists
                       definition_lists tables html (raw_formulas) attributes extensions
                       references
    spans              source of a leaf block → spans; state in `scanner`, constructs in emphasis
                       links typography markup formulas (dollars open_formulas); then
                       abbreviations
    element_writers    tree → pieces of HTML; state in `html_writer`, with footnotes toc math
                       (macros mathjax colors) highlight

Technical writing has constructs of its own: `divs` (call-outs, theorems, tabs, targets),
`cross_references`, `labels` (what has a label or a caption), `identifiers`, `div_writers`.

Code blocks and code spans are listed in the document, so that a caller can run them and render
their results in their place.
"""

from evergreen.markdown.code import UNCLOSED_CODE, Attributes, CodeBlock, CodeSpan
from evergreen.markdown.divs import CALLOUTS, THEOREMS, WORDS
from evergreen.markdown.document import Document, RenderedDocument, html_document, parse
from evergreen.markdown.options import MarkdownOptions, read_options

__all__ = [
    "CALLOUTS",
    "THEOREMS",
    "UNCLOSED_CODE",
    "WORDS",
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
    """Render the text as an HTML fragment, with its code shown as code."""
    return parse(text).render().html
