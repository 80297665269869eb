"""The store of executions, found by their code and valid while their facts hold.

A record is one file, `<key>/<facts>.json`. Line 1 is the SHA-256 of line 2. Line 2 holds the facts,
the time and the SHA-256 of the rest. The rest holds the outputs. Pictures are blobs, named by their
SHA-256, in one folder. Files are written atomically and durably, and the hashes reveal a damaged
one. The content does not depend on paths, line endings or the system.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evergreen.dataclass import dataclass
from evergreen.model import ExecuteOptions, Execution, Notebook
from evergreen.model.hashing import sha256
from evergreen.paths import atomic_write, open_nonblocking, read_file
from evergreen.records import serial
from evergreen.regex import regex

FORMAT = 3
BLOBS = "blobs"
_BLOB = regex(r'"blob": "([0-9a-f]{64})"')


_MARKS = (b"<<<<<<< ", b"||||||| ", b"=======", b">>>>>>> ")
_SIDE = (0, -1, 1, None)
"""What follows each mark of a conflict: our side, neither, their side, both."""


@dataclass(frozen=True, slots=True)
class Record:
    """A stored execution whose outputs are not yet read."""

    place: Path
    facts: Mapping[str, str]
    """What the run used (see `facts`)."""
    finished: datetime
    seconds: float
    body: str
    """SHA-256 of the rest of the file."""


@dataclass(frozen=True, slots=True)
class LastRun:
    """A post's code and options at its last run."""

    steps: Sequence[Sequence[Any]] = ()
    """Block, inline, source and raises of each step."""
    chosen: Mapping[str, Any] = field(default_factory=dict)
    """See `chosen`."""
    seconds: float = 0.0
    finished: str = ""
    """When the run ended, as its record says."""


def execution_key(notebook: Notebook, options: ExecuteOptions) -> str:
    """Hash everything in a notebook that can change a result: kernel, code, options.

    Text, positions, display options, line endings and the file's name are not included.
    """
    return _digest([FORMAT, chosen(notebook, options), _steps(notebook)])


def chosen(notebook: Notebook, options: ExecuteOptions) -> dict[str, Any]:
    """Return the options that can change a result, by the names that authors use."""
    return {
        "kernel": notebook.kernel,
        "language": notebook.language,
        "allow_errors": options.allow_errors,
        "seed": options.seed,
        **({"requires": list(options.requires)} if options.requires else {}),
        **({"as_of": options.as_of} if options.as_of else {}),
        **({"sandbox": True} if options.sandbox else {}),
    }


def find_records(store: Path, key: str) -> tuple[list[Record], int]:
    """Return the records of a key, the newest first, and the number of damaged ones."""
    try:
        names = os.listdir(store / key[:32])
    except OSError:
        return [], 0
    places = [store / key[:32] / name for name in names if name.endswith(".json")]
    by_place = [_read_heads(place) for place in places]
    found = [record for records in by_place for record in records]
    found.sort(key=lambda record: (record.finished, record.place), reverse=True)
    return found, sum(not records for records in by_place)


def identity(run: Record | Execution) -> str:
    """Return an id that distinguishes runs of the same code."""
    return _digest([dict(run.facts), run.finished.isoformat() if run.finished else ""])


def load(store: Path, record: Record) -> Execution | None:
    """Read the execution of a record; None if the record or one of its blobs is damaged."""
    try:
        rests = (side.split(b"\n", 2)[-1] for side in _sides(_read(record.place)))
        rest = next((rest for rest in rests if sha256(rest) == record.body), None)
        if rest is None:
            return None
        about = (record.facts, record.finished, record.seconds)
        return serial.read_execution(json.loads(rest), lambda name: _take(store, name), *about)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def keep(store: Path, key: str, execution: Execution) -> None:
    """Store an execution after its pictures; it replaces the record with the same facts."""
    written = serial.write_execution(execution, lambda content: _put(store, content))
    rest = _text(written, indent=1) + b"\n"
    finished = execution.finished or datetime.fromtimestamp(0, UTC)
    head = {
        "finished": finished.isoformat(),
        "seconds": execution.seconds,
        "body": sha256(rest),
        "facts": dict(execution.facts),
    }
    line = _text(head)
    check = sha256(line).encode()
    _write_attributes(store)
    place = store / key[:32] / f"{_digest(head['facts'])[:32]}.json"
    atomic_write(place, b"\n".join((check, line, rest)), durable=True)


def note_run(
    store: Path,
    path: str,
    notebook: Notebook,
    options: ExecuteOptions,
    seconds: float,
    finished: datetime | None = None,
) -> None:
    """Store a post's code and run time for `why`; it has no influence on what runs."""
    note = {
        "steps": _steps(notebook),
        "chosen": chosen(notebook, options),
        "seconds": seconds,
        "finished": finished.isoformat() if finished else "",
    }
    atomic_write(_note(store, path), _text(note), durable=True)


def last_run(store: Path, path: str) -> LastRun:
    """Return a post's code at its last run; an empty value if it is unknown."""
    try:
        note = json.loads(read_file(_note(store, path)))
        chosen, finished = dict(note["chosen"]), str(note.get("finished", ""))
        return LastRun(list(note["steps"]), chosen, float(note["seconds"]), finished)
    except (OSError, ValueError, TypeError, KeyError):
        return LastRun()


def prune(store: Path, needed: Iterable[str]) -> int:
    """Remove the records of unneeded keys, then unused blobs; return the number of records."""
    kept = {key[:32] for key in needed}
    removed = 0
    blobs: set[str] = set()
    for place in sorted(store.glob("*/*.json")):
        if place.parent.name not in kept:
            place.unlink()
            removed += 1
        else:
            blobs |= set(_BLOB.findall(place.read_text("utf-8", "replace")))
    unfinished = store.glob("*/.*.part")
    for path in (*unfinished, *(b for b in store.glob(f"{BLOBS}/*") if b.name not in blobs)):
        path.unlink(missing_ok=True)
    for folder in store.glob("*/"):
        if not any(folder.iterdir()):
            folder.rmdir()
    return removed


def _steps(notebook: Notebook) -> list[list[Any]]:
    return [[step.block, step.inline, step.source, step.raises] for step in notebook.steps]


def _note(store: Path, path: str) -> Path:
    return store / "last" / f"{sha256(path)[:32]}.steps"


def _read_heads(place: Path) -> list[Record]:
    """Return the record in a file; both where git has left its conflict marks; none if damaged."""
    try:
        with open(place, "rb", opener=open_nonblocking) as file:
            first, second = (file.readline().rstrip(b"\r\n") for _ in range(2))
        heads = [(first, second)]
        if first.startswith(_MARKS[0]) or second.startswith(_MARKS[0]):
            heads = [_first_lines(side) for side in _sides(_read(place))]
    except OSError:
        return []
    return [record for head in heads if (record := _read_head(place, *head))]


def _read_head(place: Path, check: bytes, line: bytes) -> Record | None:
    try:
        if sha256(line).encode() != check:
            return None
        head = json.loads(line)
        finished = datetime.fromisoformat(head["finished"])
        return Record(place, head["facts"], finished, head["seconds"], head["body"])
    except (ValueError, KeyError, TypeError):
        return None


def _first_lines(content: bytes) -> tuple[bytes, bytes]:
    first, _, rest = content.partition(b"\n")
    return first, rest.partition(b"\n")[0]


def _text(value: Any, indent: int | None = None) -> bytes:
    """Encode JSON as UTF-8; lone surrogates, which file names may contain, are kept."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return text.encode("utf-8", "surrogatepass")


def _digest(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text)


# --- files ----------------------------------------------------------------------------------------


def _read(place: Path) -> bytes:
    """Return a record's content; git may have changed its line endings."""
    return read_file(place).replace(b"\r\n", b"\n")


def _sides(content: bytes) -> list[bytes]:
    """Return the two versions of a file that git could not merge; else the content alone.

    Between the marks are our lines, with diff3 the common ancestor's, and theirs.
    """
    sides: tuple[list[bytes], list[bytes]] = ([], [])
    side: int | None = None
    for line in content.splitlines(keepends=True):
        mark = next((n for n, mark in enumerate(_MARKS) if line.startswith(mark)), None)
        if mark is not None and (side is not None or mark == 0):
            side = _SIDE[mark]
            continue
        for number, lines in enumerate(sides):
            if side is None or side == number:
                lines.append(line)
    ours, theirs = (b"".join(lines) for lines in sides)
    return [ours] if ours == theirs else [ours, theirs]


def _put(store: Path, content: bytes) -> str:
    """Store a blob and return its name."""
    name = sha256(content)
    blob = store / BLOBS / name
    if not blob.exists() or blob.stat().st_size != len(content):
        atomic_write(blob, content, durable=True)
    return name


def _take(store: Path, name: str) -> bytes:
    """Return a blob. Raises ValueError if it is damaged, OSError if it is missing."""
    content = read_file(store / BLOBS / name)
    if sha256(content) != name:
        raise ValueError("a damaged blob")
    return content


def _write_attributes(store: Path) -> None:
    """Tell git, if it tracks the store, to change no byte of it."""
    place = store / ".gitattributes"
    if not place.exists():
        atomic_write(place, b"* -text\n", durable=True)
