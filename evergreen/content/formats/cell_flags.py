"""What authors of notebooks say of a code cell in its metadata and first comments: Jupyter's hidden
sources and outputs, Colab's forms, the flags of fastpages (`#collapse`) and nbdev (`#|export`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from evergreen.content.formats.text import tag_options
from evergreen.dataclass import dataclass
from evergreen.regex import regex


@dataclass(frozen=True, slots=True)
class CellFlags:
    """What the flags of a cell mean."""

    tags: tuple[str, ...] = ()
    """The tags that stand for them."""
    summary: str = ""
    """The text in place of a hidden source."""
    flagged: frozenset[int] = frozenset()
    """Indices of the lines that are only flags."""


def read_flags(lines: Sequence[str], metadata: Mapping[str, Any]) -> CellFlags:
    """Return the flags of a cell, with the tags of its metadata."""
    tags = [str(tag) for tag in metadata.get("tags") or ()]
    flagged = set()
    for index, line in enumerate(lines):
        if line.strip() and not line.startswith("#"):
            break
        if (found := _FLAG.fullmatch(line)) and (meant := _meaning(found)) is not None:
            tags += meant
            flagged.add(index)
    hidden, summary = _hidden(lines, metadata)
    return CellFlags(tuple(dict.fromkeys([*tags, *hidden])), summary, frozenset(flagged))


def format_flags(flags: CellFlags) -> str:
    """Format the flags for an info string; tags that are not words are dropped."""
    parts = tag_options(flags.tags)
    if summary := _UNSAFE.sub("", flags.summary.replace('"', "″")):
        parts.append(f'code-summary="{summary}"')
    return f" {{{' '.join(parts)}}}" if parts else ""


def _meaning(found: re.Match[str]) -> tuple[str, ...] | None:
    """Return the tags that a flag stands for; None for an ordinary comment."""
    name, argument = found["name"].replace("-", "_"), found["argument"] or ""
    if name in _OF_NBDEV:
        return () if found["sign"] or not argument or _MODULE.fullmatch(argument) else None
    if name not in _TAGS or (argument and argument not in ("open", "show", "hide")):
        return None
    return ("fold",) if argument in ("open", "show") else (_TAGS[name],)


def _hidden(lines: Sequence[str], metadata: Mapping[str, Any]) -> tuple[list[str], str]:
    """Return what the metadata hides, as tags, and the title of a form in Colab."""
    title = next(filter(None, map(_TITLE.match, lines)), None)
    is_form = metadata.get("cellView") == "form" or bool(title and title["form"])
    jupyter = metadata.get("jupyter")
    jupyter = jupyter if isinstance(jupyter, Mapping) else {}
    given = {
        "hide-input": is_form or jupyter.get("source_hidden") is True,
        "hide-output": jupyter.get("outputs_hidden") is True,
        "remove-input": metadata.get("hide_input") is True,
    }
    return [tag for tag, holds in given.items() if holds], title["text"] if title else ""


_TAGS = {
    "hide": "remove-cell",
    "hide_input": "remove-input",
    "hide_output": "remove-output",
    "collapse": "hide-input",
    "collapse_hide": "hide-input",
    "collapse_input": "hide-input",
    "collapse_show": "fold",
    "collapse_output": "hide-output",
}
_OF_NBDEV = frozenset(
    "default_exp default_cls_lvl export exporti exports export_internal exporti_internal exec_doc"
    " notest slow cuda skip_showdoc filter_stream hide_line all_slow all_cuda nbdev_slow".split()
)
"""Flags that are about the module that nbdev writes, or about its tests."""
_FLAG = regex(
    r"#[ \t]*(?P<sign>\|?)[ \t]*(?P<name>[a-z][\w-]*)(?:[ \t]+(?P<argument>[^:]*?))?[ \t]*"
)
_MODULE = regex(r"[a-z]\w*(?:\.\w+)+|-\w")
_TITLE = regex(r"#[ \t]*@title[ \t]*(?P<text>[^{\n]*?)[ \t]*(?P<form>\{.*form.*\})?[ \t]*\Z")
_UNSAFE = regex(r"[`\"{}\[\]]")
