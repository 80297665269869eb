"""Figures by what they draw: two descriptions, recorded when the figures were shown (see
`execution.in_kernel.figures`), compared axes by axes and artist by artist.
"""

from __future__ import annotations

import difflib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from statistics import fmean
from typing import Any

from evergreen.check.result import (
    Change,
    ChangeKind,
    ComparisonResult,
    ComparisonRules,
    DifferenceLevel,
)
from evergreen.check.text import compare_text
from evergreen.dataclass import dataclass, replace

UNSEEN = 1e-4
"""Part of an axis, or of the spread of the data, by which a value may differ unseen."""
LIMITS = 1e-3
"""The same for the limits of an axis."""
ALIKE = 0.02
"""Part of its extent by which an outline of another release may lie elsewhere."""
_NAMES = {
    "map": "colour map",
    "x": "x",
    "y": "y",
    "h": "height",
    "w": "width",
    "widths": "line width",
    "edges": "edge colours",
    "edge": "edge colour",
    "colours": "colours",
    "range": "colour range",
    "shapes": "outlines",
    "points": "positions",
    "at": "position",
    "order": "order above others",
    "face": "colour of markers",
    "handles": "signs",
}
_LATER = ("order", "face", "dashes", "arrow", "font", "handles")
"""Properties of artists that descriptions of the first form do not have."""
_COLOURS = ("colour", "edge", "colours", "edges", "cells")

Artist = Mapping[str, Any]


def read_drawing(text: str) -> dict[str, Any] | None:
    """Parse a description; None if it is not valid: it comes from the post's own process."""
    try:
        value = json.loads(text) if text else None
        sound = isinstance(value, dict) and all(
            isinstance(axes, dict) and isinstance(axes["artists"], list) for axes in value["axes"]
        )
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return value if sound else None


def has_unknown(drawing: Mapping[str, Any]) -> bool:
    """True if a figure has an artist whose data are not described."""
    artists = [
        *drawing.get("artists", ()),
        *(a for axes in drawing["axes"] for a in axes["artists"]),
    ]
    return any(isinstance(each, dict) and each.get("unknown") for each in artists)


def compare_drawings(
    then: Mapping[str, Any], now: Mapping[str, Any], rules: ComparisonRules
) -> ComparisonResult:
    """Compare two descriptions. Raises LookupError, TypeError or ValueError for one of another
    form.
    """
    older = then.get("form") != now.get("form")
    drawings = _Drawings(rules, older, then.get("by") != now.get("by"))
    return ComparisonResult(tuple(drawings.compare(then, now)))


@dataclass(frozen=True, slots=True)
class _Drawings:
    rules: ComparisonRules
    older: bool = False
    """One of the descriptions is of an earlier form."""
    other_release: bool = False
    """Two releases of Matplotlib drew the figures: what they compute of the data, such as the
    corners of outlines and the places of contours' labels, may differ a little."""

    def compare(self, then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
        """Yield all changes."""
        for old, new in zip(then["size"], now["size"], strict=False):
            if abs(old - new) > 0.01 * max(abs(old), abs(new)):
                yield _different("size", f"the figure's size: {then['size']} → {now['size']}")
                break
        yield from self._words("title", "the figure's title", then["title"], now["title"])
        if len(then["axes"]) != len(now["axes"]):
            message = f"the figure has {len(now['axes'])} axes, it had {len(then['axes'])}"
            yield _different("axes", message)
        for number, pair in enumerate(zip(then["axes"], now["axes"], strict=False), 1):
            yield from self._axes(number, *pair)
        yield from self._since(then, now)
        loose = (then.get("artists", []), now.get("artists", []))
        yield from self._artists("F", "the figure", *loose, {})

    def _since(self, then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
        """Compare what older descriptions do not have."""
        if "background" in then and "background" in now:
            colours = then["background"], now["background"]
            yield from self._words("background", "the figure's background", *colours)
        if "insets" in then and "insets" in now:
            counts = [len(each["insets"]) for each in (then, now)]
            if counts[0] != counts[1]:
                message = f"the figure has {counts[1]} axes in others, it had {counts[0]}"
                yield _different("insets", message)
            pairs = zip(then["insets"], now["insets"], strict=False)
            for number, pair in enumerate(pairs, len(then["axes"]) + 1):
                yield from self._axes(number, *pair)

    def _axes(self, number: int, then: Artist, now: Artist) -> Iterator[Change]:
        place, name = f"A{number}", f"axes {number}"
        for key in ("kind", "title", "left_title", "right_title", "hidden"):
            yield from self._words(
                f"{place}.{key}", f"{name}, {key}", str(then.get(key, "")), str(now.get(key, ""))
            )
        frames = then.get("frame", {}), now.get("frame", {})
        for key in frames[0].keys() & frames[1].keys():
            yield from self._words(
                f"{place}.{key}", f"{name}, {key}", frames[0][key], frames[1][key]
            )
        yield from self._legend(place, name, then.get("legend"), now.get("legend"))
        spans = {axis: _span(now.get(axis)) for axis in ("x", "y", "z")}
        yield from self._artists(place, name, then["artists"], now["artists"], spans)
        for axis in ("x", "y", "z"):
            if axis in then and axis in now:
                yield from self._axis(
                    f"{place}.{axis}", f"{name}, {axis} axis", then[axis], now[axis]
                )

    def _axis(self, place: str, name: str, then: Artist, now: Artist) -> Iterator[Change]:
        for key in ("label", "scale"):
            yield from self._words(f"{place}.{key}", f"{name}, {key}", then[key], now[key])
        limits = then["limits"], now["limits"]
        span = abs(limits[0][1] - limits[0][0]) or 1.0
        part = 0.0 if self.rules.exact else LIMITS
        moved = [abs(a - b) > part * span for a, b in zip(*limits, strict=True)]
        if any(moved):
            shown = [" to ".join(f"{value:.4g}" for value in each) for each in limits]
            yield _different(f"{place}.limits", f"{name}: {shown[0]} → {shown[1]}")
        elif then["ticks"] != now["ticks"]:
            old, new = (", ".join(each["ticks"]) for each in (then, now))
            level = compare_text(old, new, self.rules).level
            if then["scale"] == now["scale"] and all(map(_is_number, then["ticks"] + now["ticks"])):
                level = min(level, DifferenceLevel.CLOSE)
            message = f"{name}, ticks: {old} → {new}"
            yield from _at_level(level, "text", f"{place}.limits", message)

    def _legend(
        self, place: str, name: str, then: Artist | None, now: Artist | None
    ) -> Iterator[Change]:
        if (then is None) != (now is None):
            verb = "is gone" if now is None else "is new"
            yield _different(f"{place}.legend", f"{name}: the legend {verb}")
        elif then and now:
            old, new = ("\n".join([each["title"], *each["texts"]]) for each in (then, now))
            yield from self._words(f"{place}.legend", f"{name}, legend", old, new)
            if "handles" in then and "handles" in now:
                old, new = ("\n".join(each["handles"]) for each in (then, now))
                yield from self._words(f"{place}.legend.signs", f"{name}, legend", old, new)

    def _words(self, place: str, name: str, then: str, now: str) -> Iterator[Change]:
        old, new = (" ".join(each.split()) for each in (then, now))
        yield from self._text(place, f"{name}: '{old}' → '{new}'", then, now)

    def _text(self, place: str, message: str, then: str, now: str) -> Iterator[Change]:
        """Yield the changes of a text, each at its own place: one word of it may be noise."""
        for each in compare_text(then, now, self.rules).changes:
            at = f"{place}:{each.at}" if each.at else ""
            yield replace(
                each, place=f"{place}:{each.place}", at=at, message=message, line=("", "")
            )

    def _artists(
        self,
        place: str,
        name: str,
        then: Sequence[Artist],
        now: Sequence[Artist],
        spans: Mapping[str, float],
    ) -> Iterator[Change]:
        if self.older:
            then, now = _as_before(then), _as_before(now)
        pairs, gone, new = _partners(then, now)
        names, counts = (_named(then), _named(now)), _numbered(now)
        for one in gone:
            where = _group(place, then[one])
            message = f"{name}, {names[0][one]} is gone"
            yield Change(DifferenceLevel.DIFFERENT, "gone", where, where, message, (message, ""))
        for other in new:
            where = _group(place, now[other])
            message = f"{name}, {names[1][other]} is new"
            yield Change(DifferenceLevel.DIFFERENT, "new", where, where, message, ("", message))
        has_contours = any(each["kind"] == "contours" for each in now)
        for one, other in pairs:
            old, new_one = then[one], now[other]
            number = counts[other]
            chosen: tuple[str, ...] = ()
            if self.other_release and has_contours and _is_number(str(new_one.get("text", ""))):
                chosen = ("at", "font")  # Matplotlib chooses where the label of a contour is
            for key in dict.fromkeys(each for each in (*old, *new_one) if each not in chosen):
                where = _group(place, _of_one_label(old, new_one), key, number)
                told = f"{name}, {names[1][other]}"
                yield from self._property(where, told, key, old, new_one, spans)

    def _property(
        self,
        place: str,
        name: str,
        key: str,
        then: Artist,
        now: Artist,
        spans: Mapping[str, float],
    ) -> Iterator[Change]:
        old, new = then.get(key), now.get(key)
        if old == new or key in ("kind", "unknown"):
            return
        word = "" if key in ("h", "y") and now["kind"] == "bar" else f" {_NAMES.get(key, key)}"
        if key in ("h", "w") and now["kind"] == "bar":
            word = ""
        name = f"{name}{',' if word else ':'}{word}{':' if word else ''}"
        if isinstance(old, dict) and isinstance(new, dict) and "shape" in old and "shape" in new:
            yield from self._data(place, name, key, old, new)
        elif isinstance(old, (int, float)) and isinstance(new, (int, float)):
            span = spans.get({"h": "y", "w": "x"}.get(key, key), 0.0)
            level = self._level(old, new, span)
            message = f"{name} {old:.6g} → {new:.6g}"
            yield from _at_level(level, "number", place, message, (float(old), float(new)))
        elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
            for a, b in zip(old, new, strict=True):
                numeric = all(isinstance(each, (int, float)) for each in (a, b))
                scale = max(
                    (abs(each) for each in new if isinstance(each, (int, float))), default=0
                )
                if a != b:
                    same = numeric and self._level(a, b, scale * 10) < DifferenceLevel.DIFFERENT
                    level = DifferenceLevel.CLOSE if same else DifferenceLevel.DIFFERENT
                    yield from _at_level(level, "text", place, f"{name} {a} → {b}")
        elif isinstance(old, str) and isinstance(new, str) and key in ("text", "label", "name"):
            yield from self._text(place, f"{name} '{old}' → '{new}'", old, new)
        else:
            shown = [_shown(each) for each in (old, new)]
            yield from _at_level(
                DifferenceLevel.DIFFERENT, "text", place, f"{name} {shown[0]} → {shown[1]}"
            )

    def _data(self, place: str, name: str, key: str, then: Artist, now: Artist) -> Iterator[Change]:
        if self.other_release and key in ("shapes", "outline") and _are_alike(then, now):
            yield from _at_level(DifferenceLevel.CLOSE, "text", place, f"{name} have other corners")
            return
        if then["shape"] != now["shape"] or ("data" in then) != ("data" in now):
            counts = [" × ".join(map(str, each["shape"])) for each in (then, now)]
            message = f"{name} {counts[1]} values, there were {counts[0]}"
            yield _different(_of_counts(place), message)
            return
        if "data" in then:
            old, new = then["data"], now["data"]
        else:
            if then["sum"] == now["sum"]:
                return
            old, new = (list(chain(*each["blocks"])) for each in (then, now))
        numbers = [each for each in (*old, *new) if isinstance(each, (int, float))]
        span = max(numbers, default=0.0) - min(numbers, default=0.0) if len(old) > 1 else 0.0
        span = 0.0 if key in _COLOURS else span
        pairs = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
        worst = max((self._any_level(a, b, span) for a, b in pairs), default=DifferenceLevel.CLOSE)
        bad = [p for p in pairs if self._any_level(*p, span) == worst]
        if not bad:
            yield from _at_level(worst, "number", place, f"{name} last digits differ")
            return
        a, b = max(bad, key=_distance)
        of = f" ({len(bad)} of {len(old)} differ)" if len(old) > 1 and "data" in then else ""
        if "data" not in then:
            of = f" in a part of {'×'.join(map(str, now['shape']))} values"
        numeric = isinstance(a, (int, float)) and isinstance(b, (int, float))
        shown = [f"{each:.6g}" if isinstance(each, (int, float)) else str(each) for each in (a, b)]
        message = f"{name} {shown[0]} → {shown[1]}{of}"
        yield from _at_level(
            worst, "number", place, message, (float(a), float(b)) if numeric else None
        )

    def _any_level(self, then: Any, now: Any, span: float) -> DifferenceLevel:
        if isinstance(then, (int, float)) and isinstance(now, (int, float)):
            return self._level(then, now, span)
        return DifferenceLevel.SAME if then == now else DifferenceLevel.DIFFERENT

    def _level(self, then: float, now: float, span: float) -> DifferenceLevel:
        if then == now:
            return DifferenceLevel.SAME
        if self.rules.exact:
            return DifferenceLevel.DIFFERENT
        options = self.rules.options
        allowed = max(options.rtol * max(abs(then), abs(now)), options.atol, UNSEEN * span)
        close = abs(then - now) <= allowed
        return DifferenceLevel.CLOSE if close else DifferenceLevel.DIFFERENT


def _different(place: str, message: str) -> Change:
    return Change(DifferenceLevel.DIFFERENT, "text", place, place, message)


def _at_level(
    level: DifferenceLevel,
    kind: ChangeKind,
    place: str,
    message: str,
    numbers: tuple[float, float] | None = None,
) -> Iterator[Change]:
    if level:
        yield replace(_different(place, message), level=level, kind=kind, numbers=numbers)


def _partners(
    then: Sequence[Artist], now: Sequence[Artist]
) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """Pair the artists: by their places if all have the kinds and names that they had, unless their
    texts are in another order; else equal ones in order, then those of one kind, name and text,
    then without the text, then of one kind.
    """
    texts = [[*map(_identity, side)] for side in (then, now)]
    moved = texts[0] != texts[1] and sorted(texts[0]) == sorted(texts[1])
    if not moved and [*map(_identity_but_text, then)] == [*map(_identity_but_text, now)]:
        return [(n, n) for n in range(len(then))], [], []
    keys = [[json.dumps(each, sort_keys=True) for each in side] for side in (then, now)]
    matcher = difflib.SequenceMatcher(None, keys[0], keys[1], autojunk=False)
    pairs = [
        (block.a + n, block.b + n)
        for block in matcher.get_matching_blocks()
        for n in range(block.size)
    ]
    gone = sorted(set(range(len(then))) - {one for one, _ in pairs})
    new = sorted(set(range(len(now))) - {other for _, other in pairs})
    for name in (_identity, _identity_but_text, lambda artist: artist["kind"]):
        waiting: dict[Any, list[int]] = defaultdict(list)
        for other in new:
            waiting[name(now[other])].append(other)
        for one in list(gone):
            if found := waiting[name(then[one])]:
                pairs.append((one, found.pop(0)))
                gone.remove(one)
        new = [other for other in new if other not in {each for _, each in pairs}]
    return pairs, gone, new


def _as_before(artists: Sequence[Artist]) -> list[Artist]:
    """Return artists as a description of the first form has them."""
    kept = (each for each in artists if each.get("text") or each["kind"] != "text")
    return [{key: value for key, value in each.items() if key not in _LATER} for each in kept]


def _identity(artist: Artist) -> tuple[str, ...]:
    return (*_identity_but_text(artist), str(artist.get("text", "")))


def _identity_but_text(artist: Artist) -> tuple[str, ...]:
    return artist["kind"], str(artist.get("label", "")), str(artist.get("name", ""))


def _named(artists: Sequence[Artist]) -> list[str]:
    """Name each artist: by its label, or by its number among those of its kind."""
    names = []
    for artist, number in zip(artists, _numbered(artists), strict=True):
        kind = artist["kind"]
        label = artist.get("name") or artist.get("label") or artist.get("text")
        names.append(f"{kind} '{str(label)[:40]}'" if label else f"{kind} {number}")
    return names


def _numbered(artists: Sequence[Artist]) -> list[int]:
    """Return the number of each artist among those of its kind."""
    counts: dict[str, int] = defaultdict(int)
    numbers = []
    for artist in artists:
        counts[artist["kind"]] += 1
        numbers.append(counts[artist["kind"]])
    return numbers


def _group(place: str, artist: Artist, key: str = "", number: int = 0) -> str:
    """Return the place of a property: of bars without a name and of texts, that of all of them in
    one axes; of others with a name or a number, their own.

    If one bar of a histogram is noise, they all are; of two lines, or of two bars that ticks name,
    one may be.
    """
    is_named = artist["kind"] == "bar" and artist.get("name")
    is_one_of_many = artist["kind"] in ("bar", "rectangle", "text", "wedge") and not is_named
    label = "" if is_one_of_many else artist.get("name" if is_named else "label", "")
    own = f".{number}" if number and not is_one_of_many and not label else ""
    return f"{place}.{artist['kind']} {label}{own}.{key}".rstrip(".")


def _of_one_label(then: Artist, now: Artist) -> Artist:
    """Return the new artist; without its label if that has changed: one with a random number names
    no place that other runs have.
    """
    if then.get("label") == now.get("label"):
        return now
    return {key: value for key, value in now.items() if key != "label"}


def _of_counts(place: str) -> str:
    """Return the place of the number of values of a kind of artist: if that of one is noise, as of
    the outliers of a box, that of the others may be.
    """
    artist = place.rpartition(".")[0]
    front, dot, number = artist.rpartition(".")
    return f"{front if dot and number.isdigit() else artist}.values"


def _are_alike(then: Artist, now: Artist) -> bool:
    """Return whether two outlines with other corners lie in one place: by the mean, the least and
    the greatest of each coordinate."""
    one, other = _extents(then), _extents(now)
    if one is None or other is None or len(one) != len(other):
        return False
    return all(
        abs(a - b) <= ALIKE * max(old[2] - old[1], new[2] - new[1])
        for old, new in zip(one, other, strict=True)
        for a, b in zip(old, new, strict=True)
    )


def _extents(data: Artist) -> list[tuple[float, float, float]] | None:
    """Return mean, least and greatest of each column of two-dimensional data; None for others."""
    if len(data["shape"]) != 2 or not all(data["shape"]) or data["shape"][1] > 4:
        return None
    width = data["shape"][1]
    if "data" in data:
        columns = [[data["data"][at::width]] * 3 for at in range(width)]
    else:
        columns = [data["blocks"][at : at + 3] for at in range(0, 3 * width, 3)]
    if any(isinstance(value, str) for column in columns for part in column for value in part):
        return None  # a number that is not finite
    return [(fmean(total), min(least), max(most)) for total, least, most in columns]


def _span(axis: Artist | None) -> float:
    return abs(axis["limits"][1] - axis["limits"][0]) if axis else 0.0


def _distance(pair: tuple[Any, Any]) -> float:
    numeric = all(isinstance(each, (int, float)) for each in pair)
    return abs(pair[0] - pair[1]) if numeric else 0.0


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", ""))
    except ValueError:
        return False
    return True


def _shown(value: Any) -> str:
    return (
        str(value)
        if isinstance(value, (str, int, float))
        else "nothing"
        if value is None
        else "other data"
    )
