"""Progress of a build: an interface whose methods are called from several threads."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives what a build does."""

    def step(self, path: str, number: int, total: int) -> None:
        """Report that a post's run begins step `number` of `total`, counted from 1."""

    def expected(self, path: str, seconds: float) -> None:
        """Report how long a post's run will take, as the last one did; 0: unknown."""

    def printed(self, path: str, line: str) -> None:
        """Report the last line that the running cell of a post has printed."""

    def ended(self, path: str, seconds: float, failed: bool) -> None:
        """Report that a post's run has ended."""

    def download(self, name: str, done: int, total: int) -> None:
        """Report the bytes of a download so far and in total; 0: unknown."""


class SilentProgress:
    """Reports nothing."""

    def step(self, path: str, number: int, total: int) -> None:
        """Do nothing."""

    def expected(self, path: str, seconds: float) -> None:
        """Do nothing."""

    def printed(self, path: str, line: str) -> None:
        """Do nothing."""

    def ended(self, path: str, seconds: float, failed: bool) -> None:
        """Do nothing."""

    def download(self, name: str, done: int, total: int) -> None:
        """Do nothing."""
