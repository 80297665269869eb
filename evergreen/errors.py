"""What can be wrong, and how it is told: always the place, the fault, and the way out.

A fault found in the author's files is a `Problem`, a value that travels to the report; the rest
of the build goes on. `EvergreenError` is raised only where a stage cannot return what its signature
promises; the pipeline turns it back into its problems.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault at one place."""

    path: str
    """As the author writes it: relative to the blog, with forward slashes."""
    line: int = 0
    """From 1; 0 where the fault is the whole file's."""
    column: int = 0
    """From 1; 0 where only the line is known."""
    message: str = ""
    """What is wrong, in one line."""
    advice: str = ""
    """What to do, in one line; empty where the message says it."""
    severity: Severity = "error"
    details: str = ""
    """Further lines for the terminal: the code, what it printed, the traceback."""
    rule: str = ""
    """What kind of finding this is, for reports that group them: `drift`, `link`; "" elsewhere."""

    def __str__(self) -> str:
        """`path:line:column: message: advice`, without the parts that are not known."""
        place = ":".join([self.path, *(str(n) for n in (self.line, self.column) if n)])
        return ": ".join(part for part in (place, self.message, self.advice) if part)


class EvergreenError(Exception):
    """A stage cannot give its result because of the author's input; carries one problem or more."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class SettingsError(EvergreenError):
    """The settings or the arguments are wrong: nothing was started."""


def fault(
    path: str, message: str, advice: str = "", *, line: int = 0, column: int = 0
) -> EvergreenError:
    """An EvergreenError of a single problem, ready to raise."""
    return EvergreenError(Problem(path, line, column, message, advice))


def paths_with_errors(problems: Iterable[Problem]) -> frozenset[str]:
    """The files about which something is said that is more than a warning."""
    return frozenset(each.path for each in problems if each.severity == "error")


def last_line(error: Exception) -> str:
    """The last line that a program said before it failed, or else what its error says."""
    said = getattr(error, "stderr", b"") or b""
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else str(error)


def nearest(word: str, known: Iterable[str]) -> str:
    """Advice that names the known word most like this one, or all of them where none is near."""
    names = sorted(known)
    match = difflib.get_close_matches(word, names, 1)
    return f"did you mean '{match[0]}'?" if match else f"known: {', '.join(names)}"
