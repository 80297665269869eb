"""What the wheel depends on: the engine's part of requirements.txt, its versions as the least.

A hook of hatchling, named in pyproject.toml.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class Dependencies(MetadataHookInterface):
    """Fills in `dependencies` and `optional-dependencies`."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Of requirements.txt the first paragraph, of requirements-dask.txt all."""
        root = Path(self.root)
        engine = (root / "requirements.txt").read_text("utf-8").partition("\n\n")[0]
        dask = (root / "requirements-dask.txt").read_text("utf-8")
        metadata["dependencies"] = list(least(engine))
        metadata["optional-dependencies"] = {"dask": list(least(dask))}


def least(text: str) -> list[str]:
    """`Jinja2==3.1.6  # templates` → `Jinja2>=3.1.6`, for each line that names a package."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line.replace("==", ">=") for line in lines if line]
