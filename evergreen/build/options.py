"""The options of a build: settings, choices of the user, and the folders that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from evergreen.content.jekyll.detect import source_folder
from evergreen.dataclass import dataclass
from evergreen.errors import Problem, SettingsError
from evergreen.model import Site
from evergreen.packaged import TEMPLATES, packaged
from evergreen.paths import OWN
from evergreen.settings import settings_here
from evergreen.site.themes import find_theme


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """Everything that a user decides about a build."""

    root: Path
    output: Path
    site: Site
    force: bool = False
    """True: run all code, whatever the records say."""
    execute: bool = True
    """False: publish from the records only."""
    drafts: bool = False
    future: bool = False
    jobs: int = 0
    """Posts that run at once; 0: one per core."""
    executor: str = ""
    """The address of a Dask scheduler; "": this machine."""
    max_time: float = 0.0
    """Seconds after which all runs are stopped; 0: no limit."""
    prewarm: bool = True
    """True: kernels may be forked from a prepared parent process."""

    @property
    def executors(self) -> Mapping[str, str]:
        """Return the executors by resource; the option `--executor` is for all posts."""
        own = self.site.execution.executors
        return dict.fromkeys((*own, "default"), self.executor) if self.executor else own

    @property
    def cache(self) -> Path:
        """Return the folder of what can be made again."""
        return self.root / ".cache"

    @property
    def memo(self) -> Path:
        """Return the folder of the page cache."""
        return self.cache / "pages"

    @property
    def compiled(self) -> Path:
        """Return the folder of compiled templates."""
        return self.cache / "templates"

    @property
    def pictures(self) -> Path:
        """Return the folder of the copies of pictures."""
        return self.cache / "pictures"

    @property
    def environments(self) -> Path:
        """Return the folder of the posts' own Python environments."""
        return self.cache / "environments"

    @property
    def checkpoints(self) -> Path:
        """Return the folder of the checkpoints of long runs."""
        return self.cache / "checkpoints"

    @property
    def store(self) -> Path:
        """Return the folder of the records."""
        return self.root / self.site.records.path

    @property
    def verdicts(self) -> Path:
        """Return the file with the history of checks, next to the records."""
        return self.store / "checks.json"

    @property
    def templates(self) -> tuple[Path, ...]:
        """Return the folders of templates; of each name the first folder's is used."""
        theme = (self.theme,) if self.theme else ()
        own = self.root / TEMPLATES
        return (own, *self.site.hooks.folders, *theme, packaged(TEMPLATES))

    @property
    def theme(self) -> Path | None:
        """Return the folder of the theme; None for the built-in one. Raises SettingsError."""
        return find_theme(self.root, self.site.theme)


def read_options(root: Path, output: Path | None = None) -> BuildOptions:
    """Return the default options of the blog in a folder. Raises SettingsError.

    The default output is `_site`, or `_evergreen` if `_site` holds a site that Jekyll has built.
    Both are beside `_config.yml`, even where that names another folder as its `source`.
    """
    given, home = root, root.resolve()
    root = source_folder(home)
    site = settings_here(root)
    if not site.jekyll and not any((root / folder).is_dir() for folder in ("posts", "pages")):
        advice = "go to the blog's folder, or give --root DIR"
        raise SettingsError(Problem(str(given), 0, 0, "no posts/ and no pages/", advice))
    if output and output.resolve() in (root, *root.parents):
        message, advice = "this folder contains the blog", "choose a folder only for the site"
        raise SettingsError(Problem(f"--output {output}", 0, 0, message, advice))
    return BuildOptions(root, output or _output(home, bool(site.jekyll)), site)


def _output(root: Path, is_jekyll: bool) -> Path:
    folder = root / "_site"
    is_theirs = is_jekyll and folder.is_dir() and not (folder / OWN).exists()
    return root / "_evergreen" if is_theirs and any(folder.iterdir()) else folder
