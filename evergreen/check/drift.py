"""Two executions of one notebook → a verdict, and the differences behind it.

Cells are compared one by one. Streams are joined however they were split; the standard error is a
stream of its own, whose place among the other outputs means nothing. Of the forms of a value only
the one on the page counts, or JSON, which says more than the HTML made of it; of a figure, what it
draws. Further new runs, if there are any, show which differences are noise.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from evergreen.check import drawings
from evergreen.check.charts import compare_charts
from evergreen.check.circumstances import Circumstances, measures_machine
from evergreen.check.figures import compare_figures
from evergreen.check.markup import compare_markup, compare_svg, has_table
from evergreen.check.noise import Measured, measure, without_dated, without_known
from evergreen.check.ranking import settle
from evergreen.check.result import (
    SAME,
    Change,
    ComparisonResult,
    ComparisonRules,
    DifferenceLevel,
    single,
    summarize,
    together,
)
from evergreen.check.text import SHOWN, compare_text, is_close_text
from evergreen.check.values import compare_json
from evergreen.dataclass import dataclass, replace
from evergreen.model import (
    Cell,
    CellError,
    CheckOptions,
    Display,
    Execution,
    Notebook,
    Output,
    Step,
    Stream,
    Verdict,
)
from evergreen.model.charts import find_chart
from evergreen.model.check import Difference, NoisePlace
from evergreen.records.facts import used_gpus
from evergreen.render.figures import SVG
from evergreen.render.outputs import MIME_ORDER

_VERDICTS: dict[DifferenceLevel, Verdict] = {
    DifferenceLevel.SAME: "same",
    DifferenceLevel.CLOSE: "within tolerance",
    DifferenceLevel.DIFFERENT: "drifted",
}
GPU_RTOL = 1e-2
"""Relative tolerance of numbers that another GPU computed: it adds in another order."""
_PICTURES = frozenset(mime for mime in MIME_ORDER if mime.startswith("image/"))


@dataclass(frozen=True, slots=True)
class Comparison:
    """The comparison of a published execution with new ones."""

    verdict: Verdict
    differences: tuple[Difference, ...] = ()
    compared: int = 0
    """Outputs."""
    ignored: int = 0
    """Cells."""
    redrawn: int = 0
    """Figures that draw the same data with other pixels."""
    noise: tuple[NoisePlace, ...] = ()
    """Places known to be noise, from now and from before."""
    unsure: bool = False
    """One more run may show that a difference is noise."""
    doubtful: bool = False
    """One more run may show that what counts as noise is none."""
    dated: int = 0
    """Outputs that differ because of the date alone."""


def compare(
    notebook: Notebook,
    published: Execution,
    now: Execution,
    options: CheckOptions,
    again: Sequence[Execution] = (),
    known: Sequence[NoisePlace] = (),
    replayed: Execution | None = None,
) -> Comparison:
    """Compare `now` with what is published: same, within tolerance or drifted.

    All of them ran the notebook's steps; `options` hold for cells without their own. `again` are
    further runs of now, to measure noise; `known` is the noise that earlier checks learned.
    Numbers of a run on another GPU are compared with GPU_RTOL.
    `replayed` is a new run whose wall clock was that of the published one.
    """
    if used_gpus(published.facts) != used_gpus(now.facts):
        options = replace(options, rtol=max(options.rtol, GPU_RTOL))
    circumstances = Circumstances.of(notebook, published, now)
    runs = _Runs(published, now, again, replayed, known, circumstances)
    cells = {step: cell for cell, step in reversed(notebook.cell_steps)}
    outputs: list[_ComparedOutput] = []
    ignored = 0
    for number, step in enumerate(notebook.steps[: min(len(published.outputs), len(now.outputs))]):
        cell = cells[step]
        asked = replace(options, **dict(cell.options.check))
        if asked.compare == "ignore":
            ignored += not cell.inline
        else:
            outputs += _compare_step(runs, number, step, cell, asked)
    return _summed(outputs, known, ignored)


@dataclass(frozen=True, slots=True)
class _Runs:
    """The executions that are compared; see `compare`."""

    published: Execution
    now: Execution
    again: Sequence[Execution]
    replayed: Execution | None
    known: Sequence[NoisePlace]
    circumstances: Circumstances


@dataclass(frozen=True, slots=True)
class _ComparedOutput:
    """The comparison of one output."""

    result: ComparisonResult
    """Without noise, and what the circumstances explain."""
    measured: Measured
    noise: Sequence[NoisePlace]
    difference: Difference | None
    """None: the outputs are the same."""


def _compare_step(
    runs: _Runs, number: int, step: Step, cell: Cell, asked: CheckOptions
) -> Iterator[_ComparedOutput]:
    """Compare the outputs of the step with a number; `cell` is the first one that shows it."""
    published, now = runs.published, runs.now
    rules = ComparisonRules(
        asked,
        published.finished,
        now.finished,
        max(published.seconds, now.seconds),
        measures_machine=measures_machine(step.source),
        lists_machine=runs.circumstances.lists_machine,
    )
    known = [each for each in runs.known if each.step == number]
    others: list[Sequence[Output]] = [
        each.outputs[number] for each in runs.again if number < len(each.outputs)
    ]
    sides: tuple[Sequence[Output], Sequence[Output]] = (
        published.outputs[number],
        now.outputs[number],
    )
    if runs.circumstances.measures_memory and asked.compare != "exact":
        others = [_settled(sides[0], each) for each in others]
        sides = sides[0], _settled(*sides)
    past = runs.replayed.outputs[number : number + 1] if runs.replayed else ()
    for at, (kind, result, found) in enumerate(_measured(sides, others, known, rules, past)):
        noise = [replace(each, step=number, output=at) for each in found.noise]
        changes = found.changes
        if asked.compare != "exact":
            changes = runs.circumstances.explain(changes, step.source)
        result = replace(result, changes=changes)
        difference = _difference(cell, step.block, kind, result) if result.level else None
        yield _ComparedOutput(result, found, noise, difference)


def _settled(published: Sequence[Output], now: Sequence[Output]) -> Sequence[Output]:
    """Return new outputs whose listings have rows of nearly equal sizes in the published order."""
    sides = [_in_order(published), _in_order(now)]
    texts = [[each.text for each in side if isinstance(each, Stream)] for side in sides]
    if len(texts[0]) != len(texts[1]):
        return now
    settled = iter([settle(*pair) for pair in zip(*texts, strict=True)])
    found = [Stream("stdout", next(settled)) if isinstance(e, Stream) else e for e in sides[1]]
    return [*found, *(e for e in now if isinstance(e, Stream) and e.name == "stderr")]


def _summed(
    outputs: Sequence[_ComparedOutput], known: Sequence[NoisePlace], ignored: int
) -> Comparison:
    """Return the comparison of all outputs; `ignored` is the number of cells without."""
    differences = tuple(each.difference for each in outputs if each.difference)
    is_different = any(each.matters for each in differences)
    close = DifferenceLevel.CLOSE if differences else DifferenceLevel.SAME
    learned = tuple(_merged([*known, *(noise for each in outputs for noise in each.noise)]))
    return Comparison(
        _VERDICTS[DifferenceLevel.DIFFERENT if is_different else close],
        differences,
        compared=len(outputs),
        ignored=ignored,
        redrawn=sum(
            each.result.redrawn and each.result.level < DifferenceLevel.DIFFERENT
            for each in outputs
        ),
        noise=learned,
        # Beside random results two runs may agree on one by chance.
        unsure=bool(learned) or any(each.measured.unsure for each in outputs),
        doubtful=any(each.measured.doubtful for each in outputs),
        dated=sum(each.measured.dated for each in outputs),
    )


def _merged(noise: Sequence[NoisePlace]) -> Iterator[NoisePlace]:
    """Yield each place once, with the bounds of all that was measured there."""
    found: dict[tuple[int, int, str, str], NoisePlace] = {}
    for each in noise:
        name = (each.step, each.output, each.place, each.kind)
        old = found.get(name, each)
        lows = [n for n in (old.low, each.low) if n is not None]
        highs = [n for n in (old.high, each.high) if n is not None]
        found[name] = replace(each, low=min(lows, default=None), high=max(highs, default=None))
    yield from found.values()


def _measured(
    sides: tuple[Sequence[Output], Sequence[Output]],
    others: Sequence[Sequence[Output]],
    known: Sequence[NoisePlace],
    rules: ComparisonRules,
    past: Sequence[Sequence[Output]] = (),
) -> Iterator[tuple[str, ComparisonResult, Measured]]:
    """Yield kind and result of each output of a cell, with its changes after noise is taken out,
    and what the date explains: `past` holds the outputs at the published run's time, if known.
    """
    results = list(compare_outputs(*sides, rules))
    strict = rules.options.compare == "exact"
    exact = replace(rules, exact=True, published_at=rules.now_at)
    among = [list(compare_outputs(sides[1], other, exact)) for other in others]
    apart = [list(compare_outputs(sides[0], other, rules)) for other in others]
    then = replace(rules, now_at=rules.published_at)
    replays = [list(compare_outputs(sides[0], each, then)) for each in past]
    for number, (kind, result) in enumerate(results):
        places = {(e.place, e.kind): e for e in known if e.output == number}
        rest = result if strict else without_known(result, places)
        whole = rest
        for replay in replays if not strict else ():
            rest = without_dated(rest, _at_that_time(replay, results, number))
        dated = len(rest.changes) < len(whole.changes)
        if rest.level < DifferenceLevel.DIFFERENT or strict or not others:
            yield kind, result, Measured(rest.changes, dated=dated)
            continue
        news = [_same_output(each, kind, number) for each in among]
        olds = [_same_output(each, kind, number) for each in apart]
        machine = rules.measures_machine, rules.lists_machine
        measured = measure(rest, news, olds, *machine, whole)
        yield kind, result, replace(measured, dated=dated)


def _at_that_time(
    replay: Sequence[tuple[str, ComparisonResult]],
    results: Sequence[tuple[str, ComparisonResult]],
    number: int,
) -> ComparisonResult:
    """Return how an output of the published run differs from a run at its time; where that has
    other outputs than the new run, how all of them do.
    """
    if [kind for kind, _ in replay] == [kind for kind, _ in results]:
        return replay[number][1]
    found = together(result for _, result in replay)
    if found.level < DifferenceLevel.DIFFERENT:
        return found
    return results[number][1]


def _same_output(
    results: Sequence[tuple[str, ComparisonResult]], kind: str, number: int
) -> ComparisonResult:
    """Return the result of an output in another comparison; that of all outputs if they differ."""
    if results and results[0][0] == "outputs":
        return results[0][1]
    return results[number][1] if number < len(results) else SAME


def compare_outputs(
    then: Sequence[Output], now: Sequence[Output], rules: ComparisonRules
) -> Iterator[tuple[str, ComparisonResult]]:
    """Yield the kind of each output of a cell (see `Difference.kind`) and its comparison."""
    before, after = _in_order(then), _in_order(now)
    if rules.options.compare == "image":
        before, after = ([each for each in side if _is_picture(each)] for side in (before, after))
    if [_form(each) for each in before] == [_form(each) for each in after]:
        for one, other in zip(before, after, strict=True):
            yield _compare_output(one, other, rules)
    else:
        yield "outputs", _other_outputs(before, after)
    if rules.options.compare != "image":
        errors = [_joined(side, "stderr") for side in (then, now)]
        if any(errors):
            yield "text", compare_text(errors[0], errors[1], rules)


def _in_order(outputs: Sequence[Output]) -> list[Output]:
    """Return the outputs without the standard error, with neighbouring streams joined."""
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
    """Name the kind of an output on the page."""
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
    """Return the forms of a value that are compared."""
    json = sorted(mime for mime in offered if mime.endswith("json"))
    richest = next((mime for mime in MIME_ORDER if mime in offered), "")
    if json and (not richest or richest.startswith("text/")):
        return [_without_version(mime) for mime in json]
    return [richest, *json] if richest else sorted(offered)


def _without_version(mime: str) -> str:
    """Return a chart's type without its version: it is the same chart in the next release."""
    if mime.startswith(("application/vnd.vega", "application/vnd.plotly")):
        return mime.partition(".v")[0] + "." + mime.split(".")[1].rstrip("0123456789")
    return mime


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
    """Compare type and message; a traceback has lines of libraries in it."""
    old, new = (f"{each.ename}: {each.evalue}" for each in (then, now))
    if then.ename != now.ename:
        message = f"the exception {then.ename} is {now.ename} now"
        return single("text", "error", "error", message, (old, new))
    return compare_text(old, new, rules)


def _compare_displays(
    then: Display, now: Display, rules: ComparisonRules
) -> tuple[str, ComparisonResult]:
    exact = rules.options.compare == "exact"
    charts = (find_chart(then), find_chart(now))
    if charts[0] and charts[1] and charts[0].library == charts[1].library and not exact:
        return "json", compare_charts(charts[0], charts[1], rules)
    worst = "text", SAME
    for mime in _real(then.data, now.data):
        found = _compare_form(mime, then, now, rules)
        if found[1].level > worst[1].level or worst[1] is SAME:
            worst = found
    return worst


def _real(then: Mapping[str, object], now: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return the types to compare, as they are called in both."""
    sides = [sorted(data, key=lambda mime: (_without_version(mime), mime)) for data in (then, now)]
    pairs = []
    for name in _compared(then):
        old = next((m for m in sides[0] if name in (m, _without_version(m))), "")
        new = next((m for m in sides[1] if name in (m, _without_version(m))), "")
        if not new:  # another type of picture in its place
            new = next((m for m in _compared(now) if m in _PICTURES), "")
        if old and new:
            pairs.append((old, new))
    return pairs


def _compare_form(
    mimes: tuple[str, str], old: Display, new: Display, rules: ComparisonRules
) -> tuple[str, ComparisonResult]:
    then, now = old.data[mimes[0]], new.data[mimes[1]]
    if isinstance(then, bytes) or isinstance(now, bytes) or SVG in mimes:
        if mimes[0] != mimes[1]:
            message = f"the figure is {mimes[1]} now, it was {mimes[0]}"
            return "figure", single("other", "picture", "picture", message)
        return ("svg" if SVG in mimes else "figure"), _compare_pictures(then, now, old, new, rules)
    if mimes[1].endswith("json"):
        return "json", _compare_json(then, now, rules)
    if mimes[1] == "text/html":
        return "table" if has_table(now) else "html", compare_markup(then, now, rules)
    return "text", compare_text(then, now, rules)


def _compare_pictures(
    then: str | bytes, now: str | bytes, old: Display, new: Display, rules: ComparisonRules
) -> ComparisonResult:
    """Compare two figures: by their descriptions if both have one, else by what is seen."""
    if then == now and old.drawing == new.drawing:
        return SAME
    exact = rules.options.compare == "exact"
    told = [drawings.read_drawing(each.drawing) for each in (old, new)]
    if exact or told[0] is None or told[1] is None:
        return _compare_looks(then, now, rules)
    try:
        found = drawings.compare_drawings(told[0], told[1], rules)
    except (LookupError, TypeError, ValueError, AttributeError):
        return _compare_looks(then, now, rules)
    if found.level == DifferenceLevel.DIFFERENT:
        return replace(found, pictures=_both(then, now))
    same_maker = told[0].get("by") == told[1].get("by")
    if same_maker and any(map(drawings.has_unknown, (told[0], told[1]))):
        return _compare_looks(then, now, rules)
    if then == now:
        return found
    message = "the figure was redrawn: the same data, other pixels"
    change = Change(DifferenceLevel.CLOSE, "other", "picture", "picture", message)
    return ComparisonResult((change,), redrawn=True)


def _both(then: str | bytes, now: str | bytes) -> tuple[bytes, ...]:
    return (then, now) if isinstance(then, bytes) and isinstance(now, bytes) else ()


def _compare_looks(then: str | bytes, now: str | bytes, rules: ComparisonRules) -> ComparisonResult:
    if isinstance(then, str) and isinstance(now, str):
        return compare_svg(then, now, rules)
    old, new = (each.encode() if isinstance(each, str) else each for each in (then, now))
    return compare_figures(old, new, rules.options.compare == "exact")


def _compare_json(then: str, now: str, rules: ComparisonRules) -> ComparisonResult:
    if then == now:
        return SAME
    if rules.options.compare == "exact":
        return compare_text(then, now, rules)
    try:
        return compare_json(then, now, rules, is_close_text)
    except (ValueError, RecursionError):
        return compare_text(then, now, rules)


def _other_outputs(then: Sequence[Output], now: Sequence[Output]) -> ComparisonResult:
    """Return the change of a cell that has other outputs than it had."""
    old, new = [_form(each) for each in then], [_form(each) for each in now]
    words = [" + ".join(side) or "nothing" for side in (old, new)]
    message = f"the cell gives {words[1]}, it gave {words[0]}"
    pairs = zip(
        [*then, *[None] * (len(now) - len(then))],
        [*now, *[None] * (len(then) - len(now))],
        strict=True,
    )
    lines = [pair for one, other in pairs for pair in _summaries(one, other)]
    changes = [
        Change(DifferenceLevel.DIFFERENT, "other", "outputs", "outputs", message, line)
        for line in lines or [("", "")]
    ]
    return ComparisonResult(tuple(changes))


def _summaries(then: Output | None, now: Output | None) -> Iterator[tuple[str, str]]:
    """Yield two different outputs in a line each; all lines of a text that only one side has."""
    match then, now:
        case Stream(text=text), None:
            yield from ((line, "") for line in text.splitlines() if line.strip())
        case None, Stream(text=text):
            yield from (("", line) for line in text.splitlines() if line.strip())
        case _ if (old := _summary(then)) != (new := _summary(now)):
            yield old, new


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
    worst = result.worst
    message = summarize(worst, result.numbers)
    if kind == "outputs":
        message = worst[0].message
    notes = dict.fromkeys(each.message for each in worst)
    return Difference(
        line=cell.line,
        cell=block,
        kind=kind,
        message=message,
        matters=result.level == DifferenceLevel.DIFFERENT,
        lines=result.lines[:SHOWN],
        notes=tuple(notes)[:SHOWN] if len(notes) > 1 and kind not in ("text", "error") else (),
        pictures=result.pictures,
    )
