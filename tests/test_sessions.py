"""The kernel of an open post: what it runs again, and what a clean run says of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from conftest import Write

from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.model import Output
from evergreen.preview.blog.blog import LiveSite
from evergreen.preview.interface import PostCode, SessionListener
from evergreen.preview.session_pool import SessionPool
from evergreen.preview.sessions import Session
from evergreen.preview.status import PreviewState
from evergreen.settings import read_settings

PATH = "posts/2026-01-01-a.md"


def text(*cells: str) -> str:
    """A post of these cells."""
    blocks = "\n".join(f"```python\n{cell}\n```\n" for cell in cells)
    return f"---\ntitle: 题\n---\n\n{blocks}"


@dataclass
class Stage:
    """A blog of one post with its session, and what the session has told."""

    root: Path
    live_site: LiveSite
    pool: SessionPool
    lines: list[str]
    heard: list[tuple[int, tuple[Output, ...]]] = field(default_factory=list)

    def save(self, *cells: str) -> None:
        """Save the post with these cells, as an open page would have it run."""
        (self.root / PATH).write_text(text(*cells), "utf-8")
        for _ in self.live_site.rebuild(frozenset([PATH])):
            pass
        self.pool.want(self.work)

    @property
    def work(self) -> PostCode:
        """The code as it is."""
        work = self.live_site.work(PATH)
        assert work
        return work

    @property
    def session(self) -> Session:
        """The post's."""
        session = self.pool.find(PATH)
        assert session
        return session

    def wait(self, is_so: Callable[[PreviewState], bool]) -> PreviewState:
        """Wait for a state."""
        deadline = time.monotonic() + 60
        while not is_so(self.session.state):
            assert time.monotonic() < deadline, (self.session.state, self.lines)
            time.sleep(0.01)
        return self.session.state

    def shows(self, output: str) -> bool:
        """Whether a cell's output begins so; its code may say the same."""
        return f">{output}" in self.page.replace("\n", "")

    @property
    def page(self) -> str:
        """The post's page."""
        served = self.live_site.read("a/index.html")
        assert served
        return served.content.decode()


@pytest.fixture
def stage(write_blog: Write) -> Iterator[Stage]:
    """A session of an empty post; a draft is confirmed after 0.3 s."""
    with staged(write_blog({PATH: text("pass"), "site.toml": "search = false\n"})) as made:
        yield made


@contextmanager
def staged(root: Path) -> Iterator[Stage]:
    """Open the session of a blog."""
    live_site = LiveSite(BuildOptions(root, root / "_site", read_settings(root)))
    lines: list[str] = []
    made: list[Stage] = []

    def hear(path: str, work: PostCode, number: int, outputs: tuple[Output, ...]) -> None:
        made[0].heard.append((number, outputs))

    listener = SessionListener(lambda path: None, hear, lines.append)
    pool = SessionPool(live_site, listener, pause=0.3, idle=600)
    made.append(Stage(root, live_site, pool, lines))
    yield made[0]
    pool.close()


def test_a_first_run_is_clean_and_kept(stage: Stage) -> None:
    """Publishing takes it as it is, and runs nothing."""
    stage.save("x = 41", "print(x + 1)")
    assert "clean" == stage.wait(lambda state: state.phase in ("clean", "failed")).phase
    report = publish(BuildOptions(stage.root, stage.root / "_site", read_settings(stage.root)))
    assert ((), (PATH,)) == (report.ran, report.reused)
    assert stage.shows("42")


def test_an_appended_cell_is_still_clean(stage: Stage) -> None:
    """The kernel has run these cells and nothing else: there is nothing to confirm."""
    stage.save("x = 41")
    stage.wait(lambda state: state.phase == "clean")
    stage.save("x = 41", "print(x + 1)")
    stage.wait(lambda state: state.phase == "clean" and stage.shows("42"))
    assert 2 == sum("all cells ran clean" in line for line in stage.lines)


def test_a_variable_counted_twice_is_told(stage: Stage) -> None:
    """The draft counts on; the clean run shows what is true, and which cell was off."""
    stage.save("n = 0", "n += 1\nprint('数', n)")
    stage.wait(lambda state: state.phase == "clean")
    stage.save("n = 0", "n += 1\nprint('数', n) ")
    stage.wait(lambda state: state.phase in ("draft", "confirming"))
    assert "数 2" in stage.page
    state = stage.wait(lambda state: state.phase == "clean")
    assert ((2,), True) == (state.differing, "数 1" in stage.page)
    assert "cell 2 gave something else before" in state.text


def test_a_deleted_cell_is_told(stage: Stage) -> None:
    """What it defined is still in the warm kernel, and in no clean one."""
    stage.save("x = 7", "y = 1", "print(x)")
    stage.wait(lambda state: state.phase == "clean")
    stage.save("y = 1", "print(x)")
    stage.wait(lambda state: state.phase in ("draft", "confirming"))
    assert stage.shows("7")
    state = stage.wait(lambda state: state.phase == "failed" and state.differing != ())
    problem = stage.session.problem
    assert problem
    assert ((2,), True) == (state.differing, "NameError: name 'x'" in problem.message)
    assert (PATH, 10) == (problem.path, problem.line)
    assert "warm kernel" in problem.advice


def test_a_hidden_state_is_not_published(stage: Stage) -> None:
    """Publishing takes clean runs alone: it runs the post itself, and the post fails."""
    test_a_deleted_cell_is_told(stage)
    report = publish(BuildOptions(stage.root, stage.root / "_site", read_settings(stage.root)))
    assert (PATH,) == report.failed


def test_cells_before_the_edit_do_not_run_again(stage: Stage) -> None:
    """A training cell runs once, however often the one behind it is edited."""
    log = stage.root.parent / "log"
    train = f"log = open({str(log)!r}, 'a')\nlog.write('x')\nlog.flush()"
    stage.save(train, "print('图 0')")
    stage.wait(lambda state: state.phase == "clean")
    stage.pool.sessions[PATH].pause = 600
    for number in range(1, 4):
        stage.save(train, f"print('图 {number}')")
        stage.wait(lambda state, n=number: state.phase == "draft" and stage.shows(f"图 {n}"))
    assert "x" == log.read_text("utf-8")


TRAIN = "#| checkpoint: w\nw = [1]\nz = [2]\nprint('练')"


def test_a_restarted_preview_goes_on_from_a_checkpoint(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Only the edited cell runs; a name that was not kept makes the post run from the start."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    stage.save(TRAIN, "print(w, 1)")
    stage.wait(lambda state: state.phase == "clean")
    with staged(stage.root) as again:
        again.save(TRAIN, "print(w, 2)")
        again.wait(lambda state: state.phase == "clean")
        first = {number for number, _ in again.heard}
        again.save(TRAIN, "print(z, 3)")
        again.wait(lambda state: state.phase == "clean" and again.shows("[2] 3"))

    assert ({2}, True) == (first, any("'z' is not kept" in line for line in again.lines))


def test_lines_are_heard_as_they_come(stage: Stage) -> None:
    """Less than 0.2 s after they were printed, on a machine that has time."""
    stage.save("import time\nfor n in range(3):\n    print(time.time())\n    time.sleep(0.5)")
    late: list[float] = []
    deadline = time.monotonic() + 60
    seen = 0
    while len(late) < 3 and time.monotonic() < deadline:
        if len(stage.heard) > seen:
            _, outputs = stage.heard[seen]
            seen += 1
            stamps = [float(line) for each in outputs for line in each.text.split()]  # type: ignore[union-attr]
            late += [time.time() - stamp for stamp in stamps[len(late) :]]
        time.sleep(0.002)
    assert 3 == len(late)
    assert sorted(late)[1] < 1


def test_a_fault_keeps_the_outputs_before_it(stage: Stage) -> None:
    """Cells before the fault are new, the others as they last were."""
    stage.save("print('甲')", "print('乙')", "print('丙')")
    stage.wait(lambda state: state.phase == "clean")
    stage.save("print('甲甲')", "print(1 / 0)", "print('丙')")
    stage.wait(lambda state: state.phase == "failed")
    problem = stage.session.problem
    assert problem
    assert (PATH, 10, True) == (problem.path, problem.line, "ZeroDivisionError" in problem.message)
    outputs = [word in stage.page for word in (">甲甲\n", ">乙\n", ">丙\n")]
    assert [True, True, True] == outputs


def test_an_idle_kernel_ends(write_blog: Write) -> None:
    """And comes back when it is needed."""
    root = write_blog({PATH: text("print(1)"), "site.toml": "search = false\n"})
    live_site = LiveSite(BuildOptions(root, root / "_site", read_settings(root)))
    pool = SessionPool(
        live_site, SessionListener(lambda p: None, lambda *a: None, lambda t: None), 0.1, idle=0.5
    )
    stage = Stage(root, live_site, pool, [])
    try:
        stage.save("print(1)")
        stage.wait(lambda state: state.phase == "clean")
        stage.wait(lambda state: state.note == "the idle kernel has ended")
        stage.save("print(2)")
        stage.wait(lambda state: state.phase == "clean" and not state.note)
    finally:
        pool.close()


def test_undoing_an_edit_runs_nothing(stage: Stage) -> None:
    """The kept run of the code as it was is shown again."""
    stage.save("print('一')")
    stage.wait(lambda state: state.phase == "clean")
    stage.pool.sessions[PATH].pause = 600
    stage.save("print('二')")
    stage.wait(lambda state: state.phase == "draft")
    before = len(stage.lines)
    stage.save("print('一')")
    stage.wait(lambda state: state.phase == "kept")
    assert (before, True) == (len(stage.lines), ">一\n" in stage.page)


def test_what_the_code_writes_into_the_blog_is_known_as_its_own(stage: Stage) -> None:
    """Until somebody else changes it; another file never is."""
    own, other = stage.root / "posts/count.txt", stage.root / "posts/other.txt"
    other.write_text("1")
    stage.save(f"from pathlib import Path\nPath({str(own)!r}).write_text('1')")
    stage.wait(lambda state: state.phase == "clean")
    assert (True, False) == (stage.pool.wrote(own), stage.pool.wrote(other))
    time.sleep(0.1)
    own.write_text("2")
    assert not stage.pool.wrote(own)
