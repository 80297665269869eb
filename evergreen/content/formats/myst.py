"""MyST's directives, roles and targets, as the Markdown and HTML of our dialect.

Each line comes with the index of its line in the source. A directive that is unknown here stays a
code block, so that nothing of the text is lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape

from evergreen.content.formats.text import plain_text
from evergreen.markdown import CALLOUTS, THEOREMS

Line = tuple[int, str]


def translate_myst(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield the lines in our dialect, each with the index of the old one."""
    titles = dict(_labelled(lines))
    yield from _blocks(list(enumerate(lines)), titles)


def has_myst(lines: Sequence[str]) -> bool:
    """True if text has a directive or a role of MyST that is known here."""
    text = "\n".join(lines)
    named = {found[1] for found in _DIRECTIVE.finditer(text)}
    return bool(_KNOWN_ROLE.search(text) or any(_is_known(name) for name in named))


def _is_known(name: str) -> bool:
    return name in _WRITERS or name in _CODE or name in _DROPPED or bool(_kind(name))


def _labelled(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each label of a paragraph, which has no name of its own, with the label as text."""
    for at, line in enumerate(lines):
        if found := _TARGET.fullmatch(line):
            below = next((each for each in lines[at + 1 :] if each.strip()), "")
            if not _NAMED_BLOCK.match(below):
                yield found[1], found[1]


def _blocks(lines: list[Line], titles: Mapping[str, str]) -> Iterator[Line]:
    at, label = 0, ""
    while at < len(lines):
        place, line = lines[at]
        end = _end(lines, at)
        if end > at + 1 or _FENCE.match(line):
            yield from _fenced(lines[at:end], titles)
        elif found := _TARGET.fullmatch(line):
            label = _id(found[1])
            if not any(_HEADING.fullmatch(each) for _, each in lines[at + 1 : at + 3]):
                yield place, f"({label})="
                label = ""
        elif label and (heading := _HEADING.fullmatch(line)):
            yield place, f"{heading[1]} {_roles(heading[2], titles)} {{#{label}}}"
            label = ""
        elif line.startswith(("+++", "% ")):
            yield place, ""
        else:
            yield place, _roles(line, titles)
        at = end


def _end(lines: list[Line], at: int) -> int:
    """Return the index after the block that a fence opens; `at + 1` for another line."""
    opening = _FENCE.match(lines[at][1])
    if not opening or (opening[1][0] == ":" and not opening[2]):
        return at + 1
    closing = re.compile(rf"\s*{re.escape(opening[1][0])}{{{len(opening[1])},}}\s*\Z")
    ends = (n + 1 for n in range(at + 1, len(lines)) if closing.match(lines[n][1]))
    return next(ends, at + 1)


def _fenced(lines: list[Line], titles: Mapping[str, str]) -> Iterator[Line]:
    place, line = lines[0]
    found = _FENCE.match(line)
    if not found or len(lines) < 2 or found[2] in (None, "code-cell"):
        yield from lines
        return
    name, argument = found[2], found[3].strip()
    options, body = _options(lines[1:-1])
    if name in _DROPPED:
        yield place, ""
    elif name in _CODE:
        yield from _code(lines[0], argument, options, body, lines[-1][0])
    elif name in _WRITERS:
        inner = list(_blocks(body, titles))
        yield from _WRITERS[name](place, _roles(argument, titles), options, inner)
    elif kind := _kind(name):
        inner = list(_blocks(body, titles))
        yield from _admonition(kind, place, _roles(argument, titles), options, inner)
    else:
        yield from lines


def _kind(name: str) -> str:
    """Return the kind of an admonition; "" for another directive."""
    if name in _ADMONITIONS:
        return name
    theorem = name.removeprefix("prf:").removesuffix("-start").removesuffix("-end")
    return theorem if name.startswith("prf:") or theorem in ("exercise", "solution") else ""


def _options(lines: list[Line]) -> tuple[dict[str, str], list[Line]]:
    """Split the options, `:key: value` or between lines of `---`, from the content."""
    options: dict[str, str] = {}
    rest = list(lines)
    is_yaml = bool(rest) and rest[0][1].strip() == "---"
    rest = rest[is_yaml:]
    pattern = _YAML_OPTION if is_yaml else _OPTION
    while rest and (found := pattern.fullmatch(rest[0][1])):
        options[found[1]] = found[2]
        rest = rest[1:]
    if is_yaml and rest and rest[0][1].strip() == "---":
        rest = rest[1:]
    return options, rest


def _admonition(
    kind: str, place: int, title: str, options: Mapping[str, str], inner: list[Line]
) -> Iterator[Line]:
    """Yield a call-out or a theorem as a fenced div, whose first heading is its title."""
    label = options.get("name") or options.get("label", "")
    identity = f" #{_id(label)}" if label else ""
    classes = options.get("class", "").split()
    if kind in THEOREMS:
        names = f".{kind}{identity} data-kind={THEOREMS[kind]}"
    else:
        chosen = next((name for name in (*classes, kind) if name in CALLOUTS), "note")
        folds = kind == "dropdown" or "dropdown" in classes
        names = f".callout-{CALLOUTS[chosen]}{identity}" + ' collapse="true"' * folds
    if title and kind in _PLAIN:
        inner, title = [(place, title), *inner], ""
    yield from _div(place, names, title, inner)


def _div(place: int, attributes: str, title: str, inner: list[Line]) -> Iterator[Line]:
    last = inner[-1][0] if inner else place
    yield place, f"::: {{{attributes}}}"
    if title:
        yield from [(place, f"###### {title}"), (place, "")]
    yield from [*inner, (last, ":::"), (last, "")]


def _tabs(place: int, title: str, options: Mapping[str, str], inner: list[Line]) -> Iterator[Line]:
    group = options.get("sync-group", "")
    yield from _div(place, ".tab-set" + f' group="{group}"' * bool(group), "", inner)


def _tab(place: int, title: str, options: Mapping[str, str], inner: list[Line]) -> Iterator[Line]:
    yield from _div(place, ".tab-item", title, inner)


def _table(place: int, title: str, options: Mapping[str, str], inner: list[Line]) -> Iterator[Line]:
    """Yield a table as a figure with its label; the caption is the last paragraph."""
    label = f"#{_id(options['name'])} " if "name" in options else ""
    if title:
        inner = [*inner, (place, ""), (place, title)]
    yield from _div(place, f"{label}.table-figure data-kind=tbl", "", inner)


def _code(
    opening: Line, argument: str, options: Mapping[str, str], body: list[Line], end: int
) -> Iterator[Line]:
    found = _FENCE.match(opening[1])
    fence = "`" * max(3, len(found[1]) if found else 3)
    yield opening[0], f"{fence}{argument or 'text'}"
    yield from [*body, (end, fence)]
    given = [f"#{_id(options['name'])}", 'data-kind="lst"'] if "name" in options else []
    given += [f'{key}="{options[key]}"' for key in ("caption",) if key in options]
    lines = options.get("emphasize-lines", "")
    given += [f'hl_lines="{lines}"'] if lines else []
    given += ["linenums=1"] if "linenos" in options else []
    if given:
        yield end, f"{{: {' '.join(_quoted(each) for each in given)}}}"


def _quoted(attribute: str) -> str:
    key, equals, value = attribute.partition("=")
    return attribute if not equals or value.startswith('"') else f'{key}="{value}"'


def _figure(
    place: int, source: str, options: Mapping[str, str], inner: list[Line]
) -> Iterator[Line]:
    name = f' id="{_id(options["name"])}" data-kind="fig"' if "name" in options else ""
    caption = " ".join(line for _, line in inner if line.strip())
    width = f' width="{escape(options["width"])}"' if "width" in options else ""
    alt = escape(options.get("alt", "") or plain_text(caption))
    yield place, f'<figure{name}><img src="{escape(source)}" alt="{alt}"{width}>'
    if caption:
        last = inner[-1][0]
        yield last, f'<figcaption markdown="span">{caption}</figcaption>'
    yield place, "</figure>"
    yield place, ""


def _math(place: int, source: str, options: Mapping[str, str], inner: list[Line]) -> Iterator[Line]:
    label = rf"\label{{{options['label']}}}" if "label" in options else ""
    yield from [(place, ""), (place, f"$${source} {label}")]
    yield from ((at, line) for at, line in inner if line.strip())
    yield from [(place, "$$"), (place, "")]


def _box(place: int, title: str, options: Mapping[str, str], inner: list[Line]) -> Iterator[Line]:
    last = inner[-1][0] if inner else place
    yield place, '<div class="box" markdown="1">'
    if title and not title.replace(" ", "").isdecimal():
        yield from [(place, f"**{title}**"), (place, "")]
    yield from [*inner, (last, ""), (last, "</div>"), (last, "")]


def _roles(line: str, titles: Mapping[str, str]) -> str:
    def replaced(found: re.Match[str]) -> str:
        name, text = found[1], found[3]
        return _role(name, text, titles) or found[0]

    return _ROLE.sub(replaced, line) if "}`" in line else line


def _role(name: str, text: str, titles: Mapping[str, str]) -> str:
    """Return a role in our dialect; "" if it is unknown."""
    named = _NAMED.fullmatch(text)
    shown, target = (named[1], named[2]) if named else ("", text)
    if name == "math":
        return f"${text}$"
    if name == "eq":
        return rf"\eqref{{{text}}}"
    if name in ("ref", "numref", "prf:ref"):
        return f"[{shown or titles.get(target, '')}](#{_id(target)})"
    if name.startswith("cite"):
        return "".join(f"[@{key.strip()}]" for key in text.split(","))
    if name in ("download", "doc"):
        return f"[{shown or target}]({target})" if name == "download" else shown or target
    if name == "abbr" and (long := _ABBREVIATION.fullmatch(text)):
        return f'<abbr title="{escape(long[2])}">{escape(long[1])}</abbr>'
    if name in ("kbd", "sub", "sup"):
        return f"<{name}>{escape(text)}</{name}>"
    if name in ("code", "file", "command", "samp"):
        return f"`{text}`"
    return shown or text if name in ("term", "index", "abbr") else ""


def _id(label: str) -> str:
    return re.sub(r"[^\w.-]+", "-", label.strip()).lower()


_ADMONITIONS = frozenset(
    "admonition attention caution danger error hint important note seealso tip warning dropdown"
    " topic".split()
)
_PLAIN = _ADMONITIONS - {"admonition", "dropdown", "topic"}
"""Their argument is the beginning of their content."""
_CODE = frozenset({"code", "code-block", "sourcecode"})
_DROPPED = frozenset("toctree tableofcontents contents bibliography footbibliography index".split())
_Writer = Callable[[int, str, Mapping[str, str], list[Line]], Iterator[Line]]
_WRITERS: Mapping[str, _Writer] = {
    "figure": _figure,
    "image": _figure,
    "math": _math,
    "table": _table,
    "tab-set": _tabs,
    "tab-item": _tab,
    **dict.fromkeys(
        "grid grid-item grid-item-card card margin sidebar aside div container".split(),
        _box,
    ),
}
_FENCE = re.compile(r"\s*(`{3,}|~{3,}|:{3,})\s*(?:\{([\w:+-]+)\})?([^`]*)\Z")
_DIRECTIVE = re.compile(r"^ {0,3}(?:`{3,}|:{3,})\{([a-z][\w:-]*)\}", re.M)
_KNOWN_ROLE = re.compile(r"\{(?:numref|eq|ref|prf:ref|cite(?::\w+)?|math|doc)\}`[^`\n]+`")
_TARGET = re.compile(r"\(([^()\n]+)\)=\s*")
_NAMED_BLOCK = re.compile(r"\s*(?:#{1,6}\s|`{3}|~{3}|:{3}|!\[|\||\$\$)")
_HEADING = re.compile(r"(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*")
_OPTION = re.compile(r"\s*:([a-z][\w-]*):[ \t]*(.*?)[ \t]*")
_YAML_OPTION = re.compile(r"([a-z][\w-]*):[ \t]*(.*?)[ \t]*")
_ROLE = re.compile(r"\{([a-z][\w:.-]*)\}(`+)(?!`)(.+?)(?<!`)\2(?!`)")
_NAMED = re.compile(r"(.+?)\s*<([^<>]+)>")
_ABBREVIATION = re.compile(r"(.+?)\s*\((.+)\)")
