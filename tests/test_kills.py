"""Builds killed at any moment: the site is the old one or the new one, never a mixture."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build.py"
KILLS = int(os.environ.get("EVERGREEN_KILLS", "12"))
POSTS = 300

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900 + 15 * KILLS)]


def write_posts(root: Path, version: str) -> None:
    """Write all posts, with a word that names the version."""
    (root / "posts").mkdir(parents=True, exist_ok=True)
    for number in range(POSTS):
        text = (
            f"---\ntitle: 文 {number}\ntags: [t{number % 7}]\n---\n\n第 {version} 版，{number}。\n"
        )
        (root / f"posts/2020-01-01-p{number}.md").write_text(text, "utf-8")


def start(root: Path, output: Path) -> subprocess.Popen[bytes]:
    """Start a build in its own process group."""
    command = [sys.executable, str(BUILD), "--root", str(root), "--output", str(output), "--quiet"]
    return subprocess.Popen(command, start_new_session=True)


def tree(output: Path) -> dict[str, bytes]:
    """Return every page, feed and style sheet of the site."""
    return {
        path.relative_to(output).as_posix(): path.read_bytes()
        for path in output.rglob("*")
        if path.is_file() and path.name != ".evergreen"
    }


def test_killed_builds_leave_the_old_site_or_the_new_one(tmp_path: Path) -> None:
    """The site is one of the two, and the next build equals a clean one."""
    root, site = tmp_path / "blog", tmp_path / "blog/_site"
    chance = random.Random(7)
    write_posts(root, "0")
    begin = time.monotonic()
    assert 0 == start(root, site).wait()
    whole = time.monotonic() - begin
    old = tree(site)
    for number in range(1, KILLS + 1):
        write_posts(root, str(number))
        building = start(root, site)
        time.sleep(chance.uniform(0, 1.1 * whole))
        if building.poll() is None:
            os.killpg(building.pid, signal.SIGKILL)
        building.wait()
        found = tree(site)
        assert 0 == start(root, site).wait()
        new = tree(site)
        assert found in (old, new), number
        if number % 10 == 0:
            assert 0 == start_clean(root, tmp_path / "clean")
            assert tree(tmp_path / "clean/_site") == new
        old = new


def start_clean(root: Path, folder: Path) -> int:
    """Build a copy of the sources without a cache; return the exit code."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(root, folder, ignore=shutil.ignore_patterns(".cache", "*_site*"))
    return start(folder, folder / "_site").wait()
