"""Extract tar archives, with and without the filters of `tarfile` (PEP 706, Python 3.11.4)."""

from __future__ import annotations

import tarfile
from pathlib import Path, PurePosixPath

HAS_FILTERS = hasattr(tarfile, "tar_filter")


def extract_own(archive: tarfile.TarFile, folder: Path) -> None:
    """Extract an archive that this engine has made and checked."""
    if HAS_FILTERS:
        archive.extractall(folder, filter="fully_trusted")
    else:
        archive.extractall(folder)


def extract_inside(archive: tarfile.TarFile, folder: Path, filters: bool = HAS_FILTERS) -> None:
    """Extract an archive into a folder and nowhere else. Raises TarError for other members."""
    if filters:
        archive.extractall(folder, filter="tar")
        return
    for member in archive:
        name = PurePosixPath(member.name)
        if name.is_absolute() or ".." in name.parts:
            raise tarfile.TarError(f"{member.name!r} is outside of the archive's folder")
    archive.extractall(folder)
