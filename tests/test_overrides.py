"""Checks with other versions of packages, or in the sandbox."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from wheels import write_wheel

from evergreen.cli import main
from evergreen.execution.environments import locks
from evergreen.execution.environments.overrides import EnvironmentOverride, read_allowed
from evergreen.execution.kernels import sandbox

OWN = """---
title: 己
execute:
  requires: ["eg_tiny~=1.0"]
---

```python
import eg_tiny
print("值", eg_tiny.value)
```
"""
PLAIN = """---
title: 常
---

```python
import cycler
print(getattr(cycler, "value", "here"))
```
"""
FILES = {"2026-01-01-own.md": OWN, "2026-01-02-plain.md": PLAIN}


@pytest.fixture(scope="module")
def blog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published blog, and the wheels of its packages, with newer ones added later."""
    root = tmp_path_factory.mktemp("worlds")
    (root / "posts").mkdir()
    (root / "wheels").mkdir()
    (root / "site.toml").write_text("search = false\n")
    for name, text in FILES.items():
        (root / "posts" / name).write_text(text, "utf-8")
    write_wheel(root / "wheels", "eg_tiny", "1.0", {"eg_tiny.py": "value = 1\n"})
    with pytest.MonkeyPatch.context() as patch:
        _only(patch, root / "wheels")
        assert 0 == main(["--root", str(root), "--quiet"])
    write_wheel(root / "wheels", "eg_tiny", "1.1", {"eg_tiny.py": "value = 1.1\n"})
    write_wheel(root / "wheels", "eg_tiny", "2.0", {"eg_tiny.py": "import eg_gone\n"})
    write_wheel(root / "wheels", "cycler", "99.0", {"cycler.py": "value = 'new'\n"})
    return root


@pytest.fixture
def only_wheels(blog: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let installers use these wheels only."""
    _only(monkeypatch, blog / "wheels")


def _only(patch: pytest.MonkeyPatch, wheels: Path) -> None:
    patch.setenv("PIP_NO_INDEX", "1")
    patch.setenv("PIP_FIND_LINKS", str(wheels))
    patch.setenv("PIP_CONFIG_FILE", "/dev/null")
    patch.setattr("evergreen.execution.environments.installer.find_uv", lambda: "")


def check(root: Path, *arguments: str, capfd: pytest.CaptureFixture[str]) -> dict[str, str]:
    """Return the verdict on each post, by its slug, and the changed versions."""
    capfd.readouterr()
    main(["check", "--root", str(root), "--json", *arguments])
    found = json.loads(capfd.readouterr().out)
    verdicts = {post["path"][17:-3]: post["verdict"] for post in found["posts"]}
    return {**verdicts, "with": ", ".join(found["overrides"])}


@pytest.mark.slow
@pytest.mark.usefixtures("only_wheels")
def test_posts_that_would_break_or_drift(blog: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Each post has its own verdict; nothing published, installed or locked changes."""
    lock = locks.place(blog / ".cache/records", ("eg-tiny~=1.0",))
    before = lock.read_bytes()
    found = check(blog, "--with", "eg_tiny==2.0", "cycler==99.0", capfd=capfd)
    assert ("failed", "drifted") == (found["own"], found["plain"])
    assert "eg-tiny 2.0 (was 1.0)" in found["with"]
    assert "cycler 99.0" in found["with"]
    assert lock.read_bytes() == before
    found = check(blog, "--latest", capfd=capfd)
    assert ("drifted", "drifted") == (found["own"], found["plain"])
    assert "eg-tiny 1.1 (was 1.0)" in found["with"]
    assert {"own": "same", "plain": "same", "with": ""} == check(blog, capfd=capfd)


@pytest.mark.slow
@pytest.mark.usefixtures("only_wheels")
@pytest.mark.skipif(bool(sandbox.unavailable()), reason=sandbox.unavailable())
def test_untrusted(blog: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """In the sandbox posts give the same outputs."""
    found = check(blog, "--untrusted", capfd=capfd)
    assert {"own": "same", "plain": "same", "with": ""} == found


@pytest.mark.slow
@pytest.mark.usefixtures("only_wheels")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--with", "eg_nothing==1"], "--with: No matching distribution found for eg-nothing==1"),
        (["--with", "a b"], "--with: 'a b' is not a valid requirement"),
        (["--latest", "--accept"], "--accept: cannot be used with overrides"),
    ],
)
def test_overrides_that_are_not_possible(
    blog: Path, arguments: list[str], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """The error is one line with the exit code for wrong usage."""
    assert 2 == main(["check", "--root", str(blog), "--quiet", *arguments])
    said = capfd.readouterr().err.strip().splitlines()
    assert [True] == [line.startswith(message) for line in said]


def test_the_blogs_own_requirements(tmp_path: Path) -> None:
    """The requirements in requirements.txt limit the newest versions."""
    text = "-r more.txt\n# x\nNumpy>=2,<3  # why\n--hash=sha256:1\npandas==3.0\n"
    (tmp_path / "requirements.txt").write_text(text)
    assert ("numpy<3,>=2", "pandas==3.0") == read_allowed(tmp_path)
    assert () == read_allowed(tmp_path / "nothing")


def test_the_sandbox_changes_no_package() -> None:
    """Only versions change packages, not the sandbox."""
    assert EnvironmentOverride(untrusted=True).is_here
    assert not EnvironmentOverride(newest=True).is_here
