"""`{% highlight python %}` and similar tags: code blocks, converted to fences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import StringIO
from typing import TextIO

from liquid.ast import BlockNode, Node
from liquid.context import RenderContext
from liquid.parser import get_parser
from liquid.stream import TokenStream
from liquid.tag import Tag
from liquid.token import TOKEN_EXPRESSION, TOKEN_TAG, Token

from evergreen.content.liquid.engine import set_source_line
from evergreen.content.liquid.lines import LineBuffer
from evergreen.content.liquid.tags import session_of
from evergreen.markdown.code_display import read_tag_display, show_lines
from evergreen.regex import regex

_RUN = regex(r"`{3,}")
_NAMED = regex(r"\blang:([\w.+#-]+)")
_FENCED = regex(r"^ {0,3}(```+|~~~+).*?(?:^ {0,3}\1|\Z)|`[^`\n]*`|<!--.*?-->", re.S | re.M)
_ELEMENT = regex(
    r"(^ {0,3})?<(/?)(div|table|thead|tbody|tr|td|th|ul|ol|li|dl|dd|center|details|section|article"
    r"|figure|blockquote|p|h[1-6]|form|fieldset|nav|header|footer|aside|main|address)"
    r"\b([^<>]{0,500})>",
    re.I | re.M,
)
_FAR = 10_000
"""Number of characters before a block in which to search for an enclosing HTML element."""
_ITEM = regex(r" *(?:[-*+]|\d+\.) {1,4}(?=\S)")
"""The marker of a list's item."""
_LANGUAGE = regex(r"[\w.+#-]+")
_LINENOS = regex(r"\slinenos\b(?!\s*=\s*[\"']?false)")
_MARKED = regex(r"\s(?:hl_lines|mark_lines)\s*=\s*[\"']?([\d\s,-]*\d)")
_START = regex(r"\bstart:(\d{1,6})\b")
_MARK = regex(r"\bmark:(\d[\d,-]*)")
_TITLE = regex(r"^\s*((?:(?!\w+:)[^\s\"{}]+(?:\s+|$))+)")
"""The words of a tag before its options."""


class _HighlightNode(Node):
    __slots__ = ("block", "display", "end", "ends_line", "language")

    def __init__(
        self, token: Token, end: Token, language: str, display: Mapping[str, str], block: BlockNode
    ) -> None:
        super().__init__(token)
        self.language, self.block, self.blank = language, block, False
        self.display = display
        self.end = end
        rest = end.source[end.start_index :].partition("%}")[2]
        self.ends_line = not rest or rest[0] == "\n"

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        code = LineBuffer()
        self.block.render(context, code)
        lines = list(zip(code.getvalue().split("\n"), code.origins(), strict=True))
        while lines and not lines[0][0].strip():
            del lines[0]
        while lines and not lines[-1][0].strip():
            del lines[-1]
        fence = _fence("\n".join(text for text, _ in lines))
        above = _tail(buffer)
        if session_of(context).post.markup == "html" or _is_in_html(above):
            code_lines = "\n".join(text for text, _ in lines)
            set_source_line(buffer, context, self.token)
            display = read_tag_display(self.display)
            return buffer.write(show_lines(code_lines, self.language, display))
        *_, line_above, before = ["", "", *above[-2000:].split("\n")]
        indent = before if not before.strip() and _is_in_item(above, before) else ""
        set_source_line(buffer, context, self.token)
        # Jekyll's block is HTML, which ends a paragraph or a list above; a fence would continue it.
        is_below_text = (line_above.strip() or before) and not indent
        apart = "\n\n" if before.strip() else "\n" if is_below_text else ""
        buffer.write(f"{apart}{fence}{self.language}\n")
        for text, line in lines:
            if isinstance(buffer, LineBuffer):
                buffer.set_line(line, False)
            buffer.write(f"{text}\n")
        set_source_line(buffer, context, self.end)
        if self.display:
            buffer.write(f"{indent}{fence}\n")
            set_source_line(buffer, context, self.end)
            below = f"{indent}{_below(self.display)}"
            return buffer.write(f"{below}{'' if self.ends_line else chr(10)}")
        return buffer.write(f"{indent}{fence}{'' if self.ends_line else chr(10)}")


class HighlightTag(Tag):
    """`{% highlight python linenos hl_lines="2 3" %}`."""

    name = "highlight"
    end = "endhighlight"

    def language(self, inner: str) -> str:
        """Return the language that the tag names; "" if none."""
        found = _LANGUAGE.match(inner)
        return found[0].lower() if found else ""

    def display(self, inner: str) -> dict[str, str]:
        """Return the options of how the code is shown, as attributes of a block."""
        marked = _MARKED.search(inner)
        return {
            **({"linenos": "1"} if _LINENOS.search(inner) else {}),
            **({"hl_lines": " ".join(marked[1].split())} if marked else {}),
        }

    def parse(self, stream: TokenStream) -> Node:
        """Return the node of a code block."""
        token = stream.current
        language, display = "", {}
        if stream.peek.kind == TOKEN_EXPRESSION:
            next(stream)
            inner = stream.current.value
            language, display = self.language(inner), self.display(inner)
        next(stream)
        block = get_parser(self.env).parse_block(stream, (self.end,))
        stream.expect(TOKEN_TAG, value=self.end)
        return _HighlightNode(token, stream.current, language, display, block)


class CodeBlockTag(HighlightTag):
    """`{% codeblock title lang:python %}` of Octopress and Hexo."""

    name = "codeblock"
    end = "endcodeblock"

    def language(self, inner: str) -> str:
        """Return the language that the tag names; "" if none."""
        return read_codeblock(inner)[0]

    def display(self, inner: str) -> dict[str, str]:
        """Return the title, the number of the first line and the marked lines."""
        return read_codeblock(inner)[1]


def read_codeblock(inner: str) -> tuple[str, dict[str, str]]:
    """Return the language of `title lang:python start:3 mark:1,2`, and how its code is shown, as
    attributes of a block.
    """
    named, title = _NAMED.search(inner), _TITLE.match(inner)
    start, mark = _START.search(inner), _MARK.search(inner)
    return named[1].lower() if named else "", {
        **({"data-title": " ".join(title[1].split())} if title else {}),
        **({"linenos": start[1]} if start else {}),
        **({"hl_lines": mark[1]} if mark else {}),
    }


def fenced(source: str, language: str, display: Mapping[str, str]) -> str:
    """Return code as a fenced block that is shown so."""
    return f"{(fence := _fence(source))}{language}\n{source.rstrip()}\n{fence}\n{_below(display)}\n"


def _fence(source: str) -> str:
    return "`" * max([3, *(len(run) + 1 for run in _RUN.findall(source))])


def _below(display: Mapping[str, str]) -> str:
    """Return the line below a block with its attributes; "" without any."""
    given = "".join(f' {key}="{value}"' for key, value in display.items())
    return f"{{:{given}}}" if given else ""


def _tail(buffer: TextIO) -> str:
    if isinstance(buffer, LineBuffer):
        return buffer.tail(_FAR)
    return buffer.getvalue()[-_FAR:] if isinstance(buffer, StringIO) else ""


def _is_in_item(text: str, indent: str) -> bool:
    """True if a line with this indent continues an item of a list at the end of the text."""
    width = len(indent.expandtabs(4))
    for line in reversed(text[-_FAR:].split("\n")[:-1]):
        line = line.expandtabs(4)
        if found := _ITEM.match(line):
            return len(found[0]) <= width
        if line.strip() and not line.startswith(" "):
            return False
    return False


def _is_in_html(text: str) -> bool:
    """True if the text ends inside an HTML element, where a fence is not Markdown."""
    if "<" not in text:
        return False
    opened: list[tuple[str, bool]] = []
    for found in _ELEMENT.finditer(_FENCED.sub("", text)):
        start, closing, name, attributes = found.groups()
        name = name.lower()
        if closing:
            names = [each for each, _ in opened]
            if name in names:
                del opened[len(names) - 1 - names[::-1].index(name) :]
        elif opened or start is not None:
            opened.append((name, "markdown=" in attributes))
    return bool(opened) and not opened[-1][1]
