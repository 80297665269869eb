"""Check posts with the releases of several days: a verdict for each post and day."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, date, datetime

from evergreen.build.options import BuildOptions
from evergreen.build.verify import check, dated_environments
from evergreen.dataclass import dataclass
from evergreen.errors import Problem, SettingsError
from evergreen.execution.environments.overrides import EnvironmentOverride
from evergreen.execution.progress import Progress
from evergreen.model import CheckReport, PostCheck
from evergreen.model.check import DayCheck
from evergreen.model.settings import is_day
from evergreen.regex import regex

TODAY = "today"
_PART = regex(r"(\d{4})(?:-(\d\d))?")


@dataclass(frozen=True, slots=True)
class DaysReport:
    """Verdicts on posts with the releases of several days."""

    days: tuple[str, ...]
    posts: tuple[tuple[str, tuple[DayCheck, ...]], ...]
    """Path and verdicts of each post, by path; the verdicts in the order of the days."""
    seconds: float = 0.0

    @property
    def failed(self) -> bool:
        """True if any post does not give its published outputs on any of the days."""
        return any(not each.holds for _, found in self.posts for each in found)


def check_days(
    options: BuildOptions,
    names: Sequence[str],
    days: Sequence[str],
    progress: Progress,
    untrusted: bool = False,
) -> DaysReport:
    """Run the named posts, or all, with the releases of each day, and compare with what is
    published. Raises SettingsError for a name that no post has.
    """
    reports = [
        check(
            options,
            names,
            progress=progress,
            override=EnvironmentOverride(as_of=day, untrusted=untrusted),
        )
        for day in days
    ]
    dated_environments(options, progress).trim()
    paths = sorted({post.path for report in reports for post in report.posts})
    posts = tuple((path, tuple(_of(report, path) for report in reports)) for path in paths)
    return DaysReport(tuple(days), posts, sum(report.seconds for report in reports))


def read_days(text: str) -> tuple[str, ...]:
    """Parse days that are separated by commas: `2024-03-01`, `2024-03` and `2024` for the last day
    of a month or year, `today`. Raises SettingsError.
    """
    return tuple(dict.fromkeys(_day(each.strip()) for each in text.split(",") if each.strip()))


def today() -> str:
    """Return the present day (UTC)."""
    return datetime.now(UTC).date().isoformat()


def _day(text: str) -> str:
    if text == TODAY:
        return today()
    found = _PART.fullmatch(text)
    if found and 1 <= int(found[2] or 12) <= 12 and int(found[1]):
        year, month = int(found[1]), int(found[2] or 12)
        return min(today(), date(year, month, monthrange(year, month)[1]).isoformat())
    if not is_day(text):
        advice = "write 2024-03-01, 2024-03, 2024 or today, separated by commas"
        raise SettingsError(Problem("--as-of", 0, 0, f"{text!r} is not a day", advice))
    if text > today():
        raise SettingsError(Problem("--as-of", 0, 0, f"{text} is in the future", "write today"))
    return text


def _of(report: CheckReport, path: str) -> DayCheck:
    post = next((each for each in report.posts if each.path == path), None)
    return _verdict(post) if post else DayCheck("", "not comparable")


def _verdict(post: PostCheck) -> DayCheck:
    return post.day or DayCheck("", post.verdict, post.reason)
