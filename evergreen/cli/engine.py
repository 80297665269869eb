"""The engine as a requirement of a blog: a wheel in its `vendor/`, or a requirement for pip.

A checkout is built into a wheel, and an engine installed from a file is packed into one again; an
engine from an index or a repository is required from there. The version of a wheel ends with a hash
of its files (`0.1.0+3f2a9c01`), so that pip treats another build as another version.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import io
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from evergreen.dataclass import dataclass
from evergreen.errors import EvergreenError, Problem, SettingsError, last_line
from evergreen.packaged import checkout
from evergreen.regex import regex

DISTRIBUTION = "evergreen-blog"
VENDOR = "vendor"
REQUIREMENTS = "requirements.txt"
_PATTERN = "evergreen_blog-*.whl"
_REQUIRED = regex(r"^[^#\n]*\bevergreen[-_.]blog\b[^\n]*", re.I | re.M)
"""The line of requirements.txt that names the engine."""
_INFO = regex(r"evergreen_blog-([^/]+)\.dist-info/(.+)")
_WITHOUT = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
"""Files of an installed distribution that describe the installation."""


@dataclass(frozen=True, slots=True)
class Engine:
    """The engine in a blog's requirements."""

    requirement: str
    """A line of requirements.txt; a wheel has a path relative to the blog."""
    wheel: bytes = b""
    """Content of that wheel; empty if pip finds the engine elsewhere."""


def running_engine() -> Engine:
    """Return the engine that runs. Raises EvergreenError if no wheel can be made of it."""
    if (sources := checkout()) is not None:
        return _vendored(_built(sources))
    distribution = metadata.distribution(DISTRIBUTION)
    requirement = _requirement(distribution)
    return Engine(requirement) if requirement else _vendored(_installed(distribution))


def named_engine(name: str) -> Engine:
    """Return the engine for the name of a wheel, a source folder, or a requirement.

    Raises SettingsError for anything else, EvergreenError if no wheel can be made of it.
    """
    path = Path(name)
    if path.is_dir() and (path / "evergreen" / "__init__.py").is_file():
        return _vendored(_built(path))
    if path.suffix == ".whl" and path.is_file():
        return _vendored(_wheel_files(path))
    if not name.endswith(".whl") and _REQUIRED.fullmatch(name) and _is_requirement(name):
        return Engine(name)
    advice = f"use a wheel, a folder with Evergreen's sources, or {DISTRIBUTION}==VERSION"
    raise SettingsError(Problem(name, 0, 0, "is not an engine", advice))


def put_engine(root: Path, engine: Engine) -> list[str]:
    """Write an engine into a blog, replacing the old one. Returns the paths written."""
    file = root / REQUIREMENTS
    text = file.read_text("utf-8") if file.exists() else ""
    file.write_text(_with_requirement(text, engine.requirement), "utf-8")
    for old in (root / VENDOR).glob(_PATTERN):
        old.unlink()
    if not engine.wheel:
        return [REQUIREMENTS]
    (root / VENDOR).mkdir(exist_ok=True)
    (root / engine.requirement).write_bytes(engine.wheel)
    return [REQUIREMENTS, engine.requirement.removeprefix("./")]


def _with_requirement(text: str, requirement: str) -> str:
    if _REQUIRED.search(text):
        return _REQUIRED.sub(lambda found: requirement, text, count=1)
    return f"{requirement}\n{text}"


def _requirement(distribution: metadata.Distribution) -> str:
    """Return the requirement of an installed engine; "" if it came from a local file.

    PEP 610: only what was installed by name has no `direct_url.json`. An engine that was unpacked
    from a wheel has no installer.
    """
    origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    url = str(origin.get("url", ""))
    if not origin:
        installed = distribution.read_text("INSTALLER")
        return f"{DISTRIBUTION}=={distribution.version}" if installed else ""
    if not url.startswith("https://"):
        return ""
    if found := origin.get("vcs_info"):
        url = f"{found['vcs']}+{url}@{found['commit_id']}"
    return f"{DISTRIBUTION} @ {url}"


def _is_requirement(text: str) -> bool:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return bool(Requirement(text.strip()))
    except InvalidRequirement:
        return False


def _built(sources: Path) -> dict[str, bytes]:
    """Build a wheel of a checkout with hatchling, or with pip if hatchling is missing; return its
    files.
    """
    with tempfile.TemporaryDirectory() as folder:
        program = ["hatchling", "build", "-t", "wheel", "-d", folder]
        if importlib.util.find_spec("hatchling") is None:
            program = ["pip", "wheel", "-q", "--no-deps", "-w", folder, "."]
        command = [sys.executable, "-m", *program]
        try:
            subprocess.run(command, cwd=sources, capture_output=True, check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            message = f"the engine's wheel cannot be built: {last_line(error)}"
            advice = f"install {sources / REQUIREMENTS} first"
            raise EvergreenError(Problem(str(sources), 0, 0, message, advice)) from None
        (wheel,) = Path(folder).glob(_PATTERN)
        return _wheel_files(wheel)


def _wheel_files(wheel: Path) -> dict[str, bytes]:
    """Read a wheel. Raises SettingsError for a file that is not a wheel of the engine."""
    try:
        with zipfile.ZipFile(wheel) as opened:
            names = (name for name in opened.namelist() if not name.endswith("/"))
            files = {name: opened.read(name) for name in names}
    except (OSError, zipfile.BadZipFile) as error:
        raise SettingsError(Problem(str(wheel), 0, 0, f"is not a wheel: {error}")) from None
    if not any(map(_INFO.fullmatch, files)):
        raise SettingsError(Problem(str(wheel), 0, 0, f"is not a wheel of {DISTRIBUTION}"))
    return files


def _installed(distribution: metadata.Distribution) -> dict[str, bytes]:
    """Return those files of an installed distribution that its wheel had."""
    own = (file for file in distribution.files or () if ".." not in file.parts)
    return {
        file.as_posix(): file.read_binary()
        for file in own
        if file.suffix != ".pyc" and file.name not in _WITHOUT
    }


def _vendored(files: Mapping[str, bytes]) -> Engine:
    version, files = _labelled(files)
    name = f"evergreen_blog-{version}-py3-none-any.whl"
    return Engine(f"./{VENDOR}/{name}", _packed(files, f"evergreen_blog-{version}.dist-info"))


def _labelled(files: Mapping[str, bytes]) -> tuple[str, dict[str, bytes]]:
    """Return the version with a hash of the files as its local part (PEP 440), and the files with
    that version.
    """
    version = next(found[1] for name in files if (found := _INFO.fullmatch(name)))
    public = version.partition("+")[0]
    kept = {name: content for name, content in files.items() if not _is(name, *_WITHOUT)}
    plain = _as_version(kept, version, public)
    digest = hashlib.sha256()
    for name, content in sorted(plain.items()):
        digest.update(f"{name} {hashlib.sha256(content).hexdigest()}\n".encode())
    label = f"{public}+{digest.hexdigest()[:8]}"
    return label, _as_version(plain, public, label)


def _as_version(files: Mapping[str, bytes], old: str, new: str) -> dict[str, bytes]:
    """Rename the version in the files of a wheel."""
    here, there = (f"evergreen_blog-{each}.dist-info/" for each in (old, new))
    before, after = (f"Version: {each}\n".encode() for each in (old, new))
    renamed = {name.replace(here, there, 1): content for name, content in files.items()}
    return {**renamed, f"{there}METADATA": renamed[f"{there}METADATA"].replace(before, after, 1)}


def _packed(files: Mapping[str, bytes], info: str) -> bytes:
    """Pack files with their RECORD into a wheel; the same files give the same bytes."""
    record = "".join(f"{name},{_record_hash(files[name])}\n" for name in sorted(files))
    whole = {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n".encode()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name in sorted(whole, key=lambda name: (name.startswith(info), name)):
            entry = zipfile.ZipInfo(name)  # its default date is 1980-01-01
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            wheel.writestr(entry, whole[name])
    return buffer.getvalue()


def _record_hash(content: bytes) -> str:
    """Format hash and size for RECORD (the wheel format's "Signed wheel files")."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"sha256={digest},{len(content)}"


def _is(name: str, *last: str) -> bool:
    return bool((found := _INFO.fullmatch(name)) and found[2] in last)
