"""README, CONTRIBUTING and the documentation agree with the code."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from test_imports import LAYERS

from evergreen.cli import COMMANDS

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
ROWS = [
    line.strip("| ").split(" | ")
    for line in (ROOT / "CONTRIBUTING.md").read_text("utf-8").splitlines()
    if line.startswith("| ") and "`" in line
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_contributors_should_edit_exists(row: list[str]) -> None:
    """Each path in the table exists: in the package, next to the path before it, or in the root."""
    paths = [name for name in re.findall(r"`([\w./]+)`", row[1]) if re.search(r"/|\.py$", name)]
    assert paths
    places = [ROOT / "evergreen", ROOT]
    for path in paths:
        found = [place / path for place in places if (place / path).exists()]
        assert found, path
        places.insert(0, found[0].parent)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_in_documents_exist(document: Path) -> None:
    """Each `build.py COMMAND` is a command."""
    words = re.findall(r"\bbuild\.py ([a-z][\w-]*)", document.read_text("utf-8"))
    assert set() == {*words} - {*COMMANDS}


def test_readme_names_existing_files() -> None:
    """Each path of the repository in the README exists."""
    text = (ROOT / "README.md").read_text("utf-8")
    paths = re.findall(r"(?<=[`(])((?:docs|bench|evergreen|\.github)/[\w./-]*)(?=[`)])", text)
    assert paths
    assert [] == [path for path in paths if not (ROOT / path).exists()]


def test_the_picture_of_the_packages_has_their_order() -> None:
    """Each package is in the picture, never above a package that imports it."""
    text = (ROOT / "docs/pages/how-it-is-built.md").read_text("utf-8")
    folders = {path.parent.name for path in (ROOT / "evergreen").glob("*/__init__.py")}
    order = [name for layer in LAYERS for name in layer if name in folders]
    assert order == re.findall(r'<text [^>]*bold">(\w+)</text>', text)


@pytest.mark.parametrize(
    "script", sorted((ROOT / "bench").glob("*.py")), ids=lambda path: path.stem
)
def test_benchmarks_use_existing_names(script: Path) -> None:
    """Each name that a benchmark imports from the package exists."""
    for node in ast.walk(ast.parse(script.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("evergreen"):
            module = importlib.import_module(node.module or "")
            missing = [name.name for name in node.names if not _has(module, name.name)]
            assert [] == missing, node.module


def _has(module: ModuleType, name: str) -> bool:
    if hasattr(module, name):
        return True
    return importlib.util.find_spec(f"{module.__name__}.{name}") is not None
