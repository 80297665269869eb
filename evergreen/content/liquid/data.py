"""`_data`: YAML, JSON and CSV files by their names without suffix; a folder is a mapping."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import field
from io import StringIO
from pathlib import Path
from typing import Any

from evergreen.content.frontmatter import decode
from evergreen.content.yaml_mapping import MappingError, read_value
from evergreen.dataclass import dataclass
from evergreen.errors import fault, place_in
from evergreen.paths import points_outside

FOLDER = "_data"
SUFFIXES = (".yml", ".yaml", ".json", ".csv", ".tsv")


@dataclass(slots=True)
class DataFolder:
    """The data files of a blog; each is read once, on first use."""

    root: Path
    folder: str = FOLDER
    _values: dict[str, Any] = field(default_factory=dict)

    def read(self, name: str) -> Any:
        """Return the value of a name; None if there is none.

        Raises EvergreenError, at a place in the file, if it cannot be read.
        """
        if name not in self._values:
            self._values[name] = self._read(self.root / self.folder, name)
        return self._values[name]

    def digest(self, name: str) -> str:
        """Return a hash of the files of a name."""
        found = hashlib.sha256()
        for path in self._files(self.root / self.folder, name):
            content = path.read_bytes()
            found.update(f"{path.relative_to(self.root)} {len(content)} ".encode() + content)
        return found.hexdigest()

    def _files(self, base: Path, name: str) -> list[Path]:
        if "/" in name or name.startswith("."):
            return []
        inside = self.root.resolve()
        folder = (base / name).rglob("*") if (base / name).is_dir() else ()
        found = [*(base / f"{name}{suffix}" for suffix in SUFFIXES), *sorted(folder)]
        return [path for path in found if path.is_file() and not points_outside(inside, path)]

    def _read(self, base: Path, name: str) -> Any:
        for path in self._files(base, name):
            if path.parent == base:
                return _parse(path, path.relative_to(self.root).as_posix())
        if (base / name).is_dir() and self._files(base, name):
            stems = sorted({path.name.split(".")[0] for path in (base / name).iterdir()})
            return {stem: self._read(base / name, stem) for stem in stems}
        return None


def _parse(path: Path, name: str) -> Any:
    """Return the value in a file. Raises EvergreenError."""
    text = ""
    try:
        text = decode(name, path.read_bytes())
        if path.suffix == ".json":
            return json.loads(text)
        if path.suffix in (".csv", ".tsv"):
            return list(csv.DictReader(StringIO(text), delimiter=_SIGNS[path.suffix]))
        return read_value(text)
    except MappingError as error:
        line, column = place_in(text, error.index)
        raise fault(name, error.message, error.advice, line=line, column=column) from None
    except json.JSONDecodeError as error:
        what, line, column = f"not JSON: {error.msg}", error.lineno, error.colno
        raise fault(name, what, "write valid JSON", line=line, column=column) from None
    except (ValueError, RecursionError, OSError, csv.Error) as error:
        what = getattr(error, "strerror", None) or str(error)
        raise fault(name, f"cannot be read: {what}", "correct it") from None


_SIGNS = {".csv": ",", ".tsv": "\t"}
