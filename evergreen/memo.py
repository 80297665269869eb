"""The last good page of each post, kept so that a post that fails stays as it was."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Iterable
from pathlib import Path

from evergreen.model import Page


def keep_pages(folder: Path, pages: Iterable[Page]) -> None:
    """Store each page under its post's path; what is stored already is not written again."""
    for page in pages:
        place, content = _place(folder, page.post.path), pickle.dumps(page, protocol=5)
        if not place.is_file() or place.read_bytes() != content:
            _write(place, content)


def last_page(folder: Path, path: str) -> Page | None:
    """The page last kept for a post; None where there is none that this version can read."""
    try:
        page = pickle.loads(_place(folder, path).read_bytes())
    except Exception:  # a file of another version can fail in any way; the page is then made anew
        return None
    return page if isinstance(page, Page) else None


def _place(folder: Path, path: str) -> Path:
    return folder / f"{hashlib.sha256(path.encode()).hexdigest()[:32]}.pickle"


def _write(place: Path, content: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = place.with_name(f".{place.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.replace(place)
