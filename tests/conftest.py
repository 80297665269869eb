"""Fixtures of all tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no failure, and a failure must come again.
settings.register_profile("evergreen", deadline=None, derandomize=True)
settings.load_profile("evergreen")

Write = Callable[[Mapping[str, str]], Path]

SLOW_SECONDS = 900
"""Time limit of a slow test: some take minutes even where nothing else runs."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give slow tests their own time limit, unless they have one."""
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SLOW_SECONDS))


@pytest.fixture
def write_blog(tmp_path: Path) -> Write:
    """Write files by their paths in a new blog; return the blog's folder."""

    def write(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / "blog" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return tmp_path / "blog"

    return write
