"""Writes the inventories of the documentation, docs/inventories: `python -m tools.inventories`.

Those that libraries publish have tens of thousands of names; these have the ones that the code of
the documentation uses.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "docs" / "inventories"
_NUMPY = "reference/generated/$.html#$"
_PYPLOT = "api/_as_gen/$.html#$"
PLACES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "matplotlib": {
        **{f"matplotlib.pyplot.{name}": ("function", _PYPLOT) for name in ("plot", "show", "stem")},
        "matplotlib.pyplot.figure": ("function", _PYPLOT),
    },
    "numpy": {
        f"numpy.{name}": ("function", _NUMPY) for name in ("array", "cumsum", "loadtxt", "polyfit")
    },
    "python": {
        "csv.DictReader": ("class", "library/csv.html#$"),
        "datetime.date": ("class", "library/datetime.html#$"),
        "gzip.compress": ("function", "library/gzip.html#$"),
        "hashlib.sha256": ("function", "library/hashlib.html#$"),
        "pathlib.Path": ("class", "library/pathlib.html#$"),
        "re.search": ("function", "library/re.html#$"),
        "tempfile.mkdtemp": ("function", "library/tempfile.html#$"),
    },
}
"""Inventory → name → its role and place; `$` is the name."""


def inventory(project: str) -> bytes:
    """Return an inventory as Sphinx writes it (version 2 of `objects.inv`)."""
    places = sorted(PLACES[project].items())
    lines = "".join(f"{name} py:{role} 1 {place} -\n" for name, (role, place) in places)
    head = f"# Sphinx inventory version 2\n# Project: {project}\n# Version: \n"
    note = "# The remainder of this file is compressed using zlib.\n"
    return f"{head}{note}".encode() + zlib.compress(lines.encode(), 9)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name in PLACES:
        (FOLDER / f"{name}.inv").write_bytes(inventory(name))
