"""Training logs: the steps on the way differ between machines, the last step is the result.

A log is two or more neighbouring lines, or pairs of lines as Keras writes them, with a metric and a
counter `epoch` or `step` that ascends by one. Any other numbered list is a table of results.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from evergreen.regex import regex

_COUNTER = regex(
    r"\b(?:epoch|step)\b\W{0,3}(\d+)|第\s*(\d+)\s*(?:轮|步)|(?:轮次?|步数?)\W{0,3}(\d+)", re.I
)
_METRIC = regex(
    r"(?:loss|acc(?:uracy)?|error|err|mae|mse|rmse|auc|f1|perplexity|ppl|reward|score|cost|"
    r"precision|recall|损失|准确率|正确率|精度|误差|得分)\w*\W{0,4}-?\d",
    re.I,
)


def on_the_way(then: Sequence[str], now: Sequence[str]) -> frozenset[int]:
    """Return the lines before the last step of each log, if both texts have equal logs."""
    if len(then) != len(now):
        return frozenset()
    logs = list(_logs(now))
    if not logs or logs != list(_logs(then)):
        return frozenset()
    return frozenset(line for log in logs for _, entry in log[:-1] for line in entry)


def _logs(lines: Sequence[str]) -> Iterator[list[tuple[int, tuple[int, ...]]]]:
    """Yield each log as its entries: counter and line numbers."""
    log: list[tuple[int, tuple[int, ...]]] = []
    for counter, entry in _entries(lines):
        if log and (entry[0] != log[-1][1][-1] + 1 or counter != log[-1][0] + 1):
            if len(log) > 1:
                yield log
            log = []
        log.append((counter, entry))
    if len(log) > 1:
        yield log


def _entries(lines: Sequence[str]) -> Iterator[tuple[int, tuple[int, ...]]]:
    number = 0
    while number < len(lines):
        found = _COUNTER.search(lines[number])
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if found:
            counter = int(next(part for part in found.groups() if part)[:9])
            if _METRIC.search(lines[number]):
                yield counter, (number,)
            elif _METRIC.search(following) and not _COUNTER.search(following):
                yield counter, (number, number + 1)
                number += 1
        number += 1
