"""Messages for the bar and the panels of a page, as plain values."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evergreen.errors import Problem
from evergreen.preview.clients import PreviewClient
from evergreen.preview.interface import LiveBlog, PostCode
from evergreen.preview.status import PreviewState

if TYPE_CHECKING:
    from evergreen.preview.sessions import Session

_MARKS = {"draft": "a draft: not published", "future": "of the future: not published yet"}


def state_of(
    blog: LiveBlog,
    session: Session | None,
    viewer: PreviewClient,
    root: Path,
    link: Callable[[Path, int], str],
    executes: bool,
) -> dict[str, Any]:
    """Return the state of a page and of its post's code; `link` makes links to lines of a file."""
    post = viewer.post
    state = session.state if session else PreviewState()
    work = blog.work(post) if post else None
    problems = problems_of(blog, session, viewer)

    def shown(severity: str) -> list[dict[str, Any]]:
        return [_told(p, work, root, link) for p in problems if p.severity == severity]

    return {
        "type": "state",
        "mark": _MARKS.get(blog.mark(post), "") if post else "",
        "text": state.text if session else "",
        "phase": state.phase if session else "",
        "running": state.running,
        "waiting": state.waiting,
        "differing": state.differing,
        "code": bool(work and executes),
        "problems": shown("error"),
        "warnings": shown("warning"),
    }


def problems_of(blog: LiveBlog, session: Session | None, viewer: PreviewClient) -> list[Problem]:
    """Return the problems of a page; of a list, the problems of all posts."""
    own = [session.problem] if session and session.problem else []
    return list(dict.fromkeys((*own, *viewer.problems, *blog.problems(viewer.post))))


def _told(
    problem: Problem, work: PostCode | None, root: Path, link: Callable[[Path, int], str]
) -> dict[str, Any]:
    is_own = work is not None and problem.path == work.path
    return {
        "place": ":".join([problem.path, *([str(problem.line)] if problem.line else [])]),
        "path": problem.path,
        "line": max(problem.line, 1),
        "message": problem.message,
        "advice": problem.advice,
        "details": problem.details,
        "cell": _cell_at(work, problem.line) if work and is_own else 0,
        "link": link(root / problem.path, problem.line),
    }


def _cell_at(work: PostCode, line: int) -> int:
    """Return the number of the cell, from 1, with a line of the post; 0 if there is none."""
    cells = [cell for cell in work.notebook.cells if not cell.inline]
    for number, cell in enumerate(cells, 1):
        if cell.line <= line <= cell.line + cell.source.count("\n"):
            return number
    return 0
