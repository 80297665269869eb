"""Posts that work against their own run: each fails at its line, and hinders no other."""

from __future__ import annotations

import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from hostile_posts import POSTS, SHORT, Hostile

from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.execution.client import INTERRUPT_SECONDS, STACK_SECONDS
from evergreen.execution.progress import SilentProgress
from evergreen.model import Report, Site

POST = """---
title: {title}
execute:
  timeout: {timeout}
---

```python
print("先")
```

```python
{code}
```

```python
print("后")
```
"""
FIRST = POST.split("{code}")[0].count("\n")
"""Lines before the code of a post."""
GOOD = 20

pytestmark = pytest.mark.slow


class Clock(SilentProgress):
    """Notes how long each post ran."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def ended(self, path: str, seconds: float, failed: bool) -> None:
        """Note the end of a post's run."""
        self.seconds[path] = seconds


@dataclass(frozen=True, slots=True)
class Built:
    """A blog of hostile and good posts, after a build."""

    root: Path
    temporary: Path
    report: Report
    seconds: dict[str, float]
    """How long each post ran, by name."""
    processes: str
    """The commands of processes that the posts started and that still run."""

    def page(self, name: str) -> str:
        """Return the page of a post; "" where it is not published."""
        file = self.root / "_site" / name / "index.html"
        return file.read_text("utf-8") if file.exists() else ""

    def errors(self, name: str) -> list[tuple[int, str]]:
        """Return line within the code and message of each error at a post."""
        problems = (each for each in self.report.problems if each.path == path_of(name))
        return [(each.line - FIRST, each.message) for each in problems if each.severity == "error"]


def path_of(name: str) -> str:
    """Return the path of a post."""
    return f"posts/2026-01-{2 if name.startswith('good-') else 1:02}-{name}.md"


def write(root: Path, name: str, code: str, timeout: int) -> None:
    """Write a post with three cells, whose second has the code."""
    text = POST.format(title=name, timeout=timeout, code=code)
    (root / path_of(name)).write_text(text, "utf-8")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """One build of all hostile posts and of twenty good ones."""
    root, temporary = tmp_path_factory.mktemp("blog"), tmp_path_factory.mktemp("tmp")
    (root / "posts").mkdir()
    for name, post in POSTS.items():
        write(root, name, post.code, post.timeout)
    for number in range(GOOD):
        write(root, f"good-{number}", f"print({number})", 60)
    clock = Clock()
    site = Site(url="https://example.org", search=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(temporary))
        patch.setattr(tempfile, "tempdir", None)
        report = publish(BuildOptions(root, root / "_site", site), clock)
    time.sleep(1)  # for processes that are being killed
    listed = subprocess.run(["ps", "ax", "-o", "args"], capture_output=True, text=True).stdout
    running = "\n".join(line for line in listed.splitlines() if "987654" in line)
    seconds = {name: clock.seconds[path_of(name)] for name in POSTS}
    return Built(root, temporary, report, seconds, running)


def is_right(post: Hostile, page: str, errors: list[tuple[int, str]]) -> bool:
    """True if a post was published, or refused at its line, as it has to be."""
    if post.line is None:
        return not errors and bool(page) and post.shown in page
    if page or not errors:
        return False
    line, message = errors[0]
    return (post.said or "") in message and post.line in (0, line)


def test_each_post_has_its_own_end(built: Built) -> None:
    """A failing one is named with its line and is not published; an innocent one is."""
    wrong = {
        name: (bool(built.page(name)), built.errors(name))
        for name, post in POSTS.items()
        if not is_right(post, built.page(name), built.errors(name))
    }
    assert {} == wrong


def test_the_other_posts_are_published(built: Built) -> None:
    """Whatever the hostile ones did, all at once."""
    assert [] == [number for number in range(GOOD) if not built.page(f"good-{number}")]


def test_nothing_stays(built: Built) -> None:
    """No folder in the temporary place, and no process."""
    assert ([], "") == (list(built.temporary.iterdir()), built.processes)


def test_a_timeout_is_kept(built: Built) -> None:
    """No post waits for a limit that is not its own, such as the 30 s for late outputs.

    The margin is that of a busy machine; an idle one needs less than three seconds.
    """
    late = {name: seconds for name, seconds in built.seconds.items() if seconds > SHORT + 20}
    assert {} == late


def test_what_follows_a_timeout_takes_three_seconds_at_most() -> None:
    """An interrupt, and a stack dump where the cell goes on."""
    assert 3 >= INTERRUPT_SECONDS + STACK_SECONDS
