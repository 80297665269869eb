"""The manifest: a hidden file in the destination that lists the files Evergreen wrote.

The first line names the format and the SHA-256 of the rest, so that damage is noticed; then each
line is `sha256 size path`, sorted by path. It contains
no time, location or name, so equal sites have equal manifests. An empty file is a valid manifest:
added by hand, it gives a folder to Evergreen, and all files in it are kept.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from pathlib import Path

from evergreen.errors import EvergreenError, fault
from evergreen.model.hashing import sha256
from evergreen.paths import read_file

NAME = ".evergreen"
STAGING = ".evergreen-staging"
RESERVED = frozenset({NAME, STAGING})
"""Names in the destination that no artifact may have."""

_HEADER = "evergreen manifest 2"
_NO_FILE = {errno.EINVAL, errno.EISDIR, errno.ENXIO, errno.ELOOP, errno.EACCES}
"""Errors of a manifest that is something else than a readable file."""


ManifestEntry = tuple[str, int]
"""SHA-256 and size of a written file."""


def read_manifest(folder: Path) -> dict[str, ManifestEntry] | None:
    """Read a folder's manifest by path; None if there is none.

    Raises EvergreenError if it is not valid, OSError if it cannot be read now. The paths are not
    checked: compare them with the folder's content, do not open them.
    """
    file = folder / NAME
    try:
        content = read_file(file)
        header, _, rows = content.partition(b"\n")
        if content and header != _header(rows):
            raise _unreadable(file)
        lines = rows.decode().split("\n")[:-1]
        found = {}
        for line in lines:
            digest, size, path = line.split(" ", 2)
            found[path] = digest, int(size)
        return found
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError:
        raise _unreadable(file) from None
    except OSError as error:
        # Any other error says nothing of the manifest: files may not be taken for foreign ones.
        if error.errno not in _NO_FILE:
            raise
        raise _unreadable(file) from None


def manifest_bytes(entries: Mapping[str, ManifestEntry]) -> bytes:
    """Return the file's content; the inverse of `read_manifest`."""
    lines = (f"{digest} {size} {path}\n" for path, (digest, size) in sorted(entries.items()))
    rows = "".join(lines).encode()
    return b"%b\n%b" % (_header(rows), rows)


def _header(rows: bytes) -> bytes:
    return f"{_HEADER} {sha256(rows)}".encode()


def _unreadable(file: Path) -> EvergreenError:
    return fault(
        str(file),
        "is not a list of files that this version of Evergreen wrote",
        "delete the folder if all of it was generated, else choose another",
    )
