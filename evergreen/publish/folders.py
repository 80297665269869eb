"""Folders of the site and of the spare tree as they were last read: one that has not changed since
is not read again.

A folder's modification and status times change whenever a name is added to it, removed or replaced,
and programs cannot set a status time back. The content of files is another matter: see
`state.scan`.
"""

from __future__ import annotations

import marshal
import os
from contextlib import suppress
from pathlib import Path
from zlib import crc32

from evergreen.paths import last_tick, read_file

FILE = "folders"
"""Name in the staging folder."""
_MANY = 200
"""Folders that are read again in each publish before the memory is written anew."""
_FORMAT = b"evergreen folders 1 "

Names = tuple[dict[str, int], list[str]]
"""The files of a folder by path, with their inodes, and the paths of its folders."""
KnownFolder = tuple[int, int, str, dict[str, int], list[str]]
"""Its modification and status time, its path and the names in it."""


FolderMemoryState = tuple[int, int, dict[int, KnownFolder]]
"""What `marshal` can write of a memory: see `FolderMemory.state`."""


class FolderMemory:
    """The names in folders, by the inode, path and times of the folder."""

    def __init__(self, since: int, staging: Path | None = None) -> None:
        """Read what is remembered in a staging folder.

        `since` is a time of the filesystem's clock that has passed: folders that changed later, or
        just before, are not remembered.
        """
        self._since, self._new = since, 0
        self._known = _read(staging / FILE) if staging else {}
        self._met: dict[int, KnownFolder] = {}

    @classmethod
    def of_state(cls, state: FolderMemoryState) -> FolderMemory:
        """Return a memory that has met the folders which another one met; it knows none."""
        memory = cls(state[0])
        _, memory._new, memory._met = state
        return memory

    @property
    def state(self) -> FolderMemoryState:
        """Return what another process needs to write what this memory would."""
        return self._since, self._new, self._met if self._new >= _MANY else {}

    def names(self, folder: str, path: str, status: os.stat_result) -> Names:
        """Return the names in `folder`; its path in the tree is `path`, "" for the top.

        `status` must have been taken just before. Raises OSError.
        """
        times = status.st_mtime_ns, status.st_ctime_ns
        known = self._known.get(status.st_ino)
        if known and known[:3] == (*times, path):
            self._met[status.st_ino] = known
            return known[3], known[4]
        found = list_folder(folder, path)
        if self.is_settled(max(times)):
            self._known[status.st_ino] = self._met[status.st_ino] = (*times, path, *found)
            self._new += 1
        return found

    def is_settled(self, changed: int) -> bool:
        """True if a later change of a folder shows, which last changed at a time, in ns."""
        return last_tick(changed) < self._since

    def write(self, staging: Path) -> None:
        """Leave the folders met since for the next publish, unless hardly any of them is new."""
        if self._new < _MANY:
            return
        content = marshal.dumps(self._met)
        with suppress(OSError):  # nothing is lost but time
            (staging / FILE).unlink(missing_ok=True)
            (staging / FILE).write_bytes(_header(content) + content)


def list_folder(folder: str, path: str) -> Names:
    """Return the names in `folder`; its path in the tree is `path`. Raises OSError."""
    prefix = f"{path}/" if path else ""
    files: dict[str, int] = {}
    folders: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                folders.append(prefix + entry.name)
            else:
                files[prefix + entry.name] = entry.inode()
    return files, folders


def _read(file: Path) -> dict[int, KnownFolder]:
    """Return what `FolderMemory.write` left; nothing if it is damaged."""
    size = len(_header(b""))
    try:
        found = read_file(file)
        if found[:size] == _header(found[size:]):
            return marshal.loads(found[size:])  # type: ignore[no-any-return]
    except (OSError, ValueError, EOFError, TypeError):
        pass
    return {}


def _header(content: bytes) -> bytes:
    return _FORMAT + crc32(content).to_bytes(4, "big")
