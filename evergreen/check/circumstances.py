"""Differences that the circumstances of the two runs explain: they are within the tolerance.

- The cell shows the state of the machine, as `!df -h`, `!nvidia-smi` or `!free` do.
- The code measures its memory, and a size is a little larger or smaller.
- The published run filled a cache, as of downloads, that the new run found filled.
- A program complains that `head` reads no further: whether it does is a matter of time.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property

from evergreen.check.ranking import SIZE_RTOL
from evergreen.check.result import Change, DifferenceLevel
from evergreen.dataclass import dataclass, replace
from evergreen.model import Execution, Notebook
from evergreen.regex import regex

_STATE = frozenset(
    """df dmesg free ifconfig iostat last lsof mpstat netstat nvidia-smi ps rocm-smi sar sensors ss
    top uptime vmstat w who""".split()
)
"""Programs that show the state of the machine."""
_FILTERS = frozenset("awk cut egrep fgrep grep head less nl sed sort tail tee tr uniq wc".split())
_READERS = frozenset("cat grep head less ls tail".split())
"""Programs that show the state of the machine where they are given a path of _STATE_PATHS."""
_STATE_PATHS = ("/proc/", "/sys/", "/dev/")
_LISTERS = frozenset("du find ls stat tree".split())
"""Programs that do so where they are given one of _SHARED."""
_SHARED = frozenset("/ /dev/shm /tmp /var/tmp /var/log /var /run /home ~ $HOME".split())
"""Folders that programs of all kinds write to."""
_NEUTRAL = frozenset("arch date echo hostname id lscpu nproc pwd uname which whoami".split())
"""Programs that may stand beside those: what they show is constant, or the time."""
_REDIRECTION = regex(r"(?<!\S)[\d&]?>{1,2}\s*&?[\w/.-]+")
_SEPARATOR = regex(r"\|\||&&|;|\n")
_SHELL_CELL = regex(r"%%(?:bash|sh|shell|script\s+(?:bash|sh))\b[^\n]*\n")
_SHELLS = frozenset({"bash", "sh", "shell", "zsh"})
_MEASURES_MEMORY = regex(
    r"\b(?:tracemalloc|getrusage|psutil|memory_profiler|memit|memory_info|virtual_memory"
    r"|max_memory_allocated|memory_allocated|get_memory_info)\b"
)
_MEASURES_MACHINE = regex(
    r"\b(?:getloadavg|psutil|getrusage|statvfs|disk_usage)\b|/proc/\w"
    r"|\b(?:cProfile|pstats|prun|LineProfiler|lprun|pyinstrument)\b"
)
_PROCESSES = regex(
    r"\bprocess_iter\b|\bpsutil\.(?:pids|net_connections|users|test)\b"
    r"""|(?:["'!|;]|\$\()\s*(?:lsof|netstat|ps|who)(?:\s|$|["']\s*[,\]])""",
    re.M,
)
"""Code that asks for processes."""
_LISTING = regex(r"\b(?:listdir|scandir|iterdir|i?glob|walk|ls|du|find|tree)\b")
_FOLDERS = regex(
    r"""["'\s](?:/proc|/dev/shm|/tmp|/var/\w+|/run|/home|/|~|\$HOME)/?(?:\*+)?(?=["'\s)|;])"""
    r"""|\bgettempdir\(\)|\bPath\.home\(\)|["']HOME["']"""
)
"""Folders that programs of all kinds write to."""
_SIZES = frozenset("B KB MB GB TB kB KiB MiB GiB TiB bytes byte 字节".split())
_CACHE = regex(
    r"cach|download|fetch|retriev|extract|unpack|unzip|decompress|install|collect|build|dump|load|"
    r"sav|creat|generat|prepar|convert|already|up-to-date|%\||━|下载|缓存|解压|安装|加载|构建|保存",
    re.I,
)
"""What is said of a cache that is filled or used."""
_STOPS_READING = regex(r"\|\s*(?:head\b|grep\s+(?:-\w*[qm]|--max-count)|sed\s[^|\n]*\dq\b)")
"""A program that ends before the one that writes to it has written everything."""
_BROKEN_PIPE = regex(
    r".*\b(?:broken pipe|pipe to stdout was broken|BrokenPipeError)\b.*"
    r"|Exception ignored (?:in|on flushing).*stdout.*",
    re.I,
)


@dataclass(frozen=True)
class Circumstances:
    """What is known of the two runs of a notebook."""

    filled: tuple[str, ...] = ()
    """Files that the published run made outside of its folder and that the new run found."""
    measures_memory: bool = False
    """The code asks how much memory it uses."""
    lists_machine: bool = False
    """The code lists processes, or files of other programs: those of an hour ago may be gone."""
    language: str = "python"

    @classmethod
    def of(cls, notebook: Notebook, published: Execution, now: Execution) -> Circumstances:
        """Return what the code and the facts of both runs tell."""
        made = _paths(published, ("left",))
        found = _paths(now, ("outside", "asked"))
        measures = any(_MEASURES_MEMORY.search(step.source) for step in notebook.steps)
        lists = any(_lists_machine(step.source) for step in notebook.steps)
        return cls(tuple(sorted(made & found)), measures, lists, notebook.language)

    def explain(self, changes: tuple[Change, ...], source: str) -> tuple[Change, ...]:
        """Return the changes of a cell's output; what the circumstances explain is close."""
        if not changes:
            return ()
        state = shown_state(source, self.language)
        reason = f"the cell shows the state of the machine: {state}" if state else ""
        return tuple(_within(each, reason or self._reason(each, source)) for each in changes)

    def _reason(self, change: Change, source: str) -> str:
        if change.kind in ("gone", "new") and _is_about_pipe(change, source):
            return "a program was told, or not, that no more of its output is read"
        if self.measures_memory and _is_about_equal_size(change):
            return "a measured size differs a little"
        is_line = change.kind in ("gone", "new", "text") or change.place == "outputs"
        if self.filled and is_line and _is_about_cache(change):
            return f"the published run made {self._filled_names}, which was there now"
        return ""

    @cached_property
    def _filled_names(self) -> str:
        more = f" and {len(self.filled) - 1} more" if len(self.filled) > 1 else ""
        return self.filled[0] + more


def _paths(execution: Execution, kinds: Collection[str]) -> set[str]:
    """Return the paths of files that were there, of facts of some kinds."""
    facts = (fact.partition(" ") for fact, value in execution.facts.items() if value)
    return {name for kind, _, name in facts if kind in kinds}


def _within(change: Change, reason: str) -> Change:
    if not reason or change.level < DifferenceLevel.DIFFERENT:
        return change
    return replace(change, level=DifferenceLevel.CLOSE, kind="other", message=reason)


def _is_about_equal_size(change: Change) -> bool:
    if change.unit not in _SIZES or change.numbers is None:
        return False
    old, new = change.numbers
    return abs(old - new) <= SIZE_RTOL * max(abs(old), abs(new))


def _is_about_pipe(change: Change, source: str) -> bool:
    """True if a line says that a pipe is broken, in a cell where one may break."""
    is_told = _BROKEN_PIPE.fullmatch("".join(change.line).strip())
    return bool(is_told and _STOPS_READING.search(source))


def _is_about_cache(change: Change) -> bool:
    """True if each line, published and new, is one that tells of a cache."""
    lines = [line for line in change.line if line.strip()]
    return bool(lines) and all(map(_CACHE.search, lines))


def measures_machine(source: str) -> bool:
    """True if a cell asks how busy the machine is, or profiles: its load an hour ago may have been
    any.
    """
    return bool(_MEASURES_MACHINE.search(source))


def _lists_machine(source: str) -> bool:
    """True if a cell asks which processes run, or which files programs of all kinds have made."""
    if _SHELL_CELL.match(source):
        source = source.replace("\n", "\n!")
    in_folder = _LISTING.search(source) and _FOLDERS.search(source)
    return bool(in_folder or _PROCESSES.search(source))


def shown_state(source: str, language: str = "python") -> str:
    """Return the programs of a cell that does nothing but show the state of the machine; "" for
    any other cell.
    """
    names: list[str] = []
    for pipeline in filter(None, map(str.strip, _pipelines(source, language))):
        if pipeline.startswith("#"):
            continue
        first, *filters = (_words(command) for command in pipeline.split("|"))
        name = _state_program(first)
        if not (name or _is_neutral(first)) or not all(w and w[0] in _FILTERS for w in filters):
            return ""
        names.append(name)
    return ", ".join(dict.fromkeys(filter(None, names)))


def _state_program(words: Sequence[str]) -> str:
    """Return the program, with its path, of a command that shows the state of the machine."""
    if not words or words[0] in _STATE:
        return "".join(words[:1])
    paths = [word for word in words[1:] if word[0] != "-" and ("/" in word or "." in word)]
    paths += [word for word in words[1:] if word in ("~", "$HOME")]
    for programs, is_state in ((_READERS, _is_state_path), (_LISTERS, _is_shared)):
        if words[0] in programs and paths and all(map(is_state, paths)):
            return f"{words[0]} {paths[-1]}"
    return ""


def _is_neutral(words: Sequence[str]) -> bool:
    """True for a command whose text is always the same, or the time."""
    return bool(words) and words[0] in _NEUTRAL and not any(set("${") & {*word} for word in words)


def _words(command: str) -> list[str]:
    """Return the words of a command, without redirections; none if its quotes are not closed."""
    try:
        return shlex.split(_REDIRECTION.sub(" ", command), comments=True)
    except ValueError:
        return []


def _is_state_path(word: str) -> bool:
    return word == "/" or f"{word}/".startswith(_STATE_PATHS)


def _is_shared(word: str) -> bool:
    return (word.rstrip("/") or "/") in _SHARED


def _pipelines(source: str, language: str) -> Iterator[str]:
    """Yield the pipelines of a cell in a shell's language; "python" where it has anything else."""
    if language in _SHELLS:
        yield from _SEPARATOR.split(source)
    elif found := _SHELL_CELL.match(source):
        yield from _SEPARATOR.split(source[found.end() :])
    else:
        for line in filter(None, map(str.strip, source.splitlines())):
            if not line.startswith("#"):
                yield from _SEPARATOR.split(line.lstrip("!")) if line[0] == "!" else ["python"]
