"""MyST's directives, roles and targets, as the Markdown and HTML of our dialect.

Each line comes with the index of its line in the source. A directive that is unknown here stays a
code block, so that nothing of the text is lost; between colons it is text in a div.
`myst_directives` writes the directives, `myst_roles` the roles.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, pairwise, takewhile

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
    include_line,
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
from evergreen.dataclass import dataclass
from evergreen.markdown.toc import DEPTH
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
    lines = list(as_commonmark(lines))
    return _Reader(lines, [line for _, line in lines], labels, inside).translate()


@dataclass(slots=True)
class _Reader:
    """Reads lines block by block. A rule returns the lines in place of the block that begins at
    `at`, and goes behind it; None where no such block begins."""

    lines: list[Line]
    texts: list[str]
    """The lines without their places."""
    labels: Labels
    inside: bool
    at: int = 0
    label: str = ""
    """That of the block below."""
    in_formula: bool = False

    def translate(self) -> Iterator[Line]:
        """Yield the lines in our dialect."""
        while self.at < len(self.lines):
            made = (rule(self) for rule in _RULES)
            yield from next(each for each in made if each is not None)

    @property
    def line(self) -> str:
        """The line at which a block may begin."""
        return self.texts[self.at]

    @property
    def place(self) -> int:
        """Its index in the source."""
        return self.lines[self.at][0]

    def below(self) -> Iterator[str]:
        """Yield the lines below."""
        return islice(self.texts, self.at + 1, None)

    def take(self, end: int) -> list[Line]:
        """Return the lines before another one, which is the next."""
        passed = self.lines[self.at : end]
        self.at = end
        return passed

    def in_place(self, text: str) -> list[Line]:
        """Replace the line by a text."""
        return [(self.take(self.at + 1)[0][0], text)]

    def code_of_item(self) -> list[Line] | None:
        """Keep code that begins on the line of a list's item."""
        item = _ITEM_OF_CODE.match(self.line)
        end = item and _code_end(list(self.below()), item[1])
        return self.take(self.at + 1 + end) if end else None

    def tabs(self) -> list[Line] | None:
        """Translate tabs that follow one another."""
        opening = _FENCE.match(self.line)
        if not opening or opening[2] not in LONE_TABS:
            return None
        end = _last_tab(self.lines, _end(self.lines, self.at, self.inside))
        return list(_div_of_tabs(self.take(end), self.labels))

    def fenced(self) -> list[Line] | None:
        """Translate a directive, with the label above it."""
        if not _FENCE.match(self.line):
            return None
        block = self.take(_end(self.lines, self.at, self.inside))
        opening = block[0][1]
        if self.label and len(block) > 1:
            block = _named_block(block, self.label)
        self.label = ""
        if self.at == len(self.lines) and not _is_closed(block):
            block = [*block, (self.lines[-1][0], _FENCE.sub(r"\1", opening))]
        return list(_indented(block, self.labels))

    def target(self) -> list[Line] | None:
        """Read a label, `(label)=`, which goes to the block below or has a place of its own."""
        found = _TARGET.fullmatch(self.line)
        if not found:
            return None
        place, first = self.place, _anchor(self.place, self.label) if self.label else []
        self.label = label_id(found[1])
        below = next((text for text in self.below() if text.strip()), "")
        near = islice(self.below(), 2)
        self.at += 1
        if _has_options(below):
            return [*first, (place, "")]
        if not _is_code(below):
            if any(map(_HEADING.fullmatch, near)):
                return first
            first += [(place, ""), (place, f"({self.label})=")]
        else:
            first += _anchor(place, self.label)
        self.label = ""
        return first

    def heading(self) -> list[Line] | None:
        """Translate a heading with the label above it."""
        found = _HEADING.fullmatch(self.line) if self.label else None
        if not found:
            return None
        label, self.label = self.label, ""
        return self.in_place(f"{found[1]} {translate_roles(found[2], self.labels)} {{#{label}}}")

    def comment(self) -> list[Line] | None:
        """Leave out a comment, and what divides blocks."""
        is_one = self.line.startswith("%") or _BREAK.match(self.line)
        return self.in_place("") if is_one else None

    def field(self) -> list[Line] | None:
        """Translate a field, `:name: text`, as a definition."""
        found = None if self.in_formula else _FIELD.fullmatch(self.line)
        if not found or not _begins_block(self.texts, self.at):
            return None
        term, text = (translate_roles(each, self.labels) for each in found.groups())
        place = self.place
        self.at += 1
        return [(place, ""), (place, term), (place, f": {text}")]

    def frame(self) -> list[Line] | None:
        """Close an `<iframe>` that nothing closes."""
        if not _IFRAME.fullmatch(self.line) or _closes(self.below()):
            return None
        start = self.line.rstrip().removesuffix("/>").removesuffix(">")
        return self.in_place(f"{start}></iframe>")

    def embedded(self) -> list[Line] | None:
        """Translate `![](#label)`, which shows the block of a label."""
        found = _EMBED.fullmatch(self.line)
        return self.in_place(embed_line(found[1], echo=False)) if found else None

    def attributes(self) -> list[Line] | None:
        """Translate `{#id .class}`, the attributes of the block below."""
        found = _ATTRIBUTES.fullmatch(self.line)
        return self.in_place(f"{{: {found[1]}}}") if found else None

    def attribution(self) -> list[Line] | None:
        """Translate a quote below `{attribution="name"}`; the name is its last paragraph."""
        found = _ATTRIBUTION.fullmatch(self.line)
        if not found or not next(self.below(), "").startswith(">"):
            return None
        self.at += 1
        below = enumerate(self.texts[self.at :], self.at)
        end = next((n for n, line in below if not line.startswith(">")), len(self.texts))
        quote = [(place, translate_roles(line, self.labels)) for place, line in self.take(end)]
        last = quote[-1][0]
        return [*quote, (last, ">"), (last, f"> — {found[1]}"), (last, "")]

    def text(self) -> list[Line]:
        """Translate the roles in a line, with those below that belong to it."""
        place, above = self.place, self.texts[self.at - 1] if self.at else ""
        line, end = join_environment(self.texts, self.at)
        if end == self.at + 1:
            line, end = _whole(self.lines, self.at)
        self.at = end
        opens = opens_display(line)
        is_block = opens and line.lstrip().startswith("$$")
        begins = is_block and not self.in_formula and above.strip()
        self.in_formula ^= opens
        line = line if self.in_formula else _FORMULA_LABEL.sub(r"\\label{\1}$$", line)
        ends = is_block and not self.in_formula
        blank = [(place, "")]
        made = [(place, translate_roles(line, self.labels))]
        return [*(blank if begins else ()), *made, *(blank if ends else ())]


_RULES: tuple[Callable[[_Reader], list[Line] | None], ...] = (
    _Reader.code_of_item,
    _Reader.tabs,
    _Reader.fenced,
    _Reader.target,
    _Reader.heading,
    _Reader.comment,
    _Reader.field,
    _Reader.frame,
    _Reader.embedded,
    _Reader.attributes,
    _Reader.attribution,
    _Reader.text,
)


def _anchor(place: int, label: str) -> list[Line]:
    """Return the place of a label that no block has."""
    return [(place, f'<div id="{label}"></div>'), (place, "")]


def _closes(below: Iterable[str]) -> bool:
    """True if the lines below an `<iframe>` close it; CommonMark's HTML ends at a blank line."""
    block = takewhile(str.strip, below)
    return any("</iframe" in line.lower() for line in block)


def _code_end(below: Sequence[str], fence: str) -> int:
    """Return how many lines below an item its code takes; 0 if nothing closes it."""
    return next((n for n, line in enumerate(below, 1) if line.strip() == fence), 0)


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
        yield from _loaded(lines) if found and found[2] else lines
        return
    name, argument = found[2].lower(), found["argument"].strip()
    options, body = split_options(lines[1:-1])
    options = {**_given(found["given"] or ""), **options}
    kind = _kind(name)
    if name == "contents" or (name == "toc" and options.get("context") in ("page", "section")):
        yield from [(place, ""), *([(place, f"**{argument}**"), (place, "")] if argument else [])]
        depth = options.get("depth", "").strip()
        mark = f'{{:toc {DEPTH}="{depth}"}}' if depth.isdecimal() else "{:toc}"
        yield from [(place, mark), (place, "- toc"), (place, "")]
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


def _loaded(lines: list[Line]) -> Iterator[Line]:
    """Put a file in place of the code of a cell whose option `load` names it."""
    options, body = split_options(lines[1:-1])
    if not (name := options.get("load")):
        yield from lines
        return
    head = lines[: len(lines) - 1 - len(body)]
    yield from (line for line in head if not _LOAD.match(line[1]))
    yield from [(lines[0][0], include_line(name, {"cell": "true"})), lines[-1]]


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


_LOAD = regex(r"[ \t]*:?load:")
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
_ATTRIBUTION = regex(r"\{attribution=[\"']([^\"'{}]*)[\"']\}\s*")
_EMBED = regex(r"!\[\]\(#([\w:.-]+)\)\s*")
_BREAK = regex(r"[ \t]*\+{3}")
"""A break between blocks of MyST."""
_HEADING = regex(r"(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*")
_OPTION = regex(r"\s*:([A-Za-z][\w-]*):[ \t]*(.*?)[ \t]*")
_BLOCK = regex(r"[|>][+-]?")
_QUOTED = regex(r"'(?:[^']|'')*'|\"(?:[^\"\\]|\\.)*\"")
_YAML_OPTION = regex(r"([A-Za-z][\w-]*):[ \t]*(.*?)[ \t]*")
_FORMULA_LABEL = regex(r"\$\$[ \t]*\(([^\W\d][\w:.-]*)\)[ \t]*\Z")
