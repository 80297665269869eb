"""Environments for checks with the releases of a day, or with those of a lock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from evergreen.dataclass import dataclass
from evergreen.execution.environments.dated import DatedEnvironments
from evergreen.execution.environments.installer import NotInstalled
from evergreen.execution.environments.pylock import Lock
from evergreen.execution.environments.venv import Venv
from evergreen.model import Post


class EnvironmentSource(Protocol):
    """Provides environments other than the posts' own."""

    @property
    def changes(self) -> tuple[str, ...]:
        """Describe the environments, in a few words each."""

    def provide(self, post: Post) -> Venv | None:
        """Return the environment of a post; None if it is not a Python post. Raises NotInstalled,
        or SettingsError if no post can have one.
        """


@dataclass(frozen=True)
class DatedOverride:
    """Environments with the releases of a day."""

    environments: DatedEnvironments
    day: str
    requires: Mapping[str, tuple[str, ...] | NotInstalled | None]
    """What each post requires, by its path, or why that is not known; None for no Python post."""
    untrusted: bool = False
    """True: no code from the packages may run during the installation."""

    @property
    def changes(self) -> tuple[str, ...]:
        """Describe the environments by their day."""
        return (f"the releases of {self.day}",)

    def provide(self, post: Post) -> Venv | None:
        """Return the environment of a post; None for no Python post. Raises NotInstalled."""
        requires = self.requires.get(post.path)
        if isinstance(requires, NotInstalled):
            raise requires
        if requires is None:
            return None
        sandboxed = self.untrusted or post.execute.sandbox
        return self.environments.provide(requires, self.day, sandboxed)


@dataclass(frozen=True)
class LockedOverride:
    """One environment, with the releases of a lock."""

    environments: DatedEnvironments
    lock: Lock
    untrusted: bool = False

    @property
    def changes(self) -> tuple[str, ...]:
        """Describe the environment by its versions."""
        return tuple(f"{name} {version}" for name, version in self.lock.versions.items())

    def provide(self, post: Post) -> Venv | None:
        """Return the environment. Raises NotInstalled."""
        return self.environments.install(self.lock, self.untrusted)
