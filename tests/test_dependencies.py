"""Facts of a finished run: what it saw, not what exists afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from reuse_blog import put

from evergreen.execution.dependencies import declared, observed, unobserved
from evergreen.execution.in_kernel import probe
from evergreen.execution.job import Job
from evergreen.execution.kernels.uses import ASKED, LISTED, MADE, READ, stamp_of
from evergreen.execution.trace import Trace, Use, with_python
from evergreen.execution.traced import outside
from evergreen.execution.workspace import Workspace, open_workspace
from evergreen.model import Cell, ExecuteOptions, Notebook
from evergreen.records.facts import (
    BY_HOOKS,
    CHANGED_WHILE_RUNNING,
    NOT_OBSERVED,
    FactLookup,
    first_difference,
)
from evergreen.records.machine import FOLDER, Machine, digest_names
from evergreen.records.variables import PYTHON

REPORT: dict[str, Any] = {
    "python": Machine().value("python"),
    "platform": Machine().value("platform"),
    "path": [],
    "modules": {},
    "before": {},
    "named": [],
    "missing": [],
    "asked": {},
    "outside": {},
    "young": {},
    "listed": {},
    "searched": {},
    "listings": {},
    "loaded": {},
    "preloaded": {},
    "variables": [],
    "found": [],
    "distributions": [],
    "entry_points": [],
}
USUAL = {"startup *", BY_HOOKS, "python", "platform", *(f"variable {name}" for name in PYTHON)}
OLD = sha256("旧".encode()).hexdigest()


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """Return a job whose post has some files beside it."""
    for name in ("数.csv", "闲.csv", "夹/一.txt", "lib/plots.py", "甲.md", "丙/index.md"):
        put(tmp_path / "blog/posts" / name, "旧")
    notebook = Notebook((Cell("1", 1),))
    root, posts = tmp_path / "blog", frozenset({"甲.md", "丙"})
    return Job("posts/甲.md", notebook, ExecuteOptions(), root / "posts", posts, root=root)


class Ran:
    """A finished run: its facts, and the present values."""

    def __init__(self, job: Job, workspace: Workspace) -> None:
        self.job, self.workspace = job, workspace

    def facts(self, **entries: object) -> dict[str, str]:
        """Return the facts, without those that every run has."""
        found = observed(self.job, self.workspace, {**REPORT, **entries})
        here = FactLookup(self.job.bundle, self.job.root, posts=self.job.posts)  # type: ignore[arg-type]
        self.difference = first_difference(found, here)
        return {fact: value for fact, value in found.items() if fact not in USUAL}


@contextmanager
def run(job: Job) -> Iterator[Ran]:
    """Yield a run's folder to act in."""
    with open_workspace(job) as workspace:
        yield Ran(job, workspace)


def test_a_run_that_uses_nothing(job: Job) -> None:
    """A run that uses nothing depends on the interpreter and the platform only."""
    with run(job) as ran:
        assert {} == ran.facts()


def test_files_that_were_read(job: Job) -> None:
    """A file that was read or searched for has the hash of its copy; a missing one has none."""
    with run(job) as ran:
        (ran.workspace.cwd / "数.csv").read_bytes()
        asked = {"夹/一.txt": True, "夹": True, "无.csv": False}
        expected = {"file 数.csv": OLD, "file 夹/一.txt": OLD, "file 夹": FOLDER, "file 无.csv": ""}
        assert expected == ran.facts(asked=asked)
        assert None is ran.difference


def test_files_made_by_the_run_are_not_facts(job: Job) -> None:
    """Files that the run made, posts and declared data are not file facts."""
    with run(job) as ran:
        (ran.workspace.cwd / "新.txt").write_text("新")
        asked = {"新.txt": True, "甲.md": False, "丙/图.png": False, "lib/__pycache__": False}
        assert {} == ran.facts(asked=asked)


def test_a_file_that_was_rewritten(job: Job) -> None:
    """A file that the run rewrote has the hash of the original copy."""
    with run(job) as ran:
        (ran.workspace.cwd / "数.csv").write_text("新的内容")
        (ran.workspace.cwd / "闲.csv").unlink()
        assert {"file 数.csv": OLD, "file 闲.csv": OLD} == ran.facts()
        assert None is ran.difference


def test_a_source_that_was_edited_meanwhile(job: Job, tmp_path: Path) -> None:
    """The record has the content that the run saw, so it is not valid for the new content."""
    with run(job) as ran:
        (ran.workspace.cwd / "数.csv").read_bytes()
        put(tmp_path / "blog/posts/数.csv", "新")
        assert {"file 数.csv": OLD} == ran.facts()
        assert ran.difference is not None


def test_a_source_that_was_edited_while_its_copy_was_rewritten(job: Job, tmp_path: Path) -> None:
    """If the content that the run saw is lost, the record is never valid."""
    with run(job) as ran:
        (ran.workspace.cwd / "数.csv").write_text("改")
        put(tmp_path / "blog/posts/数.csv", "另外的新内容")
        assert {"file 数.csv": CHANGED_WHILE_RUNNING} == ran.facts()


def test_folders_that_were_listed(job: Job, tmp_path: Path) -> None:
    """A listed folder has the hash of the names that the run saw; one that it made has none."""
    with run(job) as ran:
        put(tmp_path / "blog/posts/夹/二.txt", "")
        os.listdir(ran.workspace.cwd)
        names = digest_names(["lib/", "夹/", "数.csv", "闲.csv"])
        expected = {"folder .": names, "folder 夹": digest_names(["一.txt"]), "folder 出": ""}
        assert expected == ran.facts(listed={"夹": True, "出": False})
        assert ("folder 夹", digest_names(["一.txt"])) == ran.difference[:2]  # type: ignore[index]


def test_modules_that_were_searched_for(job: Job, tmp_path: Path) -> None:
    """Each module has its files in the folder; a new file that would shadow it is a difference."""
    with run(job) as ran:
        searched = {".": ["numpy", "lib"], "lib": ["plots"], "出": []}
        expected = {"beside .": "lib=lib:bare numpy", "beside lib": "plots=plots.py"}
        assert expected == ran.facts(searched=searched)
        assert None is ran.difference
        put(tmp_path / "blog/posts/numpy/__init__.py", "")
        ran.facts(searched=searched)
        assert ("beside .", "lib=lib:bare numpy", "lib=lib:bare numpy=numpy") == ran.difference


def test_a_folder_of_modules_that_becomes_a_package(job: Job, tmp_path: Path) -> None:
    """The import runs its new `__init__`, wherever the folder is."""
    folders = {"blog/posts": "beside .", "blog/库": "beside ../库", "外": f"modules {tmp_path}/外"}
    for folder in folders:
        put(tmp_path / folder / "包/a.py", "旧")
        put(tmp_path / folder / "全/__init__.py", "旧")
    with open_workspace(job) as workspace:
        places = [".", f"{workspace.top}/库", f"{tmp_path}/外"]
        report = {**REPORT, "searched": {place: ["包", "全"] for place in places}}
        found = observed(job, workspace, report, Trace({"/造": Use(MADE, None)}))
    facts = {fact: found[fact] for fact in folders.values()}
    assert dict.fromkeys(facts, "全=全 包=包:bare") == facts
    assert None is first_difference(facts, FactLookup(job.bundle, job.root))
    for folder, fact in folders.items():
        put(tmp_path / folder / "包/__init__.py", "新")
        changed = first_difference({fact: facts[fact]}, FactLookup(job.bundle, job.root))
        assert (fact, facts[fact], "全=全 包=包") == changed


def test_modules_that_are_installed_are_not_missing(job: Job) -> None:
    """A missing module is a fact only if the next build would not find it either."""
    with run(job) as ran:
        assert {"missing eg_nobody": "", "origin markupsafe": ""} == ran.facts(
            missing=["eg_nobody", "markupsafe"]
        )


def test_paths_elsewhere(job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths are relative to the blog or the home folder, independent of where these are."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    put(tmp_path / "home/数.csv", "旧")
    with run(job) as ran:
        outside = {
            str(tmp_path / "home/数.csv"): True,
            str(tmp_path / "blog/posts/数.csv"): True,
            str(tmp_path / "home/无"): False,
        }
        listed = {str(tmp_path / "blog/posts/夹"): True, str(tmp_path / "home"): True}
        expected = {
            "outside ~/数.csv": OLD,
            "site posts/数.csv": OLD,
            "outside ~/无": "",
            "site posts/夹/": digest_names(["一.txt"]),
            "outside ~/": digest_names(["数.csv"]),
        }
        assert expected == ran.facts(outside=outside, listed=listed)
        assert None is ran.difference


def test_a_path_that_changed_meanwhile(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the run saw is unknown; a temporary file that appeared then was made by the run."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    put(tmp_path / "tmp/旧.txt", "旧")
    with run(job) as ran:
        names = ("外/数.csv", "tmp/图.png", "tmp/旧.txt")
        for name in names:
            put(tmp_path / name, "新")
        places = [str(tmp_path / name) for name in names]
        assert {
            f"outside {places[0]}": CHANGED_WHILE_RUNNING,
            f"outside {places[2]}": CHANGED_WHILE_RUNNING,
        } == ran.facts(outside=dict.fromkeys(places, True), young=dict.fromkeys(places[:2], 1))


def test_a_file_made_by_a_parallel_run(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run made the file, such as a package's settings at its first use."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    with run(job) as ran:
        put(tmp_path / "外/数.csv", "旧")
        place = str(tmp_path / "外/数.csv")
        young = {place: (tmp_path / "外/数.csv").stat().st_ctime_ns}
        assert {f"outside {place}": OLD} == ran.facts(outside={place: True}, young=young)
        assert None is ran.difference


def test_a_kernel_without_a_probe(job: Job) -> None:
    """A kernel of another language has facts for its command, and for files by access time."""
    other = replace(job, notebook=Notebook((Cell("1", 1),), kernel="eg-r", language="r"))
    with open_workspace(other) as workspace:
        (workspace.cwd / "数.csv").read_bytes()
        os.listdir(workspace.cwd / "夹")
        facts = unobserved(other, workspace)
    assert {
        "kernel eg-r": "",
        "file 数.csv": OLD,
        "folder 夹": digest_names(["一.txt"]),
        BY_HOOKS: "",
    } == {fact: value for fact, value in facts.items() if not fact.startswith("variable ")}
    assert "variable R_LIBS_USER" in facts


def test_a_python_without_a_report(job: Job) -> None:
    """A record without the probe's report is never valid."""
    with open_workspace(job) as workspace:
        facts = unobserved(job, workspace)
    assert {"kernel python3"} == facts.keys() - USUAL
    found = first_difference(facts, FactLookup(job.bundle))  # type: ignore[arg-type]
    assert found is not None
    assert ("kernel python3", NOT_OBSERVED) == found[:2]


def test_declared_facts(job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data has its hash or its stand-in, a variable has a hash of its value."""
    monkeypatch.setenv("EG_X", "值")
    full = replace(
        job,
        data={"真.csv": tmp_path / "缓存" / OLD},
        stand_ins={"替.csv": "lib/替.py"},
        options=ExecuteOptions(env=("EG_X", "EG_NOT")),
    )
    assert {
        "data 真.csv": OLD,
        "data 替.csv": "stand-in lib/替.py",
        "variable EG_X": Machine().value("variable EG_X"),
        "variable EG_NOT": "",
    } == declared(full)


def test_modules_where_the_code_has_python_look(job: Job, tmp_path: Path) -> None:
    """Folders of the blog are named from the post's, others in full; the run's own are no facts."""
    put(tmp_path / "blog/lib/a.py", "旧")
    put(tmp_path / "外/b.py", "旧")
    place, made = tmp_path / "外", tmp_path / "造"
    trace = Trace({str(made): Use(MADE, None)})
    with open_workspace(job) as workspace:
        top, own = workspace.top, workspace.base / "kernel"
        searched = {f"{top}/lib": "a", f"{tmp_path}/blog": "c", place: "b", own: "d", made: "e"}
        names = {str(folder): [name] for folder, name in searched.items()}
        found = observed(job, workspace, {**REPORT, "searched": names}, trace)
    assert {"beside ../lib": "a=a.py", "beside ..": "c", f"modules {place}": "b=b.py"} == {
        fact: value for fact, value in found.items() if fact.startswith(("beside", "modules"))
    }


def test_a_module_that_was_edited_after_its_import(job: Job, tmp_path: Path) -> None:
    """Python tells the stamp of a module when it reads it: a later edit is seen."""
    place = tmp_path / "外.py"
    put(place, "旧")
    stamp = stamp_of(place.stat())
    report = {**REPORT, "loaded": {str(place): stamp}}
    assert with_python(Trace(), report).paths[str(place)].is_current(str(place))
    put(place, "新的")
    assert not with_python(Trace(), report).paths[str(place)].is_current(str(place))


def test_a_file_above_the_post_that_was_edited_meanwhile(job: Job, tmp_path: Path) -> None:
    """It is linked in the run's folder, and has the stamp of the first use."""
    put(tmp_path / "blog/上.txt", "旧")
    with open_workspace(job) as workspace:
        used = Use(READ, tuple(stamp_of((workspace.top / "上.txt").stat())))
        put(tmp_path / "blog/上.txt", "新的")
        trace = Trace({f"{workspace.top}/上.txt": used})
        assert {"site 上.txt": CHANGED_WHILE_RUNNING} == outside(job, workspace, trace, ())


def test_fonts_of_the_blog_are_its_own(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that Matplotlib finds on the machine are remembered by it, and no facts."""
    monkeypatch.setenv("HOME", str(tmp_path / "家"))
    kinds = {"家/.local/share/fonts": LISTED, "家/.fonts.conf": READ, "家/data/fonts": LISTED}
    kinds |= {"blog/fonts": LISTED, "blog/fonts/a.ttf": READ}
    trace = Trace({f"{tmp_path}/{path}": Use(kind, None) for path, kind in kinds.items()})
    with open_workspace(job) as workspace:
        facts = outside(job, workspace, trace, ())
    found = {fact.rstrip("/") for fact in facts}
    assert {"outside ~/data/fonts", "site fonts", "site fonts/a.ttf"} == found


@pytest.mark.parametrize("folder", ["blog", "our-packages/blog", "blog-packages"])
def test_folders_of_a_blog_that_end_like_those_of_packages(
    job: Job, tmp_path: Path, folder: str
) -> None:
    """The blog's own folder, or one in it, may be named so; its environment is another matter."""
    root = tmp_path / folder
    job = replace(job, root=root, bundle=root / "posts")
    names = ("数据", "my-packages", ".venv/lib/site-packages")
    trace = Trace({f"{root}/{name}/a": Use(READ, None) for name in names})
    with open_workspace(job) as workspace:
        facts = outside(job, workspace, trace, ())
    assert {"site 数据/a", "site my-packages/a"} == facts.keys()


def test_the_history_of_a_shell(job: Job, tmp_path: Path) -> None:
    """A shell reads it before the first cell, and all shells write it; Python does not."""
    place = str(tmp_path / ".bash_history")
    put(Path(place), "ls")
    trace = Trace({place: Use(READ, tuple(stamp_of(Path(place).stat())))})
    shell = replace(job, notebook=Notebook((Cell("ls", 1),), language="bash", kernel="bash"))
    with open_workspace(job) as workspace:
        found = [outside(each, workspace, trace, ()) for each in (job, shell)]
    assert [[f"outside {place}"], []] == [[*facts] for facts in found]


def test_a_file_that_becomes_executable(job: Job, tmp_path: Path) -> None:
    """It is another answer to who only asks for its status."""
    place = tmp_path / "工具"
    put(place, "1")
    trace = Trace({str(place): Use(ASKED, tuple(stamp_of(place.stat())))})
    with open_workspace(job) as workspace:
        facts = outside(job, workspace, trace, ())
    assert {f"asked {place}": "1 bytes"} == facts
    place.chmod(0o755)
    assert "1 bytes, executable" == Machine().value(f"asked {place}")


def test_modules_of_a_namespace_that_are_listed(tmp_path: Path) -> None:
    """Any distribution may add one to it; the modules of a package are its own."""
    found = []
    for name in ("own/__init__.py", "shared/one.py"):
        put(tmp_path / "a-packages" / name, "")
        probe._distributions.clear()
        folder = (tmp_path / "a-packages" / name).parent
        names = {"see": probe._note_search, "folder": str(folder)}
        exec(compile("see('os.listdir', (folder,))", "pkgutil.py", "exec"), names)
        found.append(sorted(probe._distributions))
    probe._distributions.clear()
    assert [[], ["*"]] == found
