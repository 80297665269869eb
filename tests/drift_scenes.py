"""Scenes of notebooks: functions that print or show what a cell would, with knobs for what may
change. A knob that is turned is either a change that matters or one that does not; what a scene
draws from its generator of random numbers is noise, other in each run.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import string
import textwrap
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import altair
import numpy as np
import pandas as pd
import plotly.graph_objects as go
from drift_figures import FIGURES, draw, unseen_picture
from drift_samples import NOW, PUBLISHED, Outputs, printed, shown

from evergreen.model import CellError, Display, Stream

FIXTURES = Path(__file__).parent / "fixtures"
Knobs = Mapping[str, Any]
Scene = Callable[..., Outputs]


@dataclass(frozen=True, slots=True)
class Case:
    """A cell as published, as it is now, and as it is in a second run now."""

    kind: str
    name: str
    then: Outputs
    now: Outputs
    again: Outputs
    harmful: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: str
    scene: Scene
    base: Knobs
    harmful: Sequence[Knobs]
    harmless: Sequence[Knobs]


_ENTRIES: list[_Entry] = []


def cases() -> Iterator[Case]:
    """All cases, the harmful ones of a scene before its harmless ones."""
    for number, entry in enumerate(_ENTRIES):
        for harmful, knobs in ((True, entry.harmful), (False, entry.harmless)):
            for each in knobs:
                yield _case(entry, each, harmful, number)
    yield from released()


def released() -> Iterator[Case]:
    """Outputs recorded with other releases of Matplotlib, scikit-learn, pandas and statsmodels."""
    content = gzip.decompress((FIXTURES / "drift/releases.json.gz").read_bytes())
    recorded = json.loads(content)
    figures, outputs = recorded["figures"], recorded["outputs"]
    for release in ("3.9", "3.10"):
        for name in figures["3.11"]:
            for now, harmful in (("3.11", False), ("changed", True)):
                if name in figures[now]:
                    pair = _drawn(figures[release][name], b"1"), _drawn(figures[now][name], b"2")
                    told = f"Matplotlib {release} to {now}: {name}"
                    yield Case("releases", told, *pair, pair[1], harmful)
    for name, data in outputs["old"].items():
        for other, harmful in ((name, False), (f"{name}*", True)):
            if other in outputs["new"] and not name.endswith("*"):
                now = (Display(outputs["new"][other]),)
                again = (Display(_later(outputs["new"][other])),)
                yield Case("releases", f"{name} to {other}", (Display(data),), now, again, harmful)


def _drawn(drawing: str, content: bytes) -> Outputs:
    return (Display({"image/png": content}, drawing=drawing),)


def _later(data: Mapping[str, str]) -> dict[str, str]:
    """Return statsmodels' tables as they are at another time of day."""
    return {mime: re.sub(r"\d\d:\d\d:\d\d", "23:59:58", text) for mime, text in data.items()}


def _case(entry: _Entry, changed: Knobs, harmful: bool, number: int) -> Case:
    """Run a scene three times, each with a seed and a time of its own."""
    runs = [
        entry.scene(
            random.Random(f"{number} {nth}"),
            when,
            **{**entry.base, **(changed if nth else {})},
        )
        for nth, when in enumerate((PUBLISHED, NOW, NOW + timedelta(seconds=40)))
    ]
    told = ", ".join(f"{name}={str(value)[:40]}" for name, value in changed.items()) or "noise"
    return Case(entry.kind, f"{entry.kind}: {told}", *runs, harmful)  # type: ignore[arg-type]


def scene(
    kind: str, base: Knobs, harmful: Sequence[Knobs], harmless: Sequence[Knobs] = ()
) -> Callable[[Scene], Scene]:
    """Register a scene."""

    def add(function: Scene) -> Scene:
        _ENTRIES.append(_Entry(kind, function, base, harmful, harmless))
        return function

    return add


def texts(kind: str, then: str, harmful: Sequence[str], harmless: Sequence[str] = ()) -> None:
    """Register a printed text with others that stand in its place."""

    def show(chance: random.Random, when: datetime, text: str) -> Outputs:
        return printed(text)

    _ENTRIES.append(
        _Entry(
            kind,
            show,
            {"text": then},
            [{"text": each} for each in harmful],
            [{"text": each} for each in harmless],
        )
    )


# --- numbers --------------------------------------------------------------------------------------

texts(
    "metrics",
    "训练集 60000 张\n准确率 0.9164，损失 0.301\n",
    [
        "训练集 60001 张\n准确率 0.9164，损失 0.301\n",
        "训练集 60000 张\n准确率 0.9146，损失 0.301\n",
        "训练集 60000 张\n准确率 0.9164，损失 0.344\n",
        "训练集 60000 张\n准确率 0.9264，损失 0.301\n",
        "测试集 60000 张\n准确率 0.9164，损失 0.301\n",
        "训练集 60000 张\n准确率 91.64，损失 0.301\n",
        "训练集 60000 张\n准确率 0.9164，损失 -0.301\n",
    ],
    [
        "训练集 60000 张\n准确率 0.9165，损失 0.301\n",
        "训练集 60000 张\n准确率 0.9164，损失 0.302\n",
        "训练集 60000 张\n准确率 0.9164，损失 0.301  \n",
    ],
)
for then, now in (
    ("p = 0.05", "p = 0.06"),
    ("alpha 0.1", "alpha 0.2"),
    ("learning rate 1e-03", "learning rate 2e-03"),
    ("p < 0.001", "p > 0.001"),
    ("p < 0.01", "p < 0.05"),
    ("rate: 0.5", "rate: 0.4"),
    ("share 3.5 %", "share 3.6 %"),
    ("12 %", "13 %"),
    ("ratio 3:2", "ratio 3:1"),
    ("odds 1.2", "odds 1.3"),
    ("count 12", "count 12.0"),
    ("mean 3", "mean 3.0"),
    ("[1, 2, 3]", "[1.0, 2.0, 3.0]"),
    ("x = 5.0", "x = 5"),
    ("(3, 4)", "(3, 5)"),
    ("0.0", "0.1"),
    ("1", "2"),
    ("-1.5", "1.5"),
    ("1,234,567 users", "1,234,568 users"),
    ("1,234,567.00", "1,234.56"),
    ("$12.50", "$13.50"),
    ("￥1,299", "￥1,399"),
    ("x̄ = 3.14 ± 0.02", "x̄ = 3.14 ± 0.08"),
    ("2+3j", "2-3j"),
    ("Fraction(1, 3)", "Fraction(1, 2)"),
    ("6.02×10^23", "6.02×10^22"),
    ("6.626e-34 J s", "6.626e-33 J s"),
    ("0b1010", "0b1011"),
    ("0xff", "0xfe"),
    ("3/4", "1/4"),
    ("NaN", "0.0"),
    ("nan", "inf"),
    ("inf", "-inf"),
    ("None", "nan"),
    ("True", "False"),
    ("x² = 4", "x³ = 4"),
    ("第一名：北京", "第一名：上海"),
    ("第3章", "第4章"),
    ("共有三个类别", "共有四个类别"),
    ("十二", "十三"),
    ("version 2.1", "version 2.2"),
    ("python 3.11.7", "python 3.12.1"),
    ("192.168.0.1", "192.168.0.2"),
    ("port 8080", "port 8081"),
    ("39.9042° N, 116.4074° E", "31.2304° N, 121.4737° E"),
):
    texts("a number or word", then, [now])
for then, now in (
    ("distance 5 m", "distance 7 m"),
    ("mean time 5730 years", "mean time 5370 years"),
    ("10x faster", "2x slower"),
    ("10x faster", "2x faster"),
    ("process 1000 rows", "process 900 rows"),
    ("half-life 8 days", "half-life 9 days"),
    ("speed 343 m/s", "speed 334 m/s"),
    ("a walk of 5 min", "a walk of 6 min"),
    ("elapsed since the eruption: 1947 years", "elapsed since the eruption: 1974 years"),
    ("took 3 attempts", "took 4 attempts"),
    ("time constant 2.20 ms", "time constant 2.80 ms"),
    ("period 2.0061 s", "period 2.0161 s"),
    ("done in 5 steps", "done in 6 steps"),
    ("dataset of 1.5 GB", "dataset of 1.6 GB"),
    ("temperature 21.5 °C", "temperature 22.5 °C"),
    ("train leaves 12:30", "train leaves 12:45"),
    ("sunrise 06:12, sunset 19:45", "sunrise 06:12, sunset 19:15"),
    ("frequency 50 Hz", "frequency 60 Hz"),
    ("runtime of the film: 2h 16min", "runtime of the film: 2h 42min"),
    ("average response time 250 ms", "average response time 520 ms"),
    ("memory needed: 64 MB", "memory needed: 512 MB"),
    ("epoch 1970", "epoch 1971"),
    ("step size 0.1", "step size 0.2"),
    ("wall thickness 12 mm", "wall thickness 21 mm"),
    ("速度 3 倍", "速度 2 倍"),
    ("耗时 3 年", "耗时 5 年"),
    ("寿命 5730 年", "寿命 5370 年"),
    ("decay after 14.32 s", "decay after 41.32 s"),
    ("speed-up: 3.5", "speed-up: 5.3"),
    ("latency budget: 100 ms", "latency budget: 200 ms"),
    ("lasted from 1914 to 1918", "lasted from 1914 to 1919"),
    ("pid controller gain 1200", "pid controller gain 2100"),
    ("id 42: Alice", "id 43: Alice"),
    ("seed 1234", "seed 4321"),
    ("in 0.5 seconds the ball falls 1.23 m", "in 0.5 seconds the ball falls 2.13 m"),
    ("5 it/s needed", "6 it/s needed"),
):
    texts("a quantity", then, [now])
texts(
    "residuals",
    "max |Ax - b| = 3.2e-16\nnorm = 12.5\n",
    [
        "max |Ax - b| = 3.2e-03\nnorm = 12.5\n",
        "max |Ax - b| = 0.25\nnorm = 12.5\n",
        "max |Ax - b| = 3.2e-16\nnorm = 12.8\n",
    ],
    [
        "max |Ax - b| = 1.1e-16\nnorm = 12.5\n",
        "max |Ax - b| = 4.440892098500626e-16\nnorm = 12.5\n",
        "max |Ax - b| = 0.0\nnorm = 12.5\n",
    ],
)
texts(
    "an inverse",
    "[[ 1.00000000e+00 -2.22044605e-16]\n [ 1.11022302e-16  1.00000000e+00]]\n",
    [
        "[[ 1.00000000e+00 -2.22044605e-01]\n [ 1.11022302e-16  1.00000000e+00]]\n",
        "[[ 1.00000000e+00 -2.22044605e-16]\n [ 1.11022302e-16  1.01000000e+00]]\n",
    ],
    [
        "[[ 1.00000000e+00  1.11022302e-16]\n [ 0.00000000e+00  1.00000000e+00]]\n",
        "[[1. 0.]\n [0. 1.]]\n",
    ],
)
texts(
    "small values that are results",
    "h = 6.626e-34\nk = 1.381e-23\ne = 1.602e-19\n",
    [
        "h = 6.226e-34\nk = 1.381e-23\ne = 1.602e-19\n",
        "h = 6.626e-34\nk = 1.831e-23\ne = 1.602e-19\n",
        "h = 6.626e-34\nk = 1.381e-23\ne = 1.602e-18\n",
    ],
    ["h = 6.627e-34\nk = 1.381e-23\ne = 1.602e-19\n"],
)
texts(
    "an array",
    "[[ 0.1234  1.567  -2.901 ]\n [ 3.1415  2.718   1.414 ]]\n",
    [
        "[[ 0.1234  1.567  -2.901 ]\n [ 3.1415  2.718   1.514 ]]\n",
        "[[ 0.1234  1.567   2.901 ]\n [ 3.1415  2.718   1.414 ]]\n",
        "[[ 3.1415  2.718   1.414 ]\n [ 0.1234  1.567  -2.901 ]]\n",
        "[[ 0.1234  1.567  -2.901 ]]\n",
        "[[ 0.1234  1.567  -2.901 ]\n [ 3.1415  2.718   nan   ]]\n",
        "[ 0.1234  1.567  -2.901  3.1415  2.718   1.414 ]\n",
    ],
    [
        "[[ 0.1235  1.567  -2.901 ]\n [ 3.1415  2.718   1.414 ]]\n",
        "[[ 0.1234  1.567  -2.901]\n [ 3.1415  2.718   1.414]]\n",
        "[[0.1234 1.567 -2.901]\n [3.1415 2.718 1.414]]\n",
    ],
)
texts(
    "all digits",
    "slope 2.0499999999999994\nstart 0.9500000000000011\n",
    ["slope 2.0599999999999994\nstart 0.9500000000000011\n", "slope 2.05\nstart 0.96\n"],
    ["slope 2.05\nstart 0.9500000000000003\n", "slope 2.0500000000000003\nstart 0.95\n"],
)
texts(
    "shapes and types",
    "(60000, 28, 28) uint8\n(60000,) int64\n",
    [
        "(60000, 28, 28) float32\n(60000,) int64\n",
        "(60000, 784) uint8\n(60000,) int64\n",
        "(60000, 28, 28) uint8\n(60000,) int32\n",
        "(60000, 28, 28) uint8\n(59999,) int64\n",
    ],
)

# --- dates ----------------------------------------------------------------------------------------

OWN_DATES = (
    "%Y-%m-%d",
    "%d %B %Y",
    "%a, %d %b %Y",
    "%B %d, %Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%Y年%m月%d日",
    "%d.%m.%Y",
    "%Y-%m-%dT%H:%M:%S.%f",
    "%a %b %d %H:%M:%S %Y",
    "%Y%m%d",
    "%b %d %Y",
    "%A, %d %B %Y",
    "%d-%b-%Y",
    "%Y/%m/%d %H:%M",
    "%d/%b/%Y %H:%M:%S",
    "%d/%b/%Y:%H:%M:%S",
    "%m/%d/%y",
    "%b %d",
    "%d %B",
)


def _dates() -> None:
    for form in OWN_DATES:

        def show(chance: random.Random, when: datetime, days: int, form: str = form) -> Outputs:
            return printed(f"built on {(when + timedelta(days=days)).strftime(form)}\n")

        _ENTRIES.append(
            _Entry(f"own date {form}", show, {"days": 0}, [{"days": -430}], [{"days": 0}])
        )


_dates()
for then, now in (
    ("2019-01-01  12.51", "2019-01-02  12.51"),
    ("born 14 March 1879", "born 14 March 1897"),
    ("first frost: 03 Nov", "first frost: 09 Nov"),
    ("Wed, 04 Mar 1981", "Thu, 05 Mar 1981"),
    ("peak in July", "peak in June"),
    ("公历1949年10月1日", "公历1949年10月2日"),
    ("Timestamp('2024-05-01 00:00:00')", "Timestamp('2024-06-01 00:00:00')"),
    ("datetime.date(2020, 2, 29)", "datetime.date(2020, 2, 28)"),
    ("DatetimeIndex(['2020-01-31'], freq='ME')", "DatetimeIndex(['2020-01-31'], freq='MS')"),
    ("deadline 2026-12-31", "deadline 2027-12-31"),
    ("Q1 2024", "Q2 2024"),
):
    texts("a date that is data", then, [now])

# --- what is other in each run --------------------------------------------------------------------

DURATIONS = {
    "took {:.2f} s": (0.5, 5),
    "Elapsed: 0:00:0{:.6f}": (1, 9),
    "训练用时 {:.1f} 秒": (10, 99),
    "{:.0f} ms": (100, 900),
    "finished in {:.3f} seconds": (1, 3),
    "{:.1f} µs per call": (10, 50),
    "速度 {:.1f} 倍": (1, 9),
    "{:.0f} rows/s": (10000, 99999),
    "speed-up {:.2f}x": (2, 9),
    "peak memory {:.1f} MiB": (100, 400),
    "RSS {:.0f} kB": (100000, 400000),
    "load {:.2f}": (0.1, 3),
    "random score {:.4f}": (0, 1),
    "loss {:.5f} (no seed)": (0.1, 0.5),
}


def _durations() -> None:
    for form, (low, high) in DURATIONS.items():

        def show(
            chance: random.Random,
            when: datetime,
            items: int,
            name: str,
            form: str = form,
            low: float = low,
            high: float = high,
        ) -> Outputs:
            return printed(f"{name}: {items} items\n{form.format(chance.uniform(low, high))}\n")

        harmful = [{"items": 999}, {"name": "quicksort"}]
        base = {"items": 1000, "name": "sort"}
        _ENTRIES.append(_Entry(f"measured '{form}'", show, base, harmful, [{}]))


_durations()


@scene(
    "%timeit",
    {"loops": 100, "runs": 7},
    [],
    [{}, {"loops": 1000}],
)
def timeit(chance: random.Random, when: datetime, loops: int, runs: int) -> Outputs:
    """What `%timeit` prints, in a unit of its own each time."""
    mean, unit = chance.uniform(1, 99), chance.choice(["ns", "μs", "ms"])
    text = f"{mean:.3g} {unit} ± {chance.uniform(0.1, 3):.3g} {unit} per loop "
    return printed(text + f"(mean ± std. dev. of {runs} runs, {loops:,} loops each)\n")


@scene("%%time", {"result": 42}, [{"result": 43}], [{}])
def cell_time(chance: random.Random, when: datetime, result: int) -> Outputs:
    """What `%%time` prints, with a result."""
    text = "CPU times: user {:.0f} ms, sys: {:.1f} ms, total: {:.0f} ms\nWall time: {:.0f} ms\n"
    made = text.format(*(chance.uniform(1, 900) for _ in range(4)))
    return (Stream("stdout", made), Display({"text/plain": str(result)}, result=True))


@scene(
    "ids",
    {"name": "Ada", "rows": 12},
    [{"name": "Eva"}, {"rows": 13}],
    [{}],
)
def ids(chance: random.Random, when: datetime, name: str, rows: int) -> Outputs:
    """Ids of several kinds."""
    number = uuid.UUID(int=chance.getrandbits(128), version=4)
    address = chance.randrange(0x7F00_0000_0000, 0x7FFF_0000_0000)
    token = "".join(chance.choices(string.ascii_letters + string.digits, k=22))
    return printed(
        f"session {number}\n{name} at {address}, <Thing object at {address:#x}>\n"
        f"token {token}\npid {chance.randrange(1000, 40000)}\n"
        f"/tmp/tmp{''.join(chance.choices(string.ascii_lowercase, k=8))}/data.csv: {rows} rows\n"
        f"hash {chance.randrange(-(2**62), 2**62)}\n"
        f"http://127.0.0.1:{chance.randrange(32768, 60999)}\n"
    )


@scene(
    "threads",
    {"results": (10, 20, 30, 40, 50), "extra": ""},
    [
        {"results": (10, 20, 30, 40)},
        {"results": (10, 20, 33, 40, 50)},
        {"results": (10, 20, 30, 40, 50, 60)},
        {"extra": "worker 9 failed\n"},
    ],
    [{}],
)
def threads(chance: random.Random, when: datetime, results: Sequence[int], extra: str) -> Outputs:
    """Lines of threads, in the order in which they end."""
    lines = [f"worker {n}: {value}\n" for n, value in enumerate(results)]
    chance.shuffle(lines)
    return printed("start\n" + "".join(lines) + extra + f"sum {sum(results)}\n")


@scene(
    "threads without a sum",
    {"results": ("北京 21°C", "上海 25°C", "广州 30°C", "成都 22°C")},
    [
        {"results": ("北京 21°C", "上海 25°C", "广州 31°C", "成都 22°C")},
        {"results": ("北京 21°C", "上海 25°C", "广州 30°C")},
        {"results": ("北京 21°C", "上海 25°C", "广州 30°C", "深圳 30°C")},
    ],
    [{}],
)
def fetched(chance: random.Random, when: datetime, results: Sequence[str]) -> Outputs:
    """Results as they come."""
    lines = list(results)
    chance.shuffle(lines)
    return printed("\n".join(lines) + "\n")


@scene(
    "logging",
    {"rows": 42, "level": "INFO", "extra": "", "word": "loaded"},
    [
        {"rows": 41},
        {"level": "ERROR"},
        {"extra": "{stamp} WARNING [{pid}] 3 rows dropped\n"},
        {"word": "skipped"},
    ],
    [{}],
)
def logging(
    chance: random.Random, when: datetime, rows: int, level: str, extra: str, word: str
) -> Outputs:
    """Lines of `logging`, with times and the process."""
    pid = chance.randrange(1000, 40000)
    lines = (
        f"{{stamp}} {level} [{{pid}}] {word} {rows} rows\n{extra}{{stamp}} INFO [{{pid}}] done\n"
    )
    stamp = f"{when:%Y-%m-%d %H:%M:%S},{chance.randrange(1000):03}"
    return (Stream("stderr", lines.format(stamp=stamp, pid=pid)),)


@scene(
    "training",
    {"epochs": 5, "last": 0.9712, "middle": 0.0, "word": "epoch"},
    [{"last": 0.9412}, {"epochs": 4}, {"last": 0.9812}, {"word": "Epoche"}],
    [{"middle": 0.004}, {"middle": -0.003}],
)
def training(
    chance: random.Random,
    when: datetime,
    epochs: int,
    last: float,
    middle: float,
    word: str,
) -> Outputs:
    """A log of epochs."""
    lines = [
        f"{word} {n}/{epochs} loss {0.9 / n + middle:.4f} acc {last - 0.2 / n + middle:.4f}"
        for n in range(1, epochs)
    ]
    return printed("\n".join([*lines, f"{word} {epochs}/{epochs} loss 0.1800 acc {last:.4f}", ""]))


@scene(
    "folds",
    {"third": 0.912, "scale": "fold"},
    [{"third": 0.871}, {"third": 0.922}],
)
def folds(chance: random.Random, when: datetime, third: float, scale: str) -> Outputs:
    """A table of folds, each of which is a result."""
    scores = (0.901, 0.915, third, 0.899, 0.907)
    return printed("".join(f"{scale} {n}: accuracy {s:.3f}\n" for n, s in enumerate(scores, 1)))


@scene(
    "a series of k",
    {"third": 151.2},
    [{"third": 115.2}, {"third": 157.2}],
)
def inertia(chance: random.Random, when: datetime, third: float) -> Outputs:
    """A result for each of ascending numbers."""
    values = (681.4, 299.8, third, 88.1, 61.7)
    return printed("".join(f"k {k} inertia {v:.1f}\n" for k, v in enumerate(values, 1)))


@scene(
    "Keras",
    {"accuracy": 0.9812, "epochs": 3, "val": 0.9744},
    [{"accuracy": 0.9512}, {"epochs": 2}, {"val": 0.9644}],
    [{}],
)
def keras(
    chance: random.Random, when: datetime, accuracy: float, epochs: int, val: float
) -> Outputs:
    """Keras' lines of progress."""
    text = ""
    for n in range(1, epochs + 1):
        share = accuracy - 0.05 * (epochs - n)
        text += (
            f"Epoch {n}/{epochs}\n1875/1875 ━━━━━━━━━━━━━━━━━━━━ {chance.randrange(2, 9)}s "
            f"{chance.randrange(1, 9)}ms/step - accuracy: {share:.4f} - loss: {0.3 / n:.4f} "
            f"- val_accuracy: {val - 0.01 * (epochs - n):.4f}\n"
        )
    return printed(text)


@scene(
    "LightGBM",
    {"rows": 398, "features": 30, "positive": 249},
    [{"rows": 396}, {"features": 29}, {"positive": 251}],
    [{}],
)
def lightgbm(
    chance: random.Random, when: datetime, rows: int, features: int, positive: int
) -> Outputs:
    """LightGBM's lines, with a time and a choice that depends on it."""
    way = chance.choice(["row-wise", "col-wise"])
    return printed(
        f"[LightGBM] [Info] Number of positive: {positive}, number of negative: 149\n"
        f"[LightGBM] [Info] Auto-choosing {way} multi-threading, the overhead of testing was "
        f"{chance.uniform(0.0001, 0.003):.6f} seconds.\n"
        f"[LightGBM] [Info] Number of data points in the train set: {rows}, "
        f"number of used features: {features}\n"
    )


@scene(
    "tqdm",
    {"total": 100, "word": "训练"},
    [{"total": 120}, {"word": "测试"}],
    [{}],
)
def tqdm(chance: random.Random, when: datetime, total: int, word: str) -> Outputs:
    """A bar of tqdm, at its end."""
    seconds = chance.uniform(1, 9)
    rate = f"[00:{seconds:02.0f}<00:00, {total / seconds:.2f}it/s]"
    bar = f"{word}: 100%|██████████| {total}/{total} {rate}"
    return (Stream("stderr", bar + "\n"), Stream("stdout", f"{total} done\n"))


@scene(
    "pytest",
    {"passed": 12, "failed": 0, "name": "test_sum"},
    [{"passed": 11, "failed": 1}, {"passed": 13}, {"name": "test_mean"}],
    [{}],
)
def pytest_run(
    chance: random.Random, when: datetime, passed: int, failed: int, name: str
) -> Outputs:
    """The end of a test run."""
    told = f"{failed} failed, " if failed else ""
    return printed(
        f"{name} {'F' * failed}{'.' * passed}\n"
        f"===== {told}{passed} passed in {chance.uniform(0.1, 0.9):.2f}s =====\n"
    )


@scene(
    "a table of timings",
    {"names": ("list", "deque", "array"), "sizes": (100, 1000, 10000)},
    [{"names": ("list", "deque", "numpy")}, {"sizes": (100, 1000, 20000)}, {"sizes": (100, 1000)}],
    [{}],
)
def timings(
    chance: random.Random, when: datetime, names: Sequence[str], sizes: Sequence[int]
) -> Outputs:
    """Sizes, and the time that each way takes."""
    frame = pd.DataFrame(
        {name: [size * chance.uniform(0.1, 0.5) for size in sizes] for name in names}, index=sizes
    )
    return shown("text/html", frame.to_html())


@scene(
    "a grid search",
    {"score": 0.941, "depth": 8, "order": (0, 1, 2)},
    [{"score": 0.914}, {"depth": 9}, {"order": (1, 0, 2)}],
    [{}],
)
def grid_search(
    chance: random.Random, when: datetime, score: float, depth: int, order: Sequence[int]
) -> Outputs:
    """`cv_results_` as a table, with its times."""
    frame = pd.DataFrame(
        {
            "mean_fit_time": [chance.uniform(0.01, 0.09) for _ in range(3)],
            "std_fit_time": [chance.uniform(0.001, 0.009) for _ in range(3)],
            "param_max_depth": [2, 4, depth],
            "mean_test_score": [0.902, 0.933, score],
            "rank_test_score": [3, 2, 1],
        }
    ).iloc[list(order)]
    return (Display({"text/plain": repr(frame), "text/html": frame._repr_html_()}, result=True),)


@scene(
    "a Dask client",
    {"workers": 4, "status": "running"},
    [{"workers": 2}, {"status": "closed"}],
    [{}],
)
def dask_client(chance: random.Random, when: datetime, workers: int, status: str) -> Outputs:
    """The card of a cluster."""
    port = chance.randrange(32768, 60999)
    identity = uuid.UUID(int=chance.getrandbits(128), version=4)
    html = (
        f"<div><h3>Client</h3><p>Client-{identity}</p><table><tr><td>Dashboard: "
        f'<a href="http://127.0.0.1:{port}/status">http://127.0.0.1:{port}/status</a></td></tr>'
        f"<tr><td>Workers: {workers}</td><td>Status: {status}</td></tr>"
        f"<tr><td>Comm: tcp://127.0.0.1:{port + 1}</td></tr></table></div>"
    )
    return shown("text/html", html)


@scene(
    "sampled without a seed",
    {"mean": 5.0, "n": 100},
    [{"mean": 5000.0}, {"n": 200}],
    [{}],
)
def sampled(chance: random.Random, when: datetime, mean: float, n: int) -> Outputs:
    """A summary of random numbers."""
    return printed(f"n = {n}\nmean {mean + chance.gauss(0, 0.05):.3f}\nmodel: linear\n")


@scene(
    "a list that grows as it runs",
    {"last": "converged"},
    [{"last": "diverged"}],
    [{}],
)
def retries(chance: random.Random, when: datetime, last: str) -> Outputs:
    """Lines whose number depends on time."""
    lines = [f"waiting {n}\n" for n in range(chance.randrange(2, 9))]
    return printed("".join(lines) + f"{last}\n")


# --- values ---------------------------------------------------------------------------------------

texts(
    "a dict",
    "{'accuracy': 0.9164, 'loss': 0.3012, 'epochs': 10, 'name': 'softmax'}\n",
    [
        "{'accuracy': 0.9464, 'loss': 0.3012, 'epochs': 10, 'name': 'softmax'}\n",
        "{'accuracy': 0.9164, 'epochs': 10, 'name': 'softmax'}\n",
        "{'accuracy': 0.9164, 'loss': 0.3012, 'epochs': 10, 'name': 'mlp'}\n",
        "{'accuracy': 0.9164, 'loss': 0.3012, 'epochs': 10.0, 'name': 'softmax'}\n",
        "{'accuracy': 0.9164, 'loss': 0.3012, 'epochs': '10', 'name': 'softmax'}\n",
        "{'accuracy': 0.9164, 'loss': None, 'epochs': 10, 'name': 'softmax'}\n",
    ],
    [
        "{'accuracy': 0.9164, 'name': 'softmax', 'loss': 0.3012, 'epochs': 10}\n",
        "{'accuracy': 0.91640000001, 'loss': 0.3012, 'epochs': 10, 'name': 'softmax'}\n",
        "{'accuracy': 0.9164,\n 'epochs': 10,\n 'loss': 0.3012,\n 'name': 'softmax'}\n",
    ],
)
texts(
    "lists and sets",
    "['猫', '狗', '鸟']\n{'a', 'b', 'c'}\n(1, 2)\n",
    [
        "['狗', '猫', '鸟']\n{'a', 'b', 'c'}\n(1, 2)\n",
        "['猫', '狗', '鸟']\n{'a', 'b', 'd'}\n(1, 2)\n",
        "['猫', '狗', '鸟']\n{'a', 'b'}\n(1, 2)\n",
        "['猫', '狗', '鸟']\n{'a', 'b', 'c'}\n[1, 2]\n",
        "['猫', '狗']\n{'a', 'b', 'c'}\n(1, 2)\n",
    ],
    ["['猫', '狗', '鸟']\n{'c', 'b', 'a'}\n(1, 2)\n"],
)
texts(
    "a repr",
    "Pipeline(steps=[('scale', StandardScaler()), ('svm', SVC(C=10, gamma=0.001))])\n",
    [
        "Pipeline(steps=[('scale', StandardScaler()), ('svm', SVC(C=100, gamma=0.001))])\n",
        "Pipeline(steps=[('scale', MinMaxScaler()), ('svm', SVC(C=10, gamma=0.001))])\n",
        "Pipeline(steps=[('scale', StandardScaler()), ('svm', SVC(C=10))])\n",
    ],
    [
        "Pipeline(steps=[('scale', StandardScaler()),\n"
        "                ('svm', SVC(C=10, gamma=0.001))])\n",
    ],
)
texts(
    "objects with addresses",
    "<function f at 0x7f3a5c0d2e50> <Graph with 5 nodes and 4 edges>\n",
    [
        "<function g at 0x7f3a5c0d2e50> <Graph with 5 nodes and 4 edges>\n",
        "<function f at 0x7f3a5c0d2e50> <Graph with 6 nodes and 4 edges>\n",
    ],
    ["<function f at 0x7fa111111150> <Graph with 5 nodes and 4 edges>\n"],
)
texts(
    "a tree",
    "root\n├── 左\n│   └── 1\n└── 右\n    └── 2\n",
    [
        "root\n├── 左\n│   └── 2\n└── 右\n    └── 1\n",
        "root\n├── 左\n│   └── 1\n└── 右\n",
        "root\n├── 左\n└── 右\n    └── 2\n    └── 1\n",
    ],
)
texts(
    "a confusion matrix",
    "[[50  0  0]\n [ 0 47  3]\n [ 0  2 48]]\n",
    [
        "[[50  0  0]\n [ 0 46  4]\n [ 0  2 48]]\n",
        "[[50  0  0]\n [ 0 47  3]\n [ 0  3 47]]\n",
    ],
    ["[[50 0 0]\n [0 47 3]\n [0 2 48]]\n"],
)
texts(
    "signs",
    "✓ sums add up\n✓ no row is empty\n████████ 80%\n",
    [
        "✗ sums add up\n✓ no row is empty\n████████ 80%\n",
        "✓ sums add up\n✓ no row is empty\n██████ 60%\n",
        "✓ sums add up\n✓ no row is empty\n██████ 80%\n",
    ],
)
texts(
    "a poem",
    "床前明月光，\n疑是地上霜。\n举头望明月，\n低头思故乡。\n",
    [
        "床前明月光，\n疑是地上霜。\n举头望山月，\n低头思故乡。\n",
        "床前明月光，\n举头望明月，\n疑是地上霜。\n低头思故乡。\n",
        "床前明月光，\n疑是地上霜。\n举头望明月。\n",
        "床前明月光，\n疑是地上霜！\n举头望明月，\n低头思故乡。\n",
    ],
)
texts(
    "words cut out of a sentence",
    "我/ 来到/ 北京/ 清华大学\n词频 [('的', 120), ('是', 98)]\n",
    [
        "我/ 来到/ 北京/ 清华/ 大学\n词频 [('的', 120), ('是', 98)]\n",
        "我/ 来到/ 北京/ 清华大学\n词频 [('的', 121), ('是', 98)]\n",
    ],
)
texts(
    "a checksum",
    "md5 d41d8cd98f00b204e9800998ecf8427e\ncommit 9fceb02d0ae598e95dc970b74767f19372d61af8\n",
    [
        "md5 d41d8cd98f00b204e9800998ecf8427f\ncommit 9fceb02d0ae598e95dc970b74767f19372d61af8\n",
        "md5 d41d8cd98f00b204e9800998ecf8427e\ncommit 1fceb02d0ae598e95dc970b74767f19372d61af8\n",
    ],
)
texts(
    "code that is printed",
    "def f(x):\n    return x + 1\n\nprint(f(2))\n",
    [
        "def f(x):\n    return x + 2\n\nprint(f(2))\n",
        "def f(x):\nreturn x + 1\n\nprint(f(2))\n",
        "def f(x):\n    return x - 1\n\nprint(f(2))\n",
        "def f(y):\n    return x + 1\n\nprint(f(2))\n",
    ],
    ["def f(x):\n    return x + 1\n\n\nprint(f(2))\n"],
)
texts(
    "a printed table",
    textwrap.dedent("""\
              city  population   growth
        0   北京        2189   0.0312
        1   上海        2487   0.0457
        2   广州        1868  -0.0128
        """),
    [
        "  city population growth\n0 北京 2198 0.0312\n1 上海 2487 0.0457\n2 广州 1868 -0.0128\n",
        "  city population growth\n0 北京 2189 0.0312\n1 上海 2487 0.0557\n2 广州 1868 -0.0128\n",
        "  city population growth\n0 上海 2487 0.0457\n1 北京 2189 0.0312\n2 广州 1868 -0.0128\n",
        "  city population growth\n0 北京 2189 0.0312\n1 上海 2487 0.0457\n",
        "  city people growth\n0 北京 2189 0.0312\n1 上海 2487 0.0457\n2 广州 1868 -0.0128\n",
    ],
    ["  city population growth\n0 北京 2189 0.0312\n1 上海 2487 0.0457\n2 广州 1868 -0.0128\n"],
)


@scene(
    "an exception",
    {"name": "ZeroDivisionError", "text": "division by zero", "line": 12},
    [
        {"name": "ValueError"},
        {"text": "integer division by zero"},
        {"text": "float division"},
    ],
    [{"line": 14}],
)
def exception(chance: random.Random, when: datetime, name: str, text: str, line: int) -> Outputs:
    """A traceback through a library, whose lines move between releases."""
    traceback = (
        f"---------\n{name}  Traceback (most recent call last)\nCell In[3], line 1\n----> 1 f()\n"
        f"File lib/python3.11/site-packages/lib/core.py:{line}, in f()\n     {line} 1 / 0\n"
        f"{name}: {text}\n"
    )
    return (CellError(name, text, traceback),)


@scene(
    "a warning",
    {"text": "", "line": 120, "base": "DeprecationWarning: old"},
    [
        {"text": "RuntimeWarning: overflow encountered in exp\n"},
        {"text": "ConvergenceWarning: lbfgs failed to converge\n"},
        {"base": "FutureWarning: gone soon"},
    ],
    [{"line": 133}],
)
def warning(chance: random.Random, when: datetime, text: str, line: int, base: str) -> Outputs:
    """Warnings of a library, with the place in it."""
    return (
        Stream("stdout", "fitted\n"),
        Stream("stderr", f"lib/python3.11/site-packages/a/b.py:{line}: {base}\n{text}"),
    )


@scene(
    "which outputs there are",
    {"forms": ("stream", "result")},
    [
        {"forms": ("stream",)},
        {"forms": ("result",)},
        {"forms": ("result", "stream")},
        {"forms": ("stream", "result", "html")},
        {"forms": ()},
    ],
)
def forms(chance: random.Random, when: datetime, forms: Sequence[str]) -> Outputs:
    """A stream, a value, HTML."""
    made = {
        "stream": Stream("stdout", "three rows\n"),
        "result": Display({"text/plain": "42"}, result=True),
        "html": Display({"text/plain": "<HTML>", "text/html": "<p>more</p>"}),
    }
    return tuple(made[each] for each in forms)


for mime, then, harmful_texts, harmless_texts in (
    ("text/latex", r"$\displaystyle x^{2} + 1$", [r"$\displaystyle x^{3} + 1$"], []),
    ("text/latex", r"$$\int_0^1 x\,dx = 0.5$$", [r"$$\int_0^2 x\,dx = 0.5$$"], []),
    ("text/latex", r"$\frac{a}{b}$", [r"$\frac{b}{a}$"], [r"$\frac{a}{b} $"]),
    ("text/markdown", "**acc** 0.91\n\n- a\n- b", ["**acc** 0.81\n\n- a\n- b"], []),
    ("text/markdown", "| a | b |\n|---|---|\n| 1 | 2 |", ["| a | b |\n|---|---|\n| 1 | 3 |"], []),
    (
        "text/markdown",
        "[site](https://a.example/x)",
        ["[site](https://a.example/y)", "[cite](https://a.example/x)"],
        [],
    ),
    (
        "application/json",
        '{"a": [1, 2.5, "x"], "b": {"c": true}}',
        [
            '{"a": [1, 2.6, "x"], "b": {"c": true}}',
            '{"a": [1, 2.5, "x"], "b": {"c": false}}',
            '{"a": [1, 2.5], "b": {"c": true}}',
            '{"a": [1.0, 2.5, "x"], "b": {"c": true}}',
            '{"a": [1, 2.5, "y"], "b": {"c": true}}',
            '{"a": [1, 2.5, "x"], "b": {"c": true}, "d": 1}',
        ],
        ['{"b": {"c": true}, "a": [1, 2.5000000001, "x"]}'],
    ),
):

    def _shown(chance: random.Random, when: datetime, text: str, mime: str = mime) -> Outputs:
        return shown(mime, text)

    _ENTRIES.append(
        _Entry(
            mime,
            _shown,
            {"text": then},
            [{"text": each} for each in harmful_texts],
            [{"text": each} for each in harmless_texts],
        )
    )

# --- HTML -----------------------------------------------------------------------------------------

FRAME = pd.DataFrame(
    {
        "城市": ["北京", "上海", "广州"],
        "人口": [2189, 2487, 1868],
        "增长": [0.0312, 0.0457, -0.0128],
    }
)


@scene(
    "a data frame",
    {"change": "", "classes": "dataframe", "border": 1},
    [
        {"change": change}
        for change in ("cell", "float", "column", "order", "rows", "name", "index", "nan", "dtype")
    ],
    [{"classes": "dataframe wide"}, {"border": 0}, {"change": "last digit"}],
)
def data_frame(
    chance: random.Random, when: datetime, change: str, classes: str, border: int
) -> Outputs:
    """pandas' table."""
    frame = _frame(change)
    html = frame.to_html(classes=classes.removeprefix("dataframe").strip() or None, border=border)
    return (Display({"text/plain": repr(frame), "text/html": html}, result=True),)


def _frame(change: str) -> pd.DataFrame:
    frame = FRAME.copy()
    match change:
        case "cell":
            frame.loc[1, "人口"] = 2478
        case "float":
            frame.loc[1, "增长"] = 0.0475
        case "column":
            frame = frame[["城市", "增长", "人口"]]
        case "order":
            frame = frame.iloc[[1, 0, 2]].reset_index(drop=True)
        case "rows":
            frame = frame.iloc[:2]
        case "name":
            frame = frame.rename(columns={"人口": "居民"})
        case "index":
            frame.index = [1, 2, 3]
        case "nan":
            frame.loc[2, "增长"] = float("nan")
        case "dtype":
            frame["人口"] = frame["人口"].astype(float)
        case "last digit":
            frame.loc[1, "增长"] = 0.0458
    return frame


@scene(
    "a Styler",
    {"values": (1.25, -2.0, 3.5), "cmap": "", "colour": "red", "caption": "利润"},
    [
        {"values": (1.25, -2.0, 3.75)},
        {"values": (1.25, 2.0, 3.5)},
        {"colour": "green"},
        {"caption": "损失"},
    ],
    [{}],
)
def styler(
    chance: random.Random,
    when: datetime,
    values: Sequence[float],
    cmap: str,
    colour: str,
    caption: str,
) -> Outputs:
    """A styled table, with an id of its own each time."""
    frame = pd.DataFrame({"x": values, "y": [1, 2, 3]})
    style = frame.style.set_uuid(f"{chance.getrandbits(20):05x}").set_caption(caption)
    style = style.map(lambda v: f"color: {colour}" if v < 0 else "", subset=["x"])
    style = style.background_gradient(subset=["y"])
    return shown("text/html", style.to_html())


@scene(
    "a Styler's colours alone",
    {"cmap": "viridis", "width": 60},
    [{"cmap": "magma"}, {"width": 30}],
    [{}],
)
def heat(chance: random.Random, when: datetime, cmap: str, width: int) -> Outputs:
    """Backgrounds that carry data."""
    frame = pd.DataFrame(np.arange(9).reshape(3, 3), columns=list("abc"))
    style = frame.style.set_uuid(f"{chance.getrandbits(20):05x}").background_gradient(cmap=cmap)
    return shown("text/html", style.bar(subset=["a"], width=width).to_html())


_CARD = (
    '<style>{css}</style><div id="{id}" class="{classes}" title="{tip}"><h4>{title}</h4>'
    '<p>见 <a href="{href}">结果</a> <img src="{src}" alt="图"> '
    '<span class="{sign}">{mark}</span></p>'
    '<ul><li>{first}</li><li>{second}</li></ul><a href="#{target}">↑</a></div>'
)


@scene(
    "HTML of one's own",
    {
        "css": "p{color:red}",
        "id": "card",
        "classes": "card wide",
        "tip": "a card",
        "title": "报告",
        "href": "https://a.example/1",
        "src": "a.png",
        "sign": "pass",
        "mark": "✓",
        "first": "一",
        "second": "二",
        "target": "card",
    },
    [
        {"title": "报表"},
        {"href": "https://a.example/2"},
        {"src": "b.png"},
        {"sign": "fail"},
        {"mark": "✗"},
        {"first": "二", "second": "一"},
        {"second": "三"},
        {"target": "elsewhere"},
    ],
    [
        {"css": "p { color: red; }"},
        {"css": "p{color:red} h4{margin:0}"},
        {"classes": "wide card"},
        {"tip": "the card"},
        {"id": "card-8f3a91", "target": "card-8f3a91"},
    ],
)
def card(chance: random.Random, when: datetime, **knobs: str) -> Outputs:
    """A card of HTML."""
    return shown("text/html", _CARD.format(**knobs))


@scene(
    "HTML with ids of each run",
    {"text": "open", "linked": True, "rows": 2},
    [{"text": "closed"}, {"rows": 3}, {"linked": False}],
    [{}],
)
def with_ids(chance: random.Random, when: datetime, text: str, linked: bool, rows: int) -> Outputs:
    """An element that a script and a label name by a random id."""
    one, other = (f"{chance.getrandbits(48):012x}" for _ in range(2))
    body = "".join(f"<tr><td>{n}</td></tr>" for n in range(rows))
    label = f'<label for="in-{one if linked else other}">{text}</label>'
    return shown(
        "text/html",
        f'<div id="box-{other}"><input id="in-{one}">{label}<table>{body}</table></div>',
    )


@scene(
    "cells with colours",
    {"colour": "#ff0000", "mark": "bgcolor"},
    [{"colour": "#00ff00"}, {"colour": "#ff0000", "mark": "none"}],
    [{"colour": "rgb(255, 0, 0)"}, {"colour": "red"}],
)
def coloured(chance: random.Random, when: datetime, colour: str, mark: str) -> Outputs:
    """A table whose colours say which values are bad."""
    style = f' style="background-color: {colour}"' if mark == "bgcolor" else ""
    return shown("text/html", f"<table><tr><td>a</td><td{style}>3.5</td></tr></table>")


for name, then, now in (
    ("order of attributes", '<p id="a" class="b">x</p>', '<p class="b" id="a">x</p>'),
    ("entities", "<p>a &amp; b &lt; c</p>", "<p>a &#38; b &#60; c</p>"),
    ("white space", "<p>a\n   b</p>\n<p>c</p>", "<p>a b</p><p>c</p>"),
    ("comments", "<p>a</p><!-- made by 1.0 -->", "<p>a</p><!-- made by 1.1 -->"),
    ("case of tags", "<P>a<BR>b</P>", "<p>a<br/>b</p>"),
    ("quotes", "<a href='x.html'>a</a>", '<a href="x.html">a</a>'),
    ("scripts", "<p>a</p><script>var v = 1</script>", "<p>a</p><script>var v=1;</script>"),
    ("styles in lines", '<td style="color:red;">1</td>', '<td style="color: red">1</td>'),
):
    _ENTRIES.append(
        _Entry(
            f"HTML: {name}",
            lambda chance, when, html: shown("text/html", html),
            {"html": then},
            [],
            [{"html": now}],
        )
    )


@scene(
    "SVG",
    {"label": "猫", "x": 30.0, "edge": True, "fill": "#c00", "shape": "circle"},
    [
        {"label": "狗"},
        {"x": 60.0},
        {"edge": False},
        {"fill": "#0c0"},
        {"shape": "ellipse"},
    ],
    [{}, {"x": 30.004}],
)
def svg(
    chance: random.Random, when: datetime, label: str, x: float, edge: bool, fill: str, shape: str
) -> Outputs:
    """A graph, with an id of its own each time."""
    clip = f"p{chance.getrandbits(40):010x}"
    line = '<path d="M30 30 L 80 80" stroke="#000"/>' if edge else ""
    size = 'r="9"' if shape == "circle" else 'rx="9" ry="4"'
    return shown(
        "image/svg+xml",
        f'<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90"><defs>'
        f'<clipPath id="{clip}">'
        f'<rect width="90" height="90"/></clipPath></defs><g clip-path="url(#{clip})">{line}'
        f'<{shape} cx="{x}" cy="30" {size} fill="{fill}"/><text x="25" y="35">{label}</text></g>'
        f"</svg>",
    )


# --- charts and widgets ---------------------------------------------------------------------------


@scene(
    "Plotly",
    {
        "y": (3.0, 1.5, 2.25),
        "kind": "bar",
        "title": "销量",
        "colour": "teal",
        "name": "2024",
        "range": None,
        "template": "plotly",
        "second": True,
        "scale": "linear",
    },
    [
        {"y": (3.0, 1.5, 2.75)},
        {"y": (3.0, 1.5)},
        {"kind": "scatter"},
        {"title": "销售"},
        {"colour": "crimson"},
        {"name": "2025"},
        {"range": [0, 9]},
        {"second": False},
        {"scale": "log"},
    ],
    [{}, {"template": "plotly_white"}, {"y": (3.0, 1.5, 2.25000000001)}],
)
def plotly(chance: random.Random, when: datetime, **knobs: Any) -> Outputs:
    """A figure of Plotly, its arrays as base64."""
    x = ["a", "b", "c"][: len(knobs["y"])]
    made = {"x": x, "y": np.array(knobs["y"]), "name": knobs["name"]}
    kind = go.Bar if knobs["kind"] == "bar" else go.Scatter
    traces = [kind(**made, marker={"color": knobs["colour"]}, uid=f"{chance.getrandbits(32):x}")]
    if knobs["second"]:
        traces.append(go.Scatter(x=x, y=[1, 2, 3][: len(x)], mode="lines"))
    figure = go.Figure(traces)
    figure.update_layout(title=knobs["title"], template=knobs["template"])
    figure.update_yaxes(range=knobs["range"], type=knobs["scale"])
    return (Display({"application/vnd.plotly.v1+json": figure.to_json()}),)


@scene(
    "Altair",
    {
        "values": (28, 55, 43),
        "mark": "bar",
        "title": "人口",
        "field": "b",
        "scheme": None,
        "zero": True,
        "version": "v6.1.0",
        "moving": False,
    },
    [
        {"values": (28, 55, 34)},
        {"values": (28, 55)},
        {"mark": "line"},
        {"title": "面积"},
        {"field": "c"},
        {"scheme": "magma"},
        {"zero": False},
    ],
    [{}, {"version": "v6.4.0"}],
)
def vega(chance: random.Random, when: datetime, **knobs: Any) -> Outputs:
    """A chart of Altair, its data and parameters named by counters and hashes."""
    frame = pd.DataFrame(
        {"a": list("ABC")[: len(knobs["values"])], "b": knobs["values"], "c": knobs["values"]}
    )
    chart = altair.Chart(frame, title=knobs["title"])
    chart = chart.mark_bar() if knobs["mark"] == "bar" else chart.mark_line()
    scale = altair.Scale(scheme=knobs["scheme"]) if knobs["scheme"] else altair.Undefined
    chart = chart.encode(
        x="a",
        y=altair.Y(knobs["field"], type="quantitative", scale=altair.Scale(zero=knobs["zero"])),
        color=altair.Color("a", scale=scale),
    ).interactive(name=f"param_{chance.randrange(1, 99)}")
    spec = chart.to_dict()
    spec["$schema"] = f"https://vega.github.io/schema/vega-lite/{knobs['version']}.json"
    return (Display({"application/vnd.vegalite.v6+json": json.dumps(spec), "text/plain": ""}),)


@scene(
    "widgets",
    {"value": 7, "label": "频率", "kind": "IntSlider", "max": 10, "width": "300px"},
    [{"value": 8}, {"label": "振幅"}, {"kind": "FloatSlider"}, {"max": 20}],
    [{}],
)
def widgets(
    chance: random.Random,
    when: datetime,
    value: int,
    label: str,
    kind: str,
    max: int,
    width: str,
) -> Outputs:
    """A slider with its layout, whose models have random ids."""
    model, layout = (f"{chance.getrandbits(128):032x}" for _ in range(2))
    state = {
        model: {
            "model_name": f"{kind}Model",
            "model_module": "@jupyter-widgets/controls",
            "model_module_version": "2.0.0",
            "state": {
                "value": value,
                "description": label,
                "max": max,
                "layout": f"IPY_MODEL_{layout}",
            },
        },
        layout: {
            "model_name": "LayoutModel",
            "model_module": "@jupyter-widgets/base",
            "model_module_version": "2.0.0",
            "state": {"width": width},
        },
    }
    view = {"version_major": 2, "version_minor": 0, "model_id": model}
    data = {
        "text/plain": f"{kind}(value={value}, description='{label}', max={max})",
        "application/vnd.jupyter.widget-view+json": json.dumps(view),
        "application/vnd.jupyter.widget-state+json": json.dumps({"state": state}),
    }
    return (Display(data),)


@scene(
    "an animation",
    {"frames": 3, "shift": 0, "interval": 100},
    [{"frames": 4}, {"shift": 3}, {"interval": 250}],
    [{}],
)
def animation(
    chance: random.Random, when: datetime, frames: int, shift: int, interval: int
) -> Outputs:
    """Matplotlib's player: pictures in base64, functions named by a random id."""
    name = f"{chance.getrandbits(128):032x}"
    pictures = "".join(
        f'frames[{n}] = "data:image/png;base64,{_dot(n * 5 + shift)}";\n' for n in range(frames)
    )
    return shown(
        "text/html",
        f'<div class="animation"><img id="_anim_img{name}"><button onclick="anim{name}.play()">▶'
        f'</button></div><script>(function() {{ var img_id = "_anim_img{name}"; var frames = [];\n'
        f"{pictures}anim{name} = new Animation(frames, img_id, {interval}); }})()</script>",
    )


def _dot(at: int) -> str:
    import base64
    import io

    from PIL import Image

    picture = Image.new("RGB", (40, 20), "white")
    for x in range(4):
        for y in range(4):
            picture.putpixel((at % 34 + x, 8 + y), (200, 0, 0))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


# --- figures --------------------------------------------------------------------------------------


def _figures() -> None:
    for kind, (base, harmful) in FIGURES.items():

        def show(
            chance: random.Random, when: datetime, kind: str = kind, look: str = "", **knobs: Any
        ) -> Outputs:
            return draw(kind, knobs, look)

        harmless: list[Knobs] = [{}, {"look": "hinting"}, {"look": "shifted"}, {"look": "font"}]
        _ENTRIES.append(_Entry(f"figure {kind}", show, base, harmful, harmless))


_figures()


@scene(
    "a plot of timings",
    {"title": "time by size", "sizes": 5, "kind": "bar", "label": "sort"},
    [{"title": "memory by size"}, {"sizes": 6}, {"kind": "line"}, {"label": "search"}],
    [{}],
)
def plot_of_timings(
    chance: random.Random, when: datetime, title: str, sizes: int, kind: str, label: str
) -> Outputs:
    """A figure of measured times."""
    knobs = {
        "y": tuple(chance.uniform(1, 2) * (n + 1) for n in range(sizes)),
        "title": title,
        "label": label,
    }
    return draw(kind, knobs)


@scene(
    "a picture without description",
    {"change": ""},
    [{"change": each} for each in ("bar", "pale", "colour", "gone", "size", "text")],
    [{}, *({"change": each} for each in ("moved", "wider", "blurred", "noise", "repacked"))],
)
def picture(chance: random.Random, when: datetime, change: str) -> Outputs:
    """A picture that another library drew."""
    return shown("image/png", unseen_picture(change))
