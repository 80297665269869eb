"""Files that a run wrote into its folder and that its outputs or the text name.

They are part of the execution: the folder is removed after the run.
"""

from __future__ import annotations

import os
import posixpath
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote

from evergreen.execution.bundle_copy import is_changed
from evergreen.execution.job import Job
from evergreen.execution.workspace import Workspace
from evergreen.model import Display, Output
from evergreen.records.bundle import IGNORED
from evergreen.regex import regex

MAX_BYTES = 100 << 20
"""Of all files together: they are stored in the record. Files beyond it are left out."""
_MARKUP = ("text/html", "text/markdown", "text/latex", "image/svg+xml")
_NAME = regex(r"[^\s\"'()<>\[\]]+")
_QUOTED = regex(r"\"([^\"\n]{1,300})\"|'([^'\n]{1,300})'|\(<?([^()<>\n]{1,300})>?\)")


def collect_written(job: Job, workspace: Workspace, outputs: Iterable[Output]) -> dict[str, bytes]:
    """Return the files that a run wrote and that its outputs or the text name, by their path."""
    texts = [*job.notebook.markdown, *_markup(outputs)]
    names = {name for text in texts for name in _names(text)}
    found: dict[str, bytes] = {}
    left = MAX_BYTES
    for name in sorted(names):
        if not _is_written(job, workspace, name):
            continue
        content = _read(workspace.cwd, name, left)
        if content is not None:
            found[name] = content
            left -= len(content)
    return found


def _markup(outputs: Iterable[Output]) -> Iterator[str]:
    for output in outputs:
        if isinstance(output, Display):
            yield from (str(output.data[mime]) for mime in _MARKUP if mime in output.data)


def _names(text: str) -> Iterator[str]:
    """Yield whatever could be the relative URL of a file, as a path."""
    quoted = (found[1] or found[2] or found[3] for found in _QUOTED.finditer(text))
    for name in (*_NAME.findall(text), *quoted):
        path = posixpath.normpath(unquote(re.split(r"[?#]", name)[0]))
        if "." in path and not path.startswith(("/", "..", ".")) and "\0" not in path:
            yield path


def _is_written(job: Job, workspace: Workspace, name: str) -> bool:
    """True for a file that the run made or changed."""
    parts = name.split("/")
    if name in job.data or name in job.stand_ins or not IGNORED.isdisjoint(parts):
        return False
    if any(part.startswith(".") for part in parts):
        return False
    return name not in workspace.copy.files or is_changed(workspace.copy, name)


def _read(folder: Path, name: str, most: int) -> bytes | None:
    """Return the bytes of a regular file; None for a larger one, and if a symlink leads there."""
    path = folder
    try:
        for part in name.split("/"):
            path = path / part
            if path.is_symlink():
                return None
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            is_whole = stat.S_ISREG(status.st_mode) and status.st_size <= most
            return file.read() if is_whole else None
    except (OSError, ValueError):
        return None
