"""Two executions of one notebook → a verdict, and the differences behind it.

Cells are compared one by one. Streams are put together however they were split; the standard error
is a stream of its own, whose place among the other outputs means nothing. Of a value's forms those
count that the page shows, and JSON, which says more than the HTML made of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from evergreen.check.figures import compare_figures
from evergreen.check.markup import compare_markup, has_table
from evergreen.check.normalize import measures_time
from evergreen.check.result import SAME, ComparisonResult, ComparisonRules, DifferenceLevel
from evergreen.check.text import SHOWN, compare_text, is_close_text
from evergreen.check.values import compare_json
from evergreen.model import (
    Cell,
    CellError,
    CheckOptions,
    Display,
    Execution,
    Notebook,
    Output,
    Stream,
    Verdict,
)
from evergreen.model.check import Difference
from evergreen.render.figures import SVG
from evergreen.render.outputs import MIME_ORDER

_VERDICTS: dict[DifferenceLevel, Verdict] = {
    DifferenceLevel.SAME: "same",
    DifferenceLevel.CLOSE: "within tolerance",
    DifferenceLevel.DIFFERENT: "drifted",
}
_PICTURES = frozenset(mime for mime in MIME_ORDER if mime.startswith("image/"))


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two executions have in common."""

    verdict: Verdict
    differences: tuple[Difference, ...] = ()
    compared: int = 0
    """Outputs."""
    ignored: int = 0
    """Cells."""


def compare(
    notebook: Notebook, published: Execution, now: Execution, options: CheckOptions
) -> Comparison:
    """The verdict on `now`: same, within tolerance or drifted. Both ran the notebook's steps;
    `options` hold where a cell has none of its own.
    """
    cells = {step: cell for cell, step in reversed(notebook.cell_steps)}
    differences: list[Difference] = []
    compared = ignored = 0
    for step, then, here in zip(notebook.steps, published.outputs, now.outputs, strict=False):
        cell = cells[step]
        asked = replace(options, **dict(cell.options.check))
        if asked.compare == "ignore":
            ignored += not cell.inline
            continue
        rules = ComparisonRules(
            asked, published.finished, now.finished, timed=measures_time(cell.source)
        )
        found = list(compare_outputs(then, here, rules))
        compared += len(found)
        differences += [
            _difference(cell, step.block, kind, result) for kind, result in found if result.level
        ]
    level = (
        DifferenceLevel.DIFFERENT
        if any(each.matters for each in differences)
        else DifferenceLevel.SAME
    )
    level = max(level, DifferenceLevel.CLOSE) if differences else level
    return Comparison(_VERDICTS[level], tuple(differences), compared, ignored)


def compare_outputs(
    then: Sequence[Output], now: Sequence[Output], rules: ComparisonRules
) -> Iterator[tuple[str, ComparisonResult]]:
    """What each output of a cell is (see `Difference.kind`), and how far it is from what it was."""
    before, after = _in_order(then), _in_order(now)
    if rules.options.compare == "image":
        before, after = ([each for each in side if _is_picture(each)] for side in (before, after))
    if [_form(each) for each in before] == [_form(each) for each in after]:
        for one, other in zip(before, after, strict=True):
            yield _compare_output(one, other, rules)
    else:
        yield "outputs", _other_outputs(before, after, rules)
    if rules.options.compare != "image":
        errors = [_joined(side, "stderr") for side in (then, now)]
        if any(errors):
            yield "text", compare_text(errors[0], errors[1], rules)


def _in_order(outputs: Sequence[Output]) -> list[Output]:
    """The outputs without the standard error, neighbouring streams put together."""
    found: list[Output] = []
    for output in outputs:
        last = found[-1] if found else None
        if isinstance(output, Stream) and output.name == "stderr":
            continue
        if isinstance(output, Stream) and isinstance(last, Stream):
            found[-1] = Stream("stdout", last.text + output.text)
        else:
            found.append(output)
    return [each for each in found if not isinstance(each, Stream) or each.text.strip()]


def _joined(outputs: Sequence[Output], name: str) -> str:
    return "".join(o.text for o in outputs if isinstance(o, Stream) and o.name == name)


def _form(output: Output) -> str:
    """What kind of output it is, for the page."""
    match output:
        case Stream():
            return "text"
        case CellError():
            return "an exception"
        case Display(data=data):
            mimes = _compared(data)
            if mimes and mimes[0] in _PICTURES - {SVG}:
                mimes = ["a figure", *["data" for _ in mimes[1:]]]
            return " and ".join(mimes)


def _is_picture(output: Output) -> bool:
    return isinstance(output, Display) and any(m in _PICTURES for m in _compared(output.data))


def _compared(offered: Collection[str]) -> list[str]:
    """Of the forms of a value those that are compared."""
    json = sorted(mime for mime in offered if mime.endswith("json"))
    richest = next((mime for mime in MIME_ORDER if mime in offered), "")
    if json and (not richest or richest.startswith("text/")):
        return json
    return [richest, *json] if richest else sorted(offered)


def _compare_output(
    then: Output, now: Output, rules: ComparisonRules
) -> tuple[str, ComparisonResult]:
    match then, now:
        case Stream(text=old), Stream(text=new):
            return "text", compare_text(old, new, rules)
        case CellError(), CellError():
            return "error", _compare_errors(then, now, rules)
        case Display(), Display():
            return _compare_displays(then, now, rules)
    raise AssertionError("outputs of two kinds")


def _compare_errors(then: CellError, now: CellError, rules: ComparisonRules) -> ComparisonResult:
    """By type and message; a traceback has lines of libraries in it."""
    old, new = (f"{each.ename}: {each.evalue}" for each in (then, now))
    if then.ename != now.ename:
        message = f"the exception {then.ename} is {now.ename} now"
        return ComparisonResult(DifferenceLevel.DIFFERENT, message, ((old, new),))
    return compare_text(old, new, rules)


def _compare_displays(
    then: Display, now: Display, rules: ComparisonRules
) -> tuple[str, ComparisonResult]:
    worst_kind, worst_result = "text", SAME
    for old_mime, new_mime in zip(_compared(then.data), _compared(now.data), strict=True):
        kind, result = _compare_form(
            old_mime, new_mime, then.data[old_mime], now.data[new_mime], rules
        )
        if result.level > worst_result.level or worst_result is SAME:
            worst_kind, worst_result = kind, result
    return worst_kind, worst_result


def _compare_form(
    old_mime: str, new_mime: str, then: str | bytes, now: str | bytes, rules: ComparisonRules
) -> tuple[str, ComparisonResult]:
    if isinstance(then, bytes) or isinstance(now, bytes):
        old, new = (each.encode() if isinstance(each, str) else each for each in (then, now))
        if old_mime != new_mime:
            message = f"the figure is {new_mime} now, it was {old_mime}"
            return "figure", ComparisonResult(DifferenceLevel.DIFFERENT, message)
        return "figure", compare_figures(old, new, rules.options.compare == "exact")
    if new_mime.endswith("json"):
        return "json", _compare_json(then, now, rules)
    if new_mime == SVG:
        return "svg", compare_markup(then, now, rules)
    if new_mime == "text/html":
        return "table" if has_table(now) else "html", compare_markup(then, now, rules)
    return "text", compare_text(then, now, rules)


def _compare_json(then: str, now: str, rules: ComparisonRules) -> ComparisonResult:
    if then == now:
        return SAME
    if rules.options.compare == "exact":
        return compare_text(then, now, rules)
    try:
        return compare_json(then, now, rules, is_close_text)
    except (ValueError, RecursionError):
        return compare_text(then, now, rules)


def _other_outputs(
    then: Sequence[Output], now: Sequence[Output], rules: ComparisonRules
) -> ComparisonResult:
    """Where a cell has other outputs than it had."""
    old, new = [_form(each) for each in then], [_form(each) for each in now]
    words = [" + ".join(side) or "nothing" for side in (old, new)]
    lines = tuple(
        (_summary(a), _summary(b))
        for a, b in zip(
            [*then, *[None] * (len(now) - len(then))],
            [*now, *[None] * (len(then) - len(now))],
            strict=True,
        )
        if _summary(a) != _summary(b)
    )
    return ComparisonResult(
        DifferenceLevel.DIFFERENT, f"the cell gives {words[1]}, it gave {words[0]}", lines
    )


def _summary(output: Output | None) -> str:
    match output:
        case Stream(text=text):
            return text.strip("\n").split("\n")[0]
        case CellError(ename=ename, evalue=evalue):
            return f"{ename}: {evalue}"
        case Display(data=data):
            return str(data.get("text/plain", _form(output))).split("\n")[0]
    return ""


def _difference(cell: Cell, block: int, kind: str, result: ComparisonResult) -> Difference:
    return Difference(
        line=cell.line,
        cell=block,
        kind=kind,
        message=result.message,
        matters=result.level == DifferenceLevel.DIFFERENT,
        lines=result.lines[:SHOWN],
        pictures=result.pictures,
    )
