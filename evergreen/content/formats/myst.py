"""MyST's directives, roles and targets, as the Markdown and HTML of our dialect.

Each line comes with the index of its line in the source. A directive that is unknown here stays a
code block, so that nothing of the text is lost; between colons it is text in a div.
`myst_directives` writes the directives, `myst_roles` the roles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile

from evergreen.content.formats.commonmark import as_commonmark
from evergreen.content.formats.myst_directives import (
    CODE,
    DROPPED,
    LONE_TABS,
    THEOREM_KINDS,
    VERBATIM,
    WRITERS,
    Line,
    admonition,
    code,
    embed_line,
    is_admonition,
)
from evergreen.content.formats.myst_roles import (
    Labels,
    has_roles,
    is_open,
    translate_roles,
)
from evergreen.content.formats.text import (
    join_environment,
    opens_display,
    separate_blocks,
    without_comments,
)
from evergreen.model.numbering import label_id
from evergreen.regex import regex


def translate_myst(lines: Sequence[str], has_titles: bool = False) -> Iterator[tuple[int, str]]:
    """Yield the lines in our dialect, each with the index of the old one; with `has_titles`, the
    argument of a note is its title."""
    lines = without_comments(lines)
    labels = Labels(dict(_labelled(lines)), dict(_named(lines)), has_titles)
    yield from separate_blocks(_blocks(list(enumerate(lines)), labels))


def block_end(lines: Sequence[str], at: int) -> int:
    """Return the index after the directive or the code that begins at a line; `at + 1` for another
    line."""
    return _end(list(enumerate(lines)), at, inside=True)


def has_myst(lines: Sequence[str]) -> bool:
    """True if text has a directive or a role of MyST that is known here."""
    text = "\n".join(lines)
    return has_roles(text) or has_directives(text)


def has_directives(text: str) -> bool:
    """True if a text has a directive of MyST that is known here."""
    return any(_is_known(found[1]) for found in _DIRECTIVE.finditer(text))


def _is_known(name: str) -> bool:
    return (
        name in WRITERS
        or name in CODE
        or name in DROPPED
        or name == "contents"
        or bool(_kind(name))
    )


def _labelled(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each label of a paragraph, which has no name of its own, with the label as text."""
    for at, line in enumerate(lines):
        if found := _TARGET.fullmatch(line):
            below = next((each for each in lines[at + 1 :] if each.strip()), "")
            if not _NAMED_BLOCK.match(below):
                yield found[1], found[1]


def _named(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each label with its id on the page; those of formulas and cells are their ids."""
    opening = ""
    for line in lines:
        if fence := _FENCE.match(line):
            opening = fence[2] or opening
        target = _TARGET.fullmatch(line)
        label = target or _LABEL_OPTION.fullmatch(line)
        if label and (target or opening not in _OWN_LABELS):
            yield label[1], label_id(label[1])


def _blocks(lines: list[Line], labels: Labels, inside: bool = False) -> Iterator[Line]:
    """Translate lines, which may be those inside of a directive."""
    at, label, in_formula = 0, "", False
    lines = list(as_commonmark(lines))
    texts = [line for _, line in lines]
    while at < len(lines):
        place, line = lines[at]
        if (item := _ITEM_OF_CODE.match(line)) and (end := _code_end(texts, at, item[1])):
            yield from lines[at:end]
            at = end
            continue
        end = _end(lines, at, inside)
        if (opening := _FENCE.match(line)) and opening[2] in LONE_TABS:
            end = _last_tab(lines, end)
            yield from _div_of_tabs(lines[at:end], labels)
        elif end > at + 1 or opening:
            block = lines[at:end]
            if label:
                block, label = _named_block(block, label), ""
            if end == len(lines) and not _is_closed(block):
                block = [*block, (lines[-1][0], _FENCE.sub(r"\1", line))]
            yield from _indented(block, labels)
        elif found := _TARGET.fullmatch(line):
            if label:  # a block may have several
                yield from [(place, f'<div id="{label}"></div>'), (place, "")]
            label = label_id(found[1])
            below = next((text for text in texts[at + 1 :] if text.strip()), "")
            if _has_options(below):
                yield place, ""
            elif _is_code(below):
                yield from [(place, f'<div id="{label}"></div>'), (place, "")]
                label = ""
            elif not any(_HEADING.fullmatch(each) for _, each in lines[at + 1 : at + 3]):
                yield from [(place, ""), (place, f"({label})=")]
                label = ""
        elif label and (heading := _HEADING.fullmatch(line)):
            yield place, f"{heading[1]} {translate_roles(heading[2], labels)} {{#{label}}}"
            label = ""
        elif line.startswith("%") or _BREAK.match(line):
            yield place, ""
        elif (field := _FIELD.fullmatch(line)) and not in_formula and _begins_block(texts, at):
            term, text = (translate_roles(each, labels) for each in field.groups())
            yield from [(place, ""), (place, term), (place, f": {text}")]
        elif _IFRAME.fullmatch(line) and not _closes(texts[at + 1 :]):
            yield place, f"{line.rstrip().removesuffix('/>').removesuffix('>')}></iframe>"
        elif embedded := _EMBED.fullmatch(line):
            yield place, embed_line(embedded[1], echo=False)
        elif attributes := _ATTRIBUTES.fullmatch(line):
            yield place, f"{{: {attributes[1]}}}"
        else:
            line, end = join_environment(texts, at)
            if end == at + 1:
                line, end = _whole(lines, at)
            opens = opens_display(line)
            is_block = opens and line.lstrip().startswith("$$")
            if is_block and not in_formula and at and lines[at - 1][1].strip():
                yield place, ""
            in_formula ^= opens
            line = line if in_formula else _FORMULA_LABEL.sub(r"\\label{\1}$$", line)
            yield place, translate_roles(line, labels)
            if is_block and not in_formula:
                yield place, ""
        at = end


def _closes(below: Sequence[str]) -> bool:
    """True if the lines below an `<iframe>` close it; CommonMark's HTML ends at a blank line."""
    block = takewhile(str.strip, below)
    return any("</iframe" in line.lower() for line in block)


def _code_end(lines: Sequence[str], at: int, fence: str) -> int:
    """Return the index after the line that closes the code in an item; 0 if none does."""
    return next((n + 1 for n in range(at + 1, len(lines)) if lines[n].strip() == fence), 0)


def _begins_block(lines: Sequence[str], at: int) -> bool:
    """True if a line is below a blank one, or below a field of a list of fields."""
    above = lines[at - 1] if at else ""
    return not above.strip() or _FIELD.fullmatch(above) is not None or above.startswith("  ")


def _named_block(block: list[Line], label: str) -> list[Line]:
    """Return a directive with a label as one more option."""
    is_yaml = block[1][1].strip() == "---"
    option = (block[0][0], f"name: {label}" if is_yaml else f":name: {label}")
    return [*block[: 1 + is_yaml], option, *block[1 + is_yaml :]]


def _is_code(line: str) -> bool:
    """True if a line opens a block of code, which has no id of its own."""
    fence = _FENCE.match(line)
    return fence is not None and fence[1][0] != ":" and fence[2] in (None, "code-cell")


def _has_options(line: str) -> bool:
    """True if a line opens a directive that shows code, whose name is an option."""
    fence = _FENCE.match(line)
    return fence is not None and fence[2] in CODE


def _whole(lines: list[Line], at: int) -> tuple[str, int]:
    """Return a line, with those below in which its last role goes on, and the index after them."""
    line, end = lines[at][1], at + 1
    while is_open(line) and end < min(len(lines), at + _LONGEST_ROLE) and lines[end][1].strip():
        line, end = f"{line} {lines[end][1].strip()}", end + 1
    return (lines[at][1], at + 1) if is_open(line) else (line, end)


def _end(lines: list[Line], at: int, inside: bool = False) -> int:
    """Return the index after the block that a fence opens, which ends with the text if nothing
    closes it, code only within a directive; `at + 1` for another line."""
    opening = _FENCE.match(lines[at][1])
    if not opening or (opening[1][0] == ":" and not opening[2]):
        return at + 1
    closing = _closing(opening)
    ends = (n + 1 for n in range(at + 1, len(lines)) if closing.match(lines[n][1]))
    return next(ends, len(lines) if opening[2] or inside else at + 1)


def _last_tab(lines: list[Line], at: int) -> int:
    """Return the index after the tabs that follow one another, of which the first ends at `at`."""
    following = next((n for n in range(at, len(lines)) if lines[n][1].strip()), at)
    opening = _FENCE.match(lines[following][1]) if following < len(lines) else None
    if not opening or opening[2] not in LONE_TABS:
        return at
    return _last_tab(lines, _end(lines, following))


def _div_of_tabs(lines: list[Line], labels: Labels) -> Iterator[Line]:
    """Translate tabs that follow one another, and have nothing around them."""
    made: list[Line] = []
    at = 0
    while at < len(lines):
        end = _end(lines, at)
        made += _indented(lines[at:end], labels) if lines[at][1].strip() else ()
        at = end
    yield from WRITERS["tab-set"](lines[0][0], "", {}, made)


def _is_closed(block: list[Line]) -> bool:
    """True if the last line of a block closes the fence in its first one."""
    opening = _FENCE.match(block[0][1])
    return len(block) > 1 and opening is not None and bool(_closing(opening).match(block[-1][1]))


def _closing(opening: re.Match[str]) -> re.Pattern[str]:
    """Return the pattern of the line that closes a fence, which is at most three columns to the
    right of it: code in a list within may have the same fence."""
    indent = opening.start(1) + _MAX_INDENT
    return re.compile(rf"[ \t]{{0,{indent}}}{re.escape(opening[1][0])}{{{len(opening[1])},}}\s*\Z")


def _indented(lines: list[Line], labels: Labels) -> Iterator[Line]:
    """Translate a fenced block; one in a list stays there."""
    first = lines[0][1]
    indent = first[: len(first) - len(first.lstrip())]
    if not indent:
        yield from _fenced(lines, labels)
        return
    bare = [(place, line.removeprefix(indent)) for place, line in lines]
    for place, line in _fenced(bare, labels):
        yield place, indent + line if line else line


def _fenced(lines: list[Line], labels: Labels) -> Iterator[Line]:
    place, line = lines[0]
    found = _FENCE.match(line)
    if not found or len(lines) < 2 or found[2] in (None, "code-cell"):
        yield from lines
        return
    name, argument = found[2].lower(), found["argument"].strip()
    options, body = split_options(lines[1:-1])
    options = {**_given(found["given"] or ""), **options}
    kind = _kind(name)
    if name == "contents" or (name == "toc" and options.get("context") in ("page", "section")):
        yield from [(place, ""), *([(place, f"**{argument}**"), (place, "")] if argument else [])]
        yield from [(place, "{:toc}"), (place, "- toc"), (place, "")]
    elif name in DROPPED:
        yield place, ""
    elif name == "eval-rst":
        yield from _restructured(lines[1:-1], labels)
    elif name == "panels":
        yield from _panels(lines[1:-1], labels)
    elif name in CODE:
        yield from code(lines[0], CODE[name] or argument, options, body, lines[-1][0])
    elif name in WRITERS:
        inner = body if name in VERBATIM else list(_blocks(body, labels, inside=True))
        yield from WRITERS[name](place, translate_roles(argument, labels), options, inner)
    elif kind and name.endswith("-end"):
        yield from [(place, ":::"), (place, "")]
    elif kind:
        inner = list(_blocks(body, labels, inside=True))
        title = translate_roles(argument, labels)
        made = list(admonition(kind, place, title, options, inner, labels.has_titles))
        yield from made[:-2] if name.endswith("-start") else made
    elif found[1][0] == ":" and _WORD.fullmatch(name):
        title = translate_roles(argument, labels)
        inner = [
            *([(place, title), (place, "")] if title else []),
            *_blocks(body, labels, inside=True),
        ]
        yield from [(place, ""), (place, f"{found[1]} {{.{name}}}"), *inner]
        yield from [(lines[-1][0], found[1]), (lines[-1][0], "")]
    else:
        yield from lines


def _restructured(lines: list[Line], labels: Labels) -> Iterator[Line]:
    """Translate reStructuredText in a directive; fields such as `:og:title:` are for programs."""
    from evergreen.content.formats.restructured import translate_rst  # late: few posts have some

    lines = [(place, line) for place, line in lines if not _METADATA.match(line)]
    made = [(lines[at][0], line) for at, line in translate_rst([line for _, line in lines])]
    yield from _blocks(made, labels, inside=True)


def _panels(lines: list[Line], labels: Labels) -> Iterator[Line]:
    """Translate the cards of sphinx-panels, between lines of three dashes, each with options."""
    ends = [at for at, (_, line) in enumerate(lines) if _DASHES.fullmatch(line)]
    for start, end in pairwise([-1, *ends, len(lines)]):
        _, body = split_options(lines[start + 1 : end])
        place = lines[max(start, 0)][0] if lines else 0
        yield from WRITERS["card"](place, "", {}, list(_blocks(body, labels, inside=True)))


def _given(text: str) -> dict[str, str]:
    """Return the options that mystmd has behind a directive's name: `#a .b c=d`."""
    found: dict[str, str] = {}
    for each in _GIVEN.finditer(text):
        if each["key"]:
            found[each["key"]] = (each["value"] or "").strip('"')
        elif each["sign"] == "#":
            found["label"] = each["name"]
        else:
            found["class"] = f"{found.get('class', '')} {each['name']}".strip()
    return found


def _kind(name: str) -> str:
    """Return the kind of an admonition or a theorem; "" for another directive."""
    if is_admonition(name):
        return name
    _, prefix, theorem = name.rpartition(":")
    bare = theorem.removesuffix("-start").removesuffix("-end")
    is_theorem = bool(prefix) and name.startswith(("prf:", "proof:"))
    return THEOREM_KINDS.get(bare, bare if is_theorem else "") if is_theorem or not prefix else ""


def split_options(lines: list[Line]) -> tuple[dict[str, str], list[Line]]:
    """Split the options, `:key: value` or between lines of `---`, from the content."""
    options: dict[str, str] = {}
    rest = list(lines)
    is_yaml = bool(rest) and rest[0][1].strip() == "---"
    rest = rest[is_yaml:]
    pattern = _YAML_OPTION if is_yaml else _OPTION
    while rest and (found := pattern.fullmatch(rest[0][1])):
        # In YAML, a value may go on in the lines below.
        more = list(takewhile(lambda line: is_yaml and line[1].startswith(" "), rest[1:]))
        options[found[1]] = _scalar(found[2], [line.strip() for _, line in more])
        rest = rest[1 + len(more) :]
    if is_yaml and rest and rest[0][1].strip() == "---":
        rest = rest[1:]
    return options, rest


def _scalar(first: str, more: Sequence[str]) -> str:
    """Return a YAML value of one or more lines: plain, in quotation marks, or a block."""
    if more and _BLOCK.fullmatch(first):
        return ("\n" if first.startswith("|") else " ").join(more).strip()
    value = " ".join([first, *more]).strip()
    if _QUOTED.fullmatch(value):
        mark = value[0]
        value = value[1:-1].replace("''" if mark == "'" else '\\"', mark)
    return value


_OWN_LABELS = frozenset({"math", "code-cell"})
_LABEL_OPTION = regex(r"[ \t]*:?(?:name|label):[ \t]*[\"']?([^\s\"']+)[\"']?[ \t]*")
_ITEM_OF_CODE = regex(r"[ \t]*(?:(?:[-*+]|\d+[.)])[ \t]+)+(`{3,}|~{3,})(?:[\w+-]*)[ \t]*\Z")
"""An item that begins with a block of code, which is no directive."""
_IFRAME = regex(r"[ \t]*<iframe\b[^<>]*>[ \t]*", re.I)
_METADATA = regex(r":\w+:\w+: ")
_DASHES = regex(r"-{3,}[ \t]*")
_WORD = regex(r"[a-z][\w-]*")
_FIELD = regex(r":([^\W_][\w -]*):[ \t]+(\S.*)")
_GIVEN = regex(
    r"(?P<sign>[#.])(?P<name>[\w:.-]+)|(?P<key>[A-Za-z][\w-]*)(?:=(?P<value>\"[^\"]*\"|\S+))?"
)
_MAX_INDENT = 3
_LONGEST_ROLE = 4
"""Number of lines that a role may have."""
_FENCE = regex(
    r"\s*(`{3,}(?=[^`]*\Z)|~{3,}|:{3,})\s*"
    r"(?:\{([\w:+-]+)(?P<given>[ \t]+(?:[^{}\"]|\"[^\"]*\")*)?\})?(?P<argument>.*)\Z"
)
"""The title behind colons and tildes may have code and roles; behind backticks it may not."""
_DIRECTIVE = regex(r"^ {0,3}(?:`{3,}|:{3,})\{([a-z][\w:-]*)(?:[ \t]+[^{}\n]*)?\}", re.M)
_TARGET = regex(r"\(([^()\n]+)\)=\s*")
_NAMED_BLOCK = regex(r"\s*(?:#{1,6}\s|`{3}|~{3}|:{3}|!\[|\||\$\$)")
_ATTRIBUTES = regex(r"\{([.#][\w-][^{}]*)\}\s*")
"""Attributes of the block below."""
_EMBED = regex(r"!\[\]\(#([\w:.-]+)\)\s*")
_BREAK = regex(r"[ \t]*\+{3}")
"""A break between blocks of MyST."""
_HEADING = regex(r"(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*")
_OPTION = regex(r"\s*:([A-Za-z][\w-]*):[ \t]*(.*?)[ \t]*")
_BLOCK = regex(r"[|>][+-]?")
_QUOTED = regex(r"'(?:[^']|'')*'|\"(?:[^\"\\]|\\.)*\"")
_YAML_OPTION = regex(r"([A-Za-z][\w-]*):[ \t]*(.*?)[ \t]*")
_FORMULA_LABEL = regex(r"\$\$[ \t]*\(([^\W\d][\w:.-]*)\)[ \t]*\Z")
