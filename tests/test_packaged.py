"""The installed wheel creates, builds and checks a blog."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from urllib.request import urlopen

import pytest

from evergreen.packaged import packaged

ROOT = Path(__file__).parent.parent
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """Run a command outside of this checkout's environment and return its stdout."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True)
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    run(*PIP, "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, ROOT)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel in an environment, with our packages on its path; return its console
    script.
    """
    folder = tmp_path_factory.mktemp("环境")
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    python = folder / "bin" / "python"
    run(*PIP, "--python", python, "install", "-q", "--no-deps", "--no-index", wheel)
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])").strip()
    (Path(site) / "ours.pth").write_text(sysconfig.get_paths()["purelib"])
    return folder / "bin" / "evergreen"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["templates", "themes", "starter", ".github"])
def test_the_wheel_has_what_the_engine_reads(name: str, wheel: Path) -> None:
    """The wheel has every file of the folder."""
    folder = packaged(name)
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    held = zipfile.ZipFile(wheel).namelist()
    assert set() == {f"evergreen/_packaged/{name}/{file}" for file in files} - set(held)


@pytest.mark.slow
def test_a_blog_from_the_wheel(program: Path, tmp_path: Path) -> None:
    """init, publish, new, why and check succeed in the current folder."""
    run(program, "init", "博客", "--lang", "zh", cwd=tmp_path)
    blog = tmp_path / "博客"
    assert "1 post: 1 published; 1 run" in run(program, cwd=blog)
    page = (blog / "_site" / "同一天生日" / "index.html").read_text("utf-8")
    assert "只要 23 个人" in re.sub("<[^>]+>", "", page)
    assert "1 post: 1 same" in run(program, "check", cwd=blog)
    assert "reuse" in run(program, "why", cwd=blog)


PROGRAM = """
from evergreen import Blog, CheckReport, EvergreenError, Report

try:
    blog = Blog("blog")
    report: Report = blog.build()
    names: tuple[str, ...] = report.ran
    checked: CheckReport = blog.check("a-post", accept=True)
    reasons: list[str] = [post.reason for post in blog.why().posts]
except EvergreenError as error:
    messages: list[str] = [problem.message for problem in error.problems]
reveal_type(Blog.build)
"""


@pytest.mark.slow
def test_a_type_checker_knows_the_wheel(program: Path, tmp_path: Path) -> None:
    """A program passes mypy --strict; what the methods return is known, and misuse is found."""
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "wrong.py").write_text("from evergreen import Blog\n\nBlog(1).build().nothing\n")
    mypy = [sys.executable, "-m", "mypy", "--strict", "--no-incremental"]
    python = ["--python-executable", program.with_name("python")]
    said = run(*mypy, *python, "program.py", cwd=tmp_path)
    assert "-> evergreen.model.report.Report" in said
    done = subprocess.run(
        [*mypy, *python, "wrong.py"], cwd=tmp_path, capture_output=True, text=True
    )
    assert {"[arg-type]", "[attr-defined]"} <= set(re.findall(r"\[[a-z-]+\]", done.stdout))


@pytest.mark.slow
def test_a_template_of_the_blog_replaces_ours(program: Path, tmp_path: Path) -> None:
    """The blog's template is used, and the package's for the rest."""
    run(program, "init", "blog", "--lang", "en", cwd=tmp_path)
    blog = tmp_path / "blog"
    (blog / "templates" / "partials").mkdir(parents=True)
    (blog / "templates" / "partials" / "footer.html").write_text("<footer>我自己的页脚</footer>")
    run(program, "--no-execute", cwd=blog)
    page = (blog / "_site" / "shared-birthdays" / "index.html").read_text("utf-8")
    assert ("我自己的页脚" in page, "<html" in page) == (True, True)


@pytest.mark.slow
def test_serve_from_the_wheel(program: Path, tmp_path: Path) -> None:
    """The page of the post is served, with the package's templates."""
    run(program, "init", "blog", "--lang", "en", cwd=tmp_path)
    words = [program, "serve", "--no-open", "--no-execute"]
    blog = tmp_path / "blog"
    with subprocess.Popen(words, cwd=blog, stdout=subprocess.PIPE, text=True) as served:
        try:
            assert served.stdout
            address = served.stdout.readline().split()[0]
            with urlopen(f"{address}shared-birthdays/") as answer:
                assert "<title>Shared birthdays" in answer.read().decode()
        finally:
            served.send_signal(signal.SIGINT)
    assert 0 == served.returncode
