"""Noise, measured: what differs between new runs of one post is noise of its place.

What all new runs agree on and the published one does not is drift. A number that new runs hardly
disagree on, while the published one is far from them, is drift too. Places are those of the
published outputs, so what was learned holds until another execution is published.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import field
from typing import NamedTuple

from evergreen.check.result import Change, ComparisonResult, DifferenceLevel
from evergreen.dataclass import dataclass, replace
from evergreen.model.check import NoisePlace
from evergreen.regex import regex

FAR = {2: 40.0, 3: 12.0, 4: 6.0}
"""A published number this many times further away than so many new runs are from each other, or
more, is no noise: the fewer they are, the more often they are near each other by chance.
"""
DOUBTFUL = 6.0
"""The same distance where one more run should be asked, whatever is known of the place."""
WIDE = 1e-3
"""Relative difference from which two values of a column of numbers are random, not rounded."""
MANY = 3
"""Words or numbers of a line that differ between new runs, from which its order is random."""
CHANCE = 0.015
"""Probability from which random numbers may be equal by chance in all new runs."""
_MEASURES = frozenset(
    """s sec secs second seconds ms us µs μs ns min mins minute minutes h hours d days x
    B KB MB GB TB kB KiB MiB GiB bytes it its iterations rows MHz GHz 秒 毫 微 分 倍 小""".split()
)
"""Units of what a machine measures: their first value may be far from all later ones."""
_TIMES = frozenset("s sec secs second seconds ms us µs μs ns min mins 秒 毫 微".split())
"""Units of durations among them."""
_SEPARATORS = ".:[+"
_DRAWN = regex(r"([AF]\d*\..* )\.\d+(\.\w+)")
"""The place of a property of an artist in a figure that has no label: kind, number, property."""
_WORD = regex(r"\S+")
_PART = regex(r"\d[\d.,]*|[^\s\d]")
"""A number or a letter: two tasks that print at one time join the words of two lines."""
_IN_ROW = regex(r"\.C\d+:.*")
"""The part of a place that names a cell in a row of a table."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The changes of one output after noise is taken out."""

    changes: tuple[Change, ...]
    """Changes that are no noise."""
    noise: tuple[NoisePlace, ...] = ()
    """What was learned."""
    unsure: bool = False
    """One more run may show that a change is noise."""
    doubtful: bool = False
    """One more run may show that what counts as noise is none."""
    dated: bool = False
    """Changes were taken out that a run at the published run's time does not have."""


@dataclass(frozen=True, slots=True)
class _Spread:
    """The differences between the new run and another one, or more."""

    changes: Mapping[str, Sequence[Change]]
    """By place and by each part of it."""
    moved: bool
    numbers: Mapping[str, int] = field(default_factory=dict)
    """Changed numbers of few digits of each line."""
    texts: Mapping[str, set[str]] = field(default_factory=dict)
    """Changed words of each line."""
    words: frozenset[str] = frozenset()
    """All words that changed."""
    values: frozenset[float] = frozenset()
    """All numbers that changed, as far as they have many digits."""
    columns: Mapping[str, int] = field(default_factory=dict)
    """Numbers that are far apart, in each column of lines that are alike."""
    rows: frozenset[str] = frozenset()
    """Rows of tables in which a number or a word changed."""
    bars: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The lines in which a bar, like `####`, has another length, by its sign."""
    shuffled: frozenset[str] = frozenset()
    """Lines that have the same words and numbers in another order."""
    counts: frozenset[str] = frozenset()
    """Lines that have another count of numbers."""
    lists: bool = False
    """One of them has lines that the other has not."""
    forms: Mapping[str, int] = field(default_factory=dict)
    """Changed lines of each form."""


def without_known(
    result: ComparisonResult, known: Mapping[tuple[str, str], NoisePlace]
) -> ComparisonResult:
    """Return the result without places whose noise was learned before, by place and kind."""
    kept = []
    for change in result.changes:
        noise = known.get((change.place, change.kind))
        bounds = (noise.low, noise.high) if noise else (None, None)
        is_noise = noise is not None and not _is_count(change)
        if not is_noise or not _is_plausible(change, bounds, far=DOUBTFUL):
            kept.append(change)
    return replace(result, changes=tuple(kept))


def without_dated(result: ComparisonResult, past: ComparisonResult) -> ComparisonResult:
    """Return the result without what depends on the date alone.

    `past` compares the published run with a new one at the same time of the clock: places where
    these agree follow from the date. Where they differ too, something else has changed; so has a
    line that differs in both, wherever it is, for lines may be in another order in each run.
    """
    there = _different(past)
    lines = [{e.line[n] for e in there if e.line[n] and e.kind != "order"} for n in (0, 1)]
    whole = {place for each in there for place in _tokens(each.place)}
    parts = _spread(past).changes
    kept = tuple(
        change
        for change in result.changes
        if change.level != DifferenceLevel.DIFFERENT
        or any(at in parts or whole.intersection(_parts(at)) for at in _tokens(change.place))
        or any(line in known for line, known in zip(change.line, lines, strict=True))
    )
    return replace(result, changes=kept)


def measure(
    result: ComparisonResult,
    among_new: Sequence[ComparisonResult],
    to_others: Sequence[ComparisonResult],
    anywhere: bool = False,
    lists: bool = False,
    whole: ComparisonResult | None = None,
) -> Measured:
    """Take noise out of the changes between the published run and a new one.

    `among_new` compares the new run with each further one, `to_others` the published one with each
    of them. A number may be `anywhere`, far from where new runs are, if it changes by the hour.
    What `lists` processes or other programs' files has lines that no later run has. `whole` is the
    result with what was taken for the date: of lines in random order, some are as they were at the
    published time by chance.
    """
    whole = whole or result
    if _is_order_by_chance(whole, among_new):
        return Measured(*_all_noise(result), False, False)
    is_whole = len(whole.changes) == len(result.changes)
    runs = _Runs(
        result,
        tuple(map(_spread, among_new)),
        to_others,
        anywhere,
        lists,
        _shuffled((each.at, each) for each in _different(result)),
        frozenset(_shape(each.line[0]) for each in result.changes if each.kind == "gone"),
        _parts_of_one_side(result, among_new) if is_whole else frozenset(),
    )
    kept: list[Change] = []
    noise: list[NoisePlace] = []
    unsure = doubtful = False
    for change in result.changes:
        found = _judge(change, runs) if change.level == DifferenceLevel.DIFFERENT else _KEPT
        kept += [change] if found.is_kept else []
        noise += [found.noise] if found.noise else []
        unsure |= found.unsure
        doubtful |= found.doubtful
    return Measured(tuple(kept), tuple(noise), unsure, doubtful)


@dataclass(frozen=True, slots=True)
class _Runs:
    """What one change is judged by."""

    result: ComparisonResult
    """Of the published run and a new one."""
    spreads: tuple[_Spread, ...]
    """Between the new run and each further one."""
    to_others: Sequence[ComparisonResult]
    anywhere: bool
    lists: bool
    shuffled: Set[str]
    """Lines that have the same words in another order."""
    replaced: frozenset[str]
    """Forms of the lines that are gone."""
    others: frozenset[str]
    """Parts of lines that only the published run has, or only the new ones."""

    def any(self, holds: Callable[[_Spread], bool]) -> bool:
        """True if something holds for one of the further runs."""
        return any(map(holds, self.spreads))


class _Verdict(NamedTuple):
    """What one change is."""

    is_kept: bool
    noise: NoisePlace | None = None
    unsure: bool = False
    doubtful: bool = False


_KEPT = _Verdict(True)


def _judge(change: Change, runs: _Runs) -> _Verdict:
    if runs.others and runs.others.intersection(_PART.findall(" ".join(change.line))):
        return _Verdict(True, unsure=True)
    ranges, count = _ranges(change, runs), len(runs.spreads) + 1
    numbers = [number for found in ranges for number in found]
    bounds = (min(numbers), max(numbers)) if numbers else (None, None)
    in_column = bool(ranges) and (runs.anywhere or _is_in_random_column(change, runs.spreads))
    if ranges and (_is_plausible(change, bounds, count) or in_column):
        near = in_column or _is_plausible(change, bounds, count, DOUBTFUL)
        place = NoisePlace(0, 0, change.place, change.kind, *bounds)
        return _Verdict(False, place, doubtful=count < max(FAR) and not near)
    if not ranges and _is_by_chance(change, runs.spreads):
        return _Verdict(False)
    return _Verdict(True, unsure=bool(ranges) or _may_be_noise(change, runs))


def _ranges(change: Change, runs: _Runs) -> list[tuple[float, ...]]:
    """Return the numbers that further runs have at the place of a change, a tuple for each run that
    differs there; it is empty where what differs is no number."""
    spreads = runs.spreads
    ranges = [found for spread in spreads if (found := _range(change, spread)) is not None]
    if change.kind == "gone":
        ranges = [() for each in runs.to_others if not _is_gone(change, each)]
    if _is_count(change):
        ranges = [() for spread in spreads if _line(change.at) in spread.counts]
    if runs.lists:
        ranges += [() for spread in spreads if _is_listed(change, spread)]
    if change.kind == "new" and _shape(change.line[1]) in runs.replaced:
        ranges = [() for spread in spreads if _differs(change.at, spread)]
    if change.at and _line(change.at) in runs.shuffled:
        ranges += [() for spread in spreads if _has_other_order(_line(change.at), spread)]
    return ranges


def _may_be_noise(change: Change, runs: _Runs) -> bool:
    """True if a further run may show that a change in which no run differs is noise."""
    return (
        change.kind == "order"
        or _is_coarse(change)
        or _is_repeated(change, runs.result)
        or _is_count(change)
        or _is_among_numbers(change, runs.spreads)
        or runs.any(lambda spread: _line(change.at) in spread.texts)
        or runs.any(lambda spread: _row(change.at) in spread.rows)
        or runs.any(lambda spread: _bar(change) in spread.bars)
    )


def _is_order_by_chance(result: ComparisonResult, among_new: Sequence[ComparisonResult]) -> bool:
    """True if the published output has the words of the new one in another order, and new runs have
    the same words in other orders still: what concurrent tasks print is mixed in many ways."""
    return any(_is_mixed(result, among_new, pattern) for pattern in (_WORD, _PART))


def _is_mixed(
    result: ComparisonResult, among_new: Sequence[ComparisonResult], pattern: re.Pattern[str]
) -> bool:
    moved = _moved_words(result, pattern)
    mixed = _mixed_words(among_new, pattern)
    if not moved or not mixed:
        return False
    words = {word for word in moved if pattern is _WORD or not word[0].isdecimal()}
    return words <= mixed


def _mixed_words(among_new: Sequence[ComparisonResult], pattern: re.Pattern[str]) -> frozenset[str]:
    """Return the words that are in other places in new runs, if these differ in nothing else."""
    mixed = [_moved_words(each, pattern) for each in among_new]
    return frozenset().union(*(each or () for each in mixed)) if None not in mixed else frozenset()


def _moved_words(result: ComparisonResult, pattern: re.Pattern[str]) -> Counter[str] | None:
    """Return the words of all lines that differ, if only their order does; None otherwise. The
    pattern finds the words of a line."""
    found = _counted_words(result, pattern)
    return found[0] if found and found[0] == found[1] else None


def _parts_of_one_side(
    result: ComparisonResult, among_new: Sequence[ComparisonResult]
) -> frozenset[str]:
    """Return the numbers and letters that only one of the published run and the new one has, or has
    more often, if new runs differ in nothing but their order; else none."""
    found = _counted_words(result, _PART)
    if not found or not _mixed_words(among_new, _PART):
        return frozenset()
    old, new = found
    return frozenset(((old - new) | (new - old)).keys())


def _counted_words(
    result: ComparisonResult, pattern: re.Pattern[str]
) -> tuple[Counter[str], Counter[str]] | None:
    """Count the words of the lines that differ, on both sides; None if one is not known."""
    different = _different(result)
    lines = {(_line(each.place), _line(each.at)): each.line for each in different}
    if not all(any(line) for line in lines.values()):
        return None
    texts = ([line[n] for line in lines.values()] for n in (0, 1))
    old, new = (Counter(word for line in side for word in pattern.findall(line)) for side in texts)
    return old, new


def _all_noise(
    result: ComparisonResult,
) -> tuple[tuple[Change, ...], tuple[NoisePlace, ...]]:
    """Return the changes that do not matter, and the places of all others."""
    kept = tuple(each for each in result.changes if each.level != DifferenceLevel.DIFFERENT)
    noise = (NoisePlace(0, 0, each.place, each.kind) for each in _different(result))
    return kept, tuple(noise)


def _different(result: ComparisonResult) -> list[Change]:
    """Return the changes that matter."""
    return [each for each in result.changes if each.level == DifferenceLevel.DIFFERENT]


def _spread(result: ComparisonResult) -> _Spread:
    different = _different(result)
    changes: dict[str, list[Change]] = {}
    for change in different:
        for part in (part for place in _tokens(change.place) for part in _parts(place)):
            changes.setdefault(part, []).append(change)
    numbers = [each for each in different if each.kind == "number"]
    words = [each for each in different if each.kind == "text"]
    texts: dict[str, set[str]] = {}
    for change in words:
        texts.setdefault(_line(change.place), set()).update(_tokens(change.place))
    bars: dict[str, set[str]] = {}
    for change in words:
        if sign := _bar(change):
            bars.setdefault(sign, set()).add(_line(change.place))
    coarse = {_line(each.place): 0 for each in numbers}
    for change in filter(_is_coarse, numbers):
        coarse[_line(change.place)] += 1
    return _Spread(
        changes,
        any(e.kind == "order" and not e.place.endswith(".order") for e in result.changes),
        coarse,
        texts,
        frozenset(word for each in words for word in _words(each)),
        frozenset(n for each in numbers if not _is_coarse(each) for n in each.numbers or ()),
        Counter(map(_column, filter(_is_wide, numbers))),
        frozenset(filter(None, (_row(each.place) for each in (*numbers, *words)))),
        {sign: frozenset(lines) for sign, lines in bars.items()},
        _shuffled((each.place, each) for each in different),
        frozenset(_line(each.place) for each in words if _is_count(each)),
        any(each.kind in ("gone", "new") for each in different),
        Counter(_form(line) for line in {each.line[0] or each.line[1] for each in different}),
    )


def _shuffled(changes: Iterable[tuple[str, Change]]) -> frozenset[str]:
    """Return the lines, of changes at some places, whose words are only in another order."""
    sides: dict[str, tuple[list[str], list[str]]] = {}
    for place, change in changes:
        old, new = sides.setdefault(_line(place), ([], []))
        # The order alone, or lines that are new or gone, say nothing about words.
        old.append(change.texts[0] if change.kind in ("text", "number") else "")
        new.append(change.texts[1] if change.kind in ("text", "number") else "")
    return frozenset(
        line for line, (old, new) in sides.items() if any(old) and sorted(old) == sorted(new)
    )


def _is_wide(change: Change) -> bool:
    """True if two numbers are further apart than rounding explains."""
    one, other = change.numbers or (0.0, 0.0)
    return abs(one - other) > WIDE * max(abs(one), abs(other))


def _tokens(place: str) -> Iterable[str]:
    """Yield each token of a place like `L4.2-5`."""
    line, dot, span = place.rpartition(".")
    first, dash, last = span.partition("-")
    if dot and dash and first.isdigit() and last.isdigit():
        yield from (f"{line}.{number}" for number in range(int(first), int(last) + 1))
    else:
        yield place


def _parts(place: str) -> Iterable[str]:
    """Yield a place and the places that it is in: `L4.2` is in `L4`."""
    yield place
    for at in range(len(place) - 1, 0, -1):
        if place[at] in _SEPARATORS:
            yield place[:at]


def _line(place: str) -> str:
    return place.rpartition(".")[0] or place


def _row(place: str) -> str:
    """Return the row of a table that a place is in; "" if it is in none."""
    row, cells = _IN_ROW.subn("", place)
    return row if cells else ""


def _bar(change: Change) -> str:
    """Return the sign of a bar, like `####`, that has another length; "" for other changes."""
    signs = set("".join(change.texts).replace(" ", ""))
    sign = signs.pop() if len(signs) == 1 else ""
    return "" if sign.isalnum() else sign


def _column(change: Change) -> str:
    """Name the place in lines that differ in numbers alone."""
    return f"{_shape(change.line[1])} {change.at.rpartition('.')[2]}"


def _shape(line: str) -> str:
    """Return a line with a sign for each number."""
    return re.sub(r"[\d.]+", "#", line)


def _form(line: str) -> str:
    """Return a line with a sign for each number and one for words beside each other."""
    return " ".join(re.sub(r"(?:[^\W\d][\w/:.-]*\s*)+", "a ", _shape(line)).split())


def _differs(line: str, spread: _Spread) -> bool:
    """True if new runs have another line there, or none."""
    return any(each.kind != "order" for each in spread.changes.get(line, ()))


def _is_in_random_column(change: Change, spreads: Sequence[_Spread]) -> bool:
    """True if numbers at the same place of other lines are random."""
    name = _column(change)
    return bool(change.line[1]) and any(each.columns.get(name, 0) > 1 for each in spreads)


def _is_listed(change: Change, spread: _Spread) -> bool:
    """True for a line of a list, or a word or number of it, where new runs have another list."""
    if change.kind in ("gone", "new"):
        return spread.lists
    line = _line(change.at)
    is_changed = change.kind == "text" and (line in spread.texts or line in spread.numbers)
    return is_changed or spread.forms.get(_form(change.line[1]), 0) > 1


def _has_other_order(line: str, spread: _Spread) -> bool:
    """True if new runs have the words of a line in another order, or many others in their place."""
    changed = max(len(spread.texts.get(line, ())), spread.numbers.get(line, 0))
    is_moved = line in spread.shuffled or bool(spread.changes.get(f"{line}.order"))
    return is_moved or changed >= MANY


def _range(change: Change, spread: _Spread) -> tuple[float, ...] | None:
    """Return the values of new runs at the place of a change; None if they agree there."""
    if change.kind == "gone":
        return None
    if change.at.endswith(".limits"):  # they follow from the data
        axes = change.at.partition(".")[0]
        return () if any(re.match(rf"{axes}\b", place) for place in spread.changes) else None
    if change.kind == "order":
        whole = not change.at.endswith(".order") and spread.moved
        there = spread.changes.get(change.at) or _has_other_order(_line(change.at), spread)
        return () if whole or there else None
    exact = [
        each
        for at in _tokens(change.at)
        for each in spread.changes.get(at, ())
        if each.kind != "order"
    ]
    if (sign := _bar(change)) and _line(change.at) in spread.bars.get(sign, ()):
        return ()
    if change.kind == "new":
        return () if any(each.kind in ("gone", "new", "other") for each in exact) else None
    found = [
        *exact,
        *(
            each
            for part in list(_parts(change.at))[1:]
            for each in spread.changes.get(part, ())
            if each.place == part and each.kind != "order"
        ),
    ]
    if found:
        found += _drawn_alike(change.at, spread)
        return tuple(number for each in found for number in each.numbers or ())
    return () if _has_other_counts(change.at, spread) else None


def _has_other_counts(place: str, spread: _Spread) -> bool:
    """True if lines of a figure have another number of values in new runs, as outliers have."""
    name = _DRAWN.fullmatch(place)
    return name is not None and f"{name[1]}.values" in spread.changes


def _drawn_alike(place: str, spread: _Spread) -> list[Change]:
    """Return the changes of the same property of other lines of a figure: where one is random, it
    may be anywhere that these are.
    """
    if not (name := _DRAWN.fullmatch(place)):
        return []
    return [each for each in spread.changes.get(name[1], ()) if each.place.endswith(name[2])]


def _is_by_chance(change: Change, spreads: Sequence[_Spread]) -> bool:
    """True if new runs can be equal at a place by chance, for they differ beside it.

    Of numbers of few digits in two runs some are; after more runs they are a result that stands
    beside noise. Words are random if others like them are: those of two runs hold each other's.
    """
    line = _line(change.at)
    if change.kind == "text":
        words = _words(change)
        return any(
            words <= each.words and sum(map(len, each.texts.values())) >= 3
            if words
            else len(each.texts.get(line, ())) >= 3
            for each in spreads
        )
    if change.numbers and any(set(change.numbers) <= each.values for each in spreads):
        return True  # one of few values, as of colours
    if change.unit in _TIMES and _is_coarse(change):
        name = _column(change)  # `0.1 s` below others is measured as they are
        if any(name in each.columns for each in spreads):
            return True
    if change.kind != "number" or len(spreads) < 2:
        return False
    if any(line in each.shuffled for each in spreads):
        return False  # the noise beside it is an order
    noisy = max(each.numbers.get(line, 0) for each in spreads)
    return noisy * 10.0 ** (-_digits(change) * len(spreads)) > CHANCE


def _is_among_numbers(change: Change, spreads: Sequence[_Spread]) -> bool:
    return change.kind == "number" and any(_line(change.at) in each.numbers for each in spreads)


def _words(change: Change) -> frozenset[str]:
    return frozenset(word for text in change.texts for word in re.findall(r"\w+", text))


def _is_gone(change: Change, other: ComparisonResult) -> bool:
    return any(
        each.kind in ("gone", "other") and each.place == change.place for each in other.changes
    )


def _is_plausible(
    change: Change,
    bounds: tuple[float | None, float | None],
    runs: int = 2,
    far: float | None = None,
) -> bool:
    """True if the published number can be of the same noise as those of so many new runs."""
    low, high = bounds
    if change.numbers is None or low is None or high is None:
        return True
    if change.unit in _MEASURES or change.unit[:1] in _MEASURES:
        return True
    if all(value.is_integer() for value in change.numbers):
        return True
    old, new = change.numbers
    room = (far or FAR[min(runs, max(FAR))]) * max(high - low, 1e-15)
    return all(low - room <= value <= high + room for value in (old, new))


def _is_repeated(change: Change, result: ComparisonResult) -> bool:
    """True for one of several new or missing lines in a row: their count may be noise."""
    return change.kind in ("new", "gone") and sum(e.kind == change.kind for e in result.changes) > 1


def _is_count(change: Change) -> bool:
    """True if a list of numbers has more values, or fewer: which ones are random, may be, but not
    how many.
    """
    if change.kind != "text" or re.search(r"[^\W\d]", "".join(change.texts)):
        return False
    old, new = (len(re.findall(r"\d[\d.]*", each)) for each in change.texts)
    return old != new


def _is_coarse(change: Change) -> bool:
    """True for a number of few digits: two runs may agree on it by chance."""
    return bool(change.numbers) and _digits(change) <= 2


def _digits(change: Change) -> int:
    """Return the significant digits of the shorter number, as printed where that is known."""
    printed = [each for each in change.texts if each] or [f"{n:.12g}" for n in change.numbers or ()]
    mantissas = (re.split("[eE]", each)[0] for each in printed)
    return min((len(re.sub(r"\D", "", each).lstrip("0")) or 1 for each in mantissas), default=0)
