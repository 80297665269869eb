"""The forecast of a build: which posts would run or be reused, why, and for how long."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Sequence

from evergreen.build.options import BuildOptions
from evergreen.build.planning.plan import ExecutionPlan
from evergreen.build.project import Project
from evergreen.dataclass import dataclass, replace
from evergreen.errors import Problem
from evergreen.records.facts import BY_HOOKS


@dataclass(frozen=True, slots=True)
class PostForecast:
    """What a build would do with one post."""

    path: str
    runs: bool
    reason: str
    seconds: float = 0.0
    """Duration of the last run; 0: not known."""
    has_code: bool = True
    """False: the post has no code that may run."""
    remade: str = ""
    """Why its page would be made again; "" if it would not be."""

    def is_named(self, name: str) -> bool:
        """True if a user means this post by a name."""
        return is_named(self.path, name)


@dataclass(frozen=True, slots=True)
class BuildForecast:
    """What a build would do."""

    posts: tuple[PostForecast, ...]
    problems: tuple[Problem, ...] = ()
    by_hooks: int = 0
    """How many reused results are of runs whose system calls were not seen."""

    def about(self, name: str) -> bool:
        """True if a post has this path, file name or slug."""
        return any(forecast.is_named(name) for forecast in self.posts)

    def chosen(self, names: Collection[str]) -> BuildForecast:
        """Return the forecast of the named posts only; of all posts if no name is given."""
        if not names:
            return self
        chosen = tuple(post for post in self.posts if any(map(post.is_named, names)))
        return BuildForecast(chosen, self.problems, self.by_hooks)


def forecast(options: BuildOptions) -> BuildForecast:
    """Return what a publish would run, and why; nothing is fetched, run or written."""
    project = Project.open(options, cached=False)
    loaded = project.load()
    plans = project.runs.plan(loaded.parsed_posts, project.runs.context_for_forecast())
    idle = [PostForecast(path, False, "no code to run", has_code=False) for path in loaded.rendered]
    posts = sorted([*idle, *_planned(plans)], key=lambda post: post.path)
    remade = Project.open(replace(options, force=False)).load().remade
    posts = [replace(post, remade=remade.get(post.path, "")) for post in posts]
    by_hooks = sum(BY_HOOKS in plan.execution.facts for plan in plans if plan.execution)
    return BuildForecast(tuple(posts), tuple(loaded.problems), by_hooks)


def is_named(path: str, name: str) -> bool:
    """True if a user means the post at a path: by its path, its file's name or its slug."""
    file = path.rpartition("/")[2]
    return name in (path, f"./{path}", file) or name in (file[:-3], file[11:-3])


def _planned(plans: Sequence[ExecutionPlan]) -> Iterator[PostForecast]:
    """Yield the forecast of each post with code; of equal runs only the first takes time."""
    seen: set[Hashable] = set()
    for plan in plans:
        shared = plan.run in seen
        seen.add(plan.run)
        reason = f"{plan.reason} (shares a run)" if shared and not plan.execution else plan.reason
        seconds = 0.0 if shared or plan.execution else plan.seconds
        yield PostForecast(plan.post.path, plan.execution is None, reason, seconds)
