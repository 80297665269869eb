"""Dependencies of the wheel: the first part of requirements.txt, as minimum versions.

A hook of hatchling, named in pyproject.toml.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

EXTRAS = ("citations", "dask", "diagrams", "environments")
"""The optional parts, each with a file of requirements."""


class Dependencies(MetadataHookInterface):
    """Sets `dependencies` and `optional-dependencies`."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Read the first paragraph of requirements.txt, and the files of the extras."""
        root = Path(self.root)
        engine = (root / "requirements.txt").read_text("utf-8").partition("\n\n")[0]
        metadata["dependencies"] = list(least(engine))
        metadata["optional-dependencies"] = {
            name: list(least((root / f"requirements-{name}.txt").read_text("utf-8")))
            for name in EXTRAS
        }


def least(text: str) -> list[str]:
    """Convert pins to minimum versions: `Jinja2==3.1.6  # templates` → `Jinja2>=3.1.6`."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line.replace("==", ">=") for line in lines if line]
