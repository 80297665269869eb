"""The store of Executions: found again by the code that made them, while what they used holds.

A record is one file, `<key>/<facts>.json`: a first line with the facts, the time, and the hash of
what follows; then the outputs. Pictures are blobs, named by their hash, in a folder beside. Files
are written to a temporary name, made durable and renamed, so a reader never meets half of one; a
damaged one counts as missing. Nothing in it depends on paths, line ends or the system.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from evergreen.model import (
    CellError,
    Display,
    Environment,
    ExecuteOptions,
    Execution,
    Notebook,
    Output,
    Stream,
)

FORMAT = 2
BLOBS = "blobs"
_BLOB = re.compile(r'"blob": "([0-9a-f]{64})"')


@dataclass(frozen=True, slots=True)
class Record:
    """A kept execution, its outputs not yet read."""

    place: Path
    facts: Mapping[str, str]
    """What the run used (see `facts`)."""
    finished: datetime
    seconds: float
    body: str
    """The SHA-256 of the file's rest."""


def execution_key(notebook: Notebook, options: ExecuteOptions) -> str:
    """SHA-256 of all in a notebook that can change a result: kernel, code of the steps, options.

    Not the text around them, their places, display options, line ends or the file's name.
    """
    steps = [[step.block, step.inline, step.source, step.raises] for step in notebook.steps]
    chosen = [options.allow_errors, options.seed]
    return _digest([FORMAT, notebook.kernel, notebook.language, chosen, steps])


def find_records(store: Path, key: str) -> list[Record]:
    """All sound-looking records of a key, the newest first."""
    try:
        names = os.listdir(store / key[:32])
    except OSError:
        return []
    found = (_read_head(store / key[:32] / name) for name in names if name.endswith(".json"))
    return sorted(
        filter(None, found), key=lambda record: (record.finished, record.place), reverse=True
    )


def load(store: Path, record: Record) -> Execution | None:
    """The execution of a record; None where the record or one of its blobs is damaged."""
    try:
        content = record.place.read_bytes().replace(b"\r\n", b"\n")  # git may have changed them
        _, _, rest = content.partition(b"\n")
        if hashlib.sha256(rest).hexdigest() != record.body:
            return None
        return _read_execution(store, json.loads(rest), record)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def keep(store: Path, key: str, execution: Execution) -> None:
    """Store an execution, its pictures first; the record of the same facts is replaced."""
    written = _write_execution(store, execution)
    rest = json.dumps(written, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
    head = {
        "format": FORMAT,
        "finished": execution.finished.isoformat() if execution.finished else "",
        "seconds": execution.seconds,
        "body": hashlib.sha256(rest).hexdigest(),
        "facts": dict(execution.facts),
    }
    place = store / key[:32] / f"{_digest(head['facts'])[:32]}.json"
    line = json.dumps(head, ensure_ascii=False).encode("utf-8", "surrogateescape")
    _write(place, line + b"\n" + rest)


def note_run(store: Path, path: str, notebook: Notebook, seconds: float) -> None:
    """Remember a post's code as it ran and how long it took, for `why`; it decides nothing."""
    steps = [[step.block, step.inline, step.source] for step in notebook.steps]
    note = {"steps": steps, "seconds": seconds}
    _write(_note(store, path), json.dumps(note, ensure_ascii=False).encode())


def last_run(store: Path, path: str) -> tuple[list[list[Any]], float]:
    """The code with which a post last ran (block, inline, source of each step), and its seconds."""
    try:
        note = json.loads(_note(store, path).read_text("utf-8"))
        return list(note["steps"]), float(note["seconds"])
    except (OSError, ValueError, TypeError, KeyError):
        return [], 0.0


def _note(store: Path, path: str) -> Path:
    return store / "last" / f"{hashlib.sha256(path.encode()).hexdigest()[:32]}.steps"


def prune(store: Path, needed: Iterable[str]) -> int:
    """Remove records whose keys are not needed, then blobs that none needs; how many records."""
    kept = {key[:32] for key in needed}
    removed = 0
    blobs: set[str] = set()
    for place in sorted(store.glob("*/*.json")):
        if place.parent.name not in kept:
            place.unlink()
            removed += 1
        else:
            blobs |= set(_BLOB.findall(place.read_text("utf-8", "replace")))
    for blob in store.glob(f"{BLOBS}/*"):
        if blob.name not in blobs:
            blob.unlink()
    for folder in store.glob("*/"):
        if not any(folder.iterdir()):
            folder.rmdir()
    return removed


def _read_head(place: Path) -> Record | None:
    try:
        with place.open("rb") as file:
            head = json.loads(file.readline())
        if head["format"] != FORMAT:
            return None
        finished = datetime.fromisoformat(head["finished"])
        facts = {str(name): str(value) for name, value in head["facts"].items()}
        return Record(place, facts, finished, float(head["seconds"]), str(head["body"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _digest(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _write(path: Path, content: bytes) -> None:
    """The whole file, durable, or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


# --- Execution ↔ JSON ---------------------------------------------------------------------------


def _write_execution(store: Path, execution: Execution) -> dict[str, Any]:
    environment = execution.environment
    return {
        "outputs": [
            [_write_output(store, output) for output in outputs] for outputs in execution.outputs
        ],
        "python": environment.python,
        "platform": environment.platform,
        "packages": [list(package) for package in environment.packages],
        "stand_ins": list(execution.stand_ins),
        "cleaned": dict(execution.cleaned),
        "left": execution.left,
    }


def _read_execution(store: Path, record: Mapping[str, Any], head: Record) -> Execution:
    return Execution(
        outputs=tuple(
            tuple(_read_output(store, output) for output in outputs)
            for outputs in record["outputs"]
        ),
        environment=Environment(
            record["python"],
            record["platform"],
            tuple((name, version) for name, version in record["packages"]),
        ),
        stand_ins=tuple(record["stand_ins"]),
        cleaned=record["cleaned"],
        left=record["left"],
        facts=head.facts,
        finished=head.finished,
        seconds=head.seconds,
    )


def _write_output(store: Path, output: Output) -> dict[str, Any]:
    if isinstance(output, Stream):
        return {"type": "stream", "name": output.name, "text": output.text}
    if isinstance(output, CellError):
        return {"type": "error", **_write_error(output)}
    data = {mime: _write_value(store, value) for mime, value in output.data.items()}
    return {"type": "display", "data": data, "metadata": output.metadata, "result": output.result}


def _read_output(store: Path, record: Mapping[str, Any]) -> Output:
    if record["type"] == "stream":
        return Stream(record["name"], record["text"])
    if record["type"] == "error":
        return _read_error(record)
    data = {mime: _read_value(store, value) for mime, value in record["data"].items()}
    return Display(data, record["metadata"], record["result"])


def _write_value(store: Path, value: str | bytes) -> str | dict[str, str]:
    """Text as it is; bytes as a blob named by their hash."""
    if isinstance(value, str):
        return value
    name = hashlib.sha256(value).hexdigest()
    blob = store / BLOBS / name
    if not blob.exists():
        _write(blob, value)
    return {"blob": name}


def _read_value(store: Path, value: str | Mapping[str, str]) -> str | bytes:
    if isinstance(value, str):
        return value
    content = (store / BLOBS / value["blob"]).read_bytes()
    if hashlib.sha256(content).hexdigest() != value["blob"]:
        raise ValueError("a damaged blob")
    return content


def _write_error(error: CellError) -> dict[str, Any]:
    return {
        "ename": error.ename,
        "evalue": error.evalue,
        "traceback": error.traceback,
        "line": error.line,
    }


def _read_error(record: Mapping[str, Any]) -> CellError:
    return CellError(*(record[key] for key in ("ename", "evalue", "traceback", "line")))
