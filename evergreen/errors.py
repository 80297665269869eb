"""Problems in the author's files, and the exception that carries them.

A `Problem` is a value that travels to the report; the rest of the build goes on. `EvergreenError`
is raised only where a function cannot return what its signature promises; the build turns it back
into its problems.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Literal

from evergreen.dataclass import dataclass

LONGEST = 400
"""Characters of an error's text in a message."""
PLUGIN = "plugin"
"""The rule of problems that a plugin causes."""

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One problem at one place."""

    path: str
    """The file, relative to the blog, with forward slashes."""
    line: int = 0
    """From 1; 0 if the problem concerns the whole file."""
    column: int = 0
    """From 1; 0 if only the line is known."""
    message: str = ""
    """What is wrong, in one line."""
    advice: str = ""
    """What to do, in one line; empty if the message says it."""
    severity: Severity = "error"
    details: str = ""
    """Further lines for the terminal: the code, its output, the traceback."""
    rule: str = ""
    """The kind of finding, for reports that group them: `drift`, `link`; "" elsewhere."""

    def __post_init__(self) -> None:
        """Join the lines of quoted text, such as a link whose text has several."""
        for name in ("message", "advice"):
            lines = getattr(self, name).splitlines()
            if len(lines) > 1:
                object.__setattr__(self, name, " ".join(filter(None, map(str.strip, lines))))

    def __str__(self) -> str:
        """Format as `path:line:column: message: advice`, without the parts that are unknown."""
        place = ":".join([self.path, *(str(n) for n in (self.line, self.column) if n)])
        return ": ".join(part for part in (place, self.message, self.advice) if part)


class EvergreenError(Exception):
    """The author's input prevents a result; holds one problem or more."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class SettingsError(EvergreenError):
    """The settings or the arguments are wrong; nothing was started."""


def place_in(text: str, index: int) -> tuple[int, int]:
    """Return the line and the column, both from 1, of an index in a text."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def fault(
    path: str, message: str, advice: str = "", *, line: int = 0, column: int = 0
) -> EvergreenError:
    """Return an EvergreenError with a single problem, ready to raise."""
    return EvergreenError(Problem(path, line, column, message, advice))


def paths_with_errors(problems: Iterable[Problem]) -> frozenset[str]:
    """Return the paths of all problems that are errors, not warnings."""
    return frozenset(each.path for each in problems if each.severity == "error")


def last_line(error: Exception) -> str:
    """Return the last line that a failed program wrote to stderr, or else the error's text."""

    stderr = getattr(error, "stderr", b"") or b""
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else str(error)


def bug(path: str, what: str, error: Exception) -> Problem:
    """Return the problem of a post at which the engine failed; `what` begins the message.

    The other posts go on. EVERGREEN_DEBUG raises the error instead.
    """
    import traceback  # 10 ms that hardly any build needs

    if os.environ.get("EVERGREEN_DEBUG"):
        raise error
    text = " ".join(str(error).split())
    message = f"{what} because of a bug in Evergreen: {type(error).__name__}: {text[:LONGEST]}"
    lines = "".join(traceback.format_exception(error)).splitlines()
    return Problem(path, 1, 0, message, "report it with the lines below", details="\n".join(lines))


def nearest(word: str, known: Iterable[str]) -> str:
    """Return advice that names the most similar known word, or all of them if none is similar."""
    import difflib

    names = sorted(known)
    match = difflib.get_close_matches(word, names, 1)
    return f"did you mean '{match[0]}'?" if match else f"known: {', '.join(names)}"
