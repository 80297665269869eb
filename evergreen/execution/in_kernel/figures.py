"""Describes Matplotlib's figures inside a Python kernel, when they are shown: what each of them
draws, so that two of them can be compared by their data and not by their pixels.

This file's text is sent to the kernel like `probe`'s. It uses the standard library, and NumPy and
Matplotlib where the post has imported them. The work is bounded: long data count by a checksum and
the statistics of some blocks.
"""

from __future__ import annotations

import functools
import importlib
import json
import math
import sys
import warnings
import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

MIME = "application/vnd.evergreen.figure+json"
"""Type under which a description leaves the kernel, beside the picture."""
WHOLE = 64
"""Numbers of an array that are listed; of longer ones, blocks are described."""
BLOCKS = 32
MAX_ARTISTS = 400
"""Artists of one axes that are described one by one."""
MAX_PATHS = 500
MAX_TEXT = 500
PRECISION = ".7g"
FORM = 2
"""Form of descriptions; one of an earlier form, or of none, says less."""


def begin() -> None:
    """Describe each figure that the kernel displays from now on."""
    # Matplotlib before 3.9 imports this name, which IPython 9 does not have: no figure was shown.
    vars(importlib.import_module("IPython.core.pylabtools")).setdefault("backend2gui", {})
    formatter = sys.modules["IPython"].get_ipython().display_formatter
    plain = formatter.format

    def described(shown: Any, *rest: Any, **options: Any) -> Any:
        result = plain(shown, *rest, **options)
        try:
            module = sys.modules.get("matplotlib.figure")
            data = result[0]
            if module and isinstance(shown, module.Figure) and any("image/" in m for m in data):
                data[MIME] = json.loads(describe(shown) or "{}")
        except Exception:  # a figure without a description is compared by its pixels
            pass
        return result

    formatter.format = described


def describe(figure: Any) -> str | None:
    """Return the description of a drawn figure as JSON; None if it cannot be described."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the post has not asked for anything
            value = {
                "form": FORM,
                "by": f"matplotlib {sys.modules['matplotlib'].__version__}",
                "size": [_number(each) for each in figure.get_size_inches()],
                "title": _text(getattr(figure, "_suptitle", None)),
                "background": _background(figure),
                "axes": [_axes(each) for each in figure.axes[:100]],
                "insets": [_axes(each) for each in _insets(figure)],
                "artists": list(_artists(figure, _loose(figure))),
            }
        return json.dumps(value, ensure_ascii=False, check_circular=False, separators=(",", ":"))
    except Exception:  # an artist of another library may raise anything
        return None


def _loose(figure: Any) -> Iterator[Any]:
    """Yield the artists of a figure that are in no axes."""
    others = {figure.patch, getattr(figure, "_suptitle", None), *figure.axes}
    yield from (artist for artist in figure.get_children() if artist not in others)


def _insets(figure: Any) -> list[Any]:
    """Return the axes in other axes: insets, and second scales."""
    return [each for axes in figure.axes[:100] for each in axes.child_axes][:100]


def _background(owner: Any) -> str:
    """Return the colour behind a figure or axes; "" if there is none."""
    return _colour(owner.get_facecolor()) if owner.patch.get_visible() else ""


def _axes(axes: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": axes.name, "title": _text(axes.title)}
    for side in ("_left_title", "_right_title"):
        if text := _text(getattr(axes, side, None)):
            found[side.strip("_")] = text
    for name in ("x", "y", "z"):
        axis = getattr(axes, f"{name}axis", None)
        if axis is not None:
            found[name] = _axis(axes, axis, name)
    if (legend := axes.get_legend()) is not None:
        texts = [_text(each) for each in legend.get_texts()[:100]]
        found["legend"] = {
            "title": _text(legend.get_title()),
            "texts": texts,
            "handles": _handles(legend),
        }
    if not axes.axison:
        found["hidden"] = True
    found["frame"] = _frame(axes)
    found["artists"] = list(_artists(axes, _drawn(axes)))
    return found


def _frame(axes: Any) -> dict[str, str]:
    """Describe what is around the data: place in the figure, background, spines, grid."""
    spines = (name for name, spine in axes.spines.items() if spine.get_visible())
    slot = axes.get_subplotspec() if hasattr(axes, "get_subplotspec") else None
    return {
        "place": "-".join(map(str, slot.get_geometry())) if slot else "",
        "background": _background(axes),
        "spines": " ".join(sorted(spines)) if axes.axison else "",
        "grid": " ".join(_grids(axes)) if axes.axison else "",
        "aspect": str(axes.get_aspect()),
        "view": " ".join(f"{angle:.6g}" for angle in _angles(axes)),
    }


def _angles(axes: Any) -> Iterator[float]:
    """Yield the angles from which axes in space are seen, or at which polar ones start."""
    for name in ("elev", "azim", "roll"):
        if (angle := getattr(axes, name, None)) is not None:
            yield angle
    if hasattr(axes, "get_theta_offset"):
        yield from (axes.get_theta_offset(), axes.get_theta_direction())


def _handles(legend: Any) -> list[str]:
    """Describe the signs beside the texts of a legend: colour, style, marker, hatch."""
    handles: Any = getattr(legend, "legend_handles", None) or getattr(legend, "legendHandles", ())
    return [_handle(each) for each in handles[:100]]


def _handle(handle: Any) -> str:
    if hasattr(handle, "get_marker"):
        parts = handle.get_color(), handle.get_linestyle(), handle.get_marker()
        return f"{_colour(parts[0])} {parts[1]} {parts[2]}"
    if not hasattr(handle, "get_facecolor"):
        return type(handle).__name__
    faces, edges = (
        sys.modules["matplotlib.colors"].to_rgba_array(each)
        for each in (handle.get_facecolor(), handle.get_edgecolor())
    )
    return f"{_colours(faces)} {_colours(edges)} {handle.get_hatch() or ''}".strip()


def _grids(axes: Any) -> Iterator[str]:
    for name in "xyz":
        axis = getattr(axes, f"{name}axis", None)
        for kind in ("major", "minor") if axis is not None else ():
            ticks = getattr(axis, f"{kind}Ticks")
            if any(tick.gridline.get_visible() for tick in ticks[:1]):
                yield f"{name} {kind}"


def _axis(axes: Any, axis: Any, name: str) -> dict[str, Any]:
    low, high = getattr(axes, f"get_{name}lim")()
    return {
        "label": _text(axis.label),
        "scale": axis.get_scale(),
        "limits": [_number(low), _number(high)],
        "ticks": _ticks(axis, low, high) if axis.get_visible() and axes.axison else [],
    }


def _ticks(axis: Any, low: float, high: float) -> list[str]:
    """Return the texts of the major ticks in the last drawing, without computing them anew."""
    formatter = axis.major.formatter  # `locs` is deprecated since Matplotlib 3.11
    locations = formatter._locs if hasattr(formatter, "_locs") else formatter.locs
    low, high = min(low, high), max(low, high)
    room = 1e-9 * (high - low)
    found = []
    for tick in axis.majorTicks[: min(len(locations), 50)]:
        if low - room <= tick.get_loc() <= high + room and (text := _text(tick.label1)):
            found.append(text)
    return found


def _text(artist: Any) -> str:
    if artist is None or not artist.get_visible():
        return ""
    return str(artist.get_text()).replace("\N{MINUS SIGN}", "-")[:MAX_TEXT]


def _drawn(axes: Any) -> Iterator[Any]:
    """Yield the artists that show data."""
    frame = {axes.title, axes.patch, axes.get_legend(), *axes.spines.values()}
    frame |= {getattr(axes, name, None) for name in ("_left_title", "_right_title")}
    frame |= {getattr(axes, f"{name}axis", None) for name in "xyz"}
    frame |= {*axes.child_axes}
    for artist in axes.get_children():
        if artist not in frame and artist.get_visible():
            yield artist


def _artists(owner: Any, artists: Iterable[Any]) -> Iterator[dict[str, Any]]:
    names = _bar_names(owner)
    is_flat = not hasattr(owner, "zaxis")  # in space the order is computed
    for number, artist in enumerate(artists):
        if number == MAX_ARTISTS:
            yield {"kind": "more", "count": sum(1 for _ in artists) + 1}
            return
        kind = _kind(type(artist))  # type: ignore[arg-type]  # a class is hashable
        found: dict[str, Any] = {"kind": kind}
        if id(artist) in names:
            found["kind"], found["name"] = "bar", names[id(artist)]
        label = str(artist.get_label() or "")
        if label and not label.startswith("_"):
            found["label"] = label[:MAX_TEXT]
        if (alpha := artist.get_alpha()) is not None:
            found["alpha"] = _number(alpha) if isinstance(alpha, (int, float)) else _data(alpha)
        if is_flat and artist.zorder != getattr(type(artist), "zorder", None):
            found["order"] = _number(artist.zorder)
        _KINDS.get(kind, _other)(artist, found)
        if kind == "text" and not found["text"] and "arrow" not in found:
            continue
        yield found


def _bar_names(axes: Any) -> dict[int, str]:
    """Return a name for each bar: its tick's text, or its number, with its group's label."""
    names: dict[int, str] = {}
    for container in getattr(axes, "containers", ()):
        if type(container).__name__ != "BarContainer" or len(container.patches) > MAX_ARTISTS:
            continue
        flat = getattr(container, "orientation", "vertical") == "horizontal"
        axis = axes.yaxis if flat else axes.xaxis
        texts = {
            round(tick.get_loc(), 6): _text(tick.label1)
            for tick in axis.majorTicks[:200]
            if tick.label1.get_text()
        }
        group = str(container.get_label() or "")
        group = "" if group.startswith("_") else group
        for number, bar in enumerate(container.patches, 1):
            start, size = (
                (bar.get_y(), bar.get_height()) if flat else (bar.get_x(), bar.get_width())
            )
            middle = round(float(start) + float(size) / 2, 6)  # NumPy's numbers take longer
            name = texts.get(middle, str(number))
            names[id(bar)] = f"{group} {name}".strip()
    return names


@functools.lru_cache(maxsize=256)
def _kind(cls: type) -> str:
    for base in cls.__mro__:
        if base.__module__.startswith("matplotlib.") and base.__name__ in _NAMES:
            return _NAMES[base.__name__]
    return cls.__name__


def _line(artist: Any, found: dict[str, Any]) -> None:
    found.update(
        colour=_colour(artist.get_color()),
        style=str(artist.get_linestyle()),
        width=_number(artist.get_linewidth()),
        marker=str(artist.get_marker()),
        size=_number(artist.get_markersize()),
        steps=str(artist.get_drawstyle()),
    )
    if found["marker"] not in ("None", "none", "", " "):
        found["face"] = _colour(artist.get_markerfacecolor())
    if hasattr(artist, "_verts3d"):
        found["x"], found["y"], found["z"] = map(_data, artist._verts3d)
    else:
        found["x"], found["y"] = (
            _data(artist.get_xdata(orig=False)),
            _data(artist.get_ydata(orig=False)),
        )


def _patch(artist: Any, found: dict[str, Any]) -> None:
    colours = tuple(artist.get_facecolor()), tuple(artist.get_edgecolor())
    style = str(artist.get_linestyle()), artist.get_hatch() or ""
    found |= _patch_style(colours, artist.get_linewidth(), style)
    if found["kind"] in ("rectangle", "bar"):
        found["x"], found["y"] = _number(artist.get_x()), _number(artist.get_y())
        found["w"], found["h"] = _number(artist.get_width()), _number(artist.get_height())
    elif found["kind"] == "wedge":
        found.update(
            start=_number(artist.theta1), end=_number(artist.theta2), radius=_number(artist.r)
        )
    else:
        found["outline"] = _data(artist.get_patch_transform().transform(artist.get_path().vertices))


@functools.lru_cache(maxsize=256)
def _patch_style(colours: tuple[Any, Any], width: float, style: tuple[str, str]) -> dict[str, Any]:
    """Return what the bars of a histogram have in common."""
    return {
        "colour": _colour(colours[0]),
        "edge": _colour(colours[1]),
        "width": _number(width),
        "style": style[0],
        "hatch": style[1],
    }


def _collection(artist: Any, found: dict[str, Any]) -> None:
    found["colours"] = _colours(artist.get_facecolor())
    found["edges"] = _colours(artist.get_edgecolor())
    widths = [_number(each) for each in artist.get_linewidth()[:WHOLE]]
    found["widths"] = widths[:1] if len(set(widths)) == 1 else widths
    found["dashes"] = _dashes(artist.get_linestyle())
    if len(offsets := artist.get_offsets()) and type(artist).__name__ != "QuadMesh":
        found["points"] = _data(offsets)
    if hasattr(artist, "get_sizes") and len(sizes := artist.get_sizes()):
        found["sizes"] = _data(sizes)
    if hasattr(artist, "U") and hasattr(artist, "V"):
        found["u"], found["v"] = _data(artist.U), _data(artist.V)
    if hasattr(artist, "_coordinates"):
        found["corners"] = _data(artist._coordinates)
    else:
        found["shapes"] = _shapes(artist.get_paths())
    if hasattr(artist, "levels"):
        found["levels"] = _data(artist.levels)
    if hatch := getattr(artist, "get_hatch", lambda: "")():
        found["hatch"] = str(hatch)
    _mapped(artist, found)


def _dashes(styles: Any) -> str:
    """Name the styles of lines; "" if all are solid."""
    found = [
        "-".join(f"{length:.3g}" for length in each[1] or ()) if len(each) == 2 else str(each)
        for each in (styles[:WHOLE] if isinstance(styles, list) else ())
    ]
    return " ".join(dict.fromkeys(each or "solid" for each in found)) if any(found) else ""


def _shapes(paths: Any) -> dict[str, Any]:
    """Describe the paths of a collection; of many, those at the beginning, and the count."""
    numpy = sys.modules["numpy"]
    kept = [path.vertices for path in paths[:MAX_PATHS] if len(path.vertices)]
    found = {"paths": len(paths)}
    if kept:
        found.update(_data(numpy.concatenate(kept)))
    return found


def _image(artist: Any, found: dict[str, Any]) -> None:
    found["extent"] = (
        [_number(each) for each in artist.get_extent()] if hasattr(artist, "get_extent") else []
    )
    _mapped(artist, found)
    if "values" in found and len(found["values"]["shape"]) > 2:
        found.pop("map", None)
        found.pop("range", None)


def _mapped(artist: Any, found: dict[str, Any]) -> None:
    """Describe the values that a colour map colours."""
    values = artist.get_array() if hasattr(artist, "get_array") else None
    if values is not None:
        found["values"] = _data(values)
        found["map"] = artist.get_cmap().name
        found["range"] = [_number(each) for each in artist.get_clim()]
        found["norm"] = type(artist.norm).__name__


def _annotation(artist: Any, found: dict[str, Any]) -> None:
    found.update(
        text=_text(artist),
        colour=_colour(artist.get_color()),
        at=[_coordinate(each) for each in artist.get_position()],
    )
    if hasattr(artist, "xy"):
        found["points to"] = [_coordinate(each) for each in artist.xy]
    if (arrow := getattr(artist, "arrow_patch", None)) is not None and arrow.get_visible():
        style = type(arrow.get_arrowstyle()).__name__
        found["arrow"] = f"{style} {_colour(arrow.get_edgecolor())}"
    found["font"] = [
        _number(artist.get_fontsize()),
        str(artist.get_fontweight()),
        str(artist.get_fontstyle()),
        _number(artist.get_rotation()),
    ]


def _coordinate(value: Any) -> Any:
    return _number(value) if isinstance(value, (int, float)) else str(value)[:MAX_TEXT]


def _table(artist: Any, found: dict[str, Any]) -> None:
    cells = sorted(artist.get_celld().items())[:200]
    found["texts"] = [_text(cell.get_text()) for _, cell in cells]
    found["cells"] = [_colour(cell.get_facecolor()) for _, cell in cells]


def _legend(artist: Any, found: dict[str, Any]) -> None:
    found["texts"] = [_text(each) for each in artist.get_texts()[:100]]
    found["handles"] = _handles(artist)


def _other(artist: Any, found: dict[str, Any]) -> None:
    """Describe an artist of another kind by the texts in it; its pixels have to be compared too."""
    found["unknown"] = True
    texts = artist.findobj(lambda part: hasattr(part, "get_text"))[:50]
    found["texts"] = [str(each.get_text())[:MAX_TEXT] for each in texts]


_NAMES = {
    "Line2D": "line",
    "Rectangle": "rectangle",
    "Wedge": "wedge",
    "Patch": "shape",
    "PathCollection": "points",
    "QuadMesh": "mesh",
    "ContourSet": "contours",
    "Collection": "collection",
    "AxesImage": "image",
    "FigureImage": "image",
    "Text": "text",
    "Table": "table",
    "Legend": "legend",
}
_KINDS = {
    "line": _line,
    "rectangle": _patch,
    "wedge": _patch,
    "shape": _patch,
    "points": _collection,
    "mesh": _collection,
    "contours": _collection,
    "collection": _collection,
    "image": _image,
    "text": _annotation,
    "table": _table,
    "legend": _legend,
}


def _colour(colour: Any) -> str:
    return str(sys.modules["matplotlib.colors"].to_hex(colour, keep_alpha=True))


def _colours(colours: Any) -> Any:
    """Return the one colour of a collection, or a description of many."""
    if len(colours) == 0 or isinstance(colours, str):
        return str(colours) if isinstance(colours, str) else ""
    return _colour(colours[0]) if (colours == colours[0]).all() else _data(colours)


def _number(value: Any) -> Any:
    value = float(value)
    if value.is_integer() and -1e6 < value < 1e6:  # the height of most bars
        return value
    return float(format(value, PRECISION)) if math.isfinite(value) else str(value)


def _data(values: Any) -> dict[str, Any]:
    """Describe an array: shape and values, or a checksum and the statistics of blocks.

    A block's mean, least and greatest show which part of long data has changed, and by how much.
    """
    numpy = sys.modules["numpy"]
    mask = getattr(values, "mask", None)
    array = numpy.asarray(values)
    if array.dtype.kind not in "fiub":
        array = array.astype(float)
    if mask is not None and numpy.any(mask):
        array = numpy.where(mask, numpy.nan, array.astype(float))
    found: dict[str, Any] = {"shape": list(array.shape)}
    if array.size <= WHOLE:
        found["data"] = [_number(each) for each in array.ravel().tolist()]
        return found
    flat = numpy.ascontiguousarray(array)
    found["sum"] = f"{zlib.crc32(flat):08x}"
    columns = (
        flat.reshape(flat.shape[0], -1).T
        if flat.ndim == 2 and flat.shape[1] < 5
        else [flat.ravel()]
    )
    found["blocks"] = [each for column in columns for each in _blocks(numpy, column)]
    return found


def _blocks(numpy: Any, column: Any) -> Iterator[list[Any]]:
    """Yield mean, least and greatest of the blocks of a column, NaN left out."""
    column = numpy.ascontiguousarray(column)
    if column.dtype.kind == "f" and not numpy.isfinite(column).all():
        column = numpy.where(numpy.isfinite(column), column, 0.0)
    count = min(BLOCKS, len(column))
    starts = numpy.arange(count) * len(column) // count
    sizes = numpy.diff(numpy.append(starts, len(column)))
    total = numpy.add.reduceat(column, starts, dtype=float) / sizes
    least, most = (f.reduceat(column, starts) for f in (numpy.minimum, numpy.maximum))
    for each in (total, least, most):
        yield [_number(value) for value in each.tolist()]
