"""Facts of a run that are not files: environment variables, the network, the clock, devices,
GPUs.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator

from evergreen.execution.kernel_request import environment
from evergreen.execution.kernels.uses import RAN
from evergreen.execution.trace import Trace
from evergreen.execution.workspace import Job
from evergreen.records import variables
from evergreen.records.imports import parse_code
from evergreen.records.machine import Machine

Facts = dict[str, str]

USED = "used"
"""The value of a fact that is valid until the record expires."""

_NOW = ("now", "utcnow", "today")
_PARTS = ("localtime", "gmtime", "ctime", "asctime")
"""Functions of `time` that take the present time where none is given."""
_OTHERS = {
    "r": re.compile(r"\bSys\.(?:time|Date)\s*\(|(?<![\w.])date\s*\(\s*\)"),
    "julia": re.compile(r"(?<![\w.])(?:Dates\.)?(?:now|today)\s*\("),
    "bash": re.compile(r"\bEPOCH(?:SECONDS|REALTIME)\b|printf\s+\S*%\("),
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
    lines = (line.strip() for source in sources for line in source.splitlines())
    shells = (line for line in lines if line.startswith(("!", "%")))
    return {name for line in shells for name in variables.named_in(line)}


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
            if name in _NOW or (is_time and name in _PARTS and not given):
                yield ast.unparse(node.func)[:80]
            elif is_time and name == "strftime" and len(given) == 1:
                yield "time.strftime"
