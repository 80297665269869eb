"""Text as a terminal finally shows it: progress bars are reduced to their last state.

Supported are carriage returns, backspaces and the ECMA-48 control sequences that move the cursor,
erase or colour, and links (OSC 8). If a text contains any of these, other sequences are dropped.
"""

from __future__ import annotations

from evergreen.regex import regex

_MOVES = regex(r"\r(?!\n)|\x08|\x1b\[[0-9;?]*[A-HJKhlsu]")
_TOKEN = regex(
    r"\x1b\[([0-9;?]*)([A-Za-z])|\x1b\]8;[^;\x07\x1b]*;([^\x07\x1b]*)(?:\x07|\x1b\\)"
    r"|(\x1b\][^\x07\x1b]*(?:\x07|\x1b\\))|[\r\n\x08]|[^\x1b\r\n\x08]+|\x1b"
)
_LINK = "\x1b]8;;{}\x1b\\"
_RESET = "\x1b[0m"


def render_final(text: str) -> str:
    """Return what a terminal shows after the text; text without cursor movement is unchanged."""
    if not _MOVES.search(text):
        return text
    screen = _Screen()
    for token in _TOKEN.finditer(text):
        if token[3] is not None:
            screen.link = token[3]
        elif token[4] is None:  # other commands of the kind are for the window
            screen.take(token[0], token[1], token[2])
    return "\n".join(map(_written, screen.lines))


class _Screen:
    """Lines of characters with their colours and links, and a cursor."""

    def __init__(self) -> None:
        self.lines: list[list[tuple[str, str, str]]] = [[]]
        self.row = self.column = 0
        self.style = self.link = ""

    def take(self, token: str, parameters: str | None, final: str | None) -> None:
        """Write text, or execute a control character or sequence."""
        if final is not None:
            self._control(token, parameters or "", final)
        elif token == "\r":
            self.column = 0
        elif token == "\x08":
            self.column = max(self.column - 1, 0)
        elif token == "\n":
            self._go_to(self.row + 1, 0)
        else:
            self._write(token)

    def _write(self, text: str) -> None:
        line = self.lines[self.row]
        line += [(" ", "", "")] * (self.column - len(line))
        line[self.column : self.column + len(text)] = [
            (each, self.style, self.link) for each in text
        ]
        self.column += len(text)

    def _control(self, token: str, parameters: str, final: str) -> None:
        count = int(parameters) if parameters.isdigit() else 0
        steps = max(count, 1)
        match final:
            case "m":
                self.style = self.style + token if parameters.strip("0;") else ""
            case "A":
                self._go_to(self.row - steps, self.column)
            case "B":
                self._go_to(self.row + steps, self.column)
            case "C":
                self.column += steps
            case "D":
                self.column = max(self.column - steps, 0)
            case "G":
                self.column = steps - 1
            case "K":
                self._erase_in_line(count)
            case "J":
                self._erase_below(count)

    def _go_to(self, row: int, column: int) -> None:
        self.row, self.column = max(row, 0), column
        self.lines += [[] for _ in range(self.row + 1 - len(self.lines))]

    def _erase_in_line(self, which: int) -> None:
        """Erase from the cursor to the end (0), up to the cursor (1), or the whole line (2)."""
        line = self.lines[self.row]
        if which == 1:
            line[: self.column + 1] = [(" ", "", "")] * min(self.column + 1, len(line))
        else:
            del line[0 if which == 2 else self.column :]

    def _erase_below(self, which: int) -> None:
        """Erase from the cursor to the end (0), or everything (2 and above)."""
        if which > 1:
            self.lines, self.row, self.column = [[]], 0, 0
        elif which == 0:
            del self.lines[self.row + 1 :], self.lines[self.row][self.column :]


def _written(line: list[tuple[str, str, str]]) -> str:
    """Return a line with its colours, reset at its end, and its links."""
    parts, style, link = [], "", ""
    for character, wanted, url in [*line, ("", "", "")]:
        if wanted != style:
            parts.append((_RESET if style else "") + wanted)
            style = wanted
        if url != link:
            parts.append(_LINK.format(url))
            link = url
        parts.append(character)
    return "".join(parts)
