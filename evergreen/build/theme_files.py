"""What is wrong in the files of a theme, found without building anything: templates that nothing
uses, blocks that nothing shows, style sheets that end in the middle of a rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

import jinja2
from jinja2 import meta, nodes

from evergreen.dataclass import dataclass
from evergreen.errors import Problem, Severity, nearest
from evergreen.packaged import TEMPLATES, THEMES, packaged
from evergreen.regex import regex

_SKIPPED = regex(r"/\*.*?(?:\*/|\Z)|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)
"""Comments and strings of a style sheet."""
_ADDRESS = regex(r"url\(\s*(?P<quote>[\"']?)(?P<url>[^)\"']+)(?P=quote)\s*\)")
Unreadable = jinja2.TemplateSyntaxError | UnicodeDecodeError
"""Why a template cannot be parsed."""
_ELSEWHERE = regex(r"[a-z][a-z0-9+.-]*:|//|#", re.I)


def check_files(folder: Path, name: str) -> list[Problem]:
    """Return what is wrong in a theme's folder, by file and line."""
    theme = _Theme(folder, name)
    return sorted([*theme.wrong_templates(), *theme.wrong_styles()])


@dataclass(frozen=True)
class _Theme:
    """A theme's folder, and the name by which the blog knows it."""

    folder: Path
    name: str

    @cached_property
    def environment(self) -> jinja2.Environment:
        """Return an environment for parsing only: filters of plugins need not be known."""
        return jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)

    @cached_property
    def parsed(self) -> Mapping[str, nodes.Template | Unreadable]:
        """Return the theme's templates, by their names, or why they cannot be parsed."""
        found: dict[str, nodes.Template | Unreadable] = {}
        for path in sorted(self.folder.rglob("*.html")):
            name = path.relative_to(self.folder).as_posix()
            try:
                found[name] = self.environment.parse(path.read_text("utf-8"))
            except (jinja2.TemplateSyntaxError, UnicodeDecodeError) as error:
                found[name] = error
        return found

    @cached_property
    def trees(self) -> Mapping[str, nodes.Template]:
        """Return the theme's templates that can be parsed, by their names."""
        found = self.parsed.items()
        return {name: tree for name, tree in found if isinstance(tree, nodes.Template)}

    def wrong_templates(self) -> Iterator[Problem]:
        """Yield an error for each template that cannot be read, or names one that does not exist,
        and a warning for one that no page has, and for a block that nothing shows."""
        used = {name for tree in self.trees.values() for name in _referenced(tree)}
        for name, found in self.parsed.items():
            if not isinstance(found, nodes.Template):
                yield self._at(name, getattr(found, "lineno", 0), str(found), "fix the template")
                continue
            yield from self._unknown_references(name)
            yield from self._unknown_blocks(name)
            if name not in _built_in() and name not in used:
                layouts = sorted(
                    each.removesuffix(".html") for each in _built_in() if "/" not in each
                )
                message = f"no page has this template, but posts with 'layout: {Path(name).stem}'"
                advice = f"the templates are {', '.join(layouts)}"
                yield self._at(name, 0, message, advice, "warning")

    def _unknown_references(self, name: str) -> Iterator[Problem]:
        kinds = nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport
        for node in self.trees[name].find_all(kinds):
            template: nodes.Expr = node.template  # type: ignore[attr-defined]
            other = template.value if isinstance(template, nodes.Const) else None
            if not isinstance(other, str) or getattr(node, "ignore_missing", False):
                continue
            if self._tree(other) is None:
                known = [f"evergreen/{each}" for each in _built_in()]
                message = f"there is no template '{other}'"
                yield self._at(name, node.lineno, message, nearest(other, known))

    def _unknown_blocks(self, name: str) -> Iterator[Problem]:
        """Yield a warning for each block right in a template that what it extends does not have."""
        known = self._blocks_above(name)
        if known is None:
            return
        for block in _outer_blocks(self.trees[name].body):
            if block.name not in known:
                message = f"nothing shows the block '{block.name}'"
                yield self._at(name, block.lineno, message, nearest(block.name, known), "warning")

    def _blocks_above(self, name: str) -> set[str] | None:
        """Return the blocks of the templates that one extends; None if it extends none, or not all
        are known."""
        found: set[str] = set()
        tree, seen = self.trees[name], {name}
        while parent := next(iter(tree.find_all(nodes.Extends)), None):
            above = parent.template.value if isinstance(parent.template, nodes.Const) else ""
            other = self._tree(above)
            if other is None or above in seen:
                return None
            seen.add(above)
            found |= {block.name for block in other.find_all(nodes.Block)}
            tree = other
        return found if len(seen) > 1 else None

    def _tree(self, name: str) -> nodes.Template | None:
        """Return a template of the theme, else the built-in one; None if there is none."""
        kind, _, below = name.partition("/")
        if kind not in ("evergreen", "theme"):
            below = name
            if name in self.trees:
                return self.trees[name]
        file = packaged(TEMPLATES) / below
        return self.environment.parse(file.read_text("utf-8")) if file.is_file() else None

    def wrong_styles(self) -> Iterator[Problem]:
        """Yield an error for each brace of a style sheet without its other half, and each address
        of a file that is not there."""
        for path in sorted(self.folder.glob("assets/**/*.css")):
            name, text = (
                path.relative_to(self.folder).as_posix(),
                path.read_text("utf-8", "replace"),
            )
            plain = _SKIPPED.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
            if line := _unbalanced(plain):
                yield self._at(name, line, "a rule that does not end", "close it with }")
            for found in _ADDRESS.finditer(text):
                url = found["url"].partition("#")[0].partition("?")[0].strip()
                if url and not _ELSEWHERE.match(url) and not self._is_there(path, url):
                    line = text.count("\n", 0, found.start()) + 1
                    yield self._at(name, line, f"there is no file '{url}'", "correct the address")

    def _is_there(self, sheet: Path, url: str) -> bool:
        """True if an address in a style sheet is a file of the theme, or a built-in one."""
        below = sheet.relative_to(self.folder / "assets").parent / url
        roots = (self.folder / "assets", packaged(TEMPLATES) / "assets")
        return url.startswith("/") or any((root / below).is_file() for root in roots)

    def _at(
        self, file: str, line: int, message: str, advice: str, severity: Severity = "error"
    ) -> Problem:
        path = f"{THEMES}/{self.name}/{file}"
        return Problem(path, line, 0, message, advice, severity, rule="theme")


def _built_in() -> list[str]:
    root = packaged(TEMPLATES)
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*.html"))


def _referenced(tree: nodes.Template) -> Iterator[str]:
    for name in meta.find_referenced_templates(tree):
        if name:
            yield name
            yield name.removeprefix("theme/")


def _outer_blocks(body: list[nodes.Node]) -> Iterator[nodes.Block]:
    """Yield the blocks that are in no other block."""
    for node in body:
        if isinstance(node, nodes.Block):
            yield node
        else:
            yield from _outer_blocks(list(node.iter_child_nodes()))


def _unbalanced(text: str) -> int:
    """Return the line of the first brace without its other half, from 1; 0 if there is none."""
    opened: list[int] = []
    for found in re.finditer(r"[{}]", text):
        line = text.count("\n", 0, found.start()) + 1
        if found[0] == "{":
            opened.append(line)
        elif not opened:
            return line
        else:
            opened.pop()
    return opened[-1] if opened else 0
