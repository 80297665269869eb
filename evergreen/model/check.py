"""Results of a check: a verdict for each post, its differences, and one list of findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from typing import Literal

from evergreen.dataclass import dataclass
from evergreen.errors import Problem
from evergreen.model.execution import Environment, Execution

Verdict = Literal["same", "within tolerance", "drifted", "differs", "failed", "not comparable"]
"""Result for one post: what its code produces now, compared with its published page."""
VERDICTS: tuple[Verdict, ...] = (
    "same",
    "within tolerance",
    "drifted",
    "differs",
    "failed",
    "not comparable",
)


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """How outputs are compared: the blog's settings, overridden by a post or a cell."""

    compare: str = "values"
    """`values`: numbers may differ a little; `exact`: nothing may differ; `image`: only figures are
    compared; `ignore`: nothing is compared."""
    rtol: float = 1e-6
    """Relative tolerance of a number with a fraction, of the larger of the two."""
    atol: float = 0.0
    """Absolute tolerance of a number."""
    same_platform: bool = False
    """Do not compare with results of another operating system or processor."""


@dataclass(frozen=True, slots=True)
class CheckSettings(CheckOptions):
    """Comparison defaults of the blog, and what the site shows of checks."""

    status: bool = True
    """The site has a page with all verdicts, `/_status/`, after the first check."""
    private_links: bool = False
    """`check --online` also asks hosts of this machine and of its private networks."""


@dataclass(frozen=True, slots=True)
class NoisePlace:
    """A place of a published output that differs between equal runs."""

    step: int
    """Of the notebook, from 0."""
    output: int
    """Of the step, from 0."""
    place: str
    kind: str
    """Of the change there: `number`, `text`, `order`, `new`, `gone`, `other`."""
    low: float | None = None
    """Least and greatest number that was measured there."""
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One output of a cell that differs from the published one."""

    line: int
    """Line in the post of the cell's code, from 1."""
    cell: int
    """Number of the cell among those that ran, from 1; an inline expression counts with the block
    above."""
    kind: str
    """`text`, `table`, `html`, `figure`, `svg`, `json`, `error`, `outputs`."""
    message: str
    """The difference, in one line."""
    matters: bool = True
    """False if it is within the tolerance."""
    lines: tuple[tuple[str, str], ...] = ()
    """The lines that differ: (published, now)."""
    notes: tuple[str, ...] = ()
    """Each change of a figure, chart or table in one line, where there are several."""
    pictures: tuple[bytes, ...] = field(default=(), repr=False)
    """The figure: (published, now)."""
    picture: str = ""
    """The file that shows both figures side by side."""
    thumbnail: str = field(default="", repr=False)
    """The same picture, small, as a data URI."""


DayVerdict = Verdict | Literal["not installed"]
"""Result for one post with the releases of a day."""


@dataclass(frozen=True, slots=True)
class DayCheck:
    """Verdict on a post with the releases that had been uploaded by a day."""

    day: str
    """As 2024-03-01."""
    verdict: DayVerdict
    reason: str = ""
    """Why it failed, or its first difference, in one line."""

    @property
    def date(self) -> date:
        """Return the day as a date."""
        return date.fromisoformat(self.day)

    @property
    def holds(self) -> bool:
        """True if the published outputs were found again."""
        return self.verdict in ("same", "within tolerance")


@dataclass(frozen=True, slots=True)
class PostCheck:
    """Result of checking one post with code."""

    path: str
    title: str
    verdict: Verdict
    reason: str = ""
    """Why the post failed or is not comparable, in a few words."""
    differences: tuple[Difference, ...] = ()
    compared: int = 0
    """Number of outputs that were compared."""
    ignored: int = 0
    """Number of cells whose options exclude them from the comparison."""
    environment: Environment = field(default_factory=Environment)
    """The environment of this run."""
    finished: datetime | None = None
    """UTC."""
    seconds: float = 0.0
    accepted: bool = False
    """The new outputs are the published ones from now on."""
    record: str = ""
    """Id of the execution that the verdict is about: the published one, or the one that was just
    accepted."""
    key: str = ""
    """Execution key of the post's code."""
    redrawn: int = 0
    """Number of figures that draw the same data with other pixels."""
    noise: tuple[NoisePlace, ...] = ()
    """Places of the published outputs that are known to be noise."""
    dated: int = 0
    """Number of outputs that depend on the date: at the published run's time they are the same."""
    results: str = ""
    """Hash of the published outputs."""
    published: datetime | None = None
    """End of the published run, UTC."""
    execution: Execution | None = field(default=None, compare=False, repr=False)
    """The new execution; None if the code did not run."""
    day: DayCheck | None = None
    """The verdict as of a day, if the check was for one."""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Result of a check: the posts by path, and all findings."""

    posts: tuple[PostCheck, ...] = ()
    findings: tuple[Problem, ...] = ()
    """Each has a `rule`; an error makes the check fail, a warning does not."""
    overrides: tuple[str, ...] = ()
    """What the check overrode, and the values in effect otherwise: `tiny 2.0 (was 1.0)`."""
    idle: int = 0
    """Number of posts without code that may run."""
    seconds: float = 0.0

    @property
    def failed(self) -> bool:
        """True if any finding is an error."""
        return any(finding.severity == "error" for finding in self.findings)

    @property
    def counts(self) -> Mapping[Verdict, int]:
        """Return the number of posts with each verdict."""
        return {each: sum(post.verdict == each for post in self.posts) for each in VERDICTS}


@dataclass(frozen=True, slots=True)
class PastCheck:
    """One entry of a post's check history."""

    verdict: Verdict
    finished: datetime
    """UTC."""
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class LastCheck:
    """The last check of a post, and its history."""

    verdict: Verdict
    finished: datetime
    """UTC."""
    record: str
    """Id of the execution that was compared; a page that shows another one is unchecked."""
    reason: str = ""
    accepted: bool = False
    environment: Environment = field(default_factory=Environment)
    history: tuple[PastCheck, ...] = ()
    """This check and those before it, newest first; () if only days were checked."""
    noise: tuple[NoisePlace, ...] = ()
    """Places of the published outputs that are known to be noise."""
    results: str = ""
    """Hash of the published outputs: while it stays, `since`, `confirmed` and `noise` hold."""
    since: datetime | None = None
    """End of the first run that gave the published outputs, UTC."""
    confirmed: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Package → versions with which checks found the published outputs again, ascending."""
    differences: tuple[Difference, ...] = ()
    """Differences that matter, as far as they are remembered."""
    days: tuple[DayCheck, ...] = ()
    """Verdicts on the published outputs with the releases of several days, ascending."""
    turn: str = ""
    """The release with which the outputs change: `same until numpy 1.26.4, drifted since 2.0.0`."""

    @property
    def holds(self) -> bool:
        """True if the last check found the published outputs again."""
        return self.since is not None and self.verdict in ("same", "within tolerance")

    @property
    def spans(self) -> tuple[tuple[str, str, str], ...]:
        """Return the package, lowest and highest version of those confirmed with more than one."""
        return tuple(
            (name, versions[0], versions[-1])
            for name, versions in self.confirmed
            if len(versions) > 1
        )
