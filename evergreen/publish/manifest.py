"""The manifest: a hidden file in the destination that lists the files Evergreen wrote.

The first line names the format; then each line is `sha256 size path`, sorted by path. It contains
no time, location or name, so equal sites have equal manifests. An empty file is a valid manifest:
added by hand, it gives a folder to Evergreen, and all files in it are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from evergreen.errors import EvergreenError, fault

NAME = ".evergreen"
STAGING = ".evergreen-staging"
RESERVED = frozenset({NAME, STAGING})
"""Names in the destination that no artifact may have."""

_HEADER = "evergreen manifest 1"


class ManifestEntry(NamedTuple):
    """Hash and size of a written file."""

    sha256: str
    size: int


def read_manifest(folder: Path) -> dict[str, ManifestEntry] | None:
    """Read a folder's manifest by path; None if there is none.

    Raises EvergreenError if it is not valid. The paths are not checked: compare them with the
    folder's content, do not open them.
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
    """Return the file's content; the inverse of `read_manifest`."""
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
