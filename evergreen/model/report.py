"""Result of a build."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from evergreen.dataclass import dataclass
from evergreen.errors import Problem


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A post that is not published yet, and why."""

    path: str
    reason: Literal["draft", "unpublished", "future"]
    day: str = ""
    """When a future post appears: `2031-01-01` or `2031-01-01 18:00`."""


@dataclass(frozen=True, slots=True)
class Report:
    """Result of a build."""

    posts: int = 0
    """Number of posts that are published as they are now."""
    pages: int = 0
    """Number of static pages that are published."""
    missing_pages: int = 0
    """Number of static pages that failed or are held back."""
    ran: tuple[str, ...] = ()
    """Paths of the posts whose code ran."""
    reused: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    held_back: tuple[HeldBack, ...] = ()
    blocks: int = 0
    """Number of the published posts' code blocks in the language that runs."""
    blocks_run: int = 0
    """Number of these blocks that ran, in this build or before."""
    stand_ins: tuple[str, ...] = ()
    """Paths of the posts that ran on substitute data."""
    cleaned: Mapping[str, int] = field(default_factory=dict)
    """Number of parts that were dropped from the outputs or replaced, by kind."""
    written: int = 0
    removed: int = 0
    written_files: tuple[str, ...] = ()
    """Paths of the files of the site that were written."""
    removed_files: tuple[str, ...] = ()
    remade: Mapping[str, str] = field(default_factory=dict)
    """Why pages were made again, by the paths of their posts."""
    seconds: float = 0.0
    problems: tuple[Problem, ...] = ()
