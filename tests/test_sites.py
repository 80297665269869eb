"""Whole blogs, from posts to pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import SITES, build_case, read_expected


@pytest.mark.parametrize("case", sorted(path.name for path in SITES.iterdir()))
def test_case_becomes_what_is_expected(case: str, tmp_path: Path) -> None:
    """Each folder of tests/sites builds to its expected pages and report."""
    assert read_expected(SITES / case) == build_case(SITES / case, tmp_path / "blog")
