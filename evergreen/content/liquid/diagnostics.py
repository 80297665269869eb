"""What is wrong in a post's Liquid, and where: in the post, or in a file that it includes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from liquid.token import Token

from evergreen.content.liquid.lines import line_of, line_starts
from evergreen.errors import EvergreenError, Problem, fault


@dataclass(slots=True)
class Diagnostics:
    """What is wrong in one post, and where its text and those that it includes come from."""

    path: str
    at: Callable[[int], int]
    """The line in the file of a line of the text."""
    starts: dict[str, list[int]] = field(default_factory=dict)
    """The beginnings of the lines of each text."""
    files: dict[str, str] = field(default_factory=dict)
    """The file of each included text."""
    warnings: list[Problem] = field(default_factory=list)
    outer: int = 0
    """The line of the tag that includes what is rendered, 0 in the post itself."""

    def line(self, token: Token | None) -> int:
        """The line of the post on which a token stands, or its include; 0 where not known."""
        if token is None or token.source in self.files:
            return self.outer
        return self.at(self.inner(token)) if token.source in self.starts else self.outer

    def inner(self, token: Token) -> int:
        """The line of a token in its own text."""
        if token.source not in self.starts:
            self.starts[token.source] = line_starts(token.source)
        return line_of(self.starts[token.source], token.start_index)

    def warn(self, token: Token | None, message: str, advice: str = "") -> None:
        """Add a warning, once for each place."""
        problem = Problem(self.path, self.line(token), 0, *self._said(token, message, advice))
        problem = Problem(problem.path, problem.line, 0, problem.message, advice, "warning")
        if problem not in self.warnings:
            self.warnings.append(problem)

    def fault(self, token: Token | None, message: str, advice: str = "") -> EvergreenError:
        """An error that stops the post."""
        message, advice = self._said(token, message, advice)
        return fault(self.path, message, advice, line=self.line(token))

    def _said(self, token: Token | None, message: str, advice: str) -> tuple[str, str]:
        if token is not None and (file := self.files.get(token.source)):
            return f"in {file}:{self.inner(token)}: {message}", advice
        return message, advice
