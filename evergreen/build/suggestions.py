"""Changes that other tools suggest for a post's code: ruff, and TensorFlow's upgrade script.

A tool runs if it is installed beside this Python or on the search path. It gets the cells as one
script, as it must see the imports; nothing is changed.
"""

from __future__ import annotations

import difflib
import re
import subprocess
from collections.abc import Iterator, Sequence

from evergreen.dataclass import dataclass
from evergreen.execution.scratch import scratch_folder
from evergreen.model import Notebook
from evergreen.paths import find_program
from evergreen.records.imports import strip_magics
from evergreen.regex import regex

RULES = "NPY,PD007,UP005,UP019,UP021,UP022,UP023,UP026,UP035,UP041"
"""Rules of ruff about what NumPy, pandas and Python have removed or renamed; those about style are
left out. https://docs.astral.sh/ruff/rules/"""
_TIMEOUT = 120.0
"""Seconds. TensorFlow's script imports TensorFlow."""
_FINDING = regex(r"^.+?:(\d+):\d+: (.+)$", re.M)
_FIXED = regex(r"^(\w+ )\[\*\] ")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a tool suggests."""

    tool: str
    """`ruff` or `tf_upgrade_v2`."""
    notes: tuple[str, ...] = ()
    """`LINE: text`, for what it does not change itself."""
    diff: tuple[str, ...] = ()
    """The lines of a unified diff."""


def find_suggestions(path: str, notebook: Notebook, message: str) -> tuple[Suggestion, ...]:
    """Return what the tools suggest for the code of a post that fails with a message."""
    if notebook.language != "python":
        return ()
    script, lines = _script(notebook)
    if not lines:
        return ()
    found = [_from_ruff(path, script, lines)]
    if "tensorflow" in message.lower() or re.search(r"\b(?:tf|keras)\.", script):
        found.append(_from_tensorflow(path, script, lines))
    return tuple(each for each in found if each and (each.notes or each.diff))


def _script(notebook: Notebook) -> tuple[str, list[int]]:
    """Return the code of all cells, and the line in the post of each of its lines."""
    texts: list[str] = []
    lines: list[int] = []
    for cell in notebook.cells:
        if not cell.inline:
            code = strip_magics(cell.source).split("\n")
            texts += code
            lines += range(cell.line, cell.line + len(code))
    return "\n".join(texts) + "\n", lines


def _from_ruff(path: str, script: str, lines: Sequence[int]) -> Suggestion | None:
    ruff = find_program("ruff")
    if not ruff:
        return None
    options = ["--isolated", "--no-cache", "--quiet", "--select", RULES, "--unsafe-fixes"]
    command = [ruff, "check", *options]
    told = _run([*command, "--output-format", "concise", "-"], script)
    notes = (
        f"{lines[int(number) - 1]}: {text}"
        for number, text in _FINDING.findall(told)
        if not _FIXED.match(text) and 0 < int(number) <= len(lines)
    )
    fixed = _run([*command, "--fix", "-"], script) or script
    return Suggestion("ruff", tuple(notes), tuple(_diff(path, script, fixed, lines)))


def _from_tensorflow(path: str, script: str, lines: Sequence[int]) -> Suggestion | None:
    tool = find_program("tf_upgrade_v2")
    if not tool:
        return None
    with scratch_folder() as folder:
        before, after = folder / "post.py", folder / "new.py"
        before.write_text(script, "utf-8")
        report = ["--reportfile", str(folder / "report.txt")]
        _run([tool, "--infile", str(before), "--outfile", str(after), *report], "")
        fixed = after.read_text("utf-8") if after.is_file() else script
    return Suggestion("tf_upgrade_v2", (), tuple(_diff(path, script, fixed, lines)))


def _run(command: Sequence[str], text: str) -> str:
    """Return what a program prints; "" if it fails to start or takes too long."""
    try:
        done = subprocess.run(
            command,
            input=text,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIMEOUT,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def _diff(path: str, before: str, after: str, lines: Sequence[int]) -> Iterator[str]:
    """Yield a unified diff of the script, with the line numbers of the post."""
    old, new = before.split("\n"), after.split("\n")
    for line in difflib.unified_diff(old, new, path, path, lineterm="", n=0):
        if line.startswith("@@"):
            line = re.sub(r"(?<=[-+])\d+", lambda found: _moved(found[0], lines), line)
        yield line


def _moved(number: str, lines: Sequence[int]) -> str:
    return str(lines[min(max(int(number), 1), len(lines)) - 1])
