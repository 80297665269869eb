"""`migrate --run`: which posts of a Jekyll blog still work, and with what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from package_index import PackageIndex, only_index
from wheels import write_wheel

from evergreen.build.migrate_runs import _SHELL, try_posts
from evergreen.build.options import BuildOptions
from evergreen.cli import main
from evergreen.execution.environments.installer import find_uv
from evergreen.execution.progress import SilentProgress
from evergreen.settings import read_settings

POSTS = {
    "2014-03-01-old.md": "print 1",
    "2023-03-01-jieba.md": 'import jieba\nassert jieba.__version__ == "1.0"',
    "2024-01-01-works.md": "print(1)",
    "2024-03-01-shell.md": "x = 1\nfiles = !ls",
}


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PackageIndex]:
    """Serve an index with two releases of a package, as the only one."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for version in ("1.0", "2.0"):
        write_wheel(folder, "jieba", version)
    uploaded = {"jieba-1.0": "2022-01-01", "jieba-2.0": "2024-01-01"}
    with only_index(monkeypatch, PackageIndex(folder, uploaded)) as served:
        yield served


def _blog(root: Path, names: tuple[str, ...] = tuple(POSTS)) -> BuildOptions:
    (root / "_posts").mkdir(parents=True)
    (root / "_config.yml").write_text("title: 旧站\nurl: https://me.example\n", "utf-8")
    for name in names:
        text = f"---\ntitle: t\n---\n文字\n\n```python\n{POSTS[name]}\n```\n"
        (root / "_posts" / name).write_text(text, "utf-8")
    return BuildOptions(root, root / "_site", read_settings(root))


@pytest.mark.slow
@pytest.mark.skipif(not find_uv(), reason="uv is not installed (requirements-environments.txt)")
@pytest.mark.usefixtures("index")
def test_each_post_is_told(tmp_path: Path) -> None:
    """With what it works, why it fails, and where it calls a shell; no file of the blog changes."""
    build = _blog(tmp_path / "blog")
    before = {path: path.read_bytes() for path in build.root.rglob("*.*") if path.is_file()}
    runs = try_posts(build, SilentProgress())
    assert [(each.outcome, each.day, each.line) for each in runs] == [
        ("fails", "", 7),
        ("works as of its day", "2023-03-01", 7),
        ("works", "", 0),
        ("not run", "", 8),
    ]
    assert "No module named 'jieba'" in runs[1].reason
    assert {path: path.read_bytes() for path in before} == before
    assert not build.output.exists()


def test_the_report_names_what_happened(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In a line below each post, and in the last one; as JSON too."""
    root = _blog(tmp_path / "blog", ("2024-01-01-works.md", "2024-03-01-shell.md")).root
    assert main(["migrate", "--run", "--quiet", "--root", str(root)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "  ran: it works with what is installed here" in lines
    assert "  not run: 8: it calls a shell" in lines
    assert lines[-1].endswith("; 1 work, 0 as of their days, 0 fail, 1 not run")
    main(["migrate", "--run", "--json", "--root", str(root)])
    runs = json.loads(capsys.readouterr().out)["runs"]
    assert [each["outcome"] for each in runs] == ["works", "not run"]


def test_without_the_option_nothing_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The report alone leaves the blog's folder without a cache of records."""
    root = _blog(tmp_path / "blog", ("2024-01-01-works.md",)).root
    main(["migrate", "--root", str(root)])
    assert "ran:" not in capsys.readouterr().out
    assert not (root / ".cache/records").exists()


@pytest.mark.parametrize(
    ("code", "is_shell"),
    [
        ("!pip install x", True),
        ("  !ls", True),
        ("files = !ls", True),
        ("%%bash\nls", True),
        ("%sx ls", True),
        ("import os\nos.system('ls')", True),
        ("subprocess.run(['ls'])", True),
        ("x != y", False),
        ("if a:\n    b = a != c", False),
        ("%matplotlib inline", False),
        ("s = 'a!b'", False),
    ],
)
def test_code_that_calls_a_shell(code: str, is_shell: bool) -> None:
    """IPython's shell lines and magics, and Python's own ways."""
    assert bool(_SHELL.search(code)) is is_shell
