"""What was asked for: the arguments and the settings of one build, and the places that follow."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evergreen.model import Site
from evergreen.packaged import packaged


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """What was asked for."""

    root: Path
    output: Path
    site: Site
    force: bool = False
    """Run all code, whatever the records say."""
    execute: bool = True
    """False: publish from the records alone."""
    drafts: bool = False
    future: bool = False
    jobs: int = 0
    """Runs at once; 0: one a core."""
    executor: str = ""
    """The address of a Dask scheduler; "": this machine."""
    prewarm: bool = True
    """Kernels may be forked from a prepared parent."""

    @property
    def cache(self) -> Path:
        """The folder of what can be made again."""
        return self.root / ".cache"

    @property
    def memo(self) -> Path:
        """The folder of the pages."""
        return self.cache / "pages"

    @property
    def compiled(self) -> Path:
        """The folder of the compiled templates."""
        return self.cache / "templates"

    @property
    def environments(self) -> Path:
        """The folder of the posts' own Python environments."""
        return self.cache / "environments"

    @property
    def store(self) -> Path:
        """The folder of the records."""
        return self.root / self.site.records.path

    @property
    def verdicts(self) -> Path:
        """The file of what checks found, beside the records."""
        return self.store / "checks.json"

    @property
    def templates(self) -> tuple[Path, ...]:
        """Where templates are looked for, first hit wins."""
        return (self.root / "templates", packaged("templates"))
