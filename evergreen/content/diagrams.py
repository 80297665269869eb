"""Code blocks that are diagrams: Mermaid's and Graphviz's, with the options of Quarto and MyST.

```` ```mermaid {#fig-flow fig-cap="The flow"} ````, `%%| fig-cap: The flow` in its first lines, or
`:caption: The flow` in those of a directive. With `.noeval` the block is shown as code.
"""

from __future__ import annotations

from collections.abc import Iterator

from evergreen.markdown import CodeBlock, Document
from evergreen.markdown.code_display import info_attributes
from evergreen.model.diagrams import LANGUAGES, Diagram
from evergreen.regex import regex

_OPTION = regex(r"(?:%%\||//\||#\|)[ \t]*([\w-]+)[ \t]*:[ \t]*(.*?)[ \t]*")
_DIRECTIVE_OPTION = regex(r":([\w-]+):[ \t]*(.*?)[ \t]*")
_LABELS = ("label", "name", "id")
_CAPTIONS = ("fig-cap", "caption", "title")
_ALTS = ("fig-alt", "alt")
_SHOWN = ("noeval", "skip")
"""Classes of a block that is shown as code."""


def find_diagrams(document: Document) -> Iterator[Diagram]:
    """Yield the diagrams of a text, in order."""
    if not document.options.diagrams:
        return
    for index, block in enumerate(document.code_blocks):
        if diagram := _diagram(index, block):
            yield diagram


def _diagram(index: int, block: CodeBlock) -> Diagram | None:
    kind = LANGUAGES.get(block.language.lower())
    if kind is None or not block.source.strip():
        return None
    given = {**info_attributes(block.info), **block.outer}
    if given.get("eval") == "false" or not set(_SHOWN).isdisjoint(given.get("class", "").split()):
        return None
    options, skipped = _options(block)
    given = {**given, **options}
    return Diagram(
        index,
        block.line,
        kind,
        "\n".join(block.source.split("\n")[skipped:]),
        skipped,
        _first(given, _LABELS),
        _first(given, _CAPTIONS),
        _first(given, _ALTS),
    )


def _options(block: CodeBlock) -> tuple[dict[str, str], int]:
    """Return the options in the first lines of a block, and the number of these lines."""
    pattern = _DIRECTIVE_OPTION if block.info.startswith("{") else _OPTION
    found: dict[str, str] = {}
    for number, line in enumerate(block.source.split("\n")):
        match = _OPTION.fullmatch(line) or pattern.fullmatch(line)
        if not match:
            return found, number
        found[match[1]] = _unquoted(match[2])
    return found, 0


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def _first(given: dict[str, str], names: tuple[str, ...]) -> str:
    return next((given[name] for name in names if given.get(name)), "")
