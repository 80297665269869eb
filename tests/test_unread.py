"""Posts that cannot be read: whether only a change of the blog's files ends it."""

from __future__ import annotations

from pathlib import Path

import pytest

from evergreen.build.unread import Unread, is_lasting, lasting_paths
from evergreen.errors import EvergreenError, Problem, fault
from evergreen.model import PluginError

ROOT = Path("/博客")


def raised(cause: Exception | None) -> EvergreenError:
    """An error raised for a cause that it hides."""
    try:
        try:
            if cause:
                raise cause
        finally:
            raise fault("posts/a.md", "坏", line=1) from None
    except EvergreenError as error:
        return error


LASTING = [
    None,
    ValueError("[题"),
    fault("posts/a.md", "inner"),
    FileNotFoundError(2, "没有", "/博客/_includes/x.html"),
]
PASSING = [
    PermissionError(13, "Permission denied", "/博客/posts/a.md"),
    OSError(5, "Input/output error"),
    FileNotFoundError(2, "No such file or directory", "dot"),
    FileNotFoundError(2, "No such file or directory", "/usr/bin/dot"),
    ImportError("no module"),
    PluginError(Problem("plugins.py")),
]


@pytest.mark.parametrize("cause", LASTING, ids=repr)
def test_what_the_files_of_the_blog_cause_lasts(cause: Exception | None) -> None:
    """A wrong text, or a file that the blog does not have."""
    assert is_lasting(raised(cause), ROOT)


@pytest.mark.parametrize("cause", PASSING, ids=repr)
def test_what_the_machine_or_a_plugin_causes_passes(cause: Exception) -> None:
    """A file that cannot be read, a program or a package that is missing."""
    assert not is_lasting(raised(cause), ROOT)


def test_a_path_with_a_passing_error_does_not_last() -> None:
    """Whatever else is wrong with it; warnings do not count."""
    error, other = Problem("a.md"), Problem("b.md")
    warning = Problem("c.md", severity="warning")
    unread = [Unread((error, other, warning), True), Unread((error,), False)]
    assert lasting_paths(unread) == {"b.md"}
