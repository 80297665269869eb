"""Problems in a post's Liquid, at their line in the post or in a file that it includes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

from liquid.token import Token

from evergreen.content.liquid.lines import line_of, line_starts
from evergreen.dataclass import dataclass
from evergreen.errors import EvergreenError, Problem, fault


@dataclass(slots=True)
class Diagnostics:
    """Collects the problems of one post, and maps tokens to lines."""

    path: str
    at: Callable[[int], int]
    """Converts a line of the text to a line of the file."""
    starts: dict[str, list[int]] = field(default_factory=dict)
    """Index of the beginning of each line, by text."""
    files: dict[str, str] = field(default_factory=dict)
    """File name of each included text."""
    warnings: list[Problem] = field(default_factory=list)
    outer: int = 0
    """Line of the tag that includes the text being rendered; 0 in the post itself."""

    def line(self, token: Token | None) -> int:
        """Return the line in the post of a token, or of its include tag; 0 if unknown."""
        if token is None or token.source in self.files:
            return self.outer
        return self.at(self.inner(token)) if token.source in self.starts else self.outer

    def inner(self, token: Token) -> int:
        """Return the line of a token in its own text."""
        if token.source not in self.starts:
            self.starts[token.source] = line_starts(token.source)
        return line_of(self.starts[token.source], token.start_index)

    def warn(self, token: Token | None, message: str, advice: str = "") -> None:
        """Add a warning, once per line and message."""
        problem = Problem(self.path, self.line(token), 0, *self._located(token, message, advice))
        problem = Problem(problem.path, problem.line, 0, problem.message, advice, "warning")
        if problem not in self.warnings:
            self.warnings.append(problem)

    def fault(self, token: Token | None, message: str, advice: str = "") -> EvergreenError:
        """Return an error that stops the post."""
        message, advice = self._located(token, message, advice)
        return fault(self.path, message, advice, line=self.line(token))

    def _located(self, token: Token | None, message: str, advice: str) -> tuple[str, str]:
        if token is not None and (file := self.files.get(token.source)):
            return f"in {file}:{self.inner(token)}: {message}", advice
        return message, advice
