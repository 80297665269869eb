"""The documentation: a blog whose posts run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.inventories import FOLDER, PLACES, inventory
from tools.manual import PAGE, manual

ROOT = Path(__file__).parent.parent


def test_the_page_of_settings_is_up_to_date() -> None:
    """`python -m tools.manual` writes the page."""
    assert manual() == PAGE.read_text("utf-8")


def test_the_inventories_are_up_to_date() -> None:
    """`python -m tools.inventories` writes them."""
    assert {name: inventory(name) for name in PLACES} == {
        path.stem: path.read_bytes() for path in FOLDER.iterdir()
    }


@pytest.mark.slow
def test_it_builds_and_checks(tmp_path: Path) -> None:
    """Every post runs, is reproduced by a check, and has no broken links."""
    blog = tmp_path / "docs"
    shutil.copytree(ROOT / "docs", blog, ignore=shutil.ignore_patterns("_site", ".cache"))

    def build(*words: str) -> dict[str, object]:
        command = [sys.executable, ROOT / "build.py", "--root", blog, "--json", *words]
        environment = {**os.environ, "EVERGREEN_URL": "https://docs.example"}
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        assert 0 == done.returncode, done.stdout + done.stderr
        report: dict[str, object] = json.loads(done.stdout)
        return report

    published = build()
    assert (13, 3) == (published["posts"], published["pages"])
    assert ([], []) == (published["failed"], published["problems"])
    checked = build("check")
    assert {"same"} == {post["verdict"] for post in checked["posts"]}  # type: ignore[attr-defined]
