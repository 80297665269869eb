"""What a build did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from evergreen.errors import Problem


@dataclass(frozen=True, slots=True)
class Report:
    """What a build did."""

    posts: int = 0
    pages: int = 0
    """Static ones, which are no posts."""
    ran: tuple[str, ...] = ()
    """Paths of the posts whose code ran."""
    reused: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    held_back: int = 0
    """Drafts, future and unpublished posts."""
    blocks: int = 0
    blocks_run: int = 0
    stand_ins: tuple[str, ...] = ()
    """Paths of the posts that ran on substitutes of their data."""
    cleaned: Mapping[str, int] = field(default_factory=dict)
    """What was dropped or replaced in the outputs of the posts that ran, by kind, and how often."""
    written: int = 0
    removed: int = 0
    seconds: float = 0.0
    problems: tuple[Problem, ...] = ()
