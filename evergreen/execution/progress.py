"""What a build tells while it works; who shows it is told by calls, from several threads."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Whom the stages tell."""

    def step(self, path: str, number: int, total: int) -> None:
        """A post's run begins step `number` of `total`, from 1."""

    def ended(self, path: str, seconds: float, failed: bool) -> None:
        """A post's run is over."""

    def download(self, name: str, done: int, total: int) -> None:
        """A file is being fetched: bytes so far and in all; 0: not known."""


class Silent:
    """Tells nobody."""

    def step(self, path: str, number: int, total: int) -> None:
        """Nothing."""

    def ended(self, path: str, seconds: float, failed: bool) -> None:
        """Nothing."""

    def download(self, name: str, done: int, total: int) -> None:
        """Nothing."""
