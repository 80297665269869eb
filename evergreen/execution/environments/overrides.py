"""Another world: the posts' environments with other versions of some packages, to see what would
become of the posts. Nothing that is installed or locked is touched.

A post with an environment of its own gets that with the requirements in question in the place of
its own; all others share one that lies over the engine's environment: what differs is installed in
front of what is there, as an upgrade would put it.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from evergreen.errors import Problem, SettingsError
from evergreen.execution.environments import locks, venv
from evergreen.execution.environments.environments import Environments, Tell
from evergreen.execution.environments.installer import NotInstalled
from evergreen.execution.environments.venv import Venv, VenvRecipe
from evergreen.model import Notebook, Post
from evergreen.model.requirements import is_address, name_of
from evergreen.records.imports import packages_named


@dataclass(frozen=True, slots=True)
class EnvironmentOverride:
    """What is to be other than it is."""

    wanted: tuple[str, ...] = ()
    """Requirements in normal form."""
    newest: bool = False
    """Of all packages that posts import, the newest release that is allowed."""
    untrusted: bool = False
    """Posts run in the box, and packages are installed without running anything of them."""

    @property
    def is_here(self) -> bool:
        """Whether the packages are those that posts have anyway."""
        return not self.wanted and not self.newest


@dataclass(frozen=True)
class OverriddenEnvironments:
    """The environments of one world, each made when it is needed."""

    world: EnvironmentOverride
    environments: Environments
    """Those that posts have."""
    tell: Tell
    posts: Sequence[tuple[Post, Notebook]]
    """All that are to run in it."""
    allowed: tuple[str, ...] = ()
    """The blog's own requirements, which bound what is newest."""
    made: dict[tuple[str, ...], Venv | NotInstalled] = field(default_factory=dict)

    def provide(self, post: Post) -> Venv | None:
        """The environment of one of the posts; None where it is no Python post.

        Raises NotInstalled; SettingsError where what was asked for cannot be had at all.
        """
        if post.language != "python" or post.kernel != "python3":
            return None
        if post.execute.requires:
            return self._once(post.execute.requires, lambda: self._own(post.execute.requires))
        try:
            return self._once((), lambda: self._over(imported_by(self.posts)))
        except NotInstalled as error:
            option = "--latest" if self.world.newest else "--with"
            raise SettingsError(Problem(option, 0, 0, error.message, error.advice)) from None

    @property
    def changes(self) -> tuple[str, ...]:
        """What is other in it than it was: `tensorflow 2.20.0 (was 2.21.0)`."""
        found = set()
        for requires, each in self.made.items():
            if isinstance(each, Venv):
                lock = locks.read(locks.place(self.environments.store, requires))
                was = lock if requires else installed_here()
                found |= {_change(name, v, was) for name, v in each.versions.items()} - {""}
        plain = {each.partition(" (")[0] for each in found if each.endswith(")")}
        return tuple(sorted(found - plain))

    def _once(self, key: tuple[str, ...], make: Callable[[], Venv]) -> Venv:
        if key not in self.made:
            try:
                self.made[key] = make()
            except NotInstalled as error:
                self.made[key] = error
        found = self.made[key]
        if isinstance(found, NotInstalled):
            raise found
        return found

    def _own(self, requires: tuple[str, ...]) -> Venv:
        """A post's own environment, its other versions as they are locked where they can be."""
        from evergreen.execution.environments import kernel  # 60 ms that only a run needs

        locked = locks.read(locks.place(self.environments.store, requires))
        has = {*locked, *map(name_of, requires)}
        if not self.world.newest and has.isdisjoint(map(name_of, self.world.wanted)):
            return self.environments.provide(requires, self.world.untrusted)
        wanted = [each for each in self._instead(requires) if name_of(each) in has]
        lent = str(kernel.lend(self.environments.folder))
        recipe = VenvRecipe(tuple(wanted), bounds=kernel.needs(), kernel=lent)
        return self._make(recipe) if self.world.newest else self._near(recipe, locked)

    def _over(self, imported: Sequence[str]) -> Venv:
        """What lies over the engine's environment."""
        over = tuple(dict.fromkeys(e for e in sys.path if e.endswith("-packages")))
        bounds = self._bounds(imported) if self.world.newest else ()
        recipe = VenvRecipe(self._instead(imported), bounds=bounds, over=over)
        if self.world.newest:
            return self._make(replace(recipe, newest=True))
        return self._near(recipe, {name: installed_here()[name] for name in imported})

    def _near(self, recipe: VenvRecipe, versions: Mapping[str, str]) -> Venv:
        """With these versions of what is not in question; with others where that cannot be."""
        new = {name_of(each) for each in self.world.wanted}
        rest = {name: version for name, version in versions.items() if name not in new}
        known = [line for line in locks.lines(rest) if not is_address(line)]
        with suppress(NotInstalled):
            return self._make(replace(recipe, bounds=(*recipe.bounds, *known)))
        return self._make(recipe)

    def _make(self, recipe: VenvRecipe) -> Venv:
        recipe = replace(recipe, wheels_only=self.world.untrusted)
        here = sorted(installed_here().items())
        name = locks.digest([recipe.requires, recipe.bounds, here])[:16]
        folder = self.environments.folder / f"world-{name}"
        with venv.alone(folder):
            there = None if self.world.newest else venv.find(folder, recipe)
            if there:
                return there
            name = f"packages: {', '.join(self.world.wanted) or 'the newest'}"
            self.tell(name, 0, 0)
            made = venv.make(folder, recipe)
            self.tell(name, 1, 1)
            return made

    def _instead(self, requires: Sequence[str]) -> tuple[str, ...]:
        """Requirements with those in question in the place of their own."""
        new = {name_of(each) for each in self.world.wanted}
        return (*(each for each in requires if name_of(each) not in new), *self.world.wanted)

    def _bounds(self, imported: Sequence[str]) -> tuple[str, ...]:
        """What the blog's requirements allow of some packages; a pin is a state, no bound."""
        return tuple(
            each for each in self.allowed if name_of(each) in imported and "==" not in each
        )


def imported_by(posts: Iterable[tuple[Post, Notebook]]) -> tuple[str, ...]:
    """The installed distributions that posts without an environment of their own import."""
    from importlib import metadata

    from packaging.utils import canonicalize_name

    owners = metadata.packages_distributions()
    names = {
        canonicalize_name(owner)
        for post, notebook in posts
        if not post.execute.requires
        for module in packages_named(notebook)
        for owner in owners.get(module, ())
    }
    return tuple(sorted(names & installed_here().keys()))


def read_allowed(root: Path) -> tuple[str, ...]:
    """The requirements of a blog's requirements.txt that pip and we read alike."""
    from evergreen.model.requirements import RequirementError, normal

    try:
        lines = (root / "requirements.txt").read_text("utf-8", "replace").splitlines()
    except OSError:
        return ()
    found: list[str] = []
    for line in lines:
        with suppress(RequirementError):
            found += normal([line.partition(" #")[0].strip()])
    return tuple(found)


def _change(name: str, version: str, was: Mapping[str, str]) -> str:
    if was.get(name) == version:
        return ""
    return f"{name} {version}" + (f" (was {was[name]})" if name in was else "")


@functools.cache
def installed_here() -> Mapping[str, str]:
    """Normalised name → version of all that is installed for the engine's Python."""
    from importlib import metadata

    from packaging.utils import canonicalize_name

    found: dict[str, str] = {}
    for each in metadata.distributions():
        found.setdefault(canonicalize_name(each.name or ""), each.version)
    return found
