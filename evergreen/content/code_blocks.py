"""Recognise the code blocks that are cells, and parse their options.

The blocks come from the Markdown parser that renders the page, so that the code on the page is the
code that ran. A block is a cell if its info string names the kernel's language in one of the forms


    ```python   ```py   ~~~python   ```{python}   ```{.python}   ```python {tags=["hide-input"]}

in any case, optionally with attributes (`{python, echo=FALSE}` in R Markdown); MyST's form is
```{code-cell} python. Options are in the info string, in a `{: .noeval}` line, and on the first
lines of the block: Quarto's `#|` comments, or MyST's `:tags: [hide-input]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from keyword import iskeyword
from typing import Any

from evergreen.content.execution_keys import ADVICE, check_tag, read_check
from evergreen.content.fields import describe
from evergreen.content.key_parts import CELL_OPTIONS
from evergreen.content.yaml_mapping import MappingError, read_mapping
from evergreen.dataclass import dataclass, replace
from evergreen.errors import nearest
from evergreen.markdown.code_display import OPTIONS, read_display
from evergreen.model import CellOptions
from evergreen.model.notebook import MAX_COLUMNS, MAY_RAISE
from evergreen.model.post import CellForm
from evergreen.regex import regex

ALIASES = {"python": ("python", "py")}

_INFO = regex(r"\{\s*\.?([\w+#-]+)([^}]*)\}|([\w+#-]+)\s*(.*)", re.S)
_ATTRIBUTE = regex(
    r"""\.(?P<class>[\w:-]+)|\#(?P<id>[\w:-]+)|(?P<key>[\w:.-]+)\s*=\s*
        (?P<value>"[^"]*"|'[^']*'|\[[^\]]*\]|\w+\([^)]*\)|[^\s,}]+)|(?P<word>[\w:-]+)""",
    re.X,
)
_RUN = regex(r"`{3,}|~{3,}")
_OPENING = regex(r" {0,3}(`{3,}|~{3,})[ \t]*([\w{][^`]*)")
_MYST = regex(r"\s*\{code-cell\}")
_PYTHON = regex(r"\A(?:i?python3?\b|(?=\{|\Z))")
_BARE_DIRECTIVE = regex(r"\s*\{code-cell\}\s*")
_FORMS: Mapping[CellForm, re.Pattern[str]] = {
    "fence": regex(""),
    "chunk": regex(r"\s*\{\s*\w"),
    "directive": _MYST,
}
"""Beginning of a cell's info string."""
_KNITR = regex(r"r\s+(\S.*)", re.S)
_INLINE = regex(r"\{(\w+)\}\s+(\S.*)", re.S)

_CHECK_TAG = regex(r"\bcheck[:=]\s+")
"""In a string of several tags, `check: exact` is one tag."""
_CHECKPOINT_MAGIC = regex(r"%%checkpoint\b[ \t]*(.*)")
_CHECKPOINT_TAG = regex(r"checkpoint[:=]\s*(.+)")
_VALUED_TAG = regex(r"([\w-]+)\s*[:=]\s*(.+)")
_BARE = regex(r"\s*(always)\s*")
"""An option without a value."""
_TIGHT_KEY = regex(r"^([a-z][a-z-]*:)(?=\w)", re.M)
"""A key without a blank behind its colon, `eval:false`, as nbdev allows in notebooks."""
_WORDS = {"true": True, "false": False, "t": True, "f": False}

_TAGS: dict[str, Mapping[str, Any]] = {
    "noeval": {"runs": False},
    "skip": {"runs": False},
    "skip-execution": {"runs": False},
    "hide-input": {"input": "hide"},
    "hide-output": {"output": "hide"},
    "hide-cell": {"input": "hide", "output": "hide"},
    "remove-input": {"input": "remove"},
    "remove-output": {"output": "remove"},
    "remove-cell": {"input": "remove", "output": "remove"},
    "remove-stdout": {"prints": False},
    "remove-stderr": {"warnings": False},
    "fold": {"input": "fold"},
    MAY_RAISE: {"raises": True},
    "always": {"always": True},
}
_WITH_VALUE = ("check", "checkpoint")
"""Names of tags that have a value, `check: exact`."""
_ALIKE_WITH_VALUE = 0.75
_ALIKE = 0.82
"""How similar a tag is at least to the one that it is probably meant to be: `no-eval` to `noeval`,
but not `bold` to `fold`."""
_OF_MYSTNB: Mapping[str, Mapping[str, Any]] = {
    "remove_code_source": {"input": "remove"},
    "remove_code_outputs": {"output": "remove"},
    "output_stderr": {"warnings": False},
}
"""Options of MyST-NB under `mystnb`."""
_FLAGS: dict[str, dict[bool, Mapping[str, Any]]] = {
    "eval": {False: {"runs": False}, True: {"runs": True}},
    "echo": {False: {"input": "remove"}, True: {"input": "show"}},
    "output": {False: {"output": "remove"}, True: {"output": "show"}},
    "include": {
        False: {"input": "remove", "output": "remove"},
        True: {"input": "show", "output": "show"},
    },
    "warning": {False: {"warnings": False}, True: {"warnings": True}},
    "code-fold": {True: {"input": "hide"}, False: {"input": "show", "is_open": True}},
    "error": {True: {"raises": True}},
    "always": {True: {"always": True}, False: {"always": False}},
}
_OF_FORMAT = ("code-fold", "code-summary")
_DEFAULT = CellOptions()
_TEXTS = {
    "label": "label",
    "code-summary": "summary",
    "fig-cap": "caption",
    "tbl-cap": "caption",
    "caption": "caption",
    "fig-alt": "alt",
    "lst-label": "listing",
    "lst-cap": "listing_caption",
}
_ELSEWHERE = (
    "message cache fig-width fig-height fig-align "
    "fig-format fig-dpi layout-valign column name "
    "lines eval-after execution_count editable slideshow id "
    "out-width out-height out-extra dev dev-args dpi comment tidy tidy-opts engine engine-path "
    "engine-opts dependson autodep purl strip-white prompt collapse size child ref-label code "
    "background split indent class-source class-output attr-source attr-output interval "
    "code-overflow"
).split()
"""Options of other tools, which have no effect here."""
_EDITORS = frozenset("editable slideshow execution_count id name".split())
"""Of those, what only an editor or another kind of document uses."""
_LAYOUT = ("layout-ncol", "layout-nrow", "layout")
_PARTS = ("fig-subcap", "tbl-subcap")
_MOST_PARTS = 99
_DISPLAY = OPTIONS - {*_FLAGS, *_TEXTS, "caption"}
"""Options of how the code is shown."""
_OPTIONS = frozenset(
    (*_FLAGS, *_TEXTS, "tags", "class", "check", "results", "output", "fig-dark", *_LAYOUT)
) | {"checkpoint", "always", "mystnb"}


@dataclass(frozen=True, slots=True)
class BlockOptions:
    """Options of one block, and the problems in them."""

    cell: CellOptions
    source: str
    """The block without its `#|` lines."""
    skipped: int
    """Number of `#|` lines."""
    faults: tuple[tuple[int, str, str], ...]
    """(line in the block from 0, or -1 for its fence; what is wrong; what to do)."""
    ignored: tuple[tuple[int, str], ...] = ()
    """Line and name of options without effect."""


def language(info: str) -> str:
    """Return the language that an info string names, in lower case; "" if it names none."""
    found = _INFO.match(_plain(info))
    return (found[1] or found[3]).lower() if found else ""


def is_cell(info: str, kernel_language: str, form: CellForm = "fence") -> bool:
    """True if a block with this info string is in the kernel's language, and written as a format's
    cells are."""
    if not _FORMS[form].match(info):
        return False
    return _BARE_DIRECTIVE.fullmatch(info) is not None or language(info) in ALIASES.get(
        kernel_language, (kernel_language,)
    )


def inline_expression(span: str, kernel_language: str, form: CellForm = "fence") -> str:
    """Return the expression of a code span `{python} expr`, or knitr's `r expr` in a document of
    R; "" for any other span."""
    if form == "chunk" and kernel_language == "r" and (found := _KNITR.fullmatch(span)):
        return found[1].strip()
    found = _INLINE.match(span)
    if found and found[1].lower() in ALIASES.get(kernel_language, (kernel_language,)):
        return found[2].strip()
    return ""


def near_tag(tag: str) -> str:
    """Return the tag that one without effect is probably meant to be; "" for an author's own."""
    if tag in _TAGS:
        return ""
    found = _VALUED_TAG.fullmatch(tag)
    name = found[1] if found else tag
    known, alike = (_WITH_VALUE, _ALIKE_WITH_VALUE) if found else (_TAGS, _ALIKE)
    near = get_close_matches(name.lower(), known, 1, alike)
    return f"{near[0]}: {found[2]}" if near and found else "".join(near)


def document_options(meta: Mapping[str, Any]) -> CellOptions:
    """Return the options for all cells in a front matter, as Quarto's `execute: {echo: false}` and
    `format: {html: {code-fold: true}}`."""
    cell = CellOptions()
    formats = meta.get("format")
    html = formats.get("html") if isinstance(formats, Mapping) else None
    for part, keys in ((html, _OF_FORMAT), (meta, _OF_FORMAT), (meta.get("execute"), CELL_OPTIONS)):
        if isinstance(part, Mapping):
            for key in filter(part.__contains__, keys):
                cell = _apply(cell, key, part[key])[0]
    return cell


def read_options(
    info: str,
    attributes: Iterable[tuple[str, str]],
    source: str,
    default: CellOptions = _DEFAULT,
) -> BlockOptions:
    """Parse the options in a cell's info string, attribute line and `#|` comments.

    `default` are those of all cells. `attributes` are (key, value) pairs; a class is
    ("class", name).
    """
    found = _INFO.match(_plain(info))
    rest = (found[2] or found[4] or "") if found else ""
    settings = [*_info_attributes(rest), *attributes]
    comments, skipped, faults = _comments(source, _MYST.match(info) is not None)
    named = [*settings, *((key, value) for key, value, _ in comments)]
    display = {key: _word(value) for key, value in named if key in _DISPLAY}
    cell = replace(default, display=read_display(info, display))
    ignored = []
    for key, value, line in [*((k, v, -1) for k, v in settings), *comments]:
        if key in _DISPLAY:
            continue
        if _has_no_effect(key):
            ignored += [] if key in _EDITORS else [(line, key)]
            continue
        cell, fault = _apply(cell, key, value)
        faults += [(line, *fault)] if fault else []
    lines = source.split("\n")[skipped:]
    if lines and (found := _CHECKPOINT_MAGIC.fullmatch(lines[0])):
        cell, fault = _with_checkpoint(cell, found[1])
        faults += [(skipped, *fault)] if fault else []
        lines, skipped = lines[1:], skipped + 1
    return BlockOptions(cell, "\n".join(lines), skipped, tuple(faults), tuple(ignored))


def _word(value: Any) -> str:
    """Return the value of an option as an attribute has it."""
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def inner_fence(
    opening: str, info: str, source: str, kernel_language: str, form: CellForm = "fence"
) -> int | None:
    """Return the line of a block, from 0, where another block opens before this one closes.

    Only a fence that would start a cell counts, or any fence if this block is a cell. None if there
    is none. `opening` is the block's first line, with its fence.
    """
    run = _RUN.search(opening)
    if run is None or run[0] not in source:
        return None
    runs = is_cell(info, kernel_language, form)
    for number, line in enumerate(source.split("\n")):
        found = _OPENING.fullmatch(line)
        if not found or not found[1].startswith(run[0]):
            continue
        if runs or is_cell(found[2], kernel_language, form):
            return number
    return None


def _plain(info: str) -> str:
    """Remove MyST's directive from an info string; IPython, or no language, means Python there."""
    bare, is_myst = _MYST.subn("", info)
    return _PYTHON.sub("python", bare.strip()) if is_myst else bare.strip()


def _info_attributes(rest: str) -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for found in _ATTRIBUTE.finditer(rest):
        if found["class"]:
            pairs.append(("class", found["class"]))
        elif found["id"]:
            pairs.append(("label", found["id"]))
        elif found["key"]:
            pairs.append((found["key"].replace(".", "-"), _literal(found["value"])))
    return pairs


def _literal(value: str) -> Any:
    """Parse the value of `key=value`: a text, quoted or not, a list of texts, which R writes as
    `c("a", "b")`, true or false."""
    if value.lower() in _WORDS:
        return _WORDS[value.lower()]
    if value.startswith(("[", "c(")):
        words = value.removeprefix("c")[1:-1].split(",")
        return [word.strip(" \t\n\"'") for word in words if word.strip()]
    return value.strip("\"'")


def _comments(
    source: str, myst: bool
) -> tuple[list[tuple[str, Any, int]], int, list[tuple[int, str, str]]]:
    """Parse the options on the block's first lines, `#| key: value` or MyST's `:key: value`.

    Returns the options with their lines, the number of lines, and the problems of the YAML.
    """
    lines = source.split("\n")
    if myst and lines[0].rstrip() == "---":
        return _yaml_block(lines)
    sign = ":" if myst and source.startswith(":") else "#|"
    count = next((n for n, line in enumerate(lines) if not line.startswith(sign)), len(lines))
    if not count:
        return [], 0, []
    given = (line.removeprefix(sign).removeprefix(" ") for line in lines[:count])
    text = "\n".join(
        _BARE.sub(r"\1: true", line) if _BARE.fullmatch(line) else line for line in given
    )
    if myst and sign == "#|":
        text = _TIGHT_KEY.sub(r"\1 ", text)
    try:
        values, places = read_mapping(text)
    except MappingError as error:
        line = text.count("\n", 0, error.index)
        return [], count, [(line, f"the cell's options: {error.message}", error.advice)]
    marks = {key: text.count("\n", 0, at) for key, at in places.items()}
    count += sign == ":" and lines[count : count + 1] == [""]
    return [(str(key), value, marks.get(key, 0)) for key, value in values.items()], count, []


def _yaml_block(
    lines: list[str],
) -> tuple[list[tuple[str, Any, int]], int, list[tuple[int, str, str]]]:
    """Parse MyST's options between two lines of `---`."""
    end = next((at for at in range(1, len(lines)) if lines[at].rstrip() == "---"), 0)
    if not end:
        return [], 0, [(0, "the cell's options are not closed", "end them with a line '---'")]
    text = "\n".join(lines[1:end])
    try:
        values, places = read_mapping(text)
    except MappingError as error:
        line = text.count("\n", 0, error.index) + 1
        return [], end + 1, [(line, f"the cell's options: {error.message}", error.advice)]
    marks = {key: text.count("\n", 0, at) + 1 for key, at in places.items()}
    return [(str(key), value, marks.get(key, 0)) for key, value in values.items()], end + 1, []


def _apply(cell: CellOptions, key: str, value: Any) -> tuple[CellOptions, tuple[str, str] | None]:
    """Return the options with one more applied, and the problem with it, if any."""
    if key == "check":
        return _with_check(cell, value)
    if key == "checkpoint":
        return _with_checkpoint(cell, value)
    if key == "tags" and isinstance(value, list):
        value = [_plain_tag(tag) for tag in value]
    if key in _PARTS:
        return _with_parts(cell, value), None
    if key in _LAYOUT:
        return _with_layout(cell, key, value), None
    if key in ("tags", "class", *_TEXTS):
        words = value if isinstance(value, list) else [value]
        if any(isinstance(word, (dict, list)) for word in words):
            return cell, (
                f"the cell option '{key}' is not a text",
                "write a text or a list of texts",
            )
        if key in _TEXTS:
            given: Mapping[str, Any] = {_TEXTS[key]: ", ".join(map(str, words))}
            return replace(cell, **given), None
        return _with_tags(cell, value)
    if key in ("results", "output") and value == "asis":
        return replace(cell, asis=True), None
    if key == "results":
        return (replace(cell, output="remove") if value in ("hide", False) else cell), None
    if key in _FLAGS:
        return _with_flag(cell, key, value)
    if key == "fig-dark":
        return _with_dark(cell, value)
    if key == "mystnb":
        return _with_mystnb(cell, value), None
    return cell, (f"unknown cell option '{key}'", nearest(key, _OPTIONS))


def _has_no_effect(key: str) -> bool:
    """True for an option of other tools, and for a word that is not a misspelled option."""
    if key in _OPTIONS or key in _PARTS:
        return False
    is_foreign = key in _ELSEWHERE or key.startswith("fig-")
    return is_foreign or not get_close_matches(key, _OPTIONS, 1)


def _with_flag(
    cell: CellOptions, key: str, value: Any
) -> tuple[CellOptions, tuple[str, str] | None]:
    if key == "code-fold" and value == "show":
        return replace(cell, input="fold"), None
    if value in ("fenced", "asis", "hide"):
        return cell, None
    if not isinstance(value, bool):
        return cell, (f"the cell option '{key}' is {describe(value)}", "write true or false")
    return replace(cell, **_FLAGS[key].get(value, {})), None


def _with_parts(cell: CellOptions, value: Any) -> CellOptions:
    """Apply Quarto's `fig-subcap`: a list of captions, or true for parts without any."""
    texts = value if isinstance(value, list) else [value]
    parts = ("",) * _MOST_PARTS if value is True else tuple(map(str, texts))
    return replace(cell, parts=parts if value else ())


def _with_layout(cell: CellOptions, key: str, value: Any) -> CellOptions:
    """Apply Quarto's arrangement of figures; of `layout`, a list of rows, the first row counts."""
    if key == "layout-nrow":
        return replace(cell, rows=int(value) if str(value).isdecimal() else 0)
    if key == "layout":
        row = value if isinstance(value, list) else []
        if isinstance(value, str):
            row = re.findall(r"-?\d+", value.partition("]")[0])
        row = row[0] if row and isinstance(row[0], list) else row
        value = sum(not str(width).startswith("-") for width in row)
    return replace(cell, columns=_columns(value))


def _columns(value: Any) -> int:
    text = str(value)
    return int(text) if text.isdecimal() and 1 < int(text) <= MAX_COLUMNS else 0


def _with_dark(cell: CellOptions, value: Any) -> tuple[CellOptions, tuple[str, str] | None]:
    match value:
        case "invert" | "panel" | "none":
            return replace(cell, dark=value), None
    what = f"the cell option 'fig-dark' is {describe(value)}"
    return cell, (what, "write invert, panel or none")


def _with_mystnb(cell: CellOptions, value: Any) -> CellOptions:
    """Apply MyST-NB's `{figure: {name, caption}, image: {alt}}`, and what it shows of a cell."""
    parts = value if isinstance(value, Mapping) else {}
    for key, given in _OF_MYSTNB.items():
        if parts.get(key) in (True, "remove", "remove-warn"):
            cell = replace(cell, **given)
    if prompt := parts.get("code_prompt_show"):
        cell = replace(cell, summary=str(prompt))
    if parts.get("number_source_lines") is True:
        cell = replace(cell, display=replace(cell.display, start=cell.display.start or 1))
    figure, image = (
        part if isinstance(part := parts.get(name), Mapping) else {} for name in ("figure", "image")
    )
    label = re.sub(r"[^\w.-]+", "-", str(figure.get("name", ""))).lower()
    return replace(
        cell,
        label=label or cell.label,
        caption=str(figure.get("caption", "")) or cell.caption,
        alt=str(image.get("alt", "")) or cell.alt,
        is_figure=bool(label) or cell.is_figure,
    )


def _with_check(cell: CellOptions, value: Any) -> tuple[CellOptions, tuple[str, str] | None]:
    found, wrong = read_check(value)
    if wrong:
        return cell, (f"the cell option {wrong}", ADVICE)
    return replace(cell, check=tuple({**dict(cell.check), **found}.items())), None


def _with_checkpoint(cell: CellOptions, value: Any) -> tuple[CellOptions, tuple[str, str] | None]:
    """Apply `checkpoint: model, history`, or the same as a list."""
    texts = value if isinstance(value, list) else [value]
    names = [name for text in texts for name in re.split(r"[\s,]+", str(text)) if name]
    if not names or not all(name.isidentifier() and not iskeyword(name) for name in names):
        wrong = f"the cell option 'checkpoint' is {describe(value)}"
        return cell, (wrong, "write the names of values: checkpoint: model, history")
    return replace(cell, checkpoint=tuple(dict.fromkeys((*cell.checkpoint, *names)))), None


def _plain_tag(tag: Any) -> Any:
    """Convert a tag that YAML reads as a mapping, `[check: exact]`, to text."""
    if isinstance(tag, dict) and len(tag) == 1:
        key, value = next(iter(tag.items()))
        if key in ("check", "checkpoint") and not isinstance(value, dict):
            return f"{key}: {str(value).lower() if key == 'check' else value}"
    return tag


def _with_tags(cell: CellOptions, value: Any) -> tuple[CellOptions, tuple[str, str] | None]:
    """Apply the options that tags stand for, and keep all other tags for the page's classes."""
    tags = value if isinstance(value, list) else _CHECK_TAG.sub("check:", str(value)).split()
    names = []
    for tag in (str(tag).strip(",") for tag in tags):
        if asked := check_tag(tag):
            cell, fault = _with_check(cell, _WORDS.get(asked, asked))
            if fault:
                return cell, fault
            continue
        if found := _CHECKPOINT_TAG.fullmatch(tag):
            cell, fault = _with_checkpoint(cell, found[1])
            if fault:
                return cell, fault
            continue
        names.append(tag.replace("_", "-"))
        cell = replace(cell, **_TAGS.get(names[-1], {}))
    return replace(cell, tags=tuple(dict.fromkeys((*cell.tags, *names)))), None
