"""What a blog and a post begin with: the files of `init`, the file of `new`."""

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
"""Those in which there is a first post."""
_LONGEST = 120
"""Bytes of a slug that is made of a title."""
_USES = ("matplotlib", "numpy")
"""What the first post imports."""
_DATE = "DATE"
"""Stands for the day in names of the starter's files."""


def make_blog(folder: Path, lang: str, today: date) -> list[str]:
    """Write a blog whose one post runs; the paths of its files, relative to it.

    Raises SettingsError where the folder holds anything.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SettingsError(Problem(str(folder), 0, 0, "is not empty", "give a new folder"))
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
    """Write the file of a new post; its path relative to the blog.

    Raises SettingsError for a title that gives no name, EvergreenError where the file is there.
    """
    name = slug_of(slug or title)
    if not name:
        what = f"no word in {title!r}"
        raise SettingsError(Problem("new", message=what, advice="add --slug WORD"))
    path = f"posts/{today.isoformat()}-{name}.md"
    file = root / path
    file.parent.mkdir(exist_ok=True)
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(f"---\ntitle: {_quoted(title)}\ntags: []\n---\n\n")
    except FileExistsError:
        advice = "edit it, or give another title or --slug"
        raise EvergreenError(Problem(path, message="is there already", advice=advice)) from None
    return path


def slug_of(title: str) -> str:
    """A title's letters and digits of any script, hyphens between the words; "" where none are."""
    plain = unicodedata.normalize("NFC", title).lower()
    kept = "".join(sign if unicodedata.category(sign)[0] in "LMN" else " " for sign in plain)
    whole = "-".join(kept.split())
    short = whole.encode()[:_LONGEST].decode(errors="ignore")
    return short if short == whole else short.rpartition("-")[0] or short


def _files(folder: Path) -> Iterator[tuple[str, str]]:
    """Path and text of each file below a folder; `dot-NAME` stands for `.NAME`."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            name = re.sub(r"(^|/)dot-", r"\1.", path.relative_to(folder).as_posix())
            yield name, path.read_text("utf-8")


def _with_engine(script: str, folder: Path) -> str:
    """The blog's build.py, told of the checkout where the engine is not installed."""
    sources = checkout()
    if sources is None:
        return script
    return script.replace('ENGINE = ""', f"ENGINE = {_quoted(os.path.relpath(sources, folder))}")


def _requirements(folder: Path) -> str:
    """The engine as it is here, and what the first post imports."""
    posts = "\n".join(
        f"{name}=={version}" if (version := _version(name)) else name for name in _USES
    )
    return f"# The engine.\n{_engine(folder)}\n\n# What the posts import.\n{posts}\n"


def _engine(folder: Path) -> str:
    """Where pip gets this engine: a checkout, a repository, or the package index."""
    if (sources := checkout()) is not None:
        path = os.path.relpath(sources, folder)
        return f"{path}  # a folder of this machine; elsewhere: {DISTRIBUTION}=={__version__}"
    try:
        origin = json.loads(
            metadata.distribution(DISTRIBUTION).read_text("direct_url.json") or "{}"
        )
    except metadata.PackageNotFoundError:
        origin = {}
    return _from_repository(origin) or f"{DISTRIBUTION}=={__version__}"


def _from_repository(origin: Mapping[str, Mapping[str, str]]) -> str:
    """A requirement of the same commit (PEP 610); "" where it is from no repository."""
    if not (found := origin.get("vcs_info")):
        return ""
    return f"{DISTRIBUTION} @ {found['vcs']}+{origin['url']}@{found['commit_id']}"


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _quoted(text: str) -> str:
    """A text in double quotes, as YAML and Python read it."""
    return json.dumps(text, ensure_ascii=False)
