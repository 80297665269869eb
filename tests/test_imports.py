"""The package's own order: imports point one way."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import evergreen

PACKAGE = Path(evergreen.__file__).parent
SCRIPTS = (
    "forkserver",
    "sandbox_init",
    "importing",
    "kernel",
    "limits",
    "preloaded",
    "processes",
    "supervisor",
)
ALONE = {
    *(f"execution.in_kernel.{name}" for name in ("capture", "probe", "seeding", "system")),
    *(f"execution.kernels.{name}" for name in SCRIPTS),
    "execution.executors.worker",
}
"""These run in the posts' processes, or in those of Dask's workers."""

LAYERS = (
    ("__init__", "__main__"),
    ("cli",),
    ("preview",),
    ("build",),
    ("site", "check", "publish"),
    ("execution",),
    ("render",),
    ("settings",),
    ("content",),
    ("records",),
    ("markdown",),
    ("model",),
    ("errors", "packaged", "paths", "scripts", "toml"),
    ("dataclass", "regex", "tar"),
)
"""From the front to the back: a package imports only from layers behind its own."""
APART = {("execution", "render"), ("execution", "content")}
"""A package, and one behind it that it must not import: the runner could be a library."""


class _Running(ast.NodeTransformer):
    """Leaves out what only a type checker reads."""

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        """The branch that runs."""
        self.generic_visit(node)
        return node.orelse if "TYPE_CHECKING" in ast.dump(node.test) else node


@functools.cache
def modules() -> dict[str, ast.Module]:
    """Each module's tree, without what only a type checker reads, by its name below the package."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        tree = _Running().visit(ast.parse(path.read_text("utf-8")))
        found[name.removesuffix(".__init__") or "evergreen"] = tree
    return found


def imported(tree: ast.AST, names: set[str]) -> Iterator[str]:
    """The package's modules that a module imports when it is imported, or later."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "evergreen":
            base = (node.module or "").partition(".")[2]
            for alias in node.names:
                whole = f"{base}.{alias.name}".strip(".")
                yield whole if whole in names else base


@functools.cache
def edges() -> dict[str, set[str]]:
    """module → the package's modules that it imports."""
    trees = modules()
    return {name: set(imported(tree, set(trees))) - {name, ""} for name, tree in trees.items()}


def test_no_circles() -> None:
    """No module reaches itself."""
    graph = edges()

    def reach(name: str, seen: set[str]) -> set[str]:
        for each in graph.get(name, set()) - seen:
            seen.add(each)
            reach(each, seen)
        return seen

    assert [] == [name for name in graph if name in reach(name, set())]


def package_edges() -> set[tuple[str, str]]:
    """Return each pair of a package and another one that it imports."""
    pairs = {(name, used) for name, all_used in edges().items() for used in all_used}
    found = {(name.split(".")[0], used.split(".")[0]) for name, used in pairs}
    return {(name, used) for name, used in found if name != used}


def test_packages_import_one_way() -> None:
    """Each package imports only from those behind it; those side by side do not know each other."""
    place = {name: number for number, layer in enumerate(LAYERS) for name in layer}
    wrong = {(name, used) for name, used in package_edges() if place[name] >= place[used]}
    assert set() == wrong | (package_edges() & APART)


def test_no_package_is_added_without_a_layer() -> None:
    """The order names every package and every module at the root, and no other."""
    there = {name.split(".")[0] for name in modules()}
    assert there == {name for layer in LAYERS for name in layer}


def test_the_model_stands_below_everything() -> None:
    """model knows itself and the modules behind all packages; errors how classes are defined."""
    graph = edges()
    known = set().union(*(used for name, used in graph.items() if name.split(".")[0] == "model"))
    assert ({"dataclass"}, {"dataclass", "errors", "model", "regex", "toml"}) == (
        graph["errors"],
        {name.split(".")[0] for name in known},
    )


def test_only_the_entries_know_the_spine() -> None:
    """Only the command line, and the class for other programs, import the pipeline."""
    knowing = {name for name, used in edges().items() if "build.pipeline" in used}
    assert {"build.blog", "cli.commands.publish"} == knowing


def test_the_spine_is_narrow() -> None:
    """The pipeline imports at most 15 modules."""
    assert 15 >= len(edges()["build.pipeline"])


def test_what_runs_in_the_posts_processes_knows_nothing_of_the_engine() -> None:
    """The standard library, and ipykernel, are all that a post's environment must have."""
    graph = edges()
    assert set() == set().union(*(graph[name] for name in ALONE))


def test_nothing_prints_or_exits_but_the_command_line() -> None:
    """A report is a value."""
    guilty = [
        name
        for name, tree in modules().items()
        if name not in ALONE and name.split(".")[0] != "cli"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("print", "exit")
    ]
    assert [] == guilty
