"""The key of this machine's user, which signs what may hold code: a pickle runs what it contains.

The key is in no blog's folder: what came with a repository is never signed by it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from evergreen.paths import read_file

KEY = "evergreen/key"
SIZE = 32
"""Bytes of a key."""


def key_place() -> Path:
    """Return the file of the key (XDG base directory specification)."""
    folder = Path(os.environ.get("XDG_STATE_HOME", ""))
    return (folder if folder.is_absolute() else Path("~/.local/state").expanduser()) / KEY


def sign(content: bytes) -> str:
    """Return the signature (HMAC-SHA256) of some bytes. Raises OSError without a key."""
    return hmac.new(_read_key() or _make_key(), content, hashlib.sha256).hexdigest()


def is_signed(content: bytes, signature: str) -> bool:
    """True if this user of this machine has signed some bytes."""
    key = _read_key()
    if key is None:
        return False
    return hmac.compare_digest(hmac.new(key, content, hashlib.sha256).hexdigest(), signature)


def _read_key() -> bytes | None:
    """Return the key; None if there is none that nobody else can write or read."""
    try:
        status = key_place().stat()
        if status.st_mode & 0o077 or status.st_uid != os.getuid():
            return None
        key = read_file(key_place())
    except OSError:
        return None
    return key if len(key) == SIZE else None


def _make_key() -> bytes:
    """Make the key; where another process has just made one, return that."""
    place = key_place()
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = place.with_name(f"key.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(SIZE))
            file.flush()
            os.fsync(file.fileno())
        if place.exists() and _read_key() is None:
            place.unlink()
        with suppress(FileExistsError):
            os.link(temporary, place)
    finally:
        temporary.unlink()
    key = _read_key()
    if key is None:
        raise PermissionError(13, "is not a key", str(place))
    return key
