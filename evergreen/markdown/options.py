"""Options of the dialect, with kramdown's names in the `_config.yml` of a Jekyll blog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from evergreen.dataclass import dataclass
from evergreen.markdown.mathjax import Macro
from evergreen.regex import regex


@dataclass(frozen=True, slots=True)
class MarkdownOptions:
    """Options for parsing and rendering; the defaults are Jekyll's."""

    auto_ids: bool = True
    """Generate ids for headings without one."""
    auto_id_prefix: str = ""
    toc_levels: tuple[int, ...] = (1, 2, 3, 4, 5, 6)
    """Levels of the headings in a table of contents."""
    hard_wrap: bool = False
    """Render each newline within a paragraph as a line break."""
    header_offset: int = 0
    """Added to the level of every heading; the result is limited to 1 to 6."""
    footnote_nr: int = 1
    """Number of the first footnote."""
    footnote_prefix: str = ""
    """Begins the names of footnotes in ids, so that several texts fit on one page."""
    footnote_backlink: str = "↩"
    """Text of the link back from a footnote; no link if empty."""
    smart_quotes: tuple[str, str, str, str] = ("‘", "’", "“", "”")
    typographic_symbols: bool = True
    """Convert `--`, `---`, `...`, `<<`, `>>` to dashes, ellipses and guillemets."""
    symbols: tuple[tuple[str, str], ...] = ()
    """With `typographic_symbols`: the text for some of them, by kramdown's names: `mdash`, `ndash`,
    `hellip`, `laquo`, `raquo`, `laquo_space`, `raquo_space`."""
    remove_line_breaks_for_cjk: bool = False
    """Remove a newline between two Chinese or Japanese characters."""
    link_defs: tuple[tuple[str, str, str], ...] = ()
    """Links that the text may refer to: id, URL and title of each."""
    parse_block_html: bool = False
    """Parse Markdown within block-level HTML even without `markdown="1"`."""
    parse_span_html: bool = True
    mathjax: bool = False
    r"""Parse `$…$`, `\\(…\\)` and `\\[…\\]` as formulas too, as in pages with MathJax."""
    escaped: bool = True
    """With `mathjax`: formulas are escaped for kramdown. False: they are written as in Jupyter."""
    single_dollars: bool = False
    """`$…$` is a formula by TeX's habits: no blank inside the dollars, no digit behind them."""
    macros: tuple[tuple[str, Macro], ...] = ()
    """Commands that all formulas may use, by their names without backslash."""
    autolink: bool = True
    """Turn bare URLs into links."""
    highlight: bool = True
    """Highlight the code blocks that are shown as code."""
    technical: bool = False
    """Parse the syntax of technical writing that kramdown shows as text: references (`@fig-a`),
    alerts, fenced divs, captions of tables, targets."""
    native: bool = False
    """With `technical`: also where kramdown shows something else: pictures, tables and code with an
    id and a caption, call-outs by class."""
    line_numbers: int = 0
    """Number of the first line of each code block; 0: lines have no numbers."""
    fold: int = 0
    """Fold code of more lines; 0: none."""
    diagrams: bool = False
    """Code in Mermaid's or Graphviz's language is a diagram."""

    commonmark: bool = False
    """An HTML block ends at a blank line, and an open fence with the text, as in CommonMark."""
    pandoc: bool = False
    """With `commonmark`: no list, heading or quote begins within a paragraph, bullets are alike,
    and dollars enclose formulas by their neighbours alone, as in Pandoc."""
    tables_have_rules: bool = False
    """A table needs a line of hyphens, as in all dialects but kramdown's: `a | b` is text.
    A head is enough."""
    list_numbers: bool = False
    """An ordered list begins with the number of its first item, and one that does not begin with 1
    needs a blank line above it, as in CommonMark; kramdown's begin with 1."""
    implicit_figures: bool = False
    """A picture with a text, alone in its paragraph, is a figure with a caption, as in Pandoc."""


DEFAULTS = MarkdownOptions()
_WITHOUT_EFFECT = (
    "auto_id_stripping coderay_bold_every coderay_css coderay_default_lang"
    " coderay_line_number_start coderay_line_numbers coderay_tab_width coderay_wrap"
    " enable_coderay entity_output"
    " footnote_backlink_inline footnote_link_text forbidden_inline_options gfm_emojis gfm_quirks"
    " header_links html_to_native input latex_headers line_width list_indent math_engine"
    " math_engine_opts remove_block_html_tags remove_span_html_tags show_warnings"
    " syntax_highlighter syntax_highlighter_opts template transliterated_header_ids"
)
OPTION_NAMES = frozenset(
    [*(field.name for field in fields(MarkdownOptions)), *_WITHOUT_EFFECT.split()]
)
"""Names that kramdown or the dialect has; those of kramdown alone are accepted, too."""


def read_options(values: Mapping[str, Any], base: MarkdownOptions = DEFAULTS) -> MarkdownOptions:
    """Return `base` with options by kramdown's names, as in `_config.yml` or `{::options … /}`;
    unknown names and invalid values are ignored."""
    known = {field.name for field in fields(MarkdownOptions)}
    changed = {}
    for key, value in values.items():
        if key in known and (read := _read(key, value, getattr(base, key))) is not None:
            changed[key] = read
    if isinstance(symbols := values.get("typographic_symbols"), Mapping):
        changed["symbols"] = tuple((str(name), str(text)) for name, text in symbols.items())
    if isinstance(found := values.get("syntax_highlighter_opts"), Mapping):
        changed["line_numbers"] = _first_number(found)
    if "no_auto_typographic" in str(values.get("gfm_quirks", "")):
        changed["typographic_symbols"] = False
    return MarkdownOptions(**{name: changed.get(name, getattr(base, name)) for name in known})


def _read(key: str, value: Any, default: Any) -> Any:
    if key == "toc_levels":
        return _levels(value)
    if key == "smart_quotes":
        return _quotes(value)
    if key == "macros":
        return _macros(value)
    if key == "link_defs":
        return _link_definitions(value)
    if isinstance(default, bool):
        return str(value).strip().lower() not in ("false", "")
    if isinstance(default, int):
        return int(value) if str(value).strip().lstrip("-").isdecimal() else None
    return str(value)


def _first_number(options: Mapping[str, Any]) -> int:
    """Return the number of the first line by the options of Rouge; those of blocks come first."""
    block = options.get("block")
    merged = {**options, **(block if isinstance(block, Mapping) else {})}
    start = merged.get("start_line")
    first = start if type(start) is int and start > 0 else 1
    return first if merged.get("line_numbers") in (True, "true", "table", "inline") else 0


def _link_definitions(value: Any) -> tuple[tuple[str, str, str], ...] | None:
    """Read links by id: a URL, or a list of URL and title."""
    if not isinstance(value, Mapping):
        return None
    lists = {str(name): each if isinstance(each, list) else [each] for name, each in value.items()}
    return tuple((name, *_url_and_title(each)) for name, each in lists.items() if each)


def _url_and_title(value: list[Any]) -> tuple[str, str]:
    url, title = [*value, None][:2]
    return str(url), "" if title is None else str(title)


def _levels(value: Any) -> tuple[int, ...] | None:
    items = value if isinstance(value, list | tuple | range) else _split_levels(str(value))
    valid = bool(items) and all(str(item).strip() in _LEVELS for item in items)
    return tuple(dict.fromkeys(int(item) for item in items)) if valid else None


def _split_levels(text: str) -> list[Any]:
    first, dots, last = text.partition("..")
    if dots and first.strip() in _LEVELS and last.strip() in _LEVELS:
        return list(range(int(first), int(last) + 1))
    return text.split(",")


_LEVELS = frozenset("123456")


def _macros(value: Any) -> tuple[tuple[str, Macro], ...] | None:
    """Read macros as MathJax has them: the body, or a list of body, count and default."""
    if not isinstance(value, Mapping):
        return None
    found = ((str(name).removeprefix("\\"), _macro(each)) for name, each in value.items())
    return tuple((name, macro) for name, macro in found if macro)


def _macro(value: Any) -> Macro | None:
    given: list[Any] = [*value] if isinstance(value, list | tuple) else [value]
    body, count, default = [*given, None, None, None][:3]
    if not isinstance(body, str) or not isinstance(count, int | None):
        return None
    used = max(map(int, _PARAMETER.findall(body)), default=0)
    return Macro(body, max(count or 0, used), default if isinstance(default, str) else None)


_PARAMETER = regex(r"#([1-9])")


def _quotes(value: Any) -> tuple[str, str, str, str] | None:
    import html  # few blogs set their quotes

    items = value if isinstance(value, list | tuple) else str(value).split(",")
    if len(items) != 4:
        return None
    named = (f"&#{item};" if str(item).isdecimal() else f"&{item};" for item in items)
    first, second, third, fourth = (html.unescape(name) for name in named)
    return first, second, third, fourth
