"""Progress of a build: an interface whose methods are called from several threads."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives what a build does."""

    def step(self, path: str, number: int, total: int) -> None:
        """Report that a post's run begins step `number` of `total`, counted from 1."""

    def ended(self, path: str, seconds: float, failed: bool) -> None:
        """Report that a post's run has ended."""

    def download(self, name: str, done: int, total: int) -> None:
        """Report the bytes of a download so far and in total; 0: unknown."""


class SilentProgress:
    """Reports nothing."""

    def step(self, path: str, number: int, total: int) -> None:
        """Do nothing."""

    def ended(self, path: str, seconds: float, failed: bool) -> None:
        """Do nothing."""

    def download(self, name: str, done: int, total: int) -> None:
        """Do nothing."""
