"""Create files: a new blog for `init`, a new post for `new`."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from importlib import metadata
from pathlib import Path

from evergreen import __version__
from evergreen.errors import EvergreenError, Problem, SettingsError
from evergreen.packaged import checkout, packaged

DISTRIBUTION = "evergreen-blog"
LANGUAGES = ("en", "zh")
"""Languages of the first post."""
_LONGEST = 120
"""Bytes of a slug that is made from a title."""
_USES = ("matplotlib", "numpy")
"""Packages that the first post imports."""
_DATE = "DATE"
"""Placeholder for the date in names of the starter's files."""


def make_blog(folder: Path, lang: str, today: date) -> list[str]:
    """Write a blog with one post that runs; return the paths of its files, relative to it.

    Raises SettingsError if the folder is not empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingsError(Problem(str(folder), 0, 0, "is not empty", "choose a new folder"))
    files = dict(_files(packaged("starter") / "all"))
    files |= dict(_files(packaged("starter") / lang))
    files |= {f".github/{name}": text for name, text in _files(packaged(".github"))}
    files["build.py"] = _with_engine(files["build.py"], folder)
    files["requirements.txt"] = _requirements(folder)
    for name, text in files.items():
        path = folder / name.replace(_DATE, today.isoformat())
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return sorted(name.replace(_DATE, today.isoformat()) for name in files)


def new_post(root: Path, title: str, today: date, slug: str = "") -> str:
    """Write the file of a new post; return its path relative to the blog.

    Raises SettingsError for a title without letters and digits, EvergreenError if the file exists.
    """
    name = slug_of(slug or title)
    if not name:
        what = f"no letters or digits in {title!r}"
        raise SettingsError(Problem("new", message=what, advice="add --slug WORD"))
    path = f"posts/{today.isoformat()}-{name}.md"
    file = root / path
    file.parent.mkdir(exist_ok=True)
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(f"---\ntitle: {_quoted(title)}\ntags: []\n---\n\n")
    except FileExistsError:
        advice = "edit it, or choose another title or --slug"
        raise EvergreenError(Problem(path, message="exists already", advice=advice)) from None
    return path


def slug_of(title: str) -> str:
    """Join a title's letters and digits of any script with hyphens; "" if there are none."""
    plain = unicodedata.normalize("NFC", title).lower()
    kept = "".join(sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in plain)
    whole = "-".join(kept.split())
    short = whole.encode()[:_LONGEST].decode(errors="ignore")
    return short if short == whole else short.rpartition("-")[0] or short


def _files(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield path and text of each file below a folder; `dot-NAME` means `.NAME`."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            name = re.sub(r"(^|/)dot-", r"\1.", path.relative_to(folder).as_posix())
            yield name, path.read_text("utf-8")


def _with_engine(script: str, folder: Path) -> str:
    """Insert the path of the source checkout into the blog's build.py, if there is one."""
    sources = checkout()
    if sources is None:
        return script
    return script.replace('ENGINE = ""', f"ENGINE = {_quoted(os.path.relpath(sources, folder))}")


def _requirements(folder: Path) -> str:
    """Return requirements.txt: this version of the engine, and what the first post imports."""
    posts = "\n".join(
        f"{name}=={version}" if (version := _version(name)) else name for name in _USES
    )
    return f"# The engine.\n{_engine(folder)}\n\n# What the posts import.\n{posts}\n"


def _engine(folder: Path) -> str:
    """Return the requirement for this engine: a checkout, a repository, or the package index."""
    if (sources := checkout()) is not None:
        path = os.path.relpath(sources, folder)
        return f"{path}  # a folder on this machine; elsewhere: {DISTRIBUTION}=={__version__}"
    try:
        origin = json.loads(
            metadata.distribution(DISTRIBUTION).read_text("direct_url.json") or "{}"
        )
    except metadata.PackageNotFoundError:
        origin = {}
    return _from_repository(origin) or f"{DISTRIBUTION}=={__version__}"


def _from_repository(origin: Mapping[str, Mapping[str, str]]) -> str:
    """Return a requirement for the installed commit (PEP 610); "" if not from a repository."""
    if not (found := origin.get("vcs_info")):
        return ""
    return f"{DISTRIBUTION} @ {found['vcs']}+{origin['url']}@{found['commit_id']}"


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _quoted(text: str) -> str:
    """Quote a text as YAML and Python read it."""
    return json.dumps(text, ensure_ascii=False)
