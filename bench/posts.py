"""Compare a cold build of this blog with the same code as plain scripts: `python bench/posts.py`.

Prints the seconds of each script and of the cold build, and the overhead of the build relative to
the sum of the scripts. Uses the real MNIST from EVERGREEN_DATA, else the substitute.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from evergreen.content.files import read_source  # noqa: E402
from evergreen.content.notebook import read_notebook  # noqa: E402
from evergreen.content.post import find_posts, parse_post  # noqa: E402
from evergreen.execution.datasets import fetch_data, read_mirrors  # noqa: E402
from evergreen.execution.workspace import Job, open_workspace  # noqa: E402
from evergreen.markdown import parse  # noqa: E402
from evergreen.model import Notebook, Post  # noqa: E402
from evergreen.settings import read_settings  # noqa: E402


def main() -> None:
    """Measure and print."""
    scripts = {post.path: _run_script(post, notebook) for post, notebook in _different_posts()}
    for path, seconds in scripts.items():
        print(f"{seconds:7.1f} s  {path} as a plain script")
    total = sum(scripts.values())
    print(f"{total:7.1f} s  all scripts, one after another")
    for jobs in ("1", "2"):
        seconds = _build(jobs)
        share = (seconds - total) / total
        print(f"{seconds:7.1f} s  cold build, --jobs {jobs}: the engine's share {share:+.1%}")


def _different_posts() -> list[tuple[Post, Notebook]]:
    """Return the posts with their notebooks, without translations of equal code."""
    site = read_settings(ROOT)
    posts = [parse_post(path, read_source(ROOT, path), site) for path in find_posts(ROOT)]
    notebooks = [(post, read_notebook(post, parse(post.body))[0]) for post in posts]
    return list({notebook.steps: (post, notebook) for post, notebook in notebooks}.values())


def _run_script(post: Post, notebook: Notebook) -> float:
    """Return the seconds of a post's code as a script, in a folder like that of its run."""
    found, missing = fetch_data(post.data, ROOT / ".cache" / "data", read_mirrors())
    job = Job(
        post.path,
        notebook,
        post.execute,
        ROOT / post.bundle,
        frozenset(path.name for path in (ROOT / post.bundle).glob("*.md")),
        {file.name: found[file.sha256] for file in post.data if file.sha256 in found},
        {file.name: file.stand_in for file in post.data if file.sha256 in missing},
    )
    code = "\n\n".join(
        f"print({step.source})" if step.inline else step.source for step in notebook.steps
    )
    environ = {**os.environ, "MPLBACKEND": "agg"}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with open_workspace(job) as workspace:
        (workspace.cwd / "script.py").write_text(code, "utf-8")
        start = time.monotonic()
        subprocess.run(
            [sys.executable, "script.py"],
            cwd=workspace.cwd,
            env=environ,
            check=True,
            capture_output=True,
        )
        return time.monotonic() - start


def _build(jobs: str) -> float:
    """Return the seconds of a build from scratch."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "blog"
        for name in ("posts", "templates"):
            shutil.copytree(ROOT / name, root / name)
        shutil.copy(ROOT / "site.toml", root)
        start = time.monotonic()
        command = [sys.executable, str(ROOT / "build.py"), "--root", str(root), "--jobs", jobs]
        subprocess.run(command, check=True, capture_output=True)
        return time.monotonic() - start


if __name__ == "__main__":
    main()
