"""Facts of a run that are not files: environment variables, the network, the clock, devices,
GPUs.
"""

from __future__ import annotations

import ast
import re
import stat
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from evergreen.execution.job import Job
from evergreen.execution.kernel_request import environment
from evergreen.execution.kernels.uses import PACKAGES, RAN, READ
from evergreen.execution.trace import Trace
from evergreen.paths import read_untrusted
from evergreen.records import variables
from evergreen.records.imports import parse_code
from evergreen.records.machine import Machine
from evergreen.regex import regex

Facts = dict[str, str]

_COMMAND = regex(r"\s*(?:[\w., ]+=\s*)?([!%].*)", re.S)
"""A line of a cell with a command or a magic, or a cell that is one."""
_SCRIPT = regex(
    r"/(?:GNU)?[Mm]akefile$|/[^/.]+$"
    r"|\.(?:awk|bash|cjs|js|jl|ksh|lua|mjs|mk|php|pl|pm|py|R|r|rb|sh|tcl|ts|zsh)$"
)
_PYTHON = regex(r"\bsys\.executable\b|\bpython3?\b|\bspawn\b")
"""How code starts another Python: where its modules are, PYTHONPATH says."""
_LONGEST_SCRIPT = 100_000
"""Bytes."""

USED = "used"
"""The value of a fact that is valid until the record expires."""

_NOW = ("now", "utcnow", "today")
_PARTS = ("localtime", "gmtime", "ctime", "asctime")
"""Functions of `time` that take the present time where none is given."""
_FROM_TIME = ("fromtimestamp", "utcfromtimestamp", "strftime")
_FILE_TIMES = ("st_mtime", "st_ctime", "st_atime", "getmtime", "getctime", "getatime")
"""Dates of files, which are no facts: a copy or `git checkout` changes them."""
_READ_WORDS, _WORDS = ("datetime64", "Timestamp", "to_datetime"), ("now", "today")
"""Functions of NumPy and pandas that know words for the present time, and these."""
_IN_SQL = regex(
    r"\b(?:date|time|datetime|julianday|unixepoch|strftime)\s*\((?:[^()]*,)?\s*'now'"
    r"|\bCURRENT_(?:DATE|TIME|TIMESTAMP)\b",
    re.I,
)
"""sqlite.org/lang_datefunc.html"""
_OTHERS = {
    "r": regex(r"\bSys\.(?:time|Date)\s*\(|(?<![\w.])date\s*\(\s*\)"),
    "julia": regex(r"(?<![\w.])(?:Dates\.)?(?:now|today)\s*\("),
    "bash": regex(r"\bEPOCH(?:SECONDS|REALTIME)\b|printf\s+\S*%\("),
}


def variable_facts(
    job: Job, trace: Trace | None, asked: Iterable[str], libraries: Collection[str] = ()
) -> Facts:
    """Return facts for the variables that the code names, or that its libraries ask for.

    `asked`: names that Python code has asked for; `libraries`: distributions and modules of it. In
    a sandbox there are none of the builder's.
    """
    if job.options.sandbox:
        return {}
    language = job.notebook.language
    named = {*asked, *(trace.variables if trace else ()), *_in_commands(job)}
    texts = [*_texts(job, trace)]
    named |= variables.words_in(texts)
    if any(_PYTHON.search(text) for text in texts):
        named |= {*variables.PYTHON, "PYTHONPATH"}
    named |= variables.of_libraries(libraries, libraries)
    named |= set(
        variables.PYTHON if language == "python" else variables.BY_LANGUAGE.get(language, ())
    )
    if (
        language == "python"
        and trace
        and any(_is_program(p, u.how) for p, u in trace.paths.items())
    ):
        named |= set(variables.LOCALE)
    fixed = _fixed(job)
    here = Machine()
    return {
        f"variable {name}": here.value(f"variable {name}")
        for name in sorted(named - fixed)
        if name == "*" or variables.counts(name)
    }


def volatile_facts(job: Job, trace: Trace | None, sources: Iterable[str]) -> Facts:
    """Return facts for what may be another at any time; `sources`: the post's modules."""
    found = [f"clock {name}" for name in sorted(set(_clocks(job, trace, sources)))]
    if trace and not job.options.sandbox:
        found += [f"network {address}" for address in trace.network]
    if trace:
        found += [f"device {path}" for path in trace.devices]
    return dict.fromkeys(found, USED)


def gpu_facts(trace: Trace | None) -> Facts:
    """Return a fact for each GPU that was used."""
    here = Machine()
    facts = (f"gpu {number}" for number in (trace.gpus if trace else ()))
    return {fact: value for fact in facts if (value := here.value(fact))}


def _fixed(job: Job) -> set[str]:
    """Return the variables that every kernel gets from Evergreen."""
    return set(environment(job))


def _in_commands(job: Job) -> set[str]:
    """Return the variables that commands and code of other languages than Python name."""
    sources = (step.source for step in job.notebook.steps)
    if job.notebook.language != "python":
        return {name for source in sources for name in variables.named_in(source)}
    return {
        name
        for source in sources
        for command in ([source] if source.lstrip().startswith("%%") else source.splitlines())
        if (found := _COMMAND.match(command))
        for name in variables.named_in(found[1])
    }


def _texts(job: Job, trace: Trace | None) -> Iterator[str]:
    """Yield the code of the post and the scripts that were read: whose programs ask for variables
    is not seen.
    """
    yield from (step.source for step in job.notebook.steps)
    for path, use in trace.paths.items() if trace else ():
        if use.how & (READ | RAN) and use.stamp and _is_script(path, *use.stamp[:2]):
            text = read_untrusted(Path(path))
            yield "" if "\0" in text else text


def _is_script(path: str, mode: int, size: int) -> bool:
    """True for a small file with code in a language of scripts, by its name; not of a package."""
    is_file = stat.S_ISREG(mode) and size <= _LONGEST_SCRIPT
    return is_file and not PACKAGES.search(path) and bool(_SCRIPT.search(path))


def _is_program(path: str, how: int) -> bool:
    return bool(how & RAN) and "/python" not in path


def _clocks(job: Job, trace: Trace | None, sources: Iterable[str]) -> Iterator[str]:
    """Yield how the code reads the date; measuring how long something takes does not count."""
    own = [step.source for step in job.notebook.steps]
    if job.notebook.language == "python":
        for source in (*own, *sources):
            yield from _python_clocks(source)
    elif pattern := _OTHERS.get(job.notebook.language):
        yield from (found[0].strip("( )") for source in own if (found := pattern.search(source)))
    if trace and any(u.how & RAN and p.endswith("/date") for p, u in trace.paths.items()):
        yield "date"


def _python_clocks(source: str) -> Iterator[str]:
    tree = parse_code(source)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name, given = node.func.attr, node.args
            is_time = isinstance(node.func.value, ast.Name) and node.func.value.id == "time"
            if (
                name in _NOW
                or (is_time and name in _PARTS and not given)
                or _takes_now(name, given)
            ):
                yield ast.unparse(node.func)[:80]
            elif is_time and name == "strftime" and len(given) == 1:
                yield "time.strftime"
        elif isinstance(node, ast.Attribute) and node.attr.removesuffix("_ns") in _FILE_TIMES:
            yield node.attr
        text = node.value if isinstance(node, ast.Constant) else ""
        if isinstance(text, str) and (found := _IN_SQL.search(text)):
            yield found[0].partition("(")[0].strip()


def _takes_now(name: str, given: Sequence[ast.expr]) -> bool:
    """True if a function gets the present time, or a word for it."""
    if name in _READ_WORDS:
        return any(isinstance(each, ast.Constant) and each.value in _WORDS for each in given[:1])
    is_time = name in (*_PARTS, *_FROM_TIME)
    return is_time and any(ast.unparse(each) in ("time.time()", "time()") for each in given)
