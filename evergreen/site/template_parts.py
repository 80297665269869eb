"""What a page shows of the folders of plugins: the templates that its own one extends, includes or
imports, and the assets that these name.

Templates of the blog and of its theme are a part of everything that is made (see `build.project`).
Those of a plugin are mostly for a page or two, and only these are made anew after an edit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

import jinja2
from jinja2 import meta

from evergreen.model.hashing import digest, sha256
from evergreen.regex import regex

_EVERYWHERE = ("evergreen.css", "theme.css", "lists.css", "theme-lists.css")
"""Style sheets that are joined to those that pages load."""
_ANY_ASSET = regex(r"asset\((?!\s*[\"'])")


class TemplateParts:
    """The files in folders of plugins that templates show."""

    def __init__(
        self, environment: jinja2.Environment, folders: tuple[Path, ...], urls: Mapping[str, str]
    ) -> None:
        """Look into these folders of plugins; `urls` are those of all assets, by name."""
        self.environment, self.folders, self.urls = environment, folders, urls
        self._known: dict[str, str] = {}

    @cached_property
    def whole(self) -> str:
        """Return a hash of all files in the folders; "" if there are no folders."""
        found = [
            f"{path.relative_to(folder)} {sha256(path.read_bytes())}"
            for folder in self.folders
            for path in sorted(folder.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts
        ]
        return digest(*found) if found else ""

    def of(self, name: str) -> str:
        """Return a hash of what a template shows of the folders; "" for nothing."""
        if not self.whole or not name:
            return ""
        if name not in self._known:
            self._known[name] = self._of(name)
        return self._known[name]

    def _of(self, name: str) -> str:
        names, found, texts = [name], [], []
        for each in names:
            try:
                source, file, _ = self.environment.loader.get_source(self.environment, each)  # type: ignore[union-attr]
                others = list(meta.find_referenced_templates(self.environment.parse(source)))
            except (jinja2.TemplateError, OSError):
                continue  # what is wrong is an error of the page that shows it
            if None in others:
                return self.whole
            names += [other for other in others if other and other not in names]
            texts.append(source)
            if file and any(map(Path(file).is_relative_to, self.folders)):
                found.append(f"{each} {sha256(source)}")
        found += self._assets("\n".join(texts))
        return digest(*found) if found else ""

    def _assets(self, text: str) -> Iterator[str]:
        """Yield the address of each asset of the folders that a text names."""
        for name in self._own_assets:
            is_everywhere = name in _EVERYWHERE or name.startswith("themes/")
            if is_everywhere or name in text or _ANY_ASSET.search(text):
                yield f"{name} {self.urls.get(name) or self.urls.get(_EVERYWHERE[0])}"

    @cached_property
    def _own_assets(self) -> list[str]:
        roots = [folder / "assets" for folder in self.folders]
        return sorted(
            {
                path.relative_to(root).as_posix()
                for root in roots
                for path in root.rglob("*")
                if path.is_file()
            }
        )
