"""A Python without the engine's packages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BUILD = Path(__file__).parent.parent / "build.py"


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A blog's folder, and beside it a Python that has nothing installed."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    (tmp_path / "博客" / "posts").mkdir(parents=True)
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "build.py").symlink_to(BUILD)  # no virtual environment is beside it
    (tmp_path / "博客" / "posts" / "2026-01-01-a.md").write_text("---\ntitle: a\n---\n")
    return tmp_path / "bare" / "bin" / "python"


def said(python: Path, *arguments: str) -> tuple[int, str]:
    """The exit code and what it prints on the standard error, run in the blog's folder."""
    command = [python, "-B", _engine(python), "--root", ".", *arguments]
    blog = python.parents[2] / "博客"
    done = subprocess.run(command, cwd=blog, capture_output=True, text=True)
    return done.returncode, done.stderr


def _engine(python: Path) -> Path:
    return python.parents[2] / "engine" / "build.py"


@pytest.mark.parametrize("command", ["publish", "serve", "check", "why"])
def test_the_python_of_the_blog_is_named(command: str, bare: Path) -> None:
    """Where the blog has a virtual environment, the whole command is given as it is to be typed."""
    (bare.parents[2] / "博客" / ".venv").symlink_to(sys.prefix)
    code, text = said(bare, command)
    assert 2 == code
    assert f": run '.venv/bin/python {_engine(bare)} --root . {command}'\n" in text


def test_what_is_to_be_installed_is_named(bare: Path) -> None:
    """Without one, and in a virtual environment already, its requirements."""
    (bare.parents[2] / "博客" / "requirements.txt").write_text("evergreen-blog\n")
    code, text = said(bare, "publish")
    assert (2, True) == (code, f"{bare}: has no package '" in text)
    assert f"run '{bare} -m pip install -r requirements.txt'\n" in text


def test_nothing_is_called_a_bug(bare: Path) -> None:
    """One line, no log."""
    _, text = said(bare, "publish")
    assert (1, False) == (text.count("\n"), "a bug in Evergreen" in text)
