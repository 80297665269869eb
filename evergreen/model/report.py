"""Result of a build."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from evergreen.errors import Problem


@dataclass(frozen=True, slots=True)
class Report:
    """Result of a build."""

    posts: int = 0
    pages: int = 0
    """Number of static pages."""
    ran: tuple[str, ...] = ()
    """Paths of the posts whose code ran."""
    reused: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    held_back: int = 0
    """Number of drafts, future and unpublished posts."""
    blocks: int = 0
    blocks_run: int = 0
    stand_ins: tuple[str, ...] = ()
    """Paths of the posts that ran on substitute data."""
    cleaned: Mapping[str, int] = field(default_factory=dict)
    """Number of parts that were dropped from the outputs or replaced, by kind."""
    written: int = 0
    removed: int = 0
    seconds: float = 0.0
    problems: tuple[Problem, ...] = ()
