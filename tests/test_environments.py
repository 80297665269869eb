"""Posts with their own environments: made, locked, found again; messages of installers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from wheels import write_wheel

from evergreen.build.forecast import forecast
from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.cli import main
from evergreen.errors import Problem
from evergreen.execution.environments import kernel, locks
from evergreen.execution.environments.environments import Environments
from evergreen.execution.environments.installer import NotInstalled, last_sentence
from evergreen.model import Report, Site

POST = """---
title: 环境
execute:
  requires: ["{}"]
---

```python
import eg_tiny
print("版本", eg_tiny.__version__)
```
"""
BLOCK = """---
title: 二
---

```python
# /// script
# dependencies = ["eg_tiny==1.0"]
# ///
import eg_tiny, importlib.util, sys
print("版本", eg_tiny.__version__, importlib.util.find_spec("jinja2"), sys.prefix)
!python -c "import eg_tiny; print(eg_tiny.__file__)"
```
"""


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of wheels, the only source for installers."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setattr("evergreen.execution.environments.installer.find_uv", lambda: "")
    write_wheel(folder, "eg_tiny", "1.0")
    return folder


def blog(root: Path, **posts: str) -> BuildOptions:
    """Write a blog with these posts."""
    (root / "posts").mkdir(parents=True, exist_ok=True)
    for name, text in posts.items():
        (root / "posts" / f"2026-01-01-{name}.md").write_text(text, "utf-8")
    return BuildOptions(root, root / "_site", Site(search=False))


def run(build: BuildOptions) -> Report:
    """Build the blog and check that there are no errors."""
    report = publish(build)
    assert () == report.problems
    return report


def page(build: BuildOptions, name: str) -> str:
    """Return the text of a post's page."""
    return (build.output / name / "index.html").read_text("utf-8")


def test_posts_with_different_stacks_build_side_by_side(tmp_path: Path, wheels: Path) -> None:
    """Each post finds its own versions and none of the engine's packages; locked versions are
    reused.
    """
    write_wheel(wheels, "eg_tiny", "1.1")
    build = blog(tmp_path / "blog", a=POST.format("eg_tiny~=1.0"), b=BLOCK)
    assert 2 == len(run(build).ran)
    assert ["版本 1.1" in page(build, "a"), "版本 1.0 None" in page(build, "b")] == [True, True]
    lock = locks.place(build.store, ("eg-tiny~=1.0",))
    assert {"eg-tiny": "1.1"} == locks.read(lock)
    write_wheel(wheels, "eg_tiny", "1.2")
    shutil.rmtree(build.environments)
    assert {*()} == {post.reason for post in forecast(build).posts if post.runs}
    assert () == run(build).ran
    blog(build.root, a=POST.format("eg_tiny~=1.0") + "\n```py\n1\n```\n")
    assert 1 == len(run(build).ran)
    assert "版本 1.1" in page(build, "a")
    lock.unlink()
    assert 1 == len(run(build).ran)
    assert "版本 1.2" in page(build, "a")


def test_a_removed_environment_makes_nothing_stale(tmp_path: Path, wheels: Path) -> None:
    """Whatever a post asked of its environment's files, the lock determines them."""
    code = (
        "import os, sys\n!eg-none 2>&1 | wc -l\n"
        "print(os.path.isdir(f'{sys.prefix}/bin'), os.path.exists(f'{sys.prefix}/bin/没有'),\n"
        "      sorted(os.listdir(sys.prefix)), len(os.listdir(f'{sys.prefix}/bin')) > 0)"
    )
    post = POST.format("eg_tiny==1.0").replace("import eg_tiny\n", f"import eg_tiny\n{code}\n")
    build = blog(tmp_path / "blog", a=post)
    assert 1 == len(run(build).ran)
    shutil.rmtree(build.environments)
    assert {*()} == {post.reason for post in forecast(build).posts if post.runs}


def test_a_page_names_no_folder_of_the_machine(tmp_path: Path, wheels: Path) -> None:
    """Neither the environment's, as modules tell it, nor the blog's."""
    code = (
        "import eg_tiny, sys\nprint(eg_tiny.__file__, sys.prefix, sys.executable, sys.path)\n1 / 0"
    )
    post = POST.replace('import eg_tiny\nprint("版本", eg_tiny.__version__)', code)
    head = "execute:\n  allow_errors: true\n"
    build = blog(tmp_path, a=post.format("eg_tiny==1.0").replace("execute:\n", head))
    run(build)
    shown = page(build, "a")
    assert (True, False) == ("eg_tiny.py" in shown, str(tmp_path) in shown)


def test_a_plan_makes_nothing(tmp_path: Path, wheels: Path) -> None:
    """Planning a build installs nothing."""
    build = blog(tmp_path / "blog", a=POST.format("eg_tiny"))
    expected_runs = forecast(build)
    assert [True] == [post.runs for post in expected_runs.posts]
    assert not build.environments.exists()


def test_a_package_that_cannot_be_installed(tmp_path: Path, wheels: Path) -> None:
    """One line at the post has the installer's last sentence; the next post is built."""
    build = blog(tmp_path / "blog", a=POST.format("eg_tiny==9"), b="---\ntitle: b\n---\n文\n")
    report = publish(build)
    message = "No matching distribution found for eg-tiny==9: fix the requirement"
    assert [f"posts/2026-01-01-a.md:4: {message}"] == [str(each) for each in report.problems]
    assert 1 == report.posts


def test_requirements_that_exclude_each_other(tmp_path: Path, wheels: Path) -> None:
    """The message is the line of pip's output that names the conflict."""
    write_wheel(wheels, "eg_tiny", "3.0")
    write_wheel(wheels, "eg_needy", "1.0", needs=("eg_tiny>2",))
    environments = Environments(tmp_path / "records", tmp_path / "environments")
    with pytest.raises(NotInstalled) as caught:
        environments.provide(("eg-needy", "eg-tiny==1.0"))
    assert caught.value.message.startswith("Cannot install eg-needy==1.0 and eg-tiny==1.0")


def test_without_a_network(tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says that the index cannot be reached."""
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    environments = Environments(tmp_path / "records", tmp_path / "environments")
    with pytest.raises(NotInstalled, match="cannot be reached: No matching distribution found"):
        environments.provide(("eg-far",))


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (POST.format("numpy=1"), 4, "'numpy=1' is not a valid requirement"),
        (BLOCK.replace("==1.0", "=1"), 7, "'eg_tiny=1' is not a valid requirement"),
        (
            BLOCK.replace("---\n\n", "execute: {requires: [a]}\n---\n\n", 1),
            8,
            "the post's requirements are here and in its front matter",
        ),
    ],
)
def test_faults(tmp_path: Path, text: str, line: int, message: str) -> None:
    """An error in a post's requirements is reported at its line."""
    (problem,) = publish(blog(tmp_path / "blog", a=text)).problems
    assert (line, message) == (problem.line, problem.message)


def test_urls_are_refused_in_the_sandbox(tmp_path: Path, wheels: Path) -> None:
    """A package from a URL could run its build code outside the sandbox."""
    environments = Environments(tmp_path / "records", tmp_path / "environments")
    with pytest.raises(NotInstalled, match="is not a package name"):
        environments.provide((f"eg-tiny @ file://{wheels}/x.whl",), wheels_only=True)


def test_a_setting_for_all_posts(tmp_path: Path, wheels: Path) -> None:
    """site.toml may contain requirements of all posts."""
    root = tmp_path / "blog"
    blog(root, a=BLOCK.replace("# /// script", "#").replace("# ///", "#"))
    (root / "site.toml").write_text('search = false\n[execute]\nrequires = ["eg_tiny"]\n')
    assert 0 == main(["--root", str(root), "--quiet"])


def test_a_lock_of_another_system(tmp_path: Path, wheels: Path) -> None:
    """A system without a lock uses the versions of another system's lock if possible."""
    write_wheel(wheels, "eg_tiny", "1.5")
    lock = locks.place(tmp_path / "records", ("eg-tiny",))
    locks.write(lock.with_name("plan9.txt"), ("eg-tiny",), {"eg-tiny": "1.0"})
    made = Environments(tmp_path / "records", tmp_path / "made").provide(("eg-tiny",))
    assert {"eg-tiny": "1.0"} == made.versions


def test_pruning(tmp_path: Path) -> None:
    """Environments that a post needs and the kernel's packages are kept; others are removed."""
    environments = Environments(tmp_path / "records", tmp_path / "made")
    for requires in (("a",), ("b",)):
        locks.write(locks.place(environments.store, requires), requires, {"a": "1"})
    for name in ("override-1", "kernel-1"):
        (environments.folder / name).mkdir(parents=True)
    environments.prune([("a",)])
    assert {"a": "1"} == locks.read(locks.place(environments.store, ("a",)))
    assert {} == locks.read(locks.place(environments.store, ("b",)))
    assert ["kernel-1"] == [each.name for each in environments.folder.iterdir()]


def test_packages_of_a_kernel(tmp_path: Path) -> None:
    """Exactly ipykernel and its requirements are linked."""
    place = kernel.link_packages(tmp_path)
    assert {"ipykernel", "IPython", "zmq"} <= {each.name for each in place.iterdir()}
    assert not (place / "jinja2").exists()
    assert kernel.link_packages(tmp_path) == place


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            "ERROR: Could not find a version\nERROR: No matching distribution found for a==9\n",
            "No matching distribution found for a==9",
        ),
        (
            "ERROR: Cannot install a and b because of c.\nERROR: ResolutionImpossible: see x\n",
            "Cannot install a and b because of c",
        ),
        (
            "  × No solution found when resolving:\n  ╰─▶ Because a==9 is not there\n"
            "      and you require a==9, you cannot have it.\n",
            "Because a==9 is not there and you require a==9, you cannot have it",
        ),
        (
            "error: No solution found when resolving\n  cause: Because there is no a==9,\n"
            "      you cannot have it.\n  cause: another\n",
            "Because there is no a==9, you cannot have it",
        ),
        ("Killed\n", "Killed"),
        ("", "no answer"),
    ],
)
def test_last_sentences(said: str, sentence: str) -> None:
    """The last sentence of pip or uv that names the cause is found."""
    assert sentence == last_sentence(said)


def test_a_problem_is_one_line() -> None:
    """The message of NotInstalled is one line."""
    error = NotInstalled("没有 a", "mend it")
    assert "p.md:1: 没有 a: mend it" == str(Problem("p.md", 1, 0, error.message, error.advice))
