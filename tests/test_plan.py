"""Plans: which record is taken, who shares a run, and what `why` prints."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from conftest import Write

from evergreen.build.forecast import forecast
from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.build.planning.context import PlanContext, belonging
from evergreen.build.planning.plan import make_plans, record_in_force
from evergreen.build.prune import prune
from evergreen.cli import main
from evergreen.model import (
    Cell,
    DataFile,
    ExecuteOptions,
    Execution,
    Notebook,
    Post,
    Stream,
)
from evergreen.records import store as records
from evergreen.records.machine import Machine, hash_path
from evergreen.settings import read_settings

WHEN = datetime(2026, 3, 1, 12, 5, tzinfo=UTC)
NOTEBOOK = Notebook((Cell("print('一')", 6),))
USUAL = {fact: Machine().value(fact) for fact in ("python", "platform")}
SHA = sha256("真".encode()).hexdigest()
DATA = (DataFile("数.txt", (), SHA, "替.py"),)


def post(path: str = "posts/甲.md", **about: object) -> Post:
    """A post with code."""
    bundle = path.rpartition("/")[0]
    plain = Post(path, "甲", "题", WHEN, "/甲/", "", 1, "zh", bundle=bundle)
    return replace(plain, **about)  # type: ignore[arg-type]


def keep(root: Path, day: int, text: str = "一\n", **facts: str) -> None:
    """Store an execution of NOTEBOOK."""
    finished = WHEN.replace(day=day)
    done = Execution(
        ((Stream("stdout", text),),), facts={**USUAL, **facts}, finished=finished, seconds=day
    )
    records.keep(root / "记录", records.execution_key(NOTEBOOK, ExecuteOptions()), done)


def context(root: Path, *others: str, **about: object) -> PlanContext:
    """Where plans are made."""
    paths = ["posts/甲.md", *others]
    plain = PlanContext(root, root / "记录", paths, beside=belonging(paths))
    return replace(plain, **about)  # type: ignore[arg-type]


def test_the_newest_that_holds_is_taken(tmp_path: Path) -> None:
    """An older record that holds is as good; a damaged one is passed over."""
    data = tmp_path / "posts/数.csv"
    data.parent.mkdir()
    data.write_text("1")
    old, new = hash_path(str(data)), sha256(b"2").hexdigest()
    keep(tmp_path, 1, "旧", **{"file 数.csv": old})
    keep(tmp_path, 2, "新", **{"file 数.csv": new})
    work = [(post(), NOTEBOOK)]
    plan = make_plans(context(tmp_path), work)[0]
    assert ("record of 2026-03-01 12:05", 2.0) == (plan.reason, plan.seconds)
    data.write_text("2")
    assert "record of 2026-03-02 12:05" == make_plans(context(tmp_path), work)[0].reason
    data.write_text("3")
    plan = make_plans(context(tmp_path), work)[0]
    assert (None, "数.csv changed") == (plan.execution, plan.reason)
    assert None is record_in_force(context(tmp_path), post(), plan.key)


def test_a_damaged_record_gives_way_to_an_older_one(tmp_path: Path) -> None:
    """Both hold; the newer one's outputs are lost."""
    keep(tmp_path, 1, "旧", **{"missing eg_a": ""})
    keep(tmp_path, 2, "新", **{"missing eg_b": ""})
    for place in (tmp_path / "记录").glob("*/*.json"):
        if "eg_b" in place.read_text("utf-8"):
            place.write_bytes(place.read_bytes()[:-5])
    plan = make_plans(context(tmp_path), [(post(), NOTEBOOK)])[0]
    assert plan.execution is not None
    assert ((Stream("stdout", "旧"),),) == plan.execution.outputs


def test_data_and_its_stand_in(tmp_path: Path) -> None:
    """A record on stand-ins serves while the real data is not here; then the code runs on it."""
    keep(tmp_path, 1, "替", **{"data 数.txt": "stand-in 替.py"})
    work = [(post(data=DATA), NOTEBOOK)]

    def there(files: object) -> tuple[dict[str, Path], dict[str, str]]:
        return {SHA: tmp_path / SHA}, {}

    def away(files: object) -> tuple[dict[str, Path], dict[str, str]]:
        return {}, {SHA: "no network"}

    plan = make_plans(context(tmp_path, fetch=there), work)[0]
    assert plan.job is not None
    assert ("the real 数.txt is here now", {"数.txt": tmp_path / SHA}) == (
        plan.reason,
        plan.job.data,
    )
    for fetch in (away, None):
        plan = make_plans(context(tmp_path, fetch=fetch), work)[0]
        assert "record of 2026-03-01 12:05, on stand-in data" == plan.reason
    keep(tmp_path, 1, "真", **{"data 数.txt": SHA})
    for fetch in (there, away, None):
        plan = make_plans(context(tmp_path, fetch=fetch), work)[0]
        assert ((Stream("stdout", "真"),),) == plan.execution.outputs  # type: ignore[union-attr]


def test_data_without_a_stand_in(tmp_path: Path) -> None:
    """Where nobody has it the post cannot run: at its line, and what to do."""
    bare = post(data=(replace(DATA[0], stand_in=""),))
    plan = make_plans(
        context(tmp_path, fetch=lambda files: ({}, {SHA: "http://x: no answer in time"})),
        [(bare, NOTEBOOK)],
    )[0]
    assert (
        "posts/甲.md:1: the data file '数.txt' is missing: http://x: no answer in time: "
        "set EVERGREEN_DATA to a folder that has it, or declare a stand_in"
    ) == str(plan.problem)


def test_what_belongs_to_posts() -> None:
    """Posts, and the folders of those that have one, each as the folder above sees it."""
    paths = ["posts/甲.md", "posts/乙/index.md", "posts/乙/index.en.md", "posts/旧/2020-丙.md"]
    assert {
        "posts": frozenset({"甲.md", "乙", "旧/2020-丙.md"}),
        "posts/乙": frozenset({"index.md", "index.en.md"}),
        "posts/旧": frozenset({"2020-丙.md"}),
    } == belonging(paths)


def test_who_shares_a_run(tmp_path: Path) -> None:
    """Translations do; posts with other files, data or options beside the same code do not."""
    others = [
        post("posts/甲.en.md"),
        post("posts/夹/甲.md"),
        post(data=DATA),
        post(execute=ExecuteOptions(env=("EG",))),
    ]
    plans = make_plans(context(tmp_path), [(each, NOTEBOOK) for each in (post(), *others)])
    assert [True, False, False, False] == [plan.run == plans[0].run for plan in plans[1:]]
    assert 1 == len({plan.key for plan in plans})


PRINTS = "---\ntitle: 题\n---\n\n```python\nprint(open('数.txt').read())\n```\n"
BLOG = {
    "posts/2026-01-01-甲/index.md": PRINTS,
    "posts/2026-01-01-甲/数.txt": "甲",
    "posts/2026-01-01-乙/index.md": PRINTS,
    "posts/2026-01-01-乙/数.txt": "乙",
    "posts/2026-01-03-丙.md": "---\ntitle: 丙\n---\n\n```python\nprint('丙')\n```\n",
    "posts/2026-01-04-丁.md": "---\ntitle: 丁\n---\n\n只有文字。\n",
}


def build_of(root: Path) -> BuildOptions:
    """A build of a blog."""
    return BuildOptions(root, root / "_site", read_settings(root))


def test_equal_code_beside_other_files_runs_for_itself(write_blog: Write) -> None:
    """Each page has what its own files say, in the first build and when one of them changes."""
    root = write_blog(BLOG)
    assert 3 == len(publish(build_of(root)).ran)

    def shown() -> list[str]:
        pages = [next((root / "_site").rglob(f"*{name}/index.html")) for name in "甲乙"]
        return re.findall(r'<pre class="output stdout">(.*?)\s*</pre>', "".join(
            page.read_text("utf-8") for page in pages
        ))  # fmt: skip

    assert ["甲", "乙"] == shown()
    write_blog({"posts/2026-01-01-乙/数.txt": "新"})
    assert ("posts/2026-01-01-乙/index.md",) == publish(build_of(root)).ran
    assert ["甲", "新"] == shown()


@pytest.fixture
def changed(write_blog: Write) -> Path:
    """A blog that has run, and in which then something changed."""
    root = write_blog(BLOG)
    assert 0 == main(["--quiet", "--root", str(root)])
    write_blog({"posts/2026-01-01-甲/数.txt": "改"})
    write_blog({"posts/2026-01-03-丙.md": BLOG["posts/2026-01-03-丙.md"].replace("'丙'", "'戊'")})
    return root


def plain(text: str) -> str:
    """A text without its times."""
    return re.sub(r"about \d+ s", "about N s", re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "TIME", text))


EXPECTED = """\
posts/2026-01-01-乙/index.md: reuse: record of TIME
posts/2026-01-01-甲/index.md: run: 数.txt changed
posts/2026-01-03-丙.md: run: cell 1, line 6 changed
posts/2026-01-04-丁.md: no code to run
2 of 4 posts would run; about N s
"""


@pytest.mark.parametrize("arguments", [["why"], ["--dry-run"], ["publish", "--dry-run"]])
def test_why_is_a_line_a_post(
    arguments: list[str], changed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Run or reuse, and the first thing that differs; the time that past runs predict."""
    assert 0 == main([*arguments, "--root", str(changed)])
    assert EXPECTED == plain(capsys.readouterr().out)


def test_why_for_programs(changed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same as JSON, and of the named posts alone."""
    assert 0 == main(["why", "丙", "--json", "--root", str(changed)])
    found = json.loads(capsys.readouterr().out)
    assert ([], 1) == (found["problems"], len(found["posts"]))
    about = found["posts"][0]
    assert 0 < about.pop("seconds") < 60
    assert {
        "path": "posts/2026-01-03-丙.md",
        "runs": True,
        "reason": "cell 1, line 6 changed",
        "has_code": True,
        "remade": "the post has changed",
    } == about


def test_why_changes_nothing(changed: Path) -> None:
    """Nothing is run, fetched or written."""

    def state() -> Mapping[str, bytes]:
        files = (path for path in changed.rglob("*") if path.is_file())
        return {str(path): path.read_bytes() for path in files}

    before = state()
    forecast(build_of(changed))
    assert before == state()


def git(root: Path, *arguments: str) -> None:
    """Run git in a blog."""
    names = {f"GIT_{who}_{what}": "n@example.org" for who in ("AUTHOR", "COMMITTER")
             for what in ("NAME", "EMAIL")}  # fmt: skip
    command = ["git", "-c", "init.defaultBranch=main", *arguments]
    subprocess.run(command, cwd=root, check=True, capture_output=True, env={**os.environ, **names})


def test_prune_keeps_what_a_branch_needs(write_blog: Write) -> None:
    """Records of code that only another branch has are kept while the branch is named."""
    text = BLOG["posts/2026-01-03-丙.md"]
    root = write_blog({"posts/2026-01-03-丙.md": text, ".gitignore": "_site\n.cache\n"})
    odd = root / "posts" / os.fsdecode(b"2026-01-04-\xff.md")
    odd.write_text(text, "utf-8")
    git(root, "init")
    git(root, "add", "-A")
    git(root, "commit", "-m", "旧")
    git(root, "branch", "旧稿")
    odd.unlink()
    publish(build_of(root))
    write_blog({"posts/2026-01-03-丙.md": text.replace("'丙'", "'新'")})
    publish(build_of(root))
    assert 0 == prune(build_of(root), ["旧稿"])
    write_blog({"posts/2026-01-03-丙.md": text})
    assert () == publish(build_of(root)).ran
    assert 1 == prune(build_of(root))


def test_records_travel_with_git(write_blog: Write, tmp_path: Path) -> None:
    """A clone, whose line ends are another system's, runs nothing."""
    root = write_blog({**BLOG, "site.toml": '[records]\npath = "records"\n'})
    (root / ".gitattributes").write_text("*.md text\n*.toml text\n", "utf-8")
    publish(build_of(root))
    git(root, "init")
    git(root, "add", "posts", "records", "site.toml", ".gitattributes")
    git(root, "commit", "-m", "全部")
    git(tmp_path, "clone", "-c", "core.autocrlf=true", "-c", "core.eol=crlf", str(root), "副本")
    clone = tmp_path / "副本"
    assert b"\r\n" in (clone / "posts/2026-01-03-丙.md").read_bytes()
    report = publish(build_of(clone))
    assert ((), 3) == (report.ran, len(report.reused))


BLOCKED = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names}:
            raise ImportError("blocked: " + name)

sys.meta_path.insert(0, Blocked())
from pathlib import Path
from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.settings import read_settings

root = Path({root!r})
report = publish(BuildOptions(root, root / "_site", read_settings(root)))
print(len(report.reused), report.ran, report.failed)
"""
KERNEL_SIDE = {"ipykernel", "jupyter_client", "zmq", "IPython", "nbclient", "tornado"}
POSTS_SIDE = {"numpy", "matplotlib", "tensorflow", "pandas"}


def test_publishing_from_records_needs_no_kernel_and_no_packages(
    write_blog: Write, tmp_path: Path
) -> None:
    """A machine that can import neither publishes all pages, in a fresh clone of the records."""
    code = "import numpy as np\nimport matplotlib.pyplot as plt\nplt.plot(np.arange(3))\n"
    post = f"---\ntitle: 图\n---\n\n```python\n{code}```\n"
    root = write_blog({**BLOG, "posts/2026-01-05-图.md": post})
    assert 4 == len(publish(build_of(root)).ran)
    for folder in ("_site", ".cache/pages"):
        (root / folder).rename(tmp_path / folder.replace("/", "-"))
    script = BLOCKED.format(names=KERNEL_SIDE | POSTS_SIDE, root=str(root))
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    assert ("4 () ()\n", "") == (done.stdout, done.stderr)
    assert 1 == len(list((root / "_site").rglob("*.png")))
