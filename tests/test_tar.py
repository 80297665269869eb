"""Archives are extracted with and without the filters of newer Pythons."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from evergreen.tar import HAS_FILTERS, extract_inside


def archive_of(name: str) -> io.BytesIO:
    """Return an archive with one file."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = 3
        archive.addfile(entry, io.BytesIO("文".encode()))
    buffer.seek(0)
    return buffer


@pytest.mark.parametrize("filters", sorted({False, HAS_FILTERS}))
def test_a_file_is_extracted(tmp_path: Path, filters: bool) -> None:
    with tarfile.open(fileobj=archive_of("数据/a.txt")) as archive:
        extract_inside(archive, tmp_path, filters)
    assert (tmp_path / "数据/a.txt").read_text("utf-8") == "文"


@pytest.mark.parametrize("filters", sorted({False, HAS_FILTERS}))
def test_a_file_outside_of_the_folder_is_refused(tmp_path: Path, filters: bool) -> None:
    place = tmp_path / "inner"
    place.mkdir()
    with (
        tarfile.open(fileobj=archive_of("../a.txt")) as archive,
        pytest.raises(tarfile.TarError, match="outside"),
    ):
        extract_inside(archive, place, filters)
    assert [place] == list(tmp_path.iterdir())
