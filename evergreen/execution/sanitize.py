"""Sanitize outputs before they are stored: reduce progress bars to their final state, mask local
paths and secrets, drop log noise. Each kind of change is counted.
"""

from __future__ import annotations

import html
import itertools
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from os import environ as ENVIRONMENT
from os.path import realpath
from pathlib import Path
from typing import Any
from urllib.parse import quote

from evergreen.dataclass import dataclass, replace
from evergreen.execution.terminal import render_final
from evergreen.model import CellError, Display, Output, Stream
from evergreen.model.charts import charts_as_data
from evergreen.regex import regex

CUT = "[cut here:"
"""Start of the mark that replaces the part of an output that was cut (see `capture`)."""

FRAMEWORK_NOISE = (
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IW] .*",
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: E (?:external/local_xla|tensorflow/core)/.*",
    r"[IWE]0000 00:00:\d+.*",
    r"WARNING: All log messages before absl::InitializeLog\(\) is called are written to STDERR",
    r"To enable the following instructions: .*rebuild TensorFlow with the appropriate.*",
    r"(?:.*\W)?Matplotlib is building the font cache; this may take a moment\.",
)
"""Lines that TensorFlow and its libraries log, in the forms of several releases, and one that
Matplotlib logs once on a slow machine.
"""

_SECRET_NAME = regex(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|_AUTH|PRIVATE", re.I)
_SHORTEST_SECRET = 8
_PASSWORD = regex(r"(?<=://)[^/\s:@'\"]+:[^/\s@'\"]+@")
"""Credentials in a URL: `https://user:password@host`."""
_ADDRESS = regex(r"(?<= at )0x[0-9a-fA-F]{6,16}\b|(?<=, started )(daemon )?\d{9,}(?=\)>)")
"""The address of an object in its `repr`; the number of a thread."""
_CELL = regex(r"(?<![^\s\"'<>()])[^\s\"'<>()]*/ipykernel_\d+/\d+\.py\b")
"""The file name that Python uses for a cell's code."""
_CELL_LINK = regex(r"\shref=([\"'])[^\"'<>]*/ipykernel_\d+/\d+\.py[^\"'<>]*\1")
"""A link to it, as of a log of rich: the file is on no page."""

_SHARED = {"/", "/usr", "/usr/local", "/tmp"}
"""Folders that say nothing about the machine."""


@dataclass(frozen=True, slots=True)
class SanitizeRules:
    """Patterns for the outputs of one run."""

    noise: re.Pattern[str]
    """A whole line of standard error that is dropped."""
    secrets: Mapping[str, str]
    """Secret → replacement; a value that contains another comes first."""
    paths: tuple[tuple[re.Pattern[str], str], ...]
    """Path, with the text before it → replacement; longest path first."""


def make_rules(
    cwd: Path,
    drop_stderr: Iterable[str],
    folders: Iterable[Path] = (),
    environ: Mapping[str, str] = ENVIRONMENT,
    base: Path | None = None,
) -> SanitizeRules:
    """Return the rules for a run in `cwd`; `folders` are others of which no page shows the path.

    `base` is the temporary folder of the run; the default is the one with `cwd` in it.

    Raises re.error if a pattern is not valid.
    """
    noise = _any_of((*FRAMEWORK_NOISE, *drop_stderr))
    return SanitizeRules(noise, _secrets(environ), _paths(cwd, folders, base))


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of the lines that one of some patterns matches, with their line ends."""
    return re.compile(rf"(?:{'|'.join(f'(?:{pattern})' for pattern in patterns)})\s*")


_FRAMEWORK_LINE = _any_of(FRAMEWORK_NOISE)


def is_framework_noise(line: str) -> bool:
    """True if a framework, not the post's code, has logged a line."""
    return _FRAMEWORK_LINE.fullmatch(line) is not None


def clean(
    outputs: Sequence[Output], rules: SanitizeRules
) -> tuple[tuple[Output, ...], Counter[str]]:
    """Return the sanitized outputs, and how often each kind of change was made."""
    counts: Counter[str] = Counter()
    return tuple(each for output in outputs for each in _clean(output, rules, counts)), counts


def is_cut(output: Output) -> bool:
    """True if a part of the output is missing because it was too long."""
    match output:
        case Stream(text=text):
            return CUT in text
        case Display(data=data):
            return CUT in str(data.get("text/plain", ""))
        case CellError(evalue=evalue, traceback=traceback):
            return CUT in evalue or CUT in traceback


def join(outputs: Sequence[Output]) -> tuple[Output, ...]:
    """Join the streams between two other outputs into one text each, standard output first.

    How a kernel splits and interleaves them differs from run to run.
    """
    joined: list[Output] = []
    for are_streams, group in itertools.groupby(outputs, lambda each: isinstance(each, Stream)):
        found = list(group)
        joined += _join_streams(found) if are_streams else found
    return tuple(joined)


def _clean(output: Output, rules: SanitizeRules, counts: Counter[str]) -> Iterator[Output]:
    """Yield what is kept of one output."""

    def tidy(text: str) -> str:
        return _tidy(text, rules, counts)

    if isinstance(output, Stream):
        text = render_final(output.text)
        counts["overwritten text"] += output.text != text
        if output.name == "stderr":
            text = _without_noise(text, rules.noise, counts)
        if text:
            yield Stream(output.name, tidy(text))
    elif isinstance(output, CellError):
        yield replace(output, evalue=tidy(output.evalue), traceback=tidy(output.traceback))
    else:
        shown = charts_as_data(output)
        counts["library of a chart"] += not shown
        for each in shown:
            data = {m: tidy(v) if isinstance(v, str) else v for m, v in each.data.items()}
            yield Display(data, tidy(each.metadata), each.result, tidy(each.drawing))


def _secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """Map values of secret-looking variables, plain and as HTML, JSON or URL, to their names."""
    found: dict[str, str] = {}
    for name, value in environ.items():
        if _SECRET_NAME.search(name) and len(value) >= _SHORTEST_SECRET and not value.isdigit():
            forms = (html.escape(value), json.dumps(value)[1:-1], quote(value, safe=""), value)
            found |= dict.fromkeys(forms, f"[{name}]")
    return dict(sorted(found.items(), key=lambda item: -len(item[0])))


def _paths(
    cwd: Path, folders: Iterable[Path], base: Path | None
) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return patterns for the run's folders, the user's home, Python's prefixes and `folders`."""
    paths = {str(Path.home()): "~"}
    own = {sys.prefix, sys.base_prefix, sys.exec_prefix, *map(str, folders)}
    for folder in {each for path in own for each in (path, realpath(path))} - _SHARED:
        paths |= {f"{folder}/": "", folder: "…"}
    paths |= {str(cwd): ".", realpath(cwd): ".", str(base or cwd.parent): "/tmp"}
    quoted = {quote(path): to for path, to in paths.items()}
    longest_first = sorted((quoted | paths).items(), key=lambda item: -len(item[0]))
    return tuple(
        (_path_pattern(path), rf"\g<1>{to}") for path, to in longest_first if len(path) > 1
    )


def _path_pattern(path: str) -> re.Pattern[str]:
    """Match a path that is not part of a longer name, together with the text before it."""
    end = "" if path.endswith("/") else r"(?![\w-])"
    return re.compile(rf"(^|[^\w.~-]|\x1b\[[\d;]*m){re.escape(path)}{end}")


def _join_streams(streams: Sequence[Any]) -> Iterator[Stream]:
    for name in ("stdout", "stderr"):
        if text := "".join(stream.text for stream in streams if stream.name == name):
            yield Stream(name, text)


def _tidy(text: str, rules: SanitizeRules, counts: Counter[str]) -> str:
    for found, instead in rules.secrets.items():
        if found in text:
            counts["secret"] += text.count(found)
            text = text.replace(found, instead)
    patterns = (
        ("secret", _PASSWORD, "…@"),
        ("path", _CELL_LINK, ""),
        ("path", _CELL, "cell"),
        ("address", _ADDRESS, "0x…"),
    )
    for kind, pattern, instead in (*patterns, *(("path", *path) for path in rules.paths)):
        text, number = pattern.subn(instead, text)
        counts[kind] += number
    return text


def _without_noise(text: str, noise: re.Pattern[str], counts: Counter[str]) -> str:
    lines = text.splitlines(keepends=True)
    kept = [line for line in lines if not noise.fullmatch(line)]
    counts["framework log line"] += len(lines) - len(kept)
    return "".join(kept)
