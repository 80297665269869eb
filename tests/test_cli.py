"""The command line: exit codes, standard output and standard error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Write

from evergreen.cli import main

BUILD = Path(__file__).parent.parent / "build.py"
POST = "---\ntitle: 题\n---\n\n```python\nprint('一')\n```\n"


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `python build.py …` as a process."""
    command = [sys.executable, str(BUILD), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def test_publish_is_the_command_without_a_name(write_blog: Write) -> None:
    """The report goes to stdout, progress to stderr, both without colours."""
    root = write_blog({"posts/2026-01-01-文.md": POST, "site.toml": "url = 'https://x.example'"})
    done = run("--root", root)
    assert 0 == done.returncode
    assert done.stdout.startswith("1 post: 1 published; 1 run; 1 of 1 block has a result; ")
    assert "posts/2026-01-01-文.md: cell 1 of 1" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr


def test_a_missing_url_is_reported_once(write_blog: Write) -> None:
    """The warning says what is missing without it, and is printed in every build."""
    root = write_blog({"posts/2026-01-01-a.md": "---\ntitle: a\n---\n"})
    for _ in range(2):
        lines = run("--root", root).stdout.splitlines()
        assert [
            "warning: site.toml: 'url' is missing: the sitemap is empty, feeds and social cards "
            "have only relative URLs, and search engines do not find translations: "
            'write url = "https://…"'
        ] == [line for line in lines if line.startswith("warning")]


def test_a_failing_post_exits_with_1(write_blog: Write) -> None:
    """The message has the post's line, with the traceback below it."""
    root = write_blog({"posts/2026-01-01-a.md": POST.replace("'一'", "1 / 0")})
    done = run("publish", "--root", root, "--quiet")
    assert 1 == done.returncode
    first, *rest = done.stdout.splitlines()
    assert (
        "posts/2026-01-01-a.md:6: ZeroDivisionError: division by zero: "
        "fix the code, or tag the cell 'raises-exception'"
    ) == first
    assert "\x1b" not in done.stdout
    assert any("1 / 0" in line for line in rest)


def test_invalid_settings_exit_with_2(
    write_blog: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is started."""
    root = write_blog({"site.toml": "titel = 'x'\n"})
    assert 2 == main(["--root", str(root)])
    said = "site.toml:1: unknown setting 'titel': did you mean 'title'?\n"
    assert ("", said) == capsys.readouterr()


@pytest.mark.parametrize(
    "arguments", [["--jobs", "0"], ["pubish"], ["--ouput", "x"], ["serve", "--port", "70000"]]
)
def test_usage_errors_exit_with_2(arguments: list[str]) -> None:
    """argparse reports the usage error."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert 2 == caught.value.code


def test_options_may_precede_or_follow_the_command(write_blog: Write) -> None:
    """Options may be before or after the command."""
    root = write_blog({"posts/2026-01-01-a.md": "---\ntitle: a\n---\n"})
    before = run("--root", root, "--quiet", "publish")
    behind = run("publish", "--root", root, "--quiet")
    assert (0, "", 0, "") == (before.returncode, before.stdout, behind.returncode, behind.stdout)


def test_json_is_the_whole_report(write_blog: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """--json prints the whole report."""
    root = write_blog({"posts/2026-01-01-a.md": POST})
    assert 0 == main(["--root", str(root), "--json"])
    report = json.loads(capsys.readouterr().out)
    assert (1, ["posts/2026-01-01-a.md"]) == (report["posts"], report["ran"])


def test_json_has_no_colours(write_blog: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """The traceback of a failed post is plain text."""
    post = POST.replace("```python\n", '```python\nraise ValueError("错")\n', 1)
    root = write_blog({"posts/2026-01-01-a.md": post})
    assert 1 == main(["--root", str(root), "--json"])
    problems = json.loads(capsys.readouterr().out)["problems"]
    details = "".join(problem["details"] for problem in problems)
    assert "ValueError: 错" in details
    assert "\x1b" not in details


def test_why(write_blog: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Posts are named by path or slug; an unknown one is a usage error."""
    root = str(write_blog({"posts/2026-01-01-a.md": POST}))
    assert 0 == main(["why", "a", "--root", root])
    expected = "posts/2026-01-01-a.md: run: never run\n1 of 1 post would run; 1 post never timed\n"
    assert expected == capsys.readouterr().out
    assert 2 == main(["why", "nowhere", "--root", root])
    assert "nowhere: no such post: write its path or slug\n" == capsys.readouterr().err


def test_a_bug_prints_one_line(
    write_blog: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bug prints one line; the traceback is in a file."""

    def broken(*_: object) -> None:
        raise RuntimeError("坏了")

    monkeypatch.setattr("evergreen.build.pipeline.publish", broken)
    monkeypatch.delenv("EVERGREEN_DEBUG", raising=False)
    assert 3 == main(["--root", str(write_blog({"posts/2026-01-01-a.md": POST}))])
    said = capsys.readouterr().err
    assert said.startswith("a bug in Evergreen: RuntimeError: 坏了: please report ")
    log = Path(said.split("please report ")[1].strip())
    assert "Traceback" in log.read_text("utf-8")
    log.unlink()


def test_a_folder_without_a_blog(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is created in a folder without a blog."""
    assert 2 == main(["--root", str(tmp_path / "nowhere")])
    assert ": no posts/ and no pages/: go to the blog's folder" in capsys.readouterr().err
    assert [] == list(tmp_path.iterdir())


def test_the_output_folder_must_not_contain_the_blog(
    write_blog: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    """An output folder that contains the blog is refused."""
    root = write_blog({"posts/2026-01-01-a.md": "---\ntitle: a\n---\n"})
    for output in (root, root.parent, "/"):
        assert 2 == main(["--root", str(root), "--output", str(output)])
        said = "this folder contains the blog: choose a folder only for the site\n"
        assert f"--output {output}: {said}" == capsys.readouterr().err
    assert ["posts"] == [path.name for path in root.iterdir()]


def test_a_system_error_is_not_a_bug(write_blog: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """A full disk or a missing permission is one line, and nothing has changed."""
    root = write_blog({"posts/2026-01-01-a.md": "---\ntitle: a\n---\n", ".cache": ""})
    assert 1 == main(["--root", str(root)])
    said = capsys.readouterr().err
    assert ".cache" in said
    assert 1 == len(said.splitlines())
    assert not (root / "_site").exists()


def test_a_terminal_without_chinese_characters(write_blog: Write) -> None:
    """Characters that the terminal cannot show are replaced."""
    root = write_blog({"posts/2026-01-01-文.md": "---\ntitle: [\n---\n"})
    command = [sys.executable, str(BUILD), "--root", str(root)]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert 1 == done.returncode
    assert "posts/2026-01-01-?.md:2:8: a value is not closed: end it with ']' or '}'" in (
        done.stdout + done.stderr
    )


def test_help_imports_no_library() -> None:
    """Libraries are imported only by the command that needs them."""
    code = (
        "import sys; sys.argv = ['build.py', '--help']; from evergreen.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(sorted({'jinja2', 'nbclient', 'jupytext', 'rich', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=BUILD.parent
    )
    assert "[]" == done.stdout.splitlines()[-1]
