"""(Post, Notebook, Execution) → Page, in one rendering of the whole post.

The code and outputs of each cell replace its block in the parsed text, so reference links,
footnotes, the table of contents and abbreviations work across cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from html import escape, unescape
from types import MappingProxyType
from urllib.parse import quote

from evergreen.content.code_blocks import ALIASES
from evergreen.content.jekyll.emoji import with_emoji
from evergreen.content.markdown_options import markdown_options, output_options
from evergreen.content.notebook import outputs_by_cell, write_ipynb, write_script
from evergreen.content.portable import Value, portable
from evergreen.content.portable_text import PortableNames
from evergreen.content.static_pages import BARE
from evergreen.errors import Problem
from evergreen.markdown import Document, parse
from evergreen.markdown.code_display import is_long, show_code, without_markers
from evergreen.markdown.cross_references import split_label
from evergreen.model import (
    Artifact,
    Cell,
    Download,
    Execution,
    Heading,
    LockedPackages,
    Notebook,
    Output,
    Page,
    Post,
    Show,
    Site,
)
from evergreen.model.charts import NO_SUPPORT, FindSupport
from evergreen.model.code_display import CodeDisplay
from evergreen.model.diagrams import DrawDiagram, no_drawing
from evergreen.model.notebook import MAX_COLUMNS, columns_for
from evergreen.model.numbering import kind_of
from evergreen.model.urls import absolute, href
from evergreen.records.facts import used_gpus, volatile
from evergreen.regex import regex
from evergreen.render import outputs as out
from evergreen.render.citations import Cited, bracket_citations, cite, find_clusters
from evergreen.render.csl import SetSources, set_sources
from evergreen.render.diagrams import show_diagrams
from evergreen.render.doc_links import link_names, read_names
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
from evergreen.render.portable_names import portable_names
from evergreen.render.summary import Summary, find_summary
from evergreen.render.values import show_values, value_html

_FIGURE = regex(r'<figure class="output figure(?: dark-\w+)?"[^>]*><img src="([^"]+)"')
_FIGURE_CLASS = {"fig": "outputs-figure", "tbl": "table-figure"}
_NOT_IN_CLASS = regex(r"[^\w-]+")


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
) -> tuple[Page, tuple[Problem, ...]]:
    """Render the page of a post, with figures and downloads; return it with its warnings.

    Without an execution the code is shown, and the page says that it was not run. `documented` has
    the addresses of names that code links to.
    """
    found = outputs_by_cell(notebook, execution)
    blocks, drawn, problems = _cells(site, post, notebook, found, language, find_support)
    blocks = _with_links(document, notebook, blocks, documented)
    diagrams = show_diagrams(post, document, draw, language, site.baseurl, out.inline_html)
    ran = execution or Execution(())
    values = show_values(notebook, found, language)
    numbers = _numbers(site, post, notebook, document)
    references = refer(document.references, numbers, language, post.is_foreign)
    body = document.render(blocks | diagrams.blocks, values, references)
    if site.jekyll and site.jekyll.emoji:
        body = replace(body, html=with_emoji(body.html), headings=_with_emoji(body.headings))
    glued = paste_values(body.html, site, post, found, language)
    embedded = paste_embedded(glued.html, site, post, language)
    html = complete(embedded.html, numbers, language, post.is_foreign)
    html = transform_html(html, post, site)
    cited, styled, unstyled = _cited(site, post, html, language)
    url_lines = locate_output_urls(notebook.cells, blocks) | locate_urls(post, document.urls)
    own = anchors(html)
    names = portable_names(site, post, notebook, numbers, language, styled)
    texts = _inline_values(notebook, found)
    downloads, files = _downloads(site, post, notebook, execution, texts, packages, names)
    if site.for_machines and post.layout != BARE:
        text = write_markdown(site, post, notebook, found, texts, names)
        files = (*files, Artifact(markdown_path(post), text.encode("utf-8", "replace")))
    attached = map(Artifact, post.attachments, post.attachments.values())
    summary = _summary(site, post, cited.html)
    words = read_words(plain_prose(cited.html))
    page = Page(
        post=post,
        content=cited.html,
        summary=summary.text,
        summary_html=summary.html,
        minutes=reading_minutes(words),
        keywords=find_keywords(words),
        toc=() if post.meta.get("toc") is False else _numbered(body.headings, numbers),
        blocks=notebook.blocks,
        ran=sum(not cell.inline for cell in found),
        executed=execution is not None or not notebook.steps,
        environment=ran.environment,
        finished=ran.finished,
        seconds=ran.seconds,
        resumed=ran.resumed,
        gpus=used_gpus(ran.facts),
        volatile=volatile(ran.facts),
        stand_ins=ran.stand_ins,
        downloads=downloads,
        sources=styled.sources if styled else None,
        cited=cited.counts,
        hyperlinks=find_hyperlinks(site, post, html, own, url_lines),
        anchors=own,
        artifacts=(
            *drawn.figures,
            *glued.figures,
            *embedded.figures,
            *diagrams.files,
            *files,
            *attached,
        ),
        libraries=drawn.libraries,
        figure=first_figure(html),
    )
    problems += (*diagrams.problems, *glued.problems, *embedded.problems, *unstyled)
    return page, (*problems, *_warnings(post, body.problems, cited.unknown))


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


def render_cell(
    site: Site,
    post: Post,
    notebook: Notebook,
    number: int,
    outputs: Sequence[Output],
    language: Language,
    find_support: FindSupport = lambda chart: NO_SUPPORT,
) -> tuple[str, tuple[Artifact, ...]]:
    """Render a cell, numbered from 1, with these outputs as on its page; return its figures too."""
    cell = [cell for cell in notebook.cells if not cell.inline][number - 1]
    options = output_options(markdown_options(post, site))
    renderers = site.hooks.named("outputs")
    made = out.render_outputs(
        post.path, cell, outputs, number, site.baseurl, language, find_support, options, renderers
    )
    numbers = number_things(notebook.things, post.numbers)
    html = _cell(cell, number, made.html, True, post, language, site.code.fold)
    return complete(html, numbers, language), made.figures


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


def _warnings(
    post: Post, faults: Sequence[tuple[int, str]], keys: Sequence[str]
) -> Iterator[Problem]:
    """Yield the problems of the text and, if the post has references, the undefined cited keys."""
    for line, message in faults:
        yield Problem(post.path, post.at(line), 0, message, severity="warning")
    files = ", ".join(post.bibliography)
    advice = f"add it to 'references:'{f' or to {files}' if files else ''}"
    for key in keys if post.references or files else ():
        before, found, _ = post.body.partition(f"@{key}")
        if found:
            line = post.at(before.count("\n") + 1)
            yield Problem(
                post.path, line, 0, f"the reference '{key}' is not defined", advice, "warning"
            )


def _cells(
    site: Site,
    post: Post,
    notebook: Notebook,
    found: Mapping[Cell, Sequence[Output]],
    language: Language,
    find_support: FindSupport,
) -> tuple[dict[int, str], out.RenderedOutputs, list[Problem]]:
    """Render all cells; return HTML by block, the figures and libraries, and the warnings."""
    options = output_options(markdown_options(post, site))
    renderers = site.hooks.named("outputs")
    blocks: dict[int, str] = {}
    figures: dict[str, Artifact] = {}
    libraries: dict[str, None] = {}
    problems: list[Problem] = []
    cells = [cell for cell in notebook.cells if not cell.inline]
    for number, cell in enumerate(cells, 1):
        made = out.render_outputs(
            post.path,
            cell,
            found.get(cell, ()),
            number,
            site.baseurl,
            language,
            find_support,
            options,
            renderers,
        )
        ran = cell in found
        blocks[cell.fence] = _cell(cell, number, made.html, ran, post, language, site.code.fold)
        if cell.options.output != "remove":
            figures |= {figure.path: figure for figure in made.figures}
            libraries |= dict.fromkeys(made.libraries)
            problems += made.problems
    return blocks, out.RenderedOutputs("", tuple(figures.values()), tuple(libraries)), problems


def _cell(
    cell: Cell, number: int, outputs: str, ran: bool, post: Post, language: Language, fold: int
) -> str:
    """Return the HTML of one cell: its input, and its outputs if any. Code of more than `fold`
    lines is folded."""
    code = f'<div class="cell-input">{show_code(cell.source, post.language, _display(cell))}</div>'
    if cell.options.rows and not cell.options.columns:
        columns = columns_for(outputs.count("<figure"), cell.options.rows)
        cell = replace(cell, options=replace(cell.options, columns=min(columns, MAX_COLUMNS)))
    outputs = _labelled(cell, outputs)
    layout = (
        f" layout-{cell.options.columns}" if cell.options.columns and not cell.options.parts else ""
    )
    results = f'<div class="cell-outputs{layout}">\n{outputs}\n</div>' if outputs else ""
    parts = [
        _shown(code, _input(cell, fold), cell.options.summary or language.text("show_code")),
        _shown(results, cell.options.output, language.text("show_output")),
    ]
    inner = "\n".join(part for part in parts if part)
    if not inner:
        return ""
    tags = [_NOT_IN_CLASS.sub("-", f"tag-{tag}") for tag in cell.options.tags]
    names = " ".join(["cell", *([] if ran else ["not-run"]), *tags])
    return f'<div class="{names}" id="cell-{number}">\n{inner}\n</div>'


def _input(cell: Cell, fold: int) -> Show:
    """Return how the input of a cell is shown."""
    options = cell.options
    is_folded = options.input == "show" and not options.is_open and is_long(cell.source, fold)
    return "hide" if is_folded else options.input


def _display(cell: Cell) -> CodeDisplay:
    """Return how the code of a cell is shown."""
    options = cell.options
    label = options.listing or (options.label if kind_of(options.label) == "lst" else "")
    return replace(options.display, label=label, caption=options.listing_caption)


def _labelled(cell: Cell, outputs: str) -> str:
    """Return outputs as a figure with the label of the cell, unless one of them has it already."""
    label, caption = escape(cell.options.label), cell.options.caption
    kind = kind_of(label)
    if kind not in ("fig", "tbl") or f' id="{label}"' in outputs:
        return outputs
    if not outputs:
        return f'<span id="{label}"></span>'
    shown = f"<figcaption>{out.inline_html(caption)}</figcaption>\n" if caption else ""
    parts = (shown, outputs) if kind == "tbl" else (outputs, shown)
    names = f"output {_FIGURE_CLASS[kind]}"
    if cell.options.parts and cell.options.columns:
        names += f" layout-{cell.options.columns}"
    return f'<figure class="{names}" id="{label}">\n{"".join(parts)}</figure>'


def _shown(html: str, show: Show, label: str) -> str:
    if not html or show == "remove":
        return ""
    if show == "show":
        return html
    is_open = " open" if show == "fold" else ""
    summary = f"<summary>{escape(label)}</summary>"
    return f'<details class="cell-fold"{is_open}>{summary}\n{html}\n</details>'


def first_figure(html: str) -> str:
    """Return the URL of the first figure in a body, or ""."""
    found = _FIGURE.search(html)
    return unescape(found[1]) if found else ""


def _inline_values(notebook: Notebook, found: Mapping[Cell, Sequence[Output]]) -> list[Value]:
    """Return the inline expressions that ran, each with the text of its value."""
    inline = [cell for cell in notebook.cells if cell.inline and cell in found]
    return [(cell.source, unescape(value_html(found[cell]))) for cell in inline]


def _downloads(
    site: Site,
    post: Post,
    notebook: Notebook,
    execution: Execution | None,
    values: Sequence[Value],
    packages: LockedPackages | None,
    names: PortableNames,
) -> tuple[tuple[Download, ...], tuple[Artifact, ...]]:
    """Return links and files of the notebook, the script and the lock of a post that ran."""
    if not execution:
        return (), ()
    folder = post.url if post.url.endswith("/") else post.url.rpartition("/")[0] + "/"
    base = folder.lstrip("/") + post.slug
    archive = f"/{quote(base)}.zip"
    setup = _setup(post, execution, absolute(site, archive) if site.url else "")
    notebook = portable(notebook, post.title, values, names, setup)
    files = [
        Artifact(f"{base}.ipynb", write_ipynb(notebook, execution, packages).encode()),
        Artifact(f"{base}.py", write_script(notebook, packages).encode()),
    ]
    links = [Download(kind, f"{site.baseurl}/{quote(base)}.{kind}") for kind in ("ipynb", "py")]
    if packages:
        name = f"{folder.lstrip('/')}pylock.{post.slug.replace('.', '-')}.toml"
        files.append(Artifact(name, packages.lock.encode()))
        links.append(Download("lock", f"{site.baseurl}/{quote(name)}"))
    if site.github:
        colab = "https://colab.research.google.com/github"
        address = f"{colab}/{site.github}/blob/{site.branch}/{quote(base)}.ipynb"
        links.append(Download("colab", address))
    return tuple(links), tuple(files)


def _setup(post: Post, execution: Execution, archive: str = "") -> str:
    """Return code that fetches the files and the declared data that are missing, and seeds what the
    post used, as its run did; "" without any. `archive` is the address of the post's ZIP, or ""."""
    if post.language != "python":
        return ""
    parts = (_unpacking(execution, archive), _fetching(post), _seeding(post, execution))
    return "\n".join(filter(None, parts))


def _unpacking(execution: Execution, archive: str) -> str:
    found = (fact.removeprefix("file ") for fact, value in execution.facts.items() if value)
    names = sorted(name for name in found if not name.startswith(("/", "..")))
    return _UNPACK.format(names=names, archive=archive) if archive and names else ""


def _fetching(post: Post) -> str:
    rows = [(file.name, file.urls, file.sha256) for file in post.data if file.urls]
    if not rows:
        return ""
    return _FETCH.format(files="".join(f"    {row!r},\n" for row in rows))


def _seeding(post: Post, execution: Execution) -> str:
    seed = post.execute.seed
    if seed is None:
        return ""
    used = {name.lower() for name, _ in execution.environment.packages}
    lines = ["# The seed of the published run.", "import random", "", f"random.seed({seed})"]
    for package, (imported, call) in _SEEDS.items():
        if package in used:
            lines += [f"import {imported}", "", f"{call}({seed})"]
    return "\n".join(lines)


_UNPACK = """\
# The files of the published run, unless they are here already.
import io
import pathlib
import urllib.request
import zipfile

if not all(pathlib.Path(name).exists() for name in {names!r}):
    try:
        content = urllib.request.urlopen({archive!r}, timeout=60).read()
    except OSError as error:
        print("The files of the published run could not be downloaded:", error)
    else:
        files = zipfile.ZipFile(io.BytesIO(content))
        files.extractall(members=[n for n in files.namelist() if not pathlib.Path(n).exists()])
"""
_FETCH = """\
# The data of the published run, unless it is here already.
import hashlib
import pathlib
import urllib.request

for name, urls, sha256 in [
{files}]:
    path = pathlib.Path(name)
    for url in urls:
        if path.is_file():
            break
        try:
            content = urllib.request.urlopen(url, timeout=60).read()
        except OSError:
            continue
        if hashlib.sha256(content).hexdigest() == sha256:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
"""
_SEEDS = {
    "numpy": ("numpy", "numpy.random.seed"),
    "tensorflow": ("tensorflow", "tensorflow.random.set_seed"),
    "torch": ("torch", "torch.manual_seed"),
}
"""Package → its import, and its function that seeds."""
