"""What a check found: a verdict a post, the differences behind it, and one list of findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from evergreen.errors import Problem
from evergreen.model.execution import Environment, Execution

Verdict = Literal["same", "within tolerance", "drifted", "failed", "not comparable"]
"""Of a post: what its code gives now, against what its page shows."""
VERDICTS: tuple[Verdict, ...] = (
    "same",
    "within tolerance",
    "drifted",
    "failed",
    "not comparable",
)


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """How outputs are compared: the blog's settings, a post's or a cell's own in their place."""

    compare: str = "values"
    """`values`: numbers may differ a little; `exact`: nothing may; `image`: only figures count;
    `ignore`: nothing does."""
    rtol: float = 1e-6
    """How much a number with a fraction may differ, as a part of the larger of the two."""
    atol: float = 0.0
    """How much it may differ in any case."""
    same_platform: bool = False
    """Results of another operating system or kind of machine are not compared."""


@dataclass(frozen=True, slots=True)
class CheckSettings(CheckOptions):
    """The blog's own."""

    status: bool = True
    """The site has a page of all verdicts, `/_status/`, once there has been a check."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One output of a cell that is not what it was."""

    line: int
    """Of the cell's code in the post, from 1."""
    cell: int
    """The cell among those that ran, from 1; an inline expression counts with the block above."""
    kind: str
    """`text`, `table`, `html`, `figure`, `svg`, `json`, `error`, `outputs`."""
    message: str
    """What differs, in one line."""
    matters: bool = True
    """False: it is within the tolerance."""
    lines: tuple[tuple[str, str], ...] = ()
    """The lines that differ, as published and as they are now."""
    pictures: tuple[bytes, ...] = field(default=(), repr=False)
    """The figure as published and as it is now."""
    picture: str = ""
    """The file that shows both, side by side."""


@dataclass(frozen=True, slots=True)
class PostCheck:
    """What a check found out about one post with code."""

    path: str
    title: str
    verdict: Verdict
    reason: str = ""
    """Why it failed or is not comparable, in a few words."""
    differences: tuple[Difference, ...] = ()
    compared: int = 0
    """Outputs that were compared."""
    ignored: int = 0
    """Cells whose outputs were not, as they ask."""
    environment: Environment = field(default_factory=Environment)
    """What it ran with now."""
    finished: datetime | None = None
    """UTC."""
    seconds: float = 0.0
    accepted: bool = False
    """What it gave now is what is published from now on."""
    record: str = ""
    """What names the execution that it speaks of: the published one, or the one accepted now."""
    key: str = ""
    """The execution key of the post's code."""
    execution: Execution | None = field(default=None, compare=False, repr=False)
    """What the code gave now, where it ran."""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found: the posts by path, and everything that is to be told."""

    posts: tuple[PostCheck, ...] = ()
    findings: tuple[Problem, ...] = ()
    """Each with a `rule`; an error makes the check fail, a warning does not."""
    world: tuple[str, ...] = ()
    """What was other than it is, where the check asked for that: `tiny 2.0 (was 1.0)`."""
    idle: int = 0
    """Posts without code that may run."""
    seconds: float = 0.0

    @property
    def failed(self) -> bool:
        """Whether there is anything to mend."""
        return any(finding.severity == "error" for finding in self.findings)

    @property
    def counts(self) -> Mapping[Verdict, int]:
        """How many posts have each verdict."""
        return {each: sum(post.verdict == each for post in self.posts) for each in VERDICTS}


@dataclass(frozen=True, slots=True)
class PastCheck:
    """A check of a post, as it is remembered."""

    verdict: Verdict
    finished: datetime
    """UTC."""
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class LastCheck:
    """The last check of a post and those before it."""

    verdict: Verdict
    finished: datetime
    """UTC."""
    record: str
    """What names the execution that was compared; a page that shows another was not checked."""
    reason: str = ""
    accepted: bool = False
    environment: Environment = field(default_factory=Environment)
    history: tuple[PastCheck, ...] = ()
    """This check and those before it, the newest first."""
