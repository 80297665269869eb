"""What a build would do, for the terminal: run or reuse each post, why, and for how long."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass

from evergreen.build.planning.plan import ExecutionPlan
from evergreen.errors import Problem


@dataclass(frozen=True, slots=True)
class PostForecast:
    """What a build would do with one post."""

    path: str
    runs: bool
    reason: str
    seconds: float = 0.0
    """What the run took the last time; 0: not known."""
    has_code: bool = True
    """False: there is none that may run."""

    def is_named(self, name: str) -> bool:
        """Whether a user means this post."""
        return is_named(self.path, name)


@dataclass(frozen=True, slots=True)
class BuildForecast:
    """What a build would do, for the terminal."""

    posts: tuple[PostForecast, ...]
    problems: tuple[Problem, ...] = ()

    def about(self, name: str) -> bool:
        """Whether a post has this path, file name or slug."""
        return any(forecast.is_named(name) for forecast in self.posts)

    def chosen(self, names: Collection[str]) -> BuildForecast:
        """The same of the named posts alone; of all where none is named."""
        if not names:
            return self
        return BuildForecast(
            tuple(f for f in self.posts if any(map(f.is_named, names))), self.problems
        )


def is_named(path: str, name: str) -> bool:
    """Whether a post at this path is meant by its path, its file's name or its slug."""
    file = path.rpartition("/")[2]
    return name in (path, f"./{path}", file) or name in (file[:-3], file[11:-3])


def make_outlook(
    plans: Sequence[ExecutionPlan], idle: Sequence[str], problems: Sequence[Problem]
) -> BuildForecast:
    """The plans and the posts without code, by path; of equal runs one alone takes time."""
    seen: set[Hashable] = set()
    found = [PostForecast(path, False, "no code to run", has_code=False) for path in idle]
    for plan in plans:
        shared = plan.run in seen
        seen.add(plan.run)
        reason = f"{plan.reason} (shares a run)" if shared and not plan.execution else plan.reason
        seconds = 0.0 if shared or plan.execution else plan.seconds
        found.append(PostForecast(plan.post.path, plan.execution is None, reason, seconds))
    return BuildForecast(tuple(sorted(found, key=lambda f: f.path)), tuple(problems))
