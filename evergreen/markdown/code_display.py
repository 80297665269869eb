"""How a code block is shown: title, line numbers, highlighted lines, annotations.

The options are in its info string or its attribute list, by the names of several tools:

    ```python title="a.py" linenums="1" hl_lines="2-4"      ```js {2-4}      ```{#lst-a .python}

and on its lines: `# [!code highlight]`, `# [!code ++]`, `# [!code --]`, and `# (1)` for an item of
the list below it. A block without any of these is shown as it always was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from html import escape

from evergreen.dataclass import replace
from evergreen.markdown.attributes import pandoc_list
from evergreen.markdown.highlight import highlight
from evergreen.model.code_display import CodeDisplay
from evergreen.regex import regex

TITLES = ("title", "filename", "data-title")
CAPTIONS = ("lst-cap", "caption")
_LINES = ("hl_lines", "emphasize-lines", "code-line-numbers", "highlight")
_NUMBERS = ("linenums", "linenos", "lineno-start", "startFrom", "number-lines", "lineNumbers")


PLAIN = CodeDisplay()


def read_display(
    info: str, attributes: Mapping[str, str], base: CodeDisplay = PLAIN
) -> CodeDisplay:
    """Read the options of a block from its info string and its attributes."""
    if not attributes and " " not in info and "{" not in info:
        return base
    given = {**info_attributes(info), **attributes}
    start = _start(given)
    lines = next((given[key] for key in _LINES if key in given), "")
    names = given.get("class", "").split()
    label = given.get("id", "")
    is_listing = label.startswith(("lst-", "lst:")) or given.get("data-kind") == "lst"
    title = next((given[key] for key in TITLES if key in given), base.title)
    caption = next((given[key] for key in CAPTIONS if key in given), base.caption)
    is_folded = given.get("code-fold") in ("true", "hide") or "fold" in names
    marked = parse_lines(lines)
    classes = [name for name in names if name not in _WORDS]
    rest = {key: value for key, value in attributes.items() if key not in OPTIONS}
    if is_listing:
        rest.pop("id", None)
    if names != classes or "class" in rest:
        rest = {**rest, "class": " ".join(classes)}
    return replace(
        base,
        label=label if is_listing else base.label,
        caption=caption or (title if is_listing else ""),
        title="" if is_listing and not caption else title,
        start=start or int("numberLines" in names or "number-lines" in names) or base.start,
        marked=marked or base.marked,
        folded=is_folded or base.folded,
        is_open=given.get("code-fold") == "false" or base.is_open,
        wrapped="wrap" in names or base.wrapped,
        attributes=tuple((key, value) for key, value in rest.items() if value),
    )


def parse_lines(text: str) -> frozenset[int]:
    """Parse numbers of lines: `1 3-5`, `1,3-5`."""
    found: set[int] = set()
    for first, last in _RANGE.findall(text):
        found.update(range(int(first), min(int(last or first), int(first) + _MOST) + 1))
    return frozenset(found)


def show_code(
    source: str,
    language: str,
    display: CodeDisplay,
    show: Callable[[str, str, Mapping[str, str]], str] = highlight,
    fold: int = 0,
) -> str:
    """Return code as HTML, with all that its display asks for; code of more than `fold` lines is
    folded, unless that is 0."""
    if is_long(source, fold) and not display.is_open:
        display = replace(display, folded=True)
    html = show(_MARKER.sub("", source), language, dict(display.attributes))
    classes = _line_classes(source, display)
    if classes or display.start or display.notes:
        html = _in_lines(html, classes, display)
    if display.wrapped:
        html = html.replace('class="highlight', 'class="wrap highlight', 1)
    return _framed(html, display)


def show_lines(
    source: str,
    language: str,
    display: CodeDisplay,
    show: Callable[[str, str, Mapping[str, str]], str] = highlight,
) -> str:
    """Return code as HTML with numbers, marked lines and a title; comments in it mean nothing."""
    html = show(source, language, dict(display.attributes))
    if display.start or display.marked:
        html = _in_lines(html, dict.fromkeys(display.marked, "marked"), display)
    return _framed(html, display)


def read_tag_display(attributes: Mapping[str, str]) -> CodeDisplay:
    """Read the options that a tag of Liquid leaves below its code; other attributes are HTML's."""
    rest = {key: value for key, value in attributes.items() if key not in _OF_TAG}
    return CodeDisplay(
        title=attributes.get("data-title", ""),
        start=_start({"linenos": attributes.get("linenos", "")}),
        marked=parse_lines(attributes.get("hl_lines", "")),
        attributes=tuple(rest.items()),
    )


def with_numbers(
    display: CodeDisplay, language: str, classes: Iterable[str], first: int
) -> CodeDisplay:
    """Number the lines of a block in a blog that numbers them from `first`, unless that is 0: as in
    Chirpy not of text, of the output of a terminal, and of what says `{: .nolineno}`.
    """
    is_plain = not language or language in _UNNUMBERED or "nolineno" in classes
    return display if is_plain or not first else replace(display, start=display.start or first)


def is_long(source: str, fold: int) -> bool:
    """True if code has more lines than a setting allows; 0 allows all."""
    return bool(fold) and source.count("\n") >= fold


def note_numbers(source: str) -> list[int]:
    """Return the numbers of the annotations at the ends of lines, in order."""
    return [int(found[1] or found[2]) for found in _NOTE.finditer(source)]


def without_markers(source: str) -> str:
    """Return code without the markers of how its lines are shown."""
    return _MARKER.sub("", source)


def info_attributes(info: str) -> dict[str, str]:
    """Return the attributes of an info string: `js {2-4}`, `py title="a"`, `{#lst-a .py x="y"}`."""
    braces = _BRACES.search(info)
    inner = braces[1] if braces else info.partition(" ")[2]
    if braces and _RANGES.fullmatch(inner.strip()):
        return {"hl_lines": inner}
    found = dict(pandoc_list(inner).values)
    if braces and (outer := _BRACES.sub("", info).partition(" ")[2]):
        found = {**pandoc_list(outer).values, **found}
    return found


def _framed(html: str, display: CodeDisplay) -> str:
    """Return the HTML with its title, its summary and its caption around it."""
    if display.title:
        title = f'<p class="code-title">{escape(display.title)}</p>'
        html = f'<div class="titled-code">{title}{html}</div>'
    if display.folded:
        summary = '<summary data-word="show_code">Show the code</summary>'
        html = f'<details class="code-fold">{summary}{html}</details>'
    if display.label:
        shown = f"<figcaption>{escape(display.caption, quote=False)}</figcaption>\n"
        html = f'<figure class="listing" id="{escape(display.label)}">\n{shown}{html}</figure>'
    return html


def _start(given: Mapping[str, str]) -> int:
    value = next((given[key] for key in _NUMBERS if key in given), "")
    if given.get("code-line-numbers") == "true":
        value = "1"
    if value.lower() in ("false", "no", ""):
        return 0
    return int(value) if value.isdecimal() and int(value) else 1


def _line_classes(source: str, display: CodeDisplay) -> dict[int, str]:
    """Return the class of each line, from 1, that is not shown as the others."""
    found = dict.fromkeys(display.marked, "marked")
    if "[!code" in source:
        for number, line in enumerate(source.split("\n"), 1):
            if marker := _MARKER.search(line):
                found[number] = _CLASSES[marker[1]]
    return found


def _in_lines(html: str, classes: Mapping[int, str], display: CodeDisplay) -> str:
    """Return highlighted code with an element for each line. Pygments ends its spans with lines."""
    opening, code, closing = _CODE.fullmatch(html).groups()  # type: ignore[union-attr]
    lines = code.removesuffix("\n").split("\n")
    shown = []
    for number, line in enumerate(lines, 1):
        name = " ".join(filter(None, ["line", classes.get(number, "")]))
        text = _with_note(line, display.notes) if display.notes else line
        place = f' data-number="{number + display.start - 1}"' if display.start else ""
        shown.append(f'<span class="{name}"{place}>{text}\n</span>')
    if display.start:
        opening = opening.replace('class="highlight', 'class="numbered highlight', 1)
    return f"{opening}{''.join(shown)}{closing}"


def _with_note(line: str, notes: str) -> str:
    found = _SHOWN_NOTE.search(line)
    if not found:
        return line
    number = found[1] or found[2]
    link = f'<a class="code-note" href="#{notes}-{number}" data-number="{number}"'
    return f'{line[: found.start()]}{link} aria-label="{number}"></a>{line[found.end() :]}'


_OF_TAG = ("linenos", "hl_lines", "data-title")
_UNNUMBERED = ("plaintext", "text", "console", "terminal")
_MOST = 10_000
_RANGE = regex(r"(\d{1,6})(?:\s*-\s*(\d{1,6}))?")
_RANGES = regex(r"[\d,\s-]+")
_BRACES = regex(r"\{([^{}]*)\}")
_WORDS = frozenset({"fold", "wrap", "numberLines", "number-lines"})
OPTIONS = frozenset((*TITLES, *CAPTIONS, *_LINES, *_NUMBERS, "code-fold", "data-kind"))
"""Names of the options, besides classes."""
_CLASSES = {
    "highlight": "marked",
    "hl": "marked",
    "focus": "marked",
    "++": "added",
    "--": "removed",
    "error": "removed",
    "warning": "marked",
}
_SIGN = r"(?:#|//|--|%|;|/\*|<!--)"
_MARKER = regex(
    rf"[ \t]*{_SIGN}[ \t]*\[!code[ \t]+(highlight|hl|focus|error|warning|\+\+|--)\]"
    r"[ \t]*(?:\*/|-->)?[ \t]*$",
    re.M,
)
_NOTE = regex(rf"{_SIGN}[ \t]*(?:\((\d{{1,2}})\)!?|<(\d{{1,2}})>)[ \t]*(?:\*/)?[ \t]*$", re.M)
_SHOWN_NOTE = regex(
    r"(?:<span class=\"\w+\">)?(?:#|//|--|%|;|/\*)[ \t]*(?:\((\d{1,2})\)!?|&lt;(\d{1,2})&gt;)"
    r"[ \t]*(?:\*/)?(?:</span>)?[ \t]*(?=(?:<span class=\"w\">\s*</span>)?\Z)"
)
_CODE = regex(r"(<div[^<>]*><pre><code[^<>]*>)(.*)(</code></pre></div>)", re.S)
