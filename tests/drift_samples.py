"""Outputs as posts give them, each with changes that matter and with changes that do not."""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from PIL import Image, ImageFilter, PngImagePlugin

from evergreen.model import CellError, Display, Output, Stream

PUBLISHED = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
NOW = PUBLISHED + timedelta(days=40, hours=3)
"""When the two runs ended."""

Outputs = tuple[Output, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """A cell's outputs as published and as they are now."""

    name: str
    then: Outputs
    now: Outputs
    source: str = "f()"
    """The cell."""
    again: Outputs | None = None
    """Its outputs in a second run now; None: equal to `now`."""


def printed(text: str) -> Outputs:
    """What `print` gives."""
    return (Stream("stdout", text),)


def shown(mime: str, data: str | bytes) -> Outputs:
    """A value in one form, with the text that goes with it."""
    return (Display({"text/plain": "<值>", mime: data}, result=True),)


# --- text -----------------------------------------------------------------------------------------

TABLE = pd.DataFrame(
    {
        "城市": ["北京", "上海", "广州"],
        "人口": [2189, 2487, 1868],
        "增长": [0.0312, 0.0457, -0.0128],
    }
)
TEXTS = {
    "metrics": "train 60000 test 10000\nsoftmax accuracy 0.9164\nCNN     accuracy 0.9907\n",
    "array": "[[ 0.1234  1.567 -2.901]\n [ 3.1415  2.718  1.414]\n [-0.5772  1.618  0.693]]\n",
    "full": "slope 2.0499999999999994\nstart 0.9500000000000011\nrest 0.13038404810405297\n",
    "science": "c = 2.998e+08 m/s\nh = 6.626e-34 J s\nk = 1.381e-23 J/K\n",
    "units": "period 2.0061 s\ndecay 14.32 ms\nspeed 343.21 m/s\n",
    "table": TABLE.to_string(),
    "chinese": "训练集60000张，测试集10000张\n准确率0.9164，损失0.3012\n平均误差：-0.0215\n",
    "shapes": "(60000, 28, 28) uint8\n(60000,) int64\nfloat32 0.0 1.0\n",
    "dict": "{'accuracy': 0.9164, 'loss': 0.3012, 'epochs': 10, 'name': 'softmax'}\n",
    "list": "[0.125, 0.25, 0.375]\n['猫', '狗', '鸟']\n",
    "tree": "root\n  left\n    1\n  right\n    2\n",
    "version": "tensorflow 2.21.0\nnumpy 2.4.6\npython 3.11.7\n",
    "dates": "2019-01-01  12.51\n2019-01-02  13.62\n2019-01-03  11.48\n",
    "matrix": "tensor([[1, 2, 3],\n        [4, 5, 6]])\n",
}
LOG = "".join(
    f"epoch {n:2} loss {0.9 / n:.4f}, test accuracy {0.99 - 0.2 / n:.4f}\n" for n in range(1, 6)
)
KERAS = "".join(
    f"Epoch {n}/3\n1875/1875 ━━━━━━━━━━━━━━━━━━━━ {n + 3}s 2ms/step - accuracy: {0.9 + n / 50:.4f} "
    f"- loss: {0.3 / n:.4f}\n"
    for n in range(1, 4)
)
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]\d+)?(?![\w.]|-\d)")


def replace_number(text: str, nth: int, change: Callable[[str], str]) -> str:
    """The text with its nth number changed."""
    found = list(_NUMBER.finditer(text))[nth]
    return text[: found.start()] + change(found[0]) + text[found.end() :]


def off(number: str) -> str:
    """A number that is off: a whole one by 1, another by a thousandth and two units at least."""
    if re.fullmatch(r"-?\d+", number):
        return str(int(number) + 1)
    mantissa, e, exponent = number.partition("e")
    decimals = len(mantissa.partition(".")[2])
    value = float(mantissa)
    moved = value + max(abs(value) * 1e-3, 2 * 10**-decimals)
    return f"{moved:.{decimals}f}{e}{exponent}"


def minus(number: str) -> str:
    """The other sign."""
    return number[1:] if number.startswith("-") else f"-{number}"


def last_digit(number: str) -> str:
    """A number with another last digit behind its point."""
    mantissa, e, exponent = number.partition("e")
    digit = int(mantissa[-1])
    return f"{mantissa[:-1]}{digit + 1 if digit < 9 else digit - 1}{e}{exponent}"


def another(then: str, now: str) -> str:
    """A third text, with other digits in the words in which two texts differ."""
    known = set(re.findall(r"\w+", then))
    digits = str.maketrans("123456789", "234567891")
    return re.sub(r"\w+", lambda f: f[0] if f[0] in known else f[0].translate(digits), now)


def without_line(text: str, nth: int) -> str:
    """The text without a line."""
    lines = text.splitlines(keepends=True)
    return "".join(lines[:nth] + lines[nth + 1 :])


def swapped(text: str, nth: int) -> str:
    """The text with two neighbouring lines swapped."""
    lines = text.rstrip("\n").split("\n")
    lines[nth], lines[nth + 1] = lines[nth + 1], lines[nth]
    return "\n".join(lines)


def other_letter(text: str, chance: random.Random) -> str:
    """The text with one letter changed."""
    letters = [n for n, c in enumerate(text) if c.isalpha() and not text[n - 1 : n].isdigit()]
    at = chance.choice(letters)
    new = "某" if ord(text[at]) > 127 else ("x" if text[at] != "x" else "y")
    return text[:at] + new + text[at + 1 :]


def text_changes() -> Iterator[Sample]:
    """Of each text: numbers off, signs, letters, rows that go, come or trade places."""
    chance = random.Random(1)
    for name, text in TEXTS.items():
        count = len(_NUMBER.findall(text)) if name not in ("tree", "version") else 0
        numbers = sorted(chance.sample(range(count), min(count, 5)))
        for nth in numbers:
            yield Sample(
                f"{name}: number {nth} off", printed(text), printed(replace_number(text, nth, off))
            )
        for nth in numbers[:2]:
            if re.fullmatch(r"-?0(\.0+)?", _NUMBER.findall(text)[nth]) is None:
                now = replace_number(text, nth, minus)
                yield Sample(f"{name}: sign of {nth}", printed(text), printed(now))
        lines = len(text.splitlines())
        if lines > 1:
            yield Sample(
                f"{name}: row missing", printed(text), printed(without_line(text, lines - 1))
            )
            yield Sample(
                f"{name}: first row missing", printed(text), printed(without_line(text, 0))
            )
            yield Sample(f"{name}: rows swapped", printed(text), printed(swapped(text, 0)))
        yield Sample(f"{name}: row added", printed(text), printed(f"{text.rstrip()}\nmore 1\n"))
        for _ in range(2 if any(map(str.isalpha, text)) else 0):
            yield Sample(f"{name}: letter", printed(text), printed(other_letter(text, chance)))
        yield Sample(f"{name}: nothing", printed(text), ())
    number = "softmax test accuracy 0.9164"
    for now in ("nan", "inf", "0.9", "0,9164", "0.9164e1", "0.0", "9.164", "None"):
        yield Sample(f"0.9164 is {now}", printed(number), printed(number.replace("0.9164", now)))
    for then, now in (
        ("True", "False"),
        ("None", "0"),
        ("[]", "[0]"),
        ("3", "4"),
        ("1.5", "2.5"),
        ("0x1f", "0x2f"),
        ("a b", "ab"),
        ("'a'", "a"),
        ("  x", "x"),
        ("1e-3", "1e-2"),
        ("60,000", "60,001"),
        ("1. 2.", "1. 3."),
        ("v2.20.1", "v2.21.0"),
        ("#1f77b4", "#1f77b5"),
        ("3.2 s", "4.2 s"),
        ("e3b0c44298fc1c14", "e3b0c44298fc1c15"),
        ("{1, 2}", "{1, 3}"),
        ("[1, 2]", "[2, 1]"),
        ("half-life 5730 years", "half-life 5370 years"),
        ("\x1b[31mred\x1b[0m", "\x1b[31mrod\x1b[0m"),
    ):
        yield Sample(f"{then!r} is {now!r}", printed(f"x {then}\n"), printed(f"x {now}\n"))


def log_changes() -> Iterator[Sample]:
    """Logs that end elsewhere, or have other lines."""
    for name, log in (("log", LOG), ("keras", KERAS)):
        lines = log.splitlines()
        for pattern in (r"loss:? ([\d.]+)", r"accuracy:? ([\d.]+)"):
            value = re.findall(pattern, lines[-1])[0]
            now = "\n".join([*lines[:-1], lines[-1].replace(value, off(value))])
            yield Sample(f"{name}: last {pattern[:4]}", printed(log), printed(now))
        width = 1 if name == "log" else 2
        yield Sample(f"{name}: an epoch less", printed(log), printed("\n".join(lines[:-width])))
        yield Sample(
            f"{name}: other metric", printed(log), printed(log.replace("accuracy", "recall"))
        )
        yield Sample(f"{name}: nan", printed(log), printed(re.sub(r"0\.\d+(\s*)$", r"nan\1", log)))


def harmless_texts() -> Iterator[Sample]:
    """The noise of a run, last digits, splits."""
    for name, text in TEXTS.items():
        floats = [n for n, each in enumerate(_NUMBER.findall(text)) if "." in each]
        for nth in floats[:5] if name not in ("version",) else ():
            now = replace_number(text, nth, last_digit)
            if name not in ("list", "shapes"):
                yield Sample(f"{name}: last digit of {nth}", printed(text), printed(now))
        half = len(text) // 2
        split = (Stream("stdout", text[:half]), Stream("stdout", text[half:]))
        yield Sample(f"{name}: split", printed(text), split)
        pieces = tuple(Stream("stdout", line) for line in text.splitlines(keepends=True))
        yield Sample(f"{name}: split by lines", pieces, printed(text))
        yield Sample(f"{name}: Windows", printed(text), printed(text.replace("\n", "\r\n")))
        yield Sample(f"{name}: colours", printed(text), printed(f"\x1b[1m{text}\x1b[0m"))
    for then, now in NOISE:
        again = printed(f"甲\n{another(then, now)}\n")
        yield Sample(f"{then!r}", printed(f"甲\n{then}\n"), printed(f"甲\n{now}\n"), again=again)
    for then, now in MEASURED:
        again = printed(another(then, now))
        yield Sample(f"timed: {then!r}", printed(then), printed(now), again=again)
    for name, log in (("log", LOG), ("keras", KERAS)):
        lines = log.splitlines()
        now = "\n".join([_FLOATS.sub(_other, "\n".join(lines[:-1])), lines[-1]])
        yield Sample(f"{name}: on the way", printed(log), printed(now))
        yield Sample(
            f"{name}: time",
            printed(log),
            printed(log.replace("2ms/step", "13ms/step").replace(" 5s ", " 11s ")),
        )
    out, err = Stream("stdout", "一\n"), Stream("stderr", "警告\n")
    figure = Display({"image/png": plot(), "text/plain": "<Figure>"})
    yield Sample("stderr elsewhere", (out, err, figure), (err, out, figure))
    yield Sample("stderr behind", (out, figure, err), (out, err, figure))


_FLOATS = re.compile(r"\d\.\d{4}")


def _other(found: re.Match[str]) -> str:
    return f"{float(found[0]) * 0.93:.4f}"


NOISE = [
    ("<__main__.Foo object at 0x7f3a1c0d5e80>", "<__main__.Foo object at 0x7fe2b8a4c1d0>"),
    ("<function f at 0x10a3b5c70>", "<function f at 0x1062d8f40>"),
    ("buffer 0x55d0c8a1f2b0", "buffer 0x5608e4b7d3c0"),
    ("id 140245234234112", "id 139872345678912"),
    ("saved to /tmp/tmpab12cd34/model.h5", "saved to /tmp/tmpzz98yx76/model.h5"),
    ("/tmp/tmpx8k2_q1z", "/tmp/tmp0a9s8d7f"),
    ("/var/folders/zz/abc123/T/tmpab12cd34", "/var/folders/qq/xyz987/T/tmpef56gh78"),
    ("/tmp/pytest-of-a/pytest-12/x.csv", "/tmp/pytest-of-b/pytest-99/x.csv"),
    ("run 3f2b8c1a-9d4e-4f6a-8b7c-1234567890ab", "run 9a8b7c6d-1e2f-4a3b-9c8d-ba0987654321"),
    ("pid 12345 started", "pid 54321 started"),
    ("PID: 771", "PID: 90210"),
    ("worker process 4711 ready", "worker process 815 ready"),
    ("listening on 127.0.0.1:43215", "listening on 127.0.0.1:50101"),
    ("took 3.42 seconds", "took 2.98 seconds"),
    ("Elapsed: 0.0123", "Elapsed: 0.0981"),
    ("elapsed time = 1.2e-05 s", "elapsed time = 9.8e-06 s"),
    ("Execution time: 0.53 s", "Execution time: 1.74 s"),
    ("training time 12.5s", "training time 9.1s"),
    ("finished in 3 min 4 s", "finished in 2 min 58 s"),
    ("done after 250 ms", "done after 1.2 s"),
    ("用时 3.2 秒", "用时 4.8 秒"),
    ("耗时：1.25s", "耗时：0.98s"),
    ("训练时间：12.3 秒", "训练时间：15.8 秒"),
    ("花了 3 分钟", "花了 5 分钟"),
    ("time: 3.2 s", "time: 2.9 s"),
    ("Wall time: 1.21 s", "Wall time: 987 ms"),
    (
        "CPU times: user 3 ms, sys: 1 ms, total: 4 ms",
        "CPU times: user 5 ms, sys: 0 ns, total: 5 ms",
    ),
    (
        "1.23 µs ± 4.5 ns per loop (mean ± std. dev. of 7 runs, 1,000,000 loops each)",
        "987 ns ± 12 ns per loop (mean ± std. dev. of 7 runs, 1,000,000 loops each)",
    ),
    (
        "100%|██████████| 10/10 [00:03<00:00,  3.21it/s]",
        "100%|██████████| 10/10 [00:02<00:00,  4.02it/s]",
    ),
    ("375/375 - 2s - 5ms/step", "375/375 - 3s - 8ms/step"),
    ("313/313 ━━━━━━━━━━━━━━━━━━━━ 0s 861us/step", "313/313 ━━━━━━━━━━━━━━━━━━━━ 1s 2ms/step"),
    ("ETA: 0:02:10", "ETA: 0:01:58"),
    ("throughput 1234.5 images/s", "throughput 987.6 images/s"),
    ("downloaded at 12.3 MB/s", "downloaded at 48.1 MB/s"),
    ("12.3x faster", "15.8x faster"),
    ("speedup: 34.2", "speedup: 29.9"),
    ("05:06:01 INFO start", "17:43:22 INFO start"),
    ("2026-03-04 05:06:01", "2026-04-13 08:01:59"),
    ("2026-03-04T05:06:01.123456+00:00", "2026-04-13T08:06:01.654321+00:00"),
    ("Wed Mar  4 05:06:01 2026", "Mon Apr 13 08:06:01 2026"),
    ("2026年3月4日", "2026年4月13日"),
    ("datetime.datetime(2026, 3, 4, 5, 6, 1)", "datetime.datetime(2026, 4, 13, 8, 6, 1)"),
    (f"now {PUBLISHED.timestamp():.3f}", f"now {NOW.timestamp() - 7:.3f}"),
    (f"seed {int(PUBLISHED.timestamp())}", f"seed {int(NOW.timestamp())}"),
    ("{'a', 'b', 'c'}", "{'c', 'a', 'b'}"),
    ("labels: {'猫', '狗'}", "labels: {'狗', '猫'}"),
    ('{"x": 1, "y": 2.5}', '{"y": 2.5, "x": 1}'),
    ("sum 0.30000000000000004", "sum 0.3"),
    ("mean 0.49999999999999994", "mean 0.5"),
    ("0.91640002 0.30120001", "0.9164 0.30119997"),
    ("x = -0.0", "x = 0.0"),
    ("nan 0.5", "nan 0.5  "),
    ("1.00e-04", "9.99e-05"),
    ("loading…\r\x1b[Kdone", "loading…  \r\x1b[Kdone"),
    ("<Thread(Thread-1, started 140245234)>", "<Thread(Thread-1, started 139872345)>"),
    ("99.9%", "100.0%"),
    ("array([0.1234, 0.5678])", "array([0.1235, 0.5677])"),
    ("[1.00001 2.     ]", "[1.00000999 2.        ]"),
]
"""Lines whose changes mean nothing."""
MEASURED = [
    ("loop 1.234 s\nvector 0.012 s\n", "loop 1.518 s\nvector 0.009 s\n"),
    ("循环 1.2 秒，向量 3.4 毫秒\n", "循环 1.9 秒，向量 2.8 毫秒\n"),
    ("python: 812 ms | numpy: 3 ms\n", "python: 799 ms | numpy: 12 ms\n"),
]
"""What a cell prints that measures time."""

# --- tables, JSON, errors, forms ------------------------------------------------------------------

PLOT: dict[str, Any] = {
    "data": [{"type": "scatter", "x": [1, 2, 3], "y": [0.5, 0.25, 0.125], "name": "损失"}],
    "layout": {"title": {"text": "训练"}, "width": 600},
}
ERROR = CellError("ValueError", "shapes (3,4) and (5,) not aligned", "Traceback …\n")


def table_changes() -> Iterator[Sample]:
    """A data frame that is another one."""
    then = shown("text/html", TABLE.to_html())
    for row in range(3):
        for column, value in (("人口", 7), ("增长", 0.0123), ("城市", "深圳")):
            changed = TABLE.copy()
            changed.loc[row, column] = value
            yield Sample(f"table: {row} {column}", then, shown("text/html", changed.to_html()))
    others = {
        "row missing": TABLE.iloc[:2],
        "first row missing": TABLE.iloc[1:],
        "rows swapped": TABLE.iloc[[1, 0, 2]],
        "sorted": TABLE.sort_values("增长"),
        "column missing": TABLE[["城市", "人口"]],
        "columns swapped": TABLE[["人口", "城市", "增长"]],
        "renamed": TABLE.rename(columns={"增长": "减少"}),
        "empty": TABLE.iloc[:0],
        "index": TABLE.set_index("城市"),
        "twice": pd.concat([TABLE, TABLE]),
        "sign": TABLE.assign(增长=-TABLE["增长"]),
        "off": TABLE.assign(增长=TABLE["增长"] * 1.01),
        "nan": TABLE.assign(增长=[0.0312, float("nan"), -0.0128]),
    }
    for name, frame in others.items():
        yield Sample(f"table: {name}", then, shown("text/html", frame.to_html()))
        plain = printed(TABLE.to_string())
        yield Sample(f"printed table: {name}", plain, printed(frame.to_string()))
    html = '<p class="a">准确率 <b>0.91</b></p><a href="/x/">链</a>'
    for old, new in (
        ("0.91", "0.83"),
        ("<b>", "<i>"),
        ("/x/", "/y/"),
        ('"a"', '"b"'),
        ("链", "连"),
        ("<p", "<hr><p"),
    ):
        yield Sample(
            f"html: {new}", shown("text/html", html), shown("text/html", html.replace(old, new))
        )


def json_changes() -> Iterator[Sample]:
    """A chart's data that are others."""
    mime = "application/vnd.plotly.v1+json"
    then = shown(mime, json.dumps(PLOT))
    for old, new in (
        ("0.25", "0.251"), ("0.125", "-0.125"), ("[1, 2, 3]", "[1, 2, 4]"), ("[1, 2, 3]", "[1, 2]"),
        ("[1, 2, 3]", "[3, 2, 1]"), ("scatter", "bar"), ("600", "601"), ('"name"', '"label"'),
        ("0.5", "null"), ("0.5", '"0.5"'), ("0.5", "true"), ("0.5", "NaN"),
        ('"layout"', '"frames": [], "layout"'),
    ):  # fmt: skip
        yield Sample(f"json: {old} is {new}", then, shown(mime, json.dumps(PLOT).replace(old, new)))


def other_changes() -> Iterator[Sample]:
    """Other exceptions, other outputs, in another order."""
    for now in (
        CellError("TypeError", ERROR.evalue),
        CellError("ValueError", "shapes (3,4) and (6,) not aligned"),
        CellError("ValueError", ""),
        CellError("ValueError", "not aligned"),
    ):
        yield Sample(f"error: {now.ename}: {now.evalue}", (ERROR,), (now,))
    yield Sample("no error", (ERROR,), ())
    yield Sample("error is text", (ERROR,), printed("ValueError"))
    text, figure = printed("一\n"), shown("image/png", plot())
    other = shown("image/png", plot(bars=(3, 1, 2)))
    svg = shown("image/svg+xml", "<svg><path d='M0 0'/></svg>")
    for name, then, now in (
        ("text behind figure", text + figure, figure + text),
        ("figures swapped", figure + other, other + figure),
        ("figure missing", text + figure, text),
        ("figure twice", figure, figure + figure),
        ("figure is svg", figure, svg),
        ("figure is text", figure, printed("<Figure>")),
        ("table is text", shown("text/html", TABLE.to_html()), shown("text/plain", "表")),
        ("warning", text, (*text, Stream("stderr", "DeprecationWarning: f\n"))),
        ("warning gone", (*text, Stream("stderr", "警告\n")), text),
        ("other warning", (Stream("stderr", "a\n"),), (Stream("stderr", "b\n"),)),
        ("latex", shown("text/latex", "$x^2$"), shown("text/latex", "$x^3$")),
        ("markdown", shown("text/markdown", "**甲**"), shown("text/markdown", "**乙**")),
        ("result", shown("text/plain", "1"), shown("text/plain", "2")),
    ):
        yield Sample(name, then, now)


def harmless_forms() -> Iterator[Sample]:
    """Ids, orders of keys, tracebacks, rounding in tables and charts."""
    for number, (old, new) in enumerate(
        (("0.0312", "0.0313"), ("-0.0128", "-0.0129"), ("dataframe", "dataframe"))
    ):
        html = TABLE.to_html()
        now = html.replace(old, new).replace("<tr>", "<tr >")
        yield Sample(f"table: digit {number}", shown("text/html", html), shown("text/html", now))
    styled = (
        '<style>#T_{0} th{{}}</style><table id="T_{0}">'
        '<tr><td id="T_{0}_row0">1.5</td></tr></table>'
    )
    for one, other in (("ab12c", "9f3e1"), ("00000", "fffff")):
        yield Sample(
            f"styler {one}",
            shown("text/html", styled.format(one)),
            shown("text/html", styled.format(other)),
        )
    div = (
        '<div id="{0}"></div><script>draw("{0}", [1, 2.5])</script>'
        '<a aria-label="x" href="#{0}">图</a>'
    )
    for one, other in (
        ("altair-viz-3f9a", "altair-viz-c07d"),
        ("b7e1f0", "a90d44"),
        ("plot-12", "plot-77"),
    ):
        yield Sample(
            f"ids {one}", shown("text/html", div.format(one)), shown("text/html", div.format(other))
        )
    yield Sample(
        "attributes",
        shown("text/html", '<a href="/x/" class="y">z</a>'),
        shown("text/html", "<a class='y' href='/x/'>z</a>"),
    )
    mime = "application/vnd.plotly.v1+json"
    reordered = {key: PLOT[key] for key in reversed(PLOT)}
    yield Sample(
        "json: keys", shown(mime, json.dumps(PLOT)), shown(mime, json.dumps(reordered, indent=2))
    )
    rounded = json.dumps(PLOT).replace("0.125", "0.12500000000000003")
    yield Sample("json: rounding", shown(mime, json.dumps(PLOT)), shown(mime, rounded))
    yield Sample("json: nan", shown(mime, '{"a": NaN, "b": 1}'), shown(mime, '{"b": 1, "a": NaN}'))
    yield Sample("traceback", (ERROR,), (CellError(ERROR.ename, ERROR.evalue, "other lines\n", 3),))
    yield Sample(
        "error with an address",
        (CellError("TypeError", "bad <a.B object at 0x7f3a1c0d5e80>"),),
        (CellError("TypeError", "bad <a.B object at 0x7fe2b8a4c1d0>"),),
    )


# --- figures --------------------------------------------------------------------------------------

LOOKS: dict[str, dict[str, Any]] = {
    "title letter": {"title": "Training loss (train)"},
    "title i for l": {"title": "Training loss (triai)"},
    "title accent": {"title": "Training loss (triál)"},
    "title gone": {"title": ""},
    "label": {"xlabel": "step"},
    "label case": {"xlabel": "Epoch"},
    "line colour": {"color": "tab:orange"},
    "similar colour": {"color": "#2f77c4"},
    "dashed": {"style": "--"},
    "thicker": {"width": 3.0},
    "thinner": {"width": 0.8},
    "bars swapped": {"bars": (3, 1, 2)},
    "bar missing": {"bars": (1, 2)},
    "bar higher": {"bars": (1, 2, 3.1)},
    "bar colour": {"bar_color": "tab:red"},
    "bar paler": {"alpha": 0.8},
    "no legend": {"legend": False},
    "legend text": {"name": "loss2"},
    "grid": {"grid": True},
    "limits": {"top": 3.6},
    "curve": {"bend": 0.55},
    "curve a little": {"bend": 0.52},
    "marker": {"marker": "o"},
    "point": {"point": (2.0, 1.5)},
    "point moved": {"point": (2.0, 1.6), "base": {"point": (2.0, 1.5)}},
    "dark": {"face": "#eeeeee"},
    "text 3": {"note": "0.913", "base": {"note": "0.918"}},
    "text minus": {"note": "-0.5", "base": {"note": "0.5"}},
    "text o": {"note": "loss: o", "base": {"note": "loss: e"}},
    "text I": {"note": "Il", "base": {"note": "II"}},
    "text comma": {"note": "1.000", "base": {"note": "1,000"}},
}
"""Changes of a plot; `base`: what it is like before."""


SVG_LOOKS = (
    "title letter", "title accent", "title gone", "line colour", "similar colour", "dashed",
    "bars swapped", "bar paler", "limits", "curve a little", "point moved", "text comma",
)  # fmt: skip
"""Those that are tried as SVG too."""


@cache
def plot(**looks: Any) -> bytes:
    """A plot as PNG."""
    out = io.BytesIO()
    draw(**looks).savefig(out, format="png", dpi=looks.get("dpi", 100))
    return out.getvalue()


@cache
def svg_plot(salt: str = "a", **looks: Any) -> str:
    """A plot as SVG."""
    out = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": salt}):
        draw(**looks).savefig(out, format="svg", metadata={"Date": salt})
    return out.getvalue()


def draw(
    title: str = "Training loss (trial)",
    xlabel: str = "epoch",
    color: str = "tab:blue",
    style: str = "-",
    width: float = 1.5,
    bars: tuple[float, ...] = (1, 2, 3),
    bar_color: str = "tab:gray",
    alpha: float = 0.9,
    legend: bool = True,
    name: str = "loss",
    grid: bool = False,
    top: float = 3.5,
    bend: float = 0.5,
    marker: str = "",
    point: tuple[float, float] | None = None,
    face: str = "white",
    note: str = "",
    dpi: int = 100,
) -> Figure:
    """A line and bars, with what may be changed about them."""
    figure = Figure(figsize=(4.2, 3.2), facecolor=face)
    axes = figure.subplots()
    x = np.linspace(0, 3, 50)
    axes.bar(range(1, len(bars) + 1), bars, color=bar_color, alpha=alpha, width=0.5)
    axes.plot(
        x,
        3 * np.exp(-bend * x),
        color=color,
        linestyle=style,
        linewidth=width,
        label=name,
        marker=marker,
    )
    axes.set(title=title, xlabel=xlabel, ylim=(0, top), xlim=(0, 4))
    if point:
        axes.plot(*point, "k.", markersize=5)
    if note:
        axes.text(3.0, 2.0, note)
    if legend:
        axes.legend(loc="upper right")
    if grid:
        axes.grid(True, color="#dddddd")
    return figure


def figure_changes() -> Iterator[Sample]:
    """Every change of looks, as PNG and as SVG, and others of other kinds of files."""
    for name, looks in LOOKS.items():
        base = looks.get("base", {})
        rest = {key: value for key, value in looks.items() if key != "base"}
        png = shown("image/png", plot(**base)), shown("image/png", plot(**rest))
        yield Sample(f"png: {name}", *png)
        if name in SVG_LOOKS:
            svg = svg_plot("a", **base), svg_plot("b", **rest)
            yield Sample(f"svg: {name}", *(shown("image/svg+xml", each) for each in svg))
    yield Sample("png: size", shown("image/png", plot()), shown("image/png", plot(dpi=101)))
    grey = Image.open(io.BytesIO(plot())).convert("L")
    yield Sample("png: grey", shown("image/png", plot()), shown("image/png", saved(grey)))
    mirrored = Image.open(io.BytesIO(plot())).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    yield Sample("png: mirrored", shown("image/png", plot()), shown("image/png", saved(mirrored)))
    for name, looks in (("title", {"title": "Another (trial)"}), ("bars", {"bars": (1, 3, 2)})):
        pictures = (Image.open(io.BytesIO(plot(**each))).convert("RGB") for each in ({}, looks))
        jpegs = [saved(each, "JPEG") for each in pictures]
        yield Sample(f"jpeg: {name}", *(shown("image/jpeg", each) for each in jpegs))
    frames = [
        Image.open(io.BytesIO(plot(bars=b))).convert("P") for b in ((1, 2, 3), (3, 2, 1), (2, 2, 2))
    ]
    movie = movie_of(frames)
    for name, others in (
        ("frame missing", frames[:2]),
        ("frames swapped", [frames[0], frames[2], frames[1]]),
    ):
        yield Sample(
            f"gif: {name}", shown("image/gif", movie), shown("image/gif", movie_of(others))
        )


def harmless_figures() -> Iterator[Sample]:
    """Other bytes, other noise at edges."""
    generator = np.random.default_rng(7)
    for name in ("label", "grid", "bar paler", "marker", "text 3"):
        content = plot(**{key: value for key, value in LOOKS[name].items() if key != "base"})
        picture = Image.open(io.BytesIO(content)).convert("RGB")
        then = shown("image/png", content)
        yield Sample(
            f"png {name}: repacked", then, shown("image/png", saved(picture, compress_level=1))
        )
        about = PngImagePlugin.PngInfo()
        about.add_text("Software", "other 9.9")
        yield Sample(
            f"png {name}: metadata", then, shown("image/png", saved(picture, pnginfo=about))
        )
        yield Sample(f"png {name}: RGBA", then, shown("image/png", saved(picture.convert("RGBA"))))
        for amount in (1, 2):
            pixels = np.asarray(picture, np.int16)
            noisy = pixels + generator.integers(-amount, amount + 1, pixels.shape)
            now = Image.fromarray(noisy.clip(0, 255).astype(np.uint8))
            yield Sample(f"png {name}: noise {amount}", then, shown("image/png", saved(now)))
        for radius in (0.3, 0.5, 0.7):
            now = picture.filter(ImageFilter.GaussianBlur(radius))
            yield Sample(f"png {name}: blur {radius}", then, shown("image/png", saved(now)))
        yield Sample(
            f"png {name}: edges", then, shown("image/png", saved(with_other_edges(picture)))
        )
        for shift in (0.1, 0.25):
            matrix = (1, 0, shift, 0, 1, shift / 2)
            now = picture.transform(
                picture.size,
                Image.Transform.AFFINE,
                matrix,
                Image.Resampling.BILINEAR,
                fillcolor="white",
            )
            yield Sample(f"png {name}: moved by {shift}", then, shown("image/png", saved(now)))
    for name in ("label", "bars swapped", "grid", "dashed", "marker"):
        svg = svg_plot("a", **LOOKS[name]), svg_plot("b", **LOOKS[name])
        yield Sample(f"svg {name}: ids", *(shown("image/svg+xml", each) for each in svg))


def with_other_edges(picture: Image.Image) -> Image.Image:
    """The picture as another smoothing of edges gives it: drawn larger, and made small."""
    larger = picture.resize((picture.width * 3, picture.height * 3), Image.Resampling.BICUBIC)
    return larger.resize(picture.size, Image.Resampling.LANCZOS)


def saved(picture: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    """A picture's file."""
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def movie_of(frames: list[Image.Image]) -> bytes:
    """A GIF of these frames."""
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=100)
    return out.getvalue()


def changes() -> list[Sample]:
    """All that is to be caught."""
    makers = (text_changes, log_changes, table_changes, json_changes, other_changes, figure_changes)
    return [sample for make in makers for sample in make()]


def variants() -> list[Sample]:
    """All that is not to be flagged."""
    makers = (harmless_texts, harmless_forms, harmless_figures)
    return [sample for make in makers for sample in make()]
