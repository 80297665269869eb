"""Check names and docstrings, and count them: `python -m tools.names`.

No two public classes may share a name. A function's docstring begins with a verb in the imperative
("Return the posts"), or with `True if`. If VERBS lacks a verb, add it there.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "evergreen"

VERBS = frozenset(
    """
    abbreviate abort accept acquire activate add adjust advance align allow announce answer
    append apply ask assemble assert assign attach attribute await balance become begin bind
    break bring build cache calculate call cancel capture carry change check choose clean clear
    close collapse collect colour combine compare compile complete compose compress compute
    configure connect consume convert copy correct count cover create cut deactivate decide
    declare decode decorate decrease delegate delete deliver derive describe detach detect
    determine disable discard disconnect display divide do draw drop duplicate emit empty enable
    encode end enforce ensure enter enumerate equip erase escape estimate evaluate exchange
    exclude execute exit expand explain export express extend extract fail fetch fill filter
    find finish fit flatten flush fold follow forbid forget fork format forward free generate
    get give group guarantee guard guess handle hash hide highlight hold identify ignore import
    include increase indent index inherit initialise initialize insert inspect install
    instrument interpret interrupt intersect invalidate issue iterate join judge keep kill label
    launch lay lead leave lengthen let limit link list listen load locate lock log look lower
    make map mark mask match measure memoize merge migrate mirror modify monitor mount move name
    navigate normalise normalize note notify number observe offer omit open order outline
    overwrite pack pad paint pair parse partition pass paste patch pause peel pick pickle place
    plan poll pop post predict prefer prefix prepare prepend preserve press prevent print
    process produce protect prove provide prune publish push put query queue quote raise rank
    reach read reap rebuild receive recognise recognize recompute record recover redirect reduce
    refer refresh refuse register reject release reload remember remove rename render renew
    reopen repair repeat replace reply report represent request require reserve reset resolve
    respond restart restore restrict resume retain retry return reuse reverse rewrite roll round
    route run sanitise sanitize save scale scan schedule search seed select send separate
    serialise serialize serve set shift shorten show shrink shut sign simplify simulate skip
    sort specify split spread squeeze stage stamp start stop store strip style submit subscribe
    substitute suggest sum summarise summarize supervise suppress swap switch sync synchronise
    synchronize tag take tell terminate test throw tokenize trace track transform translate
    traverse treat trim truncate try turn undo unescape unify uninstall unite unlock unpack
    unquote unwrap update upgrade use validate verify visit wait walk warm warn watch wrap write
    yield
    """.split()
)
OPENERS = ("True if ", "True for ", "True only if ")
"""Openings of predicates. No noun is allowed here."""
RIDDLES = re.compile(r"(What|Whether|Where|How|Those|Of|The same)\b")
NOUN_PHRASE = re.compile(r"(of|is|are)\b")
"""What follows a word that is a noun here: "Order of the cells"."""
WORDS = {
    word: re.compile(rf"\b{pattern}\b")
    for word, pattern in {
        "stand(s)": "stands?",
        "told": "told",
        "mend": "mend(s|ed|ing)?",
        "leads to": "leads to",
        "somebody": "[Ss]omebody('s)?",
        "is no": "(is|are) no(?! longer| more)",
    }.items()
}
"""Old or poetic words, counted in docstrings and messages."""


@dataclass(frozen=True, slots=True)
class Text:
    """A definition with its docstring, or another string, and its place."""

    file: str
    line: int
    kind: str
    """`module`, `class`, `function`, `property`, `field`, or `message` for any other string."""
    name: str
    text: str
    """"" for a definition without a docstring."""

    def fault(self, wrong: str) -> str:
        """Format a fault as `path:line: name: what is wrong`."""
        return f"{self.file}:{self.line}: {self.name}: {wrong}"


def package_texts(package: Path = PACKAGE) -> list[Text]:
    """Read all Python files below a folder."""
    return [
        text
        for path in sorted(package.rglob("*.py"))
        for text in read_texts(str(path.relative_to(ROOT)), path.read_text("utf-8"))
    ]


def read_texts(file: str, source: str) -> list[Text]:
    """Return the definitions of a Python file, then its other strings."""
    nodes = list(ast.walk(ast.parse(source)))
    texts, docstrings = [], set()
    for node in nodes:
        for kind, name, line, docstring in _definitions(node):
            texts.append(Text(file, line, kind, name, inspect.cleandoc(_string(docstring) or "")))
            docstrings.add(docstring.value if isinstance(docstring, ast.Expr) else None)
    strings = (node for node in nodes if isinstance(node, ast.Constant) and node not in docstrings)
    for node in strings:
        if isinstance(node.value, str):
            texts.append(Text(file, node.lineno, "message", "string", node.value))
    return texts


def same_names(texts: Iterable[Text]) -> Iterator[str]:
    """Yield a line for each public class whose name another public class has."""
    by_name: dict[str, list[Text]] = defaultdict(list)
    for each in filter(_is_public_class, texts):
        by_name[each.name].append(each)
    for places in by_name.values():
        for each in places if len(places) > 1 else ():
            yield each.fault("another public class has this name: rename one of them")


def unclear_openings(texts: Iterable[Text]) -> Iterator[str]:
    """Yield a line for each docstring of a function that does not begin with a verb."""
    for each in texts:
        if each.kind == "function" and (wrong := opening_fault(each.text)):
            yield each.fault(wrong)


def opening_fault(docstring: str) -> str:
    """Return what is wrong with the first words of a function's docstring; "" if nothing is."""
    words = " ".join(docstring.split())
    if not words or words.startswith(OPENERS):
        return ""
    if found := RIDDLES.match(words):
        return f"the docstring begins with '{found[0]}': begin with a verb: {words[:60]}"
    first, _, rest = words.partition(" ")
    verb = first.rstrip(".,:;")
    if verb != verb.capitalize() or verb.lower() not in VERBS or NOUN_PHRASE.match(rest):
        return f"the docstring does not begin with an imperative verb: {words[:60]}"
    return ""


def word_counts(texts: Iterable[Text]) -> Iterator[tuple[str, int, int]]:
    """Yield each of WORDS with the numbers of docstrings and of other strings that have it."""
    texts = list(texts)
    for word, pattern in WORDS.items():
        found = Counter(each.kind == "message" for each in texts if pattern.search(each.text))
        yield word, found[False], found[True]


def main() -> int:
    """Print each fault and the counts; return 1 if there is a fault."""
    texts = package_texts()
    faults = [*same_names(texts), *unclear_openings(texts)]
    print(*faults, sep="\n", end="\n" if faults else "")
    kinds = Counter(each.kind for each in texts)
    public = sum(map(_is_public_class, texts))
    documented = sum(bool(each.text) and each.kind != "message" for each in texts)
    print(f"{kinds['module']} modules, {public} public classes, {kinds['function']} functions")
    print(f"{documented} docstrings, {kinds['message']} other strings")
    for word, docstrings, others in word_counts(texts):
        print(f"'{word}': in {docstrings} docstrings and {others} other strings")
    print(f"{len(faults)} faults")
    return 1 if faults else 0


def _is_public_class(text: Text) -> bool:
    return text.kind == "class" and not text.name.startswith("_")


def _definitions(node: ast.AST) -> Iterator[tuple[str, str, int, ast.stmt | None]]:
    """Yield kind, name, line and docstring of what a node defines."""
    body: list[ast.stmt] = getattr(node, "body", None) or []
    if not isinstance(body, list):  # A lambda's body is an expression.
        return
    if isinstance(node, ast.Module):
        yield "module", "module", 1, _docstring(body)
    elif isinstance(node, ast.ClassDef):
        yield "class", node.name, node.lineno, _docstring(body)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield _function_kind(node), node.name, node.lineno, _docstring(body)
    if isinstance(node, ast.Module | ast.ClassDef):
        for field, below in pairwise(body):
            if isinstance(field, ast.AnnAssign | ast.Assign) and _string(below) is not None:
                name = ast.unparse(field).partition("=")[0].partition(":")[0].strip()
                yield "field", name, field.lineno, below


def _function_kind(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """Return `property` for an attribute that is computed: its docstring may be a noun."""
    names = {ast.unparse(each).rpartition(".")[2] for each in node.decorator_list}
    return "property" if names & {"property", "cached_property"} else "function"


def _docstring(body: list[ast.stmt]) -> ast.stmt | None:
    return body[0] if body and _string(body[0]) is not None else None


def _string(node: ast.stmt | None) -> str | None:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return node.value.value if isinstance(node.value.value, str) else None
    return None


if __name__ == "__main__":
    sys.exit(main())
