"""A build's progress as plain lines."""

from __future__ import annotations

import sys
import threading
import time

QUIET_SECONDS = 5
"""Between two lines about one post."""


class Lines:
    """Shows progress as plain lines."""

    def __init__(self) -> None:
        self.starts: dict[str, float] = {}
        self.told: dict[str, float] = {}
        self.lock = threading.Lock()

    def step(self, path: str, number: int, total: int) -> None:
        """Tell now and then which step of a post runs."""
        with self.lock:
            now = time.monotonic()
            elapsed = now - self.starts.setdefault(path, now)
            if number == 1 or now - self.told[path] >= QUIET_SECONDS:
                self.told[path] = now
                self.say(f"{path}: cell {number} of {total}, {elapsed:.0f} s")

    def ended(self, path: str, seconds: float, failed: bool) -> None:
        """Say that a post's run is over."""
        with self.lock:
            self.say(f"{path}: {'failed after' if failed else 'ran in'} {seconds:.1f} s")

    def download(self, name: str, done: int, total: int) -> None:
        """Say that a file is fetched."""
        with self.lock:
            if name not in self.told:
                self.told[name] = time.monotonic()
                self.say(f"fetching {name}")

    def say(self, text: str) -> None:
        """Write a line."""
        print(text.encode("utf-8", "replace").decode(), file=sys.stderr, flush=True)
