"""Training logs: how a model got there changes from machine to machine, where it got is the result.

A log is two or more neighbouring lines, or pairs of lines as Keras writes them, each with a counter
(epoch, step, 轮) and a metric (loss, accuracy, 损失). Of each log the metrics of the last line
count; of the others that they are there, with the same names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_COUNTER = re.compile(
    r"\b(?:epoch|step|iter(?:ation)?|batch|round|episode|fold)s?\b\W{0,3}\d|第\s*\d+\s*(?:轮|步|次)|"
    r"(?:轮次?|步数?)\W{0,3}\d|^\s*\d+/\d+\s",
    re.I,
)
_OPENING = re.compile(r"^\s*(?:epoch|轮次?)\W{0,3}\d+\s*(?:/\s*\d+)?\W*$", re.I)
_METRIC = re.compile(
    r"(?:loss|acc(?:uracy)?|error|err|mae|mse|rmse|auc|f1|perplexity|ppl|reward|score|cost|"
    r"precision|recall|损失|准确率|正确率|精度|误差|得分)\w*\W{0,4}-?\d",
    re.I,
)
_FLOAT = re.compile(r"(?<![\w.])-?\d+\.\d*(?:e[+-]?\d+)?(?![\w.])", re.I)


def last_only(then: str, now: str) -> tuple[str, str] | None:
    """Both texts with the metrics left open in all but the last line of each log; None where there
    is no log, or not the same logs.
    """
    before, after = then.split("\n"), now.split("\n")
    if len(before) != len(after):
        return None
    logs = list(_logs(before))
    if not logs or logs != list(_logs(after)):
        return None
    earlier = [line for log in logs for entry in log[:-1] for line in entry]
    return _opened(before, earlier), _opened(after, earlier)


def _opened(lines: Sequence[str], earlier: Sequence[int]) -> str:
    opened = list(lines)
    for number in earlier:
        opened[number] = _FLOAT.sub("#", lines[number])
    return "\n".join(opened)


def _logs(lines: Sequence[str]) -> Iterator[list[tuple[int, ...]]]:
    """Each log as its entries, each of these as the numbers of its lines."""
    log: list[tuple[int, ...]] = []
    for entry in _entries(lines):
        if log and entry[0] != log[-1][-1] + 1:
            if len(log) > 1:
                yield log
            log = []
        log.append(entry)
    if len(log) > 1:
        yield log


def _entries(lines: Sequence[str]) -> Iterator[tuple[int, ...]]:
    number = 0
    while number < len(lines):
        line = lines[number]
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if _OPENING.match(line) and _METRIC.search(following):
            yield number, number + 1
            number += 1
        elif _COUNTER.search(line) and _METRIC.search(line):
            yield (number,)
        number += 1
