"""A Chromium-based browser without window and network, for what only a browser can draw."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

_BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",
    "--disable-extensions",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--virtual-time-budget=20000",
)


def find_browser() -> str:
    """Return a Chromium-based browser; "" if there is none."""
    named = os.environ.get("CHROME_PATH", "")
    return next(filter(None, map(shutil.which, filter(None, (named, *_BROWSERS)))), "")


def browse(
    browser: str, flags: Iterable[str], page: Path, seconds: float
) -> subprocess.CompletedProcess[bytes]:
    """Open a file in a browser whose profile is beside it, and return what the browser printed.

    Raises OSError or SubprocessError.
    """
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    profile = f"--user-data-dir={page.parent / 'profile'}"
    return subprocess.run(
        [browser, *_FLAGS, *flags, *root, profile, page.as_uri()],
        capture_output=True,
        timeout=seconds,
    )
