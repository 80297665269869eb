"""Small handmade wheels, for installers without an index."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path


def write_wheel(
    folder: Path,
    name: str,
    version: str,
    files: Mapping[str, str] | None = None,
    needs: tuple[str, ...] = (),
) -> Path:
    """Write a wheel with some files; without any, with a module that holds its version."""
    files = files or {f"{name}.py": f"__version__ = {version!r}\n"}
    info = f"{name}-{version}.dist-info"
    required = "".join(f"Requires-Dist: {each}\n" for each in needs)
    about = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{required}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{each},,\n" for each in [*files, *about, f"{info}/RECORD"])
    place = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(place, "w") as archive:
        for path, text in {**files, **about, f"{info}/RECORD": record}.items():
            archive.writestr(path, text)
    return place
