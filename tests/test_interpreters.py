"""The installed kernels."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Write

from evergreen.records.interpreters import kernel_names

BUILD = Path(__file__).parent.parent / "build.py"
R_ONLY = "---\ntitle: 一\n---\n\n```{r}\nprint('由内核算出')\n```\n"


def install(folder: Path, name: str, language: str = "R") -> None:
    """Install a kernel with this name; ipykernel stands for every language."""
    (folder / "kernels" / name).mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": name, "language": language}
    (folder / "kernels" / name / "kernel.json").write_text(json.dumps(spec))


def test_the_names_are_those_that_jupyter_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its variables' folders, those of the user and of the environment."""
    for variable in ("JUPYTER_PATH", "JUPYTER_DATA_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
        install(tmp_path / variable, f"k-{variable.lower()}")
    (tmp_path / "JUPYTER_PATH/kernels/empty").mkdir()
    found = subprocess.run(
        [sys.executable, "-m", "jupyter_client.kernelspecapp", "list", "--json"],
        capture_output=True,
        check=True,
    )
    assert {*json.loads(found.stdout)["kernelspecs"]} == {*kernel_names()}


def test_code_runs_when_its_kernel_is_installed_later(write_blog: Write, tmp_path: Path) -> None:
    """The page that says that it was not run is made anew."""
    root = write_blog({"posts/2026-01-01-甲.qmd": R_ONLY})
    page = root / "_site" / "甲" / "index.html"

    def build() -> str:
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LANG": "C.UTF-8"}
        environment["JUPYTER_PATH"] = str(tmp_path / "jupyter")
        command = [sys.executable, str(BUILD), "--root", str(root)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return page.read_text("utf-8")

    assert "<pre" in build() and 'class="output' not in page.read_text("utf-8")
    install(tmp_path / "jupyter", "ir")
    assert 'class="output' in build()
