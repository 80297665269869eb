"""Environments with other versions of some packages, to check how the posts would change. The usual
environments and locks are not changed.

A post with its own environment gets a copy of it in which the new requirements replace its own. All
other posts share one environment on top of the engine's: the changed packages are installed in a
folder that precedes the engine's on the module path, as an upgrade would leave them.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from pathlib import Path

from evergreen.dataclass import dataclass, replace
from evergreen.errors import Problem, SettingsError
from evergreen.execution.environments import locks, venv
from evergreen.execution.environments.environments import Environments
from evergreen.execution.environments.installer import InstallProgress, NotInstalled
from evergreen.execution.environments.venv import Venv, VenvRecipe
from evergreen.model import Notebook, Post
from evergreen.model.requirements import distribution_name, has_url
from evergreen.records.imports import packages_named


@dataclass(frozen=True, slots=True)
class EnvironmentOverride:
    """The changes to the posts' environments."""

    wanted: tuple[str, ...] = ()
    """Normalised requirements."""
    newest: bool = False
    """True: the newest allowed release of each package that posts import."""
    as_of: str = ""
    """A day: the releases that had been uploaded by then."""
    untrusted: bool = False
    """True: posts run in the sandbox, and packages are installed without running their code."""

    @property
    def is_here(self) -> bool:
        """True if the packages are the usual ones."""
        return not (self.wanted or self.newest or self.as_of)


@dataclass(frozen=True)
class OverriddenEnvironments:
    """The changed environments, made when needed."""

    override: EnvironmentOverride
    environments: Environments
    """The usual environments."""
    tell: InstallProgress
    posts: Sequence[tuple[Post, Notebook]]
    """All posts that will run."""
    allowed: tuple[str, ...] = ()
    """The blog's own requirements, which limit the newest releases."""
    made: dict[tuple[str, ...], Venv | NotInstalled] = field(default_factory=dict)

    def provide(self, post: Post) -> Venv | None:
        """Return the environment of a post; None if it is not a Python post.

        Raises NotInstalled for the post's own environment, SettingsError for the shared one.
        """
        if post.language != "python" or post.kernel != "python3":
            return None
        if post.execute.requires:
            return self._once(post.execute.requires, lambda: self._own(post.execute.requires))
        try:
            return self._once((), lambda: self._over(imported_by(self.posts)))
        except NotInstalled as error:
            option = "--latest" if self.override.newest else "--with"
            raise SettingsError(Problem(option, 0, 0, error.message, error.advice)) from None

    @property
    def changes(self) -> tuple[str, ...]:
        """Return the changed versions, as `tensorflow 2.20.0 (was 2.21.0)`."""
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
        """Make a post's own environment; keep its other locked versions if possible."""
        from evergreen.execution.environments import kernel  # takes 60 ms to import

        locked = locks.read(locks.place(self.environments.store, requires))
        has = {*locked, *map(distribution_name, requires)}
        if not self.override.newest and has.isdisjoint(
            map(distribution_name, self.override.wanted)
        ):
            return self.environments.provide(requires, self.override.untrusted)
        wanted = [each for each in self._instead(requires) if distribution_name(each) in has]
        linked = str(kernel.link_packages(self.environments.folder))
        recipe = VenvRecipe(tuple(wanted), bounds=kernel.needs(), kernel=linked)
        return self._make(recipe) if self.override.newest else self._near(recipe, locked)

    def _over(self, imported: Sequence[str]) -> Venv:
        """Make the environment on top of the engine's."""
        over = tuple(dict.fromkeys(e for e in sys.path if e.endswith("-packages")))
        bounds = self._bounds(imported) if self.override.newest else ()
        recipe = VenvRecipe(self._instead(imported), bounds=bounds, over=over)
        if self.override.newest:
            return self._make(replace(recipe, newest=True))
        return self._near(recipe, {name: installed_here()[name] for name in imported})

    def _near(self, recipe: VenvRecipe, versions: Mapping[str, str]) -> Venv:
        """Keep these versions of other packages; if that fails, let the installer choose."""
        new = {distribution_name(each) for each in self.override.wanted}
        rest = {name: version for name, version in versions.items() if name not in new}
        known = [line for line in locks.lines(rest) if not has_url(line)]
        with suppress(NotInstalled):
            return self._make(replace(recipe, bounds=(*recipe.bounds, *known)))
        return self._make(recipe)

    def _make(self, recipe: VenvRecipe) -> Venv:
        recipe = replace(recipe, wheels_only=self.override.untrusted)
        here = sorted(installed_here().items())
        name = locks.digest([recipe.requires, recipe.bounds, here])[:16]
        folder = self.environments.folder / f"override-{name}"
        with venv.exclusive(folder):
            there = None if self.override.newest else venv.find(folder, recipe)
            if there:
                return there
            name = f"packages: {', '.join(self.override.wanted) or 'the newest'}"
            self.tell(name, 0, 0)
            made = venv.make(folder, recipe)
            self.tell(name, 1, 1)
            return made

    def _instead(self, requires: Sequence[str]) -> tuple[str, ...]:
        """Return the requirements, with the new ones instead of those for the same packages."""
        new = {distribution_name(each) for each in self.override.wanted}
        return (
            *(each for each in requires if distribution_name(each) not in new),
            *self.override.wanted,
        )

    def _bounds(self, imported: Sequence[str]) -> tuple[str, ...]:
        """Return the blog's limits for some packages; a pin is a state, not a limit."""
        return tuple(
            each
            for each in self.allowed
            if distribution_name(each) in imported and "==" not in each
        )


def imported_by(posts: Iterable[tuple[Post, Notebook]]) -> tuple[str, ...]:
    """Return the installed distributions that posts without their own environment import."""
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
    """Return the requirements in a blog's requirements.txt that are plain package requirements."""
    from evergreen.model.requirements import RequirementError, normalize

    try:
        lines = (root / "requirements.txt").read_text("utf-8", "replace").splitlines()
    except OSError:
        return ()
    found: list[str] = []
    for line in lines:
        with suppress(RequirementError):
            found += normalize([line.partition(" #")[0].strip()])
    return tuple(found)


def _change(name: str, version: str, was: Mapping[str, str]) -> str:
    if was.get(name) == version:
        return ""
    return f"{name} {version}" + (f" (was {was[name]})" if name in was else "")


@functools.cache
def installed_here() -> Mapping[str, str]:
    """Return normalised name → version of everything that the engine's Python has installed."""
    from importlib import metadata

    from packaging.utils import canonicalize_name

    found: dict[str, str] = {}
    for each in metadata.distributions():
        found.setdefault(canonicalize_name(each.name or ""), each.version)
    return found
