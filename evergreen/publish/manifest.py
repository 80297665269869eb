"""The list of what Evergreen wrote: a hidden file in the destination that makes the folder ours.

A line that names the format, then one line a file, `sha256 size path`, sorted by path. It holds no
time, place or name: equal sites have equal manifests. An empty file is a manifest too; put into a
folder by hand, it hands the folder over with all that is in it to be kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from evergreen.errors import EvergreenError, fault

NAME = ".evergreen"
SCAFFOLD = ".evergreen-scaffold"
RESERVED = frozenset({NAME, SCAFFOLD})
"""Names in the destination that no artifact may have."""

_HEADER = "evergreen manifest 1"


class ManifestEntry(NamedTuple):
    """What was written at a path."""

    sha256: str
    size: int


def read_manifest(folder: Path) -> dict[str, ManifestEntry] | None:
    """By path, None where there is none; an EvergreenError where it cannot be understood.

    The paths are as they stand there: to be compared with what is in the folder, not followed.
    """
    file = folder / NAME
    try:
        header, *lines = file.read_text(encoding="utf-8").split("\n")
        if header not in ("", _HEADER) or (lines and lines.pop()):
            raise _unreadable(file)
        return {
            path: ManifestEntry(sha256, int(size)) for sha256, size, path in map(_columns, lines)
        }
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError:
        raise _unreadable(file) from None


def manifest_bytes(entries: Mapping[str, ManifestEntry]) -> bytes:
    """The file's content; the inverse of `read_manifest`."""
    rows = (f"{sha256} {size} {path}\n" for path, (sha256, size) in sorted(entries.items()))
    return f"{_HEADER}\n{''.join(rows)}".encode()


def _columns(line: str) -> list[str]:
    return line.split(" ", 2)


def _unreadable(file: Path) -> EvergreenError:
    return fault(
        str(file),
        "is not a list of files that this version of Evergreen wrote",
        "delete the folder if all of it was generated, else choose another",
    )
