"""MyST's directives, roles and targets, as the Markdown and HTML of our dialect.

Each line comes with the index of its line in the source. A directive that is unknown here stays a
code block, so that nothing of the text is lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape

from evergreen.content.formats.text import plain_text

Line = tuple[int, str]


def translate_myst(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield the lines in our dialect, each with the index of the old one."""
    titles = dict(_labelled(lines))
    yield from _blocks(list(enumerate(lines)), titles)


def _labelled(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each label of a heading with the heading's text."""
    for at, line in enumerate(lines):
        if found := _TARGET.fullmatch(line):
            below = next((each for each in lines[at + 1 :] if each.strip()), "")
            if heading := _HEADING.fullmatch(below):
                yield found[1], heading[2]


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
                yield place, f'<div id="{label}"></div>'
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
        fence = "`" * max(3, len(found[1]))
        yield place, f"{fence}{argument or 'text'}"
        yield from body
        yield lines[-1][0], fence
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
    names = " ".join(dict.fromkeys(["admonition", kind, *options.get("class", "").split()]))
    name = f' id="{_id(options["name"])}"' if "name" in options else ""
    heading = title or kind.capitalize()
    if title and kind not in ("admonition", "dropdown", "exercise"):
        heading = f"{kind.capitalize()}: {title}" if kind not in _PLAIN else kind.capitalize()
        inner = [*inner, (place, "")] if kind not in _PLAIN else [(place, title), *inner]
    last = inner[-1][0] if inner else place
    if kind == "dropdown" or "dropdown" in names.split():
        yield place, f'<details class="{escape(names)}"{name} markdown="1">'
        yield place, f'<summary markdown="span">{heading}</summary>'
        closing = "</details>"
    else:
        yield place, f'<div class="{escape(names)}"{name} markdown="1">'
        yield place, f"**{heading}**"
        closing = "</div>"
    yield from [(place, ""), *inner, (last, ""), (last, closing), (last, "")]


def _figure(
    place: int, source: str, options: Mapping[str, str], inner: list[Line]
) -> Iterator[Line]:
    name = f' id="{_id(options["name"])}"' if "name" in options else ""
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
    if name in ("ref", "numref"):
        return f"[{shown or titles.get(target, target)}](#{_id(target)})"
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
    return shown or text if name in ("term", "index", "abbr", "prf:ref") else ""


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
    **dict.fromkeys(
        "table tab-set tab-item grid grid-item grid-item-card card margin sidebar aside div"
        " container".split(),
        _box,
    ),
}
_FENCE = re.compile(r"\s*(`{3,}|~{3,}|:{3,})\s*(?:\{([\w:+-]+)\})?([^`]*)\Z")
_TARGET = re.compile(r"\(([^()\n]+)\)=\s*")
_HEADING = re.compile(r"(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*")
_OPTION = re.compile(r"\s*:([a-z][\w-]*):[ \t]*(.*?)[ \t]*")
_YAML_OPTION = re.compile(r"([a-z][\w-]*):[ \t]*(.*?)[ \t]*")
_ROLE = re.compile(r"\{([a-z][\w:.-]*)\}(`+)(?!`)(.+?)(?<!`)\2(?!`)")
_NAMED = re.compile(r"(.+?)\s*<([^<>]+)>")
_ABBREVIATION = re.compile(r"(.+?)\s*\((.+)\)")
