"""Diagrams that a text describes, and their drawings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

from evergreen.dataclass import dataclass

DiagramKind = Literal["mermaid", "dot"]

LANGUAGES: Mapping[str, DiagramKind] = MappingProxyType(
    {"mermaid": "mermaid", "dot": "dot", "graphviz": "dot"}
)
"""Language of a code block → kind of its diagram."""


@dataclass(frozen=True, slots=True)
class Diagram:
    """A code block that describes a diagram."""

    block: int
    """Its index in the document's `code_blocks`."""
    line: int
    """Line of its fence in the text."""
    kind: DiagramKind
    source: str
    """Without the lines of options."""
    skipped: int = 0
    """Number of lines of options."""
    label: str = ""
    caption: str = ""
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawn diagram, or why there is none."""

    light: bytes = b""
    """SVG for light pages; empty if it could not be drawn."""
    dark: bytes = b""
    """SVG for dark pages; empty if the author chose the colours."""
    fault: str = ""
    """What is wrong, for the author."""
    line: int = 0
    """Line of the source at which it is wrong, from 1; 0 if unknown."""
    advice: str = ""


DrawDiagram = Callable[[DiagramKind, str], Drawing]
"""Draws a source of a kind."""


def no_drawing(kind: DiagramKind, source: str) -> Drawing:
    """Draw nothing: for pages that are rendered without the programs of this machine."""
    return Drawing(fault="the diagram is not drawn here")
