"""A check's report for machines: files in the forms that others read, annotations for GitHub."""

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


def expect_folder(file: Path | None) -> None:
    """Raise SettingsError where a report could not be written after a long check."""
    if file and not file.resolve().parent.is_dir():
        raise SettingsError(Problem(str(file), 0, 0, "there is no such folder", "make it first"))


def write_junit(report: CheckReport, file: Path) -> None:
    """Write JUnit XML. Raises SettingsError where it cannot be written."""
    from evergreen.check.reports.junit import to_junit

    _write(file, to_junit(report))


def write_sarif(report: CheckReport, file: Path, root: Path) -> None:
    """Write SARIF, the blog standing in `root`. Raises SettingsError where it cannot be written."""
    from evergreen.check.reports.sarif import to_sarif

    text = json.dumps(to_sarif(report.findings, _folder(root)), ensure_ascii=False, indent=1)
    _write(file, f"{text}\n".encode())


def annotate(problems: Iterable[Problem], root: Path) -> None:
    """Within GitHub Actions, show problems at their lines: on the standard error, which Actions
    reads too, so that a report on the standard output stays whole."""
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return
    from evergreen.check.reports.github import to_annotations

    for line in to_annotations(problems, _folder(root)):
        print(line, file=sys.stderr)


def _folder(root: Path) -> str:
    """Where the blog stands in its repository, with a slash at the end; "" where it is that."""
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
            Problem(str(file), 0, 0, what, "name a file in a folder that is there")
        ) from error
