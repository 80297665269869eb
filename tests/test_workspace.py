"""The folder of a run: files beside the post, declared data, stand-ins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from evergreen.errors import EvergreenError
from evergreen.execution.bundle_copy import files_touched
from evergreen.execution.job import Job
from evergreen.execution.workspace import open_workspace
from evergreen.model import ExecuteOptions, Notebook

SCRIPT = """import sys
from pathlib import Path
from 词 import WORD
for name in sys.argv[1:]:
    Path(name).write_text(WORD, "utf-8")
"""


def job(root: Path, files: dict[str, str]) -> Job:
    """Return a job for a post with some files beside it."""
    for name, text in files.items():
        (root / "posts" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "posts" / name).write_text(text, "utf-8")
    return Job("posts/甲.md", Notebook(()), ExecuteOptions(), root / "posts", root=root)


def test_the_folder_is_removed_at_the_end(tmp_path: Path) -> None:
    """What the run wrote is removed with it, and the sources are unchanged."""
    with open_workspace(job(tmp_path, {"数.csv": "1"})) as workspace:
        (workspace.cwd / "数.csv").write_text("2", "utf-8")
        (workspace.cwd / "新").write_text("3", "utf-8")
        assert "1" == (tmp_path / "posts/数.csv").read_text("utf-8")
    assert (False, "1") == (
        workspace.folder.exists(),
        (tmp_path / "posts/数.csv").read_text("utf-8"),
    )
    assert ["数.csv"] == [path.name for path in (tmp_path / "posts").iterdir()]


def test_declared_data_is_beside_the_post(tmp_path: Path) -> None:
    """It replaces a file of that name, and is not part of the bundle."""
    (tmp_path / "缓存").write_text("真", "utf-8")
    plain = job(tmp_path, {"数/a.txt": "旧", "b.txt": ""})
    with open_workspace(replace(plain, data={"数/a.txt": tmp_path / "缓存"})) as workspace:
        assert "真" == (workspace.cwd / "数/a.txt").read_text("utf-8")
        assert (["b.txt"], ()) == (list(workspace.copy.files), workspace.copy.folders["数"])


def test_stand_ins_and_their_scripts(tmp_path: Path) -> None:
    """The script and its modules count as used, even if the run reads none of them."""
    files = {"lib/替.py": SCRIPT, "lib/词.py": "WORD = '替身'\n", "闲.txt": ""}
    plain = job(tmp_path, files)
    with open_workspace(replace(plain, stand_ins={"数/a": "lib/替.py"})) as workspace:
        assert "替身" == (workspace.cwd / "数/a").read_text("utf-8")
        assert ("lib/替.py", "lib/词.py") == workspace.used
        assert [] == files_touched(workspace.copy)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("raise ValueError('坏了')", "the stand-in 替.py: ValueError: 坏了"),
        ("pass", "the stand-in 替.py: a.txt not written"),
        ("while True: pass", "the stand-in 替.py: took longer than 0.5 s"),
    ],
)
def test_a_failing_stand_in_is_named(script: str, message: str, tmp_path: Path) -> None:
    """One line has the script and the reason."""
    plain = replace(job(tmp_path, {"替.py": script}), stand_ins={"a.txt": "替.py"})
    short = replace(plain, options=ExecuteOptions(timeout=0.5 if "while" in script else 60))
    with pytest.raises(EvergreenError) as caught, open_workspace(short):
        pass
    assert message == caught.value.problems[0].message
