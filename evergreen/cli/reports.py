"""Write a check's report for other programs: JUnit, SARIF, annotations for GitHub."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from evergreen.errors import Problem, SettingsError

if TYPE_CHECKING:
    from evergreen.model import CheckReport


def check_folder_exists(file: Path | None) -> None:
    """Raise SettingsError if a report could not be written at the end of a long check."""
    if file and not file.resolve().parent.is_dir():
        raise SettingsError(Problem(str(file), 0, 0, "no such folder", "create it first"))


def write_junit(report: CheckReport, file: Path) -> None:
    """Write JUnit XML. Raises SettingsError if it cannot be written."""
    from evergreen.check.reports.junit import to_junit

    _write(file, to_junit(report))


def write_sarif(report: CheckReport, file: Path, root: Path) -> None:
    """Write SARIF for the blog at `root`. Raises SettingsError if it cannot be written."""
    from evergreen.check.reports.sarif import to_sarif

    text = json.dumps(to_sarif(report.findings, _folder(root)), ensure_ascii=False, indent=1)
    _write(file, f"{text}\n".encode())


def annotate(problems: Iterable[Problem], root: Path) -> None:
    """Print annotations of problems when run by GitHub Actions.

    They go to stderr, which Actions reads too, so that a report on stdout stays valid.
    """
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return
    from evergreen.check.reports.github import to_annotations

    for line in to_annotations(problems, _folder(root)):
        print(line, file=sys.stderr)


def _folder(root: Path) -> str:
    """Return the blog's folder in its repository, with a slash at the end; "" for the root."""
    top = os.environ.get("GITHUB_WORKSPACE")
    if not top:
        return ""
    try:
        below = root.resolve().relative_to(Path(top).resolve()).as_posix()
    except ValueError:
        return ""
    return "" if below == "." else f"{below}/"


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        what = f"cannot be written: {error.strerror}"
        raise SettingsError(
            Problem(str(file), 0, 0, what, "choose a file in an existing folder")
        ) from error
