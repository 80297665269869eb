"""Resolve requirements as of a day, with uv's `--exclude-newer` or pip's `--uploaded-prior-to`.

Only a package index tells when a file was uploaded: folders of wheels are left out.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from evergreen.dataclass import dataclass
from evergreen.execution.environments.installer import (
    NotInstalled,
    NotReached,
    find_uv,
    run_installer,
)
from evergreen.execution.environments.pylock import (
    Lock,
    for_python,
    from_pip,
    parse_lock,
    without,
)
from evergreen.execution.environments.pythons import HERE, Python
from evergreen.execution.scratch import scratch_folder
from evergreen.model.pythons import release_day
from evergreen.model.requirements import distribution_name
from evergreen.regex import regex

# A build of one of these takes minutes, or needs more than a compiler: if no release by the day has
# a wheel for this Python, the message should say so at once.
_COMPILED = """
numpy scipy pandas matplotlib scikit-learn scikit-image statsmodels tensorflow tensorflow-cpu torch
torchvision torchaudio jaxlib h5py tables netcdf4 pillow opencv-python opencv-python-headless numba
llvmlite pyarrow polars lxml grpcio xgboost lightgbm catboost spacy thinc blis gensim shapely fiona
rasterio pyproj gdal pyqt5 pyqt6 pyside6 vtk ray duckdb cryptography tokenizers sentencepiece
""".split()

_EMPTY = 'lock-version = "1.0"\ncreated-by = "evergreen"\npackages = []\n'
_FOLDERS = {"PIP_FIND_LINKS": "", "UV_FIND_LINKS": ""}
_UNTIMED = regex(
    r"filtered by `exclude-newer`.*latest version satisfying the requirement is v\S+\.(?=\s|$)"
    r"|does not provide upload-time metadata"
)
_LATER = regex(r"`([\w.-]+)` was filtered by `exclude-newer`.*published at (\d{4}-\d\d-\d\d)")
_UNKNOWN_OPTION = regex(r"no such option: --uploaded-prior-to")


@dataclass(frozen=True, slots=True)
class _Query:
    requires: Sequence[str]
    day: str
    near: Lock | None
    dependencies: bool
    python: Python = HERE


def resolve(
    requires: Sequence[str],
    day: str,
    wheels_only: bool = False,
    near: Lock | None = None,
    dependencies: bool = True,
    pythons: Iterable[Python] = (HERE,),
) -> Lock:
    """Return the newest releases that had been uploaded by the end of a day (UTC). Raises
    NotInstalled.

    Releases of `near` are kept where the requirements allow it. As pip would have done on that day,
    small packages without wheels are built, but with `wheels_only` no code of packages runs.
    The first of `pythons` is taken for which there are releases.
    """
    if day > datetime.now(UTC).date().isoformat():
        raise NotInstalled(f"'as_of' is {day}, a day in the future", "name a day that has passed")
    if not requires:
        return Lock(_EMPTY)
    errors = []
    for python in pythons:
        query = _Query(requires, day, near, dependencies, python)
        try:
            lock = _resolve(query, [":all:"] if wheels_only else _COMPILED)
        except NotReached:
            raise
        except NotInstalled as error:
            errors.append(_with_python(error, day) if python == HERE else error)
        else:
            return _of(python, lock)
    raise errors[-1]


def _of(python: Python, lock: Lock) -> Lock:
    """Return a lock with its Python, without what is linked from the engine for the kernel."""
    if python != HERE:
        return for_python(lock, python.version)
    return without(lock, _of_kernel(lock.versions))


def python_existed(day: str) -> bool:
    """True if this Python had been released by a day."""
    return day >= python_day()


def python_day() -> str:
    """Return the day on which this Python was released; "" if it is not known."""
    return release_day(platform.python_version())


def _resolve(query: _Query, wheels_of: Sequence[str]) -> Lock:
    end = f"{date.fromisoformat(query.day) + timedelta(days=1)}T00:00:00Z"
    options = [part for name in wheels_of for part in ("--only-binary", name)]
    options += [] if query.dependencies else ["--no-deps"]
    with scratch_folder() as folder:
        try:
            if uv := find_uv():
                return _with_uv(uv, folder, query, [*options, "--exclude-newer", end])
            return _with_pip(query, [*options, "--uploaded-prior-to", end])
        except NotInstalled as error:
            raise _explained(error, query.day) from None


def _with_uv(uv: str, folder: Path, query: _Query, options: Sequence[str]) -> Lock:
    wanted, found = folder / "requirements.in", folder / "pylock.toml"
    wanted.write_text("\n".join(query.requires) + "\n", "utf-8")
    if query.near:  # uv keeps the versions of a file that it writes again
        found.write_text(query.near.text, "utf-8")
    command = [uv, "pip", "compile", "--no-header", "--quiet"]
    command += ["--python", query.python.command]
    output = ["--format", "pylock.toml", "--output-file", str(found)]
    run_installer([*command, *options, *output, str(wanted)], _FOLDERS)
    return parse_lock(found.read_text("utf-8"))


def _with_pip(query: _Query, options: Sequence[str]) -> Lock:
    other = ["--python", query.python.path] if query.python.path else []
    command = [sys.executable, "-m", "pip", *other, "install", "--no-input", "--dry-run", "--quiet"]
    report = ["--ignore-installed", "--report", "-"]
    with scratch_folder() as folder:
        kept = folder / "near.txt"
        lines = [f"{name}=={version}" for name, version in _kept(query).items()]
        kept.write_text("\n".join(lines) + "\n", "utf-8")
        bounds = ["-c", str(kept)] if lines else []
        said = run_installer([*command, *report, *options, *bounds, *query.requires], _FOLDERS)
    return from_pip(json.loads(said), query.python.version)


def _kept(query: _Query) -> dict[str, str]:
    """Return the versions of `near` for what the requirements do not name."""
    if query.near is None:
        return {}
    named = set(map(distribution_name, query.requires))
    versions = query.near.versions.items()
    return {name: each for name, each in versions if name not in named and ":" not in each}


def _explained(error: NotInstalled, day: str) -> NotInstalled:
    """Return the error in our words where the day is the cause."""
    if isinstance(error, NotReached):
        return error
    if _UNKNOWN_OPTION.search(error.output):
        message = "the installed pip cannot choose releases by their date"
        return NotInstalled(message, "install uv, or pip 26 or newer")
    if _UNTIMED.search(error.output):
        message = "the package index does not tell when its files were uploaded"
        return NotInstalled(message, "use another index, or remove 'as_of' and name the versions")
    if later := _LATER.search(error.output):
        message = f"no usable release of {later[1]} had been uploaded by {day}"
        return NotInstalled(message, "choose a later day, or fix the requirement")
    return error


def _with_python(error: NotInstalled, day: str) -> NotInstalled:
    if isinstance(error, NotReached) or python_existed(day):
        return error
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    message = f"{error.message} for Python {here}, which was released on {python_day()}"
    return NotInstalled(message, error.advice)


def _of_kernel(versions: Mapping[str, str]) -> set[str]:
    """Return the packages that the kernel needs in another version; its own are linked instead."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    from evergreen.execution.environments import kernel  # takes 60 ms to import

    bounds = [*map(Requirement, kernel.needs()), Requirement("ipykernel<0")]
    return {
        name
        for each in bounds
        if (name := canonicalize_name(each.name)) in versions
        and not each.specifier.contains(versions[name], prereleases=True)
    }
