"""The store of Executions: found again by the code that made them, while what they used holds.

A record is one JSON file, `<key>/<facts>.json`, beside a folder of blobs for pictures. Files are
written to a temporary name and renamed, so a reader never meets half of one; a damaged one counts
as missing.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from evergreen.model import (
    CellError,
    Display,
    Environment,
    Execution,
    Notebook,
    Output,
    Stream,
)

FORMAT = 1

Facts = Mapping[str, str]
"""What an execution depended on besides its code: name → value or hash."""


def execution_key(notebook: Notebook, allow_errors: bool = False) -> str:
    """SHA-256 of all in a notebook that can change a result: kernel, code of the steps, options.

    Not the text around them, their places, display options, line ends or the file's name.
    """
    steps = [[step.block, step.inline, step.source, step.raises] for step in notebook.steps]
    return _digest([FORMAT, notebook.kernel, notebook.language, allow_errors, steps])


def find(folder: Path, key: str, facts: Facts) -> Execution | None:
    """The kept execution of this code under these facts; None where there is no sound one."""
    try:
        record = json.loads(_place(folder, key, facts).read_text("utf-8"))
        if record["digest"] != _digest(record["execution"]):
            return None
        return _read_execution(folder, record["execution"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def keep(folder: Path, key: str, facts: Facts, execution: Execution) -> None:
    """Store an execution, its pictures first."""
    written = _write_execution(folder, execution)
    record = {"facts": dict(facts), "digest": _digest(written), "execution": written}
    text = json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True)
    _write(_place(folder, key, facts), text.encode())


def _place(folder: Path, key: str, facts: Facts) -> Path:
    return folder / key[:32] / f"{_digest(dict(facts))[:32]}.json"


def _digest(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _write(path: Path, content: bytes) -> None:
    """The whole file or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


# --- Execution ↔ JSON ---------------------------------------------------------------------------


def _write_execution(folder: Path, execution: Execution) -> dict[str, Any]:
    environment = execution.environment
    return {
        "outputs": [
            [_write_output(folder, output) for output in outputs] for outputs in execution.outputs
        ],
        "failure": _write_error(execution.failure) if execution.failure else None,
        "python": environment.python,
        "platform": environment.platform,
        "packages": [list(package) for package in environment.packages],
        "stand_ins": list(execution.stand_ins),
        "finished": execution.finished.isoformat() if execution.finished else None,
        "seconds": execution.seconds,
    }


def _read_execution(folder: Path, record: Mapping[str, Any]) -> Execution:
    return Execution(
        outputs=tuple(
            tuple(_read_output(folder, output) for output in outputs)
            for outputs in record["outputs"]
        ),
        failure=_read_error(record["failure"]) if record["failure"] else None,
        environment=Environment(
            record["python"],
            record["platform"],
            tuple((name, version) for name, version in record["packages"]),
        ),
        stand_ins=tuple(record["stand_ins"]),
        finished=datetime.fromisoformat(record["finished"]) if record["finished"] else None,
        seconds=record["seconds"],
    )


def _write_output(folder: Path, output: Output) -> dict[str, Any]:
    if isinstance(output, Stream):
        return {"type": "stream", "name": output.name, "text": output.text}
    if isinstance(output, CellError):
        return {"type": "error", **_write_error(output)}
    data = {mime: _write_value(folder, value) for mime, value in output.data.items()}
    return {"type": "display", "data": data, "metadata": output.metadata, "result": output.result}


def _read_output(folder: Path, record: Mapping[str, Any]) -> Output:
    if record["type"] == "stream":
        return Stream(record["name"], record["text"])
    if record["type"] == "error":
        return _read_error(record)
    data = {mime: _read_value(folder, value) for mime, value in record["data"].items()}
    return Display(data, record["metadata"], record["result"])


def _write_value(folder: Path, value: str | bytes) -> str | dict[str, str]:
    """Text as it is; bytes as a blob named by their hash."""
    if isinstance(value, str):
        return value
    name = hashlib.sha256(value).hexdigest()
    blob = folder / "blobs" / name
    if not blob.exists():
        _write(blob, value)
    return {"blob": name}


def _read_value(folder: Path, value: str | Mapping[str, str]) -> str | bytes:
    if isinstance(value, str):
        return value
    content = (folder / "blobs" / value["blob"]).read_bytes()
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
