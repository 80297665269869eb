"""Numbered things of a post, and the references to them.

Each dialect names a thing by a label. The label's prefix gives its kind (`fig-loss`), or the
dialect does (MyST's `{figure}`). All numbers are counted in the order of the text, in one place:
`render.numbering`; so the same content has the same numbers in every format.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from evergreen.dataclass import dataclass
from evergreen.regex import regex

KINDS: Mapping[str, str] = {
    "fig": "figures",
    "tbl": "tables",
    "eq": "equations",
    "sec": "sections",
    "lst": "listings",
    **dict.fromkeys("thm lem cor prp cnj def exm exr sol rem alg axm".split(), "theorems"),
}
"""Kind → the setting of `[numbers]` that turns its numbers off."""
_PREFIX = regex(rf"({'|'.join(KINDS)})[-:]\w")

ReferenceForm = Literal["name", "number", "equation", "format"]
"""name: Figure 2; number: 2; equation: (2); format: a text with `%s` for the number."""


@dataclass(frozen=True, slots=True)
class LabelledThing:
    """A figure, table, equation, section, listing or theorem that has a label."""

    label: str
    kind: str
    line: int
    """Line of the text, from 1."""
    anchor: str = ""
    """Its id on the page; "" if that is the label."""
    number: str = ""
    """The number that the thing itself shows, as formulas do; "" if it is to be counted."""
    text: str = ""
    """Its caption or heading as plain text, for references without a number."""
    level: int = 0
    """Level of a heading that may be numbered; 0 for anything else."""
    parent: str = ""
    """Label of the figure or table that it is a part of, as subfigures are."""
    is_automatic: bool = False
    """True for a heading whose label is made of its text: other posts do not refer to it."""


@dataclass(frozen=True, slots=True)
class LabelTarget:
    """A labelled thing as references in other posts show it."""

    label: str
    path: str
    """Of its post, relative to the blog."""
    url: str
    """Of its post; decoded, below `baseurl`."""
    title: str
    """Of its post."""
    lang: str
    kind: str
    anchor: str
    """Its id on the page; "" for the page itself."""
    number: str
    """"" if its kind has no numbers."""
    text: str
    """Caption or heading, as plain text."""


@dataclass(frozen=True, slots=True)
class CrossReference:
    """A reference to a labelled thing."""

    label: str
    line: int
    """Line of the text, from 1."""
    source: str
    """The reference as written."""
    form: ReferenceForm = "name"
    format: str = ""


def kind_of(label: str) -> str:
    """Return the kind that the prefix of a label names, as in `fig-loss` or `eq:loss`; else ""."""
    found = _PREFIX.match(label)
    return found[1] if found else ""


def label_id(label: str) -> str:
    """Return the id that a label of MyST has on the page."""
    return re.sub(r"[^\w.-]+", "-", label.strip()).lower()
