"""Outputs, cleaned before anything is stored: the last state of what moves, nothing of the machine,
nothing secret. What is dropped or replaced is counted.
"""

from __future__ import annotations

import itertools
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evergreen.model import CellError, Display, Output, Stream

CUT = "[cut here:"
"""How the mark begins that stands where an output was cut (see `capture`)."""

FRAMEWORK_NOISE = (
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IW] .*",
    r"[IWE]0000 00:00:\d+.*",
    r"WARNING: All log messages before absl::InitializeLog\(\) is called are written to STDERR",
    r"To enable the following instructions: .*rebuild TensorFlow with the appropriate.*",
)
"""Lines that TensorFlow and its libraries write when they start."""

_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|_AUTH|PRIVATE", re.I)
_ADDRESS = re.compile(r"(?<= at )0x[0-9a-fA-F]{6,16}\b")
_MOVES = re.compile(r"[\r\x08]|\x1b\[[0-2]?K")
_MOVE = re.compile(r"(\r|\x08|\x1b\[[0-2]?K|\x1b\[[0-9;]*m)")
_TEXT = ("text/plain", "text/html", "text/markdown", "text/latex", "image/svg+xml")


@dataclass(frozen=True, slots=True)
class Rules:
    """What to look for in one run's outputs."""

    noise: re.Pattern[str]
    """A whole line of the standard error that is dropped."""
    secrets: Mapping[str, str]
    """Value → what stands in its place."""
    paths: Mapping[str, str]
    """Path → what stands in its place, the longest first."""


def make_rules(
    cwd: Path, drop_stderr: Iterable[str], environ: Mapping[str, str] = os.environ
) -> Rules:
    """The rules for a run in `cwd`. Raises re.error for a pattern that is none."""
    noise = "|".join(f"(?:{pattern})" for pattern in (*FRAMEWORK_NOISE, *drop_stderr))
    secrets = {
        value: f"[{name}]"
        for name, value in environ.items()
        if _SECRET_NAME.search(name) and len(value) >= 8 and not value.isdigit()
    }
    home = str(Path.home())
    paths = {str(cwd): ".", os.path.realpath(cwd): ".", str(cwd.parent): "/tmp"}
    for prefix in {sys.prefix, sys.base_prefix, sys.exec_prefix}:
        paths |= {f"{prefix}/": "" if prefix != "/usr" else f"{prefix}/"}
    if len(home) > 1:
        paths |= {f"{home}/": "~/"}
    ordered = dict(sorted(paths.items(), key=lambda item: -len(item[0])))
    return Rules(re.compile(rf"(?:{noise})\s*"), secrets, ordered)


def clean(outputs: Sequence[Output], rules: Rules) -> tuple[tuple[Output, ...], Counter[str]]:
    """The outputs as they are kept, and how often each kind of thing was taken out."""
    counts: Counter[str] = Counter()
    cleaned = (_clean(output, rules, counts) for output in outputs)
    return tuple(output for output in cleaned if output is not None), counts


def is_cut(output: Output) -> bool:
    """Whether a part of the output is missing because it was too much."""
    match output:
        case Stream(text=text):
            return CUT in text
        case Display(data=data):
            return CUT in str(data.get("text/plain", ""))
        case CellError(evalue=evalue, traceback=traceback):
            return CUT in evalue or CUT in traceback


def join(outputs: Sequence[Output]) -> tuple[Output, ...]:
    """Streams between two other outputs as one text each, standard output first.

    How a kernel cuts and interleaves them differs from run to run.
    """
    joined: list[Output] = []
    for are_streams, group in itertools.groupby(outputs, lambda each: isinstance(each, Stream)):
        found = list(group)
        joined += _join_streams(found) if are_streams else found
    return tuple(joined)


def settle(text: str) -> str:
    """Text as a terminal shows it in the end: returns, backspaces and erased lines applied."""
    if not _MOVES.search(text):
        return text
    return "\n".join(_settle_line(line) for line in text.replace("\r\n", "\n").split("\n"))


def _clean(output: Output, rules: Rules, counts: Counter[str]) -> Output | None:
    def tidy(text: str) -> str:
        return _tidy(text, rules, counts)

    if isinstance(output, Stream):
        text = settle(output.text)
        counts["overwritten text"] += output.text != text
        if output.name == "stderr":
            text = _without_noise(text, rules.noise, counts)
        return Stream(output.name, tidy(text)) if text else None
    if isinstance(output, CellError):
        return replace(output, evalue=tidy(output.evalue), traceback=tidy(output.traceback))
    data = {mime: _tidy_data(mime, value, tidy) for mime, value in output.data.items()}
    return Display(data, output.metadata, output.result)


def _join_streams(streams: Sequence[Any]) -> Iterator[Stream]:
    for name in ("stdout", "stderr"):
        if text := "".join(stream.text for stream in streams if stream.name == name):
            yield Stream(name, text)


def _tidy_data(mime: str, value: str | bytes, tidy: Callable[[str], str]) -> str | bytes:
    return tidy(value) if isinstance(value, str) and mime in _TEXT else value


def _tidy(text: str, rules: Rules, counts: Counter[str]) -> str:
    for kind, replacements in (("secret", rules.secrets), ("path", rules.paths)):
        for found, instead in replacements.items():
            if found in text:
                counts[kind] += text.count(found)
                text = text.replace(found, instead)
    text, found_addresses = _ADDRESS.subn("0x…", text)
    counts["address"] += found_addresses
    return text


def _without_noise(text: str, noise: re.Pattern[str], counts: Counter[str]) -> str:
    lines = text.splitlines(keepends=True)
    kept = [line for line in lines if not noise.fullmatch(line)]
    counts["framework log line"] += len(lines) - len(kept)
    return "".join(kept)


def _settle_line(line: str) -> str:
    """One line of a terminal: each character stands where the cursor is."""
    cells: list[str] = []
    cursor = 0
    for part in _MOVE.split(line):
        if part == "\r":
            cursor = 0
        elif part == "\x08":
            cursor = max(cursor - 1, 0)
        elif part.startswith("\x1b[") and part.endswith("K"):
            del cells[0 if "2" in part else cursor :]
        elif part.startswith("\x1b["):
            cells.insert(cursor, part)
            cursor += 1
        else:
            cells[cursor : cursor + len(part)] = part
            cursor += len(part)
    return "".join(cells)
