"""Printed text: lines are aligned, and compared token by token."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field

from evergreen.check import dates, logs, values
from evergreen.check.alignment import Alignment, align
from evergreen.check.normalize import colours, normalize
from evergreen.check.result import (
    SAME,
    Change,
    ChangeKind,
    ComparisonResult,
    ComparisonRules,
    DifferenceLevel,
    short,
    short_pair,
    single,
)
from evergreen.check.tokens import Token, compare_tokens, read_tokens, solid, value_of
from evergreen.dataclass import dataclass, replace

SHOWN = 40
"""Lines of one output that are shown."""
LONG_LINE = 20_000
"""Characters of a line from which its tokens are compared by position alone."""
RESIDUAL = 1e-14
"""A number this small beside the numbers around it is a rounding error."""
LEAST = 1e-20
_SCALES = (1e-6, 1e2)
"""Magnitudes that count as the scale of a text."""
_RECOLOURED = "the text has other colours"
_SIGNS = set("[](){},;:'\"%$€£¥/_-+.")
"""Signs beside which white space only aligns columns."""


def compare_text(then: str, now: str, rules: ComparisonRules) -> ComparisonResult:
    """Compare two printed texts."""
    if then == now:
        return SAME
    if rules.options.compare == "exact":
        return ComparisonResult(tuple(_exact(then, now)))
    shades = colours(then), colours(now)
    then, now = normalize(then), normalize(now)
    if then == now:
        is_recoloured = all(shades) and shades[0] != shades[1]
        return single("text", "colours", "colours", _RECOLOURED) if is_recoloured else SAME
    if not rules.exact and values.compare_literals(then, now, rules) < DifferenceLevel.DIFFERENT:
        return ComparisonResult((_close(f"{short(now)}", (short(then), short(now))),))
    text = _Texts(then.split("\n"), now.split("\n"), rules)
    changes = tuple(text.compare())
    if not rules.exact and _is_different(changes):
        joined = _Texts(_joined(then), _joined(now), rules)
        count = max(len(text.then), len(text.now))
        is_wrapped = len(joined.then) == len(joined.now) < count
        wrapped = tuple(joined.compare()) if is_wrapped else changes
        if not _is_different(wrapped):
            changes = wrapped
    return ComparisonResult(changes, text.numbers if changes else 0)


def _is_different(changes: Iterable[Change]) -> bool:
    return any(each.level == DifferenceLevel.DIFFERENT for each in changes)


def _joined(text: str) -> list[str]:
    """Return the lines of a text, those joined that are broken inside brackets; as they are if not
    all brackets are closed.
    """
    lines: list[str] = []
    depth = 0
    for line in text.split("\n"):
        if depth > 0 and lines:
            lines[-1] += " " + line.strip()
        else:
            lines.append(line)
        depth += sum(line.count(sign) for sign in "([{") - sum(line.count(sign) for sign in ")]}")
    return lines if depth <= 0 else text.split("\n")


def is_close_text(then: str, now: str, rules: ComparisonRules) -> DifferenceLevel:
    """Return the level of two short texts."""
    return compare_text(then, now, rules).level


def _exact(then: str, now: str) -> Iterator[Change]:
    before, after = then.split("\n"), now.split("\n")
    found = align(before, after)
    yield from _whole_lines(found, before, after)
    for one, other in found.pairs:
        if before[one] != after[other]:
            yield _changed(one, other, before[one], after[other])


def _close(message: str, line: tuple[str, str]) -> Change:
    return Change(DifferenceLevel.CLOSE, "number", "", "", message, line)


def _changed(one: int, other: int, then: str, now: str, token: str = "") -> Change:
    old, new = short_pair(then, now)
    message = f"'{old}' is '{new}' now" if old != new else "the white space has changed"
    place, at = f"L{one + 1}{token}", f"L{other + 1}{token}"
    return Change(DifferenceLevel.DIFFERENT, "text", place, at, message, (then, now))


def _whole_lines(found: Alignment, then: Sequence[str], now: Sequence[str]) -> Iterator[Change]:
    """Yield the lines that are gone, new, or at another place."""
    after = {other: one for one, other in found.pairs}
    for one in found.gone:
        if then[one].strip():
            message = f"the line '{short(then[one])}' is gone"
            yield _whole("gone", f"L{one + 1}", "", message, (then[one], ""))
    for other in found.new:
        if now[other].strip():
            anchor = (
                max((after[n] + 1 for n in range(other) if n in after), default=0) if after else 0
            )
            message = f"the line '{short(now[other])}' is new"
            shape = " ".join(word for word in now[other].split() if word.isalpha())[:40]
            place = f"L{anchor}+{shape}"
            yield _whole("new", place, f"L{other + 1}", message, ("", now[other]))
    for one, other in found.moved:
        if then[one].strip():
            message = f"the line '{short(now[other])}' has moved"
            yield _whole("order", f"L{one + 1}", f"L{other + 1}", message, (then[one], now[other]))


def _whole(kind: ChangeKind, place: str, at: str, message: str, line: tuple[str, str]) -> Change:
    return Change(DifferenceLevel.DIFFERENT, kind, place, at, message, line)


@dataclass(slots=True)
class _Texts:
    """Two texts under comparison."""

    then: Sequence[str]
    now: Sequence[str]
    rules: ComparisonRules
    numbers: int = 0
    spaced: list[tuple[int, int]] = field(default_factory=list)
    """Pairs of lines with equal tokens and different white space."""
    aligned: bool = False
    """White space aligns columns of numbers in this text."""

    def compare(self) -> Iterator[Change]:
        """Yield all changes, in the order of the lines."""
        found = align(self.then, self.now)
        changes = list(_whole_lines(found, self.then, self.now))
        scales = [max(scale_of(side), self.rules.scale) for side in (self.then, self.now)]
        early = logs.on_the_way(self.then, self.now)
        for one, other in (*found.pairs, *found.moved):
            if self.then[one] != self.now[other]:
                made = list(self._line(one, other, min(scales)))
                changes += [_on_the_way(c) for c in made] if other in early else made
        if not any(c.level == DifferenceLevel.DIFFERENT for c in changes):
            changes += self._white_space(found.pairs)
        self.numbers = sum(
            t.kind == "number" for line in self.now[: SHOWN * 25] for t in read_tokens(line)
        )
        yield from sorted(changes, key=lambda c: _line_number(c.at or c.place))

    def _line(self, one: int, other: int, scale: float) -> Iterator[Change]:
        """Yield the changes of one pair of lines."""
        then, now = self.then[one], self.now[other]
        before, after = read_tokens(then), read_tokens(now)
        old_words, new_words = solid(before), solid(after)
        if _is_reordered(old_words, new_words):
            found: Iterable[Change] = [Change(DifferenceLevel.DIFFERENT, "order", "order", "order")]
        else:
            found = self._tokens(old_words, new_words, scale)
        changes = [
            replace(change, place=f"L{one + 1}.{change.place}", at=f"L{other + 1}.{change.at}")
            for change in found
        ]
        if not changes:
            if [t.text for t in solid(before)] == [t.text for t in solid(after)]:
                self.spaced.append((one, other))
            return
        if any(c.kind == "number" for c in changes):
            self.aligned = True
        different = any(c.level == DifferenceLevel.DIFFERENT for c in changes)
        if different and not self.rules.exact:
            level = values.compare_literals(then, now, self.rules)
            if level < DifferenceLevel.DIFFERENT:
                changes = [_close(short(now), (then, now))] if level else []
        old, new = short_pair(then, now)
        message = f"'{old}' is '{new}' now"
        yield from (replace(c, message=message, line=(then, now)) for c in changes)

    def _tokens(
        self, then: Sequence[Token], now: Sequence[Token], scale: float
    ) -> Iterator[Change]:
        """Yield the changes of tokens; places are their numbers in the line."""
        for a, b, c, d in _spans(then, now):
            if b - a == d - c:
                for step in range(b - a):
                    yield from self._token(then, now, a + step, c + step, scale)
            else:
                places = (
                    str(a) if b - a < 2 else f"{a}-{b - 1}",
                    str(c) if d - c < 2 else f"{c}-{d - 1}",
                )
                texts = (_words(then[a:b]), _words(now[c:d]))
                yield Change(DifferenceLevel.DIFFERENT, "text", *places, texts=texts)

    def _token(
        self, then: Sequence[Token], now: Sequence[Token], one: int, other: int, scale: float
    ) -> Iterator[Change]:
        old, new = then[one], now[other]
        if old.text == new.text:
            return
        level = compare_tokens(old, new, self.rules)
        if level and old.kind == new.kind == "time":
            yield from _time_parts(old.text, new.text, one, other)
            return
        numeric = old.kind == new.kind == "number"
        if numeric and _is_same_value(old, new) and _is_quoted(now, other):
            level = DifferenceLevel.DIFFERENT  # a text, or a decimal number, whose digits all count
        pair = (value_of(old.text), value_of(new.text)) if numeric else (None, None)
        unit = now[other + 1].text if other + 1 < len(now) else ""
        values_ = (pair[0], pair[1]) if pair[0] is not None and pair[1] is not None else None
        plain = values_ and not self.rules.exact and (unit == "j" or not unit[:1].isalpha())
        if (
            level == DifferenceLevel.DIFFERENT
            and values_
            and plain
            and _is_residual(values_, scale)
        ):
            level = DifferenceLevel.CLOSE
        if self.rules.exact and level != DifferenceLevel.SAME:
            level = DifferenceLevel.DIFFERENT
        if level:
            kind: ChangeKind = "number" if values_ else "text"
            texts = (old.text, new.text)
            yield Change(level, kind, str(one), str(other), numbers=values_, texts=texts, unit=unit)

    def _white_space(self, pairs: Sequence[tuple[int, int]]) -> Iterator[Change]:
        """Yield changes of white space that means something: indentation, gaps between words."""
        if self.rules.exact:
            return
        indents = [
            (_indent(self.then[a]), _indent(self.now[b])) for a, b in pairs if self.now[b].strip()
        ]
        if _ranks(old for old, _ in indents) != _ranks(new for _, new in indents):
            one, other = next(
                (p for p in self.spaced if _indent(self.then[p[0]]) != _indent(self.now[p[1]])),
                (0, 0),
            )
            yield replace(_changed(one, other, "", ""), line=(self.then[one], self.now[other]))
            return
        shifts = {new - old for old, new in indents}
        for one, other in self.spaced if len(shifts) > 1 else ():
            then, now = self.then[one], self.now[other]
            if _is_drawn(now) and _indent(then) != _indent(now):
                yield replace(_changed(one, other, "", ""), line=(then, now))
        gaps = [(pair, _gap_kind(self.then[pair[0]], self.now[pair[1]])) for pair in self.spaced]
        aligned = self.aligned or any(kind == "columns" for _, kind in gaps)
        for (one, other), kind in gaps:
            if kind == "signs" or (kind == "words" and not aligned):
                change = _changed(one, other, "", "")
                yield replace(change, line=(self.then[one], self.now[other]))


def _words(tokens: Sequence[Token]) -> str:
    return " ".join(token.text for token in tokens)


def _is_reordered(then: Sequence[Token], now: Sequence[Token]) -> bool:
    """True if two lines have the same tokens in another order, and more than two that moved."""
    sides = [[token.text for token in side] for side in (then, now)]
    moved = sum(a != b for a, b in zip(*sides, strict=False))
    return moved > 2 and Counter(sides[0]) == Counter(sides[1])


def _time_parts(then: str, now: str, one: int, other: int) -> Iterator[Change]:
    """Yield a change for the date and one for the clock time, which may be noise by itself."""
    for mark, old, new in zip("dt", dates.parts(then), dates.parts(now), strict=True):
        if old != new:
            yield Change(DifferenceLevel.DIFFERENT, "text", f"{one}:{mark}", f"{other}:{mark}")


def _line_number(place: str) -> int:
    digits = place[1:].partition(".")[0].partition("+")[0]
    return int(digits) if digits.isdigit() else 0


def _on_the_way(change: Change) -> Change:
    """Return the change of a log before its last step, which is within the tolerance."""
    close = (
        change.kind == "number"
        and change.numbers
        and not all(value.is_integer() for value in change.numbers)
    )
    return replace(change, level=DifferenceLevel.CLOSE) if close else change


def _spans(then: Sequence[Token], now: Sequence[Token]) -> Iterator[tuple[int, int, int, int]]:
    """Yield matching spans of tokens, numbers counting as equal."""
    kinds = [[token.kind for token in side] for side in (then, now)]
    if kinds[0] == kinds[1] or max(map(len, kinds)) > LONG_LINE // 10:
        yield 0, len(then), 0, len(now)
        return
    keys = [
        ["0" if token.kind == "number" else token.text for token in side] for side in (then, now)
    ]
    for _, a, b, c, d in difflib.SequenceMatcher(
        None, keys[0], keys[1], autojunk=False
    ).get_opcodes():
        yield a, b, c, d


def scale_of(lines: Iterable[str]) -> float:
    """Return the magnitude of a text's numbers; 0 if there is none that can be a scale."""
    found = 0.0
    for line in list(lines)[:200]:
        for token in read_tokens(line[:2000]):
            value = abs(value_of(token.text) or 0.0) if token.kind == "number" else 0.0
            if value >= _SCALES[0]:
                found = max(found, min(value, _SCALES[1]))
    return found


def _is_same_value(then: Token, now: Token) -> bool:
    return value_of(then.text) == value_of(now.text) is not None


def _is_quoted(tokens: Sequence[Token], at: int) -> bool:
    """True if a token is all that stands in quotation marks."""
    marks = {token.text for token in (*tokens[max(at - 1, 0) : at], *tokens[at + 1 : at + 2])}
    return 0 < at < len(tokens) - 1 and marks in ({"'"}, {'"'})


def _is_residual(numbers: tuple[float, float], scale: float) -> bool:
    """True if both numbers are rounding errors of calculations with numbers of that scale."""
    return all(n == 0 or LEAST * scale <= abs(n) <= RESIDUAL * scale for n in numbers) and scale > 0


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _is_drawn(line: str) -> bool:
    """True if a line begins with a sign that is drawn at its place, as in a plot of letters."""
    sign = line.lstrip()[:1]
    return bool(sign) and not sign.isalnum() and sign not in _SIGNS


def _ranks(indents: Iterable[int]) -> list[int]:
    found = list(indents)
    order = {value: rank for rank, value in enumerate(sorted(set(found)))}
    return [order[value] for value in found]


def _gap_kind(then: str, now: str) -> str:
    """Return what is beside the differing white space: `signs`, `words`, `columns`, or ""."""
    worst = ""
    for left, right, quoted in _gaps(read_tokens(then.strip()), read_tokens(now.strip())):
        if quoted or any(
            not t.text[0].isalnum() and t.text[0] not in _SIGNS for t in (left, right)
        ):
            return "signs"
        if not any(t.kind in ("number", "time") or t.text in _SIGNS for t in (left, right)):
            worst = "words"
        worst = worst or "columns"
    return worst


def _gaps(then: Sequence[Token], now: Sequence[Token]) -> Iterator[tuple[Token, Token, bool]]:
    """Yield the neighbours of each white space that differs between lines of equal tokens, and
    whether it is in quotation marks.
    """
    spaces: list[list[str]] = [[], []]
    words: list[Token] = solid(now)
    for side, tokens in zip(spaces, (then, now), strict=True):
        space = ""
        for token in tokens:
            if token.kind == "space":
                space = token.text
            else:
                side.append(space)
                space = ""
    quoted = _quoted(words, spaces[1])
    for number, (one, other) in enumerate(zip(*spaces, strict=False)):
        if one != other and number:
            yield words[number - 1], words[number], quoted[number]


def _quoted(words: Sequence[Token], spaces: Sequence[str]) -> list[bool]:
    """Tell for each token whether what is before it is in quotation marks; `it's` opens none."""
    found: list[bool] = []
    mark = ""
    for number, (word, space) in enumerate(zip(words, spaces, strict=True)):
        found.append(bool(mark))
        before = words[number - 1].text if number and not space else ""
        if word.text == mark:
            mark = ""
        elif (
            not mark and word.text in ("'", '"') and (not before[-1:].isalnum() or before in "bfru")
        ):
            mark = word.text
    return found
