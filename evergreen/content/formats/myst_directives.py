"""MyST's directives, each as lines of our dialect, with the index of the line in the source.

The content of a directive is translated before it comes here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from html import escape
from itertools import takewhile

from evergreen.content.formats.myst_roles import glue_place
from evergreen.content.formats.tables import csv_table, list_table
from evergreen.content.formats.text import plain_text
from evergreen.markdown import CALLOUTS, THEOREMS, WORDS
from evergreen.model.numbering import label_id as _id
from evergreen.regex import regex

Line = tuple[int, str]


def is_admonition(name: str) -> bool:
    """True for the name of an admonition, of MyST or Sphinx."""
    return name in _ADMONITIONS


def admonition(
    kind: str,
    place: int,
    title: str,
    options: Mapping[str, str],
    inner: list[Line],
    has_titles: bool = False,
) -> Iterator[Line]:
    """Yield a call-out or a theorem as a fenced div, whose first heading is its title; with
    `has_titles`, a note above a text has a title as in mystmd, which Sphinx does not have."""
    is_plain = kind in _PLAIN and not (has_titles and any(line.strip() for _, line in inner))
    label = _label(options)
    identity = f" #{_id(label)}" if label else ""
    classes = options.get("class", "").split()
    if kind in THEOREMS:
        names = f".{kind}{identity} data-kind={THEOREMS[kind]}"
        title = f"[](#{_id(title)})" if kind == "solution" and _WORD.fullmatch(title) else title
    else:
        chosen = next((name for name in (*classes, kind) if name in CALLOUTS), "note")
        folds = kind in _FOLDED or "dropdown" in classes
        word = f" .{kind}" if kind in WORDS else ""
        fold = f' collapse="{"false" if "open" in options else "true"}"' if folds else ""
        names = f".callout-{CALLOUTS[chosen]}{word}{identity}{fold}"
    if kind in _VERSIONS:
        title = f"{_VERSIONS[kind]} {title}".strip()
    elif title and is_plain:
        inner, title = [(place, title), *inner], ""
    elif kind not in THEOREMS and kind not in _ADMONITIONS:
        title = f"{kind.capitalize()} {title and f'({title})'}".strip()
    yield from _div(place, names, title, inner)


def _div(place: int, attributes: str, title: str, inner: list[Line]) -> Iterator[Line]:
    last = inner[-1][0] if inner else place
    yield from [(place, ""), (place, f"::: {{{attributes}}}")]
    if title:
        yield from [(place, f"###### {title}"), (place, "")]
    yield from [*inner, (last, ":::"), (last, "")]


def _tabs(place: int, title: str, options: Mapping[str, str], inner: list[Line]) -> Iterator[Line]:
    group = options.get("sync-group", "")
    yield from _div(place, ".tab-set" + f' group="{group}"' * bool(group), "", inner)


def _tabs_of_code(
    place: int, title: str, options: Mapping[str, str], inner: list[Line]
) -> Iterator[Line]:
    """Yield tabs that are named by the languages of the blocks of code in them."""
    tabs: list[Line] = []
    fence = ""
    for at, line in inner:
        found = _FENCE.match(line)
        if found and not fence:
            fence = found[1]
            tabs += [(at, "::: {.tab-item}"), (at, f"###### {line.strip('`~ ') or 'text'}")]
            tabs += [(at, ""), (at, line)]
            continue
        tabs.append((at, line))
        if found and found[1].startswith(fence):
            tabs.append((at, ":::"))
            fence = ""
    yield from _tabs(place, title, options, tabs)


def _label(options: Mapping[str, str]) -> str:
    """Return the label that a directive has: `name` in Sphinx, `label` in mystmd."""
    return options.get("name") or options.get("label", "")


def _tab(place: int, title: str, options: Mapping[str, str], inner: list[Line]) -> Iterator[Line]:
    yield from _div(place, ".tab-item", title, inner)


def _table(place: int, title: str, options: Mapping[str, str], inner: list[Line]) -> Iterator[Line]:
    """Yield a table as a figure with its label; the caption is the last paragraph."""
    named = _label(options)
    label = f"#{_id(named)} " if named else ""
    if title:
        inner = [*inner, (place, ""), (place, title)]
    yield from _div(place, f"{label}.table-figure data-kind=tbl", "", inner)


def code(
    opening: Line, argument: str, options: Mapping[str, str], body: list[Line], end: int
) -> Iterator[Line]:
    found = _FENCE.match(opening[1])
    fence = "`" * max(3, len(found[1]) if found else 3)
    yield opening[0], f"{fence}{argument or 'text'}"
    yield from [*body, (end, fence)]
    given = [f"#{_id(label)}", 'data-kind="lst"'] if (label := _label(options)) else []
    caption = options.get("caption", "").replace('"', "'")
    named = f'caption="{caption}"' if label else f'title="{plain_text(caption)}"'
    given += [named] if caption else []
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
    label = _label(options)
    if not source:
        yield from _captioned(place, label, options, inner)
        return
    if source.startswith("#"):
        name = f"#{_id(label)} data-kind=fig" if label else ".figure data-kind=fig"
        shown = embed_line(source, options.get("remove-input", "true") == "false")
        if not label and not any(line.strip() for _, line in inner):
            yield from [(place, ""), (place, shown), (place, "")]
            return
        shown = shown.replace(" >}}", " bare=true >}}")
        yield from _div(place, name, "", [(place, shown), (place, ""), *inner])
        return
    name = f' id="{_id(label)}" data-kind="fig"' if label else ""
    notes = [(at, line) for at, line in inner if _NOTE.match(line)]
    texts = [(at, _BOX.sub("", line)) for at, line in inner if not _NOTE.match(line)]
    first = [*takewhile(lambda line: line[1].strip(), _stripped(texts))]
    legend = _stripped(_stripped(texts)[len(first) :])
    caption = " ".join(line for _, line in first)
    width = f' width="{escape(options["width"])}"' if "width" in options else ""
    plain = _NOTE_SIGN.sub("", _REFERENCE.sub(r"@\1", caption))
    alt = escape(options.get("alt", "") or plain_text(plain))
    yield place, ""
    shown = f'<img src="{escape(source)}" alt="{alt}"{width}>'
    if source.lower().endswith(_VIDEOS):
        shown = f'<video src="{escape(source)}"{width} controls></video>'
    yield place, f"<figure{name}>{shown}"
    if legend:
        yield from [(first[0][0], '<figcaption markdown="block">'), *first]
        yield from [(legend[0][0], ""), *legend, (legend[-1][0], "</figcaption>")]
    elif caption:
        yield inner[-1][0], f'<figcaption markdown="span">{caption}</figcaption>'
    yield place, "</figure>"
    yield place, ""
    yield from notes


def _stripped(lines: list[Line]) -> list[Line]:
    """Return the lines without blank ones at the beginning and the end."""
    filled = [at for at, (_, line) in enumerate(lines) if line.strip()]
    return lines[filled[0] : filled[-1] + 1] if filled else []


def _image(
    place: int, source: str, options: Mapping[str, str], inner: list[Line]
) -> Iterator[Line]:
    """Yield a picture, which has no number; one with a target is a link."""
    label = f' id="{_id(_label(options))}"' if _label(options) else ""
    sizes = "".join(
        f' {key}="{escape(options[key])}"' for key in ("width", "height") if key in options
    )
    alt = escape(plain_text(options.get("alt", "")))
    side = f' style="text-align: {options["align"]}"' if options.get("align") in _SIDES else ""
    shown = f'<img{label} src="{escape(source)}" alt="{alt}"{sizes}>'
    if target := options.get("target"):
        shown = f'<a href="{escape(target)}">{shown}</a>'
    yield from [(place, ""), (place, f"<p{side}>{shown}</p>"), (place, "")]


def _titled(
    place: int, title: str, options: Mapping[str, str], inner: list[Line]
) -> Iterator[Line]:
    """Yield a heading that is in no list of contents; the title of a `centered` is its text."""
    yield from [(place, ""), *([(place, _bold(title))] if title else []), (place, ""), *inner]
    yield place, ""


def _math(place: int, source: str, options: Mapping[str, str], inner: list[Line]) -> Iterator[Line]:
    """Yield a formula, numbered if it has a label, unless its options say otherwise."""
    name = options.get("label") or options.get("name", "")
    is_bare = "false" in (options.get("enumerated"), options.get("numbered"))
    label = rf"\label{{{name}}}" if name and not is_bare else ""
    yield from [(place, ""), (place, f"$${source} {label}")]
    yield from ((at, line) for at, line in inner if line.strip())
    yield from [(place, "$$"), (place, "")]


def _box(place: int, title: str, options: Mapping[str, str], inner: list[Line]) -> Iterator[Line]:
    last = inner[-1][0] if inner else place
    above = next((at for at, (_, line) in enumerate(inner) if line.rstrip() == "^^^"), 0)
    if above and inner[above - 1][1].strip():  # the line above is the head of a card
        head = (inner[above - 1][0], _bold(inner[above - 1][1].strip()))
        inner = [*inner[: above - 1], head, (inner[above][0], ""), *inner[above + 1 :]]
    yield place, '<div class="box" markdown="1">'
    if header := options.get("header"):
        yield from [(place, header), (place, "")]
    if title and not title.replace(" ", "").isdecimal():
        yield from [(place, _linked(_bold(title), options)), (place, "")]
    yield from [*inner, (last, "")]
    if footer := options.get("footer"):
        yield from [(last, footer), (last, "")]
    if "link" in options and not title:
        yield from [(last, _linked("", options)), (last, "")]
    yield from [(last, "</div>"), (last, "")]


def _linked(text: str, options: Mapping[str, str]) -> str:
    """Return the title of a card as the link that the card is."""
    target = options.get("link", "")
    if not target or "](" in text:
        return text
    if options.get("link-type") == "ref" or target.startswith("#"):
        return f"[{text}](#{_id(target.removeprefix('#'))})"
    is_document = options.get("link-type") == "doc" and not _SUFFIXED.search(target)
    shown = text or ("" if is_document else target)
    return f"[{shown}]({target}{'.md' if is_document else ''})"


def _bold(title: str) -> str:
    """Return a title in bold, unless a part of it is so."""
    return title if "**" in title else f"**{title}**"


def _glossary(
    place: int, source: str, options: Mapping[str, str], inner: list[Line]
) -> Iterator[Line]:
    """Yield a definition list, also where it is written as Sphinx has it: the definition below its
    term, indented."""
    is_term, above = False, ""
    for at, line in inner:
        is_indented = line.startswith("  ") and line.strip()
        if line.strip() and not line.startswith((" ", ":")) and above.startswith("  "):
            yield at, ""
        above = line
        yield at, f": {line.strip()}" if is_indented and is_term else line
        is_term = bool(line.strip()) and not line.startswith((" ", ":"))
    yield place, ""


def _quoted_text(
    place: int, source: str, options: Mapping[str, str], inner: list[Line]
) -> Iterator[Line]:
    yield from [(place, ""), *((at, f"> {line}") for at, line in inner), (place, "")]
    if source:
        yield from [(place, f"> {source}"), (place, "")]


def _plain(
    place: int, source: str, options: Mapping[str, str], inner: list[Line]
) -> Iterator[Line]:
    yield from [(place, ""), *inner, (place, "")]


def _raw(place: int, source: str, options: Mapping[str, str], inner: list[Line]) -> Iterator[Line]:
    """Yield HTML as it is; what is meant for another format is not shown."""
    yield from _plain(place, source, options, inner if source.lower() == "html" else [])


def _captioned(
    place: int, source: str, options: Mapping[str, str], inner: list[Line]
) -> Iterator[Line]:
    """Yield a figure whose picture and caption are Markdown."""
    yield from _div(
        place, f"#{_id(source)} data-kind=fig" if source else ".figure data-kind=fig", "", inner
    )


def _glue(place: int, source: str, options: Mapping[str, str], inner: list[Line]) -> Iterator[Line]:
    """Yield the place of a value that code glued; one with a caption or a label is a figure."""
    yield from _captioned_element(place, glue_place("div", source), options, inner)


def _button(
    place: int, target: str, options: Mapping[str, str], inner: list[Line]
) -> Iterator[Line]:
    """Yield a link; that of `button-ref` is to a label, or to a document, whose title it shows."""
    text = " ".join(line.strip() for _, line in inner if line.strip())
    is_inside = "://" not in target and not _SUFFIXED.search(target)
    if is_inside and (options.get("ref-type") == "doc" or "/" in target):
        target = f"{target}.md"
    is_url = "/" in target or "." in target
    link = f"[{text}]({target if is_url else f'#{_id(target)}'})"
    if is_url and not text:
        link = f'<a class="document" href="{escape(target)}"></a>'
    yield from [(place, ""), (place, link), (place, "")]


def _graph(
    place: int,
    source: str,
    options: Mapping[str, str],
    inner: list[Line],
    language: str = "dot",
) -> Iterator[Line]:
    """Yield a diagram of Graphviz, or of another language, which may be in a file."""
    label = _label(options)
    given = [f"#{_id(label)} data-kind=fig"] if label else []
    given += [f'fig-cap="{options["caption"]}"'] if "caption" in options else []
    given += [f'fig-alt="{options["alt"]}"'] if "alt" in options else []
    sign = [(place, include_line(source, {}))] if source else inner
    attributes = f" {{{' '.join(given)}}}" if given else ""
    yield from [(place, ""), (place, f"```{language}{attributes}")]
    yield from [*sign, (place, "```"), (place, "")]


def _frame(
    place: int, source: str, options: Mapping[str, str], inner: list[Line]
) -> Iterator[Line]:
    shown = f'<iframe src="{escape(source)}" loading="lazy"></iframe>'
    yield from _captioned_element(place, shown, options, inner)


def _captioned_element(
    place: int, shown: str, options: Mapping[str, str], inner: list[Line]
) -> Iterator[Line]:
    """Yield HTML as a figure if it has a caption or a label."""
    caption = " ".join(line.strip() for _, line in inner if line.strip())
    label = _label(options)
    name = f' id="{_id(label)}" data-kind="fig"' if label else ""
    yield place, ""
    if caption or label:
        yield place, f"<figure{name}>{shown}"
        if caption:
            yield inner[-1][0], f'<figcaption markdown="span">{caption}</figcaption>'
        shown = "</figure>"
    yield from [(place, shown), (place, "")]


def _video_file(
    place: int, source: str, options: Mapping[str, str], inner: list[Line]
) -> Iterator[Line]:
    sizes = f' width="{escape(options["width"])}"' if "width" in options else ""
    shown = f'<video src="{escape(source)}"{sizes} controls></video>'
    yield from _captioned_element(place, shown, options, inner)


def _youtube(
    place: int, source: str, options: Mapping[str, str], inner: list[Line]
) -> Iterator[Line]:
    yield from [(place, ""), (place, f"<https://www.youtube.com/watch?v={source}>"), (place, "")]


def _tabular(make: Callable[[int, Mapping[str, str], list[Line]], Iterator[Line]]) -> _Writer:
    """Return the writer of a table, which is a figure if it has a label or a caption."""

    def write(
        place: int, title: str, options: Mapping[str, str], inner: list[Line]
    ) -> Iterator[Line]:
        made = list(make(place, options, inner))
        is_named = title or not options.keys().isdisjoint(("name", "label"))
        yield from _table(place, title, options, made) if is_named else made

    return write


def _include(
    place: int, source: str, options: Mapping[str, str], inner: list[Line]
) -> Iterator[Line]:
    """Yield the sign of an include, which `content.includes` replaces."""
    if "literal" in options or "code" in options:
        yield from _literal(place, source, {"language": options.get("code", ""), **options}, inner)
        return
    yield from [(place, ""), (place, include_line(source, options)), (place, "")]


def embed_line(label: str, echo: bool, output: bool = True) -> str:
    """Return the sign of a cell of a notebook, which `content.embeds` replaces."""
    options = " echo=true" * echo + " output=false" * (not output)
    return f"{{{{< embed #{label.removeprefix('#')}{options} >}}}}"


def _embed(
    place: int, source: str, options: Mapping[str, str], inner: list[Line]
) -> Iterator[Line]:
    """Yield the sign of a cell, with its code and its results, as in mystmd."""
    code, results = (
        key not in options or options[key] == "false" for key in ("remove-input", "remove-output")
    )
    shown = embed_line(source or _label(options), code, results)
    yield from [(place, ""), (place, shown), (place, "")]


def _literal(
    place: int, source: str, options: Mapping[str, str], inner: list[Line]
) -> Iterator[Line]:
    language = options.get("language") or options.get("lang") or source.rpartition(".")[2]
    yield (place, "")
    sign = [(place, include_line(source, {"code": "", **options}))]
    yield from code((place, "````````"), language, options, sign, place)


def include_line(source: str, options: Mapping[str, str]) -> str:
    """Return the sign of an include, `{{< include a.md lines="1-3" >}}`; `cell` says that the file
    is code that runs."""
    given = [f'{key}="{options[key]}"' for key in (*PARTS, "cell") if key in options]
    return " ".join(["{{< include", source, *given, ">}}"])


PARTS = ("lines start-line end-line start-at start-after end-at end-before pyobject dedent").split()
"""Options that choose the lines of an included file."""
_ADMONITIONS = frozenset(
    "admonition attention caution danger error hint important note seealso tip warning dropdown"
    " details toggle topic todo versionadded versionchanged deprecated".split()
)
_VERSIONS = {
    "versionadded": "Added in version",
    "versionchanged": "Changed in version",
    "deprecated": "Deprecated since version",
}
_FOLDED = frozenset(("dropdown", "toggle", "details"))
_PLAIN = _ADMONITIONS - {"admonition", "dropdown", "topic", "details"}
"""Their argument is the beginning of their content."""
THEOREM_KINDS = {"exercise": "exercise", "solution": "solution"}
"""Theorems whose directives have no prefix."""
CODE = {
    **dict.fromkeys(("code", "code-block", "sourcecode", "prompt"), ""),
    "parsed-literal": "text",
}
"""Directives that show code → their language, if their argument does not name it."""
DROPPED = frozenset(
    "toctree tableofcontents bibliography footbibliography index show-index sectnum"
    " currentmodule meta highlight default-role tags toc".split()
)
LONE_TABS = frozenset({"tab", "tabbed", "group-tab"})
"""Tabs that are a set with those right below."""
_Writer = Callable[[int, str, Mapping[str, str], list[Line]], Iterator[Line]]
WRITERS: Mapping[str, _Writer] = {
    "figure": _figure,
    "image": _image,
    "math": _math,
    "table": _table,
    "tab-set": _tabs,
    **dict.fromkeys(("tab-item", *LONE_TABS), _tab),
    "tab-set-code": _tabs_of_code,
    "button-link": _button,
    "button-ref": _button,
    "graphviz": _graph,
    "list-table": _tabular(list_table),
    "csv-table": _tabular(csv_table),
    "include": _include,
    "embed": _embed,
    "literalinclude": _literal,
    "glossary": _glossary,
    "figure-md": _captioned,
    "raw": _raw,
    "iframe": _frame,
    "youtube": _youtube,
    **dict.fromkeys(
        ("glue", "glue:", "glue:any", "glue:text", "glue:figure", "glue:math", "glue:md"), _glue
    ),
    **dict.fromkeys(("hlist", "div", "container", "only", "tabs"), _plain),
    **dict.fromkeys(("rubric", "centered"), _titled),
    "mermaid": partial(_graph, language="mermaid"),
    "video": _video_file,
    **dict.fromkeys(("epigraph", "pull-quote", "highlights", "blockquote"), _quoted_text),
    **dict.fromkeys(
        "grid grid-item grid-item-card card card-carousel margin sidebar aside".split(),
        _box,
    ),
}
VERBATIM = frozenset(("math", "graphviz", "mermaid", "raw"))
"""Directives whose content is not Markdown."""
_WORD = regex(r"[\w:.-]+")
_FENCE = regex(r"\s*(`{3,}|~{3,}|:{3,})")
_SUFFIXED = regex(r"\.\w+(?:#.*)?\Z")
_VIDEOS = (".mp4", ".webm", ".ogv", ".mov")
_SIDES = ("left", "center", "right")
_NOTE = regex(r" {0,3}\[\^[^\]\s]+\]:")
"""The beginning of a footnote."""
_NOTE_SIGN = regex(r"\[\^[^\]\s]+\]")
_BOX = regex(r"</?(?:div|center|p)\b[^<>]*>")
"""A tag of a block, which the text of a caption cannot have."""
_REFERENCE = regex(r"\[\]\(#([^()\s]+)\)")
