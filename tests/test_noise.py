"""Noise: what further runs show, what is remembered, what stays drift."""

from __future__ import annotations

import cProfile
import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from executing import execute, printed
from matplotlib.patches import Patch

from evergreen.build import verify
from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.build.verify import check
from evergreen.check import history
from evergreen.check.drawings import compare_drawings
from evergreen.check.drift import Comparison, compare
from evergreen.check.noise import measure
from evergreen.check.result import ComparisonRules, DifferenceLevel
from evergreen.check.text import compare_text
from evergreen.execution.in_kernel import figures, perturb
from evergreen.execution.workspace import Job, open_workspace
from evergreen.model import (
    Cell,
    CheckOptions,
    Display,
    ExecuteOptions,
    Execution,
    Notebook,
    PostCheck,
    Stream,
)
from evergreen.model.check import NoisePlace
from evergreen.model.execution import Environment
from evergreen.model.outputs import DRAWING
from evergreen.settings import read_settings

END = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def ran(text: str, days: int = 0) -> Execution:
    """Return an execution whose one cell printed a text."""
    return Execution(((Stream("stdout", text),),), finished=END + timedelta(days=days))


def compared(*texts: str, known: tuple[NoisePlace, ...] = ()) -> Comparison:
    """Compare a published text with a new one; the rest are further runs."""
    published, now, *again = (ran(text, days=n) for n, text in enumerate(texts))
    return compare(Notebook((Cell("f()", 3),)), published, now, CheckOptions(), again, known)


@pytest.mark.parametrize(
    ("texts", "verdict"),
    [
        (("took 3.2 s", "took 4.1 s"), "drifted"),
        (("took 3.2 s", "took 4.1 s", "took 7.0 s"), "same"),
        (("took 3.2 s", "took 4.1 s", "took 4.1 s"), "drifted"),
        (("n 5, took 3.2 s", "n 6, took 4.1 s", "n 6, took 7.0 s"), "drifted"),
        (("甲 1\n乙 2\n", "乙 2\n甲 1\n", "甲 1\n乙 2\n"), "same"),
        (("甲 1\n乙 2\n", "乙 2\n甲 3\n", "甲 3\n乙 2\n"), "drifted"),
        (
            ("['猫', '狗', '鸟', '鱼']", "['鸟', '狗', '鱼', '猫']", "['鸟', '鱼', '猫', '狗']"),
            "same",
        ),
        (("['猫', '狗', '鸟']", "['鸟', '猫', '狗']", "['鸟', '猫', '狗']"), "drifted"),
        (("['猫', '狗', '鸟']", "['鸟', '猫', '狗']", "['狗', '猫', '鸟']"), "same"),
        (("['猫', '狗', '鸟']", "['鸟', '狗', '猫']", "['狗', '鸟', '猫']"), "same"),
        (("['猫', '狗', '鸟']", "['鸟', '狗', '鱼']", "['狗', '鸟', '鱼']"), "drifted"),
        (
            (
                "甲1 取 0\n甲2 取 1\n甲1 取 2",
                "甲2 取 1\n甲2 取 0\n甲1 取 2",
                "甲2 取 2\n甲1 取 0\n甲1 取 1",
            ),
            "same",
        ),
        (
            (
                "甲1 取 0\n甲2 取 1\n甲1 取 2",
                "甲2 取 1\n甲2 取 0\n甲1 取 2",
                "甲2 取 1\n甲2 取 0\n甲1 取 2",
            ),
            "drifted",
        ),
        (("是 否 是 否 否 是", "否 是 否 是 否 是", "是 是 否 否 否 否"), "same"),
        (("是 否 是 否 否 是", "否 是 否 是 否 是", "否 是 否 是 否 是"), "drifted"),
        (("a\n", "a\nretry\n", "a\n"), "same"),
        (("a\n", "a\nretry\n", "a\nretry\n"), "drifted"),
        (("a\nretry\n", "a\n", "a\nretry\n"), "same"),
        (("loss 0.71", "loss 0.3012345", "loss 0.3012346"), "drifted"),
        (("built 2026-03-04", "built 2026-03-05", "built 2026-03-06"), "same"),
        (("built 2026-03-04", "built 2020-01-01", "built 2020-01-01"), "drifted"),
    ],
)
def test_new_runs_decide(texts: tuple[str, ...], verdict: str) -> None:
    """Noise is what new runs disagree on; drift is what they agree on."""
    assert verdict == compared(*texts).verdict


def test_noise_is_near_the_new_runs() -> None:
    """A published number that is far from two of them is doubtful, from three it is drift."""
    texts = ("精度 91.2 %", "精度 85.1 %", "精度 84.7 %", "精度 85.1 %")
    two, three = compared(*texts[:3]), compared(*texts)
    assert ("same", True, "drifted") == (two.verdict, two.doubtful, three.verdict)
    assert "drifted" == compared("精度 91.2 %", "精度 81.3 %", known=two.noise).verdict
    near = ("精度 86.2 %", *texts[1:])
    assert ("same", False) == (compared(*near[:3]).verdict, compared(*near[:3]).doubtful)
    assert "same" == compared(*near).verdict


BESIDE = [
    # published, new runs
    ("3 s, loss 0.3333", "4 s, loss 0.5000", "5 s, loss 0.5000"),
    (
        "0.0123 s, 0.0211 s, loss 0.3333",
        "0.0245 s, 0.0312 s, loss 0.50",
        "0.01 s, 0.02 s, loss 0.50",
    ),
    ("0.0123 s, depth 5", "0.0124 s, depth 7", "0.0245 s, depth 7", "0.0131 s, depth 7"),
    ("甲 8f7a 3c1b e5d9 成功", "甲 9a1c 4d2e b6f0 失败", "甲 1b2d 5e3f c7a1 失败"),
    ("{1, 3, 2} 共 3", "{2, 1, 3} 共 4", "{3, 2, 1} 共 4", "{1, 2, 3} 共 4"),
]


@pytest.mark.parametrize("texts", BESIDE)
def test_a_result_beside_noise_is_drift(texts: tuple[str, ...]) -> None:
    """What stands beside durations and ids is no noise itself: the new runs agree on it."""
    assert "drifted" == compared(*texts).verdict


@pytest.mark.parametrize(
    ("texts", "verdict"),
    [
        (("[0.26, 0.78]", "[0.3, 0.58, 0.98]", "[0.88, 0.12, 0.05]", "[0.4, 0.7, 0.9]"), "drifted"),
        (("甲 [0.26, 0.78]", "甲 [0.3, 0.58, 0.98]", "甲 [0.88]"), "same"),
        (("[0.26, 0.78]", "[0.31, 0.58]", "[0.88, 0.12]"), "same"),
        (("[0.26 0.78 0.11]", "[0.3 0.58]", "[0.88 0.12]", "[0.41 0.7]", "[0.5 0.9]"), "drifted"),
    ],
)
def test_how_many_numbers_a_list_has_is_no_noise(texts: tuple[str, ...], verdict: str) -> None:
    """Unless new runs disagree on it; what an earlier check learned of the place says nothing."""
    assert verdict == compared(*texts).verdict
    known = (NoisePlace(0, 0, "L1.4", "text"), NoisePlace(0, 0, "L1.3", "text"))
    assert verdict == compared(*texts, known=known).verdict


JOINED = (
    "生产 0|消费 0|消费 1|生产 1消费 2|消费 3||生产 2|生产 3|",
    "生产 0|生产 1|生产 2|消费 0|生产 3|消费 1|消费 2|消费 3|",
    "消费 0|生产 0|生产 1|消费 1|消费 2|生产 2|生产 3|消费 3|",
    "生产 0|生产 1|消费 0|生产 2|生产 3消费 1||消费 2|消费 3|",
)
"""What two threads print, `|` for the end of a line: one may begin to print in the other's line."""


def _joined(first: int) -> list[str]:
    texts = (*JOINED[first:], *JOINED[:first])
    return [each.replace("|", "\n") for each in texts]


@pytest.mark.parametrize("first", range(len(JOINED)))
def test_lines_that_threads_join_are_no_drift(first: int) -> None:
    """Runs have the same letters and numbers in other orders."""
    assert "same" == compared(*_joined(first)).verdict


@pytest.mark.parametrize("first", range(len(JOINED)))
def test_lines_that_threads_join_are_not_taken_for_the_date(first: int) -> None:
    """A run at the published time has some of the lines where they were, by chance."""
    published, *others = _joined(first)
    then, now, *again = (ran(each, days=n) for n, each in enumerate((published, *others)))
    notebook = Notebook((Cell("f()", 3),))
    for past in _joined(first):
        found = compare(notebook, then, now, CheckOptions(), again, (), ran(past))
        assert "same" == found.verdict


@pytest.mark.parametrize(("old", "new"), [("消费 2", "消费 7"), ("消费", "取出")])
@pytest.mark.parametrize("first", range(len(JOINED)))
def test_a_change_among_lines_that_threads_join_is_drift(first: int, old: str, new: str) -> None:
    """All new runs have a number or a word that the published one has not."""
    published, *others = _joined(first)
    changed = [each.replace(old, new) for each in others]
    assert "drifted" == compared(published, *changed).verdict


@pytest.mark.parametrize(
    "texts",
    [
        ("[3, 8, 1, 7]", "[5, 2, 9, 0]", "[5, 6, 4, 1]", "[5, 3, 2, 8]"),
        ("0.268 0.993 0.128 0.128", "0.993 0.268 0.128 0.993", "0.993 0.128 0.993 0.128"),
        (
            "7 ######\n8 #########\n",
            "7 ########\n8 ######\n",
            "7 ########\n8 #######\n",
            "7 #########\n8 ######\n",
        ),
        ("红 绿 蓝 红 绿", "绿 绿 红 蓝 蓝", "绿 红 蓝 红 红"),
        ("0  红\n1  绿\n2  蓝\n3  红", "0  绿\n1  蓝\n2  红\n3  蓝", "0  绿\n1  红\n2  绿\n3  绿"),
    ],
)
def test_random_values_may_be_equal_by_chance(texts: tuple[str, ...]) -> None:
    """Some of many digits are, and some of words of which there are few."""
    assert "same" == compared(*texts).verdict


def test_more_runs_decide_beside_noise() -> None:
    """Two new runs may agree on a random result by chance, also in another cell."""

    def ran_both(number: int, coin: str) -> Execution:
        return Execution(((Stream("stdout", f"id {number}"),), (Stream("stdout", coin),)))

    notebook = Notebook((Cell("f()", 3), Cell("g()", 5)))
    then, now, equal = (
        ran_both(3141592, "正面"),
        ran_both(2718281, "反面"),
        ran_both(1414213, "反面"),
    )
    found = compare(notebook, then, now, CheckOptions(), [equal])
    assert ("drifted", True) == (found.verdict, found.unsure)
    others = [equal, ran_both(1618033, "正面")]
    assert "same" == compare(notebook, then, now, CheckOptions(), others).verdict


def test_random_numbers_may_be_near_in_new_runs() -> None:
    """In a column of random numbers one that new runs hardly differ in is random too."""
    near = (
        "第 0 次 900.25\n第 1 次 {}\n",
        "第 0 次 811.5\n第 1 次 {}\n",
        "第 0 次 700.75\n第 1 次 {}\n",
    )
    more = "第 2 次 31.5", "第 2 次 44.25", "第 2 次 57.125"
    values = "375.997491", "374.996299", "374.996298"
    texts = (a.format(b) + c for a, b, c in zip(near, values, more, strict=True))
    assert "same" == compared(*texts).verdict
    assert "drifted" == compared(*(f"误差 {value}" for value in values)).verdict


def test_more_runs_decide_on_cells_beside_random_ones() -> None:
    """A cell of a table that is equal in two new runs, in a row that is not, may be random too."""

    def shown(*cells: object) -> Execution:
        row = "".join(f"<td>{cell}</td>" for cell in cells)
        return Execution(((Display({"text/html": f"<table><tr>{row}</tr></table>"}),),))

    notebook, options = Notebook((Cell("f()", 3),)), CheckOptions()
    then, now = shown("罗马", 15.52, 8.41), shown("利马", 14.43, 7.12)
    for other, unsure in ((now, False), (shown("利马", 14.43, 7.93), True)):
        found = compare(notebook, then, now, options, [other])
        assert ("drifted", unsure) == (found.verdict, found.unsure)
    others = [shown("利马", 14.43, 7.93), shown("奥斯陆", 14.98, 7.93)]
    assert "same" == compare(notebook, then, now, options, others).verdict


def test_one_measured_time_shows_that_a_column_is_measured() -> None:
    """A coarse one is often equal by chance; a number without a unit of time needs two others."""
    lines = "折 1 用时 {} s\n折 2 用时 {} s\n"
    texts = [lines.format(*times) for times in (("0.0", "0.1"), ("0.1", "0.1"), ("0.1", "0.2"))]
    assert "same" == compared(*texts).verdict
    assert "drifted" == compared(*(text.replace(" s", " rad") for text in texts)).verdict


def test_limits_follow_from_random_data() -> None:
    """Two new runs may have equal ones by chance while the data differ; else it is drift."""

    def drawn(y: list[float], top: float) -> Execution:
        from matplotlib.figure import Figure

        axes = (figure := Figure()).subplots()
        axes.plot(y)
        axes.set_ylim(0, top)
        figure.canvas.draw()
        shown = Display({"image/png": repr(y).encode()}, drawing=figures.describe(figure) or "")
        return Execution(((shown,),), finished=END)

    notebook, options = Notebook((Cell("f()", 3),)), CheckOptions()
    then, now = drawn([1, 2, 3], 4.2), drawn([1, 2, 2.9], 4.1)
    noisy, equal = drawn([1, 2, 2.5], 4.1), drawn([1, 2, 2.9], 4.1)
    assert "same" == compare(notebook, then, now, options, [noisy]).verdict
    assert "drifted" == compare(notebook, then, now, options, [equal]).verdict


def _plotted(*lines: list[float]) -> Execution:
    """A run that plots some lines without labels."""
    from matplotlib.figure import Figure

    axes = (figure := Figure()).subplots()
    axes.set_xlim(0, 2)
    axes.set_ylim(0, 9)
    for line in lines:
        axes.plot(line)
    figure.canvas.draw()
    picture = repr(lines).encode()
    shown = Display({"image/png": picture}, drawing=figures.describe(figure) or "")
    return Execution(((shown,),), finished=END)


def _boxes(seed: int) -> Execution:
    """A run that draws boxes of random numbers, some of them with outliers."""
    from matplotlib.figure import Figure

    axes = (figure := Figure()).subplots()
    axes.boxplot(np.random.default_rng(seed).normal(size=(30, 3)))
    figure.canvas.draw()
    picture = str(seed).encode()
    shown = Display({"image/png": picture}, drawing=figures.describe(figure) or "")
    return Execution(((shown,),), finished=END)


def test_the_parts_of_random_boxes_are_those_at_their_places() -> None:
    """Those without outliers, which are equal, do not shift them; their count is random too."""
    published, now, *again = map(_boxes, range(13, 17))
    notebook = Notebook((Cell("f()", 3),))
    assert "same" == compare(notebook, published, now, CheckOptions(), again).verdict


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([([3, 1], [0, 1]), ([2, 6], [0, 2]), ([5, 2], [0, 2])], "drifted"),
        ([([3, 1], [0, 1]), ([2, 6], [0, 1]), ([5, 2], [0, 1])], "same"),
        ([([3, 1], [5, 2]), ([2, 6], [4, 7]), ([5, 2], [8, 3])], "same"),
        ([([3, 1], [5, 2]), ([2, 6], [4, 7], [1, 1]), ([5, 2],)], "same"),
        ([([3, 1], [5, 2]), ([2, 6],), ([5, 2], [8, 3], [4, 1])], "same"),
    ],
)
def test_each_line_of_a_figure_is_measured(
    runs: list[tuple[list[float], ...]], expected: str
) -> None:
    """One may be random and another a result; how many there are may be random too."""
    then, now, again = (_plotted(*lines) for lines in runs)
    notebook = Notebook((Cell("f()", 3),))
    assert expected == compare(notebook, then, now, CheckOptions(), [again]).verdict


def _bars(*heights: float) -> Execution:
    """A run that draws bars which ticks name."""
    from matplotlib.figure import Figure

    axes = (figure := Figure()).subplots()
    axes.bar(["甲", "乙", "丙"], heights)
    axes.set_ylim(0, 9)
    figure.canvas.draw()
    picture = repr(heights).encode()
    shown = Display({"image/png": picture}, drawing=figures.describe(figure) or "")
    return Execution(((shown,),), finished=END)


@pytest.mark.parametrize(("height", "expected"), [(1.0, "same"), (1.1, "drifted")])
def test_each_bar_that_has_a_name_is_measured(height: float, expected: str) -> None:
    """The last is random; another is a result."""
    runs = [_bars(3, 1.0, 4.1), *(_bars(3, height, last) for last in (4.7, 3.6, 4.4))]
    published, now, *again = runs
    notebook = Notebook((Cell("f()", 3),))
    assert expected == compare(notebook, published, now, CheckOptions(), again).verdict


def _fitted(slope: float, name: str = "甲", made: datetime | None = None) -> Execution:
    """A run that plots a line whose label tells its slope, and the time of the run."""
    from matplotlib.figure import Figure

    axes = (figure := Figure()).subplots()
    made = made or END
    axes.plot([0, 1], [0, slope], label=f"{name}: {slope:.3f}, {made:%d %B %Y, %H:%M:%S}")
    axes.legend()
    figure.canvas.draw()
    picture = f"{slope} {made}".encode()
    shown = Display({"image/png": picture}, drawing=figures.describe(figure) or "")
    return Execution(((shown,),), finished=made)


def test_the_label_of_a_line_may_have_a_random_number() -> None:
    """It names the line in no other run; what all new runs agree on is a change."""
    notebook, options = Notebook((Cell("f()", 3),)), CheckOptions()
    random = [_fitted(slope) for slope in (1.213, 1.347, 1.288)]
    assert "same" == compare(notebook, *random[:2], options, random[2:]).verdict
    other = [_fitted(1.213), _fitted(1.347, "乙"), _fitted(1.288, "乙")]
    assert "drifted" == compare(notebook, *other[:2], options, other[2:]).verdict
    result = [_fitted(slope) for slope in (1.213, 1.347, 1.347)]
    assert "drifted" == compare(notebook, *result[:2], options, result[2:]).verdict


def test_the_label_of_a_line_may_have_the_time_of_its_run() -> None:
    notebook, options = Notebook((Cell("f()", 3),)), CheckOptions()
    then, now = _fitted(1.2), _fitted(1.2, made=END + timedelta(days=40, hours=3))
    assert "drifted" != compare(notebook, then, now, options).verdict
    other = replace(_fitted(1.2, made=END + timedelta(days=9)), finished=now.finished)
    assert "drifted" == compare(notebook, then, other, options, [other]).verdict


def test_learned_noise_needs_no_second_run() -> None:
    """The place is known by the published output, whatever the next run prints there."""
    learned = compared("n 5\ntook 3.2 s", "n 5\ntook 4.1 s", "n 5\ntook 7.0 s").noise
    assert [("L2.1", "number", 4.1, 7.0)] == [(n.place, n.kind, n.low, n.high) for n in learned]
    assert "same" == compared("n 5\ntook 3.2 s", "n 5\ntook 5.5 s", known=learned).verdict
    assert "drifted" == compared("n 5\ntook 3.2 s", "n 6\ntook 5.5 s", known=learned).verdict


POSTS = {
    "timed": "import time\nt = time.perf_counter()\ntime.sleep(0.3)\n"
    "print(f'{time.perf_counter() - t:.1f} s')",
    "random": "import uuid\nprint('编号', uuid.uuid4())",
    "drifts": "import os\nprint(os.environ.get('EG_N', '1'), 'rows')",
    "rare": "import os\nif path := os.environ.get('EG_RUNS'):\n    open(path, 'a').write('甲')\n"
    "print(['红', '绿', '绿', '蓝', '蓝'][len(open(path).read()) if path else 0])",
}


@pytest.fixture(scope="module")
def blog(tmp_path_factory: pytest.TempPathFactory) -> BuildOptions:
    """Publish a blog with noise."""
    root = tmp_path_factory.mktemp("noise") / "博"
    (root / "posts").mkdir(parents=True)
    for name, code in POSTS.items():
        text = f"---\ntitle: 题 {name}\n---\n\n```python\n{code}\n```\n"
        (root / f"posts/2026-01-01-{name}.md").write_text(text, "utf-8")
    options = BuildOptions(root, root / "_site", read_settings(root))
    publish(options)
    return options


def verdicts(blog: BuildOptions, once: bool = False) -> dict[str, str]:
    """Check the blog; return each post's verdict."""
    return {post.path[17:-3]: post.verdict for post in check(blog, once=once).posts}


def test_a_post_that_differs_runs_again(
    blog: BuildOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a second run it is not known whether a difference is noise; what was learned is."""
    monkeypatch.setenv("EG_N", "2")
    unknown = {"timed": "same", "rare": "same", "random": "differs", "drifts": "differs"}
    assert "differs" == verdicts(blog, once=True)["random"]
    found = check(blog, once=True).findings
    assert {"; not known whether that is noise"} == {f.message[-33:] for f in found}
    assert {**unknown, "random": "same", "drifts": "drifted"} == verdicts(blog)
    assert "same" == verdicts(blog, once=True)["random"]
    assert history.read(blog.verdicts)["posts/2026-01-01-random.md"].noise


def test_a_coin_may_fall_thrice_on_one_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A post that draws random numbers runs more often, also if nothing else in it is noise."""
    (tmp_path / "posts").mkdir()
    coin = "import os, random\nprint(os.environ.get('EG_COIN', '正面'))"
    text = f"---\ntitle: 硬币\n---\n\n```python\n{coin}\n```\n"
    (tmp_path / "posts/2026-01-01-coin.md").write_text(text, "utf-8")
    options = BuildOptions(tmp_path, tmp_path / "_site", read_settings(tmp_path))
    publish(options)
    monkeypatch.setenv("EG_COIN", "反面")
    falls, run_again = iter(["反面", "反面", "正面"]), verify._run_again

    def throw(*given: Any) -> Any:
        monkeypatch.setenv("EG_COIN", next(falls))
        return run_again(*given)

    monkeypatch.setattr(verify, "_run_again", throw)
    assert ["same"] == [post.verdict for post in check(options).posts]


def test_two_new_runs_may_agree_by_chance(
    blog: BuildOptions, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A short post has drifted when a third agrees as well."""
    monkeypatch.setenv("EG_RUNS", str(tmp_path / "runs"))
    assert "same" == check(blog, ["rare"]).posts[0].verdict
    assert 3 == len((tmp_path / "runs").read_text("utf-8"))


def test_a_perturbed_run_has_other_durations() -> None:
    """Equal ones are longer or shorter, so that neither a rounded one nor an order by them is equal
    by chance; a sum of many is so too.
    """
    times = iter(range(100, 4100))
    read = perturb._uneven(lambda: float(next(times)))
    shown = [read() for _ in range(3000)]
    steps = [later - earlier for earlier, later in pairwise(shown)]
    low, high = perturb.SPEEDS
    assert low <= min(steps) < 1.8 < 2.8 < max(steps) <= high
    sums = [sum(steps[n : n + 100]) for n in range(0, 2900, 100)]
    assert max(sums) > 1.1 * min(sums)


def test_a_measured_duration_has_other_magnitudes() -> None:
    """So one of a busy machine lies among those of later runs; what is random by a little, not."""
    times = iter(range(100, 4100))
    read = perturb._uneven(lambda: float(next(times)), perturb.MEASURING)
    shown = [read() for _ in range(3000)]
    steps = [later - earlier for earlier, later in pairwise(shown)]
    low, high = perturb.MEASURING
    assert low <= min(steps) < 3 < 20 < max(steps) <= high
    measured = ("{'甲': 0.0247}", "{'甲': 0.00021}", "{'甲': 0.0019}", "{'甲': 0.0061}")
    assert "same" == compared(*measured).verdict
    random = ("{'甲': 0.0247}", "{'甲': 0.00021}", "{'甲': 0.00023}", "{'甲': 0.00019}")
    assert "drifted" == compared(*random).verdict


def test_a_clock_of_whole_numbers_never_runs_backwards() -> None:
    """Threads that read one may find the time of the system a little apart."""
    times = iter([100, 200, 190, 201, 201, 300])
    read = perturb._uneven(lambda: next(times))
    shown = [read() for _ in range(5)]
    assert shown == sorted(shown) and all(isinstance(each, int) for each in shown)


def test_profiles_of_a_perturbed_run_have_its_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The order of functions by their times is noise, too; a timer of the author's holds."""
    plain = cProfile.Profile.__init__
    monkeypatch.setattr(cProfile.Profile, "__init__", plain)
    perturb._profile_unevenly()
    for timer in (None, lambda: 0):
        readings = iter(range(100))
        monkeypatch.setattr(time, "perf_counter", lambda: next(readings))  # noqa: B023
        profile = cProfile.Profile(timer)
        profile.runcall(abs, -1)
        assert (next(readings) == 0) is bool(timer)


TASKS = """
import asyncio, multiprocessing
from concurrent.futures import ThreadPoolExecutor, as_completed

async def wait(n):
    await asyncio.sleep(0.001 * n)
    return n

orders = []
for _ in range(4):
    orders.append([await each for each in asyncio.as_completed([wait(n) for n in range(4)])])
with ThreadPoolExecutor(4) as pool:
    futures = [pool.submit(int, n) for n in range(16)]
    orders.append([each.result() for each in as_completed(futures)])
with multiprocessing.get_context("fork").Pool(4) as pool:
    orders.append(list(pool.imap_unordered(abs, range(16))))
print([sorted(order) == sorted(set(order)) for order in orders])
print(any(order != sorted(order) for order in orders[:4]))
print([order != sorted(order) for order in orders[4:]])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="processes are not forked")
def test_tasks_of_a_perturbed_run_end_in_another_order() -> None:
    """It is that of a busy machine, which waits for one of them by chance."""
    found = printed(execute(TASKS, perturbed=True))
    assert f"{[True] * 6}\nTrue\n[True, True]\n" == found


def test_a_perturbed_run_finds_other_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it lists or counts there is noise of the machine."""
    job = Job("posts/文.md", Notebook(()), ExecuteOptions())
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    names = []
    for each in (job, replace(job, perturbed=True)):
        with open_workspace(each):
            names.append(sorted(path.name[:4] for path in tmp_path.iterdir()))
    assert [["ever"], ["0eve", "ever", "zeve"]] == names


UPTIME = "{} up {},  0 user,  load average: {}\n"


def test_the_room_of_a_disk_is_no_result() -> None:
    """`psutil` and `shutil` tell it in a form of their own."""
    disk = "sdiskusage(total=900, used={}, free={}, percent={}) of {} disks"
    now = disk.format(500, 400, 55.5, 2)
    assert "same" == compared(disk.format(100, 800, 11.1, 2), now, now).verdict
    assert "drifted" == compared(disk.format(500, 400, 55.5, 3), now, now).verdict


def test_how_busy_the_machine_is_is_no_result() -> None:
    """`top` and `w` tell it in a line, beside other programs; a load may be far from a later one,
    but only where new runs disagree.
    """
    lines = [
        UPTIME.format("11:35:07", "12 min", "10.00, 6.99, 3.44"),
        UPTIME.format("11:38:12", "1:06", "14.16, 14.56, 13.44"),
        UPTIME.format("11:38:13", "1:06", "14.15, 14.56, 13.44"),
    ]
    assert "same" == compared(*lines).verdict
    notebook = Notebook((Cell("import os\nprint(os.getloadavg(), n)", 3),))
    texts = "(8.8251, 1.5) 5 rows", "(14.6538, 1.5) {} rows", "(14.6601, 1.5) {} rows"
    for rows, verdict in ((5, "same"), (6, "drifted")):
        then, now, again = (ran(text.format(rows)) for text in texts)
        assert verdict == compare(notebook, then, now, CheckOptions(), [again]).verdict
    assert "drifted" == compared(*(text.format(5) for text in texts)).verdict


def test_a_profile_may_be_of_a_machine_that_was_far_busier() -> None:
    """Where new runs disagree; the number of calls is a result."""
    notebook = Notebook((Cell("LineProfiler(f).print_stats()", 3),))
    row = "5 {} {} 9.5 total += 1"
    texts = row.format(50, 36093446.5), row.format("{}", 1310001.5), row.format("{}", 1310003.5)
    for calls, verdict in ((50, "same"), (60, "drifted")):
        then, now, again = (ran(text.format(calls)) for text in texts)
        assert verdict == compare(notebook, then, now, CheckOptions(), [again]).verdict
    assert "drifted" == compared(*(text.format(50) for text in texts)).verdict


SLOW = """\
The slowest run took 14.90 times longer than the fastest. This could mean that an intermediate \
result is being cached.
distributed.core - INFO - Event loop was unresponsive in Worker for 3.20s.  This is often caused by
distributed.gc - WARNING - full garbage collections took 12% CPU time recently (threshold: 10%)
WARNING:tensorflow:Callback method `on_train_batch_end` is slow compared to the batch time (...).
"""


@pytest.mark.parametrize("line", SLOW.splitlines(keepends=True))
def test_what_a_tool_remarks_on_a_busy_machine_is_no_result(line: str) -> None:
    """The page was made on one, and no new run shows it."""
    assert "same" == compared(f"{line}5 rows", "5 rows", "5 rows").verdict
    assert "drifted" == compared(f"{line}5 rows", "6 rows", "6 rows").verdict


def test_a_figure_is_described_beside_its_picture() -> None:
    """The description is no form of the output: no page, notebook or comparison of runs has it."""
    code = "import matplotlib.pyplot as plt\nplt.bar(['甲', '乙'], [1, 3.5])\nplt.title('题')"
    (made,) = [o for o in execute(code).outputs[0] if isinstance(o, Display) and not o.result]
    bars = [a for a in json.loads(made.drawing)["axes"][0]["artists"] if a["kind"] == "bar"]
    assert [("甲", 1.0), ("乙", 3.5)] == [(bar["name"], bar["h"]) for bar in bars]
    assert {"image/png", "text/plain"} == set(made.data)
    assert made == Display(made.data, made.metadata)
    assert DRAWING == figures.MIME


FRAMES: dict[str, Callable[[Any], object]] = {
    "axes 1, grid: '' → 'x major y major'": lambda axes: axes.grid(True),
    "axes 1, spines: 'bottom left right top' → 'bottom left right'": lambda axes: axes.spines[
        "top"
    ].set_visible(False),
    "axes 1, background: '#ffffffff' → '#ff0000ff'": lambda axes: axes.set_facecolor("red"),
    "axes 1, aspect: 'auto' → '1.0'": lambda axes: axes.set_aspect("equal"),
    "the figure's background: '#ffffffff' → '#ff0000ff'": lambda axes: axes.figure.set_facecolor(
        "red"
    ),
    "the figure has 2 axes in others, it had 1": lambda axes: axes.inset_axes([0.5, 0.5, 0.2, 0.2]),
    "axes 2, line 2 is new": lambda axes: axes.child_axes[0].plot([1, 2]),
}


def framed(change: Callable[[Any], object] = lambda axes: None) -> dict[str, Any]:
    """Describe a figure with an inset, after a change."""
    from matplotlib.figure import Figure

    axes = Figure().subplots()
    axes.plot([1, 2])
    axes.inset_axes([0, 0, 0.2, 0.2]).plot([2, 1])
    change(axes)
    axes.figure.canvas.draw()
    return dict(json.loads(figures.describe(axes.figure) or ""))


@pytest.mark.parametrize("told", FRAMES)
def test_what_is_around_the_data_counts(told: str) -> None:
    """Grid, spines, backgrounds, and axes in other axes."""
    then, now = framed(), framed(FRAMES[told])
    found = compare_drawings(then, now, ComparisonRules())
    assert told in [each.message for each in found.changes]


def test_a_description_of_before_has_less() -> None:
    """What it does not have is not compared: the page stays the same."""
    now = framed()
    then = {key: value for key, value in now.items() if key not in ("background", "insets")}
    then["axes"] = [{k: v for k, v in a.items() if k != "frame"} for a in now["axes"]]
    assert () == compare_drawings(then, now, ComparisonRules()).changes


def test_a_description_of_the_first_form_has_less() -> None:
    """It tells neither markers' colours nor arrows; the page stays the same."""
    now = framed(_marked)
    then = json.loads(json.dumps({k: v for k, v in now.items() if k != "form"}))
    then["axes"][0]["legend"].pop("handles")
    artists = then["axes"][0]["artists"]
    artists[:] = [each for each in artists if each.get("text") != ""]
    for artist in artists:
        for key in ("order", "face", "dashes", "arrow", "font"):
            artist.pop(key, None)
    assert () == compare_drawings(then, now, ComparisonRules()).changes


def _pie(axes: Any) -> None:
    axes.pie([3, 4, 5], labels=["x", "y", "z"], autopct="%1.0f%%")


def _surface(axes: Any) -> None:
    place = np.linspace(0, 6, 40)
    drawn = axes.contour(place, place, np.outer(np.sin(place), np.cos(place)))
    axes.clabel(drawn)


def _redrawn(drawing: dict[str, Any], move: float = 0.0) -> dict[str, Any]:
    """Return a drawing as another release may make it of the same data: texts in another order,
    labels of contours elsewhere, outlines with another number of corners."""
    again = json.loads(json.dumps({**drawing, "by": "matplotlib 99.0"}))
    artists = again["axes"][0]["artists"]
    for artist in artists:
        if "shapes" in artist:
            shapes = artist["shapes"]
            shapes["shape"][0] += 7
            shapes["blocks"] = [[value + move for value in block] for block in shapes["blocks"]]
        if artist["kind"] == "text" and artist["text"][-1].isdigit():
            artist["at"][0] += 1
    artists.sort(key=lambda artist: str(artist.get("text", "")))
    return dict(again)


@pytest.mark.parametrize("draw", [_pie, _surface])
def test_what_another_release_computes_of_the_data_may_differ(draw: Callable[[Any], None]) -> None:
    """The figure was redrawn: no change matters."""
    then = framed(draw)
    changes = compare_drawings(then, _redrawn(then), ComparisonRules()).changes
    assert [] == [each.message for each in changes if each.level == DifferenceLevel.DIFFERENT]


def test_an_outline_of_another_release_may_not_be_elsewhere() -> None:
    """Other corners are in the same place."""
    then = framed(_surface)
    found = compare_drawings(then, _redrawn(then, 0.5), ComparisonRules())
    assert found.level == DifferenceLevel.DIFFERENT


def test_the_same_release_draws_the_same_outlines() -> None:
    """Corners that are new with the same Matplotlib are a change of the data."""
    then = framed(_surface)
    now = {**_redrawn(then), "by": then["by"]}
    assert compare_drawings(then, now, ComparisonRules()).level == DifferenceLevel.DIFFERENT


def _marked(axes: Any) -> None:
    """Draw what only descriptions of the second form tell."""
    axes.plot([1, 2], "o", zorder=5, label="甲")
    axes.annotate("", (1, 1), (0, 0), arrowprops={"arrowstyle": "->"})
    axes.hlines([1], 0, 1, linestyles="dashed")
    axes.legend()


MARKS: dict[str, tuple[Callable[[Any], object], Callable[[Any], object]]] = {
    "axes 1, points 1, order above others: 3 → 4": (
        lambda axes: axes.scatter([1], [1], zorder=3),
        lambda axes: axes.scatter([1], [1], zorder=4),
    ),
    "axes 1, line 2, colour of markers: #ff7f0eff → #00000000": (
        lambda axes: axes.plot([1], "o"),
        lambda axes: axes.plot([1], "o", markerfacecolor="none"),
    ),
    "axes 1, collection 1, dashes:  → 5.55-2.4": (
        lambda axes: axes.hlines([1], 0, 1),
        lambda axes: axes.hlines([1], 0, 1, linestyles="dashed"),
    ),
    "axes 1, text 1, points to: 1.0 → 0.0": (
        lambda axes: axes.annotate("", (1, 1), (0, 0), arrowprops={"arrowstyle": "->"}),
        lambda axes: axes.annotate("", (0, 1), (0, 0), arrowprops={"arrowstyle": "->"}),
    ),
    "axes 1, text 1, arrow: Curve #000000ff → CurveB #000000ff": (
        lambda axes: axes.annotate("", (1, 1), (0, 0), arrowprops={"arrowstyle": "-"}),
        lambda axes: axes.annotate("", (1, 1), (0, 0), arrowprops={"arrowstyle": "->"}),
    ),
    "axes 1, text '大', font: 10.0 → 20.0": (
        lambda axes: axes.text(1, 1, "大"),
        lambda axes: axes.text(1, 1, "大", size=20),
    ),
    "axes 1, legend: '#ff0000ff #ff0000ff' → '#0000ffff #0000ffff'": (
        lambda axes: axes.legend(handles=[Patch(color="red", label="甲")]),
        lambda axes: axes.legend(handles=[Patch(color="blue", label="甲")]),
    ),
}


@pytest.mark.parametrize("told", MARKS)
def test_marks_count(told: str) -> None:
    """What lies above, markers, dashes, arrows, sizes of texts, signs of a legend."""
    then, now = map(framed, MARKS[told])
    found = compare_drawings(then, now, ComparisonRules())
    assert told in [each.message for each in found.changes]


def test_angles_of_sight_count() -> None:
    """A surface from the other side is another figure, with the same data."""
    from matplotlib.figure import Figure

    sides = []
    for azimuth in (30, 60):
        axes: Any = Figure().add_subplot(projection="3d")
        axes.plot([1, 2], [1, 2], [1, 2])
        axes.view_init(azim=azimuth)
        axes.figure.canvas.draw()
        sides.append(json.loads(figures.describe(axes.figure) or ""))
    (change,) = compare_drawings(*sides, ComparisonRules()).changes
    assert "axes 1, view: '30 30 0' → '30 60 0'" == change.message


def test_a_description_of_many_points_is_short() -> None:
    """Long data are described by blocks."""
    from matplotlib.figure import Figure

    figure = Figure()
    figure.subplots().plot(range(1_000_000))
    figure.canvas.draw()
    described = figures.describe(figure)
    assert described and len(described) < 10_000


def checked(verdict: str, numpy: str, days: int = 0, results: str = "r") -> PostCheck:
    """Return a check with a version of NumPy."""
    when = END + timedelta(days=days)
    environment = Environment("3.11.7", "Linux", (("numpy", numpy),))
    return PostCheck(
        "posts/文.md",
        "题",
        verdict,  # type: ignore[arg-type]
        environment=environment,
        finished=when,
        record="x",
        results=results,
        published=when,
    )


def test_versions_that_confirm_are_remembered(tmp_path: Path) -> None:
    """With those of other environments; since when the results hold stays."""
    file, posts = tmp_path / "checks.json", ["posts/文.md"]
    history.note(file, [checked("same", "2.10.0")], posts)
    history.note(file, [checked("drifted", "3.0", days=1)], posts)
    history.note_elsewhere(file, [checked("within tolerance", "2.9.1", days=2)], posts)
    found = history.read(file)["posts/文.md"]
    assert (END, (("numpy", "2.9.1", "2.10.0"),)) == (found.since, found.spans)
    history.note(file, [checked("same", "2.11.0", days=3, results="other")], posts)
    found = history.read(file)["posts/文.md"]
    assert (END + timedelta(days=3), ()) == (found.since, found.spans)


MIXED = (
    "job 1 done\n1 job 0 done\n0 job 2 done\n2 ",
    "job 2 done\n2 job 0 done\njob 1 done\n0 1 ",
    "job 0 done\njob 1 done\n0 1 job 2 done\n2 ",
)
"""What tasks that wait for each other print in three runs."""


def left_of(*texts: str) -> list[str]:
    """Return the changes between the first text and the second that the others do not explain."""
    published, new, *more = texts
    rules = ComparisonRules()
    among_new = [compare_text(new, each, rules) for each in more]
    to_others = [compare_text(published, each, rules) for each in more]
    found = measure(compare_text(published, new, rules), among_new, to_others)
    return [each.message for each in found.changes if each.level == DifferenceLevel.DIFFERENT]


def test_the_order_of_what_tasks_print_is_noise_in_any_mixture() -> None:
    assert [] == left_of(*MIXED)


@pytest.mark.parametrize(
    "published",
    [
        MIXED[0].replace("job 2 done", "job 2 failed"),
        MIXED[0] + "mean 3 of 4",
        MIXED[0].replace("2 ", "2 job 2 done"),
    ],
)
def test_other_words_between_those_of_tasks_are_a_change(published: str) -> None:
    assert left_of(published, *MIXED[1:])


def test_an_order_that_all_new_runs_share_is_a_change() -> None:
    assert left_of(MIXED[0], MIXED[1], MIXED[1])


def test_the_order_of_words_that_no_new_run_moves_is_a_change() -> None:
    """Though other words are in another order in each run."""
    best = [
        f"{text}\nbest {names}\n" for text, names in zip(MIXED, ("b a", "a b", "a b"), strict=True)
    ]
    assert left_of(*best)
