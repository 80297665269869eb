"""The text of a post for tools that do not know our syntax: references with their names, captions,
call-outs and theorems in plain Markdown, absolute links.

It works line by line, outside of code, on the text as written; what it does not know stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field

from evergreen.dataclass import dataclass
from evergreen.markdown import CALLOUTS
from evergreen.markdown.cross_references import BARE, split_label
from evergreen.regex import regex


def _same(url: str) -> str:
    return url


@dataclass(frozen=True, slots=True)
class PortableNames:
    """What a page shows in place of what its author wrote."""

    names: Mapping[str, str] = field(default_factory=dict)
    """Label → name with number, `Figure 2`."""
    numbers: Mapping[str, str] = field(default_factory=dict)
    """Label → number."""
    words: Mapping[str, str] = field(default_factory=dict)
    """Kind of a call-out → its title; `caption` → the form of a caption."""
    sections: Mapping[str, str] = field(default_factory=dict)
    """Text of a heading → its number."""
    citations: Mapping[str, str] = field(default_factory=dict)
    """Key of a source → how it is cited."""
    sources: str = ""
    """The list of sources, as Markdown."""
    absolute: Callable[[str], str] = _same
    """Returns a URL as a reader elsewhere needs it."""

    def caption(self, label: str, text: str) -> str:
        """Return a caption with its number, in italics; "" without any text."""
        name = self.names.get(label, "")
        form = self.words.get("caption", "{number}: {text}")
        shown = form.format(number=name, text=text) if name and text else name or text
        return f"*{shown.strip()}*" if shown else ""


def translate(lines: Iterable[tuple[str, bool]], names: PortableNames) -> list[tuple[str, bool]]:
    """Return lines in plain Markdown; True marks code, which is not changed."""
    found: list[tuple[str, bool]] = []
    for line, is_code in lines:
        if is_code or not _SYNTAX.search(line):
            found.append((line, is_code))
        elif match := _ATTRIBUTES.fullmatch(line):
            _tag(found, match[1], names)
        elif found and (title := _HEADING.fullmatch(line)) and found[-1][0].endswith(_OPEN):
            above = found.pop()[0].removesuffix(_OPEN)
            text = f"{above} ({title[1]})" if above in names.names.values() else title[1]
            found += [(f"**{text}**", False), ("", False)]
        else:
            found += [(each, False) for each in _line(line, names)]
    return [(_closed(line), is_code) for line, is_code in found]


def _line(line: str, names: PortableNames) -> list[str]:
    if match := _DIV.fullmatch(line):
        return _div(match, names)
    if _END.fullmatch(line) or _TARGET.fullmatch(line):
        return [""]
    if match := _ALERT.fullmatch(line):
        kind = CALLOUTS.get(match[2].lower())
        title = match[3].strip() or (names.words.get(kind, kind.capitalize()) if kind else "")
        return [f"{match[1]}**{title}**", match[1].rstrip()] if kind else [line]
    if match := _CAPTION.fullmatch(line):
        return [names.caption(match[2], _spans(match[1], names))]
    if match := _FIGURE.fullmatch(line):
        image = f"![{match[1]}]({names.absolute(match[2])})"
        label = _ID.search(match[3])
        caption = names.caption(label[1], match[1]) if label else ""
        return [image, "", caption] if caption else [image]
    if match := _EQUATION.fullmatch(line):
        tag = rf"\tag{{{names.numbers[match[2]]}}}" if match[2] in names.numbers else ""
        return [tag, "$$"] if not match[1].strip() else [f"{match[1]} {tag} $$"]
    if match := _SECTION.fullmatch(line):
        number = names.sections.get(match[2], "")
        return [" ".join(filter(None, (match[1], number, _spans(match[2], names))))]
    return [_spans(line, names)]


def _div(match: re.Match[str], names: PortableNames) -> list[str]:
    attributes = match[1] or match[2] or ""
    label = _ID.search(attributes)
    if label and label[1] in names.names:
        return [f"{names.names[label[1]]}{_OPEN}"]
    words = (word.removeprefix("callout-") for word in re.findall(r"[\w-]+", attributes))
    kind = next((CALLOUTS[word] for word in words if word in CALLOUTS), "")
    title = _TITLE.search(attributes)
    if not kind:
        return [""]
    return [f"**{title[1]}**\n" if title else f"{names.words.get(kind, kind.capitalize())}{_OPEN}"]


def _closed(line: str) -> str:
    """Return the title of a div that no heading followed, in bold."""
    return f"**{line.removesuffix(_OPEN)}**\n" if line.endswith(_OPEN) else line


def _tag(found: list[tuple[str, bool]], attributes: str, names: PortableNames) -> None:
    """Put the number of the formula above an attribute list into it; keep the list for others."""
    label = _ID.search(attributes)
    if label and label[1] in names.numbers and found and found[-1][0].strip() == "$$":
        found[-1:] = [(rf"\tag{{{names.numbers[label[1]]}}}", False), ("$$", False)]
    else:
        found.append((f"{{:{attributes}}}", False))


def _spans(line: str, names: PortableNames) -> str:
    """Return a line with the names of what it refers to, and absolute links; not in code spans."""
    parts = _CODE.split(line)
    return "".join(part if at % 2 else _plain(part, names) for at, part in enumerate(parts))


def _plain(text: str, names: PortableNames) -> str:
    def of_label(found: re.Match[str]) -> str:
        label, behind = split_label(found[1][:1].lower() + found[1][1:], names.names)
        return names.names[label] + behind if label in names.names else found[0]

    def of_group(found: re.Match[str]) -> str:
        items = [_ITEM.fullmatch(each.strip()) for each in found[1].split(";")]
        shown = [_item(each, names) if each else "" for each in items]
        if not all(shown):
            return found[0]
        text = ", ".join(shown)
        return f"[{text}]" if all(each and each[3] in names.citations for each in items) else text

    def of_link(found: re.Match[str]) -> str:
        bang, label, url, title = found.groups("")
        name = names.names.get(url[1:], "") if url.startswith("#") else ""
        if name and not label:
            return name
        if name and "%s" in label:
            return label.replace("%s", names.numbers.get(url[1:], ""))
        return f"{bang}[{label}]({names.absolute(url)}{title})"

    def of_command(found: re.Match[str]) -> str:
        number = names.numbers.get(found[2], "")
        return (f"({number})" if found[1] else number) if number else found[0]

    text = _GROUP.sub(of_group, text)
    text = _LINK.sub(of_link, text)
    text = _COMMAND.sub(of_command, text)
    text = _LABEL_OF.sub(lambda found: _tagged(found, names), text)
    return _AT.sub(of_label, text) if "@" in text else text


def _item(found: re.Match[str], names: PortableNames) -> str:
    """Return an item of a group as it is shown; "" if nothing has its label."""
    before, minus, label = found[1].strip(), found[2], found[3]
    if label in names.citations:
        return names.citations[label]
    shown = names.numbers if minus or before else names.names
    label, behind = split_label(label, shown)
    return f"{before} {shown[label]}{behind}".strip() if label in shown else ""


def _tagged(found: re.Match[str], names: PortableNames) -> str:
    number = names.numbers.get(found[1], "")
    return rf"\tag{{{number}}}" if number else found[0]


_SYNTAX = regex(r"[\[@\\{#$]|:::|\)=")
"""Is in each line that any of the patterns below matches; most lines of a post have none."""
_OPEN = "\0"
"""Ends the title of a div whose heading may follow."""
_CODE = regex(r"(`+[^`]*`+)")
_ID = regex(r"#([\w][\w:.-]*)")
_TITLE = regex(r"title=\"([^\"]*)\"")
_ATTRIBUTES = regex(r"\s*\{:(?![:/])([^}]*)\}\s*")
_DIV = regex(r" {0,3}:{3,}[ \t]*(?:\{([^{}]*)\}|([\w-]+)).*")
_END = regex(r" {0,3}:{3,}[ \t]*")
_TARGET = regex(r" {0,3}\([\w][\w :.-]*\)=[ \t]*")
_ALERT = regex(r"(\s*>\s*)\[!(\w+)\][+-]?(.*)")
_CAPTION = regex(r"(?:Table)?:[ \t]+(.*?)[ \t]*\{#(tbl-[\w:.-]+)[^{}]*\}\s*")
_FIGURE = regex(r"!\[([^\]]*)\]\(([^)\s]+)(?:\s[^)]*)?\)\{:?([^{}]*)\}\s*")
_EQUATION = regex(r"(.*?)\$\$\s*\{#([\w:.-]+)\}\s*")
_HEADING = regex(r"#{1,6}[ \t]+(.*?)[ \t]*(?:\{[^{}]*\})?")
_SECTION = regex(r"(#{1,6})[ \t]+(.*?)[ \t]*(?:\{[#.-][^{}]*\})?[ \t]*")
_GROUP = regex(r"\[([^\[\]\n]*@[^\[\]\n]*)\](?![(\[])")
_ITEM = regex(r"([^@]*?)(-?)@(\w(?:[\w:.-]*\w)?)(?:,[^@]*)?")
_LINK = regex(
    r"(!?)\[([^\[\]]*)\]\(([^()\s]+)(\s+\"[^\"\n]*\"|\s+'[^'\n]*')?(?:\s+=\d*%?x\d*%?)?\s*\)"
)
"""A link or a picture; the size of a picture is left out."""
_COMMAND = regex(r"\\(eq)?ref\{([^{}\n]+)\}")
_LABEL_OF = regex(r"\\label\{([^{}\n]+)\}")
_AT = regex(BARE)
