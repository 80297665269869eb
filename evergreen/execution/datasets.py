"""Declared data files: downloaded once, checked by SHA-256, cached under their hash."""

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
"""Environment variable with folders or URL prefixes that are tried before a file's own URLs."""

CONNECT_SECONDS = 5
SILENT_SECONDS = 20
FILE_SECONDS = 600

DownloadProgress = Callable[[str, int, int], None]
"""Called during a download: file name, bytes so far, total bytes (0: unknown)."""


def read_mirrors(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Split EVERGREEN_DATA at colons, except the colons of a URL's scheme and port."""
    parts = re.split(rf"{os.pathsep}(?!//)(?!\d+(?:/|{os.pathsep}|$))", environ.get(VARIABLE, ""))
    return tuple(part for part in parts if part)


def fetch_data(
    files: Iterable[DataFile],
    cache: Path,
    mirrors: Iterable[str] = (),
    progress: DownloadProgress = lambda name, done, total: None,
) -> tuple[dict[str, Path], dict[str, str]]:
    """Return the path of each file by its SHA-256, and the reason for each file not found.

    A file whose hash differs from the declared one is never returned. Each file is downloaded at
    most once; a host that does not answer is not tried again.
    """
    found: dict[str, Path] = {}
    missing: dict[str, str] = {}
    unreachable: set[str] = set()
    for file in {file.sha256: file for file in files}.values():
        path, why = _fetch(file, cache, tuple(mirrors), unreachable, progress)
        if path:
            found[file.sha256] = path
        else:
            missing[file.sha256] = why
    return found, missing


def find_data(
    files: Iterable[DataFile], cache: Path, mirrors: Iterable[str] = ()
) -> tuple[dict[str, Path], dict[str, str]]:
    """Look for the files on this machine only: download nothing, write nothing."""
    found: dict[str, Path] = {}
    missing: dict[str, str] = {}
    for file in {file.sha256: file for file in files}.values():
        own = [place for place in _locations(file, mirrors) if "://" not in place]
        paths = [cache / file.sha256, *map(Path, own)]
        right = (path for path in paths if path.is_file() and file_sha256(path) == file.sha256)
        if path := next(right, None):
            found[file.sha256] = path
        else:
            missing[file.sha256] = "it is not on this machine"
    return found, missing


def _fetch(
    file: DataFile,
    cache: Path,
    mirrors: tuple[str, ...],
    unreachable: set[str],
    progress: DownloadProgress,
) -> tuple[Path | None, str]:
    cached = cache / file.sha256
    if cached.is_file() and file_sha256(cached) == file.sha256:
        return cached, ""
    why = "no address is declared for it"
    for place in _locations(file, mirrors):
        try:
            _store(place, file, cached, unreachable, progress)
            return cached, ""
        except (OSError, ValueError) as error:
            why = f"{place}: {_reason(error)}"
    return None, why


def _locations(file: DataFile, mirrors: Iterable[str]) -> list[str]:
    """List where the file may be: in each mirror by path and by base name, then at its URLs."""
    names = dict.fromkeys((file.name, file.name.rpartition("/")[2]))
    own = [f"{place.rstrip('/')}/{name}" for place in mirrors for name in names]
    return [*(place for place in own if "://" in place or Path(place).is_file()), *file.urls]


def _store(
    place: str, file: DataFile, cached: Path, unreachable: set[str], progress: DownloadProgress
) -> None:
    """Copy or download the file into the cache. Raises OSError or ValueError."""
    cached.parent.mkdir(parents=True, exist_ok=True)
    if "://" not in place:
        part = cached.with_suffix(".part")
        shutil.copyfile(place, part)
        if file_sha256(part) != file.sha256:
            part.unlink()
            raise ValueError("its hash is not the declared one")
        part.replace(cached)
        return
    host = urlsplit(place).netloc
    if host in unreachable:
        raise OSError(f"{host} does not answer")
    with _note_timeouts(host, unreachable):
        _download(place, file, cached, progress)


@contextlib.contextmanager
def _note_timeouts(host: str, unreachable: set[str]) -> Any:
    from requests import ConnectionError, Timeout

    try:
        yield
    except (ConnectionError, Timeout):
        unreachable.add(host)
        raise


def _download(url: str, file: DataFile, cached: Path, progress: DownloadProgress) -> None:
    import logging

    import pooch  # takes 0.15 s to import

    pooch.get_logger().setLevel(logging.ERROR)
    downloader = pooch.HTTPDownloader(
        progressbar=_ProgressAdapter(file.name, progress), timeout=(CONNECT_SECONDS, SILENT_SECONDS)
    )
    pooch.retrieve(url, f"sha256:{file.sha256}", cached.name, cached.parent, downloader=downloader)


class _ProgressAdapter:
    """pooch's progress interface: reports the state and stops a download that takes too long."""

    def __init__(self, name: str, progress: DownloadProgress) -> None:
        self.name, self.progress = name, progress
        self.total, self.done = 0, 0
        self.deadline = time.monotonic() + FILE_SECONDS

    def update(self, size: int) -> None:
        """Count received bytes."""
        self.done += size
        self.progress(self.name, self.done, self.total)
        if time.monotonic() > self.deadline:
            raise TimeoutError(f"took longer than {FILE_SECONDS} s")

    def reset(self) -> None:
        """Set the count to 0: pooch ends a bar by resetting it and filling it once more."""
        self.done = 0

    def close(self) -> None:
        """Do nothing: there is nothing to release."""


def _reason(error: Exception) -> str:
    """Return the cause in a few words; requests nests it deeply."""
    text = str(error)
    if isinstance(error, ValueError) and "hash" in text:
        return "its hash is not the declared one"
    if "Timeout" in type(error).__name__:
        return "no answer in time"
    if "resolve" in text:
        return "the host is not known here"
    return "cannot be reached" if "Connection" in type(error).__name__ else text.splitlines()[0]
