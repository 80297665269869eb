"""The end-to-end cases: `tests/sites/<case>/` holds a blog and, in `expected/`, what it becomes.

`python -m tests.cases` builds every case and rewrites what is expected; the difference is read
before it is committed.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path

from evergreen.build.pipeline import BuildOptions, publish
from evergreen.cli.build_report import closing_line
from evergreen.settings import read_settings

SITES = Path(__file__).parent / "sites"
_BODY = re.compile(r'<div class="prose e-content">\n(.*)</div>\n</div>', re.S)


def build_case(case: Path, folder: Path) -> dict[str, str]:
    """Build a copy of a case in `folder`: `report` and the body of each post's page, normalised."""
    shutil.copytree(case, folder, ignore=shutil.ignore_patterns("expected"), dirs_exist_ok=True)
    output = folder / "_site"
    report = publish(BuildOptions(folder, output, read_settings(folder)))
    lines = [str(problem) for problem in sorted(report.problems)]
    lines.append(re.sub(r"\d+ files? written|[\d.]+ s$", "…", closing_line(report, "_site")))
    found = {"report.txt": "\n".join(lines) + "\n"}
    for page in sorted(output.rglob("*.html")):
        if body := _BODY.search(page.read_text("utf-8")):
            name = page.relative_to(output).with_suffix("").as_posix().removesuffix("/index")
            found[f"{name.replace('/', '--')}.html"] = _normal(body[1])
    return found


def read_expected(case: Path) -> dict[str, str]:
    """What a case is to become, in the same form."""
    return {path.name: path.read_text("utf-8") for path in (case / "expected").iterdir()}


def write_expected(case: Path, found: dict[str, str]) -> None:
    """Replace what a case is to become."""
    shutil.rmtree(case / "expected", ignore_errors=True)
    (case / "expected").mkdir()
    for name, text in found.items():
        (case / "expected" / name).write_text(text, "utf-8")


def _normal(html: str) -> str:
    """HTML without what another machine makes otherwise: hashes and sizes of figures."""
    return re.sub(r'(figures/)[0-9a-f]{20}(\.png") width="\d+" height="\d+"', r"\1HASH\2", html)


if __name__ == "__main__":
    for each in sys.argv[1:] or sorted(path.name for path in SITES.iterdir()):
        with tempfile.TemporaryDirectory() as scratch:
            write_expected(SITES / each, build_case(SITES / each, Path(scratch) / "blog"))
