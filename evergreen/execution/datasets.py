"""Declared data files: fetched once, checked by their hash, kept in the cache by it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from evergreen.model import DataFile
from evergreen.paths import file_sha256

VARIABLE = "EVERGREEN_DATA"
"""Folders or URL prefixes that are asked before a file's own addresses."""

CONNECT_SECONDS = 5
SILENT_SECONDS = 20
FILE_SECONDS = 600

Progress = Callable[[str, int, int], None]
"""Told while a file is fetched: its name, bytes so far, bytes in all (0: not known)."""


def places(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The entries of EVERGREEN_DATA; the colons of a URL's scheme and port do not separate."""
    parts = re.split(rf"{os.pathsep}(?!//)(?!\d+(?:/|{os.pathsep}|$))", environ.get(VARIABLE, ""))
    return tuple(part for part in parts if part)


def fetch_data(
    files: Iterable[DataFile],
    cache: Path,
    asked_first: Iterable[str] = (),
    progress: Progress = lambda name, done, total: None,
) -> tuple[dict[str, Path], dict[str, str]]:
    """Where each file is, by its sha256, and why the others could not be had.

    A file with another hash than the declared one is never among them. Each file is fetched at the
    most once; a host that does not answer is not asked again.
    """
    found: dict[str, Path] = {}
    missing: dict[str, str] = {}
    silent: set[str] = set()
    for file in {file.sha256: file for file in files}.values():
        path, why = _fetch(file, cache, tuple(asked_first), silent, progress)
        if path:
            found[file.sha256] = path
        else:
            missing[file.sha256] = why
    return found, missing


def find_data(
    files: Iterable[DataFile], cache: Path, asked_first: Iterable[str] = ()
) -> tuple[dict[str, Path], dict[str, str]]:
    """The same of what is on this machine: nothing is fetched, nothing is written."""
    found: dict[str, Path] = {}
    missing: dict[str, str] = {}
    for file in {file.sha256: file for file in files}.values():
        own = [place for place in _addresses(file, asked_first) if "://" not in place]
        paths = [cache / file.sha256, *map(Path, own)]
        right = (path for path in paths if path.is_file() and file_sha256(path) == file.sha256)
        if path := next(right, None):
            found[file.sha256] = path
        else:
            missing[file.sha256] = "it is not on this machine"
    return found, missing


def _fetch(
    file: DataFile, cache: Path, asked_first: tuple[str, ...], silent: set[str], progress: Progress
) -> tuple[Path | None, str]:
    kept = cache / file.sha256
    if kept.is_file() and file_sha256(kept) == file.sha256:
        return kept, ""
    why = "no address is declared for it"
    for place in _addresses(file, asked_first):
        try:
            _take(place, file, kept, silent, progress)
            return kept, ""
        except (OSError, ValueError) as error:
            why = f"{place}: {_reason(error)}"
    return None, why


def _addresses(file: DataFile, asked_first: Iterable[str]) -> list[str]:
    """Where the file may be: below each place by its name and by its last part, then its URLs."""
    names = dict.fromkeys((file.name, file.name.rpartition("/")[2]))
    own = [f"{place.rstrip('/')}/{name}" for place in asked_first for name in names]
    return [*(place for place in own if "://" in place or Path(place).is_file()), *file.urls]


def _take(place: str, file: DataFile, kept: Path, silent: set[str], progress: Progress) -> None:
    """Put the file into the cache. Raises OSError or ValueError where that fails."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    if "://" not in place:
        part = kept.with_suffix(".part")
        shutil.copyfile(place, part)
        if file_sha256(part) != file.sha256:
            part.unlink()
            raise ValueError("its hash is not the declared one")
        part.replace(kept)
        return
    host = urlsplit(place).netloc
    if host in silent:
        raise OSError(f"{host} does not answer")
    with _noting_silence(host, silent):
        _download(place, file, kept, progress)


@contextlib.contextmanager
def _noting_silence(host: str, silent: set[str]) -> Any:
    from requests import ConnectionError, Timeout

    try:
        yield
    except (ConnectionError, Timeout):
        silent.add(host)
        raise


def _download(url: str, file: DataFile, kept: Path, progress: Progress) -> None:
    import logging

    import pooch  # 0.15 s that only fetching needs

    pooch.get_logger().setLevel(logging.ERROR)
    downloader = pooch.HTTPDownloader(
        progressbar=_Bar(file.name, progress), timeout=(CONNECT_SECONDS, SILENT_SECONDS)
    )
    pooch.retrieve(url, f"sha256:{file.sha256}", kept.name, kept.parent, downloader=downloader)


class _Bar:
    """pooch's progress interface: passes the state on, and ends a download that takes too long."""

    def __init__(self, name: str, progress: Progress) -> None:
        self.name, self.progress = name, progress
        self.total, self.done = 0, 0
        self.deadline = time.monotonic() + FILE_SECONDS

    def update(self, size: int) -> None:
        """Count some bytes."""
        self.done += size
        self.progress(self.name, self.done, self.total)
        if time.monotonic() > self.deadline:
            raise TimeoutError(f"took longer than {FILE_SECONDS} s")

    def reset(self) -> None:
        """pooch ends a bar by starting it again and filling it."""
        self.done = 0

    def close(self) -> None:
        """Nothing is held."""


def _reason(error: Exception) -> str:
    """The cause in a few words: requests nests them deeply."""
    text = str(error)
    if isinstance(error, ValueError) and "hash" in text:
        return "its hash is not the declared one"
    if "Timeout" in type(error).__name__:
        return "no answer in time"
    if "resolve" in text:
        return "the host is not known here"
    return "cannot be reached" if "Connection" in type(error).__name__ else text.splitlines()[0]
