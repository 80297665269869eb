"""Posts of other languages are observed as those of Python are: in R, where it is installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from evergreen.build.forecast import forecast
from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.settings import settings_here

POST = """---
title: R
jupyter: ir
---

```r
x <- readRDS("PLACE")
cat(sum(x), file.exists("PLACE.no"))
```
"""


def has_r() -> bool:
    """True if R and its kernel are installed."""
    if not shutil.which("Rscript") or sys.platform != "linux":
        return False
    code = "quit(status = as.integer(!requireNamespace('IRkernel', quietly = TRUE)))"
    return not subprocess.run(["Rscript", "-e", code], capture_output=True).returncode


@pytest.mark.slow
@pytest.mark.skipif(not has_r(), reason="needs r-base-core and r-cran-irkernel")
def test_r_reads_a_file_elsewhere(tmp_path: Path) -> None:
    """It runs again when that changes, when a name appears that it asked for, and not otherwise."""
    place, root = tmp_path / "外.rds", tmp_path / "blog"
    (root / "posts").mkdir(parents=True)
    text = POST.replace("PLACE", str(place))
    (root / "posts/2026-01-01-r.md").write_text(text, "utf-8")
    build = BuildOptions(root, root / "_site", settings_here(root))

    def save(numbers: str) -> None:
        code = f"saveRDS(c({numbers}), '{place}')"
        subprocess.run(["Rscript", "-e", code], check=True, capture_output=True)

    save("1, 2")
    assert 1 == len(publish(build).ran)
    assert () == publish(build).ran
    save("1, 3")
    assert [True] == [post.runs for post in forecast(build).posts]
    assert 1 == len(publish(build).ran)
    Path(f"{place}.no").touch()
    assert 1 == len(publish(build).ran)
    assert () == publish(build).ran
