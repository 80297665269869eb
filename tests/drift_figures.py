"""Figures of the kinds that posts have, each with knobs for what it shows."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from drift_samples import Outputs
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from evergreen.execution.in_kernel import figures
from evergreen.model import Display

matplotlib.use("agg")

Y = (3.0, 1.0, 2.0, 2.5)


def line(axes: Axes, y: Sequence[float], colour: str = "C0", style: str = "-", **_: Any) -> None:
    """One line with marks, and one without."""
    axes.plot(
        range(len(y)), y, style, color=colour, label=_.get("label", "loss"), marker=_.get("marker")
    )
    if _.get("second", True):
        axes.plot(range(len(y)), [1.5] * len(y), label="mean", lw=_.get("width", 1.5))
    axes.legend()


def scatter(
    axes: Axes, y: Sequence[float], colour: str = "C0", alpha: float = 0.9, **_: Any
) -> None:
    """Points."""
    axes.scatter(
        range(len(y)), y, c=colour, alpha=alpha, s=_.get("size", 30), marker=_.get("marker", "o")
    )


def clouds(axes: Axes, seed: int = 1, alpha: float = 0.05, shift: float = 0.0, **_: Any) -> None:
    """2,000 pale points."""
    data = np.random.default_rng(seed).normal(size=(2000, 2))
    axes.scatter(data[:, 0] + shift, data[:, 1], s=4, alpha=alpha, color="grey")


def bar(axes: Axes, y: Sequence[float], colour: str = "C0", **_: Any) -> None:
    """Named bars."""
    axes.bar([f"{'abcdefgh'[n]}" for n in range(len(y))], y, color=colour, label=_.get("label"))


def barh(
    axes: Axes, y: Sequence[float], names: Sequence[str] = ("一", "二", "三", "四"), **_: Any
) -> None:
    """Bars that lie."""
    axes.barh(list(names)[: len(y)], y)


def hist(axes: Axes, bins: int = 10, scale: float = 1.0, **_: Any) -> None:
    """A histogram."""
    axes.hist(np.random.default_rng(3).normal(size=300) * scale, bins=bins)


def box(axes: Axes, y: Sequence[float], **_: Any) -> None:
    """Boxes."""
    axes.boxplot([list(y), [1, 2, 3, 4, 9 if _.get("outlier", True) else 4]])


def violin(axes: Axes, y: Sequence[float], **_: Any) -> None:
    """Violins."""
    axes.violinplot([list(y), [1, 2, 3, 4]])


def pie(
    axes: Axes, y: Sequence[float], names: Sequence[str] = ("w", "x", "y", "z"), **_: Any
) -> None:
    """A pie."""
    axes.pie(y, labels=list(names)[: len(y)], autopct="%1.0f%%")


def image(axes: Axes, cmap: str = "viridis", cell: float = 5.0, **_: Any) -> None:
    """A matrix with its colours."""
    data = np.arange(16.0).reshape(4, 4)
    data[1, 1] = cell
    axes.figure.colorbar(axes.imshow(data, cmap=cmap, vmin=0, vmax=15))


def contour(axes: Axes, levels: int = 5, factor: float = 1.0, **_: Any) -> None:
    """Lines of equal height."""
    x = np.linspace(-1, 1, 20)
    axes.contourf(x, x, factor * np.outer(x, x) + x[:, None] ** 2, levels=levels)


def errorbars(axes: Axes, y: Sequence[float], error: float = 0.3, **_: Any) -> None:
    """Points with their errors."""
    axes.errorbar(range(len(y)), y, yerr=error, fmt="o", capsize=3)


def band(axes: Axes, y: Sequence[float], width: float = 0.5, alpha: float = 0.3, **_: Any) -> None:
    """A band around a line."""
    y = np.array(y)
    axes.fill_between(range(len(y)), y - width, y + width, alpha=alpha)
    axes.plot(y)


def stem(axes: Axes, y: Sequence[float], **_: Any) -> None:
    """Stems."""
    axes.stem(range(len(y)), y)


def step(axes: Axes, y: Sequence[float], where: str = "pre", **_: Any) -> None:
    """Steps."""
    axes.step(range(len(y)), y, where=where)


def hexbin(axes: Axes, seed: int = 4, size: int = 10, **_: Any) -> None:
    """Hexagons."""
    data = np.random.default_rng(seed).normal(size=(500, 2))
    axes.hexbin(data[:, 0], data[:, 1], gridsize=size)


def quiver(axes: Axes, y: Sequence[float], **_: Any) -> None:
    """Arrows."""
    axes.quiver(range(len(y)), range(len(y)), y, y[::-1])


def mesh(axes: Axes, cell: float = 5.0, cmap: str = "viridis", **_: Any) -> None:
    """Coloured cells."""
    data = np.arange(12.0).reshape(3, 4)
    data[1, 1] = cell
    axes.pcolormesh(data, cmap=cmap)


def annotated(
    axes: Axes, y: Sequence[float], note: str = "最大值", at: float = 1.0, **_: Any
) -> None:
    """A line with words on it."""
    axes.plot(range(len(y)), y)
    axes.annotate(note, (at, 2.5), (2, 2.8), arrowprops={"arrowstyle": "->"})
    axes.axhline(_.get("height", 2.0), color="red", ls="--")
    axes.axvspan(0, _.get("span", 1.0), alpha=0.2)


def from_pandas(axes: Axes, y: Sequence[float], kind: str = "area", **_: Any) -> None:
    """What pandas draws."""
    frame = pd.DataFrame({"甲": y, "乙": y[::-1]})
    frame.plot(ax=axes, kind=kind, **({"x": "甲", "y": "乙"} if kind == "scatter" else {}))


def dates(axes: Axes, y: Sequence[float], start: str = "2024-01-01", **_: Any) -> None:
    """A line over days."""
    axes.plot(pd.date_range(start, periods=len(y), freq="MS"), y)


def twin(axes: Axes, y: Sequence[float], other: float = 30.0, **_: Any) -> None:
    """Two scales."""
    axes.plot(y)
    axes.twinx().plot([10, 20, other], color="C1")


def many(axes: Axes, y: Sequence[float], third: float = 4.0, **_: Any) -> None:
    """A line of many points."""
    x = np.linspace(0, 20, 5000)
    wave = np.sin(x)
    wave[2500] = third
    axes.plot(x, wave)


KINDS: dict[str, Callable[..., None]] = {
    each.__name__: each
    for each in (
        line,
        scatter,
        clouds,
        bar,
        barh,
        hist,
        box,
        violin,
        pie,
        image,
        contour,
        errorbars,
        band,
        stem,
        step,
        hexbin,
        quiver,
        mesh,
        annotated,
        from_pandas,
        dates,
        twin,
        many,
    )
}
KINDS |= {"polar": line, "surface": line}
_DATUM: dict[str, Any] = {"y": (3.0, 1.0, 2.1, 2.5)}
_FRAME: list[dict[str, Any]] = [
    {"title": "另一标题"},
    {"xlabel": "时间"},
    {"ylim": (0, 8)},
    {"yscale": "log"},
]
FIGURES: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {
    "line": (
        {"y": Y},
        [
            _DATUM,
            *_FRAME,
            {"colour": "C3"},
            {"style": "--"},
            {"marker": "s"},
            {"second": False},
            {"width": 4},
            {"label": "accuracy"},
            {"xticks": ("one", "two", "三", "four")},
        ],
    ),
    "scatter": (
        {"y": Y},
        [_DATUM, {"colour": "red"}, {"alpha": 0.4}, {"size": 90}, {"marker": "^"}],
    ),
    "clouds": ({}, [{"seed": 2}, {"alpha": 0.15}, {"shift": 0.05}]),
    "bar": ({"y": Y}, [_DATUM, {"colour": "C2"}, {"y": (3.0, 1.0, 2.0)}, _FRAME[0]]),
    "barh": ({"y": Y}, [_DATUM, {"names": ("一", "二", "五", "四")}]),
    "hist": ({}, [{"bins": 12}, {"scale": 1.1}]),
    "box": ({"y": Y}, [_DATUM, {"outlier": False}]),
    "violin": ({"y": Y}, [{"y": (3.0, 1.0, 2.0, 3.5)}]),
    "pie": ({"y": Y}, [{"y": (3.0, 1.0, 2.4, 2.5)}, {"names": ("w", "x", "q", "z")}]),
    "image": ({}, [{"cmap": "magma"}, {"cell": 6.0}]),
    "contour": ({}, [{"levels": 8}, {"factor": 1.5}]),
    "errorbars": ({"y": Y}, [_DATUM, {"error": 0.5}]),
    "band": ({"y": Y}, [_DATUM, {"width": 0.8}, {"alpha": 0.6}]),
    "stem": ({"y": Y}, [_DATUM]),
    "step": ({"y": Y}, [_DATUM, {"where": "post"}]),
    "hexbin": ({}, [{"seed": 5}, {"size": 14}]),
    "quiver": ({"y": Y}, [_DATUM]),
    "mesh": ({}, [{"cell": 7.0}, {"cmap": "plasma"}]),
    "annotated": (
        {"y": Y},
        [{"note": "最小值"}, {"at": 0.5}, {"height": 2.2}, {"span": 1.5}],
    ),
    "from_pandas": ({"y": Y}, [_DATUM, {"kind": "line"}, {"kind": "bar"}]),
    "dates": ({"y": Y}, [_DATUM, {"start": "2025-01-01"}]),
    "twin": ({"y": Y}, [{"other": 33.0}]),
    "many": ({"y": Y}, [{"third": 2.0}]),
    "polar": ({"y": Y}, [_DATUM]),
    "surface": ({"y": Y, "height": 1.0}, [{"height": 1.4}]),
}
LOOKS: dict[str, dict[str, Any]] = {
    "": {},
    "hinting": {"text.hinting": "none"},
    "shifted": {"savefig.pad_inches": 0.11},
    "font": {"font.family": "DejaVu Serif"},
}
"""How another Matplotlib may draw the same."""


def draw(kind: str, knobs: Mapping[str, Any], look: str = "") -> Outputs:
    """A figure as its cell shows it, with its description."""
    return _drawn(kind, json.dumps(knobs), look)


@cache
def _drawn(kind: str, knobs: str, look: str) -> Outputs:
    with matplotlib.rc_context(LOOKS[look]):
        figure = make(kind, json.loads(knobs))
        out = io.BytesIO()
        figure.savefig(out, format="png", dpi=60, bbox_inches="tight")
        text = figures.describe(figure)
    assert text is not None
    data = {"text/plain": "<Figure>", "image/png": out.getvalue()}
    return (Display(data, drawing=text),)


def make(kind: str, knobs: dict[str, Any]) -> Figure:
    """The figure of a kind."""
    figure = Figure(figsize=(4, 3))
    projection = {"polar": "polar", "surface": "3d"}.get(kind)
    axes: Any = figure.add_subplot(projection=projection)
    if kind == "surface":
        x, y = np.meshgrid(range(4), range(4))
        axes.plot_surface(x, y, knobs["height"] * (x + y) / 2)
    else:
        KINDS[kind](axes, **knobs)
    if "title" in knobs:
        axes.set_title(knobs["title"])
    if "xlabel" in knobs:
        axes.set_xlabel(knobs["xlabel"])
    if "ylim" in knobs:
        axes.set_ylim(knobs["ylim"])
    if "yscale" in knobs:
        axes.set_yscale(knobs["yscale"])
    if "xticks" in knobs:
        axes.set_xticks(range(len(knobs["xticks"])), knobs["xticks"])
    return figure


def unseen_picture(change: str) -> bytes:
    """A picture of bars on white, as a library without descriptions draws it."""
    width = 202 if change == "wider" else 200
    picture = Image.new("RGB", (400 if change == "size" else width, 120), "white")
    pen = ImageDraw.Draw(picture)
    heights = (60, 90, 30 if change == "bar" else 45)
    for n, height in enumerate(heights[: 2 if change == "gone" else 3]):
        colour = "seagreen" if change == "colour" and n == 1 else "steelblue"
        pen.rectangle((20 + 60 * n, 110 - height, 60 + 60 * n, 110), fill=colour, outline="black")
    pen.text((10, 4), "price" if change == "text" else "sales", fill="black")
    if change == "pale":
        pen.rectangle((120, 10, 190, 40), fill=(244, 244, 250))
    if change == "moved":
        picture = ImageChops.offset(picture, 1, 1)
    if change == "blurred":
        picture = picture.filter(ImageFilter.GaussianBlur(0.4))
    if change == "noise":
        picture = Image.eval(picture, lambda v: max(v - 1, 0))
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1 if change == "repacked" else 6)
    return out.getvalue()
