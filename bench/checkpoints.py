"""Compare checkpoints with two other caches: the same changes of the same posts; stale results.

    python bench/checkpoints.py                                  # Evergreen, and code alone
    python bench/checkpoints.py --marimo ENV/bin/marimo          # marimo's `cache_cells`, too

The posts and their changes are those of `tests/test_checkpoint_changes.py`. Each post is run,
changed, and run again; the second run is compared with one from the start. `code alone` keeps the
outputs and the new names of a cell under the hash of its code, as knitr's `cache=TRUE` does without
`dependson`.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "tests")]

from checkpointing import Bench, open_bench  # noqa: E402
from test_checkpoint_changes import SCENES, Change, Scene, put  # noqa: E402

from evergreen.model import Execution, Stream  # noqa: E402

Texts = list[str]
"""What each cell prints; the last cells that a change leaves are compared."""


def main() -> None:
    """Run all changes, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--marimo", default="", help="the command of marimo, in its environment")
    parser.add_argument("--most", type=int, default=100, help="changes of each post")
    options = parser.parse_args()
    counts: dict[str, Counter[str]] = {}
    seconds: Counter[str] = Counter()
    for scene in SCENES:
        for change in scene.changes[: options.most]:
            for name, (verdict, took) in compare(scene, change, options.marimo).items():
                counts.setdefault(name, Counter())[verdict] += 1
                seconds[name] += took
                if verdict == "STALE":
                    print(f"{name}: {scene.name}: {change.name}: stale", flush=True)
    for name, found in counts.items():
        total = sum(found.values())
        print(f"{name:12} {total} changes: {dict(found)}, {seconds[name] / total:.2f} s each")


def compare(scene: Scene, change: Change, marimo: str) -> dict[str, tuple[str, float]]:
    """Return what each way gives after a change: `same`, `STALE` or `refused`, and its seconds."""
    cells = [change.cells.get(number, cell) for number, cell in enumerate(scene.cells, 1)]
    cells = [cell for cell in cells if cell]
    with tempfile.TemporaryDirectory() as folder, open_bench(Path(folder)) as bench:
        truth = printed(run_evergreen(bench, scene, change, cells, force=True)[0])
        ways: dict[str, Callable[[], tuple[Texts | None, float]]] = {
            "checkpoints": lambda: both(bench, scene, change, cells),
            "code alone": lambda: run_code_alone(Path(folder), scene, change, cells),
        }
        if marimo:
            ways["marimo"] = lambda: run_marimo(Path(folder), marimo, scene, change, cells)
        found = {}
        for name, run in ways.items():
            texts, took = run()
            same = texts is not None and "".join(texts) == "".join(truth)
            found[name] = "refused" if texts is None else "same" if same else "STALE", took
        return found


def both(bench: Bench, scene: Scene, change: Change, cells: Sequence[str]) -> tuple[Texts, float]:
    """Run a post with a checkpoint, change it, and run it again."""
    put(bench, scene.files)
    bench.run(*scene.cells)
    execution, took = run_evergreen(bench, scene, change, cells, force=False)
    return printed(execution), took


def run_evergreen(
    bench: Bench, scene: Scene, change: Change, cells: Sequence[str], force: bool
) -> tuple[Execution, float]:
    """Run the changed post."""
    put(bench, {**scene.files, **change.files})
    start = time.monotonic()
    execution = bench.run(*cells, force=force)
    took = time.monotonic() - start
    for name in change.files:
        (bench.bundle / name).unlink()
    return execution, took


def printed(execution: Execution) -> Texts:
    """Return what each cell has printed."""
    return [
        "".join(o.text for o in outputs if isinstance(o, Stream) and o.name == "stdout")
        for outputs in execution.outputs
    ]


# --- by code alone --------------------------------------------------------------------------------


def run_code_alone(
    folder: Path, scene: Scene, change: Change, cells: Sequence[str]
) -> tuple[Texts | None, float]:
    """Run a post, change it, and run only the cells whose code has changed."""
    script = Path(__file__).resolve()
    place = folder / "alone"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for name, text in scene.files.items():
        (place / name).write_text(text, "utf-8")
    job = {"before": scene.cells, "after": list(cells), "files": dict(change.files)}
    start = time.monotonic()
    command = [sys.executable, str(script), "--alone", json.dumps(job)]
    environment = {**os.environ, "PYTHONHASHSEED": "1"}
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, env=environment)
    took = (time.monotonic() - start) / 2
    return (json.loads(done.stdout.splitlines()[-1]) if not done.returncode else None), took


def alone(job: Mapping[str, Any]) -> Texts | None:
    """Run the cells twice in this process, the second time with what the first has kept."""
    kept: dict[str, tuple[str, dict[str, Any]]] = {}
    namespace: dict[str, Any] = {}
    run_cells(job["before"], namespace, kept)
    for name, text in job["files"].items():
        Path(name).write_text(text, "utf-8")
    here = str(Path.cwd())
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(here):
            del sys.modules[name]
    return run_cells(job["after"], namespace, kept)


def run_cells(
    cells: Sequence[str], namespace: dict[str, Any], kept: dict[str, tuple[str, dict[str, Any]]]
) -> Texts | None:
    """Run cells, or take what is kept under their code."""
    random.seed(1)
    namespace.clear()
    namespace["__name__"] = "__main__"
    texts = []
    for cell in cells:
        if cell not in kept:
            before, shown = dict(namespace), io.StringIO()
            try:
                with contextlib.redirect_stdout(shown):
                    exec(compile(cell, "cell", "exec"), namespace)
            except Exception:  # a cell that fails, or that is not plain Python
                return None
            new = {k: v for k, v in namespace.items() if before.get(k) is not v}
            kept[cell] = shown.getvalue(), {k: stored(v) for k, v in new.items()}
        else:
            namespace |= {k: stored(v) for k, v in kept[cell][1].items()}
        texts.append(kept[cell][0])
    return texts


def stored(value: Any) -> Any:
    """Return a copy, as a file would give it."""
    with contextlib.suppress(Exception):
        return copy.deepcopy(value)
    return value


# --- marimo ---------------------------------------------------------------------------------------


def run_marimo(
    folder: Path, command: str, scene: Scene, change: Change, cells: Sequence[str]
) -> tuple[Texts | None, float]:
    """Run a notebook with `cache_cells`, change it, and run it again; None if marimo refuses it."""
    place = folder / "marimo"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for name, text in scene.files.items():
        (place / name).write_text(text, "utf-8")
    if export(command, place, scene.cells) is None:
        return None, 0.0
    for name, text in change.files.items():
        (place / name).write_text(text, "utf-8")
    start = time.monotonic()
    return export(command, place, cells), time.monotonic() - start


def export(command: str, place: Path, cells: Sequence[str]) -> Texts | None:
    """Run a notebook by marimo; return what its cells print."""
    sources = ["import random\nrandom.seed(1)", *map(without_options, cells)]
    write = (
        "import sys, json\nfrom marimo._ast.codegen import generate_filecontents\n"
        "from marimo._ast.cell import CellConfig\n"
        "codes = json.load(sys.stdin)\n"
        "print(generate_filecontents(codes, ['_'] * len(codes), [CellConfig()] * len(codes)))"
    )
    python = str(Path(command).with_name("python"))
    made = subprocess.run(
        [python, "-c", write], input=json.dumps(sources), capture_output=True, text=True
    )
    head = "# /// script\n# [tool.marimo.runtime]\n# cache_cells = true\n# ///\n"
    (place / "nb.py").write_text(head + made.stdout, "utf-8")
    words = [command, "export", "ipynb", "nb.py", "--include-outputs", "-o", "out.ipynb", "-f"]
    done = subprocess.run(words, cwd=place, capture_output=True, text=True)
    if done.returncode or not (place / "out.ipynb").exists():
        return None
    notebook = json.loads((place / "out.ipynb").read_text("utf-8"))
    return [
        "".join(
            "".join(output.get("text", ""))
            for output in cell.get("outputs", ())
            if output.get("name") == "stdout"
        )
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    ]


def without_options(source: str) -> str:
    """Return a cell without its `#|` lines."""
    return "\n".join(line for line in source.split("\n") if not line.startswith("#|"))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--alone"]:
        print(json.dumps(alone(json.loads(sys.argv[2]))))
    else:
        main()
