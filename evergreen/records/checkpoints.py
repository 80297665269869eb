"""The store of checkpoints: what a run had made when one of its cells had ended.

A checkpoint is a folder, `<key>/<name>/`. Its `head.json` holds the facts that the run had observed
up to there, the outputs, and the SHA-256 of each other file; its first line is the signature of the
rest. A folder gets its name when all of its files are on disk, so that an unfinished one is never
found. One that this machine's user has not signed is never read: it may run code when it is read.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
import stat
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from evergreen.dataclass import dataclass
from evergreen.model import Execution
from evergreen.model.hashing import digest, sha256
from evergreen.paths import atomic_write, file_sha256, read_file, sync
from evergreen.records import serial
from evergreen.records.signing import is_signed, sign

FORMAT = 1
HEAD = "head.json"
_PART = ".part-"
_MOST = 2
"""Checkpoints of one key that are kept: of two sets of facts, such as two versions of a library."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A stored checkpoint."""

    folder: Path
    step: int
    """The number of the step after which it was made, counted from 1."""
    execution: Execution
    """The outputs of the steps up to this one, with the facts up to here."""
    hidden: tuple[str, ...]
    """Names that the code had bound and that are not kept."""
    files: Mapping[str, str]
    """SHA-256 of each file in the folder."""
    size: int
    """Bytes of all files."""
    about: Mapping[str, Any]
    """What the run needs to go on (see `execution.resume`)."""


def checkpoint_key(code: Iterable[Any], step: int, names: Iterable[str]) -> str:
    """Hash the code up to a checkpoint, and what it keeps."""
    return digest(str(FORMAT), repr(list(code)), str(step), repr(list(names)))


def find_checkpoint(store: Path, key: str) -> list[Checkpoint]:
    """Return the signed checkpoints of a key, the newest first."""
    found = [each for place in _folders(store / key[:32]) if (each := _read(place))]
    return sorted(found, key=lambda each: str(each.execution.finished), reverse=True)


def keep_checkpoint(
    store: Path,
    key: str,
    made: Path,
    step: int,
    execution: Execution,
    hidden: Iterable[str],
    about: Mapping[str, Any],
) -> int:
    """Move the files of a folder into the store as a checkpoint; return its size in bytes.

    Raises OSError: nothing is then stored.
    """
    folder = store / key[:32]
    folder.mkdir(parents=True, exist_ok=True)
    ignore = store / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", "utf-8")
    part = folder / f"{_PART}{os.getpid()}-{secrets.token_hex(4)}"
    part.mkdir()
    try:
        sizes = {name: _copy_durably(made / name, part / name) for name in sorted(os.listdir(made))}
        head = {
            "format": FORMAT,
            "key": key,
            "step": step,
            "execution": serial.write_execution(execution, lambda content: _put(part, content)),
            "facts": dict(execution.facts),
            "finished": execution.finished.isoformat() if execution.finished else "",
            "seconds": execution.seconds,
            "hidden": list(hidden),
            "about": dict(about),
        }
        names = sorted(os.listdir(part))
        head["files"] = {name: file_sha256(part / name) for name in names}
        text = json.dumps(head, ensure_ascii=False).encode("utf-8", "surrogatepass")
        atomic_write(part / HEAD, sign(text).encode() + b"\n" + text, durable=True)
        place = folder / digest(repr(sorted(execution.facts.items())))[:32]
        if place.exists():
            shutil.rmtree(place)
        part.rename(place)
        sync(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    for old in find_checkpoint(store, key)[_MOST:]:
        shutil.rmtree(old.folder, ignore_errors=True)
    return sum(sizes.values())


def take_file(checkpoint: Checkpoint, name: str, place: Path) -> None:
    """Copy a file of a checkpoint. Raises ValueError if it is damaged, OSError if it is missing."""
    shutil.copyfile(checkpoint.folder / name, place)
    if file_sha256(place) != checkpoint.files[name]:
        raise ValueError("a file of the checkpoint is damaged")


def note_use(checkpoint: Checkpoint) -> None:
    """Note that a checkpoint is used now: those that are not make room first."""
    with suppress(OSError):
        os.utime(checkpoint.folder / HEAD)


def remove(checkpoint: Checkpoint) -> None:
    """Remove a checkpoint that cannot be used."""
    shutil.rmtree(checkpoint.folder, ignore_errors=True)


def limit(store: Path, most: int) -> None:
    """Remove the checkpoints that were used longest ago until the rest has at most `most` bytes."""
    for folder in _folders(store):
        for place in _folders(folder, unfinished=True):
            if _is_abandoned(place.name):
                shutil.rmtree(place, ignore_errors=True)
    sizes = {place: _size(place) for folder in _folders(store) for place in _folders(folder)}
    total = sum(sizes.values())
    for place in sorted(sizes, key=_used):
        if total <= most:
            break
        shutil.rmtree(place, ignore_errors=True)
        total -= sizes[place]


def prune_checkpoints(store: Path, needed: Iterable[str]) -> int:
    """Remove the checkpoints of unneeded keys, and what a killed build left; return how many."""
    kept, removed = {key[:32] for key in needed}, 0
    for folder in _folders(store):
        for place in _folders(folder, unfinished=True):
            if folder.name not in kept or place.name.startswith(_PART):
                removed += not place.name.startswith(_PART)
                shutil.rmtree(place, ignore_errors=True)
        with suppress(OSError):
            folder.rmdir()
    return removed


def _read(place: Path) -> Checkpoint | None:
    """Return the checkpoint in a folder; None if it is damaged, or another machine's."""
    try:
        signature, _, text = read_file(place / HEAD).partition(b"\n")
        if not is_signed(text, signature.decode("ascii")):
            return None
        head = json.loads(text)
        if head["format"] != FORMAT or head["key"][:32] != place.parent.name:
            return None
        execution = serial.read_execution(
            head["execution"],
            lambda name: _take(place, name),
            head["facts"],
            datetime.fromisoformat(head["finished"]),
            head["seconds"],
        )
        files = {name: check for name, check in head["files"].items() if "/" not in name}
        size = _size(place)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return Checkpoint(
        place, head["step"], execution, tuple(head["hidden"]), files, size, head["about"]
    )


def _put(folder: Path, content: bytes) -> str:
    name = f"blob-{sha256(content)}"
    atomic_write(folder / name, content, durable=True)
    return name


def _take(folder: Path, name: str) -> bytes:
    content = read_file(folder / name)
    if name != f"blob-{sha256(content)}":
        raise ValueError("a damaged blob")
    return content


def _copy_durably(source: Path, target: Path) -> int:
    """Copy a regular file that a post has written, to disk; return its size."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with os.fdopen(os.open(source, flags), "rb") as old, target.open("xb") as new:
        if not stat.S_ISREG(os.fstat(old.fileno()).st_mode):
            raise OSError(errno.EINVAL, "is not a regular file", str(source))
        shutil.copyfileobj(old, new, 1 << 20)
        new.flush()
        os.fsync(new.fileno())
        return new.tell()


def _folders(folder: Path, unfinished: bool = False) -> list[Path]:
    """Return the folders in a folder, without unfinished ones."""
    try:
        found = [folder / name for name in sorted(os.listdir(folder))]
    except OSError:
        return []
    real = (place for place in found if place.is_dir() and not place.is_symlink())
    return [place for place in real if unfinished or not place.name.startswith(_PART)]


def _size(place: Path) -> int:
    return sum(file.stat().st_size for file in place.iterdir())


def _is_abandoned(name: str) -> bool:
    """True for an unfinished checkpoint whose process has ended."""
    number = name.removeprefix(_PART).partition("-")[0]
    if not name.startswith(_PART) or not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _used(place: Path) -> float:
    try:
        return (place / HEAD).stat().st_mtime
    except OSError:
        return 0.0
