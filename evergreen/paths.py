"""Relative paths that stay below their folder and mean the same file on every system; reading,
hashing and replacing single files.

They have forward slashes: files of the site, data files and scripts beside a post, the sources
themselves.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import stat
import sys
import threading
import time
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from urllib.parse import unquote

LONGEST = 255
"""Longest file name, in bytes of UTF-8: the limit of the usual filesystems."""
LONGEST_PATH = 1_000
"""Longest path, in bytes; the limits of systems begin at 1,024."""
OWN = ".evergreen"
"""Reserved for our own files beside the site's: no path may begin with it."""
TICK, COARSE_TICK = 50_000_000, 2_000_000_000
"""Nanoseconds in which two changes of a file may have one time: of most filesystems, and of those
that keep whole seconds."""
SET_ASIDE: list[str] = []
"""The paths of files of the cache that this process had to set aside; a build warns of them."""


def place_of(path: Path, folders: Sequence[Path]) -> str:
    """Return a file of a folder of templates as messages name it: relative to the blog, whose
    `templates` is the first folder, or else with the folder's name."""
    if path.is_relative_to(folders[0]):
        return f"templates/{path.relative_to(folders[0]).as_posix()}"
    home = folders[0].parent
    if path.is_relative_to(home):
        return path.relative_to(home).as_posix()
    folder = next((each for each in folders if path.is_relative_to(each)), path.parent)
    return f"{folder.name}/{path.relative_to(folder).as_posix()}"


def open_nonblocking(name: str, flags: int) -> int:
    """Open a file without waiting for the writer of a named pipe; an `opener` for `open`."""
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))


def read_untrusted(path: Path, most: int = 64 << 20) -> str:
    """Return the text of a file that a post may have written, up to `most` bytes; "" if there is
    none.

    Symlinks are not followed, since they may point to files that the post itself cannot read. Named
    pipes are not waited for.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        with open(path, "rb", opener=lambda name, _: os.open(name, flags)) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return ""
            return file.read(most).decode("utf-8", "replace")
    except (OSError, ValueError):
        return ""


def read_file(path: Path) -> bytes:
    """Return the content of a regular file.

    Raises OSError for anything else that has its name, such as a named pipe or a folder.
    """
    with open(path, "rb", opener=open_nonblocking) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "is not a regular file", str(path))
        return file.read()


def set_aside(path: Path) -> None:
    """Rename what is in the place of one of the engine's own files; see `SET_ASIDE`."""
    with suppress(FileNotFoundError):
        path.rename(path.with_name(f"{path.name}.aside-{time.time_ns()}"))
        SET_ASIDE.append(str(path))


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content in hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def atomic_write(path: Path, content: bytes, *, durable: bool = False) -> None:
    """Replace a file, or create it with its folders: readers see the old content or the new one.

    A folder that has the file's name is set aside. With `durable` the content is on disk before
    the file has its name (fsync). Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{os.getpid()}-{threading.get_ident()}.part")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        try:
            temporary.replace(path)
        except IsADirectoryError:
            set_aside(path)
            temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def sync(path: str | Path) -> None:
    """Wait until a file, or the names in a folder, are on disk (fsync). Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flaw(path: str) -> str:
    """Return what is wrong with a path, as the end of a sentence that begins with it; "" if
    nothing.

    Examples: `is absolute`, `has a part '..'`, `has a backslash`.
    """
    if _plain()(path) and len(path) * 4 <= LONGEST_PATH:
        return ""
    if not path:
        return "is empty"
    if path.startswith("/") or (path[1:2] == ":" and path[0].isascii() and path[0].isalpha()):
        return "is absolute"
    names = path.split("/")
    if names[0].casefold().startswith(OWN):
        return f"begins with {names[0]}, which is reserved for Evergreen"
    if wrong := next((why for name in names if (why := _wrong_name(name))), ""):
        return wrong
    too_long = len(path) * 4 > LONGEST_PATH and len(path.encode()) > LONGEST_PATH
    return f"has more than {LONGEST_PATH} bytes" if too_long else ""


@cache
def _plain() -> Callable[[str], object]:
    """Return a function that finds most paths that have no flaw, sooner."""
    return re.compile(r"[\w-][\w.-]{0,50}(?:/[\w-][\w.-]{0,50})*").fullmatch


def casefolded(path: str) -> str:
    """Return a key that is equal for paths which a filesystem may take for the same file (Unicode's
    canonical caseless match).
    """
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", path).casefold())


def nfc(name: str) -> str:
    """Return a name in Unicode's composed form (NFC): equal for names that look the same, whichever
    form a file system or a keyboard gave them.
    """
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def points_outside(root: str | Path, path: str | Path) -> bool:
    """True if a path, after resolving symlinks, is neither `root` nor below it. `root` must be
    resolved already.
    """
    real = os.path.realpath(path)
    return real != str(root) and not real.startswith(f"{str(root).rstrip(os.sep)}{os.sep}")


def is_hidden(root: Path, path: Path) -> bool:
    """True if a path below `root`, after resolving symlinks, has a part that begins with a dot.
    `root` must be resolved already.
    """
    below = Path(os.path.realpath(path)).relative_to(root)
    return any(part.startswith(".") for part in below.parts)


def last_tick(changed: int) -> int:
    """Return the time until which a change after that at `changed` may have the same time, in
    nanoseconds."""
    return changed + (TICK if changed % 1_000_000_000 else COARSE_TICK)


def find_program(name: str) -> str:
    """Return the path of a program beside this Python, or else on the search path; "" if there is
    none.
    """
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.is_file() else shutil.which(name) or ""


def _wrong_name(name: str) -> str:
    if name in ("", ".", ".."):
        return f"has a part {name!r}"
    if "\\" in name:
        return "has a backslash"
    if not name.isprintable() and any(unicodedata.category(c) in ("Cc", "Cs") for c in name):
        return "has a control character or half a surrogate pair"
    if len(name) * 4 > LONGEST and len(name.encode()) > LONGEST:
        return f"has a part of more than {LONGEST} bytes"
    return _wrong_quoted(name) if "%" in name else ""


def _wrong_quoted(name: str) -> str:
    # Servers decode %-escapes: a URL with this name would request another file.
    plain = unquote(name)
    while plain != (further := unquote(plain)):
        plain = further
    if plain in (".", "..") or any(sign in plain for sign in "/\\\0"):
        return f"has a part that means another path after decoding, {name!r}"
    return ""
