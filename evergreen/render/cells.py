"""Cells: the code of each and its outputs, as shown, folded or left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

from evergreen.content.markdown_options import markdown_options, output_options
from evergreen.dataclass import dataclass, replace
from evergreen.errors import Problem
from evergreen.markdown.code_display import is_long, show_code
from evergreen.model import Artifact, Cell, Notebook, Output, Post, Show, Site
from evergreen.model.charts import NO_SUPPORT, FindSupport
from evergreen.model.code_display import CodeDisplay
from evergreen.model.notebook import MAX_COLUMNS, columns_for
from evergreen.model.numbering import kind_of
from evergreen.regex import regex
from evergreen.render import outputs as out
from evergreen.render.languages import Language
from evergreen.render.numbering import complete, number_things

_FIGURE_CLASS = {"fig": "outputs-figure", "tbl": "table-figure"}
_NOT_IN_CLASS = regex(r"[^\w-]+")


@dataclass(frozen=True, slots=True)
class RenderedCells:
    """The cells of a post."""

    blocks: dict[int, str]
    """HTML, by index of the code block."""
    figures: tuple[Artifact, ...]
    """Pictures, and the frames of charts."""
    libraries: tuple[str, ...]
    """Files of the JavaScript libraries that the charts need."""
    problems: tuple[Problem, ...]


def render_cells(
    site: Site,
    post: Post,
    notebook: Notebook,
    found: Mapping[Cell, Sequence[Output]],
    language: Language,
    find_support: FindSupport,
) -> RenderedCells:
    """Render all cells; `found` has the outputs of those that ran."""
    render = _outputs_renderer(site, post, language, find_support)
    blocks: dict[int, str] = {}
    figures: dict[str, Artifact] = {}
    libraries: dict[str, None] = {}
    problems: list[Problem] = []
    cells = [cell for cell in notebook.cells if not cell.inline]
    for number, cell in enumerate(cells, 1):
        made = render(cell, found.get(cell, ()), number)
        ran = cell in found
        blocks[cell.fence] = _cell(cell, number, made.html, ran, post, language, site.code.fold)
        if cell.options.output != "remove":
            figures |= {figure.path: figure for figure in made.figures}
            libraries |= dict.fromkeys(made.libraries)
            problems += made.problems
    return RenderedCells(blocks, tuple(figures.values()), tuple(libraries), tuple(problems))


def _outputs_renderer(
    site: Site, post: Post, language: Language, find_support: FindSupport
) -> Callable[[Cell, Sequence[Output], int], out.RenderedOutputs]:
    """Return the function that renders the outputs of a cell, which has a number."""
    options = output_options(markdown_options(post, site))
    renderers = site.hooks.named("outputs")

    def render(cell: Cell, outputs: Sequence[Output], number: int) -> out.RenderedOutputs:
        url = site.baseurl
        return out.render_outputs(
            post.path, cell, outputs, number, url, language, find_support, options, renderers
        )

    return render


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
    made = _outputs_renderer(site, post, language, find_support)(cell, outputs, number)
    numbers = number_things(notebook.things, post.numbers)
    html = _cell(cell, number, made.html, True, post, language, site.code.fold)
    return complete(html, numbers, language), made.figures
