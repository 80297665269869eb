"""How a code block is shown on its page."""

from __future__ import annotations

from evergreen.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class CodeDisplay:
    """Title, line numbers and marks of a code block."""

    label: str = ""
    """Label of a listing."""
    caption: str = ""
    """Caption of a listing, as plain text."""
    title: str = ""
    """Title or name of a file above the code, as plain text."""
    start: int = 0
    """Number of the first line; 0 for no line numbers."""
    marked: frozenset[int] = frozenset()
    """Highlighted lines, from 1."""
    folded: bool = False
    """Shown only on request."""
    is_open: bool = False
    """Not folded, however long it is."""
    wrapped: bool = False
    """Long lines are wrapped."""
    notes: str = ""
    """Prefix of the ids of the notes in the list below; "" without such a list."""
    attributes: tuple[tuple[str, str], ...] = ()
    """Other attributes of the outer element."""
