"""A blog as other programs use it: build it, check it, ask why posts would run."""

from __future__ import annotations

from pathlib import Path

from evergreen.build.cache.unchanged import take, unchanged
from evergreen.build.check_days import read_days
from evergreen.build.forecast import BuildForecast, forecast
from evergreen.build.gc_tuning import seldom_collecting
from evergreen.build.linkcheck import check_addresses
from evergreen.build.options import read_options
from evergreen.build.pipeline import publish
from evergreen.build.verify import check
from evergreen.dataclass import replace
from evergreen.errors import Problem, SettingsError
from evergreen.execution.environments.overrides import EnvironmentOverride
from evergreen.execution.progress import Progress
from evergreen.model import CheckReport, Report, Site


class Blog:
    """The blog in a folder; nothing is printed, and nothing runs before a method is called."""

    def __init__(
        self,
        root: str | Path,
        output: str | Path | None = None,
        *,
        drafts: bool = False,
        future: bool = False,
        jobs: int = 0,
    ) -> None:
        """Read the settings; `jobs` are posts that run at once, 0: one per core.

        The default output is `_site` in the blog. Raises SettingsError.
        """
        options = read_options(Path(root), Path(output) if output is not None else None)
        self._options = replace(options, drafts=drafts, future=future, jobs=jobs)

    @property
    def root(self) -> Path:
        """Return the folder of the blog, as an absolute path."""
        return self._options.root

    @property
    def output(self) -> Path:
        """Return the folder of the site."""
        return self._options.output

    @property
    def site(self) -> Site:
        """Return the settings."""
        return self._options.site

    def build(
        self, *, force: bool = False, execute: bool = True, progress: Progress | None = None
    ) -> Report:
        """Run what must run, and publish the site.

        With `force` all code runs; without `execute` none does. A post that fails keeps its last
        good page and is in `Report.failed`. Raises EvergreenError if no site can be made: nothing
        is then changed.
        """
        options = replace(self._options, force=force, execute=execute)
        seen = take(options)
        with seldom_collecting():
            return unchanged(options, seen) or publish(options, progress, seen)

    def check(
        self,
        *posts: str,
        accept: bool = False,
        as_of: str = "",
        progress: Progress | None = None,
    ) -> CheckReport:
        """Run posts again, by default all, and compare the outputs with the published ones.

        With `accept` the new outputs become the published ones at the next build. With `as_of`, a
        day like 2024-03-01 or `today`, the posts run with the releases that had been uploaded by
        then, and nothing is accepted. The report has broken links, too. Raises SettingsError for a
        post that does not exist, and for what is not a day.
        """
        days = read_days(as_of)
        override = EnvironmentOverride(as_of=days[-1]) if days else None
        report = check(
            self._options,
            posts,
            accept=accept and not days,
            progress=progress,
            override=override,
        )
        findings = tuple(sorted([*report.findings, *self.broken_links(*posts)]))
        return replace(report, findings=findings)

    def broken_links(self, *posts: str) -> list[Problem]:
        """Return the broken links within the blog, by default of the whole site; nothing runs."""
        return check_addresses(self._options, posts)[1]

    def why(self, *posts: str) -> BuildForecast:
        """Return which posts a build would run, by default of all, and why; nothing runs.

        Raises SettingsError for a post that does not exist.
        """
        found = forecast(self._options)
        for name in posts:
            if not found.about(name):
                problem = Problem(name, message="no such post", advice="write its path or slug")
                raise SettingsError(problem)
        return found.chosen(posts)
