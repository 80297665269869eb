"""End-to-end cases: `tests/sites/<case>/` has a blog and, in `expected/`, its result.

`python -m tests.cases` builds every case and rewrites the results; read the difference before you
commit it.
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
    """Build a copy of a case in `folder`; return `report` and the body of each page, normalized."""
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
    """Return the expected result of a case, in the same form."""
    return {path.name: path.read_text("utf-8") for path in (case / "expected").iterdir()}


def write_expected(case: Path, found: dict[str, str]) -> None:
    """Replace the expected result of a case."""
    shutil.rmtree(case / "expected", ignore_errors=True)
    (case / "expected").mkdir()
    for name, text in found.items():
        (case / "expected" / name).write_text(text, "utf-8")


def _normal(html: str) -> str:
    """Replace what depends on the machine: hashes and sizes of figures."""
    html = re.sub(r"(pictures/)[0-9a-f]{20}", r"\1HASH", html)
    return re.sub(r'(figures/)[0-9a-f]{20}(\.png") width="\d+" height="\d+"', r"\1HASH\2", html)


if __name__ == "__main__":
    for each in sys.argv[1:] or sorted(path.name for path in SITES.iterdir()):
        with tempfile.TemporaryDirectory() as scratch:
            write_expected(SITES / each, build_case(SITES / each, Path(scratch) / "blog"))
