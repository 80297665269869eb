"""A new blog, from `init` to the site that its own workflow publishes on another machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

BUILD = Path(__file__).parent.parent / "build.py"
SLUGS = {"en": "shared-birthdays", "zh": "同一天生日"}
ADDRESS = "https://me.github.io/my-blog"
"""What GitHub's configuration of Pages says."""


def run(*command: str | Path, cwd: Path, env: Mapping[str, str]) -> str:
    """What a command prints that ends well."""
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


def fresh(folder: Path, **variables: str) -> dict[str, str]:
    """The environment of somebody who has just got this machine."""
    folder.mkdir()
    path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
    return {"HOME": str(folder), "PATH": path, "LANG": "C.UTF-8", **variables}


def other_python(folder: Path) -> Path:
    """A virtual environment without the engine; what it requires is found without an index."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    places = {"base": str(folder), "platbase": str(folder)}
    site = Path(sysconfig.get_path("purelib", "venv", places))
    (site / "ours.pth").write_text(sysconfig.get_paths()["purelib"])
    return folder / "bin"


def run_steps(job: str, blog: Path, env: Mapping[str, str]) -> str:
    """What the commands of a job of the blog's publishing workflow print."""
    workflow = yaml.safe_load((blog / ".github/workflows/publish.yml").read_text("utf-8"))
    said = ""
    for step in workflow["jobs"][job]["steps"]:
        given = {name: _known(text) for name, text in step.get("env", {}).items()}
        if "run" in step:
            said += run("bash", "-ec", step["run"], cwd=blog, env={**env, **given})
    return said


def _known(text: str) -> str:
    return text.replace("${{ needs.address.outputs.url }}", ADDRESS)


@pytest.mark.slow
@pytest.mark.parametrize("lang", SLUGS)
def test_a_new_blog_is_published_by_its_workflow(lang: str, tmp_path: Path) -> None:
    """From a clone, in another Python, at the address that GitHub gives it; nothing of the machine
    on which it was made is in it."""
    home, made = fresh(tmp_path / "家"), tmp_path / "我的 blog"
    run(sys.executable, BUILD, "init", made, "--lang", lang, cwd=tmp_path, env=home)
    author = ("-c", "user.name=A", "-c", "user.email=a@b.example")
    run("git", "init", "-q", "-b", "main", cwd=made, env=home)
    run("git", "add", "-A", cwd=made, env=home)
    run("git", *author, "commit", "-q", "-m", "A new blog", cwd=made, env=home)
    clone = tmp_path / "runner" / "my-blog"
    run("git", "clone", "-q", made, clone, cwd=tmp_path, env=home)
    python = other_python(tmp_path / "venv")
    github = {"PIP_NO_INDEX": "1", "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(clone)}
    runner = fresh(tmp_path / "runner home", **github)
    runner["PATH"] = f"{python}:{runner['PATH']}"
    assert "1 post: 1 published" in run_steps("build", clone, runner)
    page = (clone / "_site" / SLUGS[lang] / "index.html").read_text("utf-8")
    assert re.search(rf'rel="canonical" href="{ADDRESS}/[^"]+"', page)
    assert 'href="/my-blog/' in page
    files = [path for path in clone.rglob("*") if path.is_file() and ".git" not in path.parts]
    held = [path for path in files if ".cache" not in path.parts and _names(path, BUILD.parent)]
    assert [] == held


def _names(path: Path, folder: Path) -> bool:
    return os.fsencode(folder) in path.read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("lang", SLUGS)
def test_the_commands_that_init_prints_work(lang: str, tmp_path: Path) -> None:
    """The first two show the blog, with the Python that made it."""
    env = fresh(tmp_path / "home")
    said = run(sys.executable, BUILD, "init", "a blog", "--lang", lang, cwd=tmp_path, env=env)
    go, serve = re.findall(r"^    (\S.*)$", said, re.M)[:2]
    build = serve.replace("build.py serve", "build.py publish")
    assert "1 post: 1 published" in run("bash", "-ec", f"{go}\n{build}", cwd=tmp_path, env=env)
