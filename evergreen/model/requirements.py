"""Packages that a post requires: PEP 508 requirements, in the front matter or in inline script
metadata (PEP 723) in the first cell.

https://packaging.python.org/en/latest/specifications/inline-script-metadata/
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from evergreen.dataclass import dataclass
from evergreen.regex import regex
from evergreen.toml import TomlError, parse_toml

_BLOCK = regex(r"^# /// script[ \t]*\n((?:#(?:| .*)\n)+?)# ///[ \t]*$", re.M)


class RequirementError(ValueError):
    """A requirement or metadata block is not valid. `line` is from 1."""

    def __init__(self, message: str, advice: str, line: int = 1) -> None:
        super().__init__(f"{message}: {advice}")
        self.message, self.advice, self.line = message, advice, line


@dataclass(frozen=True, slots=True)
class ScriptMetadata:
    """Inline script metadata (PEP 723)."""

    requires: tuple[str, ...]
    line: int
    """Line of the dependencies in the source, from 1."""


def normalize(texts: Iterable[str]) -> tuple[str, ...]:
    """Normalize requirements: spelling, order, no duplicates. Raises RequirementError."""
    return tuple(sorted({_normal(text) for text in texts}))


def distribution_name(text: str) -> str:
    """Return the normalized name of a requirement's distribution."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    return canonicalize_name(Requirement(text).name)


def has_url(text: str) -> bool:
    """True if a requirement has a URL (PEP 508's direct reference)."""
    return bool(re.search(r"\S+\s*@\s*\S", text.partition(";")[0]))


def read_block(source: str) -> ScriptMetadata | None:
    """Return the metadata in a cell; None if there is none. Raises RequirementError."""
    found = _BLOCK.search(source)
    if found is None:
        return None
    first = source.count("\n", 0, found.start()) + 2
    table = _read_toml("".join(line[2:] or "\n" for line in found[1].splitlines(True)), first)
    lines = found[1].splitlines()
    place = next((n for n, line in enumerate(lines) if "dependencies" in line), -1) + first
    wanted = table.get("dependencies", [])
    if not isinstance(wanted, list) or not all(isinstance(each, str) for each in wanted):
        raise RequirementError(
            "'dependencies' is not a list of texts", 'write ["numpy~=2.1"]', place
        )
    try:
        _check_python(table.get("requires-python", ""))
        return ScriptMetadata(normalize(wanted), place)
    except RequirementError as error:
        raise RequirementError(error.message, error.advice, place) from None


def write_block(requires: Iterable[str], python: str = "") -> str:
    """Return inline script metadata with these requirements and a Python, as 3.9.18, or this."""
    import platform  # late: it compiles nine patterns

    minor = ".".join((python or platform.python_version()).split(".")[:2])
    names = "".join(f'#     "{each}",\n' for each in requires)
    head = f'# /// script\n# requires-python = "=={minor}.*"\n# dependencies = [\n'
    return f"{head}{names}# ]\n# ///\n"


def _normal(text: str) -> str:
    from packaging.requirements import InvalidRequirement, Requirement  # 20 ms that few posts pay
    from packaging.utils import canonicalize_name

    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        advice = "write it as numpy, numpy==2.4.6 or numpy~=2.1"
        raise RequirementError(f"{text!r} is not a valid requirement", advice) from None
    requirement.name = canonicalize_name(requirement.name)
    return str(requirement)


def _read_toml(text: str, first: int) -> dict[str, Any]:
    try:
        return parse_toml(text)
    except TomlError as error:
        what = f"the script's metadata is not valid TOML: {error.message}"
        raise RequirementError(what, error.advice, max(error.line, 1) + first - 1) from None


def _check_python(wanted: Any) -> None:
    import platform

    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        allowed = SpecifierSet(str(wanted))
    except InvalidSpecifier:
        what = f"'requires-python' is {wanted!r}"
        raise RequirementError(what, 'write it as ">=3.11"') from None
    here = platform.python_version()
    if not allowed.contains(here, prereleases=True):
        what = f"the post asks for Python {wanted}, and this is {here}"
        raise RequirementError(what, "build the blog with that Python, or change requires-python")
