"""jekyll-scholar: its settings, and its Liquid tags.

`{% cite key %}` becomes a citation as everywhere, `[@key]`. `{% bibliography %}` becomes a marker,
which `render.scholar` replaces by entries, since only rendering reads BibTeX.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from html import escape
from typing import Any

from evergreen.content.jekyll.detect import named_plugins
from evergreen.model import ScholarOptions, TagCall
from evergreen.paths import flaw
from evergreen.regex import regex

MARKER = regex(r'<div class="bibliography" data-query="([^"]*)"></div>')
_NUMBERS = ("ieee", "vancouver", "nature", "acm", "springer", "elsevier", "numeric", "plos", "ama")
"""Parts of the names of styles that cite by number."""
_PLUGINS = ("jekyll-scholar", "jekyll/scholar")
_VALUED = {
    "-l": "--locator",
    "-L": "--label",
    "-f": "--file",
    "-q": "--query",
    "-m": "--max",
    "-s": "--style",
    "-t": "--text",
    "-p": "--prefix",
    "-T": "--template",
    "-o": "--offset",
    "-r": "--relative",
}
_FLAGS = {"-A": "--suppress_author", "-c": "--cited", "-C": "--cited_in_order", "-h": "--hide"}
_OTHERS = ("--group_by", "--group_order", "--sort_by", "--order", "--remove_duplicates")
_WITH_VALUE = (*_VALUED.values(), *_OTHERS[:4])


def read_scholar(config: Mapping[str, Any]) -> ScholarOptions | None:
    """Return jekyll-scholar's settings; None for a blog that does not use it."""
    options = config.get("scholar")
    if not isinstance(options, dict):
        return ScholarOptions() if not set(_PLUGINS).isdisjoint(named_plugins(config)) else None
    texts = {key: str(value) for key, value in options.items() if isinstance(value, (str, int))}
    source = texts.get("source", "").strip("./").rstrip("/") or ScholarOptions().source
    return ScholarOptions(
        source=ScholarOptions().source if flaw(source) else source,
        files=texts.get("bibliography") or ScholarOptions().files,
        by_number=any(part in texts.get("style", "apa").lower() for part in _NUMBERS),
        sort_by=texts.get("sort_by", ""),
        order=texts.get("order", "ascending"),
        group_by=texts.get("group_by", ""),
        group_order=texts.get("group_order", "ascending"),
    )


def cite(call: TagCall) -> str:
    """Render `{% cite a b --locator 5 %}` as a citation of ours."""
    keys, options = read_arguments(call.text)
    detail = f", {options['--locator']}" if options.get("--locator") else ""
    return f"[{'; '.join(f'@{key}' for key in keys)}{detail}]" if keys else ""


def bibliography(call: TagCall) -> str:
    """Render the marker of `{% bibliography --file papers %}`."""
    return _marker(call.text)


def reference(call: TagCall) -> str:
    """Render the marker of `{% reference key %}`, a list of one entry."""
    keys, options = read_arguments(call.text)
    name = f" --file {options['--file']}" if "--file" in options else ""
    return _marker(f"--key {keys[0]}{name}") if keys else ""


def quote(call: TagCall) -> str:
    """Render `{% quote key %}…{% endquote %}` as a quotation with its citation."""
    lines = call.content.strip("\n").split("\n")
    return "\n".join(f"> {line}" for line in (*lines, "", cite(call)))


def nothing(call: TagCall) -> str:
    """Render `{% nocite key %}`."""
    return ""


def read_arguments(text: str) -> tuple[list[str], dict[str, str]]:
    """Split the arguments of a tag into keys, and options by their long names."""
    try:
        words = shlex.split(text)
    except ValueError:
        words = text.split()
    keys: list[str] = []
    options: dict[str, str] = {}
    while words:
        word = words.pop(0)
        name, equals, value = word.partition("=")
        name = _VALUED.get(name, _FLAGS.get(name, name))
        if not word.startswith("-"):
            keys.append(word.strip(","))
        elif equals or name not in (*_WITH_VALUE, "--key"):
            options[name] = value or "true"
        else:
            options[name] = words.pop(0) if words else ""
    return keys, options


def _marker(text: str) -> str:
    return f'<div class="bibliography" data-query="{escape(" ".join(text.split()))}"></div>'
