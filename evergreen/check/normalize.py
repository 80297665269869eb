"""What a text says about the run and not about the result, taken out: colours, addresses of
objects, temporary paths, random ids, process numbers, durations.

A duration is one where the text says so (`took 3.2 s`, `ETA`, `ms/step`, `用时`), where it stands
in a line of a training log, or where the cell measures time. Elsewhere `3.2 s` is a result.
"""

from __future__ import annotations

import re

from evergreen.execution.terminal import render_final

HOLE = "…"
"""What stands in the place of noise."""

_ESCAPE = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[@-Z\\-_]")

_NUMBER = r"(?<!\d)\d{1,15}(?:[.,]\d{1,20})?(?:[eE][+-]?\d{1,4})?"
"""Bounded, so that a number of a million digits is passed over."""
_UNIT = (
    r"(?:ns|[µμ]s|us|ms|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|nanoseconds?|"
    r"microseconds?|milliseconds?)(?![A-Za-z0-9_])|(?:纳秒|微秒|毫秒|秒钟?|分钟?|小时)"
)
_CLOCKED = r"(?<!\d)\d{1,4}:\d\d(?::\d\d)?(?:\.\d{1,9})?"
_SPAN = rf"(?:{_NUMBER}\s*(?:{_UNIT})(?:,?\s*{_NUMBER}\s*(?:{_UNIT}))*|{_CLOCKED})"
"""A duration: `3.2 s`, `1min 4s`, `0:00:12.5`."""
_PER = (
    r"(?:step|epoch|batch|sample|it|iter|iteration|loop|call|run|row|image|example|token|轮|步|次)"
)
_RATE = (
    rf"{_NUMBER}\s*(?:[kKMG]i?B|B|[kM]?{_PER}(?:e?s)?|req(?:uest)?s?|ops|FLOPS)\s*/\s*s(?:ec)?\b"
)
_DONE = (
    r"(?:finished|done|completed?|ran|run|runs|trained|fitted|converged|executed|processed|loaded|"
    r"built|compiled|computed|solved|returned|ready|downloaded|evaluated|generated|took|takes|"
    r"taken|spent|needs?|needed|花了?|花费|历时|只要|需要)"
)
_TIME = (
    r"(?:elapsed(?:[ _-]?time)?|wall(?:[ _-]?clock)?[ _-]?time|run[ _-]?time|duration|"
    r"(?:running|execution|exec|training|train|inference|comput\w+|total|processing|fit\w*|"
    r"build\w*|compil\w+|load\w*|response|prediction|query|cpu|average|mean|median|best)"
    r"[ _-]?time|time[ _-](?:taken|spent|used|elapsed))"
)
"""Names of durations."""

_DURATIONS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        r"CPU times:[^\n]*",
        r"(?:Wall time|Compiler\s*):[^\n]*",
        rf"{_SPAN}\s*±\s*{_SPAN}\s+per loop[^\n]*",
        r"peak memory:[^\n]*",
        r"\[\d+:\d\d(?::\d\d)?<[^\]\n]{0,99}\]",
        rf"\bETA:?\s*(?:{_SPAN}|--:--)",
        rf"{_SPAN}\s*/\s*{_PER}\b",
        rf"{_RATE}|{_SPAN}/{_PER}",
        rf"(?<=[━╸])\s*(?:{_SPAN})",
        rf"(?<=\])\s*-\s*(?:{_SPAN})",
        rf"(?<=\d)\s+-\s+{_SPAN}(?=\s+-\s)",
        rf"\b{_TIME}\b[^\n\d]{{0,12}}(?:{_SPAN}|{_NUMBER})",
        rf"(?:用时|耗时|时间)[^\n\d]{{0,8}}(?:{_SPAN}|{_NUMBER})",
        rf"(?:^|(?<=[^\w]))time\s*(?:[:=]|is|was|of)\s*{_SPAN}",
        rf"{_DONE}\b[^\n\d]{{0,30}}?{_SPAN}",
        rf"{_DONE}[^\n]{{0,40}}?\s(?:in|after|within)\s+(?:about\s+)?{_SPAN}",
        rf"(?:花了?|花费|历时|只要|需要)[^\n\d]{{0,8}}{_SPAN}",
        rf"{_SPAN}\s+elapsed\b",
        rf"{_NUMBER}\s*(?:x|×|times|倍)\s*(?:as\s+)?(?:fast(?:er)?|slow(?:er)?|speed-?up|快|慢)",
        rf"(?:speed-?up|加速比?)[^\n\d]{{0,12}}{_NUMBER}\s*(?:x|×|倍)?",
    )
)
_SPAN_ANYWHERE = re.compile(rf"(?<![\w.])(?:{_SPAN})", re.I)
_LOG_LINE = re.compile(r"\b(?:epoch|step|iter(?:ation)?|batch|round|episode)s?\b|轮|步", re.I)
_CLOCK = re.compile(r"^(\W*)\d\d:\d\d:\d\d(?:[.,]\d+)?(?=\W)", re.M)
"""The time of day, where a log line begins."""

_RANDOM = tuple(
    (re.compile(pattern, flags), instead)
    for pattern, instead, flags in (
        (r"(?<= at )0x[0-9a-f]{4,16}\b", "0x…", re.I),
        (r"\b0x(?:0000)?[0-9a-f]{9,12}\b", "0x…", re.I),
        (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "uuid", re.I),
        (r"\b(pid|process id|process|进程号?|thread id|ident)(\s*[:=#(]?\s*)\d+", r"\1\2…", re.I),
        (r"(?<=started )(?:daemon )?\d{6,}", "…", 0),
        (
            r"\b(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]):(?:3[3-9]\d{3}|[4-6]\d{4})\b",
            r"\1:…",
            0,
        ),
        (r"(?:/private)?/var/folders/\w\w/\w+/\w", "/tmp", 0),
        (r"[A-Za-z]:\\Users\\[^\\\s]+\\AppData\\Local\\Temp", "/tmp", 0),
        (r"(?<=/tmp)(?:/[\w.+-]+)+(?=/)", "/…", 0),
        (r"\btmp[a-z0-9_]{6,8}(?![a-z0-9_])", "tmp…", 0),
        (r"(?<=/tmp/)[\w+-]*[-_.][A-Za-z0-9_]{6,12}\b(?!\.)", "…", 0),
        (r"/run/user/\d+", "/run/user/…", 0),
        (r"\bT_[0-9a-f]{5}(?=[_\W])", "T_…", 0),
        (r"(?<=[g-zG-Z_])[0-9a-f]{32}(?![0-9a-f])", "…", 0),
        (r"\bipykernel_\d+\b", "ipykernel_…", 0),
    )
)

_MEASURES = re.compile(
    r"perf_counter|\btime\.time(?:_ns)?\(|\btimeit\b|\bmonotonic\b|process_time|%%?time|"
    r"default_timer|datetime\.now\(|system\.time|Sys\.time|@(?:elapsed|time|btime)\b"
)


def measures_time(source: str) -> bool:
    """Whether code measures how long something takes."""
    return bool(_MEASURES.search(source))


def normalize(text: str, timed: bool = False) -> str:
    """The text without noise; with `timed` every duration is noise. White space at the ends of
    lines and of the text goes too.
    """
    text = render_final(_ESCAPE.sub("", text.replace("\r\n", "\n")))
    for pattern, instead in _RANDOM:
        text = pattern.sub(instead, text)
    if _may_have_times(text):
        for pattern in _DURATIONS:
            text = pattern.sub(HOLE, text)
        text = _CLOCK.sub(rf"\1{HOLE}", text)
    lines = (_without_spans(line, timed) for line in text.split("\n"))
    return "\n".join(lines).strip("\n")


def _may_have_times(text: str) -> bool:
    return any(character.isdigit() for character in text[:2_000_000])


def _without_spans(line: str, timed: bool) -> str:
    line = line.rstrip()
    return _SPAN_ANYWHERE.sub(HOLE, line) if timed or _LOG_LINE.search(line) else line
