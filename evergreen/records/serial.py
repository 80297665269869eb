"""Convert executions to and from JSON; bytes are stored as blobs, which the JSON names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from evergreen.model import CellError, Display, Environment, Execution, Output, Resumed, Stream

Put = Callable[[bytes], str]
"""Stores bytes and returns their name."""
Take = Callable[[str], bytes]
"""Returns the bytes of a name."""


def write_execution(execution: Execution, put: Put) -> dict[str, Any]:
    """Return all fields of an execution that `==` compares, and what was sanitized."""
    environment = execution.environment
    return {
        "outputs": [
            [_write_output(output, put) for output in outputs] for outputs in execution.outputs
        ],
        "failure": _write_error(execution.failure) if execution.failure else None,
        "python": environment.python,
        "platform": environment.platform,
        "packages": [list(package) for package in environment.packages],
        "stand_ins": list(execution.stand_ins),
        "cleaned": dict(execution.cleaned),
        "left": execution.left,
        "files": {name: {"blob": put(content)} for name, content in execution.files.items()},
        **({"resumed": _write_resumed(execution.resumed)} if execution.resumed else {}),
    }


def read_execution(
    value: Mapping[str, Any],
    take: Take,
    facts: Mapping[str, str],
    finished: datetime,
    seconds: float,
) -> Execution:
    """Build the execution from its JSON value and the fields that `==` ignores.

    Raises KeyError, TypeError, AttributeError or ValueError for a value of another form, and
    whatever `take` raises.
    """
    return Execution(
        outputs=tuple(
            tuple(_read_output(output, take) for output in outputs) for outputs in value["outputs"]
        ),
        failure=_read_error(value["failure"]) if value["failure"] else None,
        environment=Environment(
            value["python"],
            value["platform"],
            tuple((name, version) for name, version in value["packages"]),
        ),
        stand_ins=tuple(value["stand_ins"]),
        cleaned=value["cleaned"],
        left=value["left"],
        files={name: take(each["blob"]) for name, each in value.get("files", {}).items()},
        facts=facts,
        finished=finished,
        seconds=seconds,
        resumed=_read_resumed(value["resumed"]) if "resumed" in value else None,
    )


def _write_resumed(resumed: Resumed) -> dict[str, Any]:
    return {"cells": resumed.cells, "finished": resumed.finished.isoformat()}


def _read_resumed(value: Mapping[str, Any]) -> Resumed:
    return Resumed(value["cells"], datetime.fromisoformat(value["finished"]))


def _write_output(output: Output, put: Put) -> dict[str, Any]:
    if isinstance(output, Stream):
        return {"type": "stream", "name": output.name, "text": output.text}
    if isinstance(output, CellError):
        return {"type": "error", **_write_error(output)}
    data = {
        mime: {"blob": put(value)} if isinstance(value, bytes) else value
        for mime, value in output.data.items()
    }
    drawing = {"drawing": output.drawing} if output.drawing else {}
    about = {"metadata": output.metadata, "result": output.result}
    return {"type": "display", "data": data, **about, **drawing}


def _read_output(value: Mapping[str, Any], take: Take) -> Output:
    if value["type"] == "stream":
        return Stream(value["name"], value["text"])
    if value["type"] == "error":
        return _read_error(value)
    data = {
        mime: each if isinstance(each, str) else take(each["blob"])
        for mime, each in value["data"].items()
    }
    return Display(data, value["metadata"], value["result"], value.get("drawing", ""))


def _write_error(error: CellError) -> dict[str, Any]:
    return {
        "ename": error.ename,
        "evalue": error.evalue,
        "traceback": error.traceback,
        "line": error.line,
    }


def _read_error(value: Mapping[str, Any]) -> CellError:
    return CellError(*(value[key] for key in ("ename", "evalue", "traceback", "line")))
