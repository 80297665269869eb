"""Locks with hashes, in the format of PEP 751 (`pylock.toml`)."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Collection, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from evergreen.dataclass import dataclass
from evergreen.regex import regex

_PACKAGE = "\n[[packages]]\n"
_CREDENTIALS = regex(r"(?<=://)[^/\s\"@]+@")
_HEAD = regex(r"(?:#[^\n]*\n)+")


@dataclass(frozen=True)
class Lock:
    """A set of releases, with the hashes of their files."""

    text: str
    """Its TOML, without comments at its beginning."""

    @cached_property
    def packages(self) -> tuple[Mapping[str, Any], ...]:
        """The tables of the packages, as in the file."""
        return tuple(tomllib.loads(self.text).get("packages", ()))

    @cached_property
    def python(self) -> str:
        """The version of the Python that it is for, as 3.9.18; "" for the engine's."""
        tools = tomllib.loads(self.text).get("tool", {})
        return str(tools.get("evergreen", {}).get("python", ""))

    @property
    def versions(self) -> dict[str, str]:
        """Normalised name → version, or the URL of a package from one."""
        return {each["name"]: each.get("version") or _url(each) for each in self.packages}

    @property
    def identity(self) -> tuple[tuple[str, ...], ...]:
        """Name, version and hashes of each package: what distinguishes environments."""
        found = ((e["name"], e.get("version") or _url(e), *_hashes(e)) for e in self.packages)
        python = [("python", self.python)] if self.python else []
        return tuple(sorted([*found, *python]))

    @property
    def pip_lines(self) -> tuple[str, ...]:
        """The packages as lines of a requirements file, with hashes."""
        return tuple(
            " ".join([_requirement(each), *(f"--hash=sha256:{h}" for h in _hashes(each))])
            for each in self.packages
        )


def read_lock(file: Path) -> Lock | None:
    """Read a lock; None if there is none or it is not valid."""
    try:
        return parse_lock(file.read_text("utf-8"))
    except (OSError, ValueError):
        return None


def parse_lock(text: str) -> Lock:
    """Parse the text of a lock; credentials in its URLs are removed. Raises ValueError."""
    lock = Lock(_CREDENTIALS.sub("", _HEAD.sub("", text, count=1) if text[:1] == "#" else text))
    if not all(isinstance(each.get("name"), str) for each in lock.packages):
        raise ValueError("not a lock")
    return lock


def for_python(lock: Lock, version: str) -> Lock:
    """Return a lock that says for which Python it is."""
    table = f"\n[tool.evergreen]\npython = {_text(version)}\n"
    head, found, rest = lock.text.partition(_PACKAGE)
    return Lock(f"{head.rstrip()}\n{table}{found}{rest}")


def without(lock: Lock, names: Collection[str]) -> Lock:
    """Return a lock without some packages."""
    if not names:
        return lock
    head, *rest = lock.text.split(_PACKAGE)
    kept = [each for each in rest if tomllib.loads(each)["name"] not in names]
    if not kept and rest:
        return Lock(f"{head.rstrip()}\npackages = []\n")
    return Lock(_PACKAGE.join([head, *kept]))


def from_pip(report: Mapping[str, Any], python: str) -> Lock:
    """Return the lock of what an installation report of pip lists.

    https://pip.pypa.io/en/stable/reference/installation-report/
    """
    blocks = [_block(each) for each in sorted(report["install"], key=_name_of)]
    head = f'lock-version = "1.0"\ncreated-by = "pip"\nrequires-python = ">={python}"\n'
    return parse_lock(head + ("".join(blocks) or "packages = []\n"))


def _block(item: Mapping[str, Any]) -> str:
    about, source = item["metadata"], item["download_info"]
    url, hashes = source["url"], source.get("archive_info", {}).get("hashes", {})
    file = f"{{ url = {_text(url)}, hashes = {{ sha256 = {_text(hashes.get('sha256', ''))} }} }}"
    kind = f"wheels = [{file}]" if url.endswith(".whl") else f"sdist = {file}"
    return (
        f"{_PACKAGE}name = {_text(_name_of(item))}\nversion = {_text(about['version'])}\n{kind}\n"
    )


def _name_of(item: Mapping[str, Any]) -> str:
    from packaging.utils import canonicalize_name

    return str(canonicalize_name(item["metadata"]["name"]))


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _requirement(package: Mapping[str, Any]) -> str:
    if version := package.get("version"):
        return f"{package['name']}=={version}"
    return f"{package['name']} @ {_url(package)}"


def _url(package: Mapping[str, Any]) -> str:
    sources = (package.get(kind, {}) for kind in ("archive", "vcs", "directory"))
    return next((str(each.get("url") or each.get("path")) for each in sources if each), "")


def _hashes(package: Mapping[str, Any]) -> list[str]:
    files = [*package.get("wheels", ()), package.get("sdist", {}), package.get("archive", {})]
    return sorted(filter(None, (each.get("hashes", {}).get("sha256", "") for each in files)))
