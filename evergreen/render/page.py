"""(Post, Notebook, Execution) → Page, in one rendering of the whole post.

The code and outputs of each cell replace its block in the parsed text, so reference links,
footnotes, the table of contents and abbreviations work across cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from types import MappingProxyType

from evergreen.content.code_blocks import ALIASES
from evergreen.content.jekyll.emoji import with_emoji
from evergreen.content.markdown_options import markdown_options, output_options
from evergreen.content.notebook import outputs_by_cell
from evergreen.content.portable import Value
from evergreen.content.static_pages import BARE
from evergreen.dataclass import dataclass, replace
from evergreen.errors import Problem
from evergreen.markdown import Document, parse
from evergreen.markdown.code_display import without_markers
from evergreen.markdown.cross_references import split_label
from evergreen.markdown.tree import TextProblem
from evergreen.model import (
    Artifact,
    Cell,
    Download,
    Execution,
    Heading,
    Hyperlink,
    LockedPackages,
    Notebook,
    Output,
    Page,
    Post,
    Site,
)
from evergreen.model.charts import NO_SUPPORT, FindSupport
from evergreen.model.diagrams import DrawDiagram, no_drawing
from evergreen.model.urls import href
from evergreen.records.facts import used_gpus, volatile
from evergreen.regex import regex
from evergreen.render import outputs as out
from evergreen.render.cells import render_cells
from evergreen.render.citations import Cited, bracket_citations, cite, find_clusters
from evergreen.render.columns import open_columns
from evergreen.render.csl import SetSources, set_sources
from evergreen.render.diagrams import show_diagrams
from evergreen.render.doc_links import link_names, read_names
from evergreen.render.downloads import make_downloads
from evergreen.render.glue import paste_embedded, paste_values
from evergreen.render.hyperlinks import anchors, find_hyperlinks, locate_output_urls, locate_urls
from evergreen.render.keywords import find_keywords, plain_prose, read_words, reading_minutes
from evergreen.render.languages import Language
from evergreen.render.markdown_page import markdown_path, write_markdown
from evergreen.render.numbering import (
    NumberedThing,
    Numbers,
    complete,
    number_heading,
    number_things,
    refer,
)
from evergreen.render.plugin_html import transform_html
from evergreen.render.portable_names import FindPage, no_page, portable_names
from evergreen.render.summary import Summary, find_summary
from evergreen.render.values import show_values, value_html

_FIGURE = regex(r'<figure class="output figure(?: dark-\w+)?"[^>]*><img src="([^"]+)"')


def render_page(
    site: Site,
    post: Post,
    notebook: Notebook,
    document: Document,
    execution: Execution | None,
    language: Language,
    find_support: FindSupport = lambda chart: NO_SUPPORT,
    packages: LockedPackages | None = None,
    draw: DrawDiagram = no_drawing,
    documented: Mapping[str, str] = MappingProxyType({}),
    find_page: FindPage = no_page,
) -> tuple[Page, tuple[Problem, ...]]:
    """Render the page of a post, with figures and downloads; return it with its warnings.

    Without an execution the code is shown, and the page says that it was not run. `documented` has
    the addresses of names that code links to; `find_page` returns that of a source file's page.
    """
    found = outputs_by_cell(notebook, execution)
    cells = render_cells(site, post, notebook, found, language, find_support)
    blocks = _with_links(document, notebook, cells.blocks, documented)
    body = _render_body(site, post, notebook, document, blocks, found, language, draw)
    names = portable_names(site, post, notebook, body.numbers, language, body.styled, find_page)
    texts = _inline_values(notebook, found)
    downloads, files = make_downloads(site, post, notebook, execution, texts, packages, names)
    if site.for_machines and post.layout != BARE:
        text = write_markdown(site, post, notebook, found, texts, names)
        files = (*files, Artifact(markdown_path(post), text.encode("utf-8", "replace")))
    body = replace(body, files=(*cells.figures, *body.files, *files))
    ran = sum(not cell.inline for cell in found)
    page = _make_page(site, post, notebook, execution, body, ran, downloads, cells.libraries)
    return page, (*cells.problems, *body.problems)


@dataclass(frozen=True, slots=True)
class _Body:
    """The text of a page with the outputs of its code."""

    html: str
    """Without its citations."""
    cited: Cited
    styled: SetSources | None
    """What the post's style of CSL has set, if it has one."""
    headings: tuple[Heading, ...]
    numbers: Numbers
    anchors: str
    hyperlinks: tuple[Hyperlink, ...]
    files: tuple[Artifact, ...]
    problems: tuple[Problem, ...]


def _render_body(
    site: Site,
    post: Post,
    notebook: Notebook,
    document: Document,
    blocks: Mapping[int, str],
    found: Mapping[Cell, Sequence[Output]],
    language: Language,
    draw: DrawDiagram,
) -> _Body:
    """Render the text; `blocks` has the HTML of its code blocks, `found` the outputs of cells."""
    diagrams = show_diagrams(post, document, draw, language, site.baseurl, out.inline_html)
    numbers = _numbers(site, post, notebook, document)
    references = refer(document.references, numbers, language, post.is_foreign)
    values = show_values(notebook, found, language)
    made = document.render({**blocks, **diagrams.blocks}, values, references)
    if site.jekyll and site.jekyll.emoji:
        made = replace(made, html=with_emoji(made.html), headings=_with_emoji(made.headings))
    glued = paste_values(made.html, site, post, found, language)
    embedded = paste_embedded(glued.html, site, post, language)
    html = complete(embedded.html, numbers, language, post.is_foreign)
    html = transform_html(html, post, site)
    cited, styled, unstyled = _cited(site, post, html, language)
    problems = (*diagrams.problems, *glued.problems, *embedded.problems, *unstyled)
    own = anchors(html)
    url_lines = locate_output_urls(notebook.cells, blocks) | locate_urls(post, document.urls)
    return _Body(
        html,
        cited,
        styled,
        tuple(made.headings),
        numbers,
        own,
        find_hyperlinks(site, post, html, own, url_lines),
        (*glued.figures, *embedded.figures, *diagrams.files),
        (*problems, *_warnings(post, made.problems, cited.unknown)),
    )


def _make_page(
    site: Site,
    post: Post,
    notebook: Notebook,
    execution: Execution | None,
    body: _Body,
    ran_cells: int,
    downloads: tuple[Download, ...],
    libraries: tuple[str, ...],
) -> Page:
    """Return the page with what it says of its text and of the run of its code."""
    summary = _summary(site, post, body.cited.html)
    words = read_words(plain_prose(body.cited.html))
    ran = execution or Execution(())
    attached = map(Artifact, post.attachments, post.attachments.values())
    return Page(
        post=post,
        content=body.cited.html,
        summary=summary.text,
        summary_html=summary.html,
        minutes=reading_minutes(words),
        keywords=find_keywords(words),
        toc=() if post.meta.get("toc") is False else _numbered(body.headings, body.numbers),
        blocks=notebook.blocks,
        ran=ran_cells,
        executed=execution is not None or not notebook.steps,
        environment=ran.environment,
        finished=ran.finished,
        seconds=ran.seconds,
        resumed=ran.resumed,
        gpus=used_gpus(ran.facts),
        volatile=volatile(ran.facts),
        stand_ins=ran.stand_ins,
        downloads=downloads,
        sources=body.styled.sources if body.styled else None,
        cited=body.cited.counts,
        hyperlinks=body.hyperlinks,
        anchors=body.anchors,
        artifacts=(*body.files, *attached),
        libraries=libraries,
        figure=first_figure(body.html),
    )


def _with_links(
    document: Document,
    notebook: Notebook,
    blocks: dict[int, str],
    documented: Mapping[str, str],
) -> dict[int, str]:
    """Return the HTML of cells and of other Python code with links to documentation."""
    if not documented:
        return blocks
    cells = {cell.fence: without_markers(cell.source) for cell in notebook.cells if not cell.inline}
    shown = {
        index: without_markers(block.source)
        for index, block in enumerate(document.code_blocks)
        if index not in cells and block.language.lower() in ALIASES["python"]
    }
    names = read_names(cells.values(), documented)
    own = {index: document.show_block(index) for index in shown}
    return {
        index: link_names(html, cells.get(index) or shown.get(index, ""), names)
        for index, html in {**own, **blocks}.items()
    }


def _cited(
    site: Site, post: Post, html: str, language: Language
) -> tuple[Cited, SetSources | None, tuple[Problem, ...]]:
    """Return a body with its citations, what its style of CSL has set, if any, and warnings."""
    if post.is_foreign:
        has_names = site.citations.style == "number" and post.citation_style is None
        html = bracket_citations(
            html, post.references, language.text("and_others") if has_names else None
        )
    styled, problems = _styled(post, html)
    cited = cite(
        html,
        post.references,
        site.citations.style,
        language.text("and_others"),
        post.is_foreign,
        styled.clusters if styled else (),
    )
    return cited, styled, problems


def _styled(post: Post, html: str) -> tuple[SetSources | None, tuple[Problem, ...]]:
    """Return the citations of a body in the post's style of CSL; None without one, and with a
    warning if the style fails."""
    style = post.citation_style
    if style is None:
        return None, ()
    clusters = find_clusters(html, post.references)
    try:
        return set_sources(style, post.references, clusters, post.lang), ()
    except ValueError as error:
        message = f"the citation style '{style.path}' fails: {error}"
        line = post.lines.get("csl", 1)
        return None, (Problem(post.path, line, 0, message, "use another style", "warning"),)


def _summary(site: Site, post: Post, body: str) -> Summary:
    """Return the excerpt of a post with its formulas set, or else its first paragraph."""
    if not post.excerpt:
        return find_summary(body)
    if "$" not in post.excerpt:
        return Summary(post.excerpt)
    html = parse(post.excerpt, output_options(markdown_options(post, site))).render().html
    found = find_summary(html)
    return found if found.html else Summary(post.excerpt)


def _numbers(site: Site, post: Post, notebook: Notebook, document: Document) -> Numbers:
    """Number what has a label; in a Jekyll blog, whose posts use such ids for other ends, only if
    the post refers to one of them, or its sections are numbered."""
    labels = {thing.label for thing in notebook.things if thing.kind != "sec"}
    refers = any(split_label(each.label, labels)[0] in labels for each in document.references)
    if site.jekyll is None or refers or post.numbers.sections:
        return {**number_things(notebook.things, post.numbers), **_elsewhere(site, post)}
    return {}


def _elsewhere(site: Site, post: Post) -> Numbers:
    """Return what the post refers to in other posts."""
    return {
        label: NumberedThing(
            thing.kind,
            thing.anchor,
            thing.number,
            thing.text,
            url=href(site, thing.url),
            page=thing.title,
        )
        for label, thing in post.elsewhere.items()
    }


def _with_emoji(headings: Sequence[Heading]) -> tuple[Heading, ...]:
    return tuple(
        replace(each, html=with_emoji(each.html), children=_with_emoji(each.children))
        for each in headings
    )


def _numbered(headings: Sequence[Heading], numbers: Numbers) -> tuple[Heading, ...]:
    """Return the headings of a table of contents with the numbers of their sections."""
    return tuple(
        replace(
            heading,
            html=number_heading(heading.html, heading.id, numbers),
            children=_numbered(heading.children, numbers),
        )
        for heading in headings
    )


def _warnings(post: Post, faults: Sequence[TextProblem], keys: Sequence[str]) -> Iterator[Problem]:
    """Yield the problems of the text and, if the post has references, the undefined cited keys."""
    column = open_columns(post)
    for each in faults:
        line = post.at(each.line)
        place = line, column(line, each.written)
        yield Problem(post.path, *place, each.message, severity="warning")
    files = ", ".join(post.bibliography)
    advice = f"add it to 'references:'{f' or to {files}' if files else ''}"
    for key in keys if post.references or files else ():
        before, found, _ = post.body.partition(f"@{key}")
        if found:
            line = post.at(before.count("\n") + 1)
            yield Problem(
                post.path, line, 0, f"the reference '{key}' is not defined", advice, "warning"
            )


def first_figure(html: str) -> str:
    """Return the URL of the first figure in a body, or ""."""
    found = _FIGURE.search(html)
    return unescape(found[1]) if found else ""


def _inline_values(notebook: Notebook, found: Mapping[Cell, Sequence[Output]]) -> list[Value]:
    """Return the inline expressions that ran, each with the text of its value."""
    inline = [cell for cell in notebook.cells if cell.inline and cell in found]
    return [(cell.source, unescape(value_html(found[cell]))) for cell in inline]
