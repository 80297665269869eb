"""What the code of cells does to the names of a post: whether a run can go on behind a checkpoint.

Only what cannot be seen while the code runs is read from its text: a cell that looks at all names
at once, and commands in which names are replaced by values.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

from evergreen.records.imports import parse_code
from evergreen.regex import regex

_MAGIC = regex(r"^\s*%(\w+)|^\s*[!%?]|^\s*[\w.]+\?{1,2}\s*$", re.M)
_SET_UP = frozenset("matplotlib config load_ext autoreload pylab precision xmode".split())
"""Magics of a cell that only prepares."""
_COMMAND = regex(r"^\s*(?:[\w.,\s]+=\s*)?[!%].*$", re.M)
_WORD = regex(r"[^\W\d]\w*")
_ALL_NAMES = frozenset(
    "globals locals exec get_ipython In Out _ __ ___ _ih _oh _dh _i _ii _iii".split()
)
_HISTORY = regex(r"_i?\d+")
_INSIDE = frozenset(
    "user_ns user_global_ns _getframe currentframe f_globals f_locals f_back".split()
)
_OF_ALL = regex(r"^\s*%+(who\w*|run|store|macro|recall|rerun|reset\w*|xdel|history|edit)\b", re.M)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def is_definition(source: str) -> bool:
    """True for a cell that holds only imports, functions and classes, and magics that set up."""
    if any(found[1] not in _SET_UP for found in _MAGIC.finditer(source)):
        return False
    tree = parse_code(source)
    return tree is not None and bool(tree.body) and all(map(_defines, tree.body))


def bound_names(source: str) -> set[str]:
    """Return the names that a cell can bind among the post's names."""
    tree = parse_code(source)
    return set() if tree is None else set(_bound(tree.body))


def sees_all_names(source: str, *, only_later: bool = False) -> str:
    """Return the word by which code looks at names without naming them: `globals`; "" for none.

    With `only_later` only what functions and classes may do when they are called.
    """
    if not only_later and (found := _OF_ALL.search(source)):
        return found[0].strip()
    tree = parse_code(source)
    if tree is None:
        return next((word for word in _WORD.findall(source) if word in _ALL_NAMES), "")
    scopes = [node for node in ast.walk(tree) if isinstance(node, _SCOPES)]
    roots: list[ast.AST] = [*scopes] if only_later else [tree]
    return next((word for root in roots for word in _seen(root)), "")


def words_in_commands(source: str) -> set[str]:
    """Return the words in lines that IPython fills with values: `!head {path}`, `%cd $folder`."""
    lines = [source] if source.lstrip().startswith("%%") else _COMMAND.findall(source)
    return {word for line in lines for word in _WORD.findall(line)}


def deleted_names(sources: Iterable[str]) -> set[str]:
    """Return the names that code deletes, which it need not read before."""
    found = set()
    for source in sources:
        for node in ast.walk(parse_code(source) or ast.Module([], [])):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del):
                found.add(node.id)
    return found


def library_names(sources: Iterable[str]) -> dict[str, str]:
    """Return the names that code binds to modules, or to what is in them, with the package's."""
    found: dict[str, str] = {}
    for source in sources:
        for node in ast.walk(parse_code(source) or ast.Module([], [])):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    top = alias.name.partition(".")[0]
                    found[alias.asname or top] = top
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                top = node.module.partition(".")[0]
                found |= {alias.asname or alias.name: top for alias in node.names}
    return found


def changed_library(source: str, names: Mapping[str, str]) -> str:
    """Return how code changes a library in a way that is not seen and not restored; "" if not.

    `alt.data_transformers.disable_max_rows` is called, `pio.templates.default` is set: by names
    that libraries give to their settings, since their state itself cannot be compared.
    """
    for node in ast.walk(parse_code(source) or ast.Module([], [])):
        if isinstance(node, ast.Call) and (draw := _counted_draw(node, names)):
            return draw
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            path = _path(node.value.func)
            package = names.get(path[0], "") if path else ""
            if package and _SETS.match(path[-1]) and not _is_restored(package, path):
                return ".".join(path)
        targets = node.targets if isinstance(node, ast.Assign) else []
        for target in [*targets, *([node.target] if isinstance(node, ast.AugAssign) else [])]:
            path = _path(target)
            package = names.get(path[0], "") if len(path) > 1 else ""
            if package and not _is_restored(package, path):
                return ".".join(path)
    return ""


def _counted_draw(call: ast.Call, names: Mapping[str, str]) -> str:
    """Return the name of a TensorFlow function that draws with a seed of its own; "" for another.

    Its kernel counts the draws, and the count cannot be restored.
    """
    path = _path(call.func)
    is_seeded = any(keyword.arg == "seed" for keyword in call.keywords)
    is_random = bool(path) and names.get(path[0]) == "tensorflow" and "random" in path
    return ".".join(path) if is_seeded and is_random and "stateless" not in path[-1] else ""


_SETS = regex(
    r"(?:set|enable|disable|register|use|init|config|reset|activate|install|add|extension|theme"
    r"|options?|output_|load|seed|manual_seed|pandas|patch|monkey|clear|apply)(?:_|[A-Z]|$)"
)
"""Beginnings of the names of functions that change what a library does later."""
_UNSEEN = frozenset("sqlite3 copyreg codecs mimetypes".split())
"""Modules of Python with registries."""
_RESTORED: Mapping[str, re.Pattern[str]] = {
    "matplotlib": regex(r"(?!.*\bregister)(?:.*\brcParams|(?!.*\b(?:units|colormaps)\b).*)"),
    "seaborn": regex(r".*\bset"),
    "pandas": regex(r".*\b(?:set_option|reset_option|options)\b"),
    "numpy": regex(r".*\b(?:set_printoptions|seterr|seed|set_state|random)\b"),
    "sklearn": regex(r".*\bset_config\b"),
    "keras": regex(
        r".*\b(?:set_random_seed|set_floatx|set_epsilon|set_image_data_format"
        r"|set_dtype_policy|set_global_policy)\b"
    ),
    "tensorflow": regex(
        r".*\b(?:set_random_seed|set_seed|enable_op_determinism|setLevel"
        r"|set_intra_op_parallelism_threads|set_inter_op_parallelism_threads"
        r"|run_functions_eagerly|set_global_policy|set_dtype_policy)\b"
    ),
}
"""Package → the settings that are restored with a checkpoint (see `in_kernel.global_state`)."""


def _is_restored(package: str, path: Sequence[str]) -> bool:
    if package in _RESTORED:
        return _RESTORED[package].match(".".join(path)) is not None
    return package in sys.stdlib_module_names and package not in _UNSEEN


def _path(node: ast.AST) -> list[str]:
    """Return the names in `a.b["c"].d`, without what is in brackets; [] for another expression."""
    parts: list[str] = []
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
        node = node.func if isinstance(node, ast.Call) else node.value
    return [node.id, *reversed(parts)] if isinstance(node, ast.Name) else []


def _defines(node: ast.stmt) -> bool:
    if isinstance(node, ast.Try):
        inner = [*node.body, *node.orelse, *node.finalbody]
        inner += [each for handler in node.handlers for each in handler.body]
        return all(isinstance(each, (ast.Import, ast.ImportFrom, ast.Pass)) for each in inner)
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    kinds = (
        ast.Import,
        ast.ImportFrom,
        ast.FunctionDef,
        ast.AsyncFunctionDef,
        ast.ClassDef,
        ast.Pass,
    )
    return isinstance(node, kinds)


def _bound(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the names that statements bind outside of functions and classes."""
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0]
        elif isinstance(node, ast.ExceptHandler):
            yield from _bound(ast.iter_child_nodes(node))
        elif not isinstance(node, ast.Lambda):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id
            yield from _bound(ast.iter_child_nodes(node))


def _seen(root: ast.AST) -> Iterator[str]:
    """Yield the words by which code looks at all names."""
    idioms = {id(each) for node in ast.walk(root) for each in _main_idiom(node)}
    for node in ast.walk(root):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            if node.id in _ALL_NAMES or _HISTORY.fullmatch(node.id):
                yield node.id
        elif isinstance(node, ast.Attribute) and node.attr in _INSIDE:
            yield node.attr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in ("vars", "dir") and not node.args:
                yield f"{node.func.id}()"
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            named = [alias.name for alias in node.names]
            module = node.module if isinstance(node, ast.ImportFrom) else ""
            found = {*named, module} & {"__main__", "builtins"}
            yield from sorted(each for each in found if each)
        elif isinstance(node, ast.Constant) and node.value == "__main__" and id(node) not in idioms:
            yield "__main__"


def _main_idiom(node: ast.AST) -> list[ast.expr]:
    """Return the constant in `__name__ == "__main__"`."""
    if not isinstance(node, ast.Compare) or not isinstance(node.left, ast.Name):
        return []
    return node.comparators if node.left.id == "__name__" else []
