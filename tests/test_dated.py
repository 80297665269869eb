"""Posts with the releases of a day: resolved, locked with hashes, installed, found again."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from package_index import PackageIndex, only_index
from wheels import write_wheel

from evergreen.build.check_days import today
from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.content.post import parse_post
from evergreen.errors import EvergreenError
from evergreen.execution.environments import installer, resolver, venv
from evergreen.execution.environments.dated import DatedEnvironments
from evergreen.execution.environments.environments import Environments
from evergreen.execution.environments.installer import NotInstalled, find_uv
from evergreen.execution.environments.pylock import from_pip, parse_lock, without
from evergreen.execution.environments.venv import MADE
from evergreen.model import ExecuteOptions, Site
from evergreen.model.requirements import read_block

pytestmark = pytest.mark.skipif(
    not find_uv(), reason="uv is not installed (requirements-environments.txt)"
)

POST = """---
title: 那天
modified: {}
execute:
  requires: [eg_tiny]
  as_of: {}
---

```python
import eg_tiny
print("版本", eg_tiny.__version__)
```
"""
UPLOADED = {
    "eg_tiny-1.0": "2024-01-01",
    "eg_tiny-1.1": "2024-03-01",
    "eg_tiny-1.2": "2024-04-01",
    "eg_tiny-2.0": "2025-03-01",
    "eg_needy-1.0": "2024-02-01",
}


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PackageIndex]:
    """Serve an index with some releases of a package, as the only one; uv's cache is new."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for version in ("1.0", "1.1", "1.2", "2.0"):
        write_wheel(folder, "eg_tiny", version)
    write_wheel(folder, "eg_needy", "1.0", needs=("eg_tiny", "typing_extensions"))
    write_wheel(folder, "eg_untimed", "1.0")
    write_wheel(folder, "typing_extensions", "4.10.0")
    served = PackageIndex(folder, {**UPLOADED, "typing_extensions-4.10": "2024-02-01"})
    served.yanked.add("eg_tiny-1.2")
    with only_index(monkeypatch, served):
        yield served


def blog(root: Path, **posts: str) -> BuildOptions:
    """Write a blog with these posts of 2 March 2024."""
    (root / "posts").mkdir(parents=True, exist_ok=True)
    for name, text in posts.items():
        (root / "posts" / f"2024-03-02-{name}.md").write_text(text, "utf-8")
    return BuildOptions(root, root / "_site", Site(search=False))


def shown(build: BuildOptions, name: str) -> str:
    """Return the version that a post's page shows."""
    text = (build.output / name / "index.html").read_text("utf-8")
    return text.partition("版本 ")[2].partition("\n")[0]


def environments(build: BuildOptions) -> list[str]:
    """Return the folders of the dated environments."""
    return sorted(each.name for each in build.environments.glob("dated-*") if each.is_dir())


def provider(tmp_path: Path) -> DatedEnvironments:
    """Return dated environments in new folders."""
    return DatedEnvironments(tmp_path / "records", tmp_path / "environments")


def test_each_post_has_the_releases_of_its_day(tmp_path: Path, index: PackageIndex) -> None:
    """A day counts until its end; `date` is the later one of a post's dates; withdrawn releases do
    not count; equal locks share an environment; what is locked stays.
    """
    build = blog(
        tmp_path / "blog",
        early=POST.format("null", "2024-02-29"),
        day=POST.format("null", "2024-03-01"),
        own=POST.format("null", "date"),
        revised=POST.format("2025-04-01", "date"),
    )
    report = publish(build)
    assert ((), 4) == (report.problems, len(report.ran))
    versions = {name: shown(build, name) for name in ("early", "day", "own", "revised")}
    assert {"early": "1.0", "day": "1.1", "own": "1.1", "revised": "2.0"} == versions
    assert 3 == len(environments(build))
    about = (build.output / "day" / "index.html").read_text("utf-8")
    assert "with the releases of 1 March 2024" in about
    assert "pylock.day.toml" in about
    lock = parse_lock((build.output / "day" / "pylock.day.toml").read_text("utf-8"))
    assert {"eg-tiny": "1.1"} == lock.versions
    script = (build.output / "day" / "day.py").read_text("utf-8")
    assert ("eg-tiny==1.1",) == read_block(script).requires  # type: ignore[union-attr]
    notebook = json.loads((build.output / "day" / "day.ipynb").read_text("utf-8"))
    expected = {"as_of": "2024-03-01", "packages": ["eg-tiny==1.1"]}
    assert expected == notebook["metadata"]["evergreen"]
    index.uploaded["eg_tiny-2.0"] = "2024-01-02"
    assert () == publish(build).ran
    shutil.rmtree(build.environments)
    blog(build.root, day=POST.format("null", "2024-03-01") + "\n```python\n1\n```\n")
    assert 1 == len(publish(build).ran)
    assert "1.1" == shown(build, "day")


def test_packages_come_from_the_imports(tmp_path: Path, index: PackageIndex) -> None:
    """Without requirements the imports count, but only of modules whose package is known."""
    text = POST.replace("  requires: [eg_tiny]\n", "").format("null", "date")
    build = blog(tmp_path / "blog", a=text)
    message = "it is not known which package provides the module 'eg_tiny'"
    advice = "name the post's packages in 'execute: requires'"
    expected = [f"posts/2024-03-02-a.md:9: {message}: {advice}"]
    assert expected == [str(each) for each in publish(build).problems]
    assert [] == index.asked


def test_the_kernels_packages_are_not_replaced(tmp_path: Path, index: PackageIndex) -> None:
    """A release that is too old for the kernel is left out; the kernel's own is used instead."""
    made = provider(tmp_path).provide(("eg-needy",), "2024-02-29")
    assert {"eg-needy": "1.0", "eg-tiny": "1.0"} == made.versions


def test_the_lock_has_hashes(tmp_path: Path, index: PackageIndex) -> None:
    """A file whose content has changed since the lock is not installed."""
    found = provider(tmp_path)
    found.provide(("eg-tiny",), "2024-03-01")
    (lock,) = found.store.glob("locks/*/pylock.*.toml")
    head = "# Packages as of 2024-03-01: eg-tiny\n# Delete this file to resolve them anew.\n"
    assert lock.read_text("utf-8").startswith(head)
    (table,) = parse_lock(lock.read_text("utf-8")).packages
    wrong = lock.read_text("utf-8").replace(table["wheels"][0]["hashes"]["sha256"], "0" * 64)
    lock.write_text(wrong, "utf-8")
    with pytest.raises(NotInstalled, match="ash mismatch"):
        provider(tmp_path).provide(("eg-tiny",), "2024-03-01")


def test_without_the_index(
    tmp_path: Path, index: PackageIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is locked and in the installer's cache is installed without the index."""
    provider(tmp_path).provide(("eg-tiny",), "2024-03-01")
    shutil.rmtree(tmp_path / "environments")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple/")
    asked = len(index.asked)
    made = provider(tmp_path).provide(("eg-tiny",), "2024-03-01")
    assert ({"eg-tiny": "1.1"}, asked) == (made.versions, len(index.asked))


@pytest.mark.parametrize(
    ("requires", "day", "message"),
    [
        ("eg-untimed", "2024-03-01", "the package index does not tell when its files were upload"),
        ("eg-tiny", "2023-12-31", "no usable release of eg-tiny had been uploaded by 2023-12-31"),
        ("eg-tiny>1.1", "2024-06-01", "no usable release of eg-tiny had been uploaded by 2024-06"),
        ("eg-tiny", "9999-01-01", "'as_of' is 9999-01-01, a day in the future"),
        ("eg-nothing", "2024-06-01", "Because eg-nothing was not found in the package registry"),
        (
            "eg-tiny",
            "2022-01-01",
            "no usable release of eg-tiny had been uploaded by 2022-01-01 for Python 3.11, which",
        ),
    ],
)
def test_days_without_releases(
    tmp_path: Path, index: PackageIndex, requires: str, day: str, message: str
) -> None:
    """The reason is one line."""
    with pytest.raises(NotInstalled) as caught:
        provider(tmp_path).provide((requires,), day)
    assert caught.value.message.startswith(message), caught.value.message
    assert "\n" not in str(caught.value)


def test_an_index_that_does_not_answer(
    tmp_path: Path, index: PackageIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The published page stays, and one line says why the post was not run."""
    build = blog(tmp_path / "blog", a=POST.format("null", "2024-03-01"))
    publish(build)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple/")
    blog(build.root, a=POST.format("null", "2025-03-01"))
    (problem,) = publish(build).problems
    assert (5, True) == (problem.line, "the package index cannot be reached" in problem.message)
    assert "1.1" == shown(build, "a")


def test_folders_of_wheels_have_no_dates(
    tmp_path: Path, index: PackageIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wheels in a folder do not count, because nobody knows when they were uploaded."""
    monkeypatch.setenv("PIP_FIND_LINKS", str(index.wheels))
    made = provider(tmp_path).provide(("eg-tiny",), "2024-02-29")
    assert {"eg-tiny": "1.0"} == made.versions


def test_a_post_without_packages(tmp_path: Path, index: PackageIndex) -> None:
    """It has an environment without packages: those of the engine are not of its day."""
    code = "import importlib.util\nprint('版本', importlib.util.find_spec('jinja2'))"
    head = "---\ntitle: 空\nexecute: {as_of: 2024-03-01}\n---\n"
    build = blog(tmp_path / "blog", a=f"{head}\n```python\n{code}\n```\n")
    assert () == publish(build).problems
    assert ("None", []) == (shown(build, "a"), index.asked)


def test_the_lock_of_pip() -> None:
    """An installation report becomes a lock; credentials in URLs are left out."""
    info = {"url": "https://me:secret@a.example/A_b-1.0.whl", "archive_info": {"hashes": {}}}
    info["archive_info"] = {"hashes": {"sha256": "12"}}
    report = {"install": [{"metadata": {"name": "A_b", "version": "1.0"}, "download_info": info}]}
    lock = from_pip(report, "3.11.7")
    assert {"a-b": "1.0"} == lock.versions
    assert ("a-b==1.0 --hash=sha256:12",) == lock.pip_lines
    assert "https://a.example/A_b-1.0.whl" == lock.packages[0]["wheels"][0]["url"]
    assert () == without(lock, {"a-b"}).packages


def test_options_without_a_day_have_no_environment() -> None:
    """Requirements or a day make one."""
    options = ExecuteOptions(), ExecuteOptions(requires=("a",)), ExecuteOptions(as_of="2024-03-01")
    assert [False, True, True] == [each.has_environment for each in options]


@pytest.mark.parametrize(
    ("head", "day"),
    [
        ("execute: {as_of: 2024-03-01}", "2024-03-01"),
        ("execute: {as_of: '2024-03-01'}", "2024-03-01"),
        ("execute: {as_of: date}", "2024-03-02"),
        ("execute: {as_of: date}\nmodified: 2025-01-05", "2025-01-05"),
        ("execute: {as_of: date}\nmodified: 2023-01-05", "2024-03-02"),
        ("execute: {as_of: date}\ndate: 9999-01-01", today()),
        ("execute: {timeout: 3}", "2020-01-01"),
        ("execute: {as_of: false}", ""),
        ("", "2020-01-01"),
    ],
)
def test_days_of_posts(head: str, day: str) -> None:
    """A post has a day, that of its own dates, or that of the blog."""
    site = Site(execute=ExecuteOptions(as_of="2020-01-01"))
    post = parse_post("posts/2024-03-02-a.md", f"---\ntitle: 日\n{head}\n---\n".encode(), site)
    assert day == post.execute.as_of


@pytest.mark.parametrize("value", ["2024-02-30", "soon", "[a]", "2024"])
def test_wrong_days_of_posts(value: str) -> None:
    """The message is at the line of the key."""
    source = f"---\ntitle: 日\nexecute:\n  as_of: {value}\n---\n".encode()
    with pytest.raises(EvergreenError) as caught:
        parse_post("posts/2024-03-02-a.md", source, Site())
    assert (4, True) == (caught.value.problems[0].line, "as_of" in caught.value.problems[0].message)


def test_pruning_and_trimming(tmp_path: Path, index: PackageIndex) -> None:
    """The environments and locks of posts are kept by `prune`; checks remove the oldest ones."""
    found = Environments(tmp_path / "records", tmp_path / "environments", lambda *_: None)
    days = ("2024-02-29", "2024-03-01", "2025-03-01")
    made = [found.provide(("eg-tiny",), as_of=day).folder for day in days]
    found.prune([], [(("eg-tiny",), "2024-03-01"), (("eg-tiny",), "2025-03-01")])
    assert [False, True, True] == [each.exists() for each in made]
    assert 2 == len([*found.store.glob("locks/*/*")])
    os.utime(made[1] / MADE, (0, 0))
    content = (each.lstat().st_size for each in made[2].rglob("*") if not each.is_dir())
    found.dated.trim(sum(content) + 1)
    assert [False, False, True] == [each.exists() for each in made]


_PIP = int(metadata.version("pip").partition(".")[0])


@pytest.fixture
def without_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide uv, so that pip does its work."""
    for module in (installer, resolver, venv):
        monkeypatch.setattr(module, "find_uv", lambda: "")


@pytest.mark.skipif(_PIP < 26, reason="pip is older than 26")
@pytest.mark.usefixtures("index", "without_uv")
def test_pip_makes_the_environment_without_uv(tmp_path: Path) -> None:
    """It resolves as of the day, locks with hashes, and installs what is locked."""
    made = provider(tmp_path).provide(("eg_needy",), "2024-03-02")
    assert made.versions["eg-tiny"] == "1.1"
    lock = provider(tmp_path).lock(("eg_needy",), "2024-03-02")
    assert lock
    assert all("--hash=sha256:" in line for line in lock.pip_lines)
    assert provider(tmp_path).provide(("eg_tiny",), "2024-02-01").versions["eg-tiny"] == "1.0"


@pytest.mark.skipif(_PIP >= 26, reason="pip can choose releases by their date")
@pytest.mark.usefixtures("index", "without_uv")
def test_an_old_pip_is_told(tmp_path: Path) -> None:
    """It cannot choose by date; the message says what can."""
    with pytest.raises(NotInstalled, match="cannot choose releases by their date: install uv, or"):
        provider(tmp_path).provide(("eg_tiny",), "2024-03-02")
