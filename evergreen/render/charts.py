"""Charts: a still picture, which the script of the page replaces by an interactive frame.

Without the library the picture stays, and without a picture the plain text of the output; a note
on the page says so. Each frame is a file, named by the hash of its content.
"""

from __future__ import annotations

from html import escape

from evergreen.dataclass import dataclass
from evergreen.errors import Problem
from evergreen.model import Artifact, Display
from evergreen.model.charts import Chart, ChartSupport
from evergreen.model.hashing import sha256
from evergreen.render.frames import frame_document
from evergreen.render.languages import Language

FRAMES = "assets/charts"
LIBRARIES = "assets/libraries"


@dataclass(frozen=True, slots=True)
class ChartContent:
    """The content of a figure that shows a chart or HTML with scripts."""

    attributes: str
    """HTML attributes of the figure."""
    html: str
    frame: tuple[Artifact, ...] = ()


def show_chart(
    chart: Chart,
    support: ChartSupport,
    still: str,
    output: Display,
    title: str,
    language: Language | None,
    url: str,
) -> ChartContent:
    """Return the content of a chart's figure; `still` is its `<img>`, `url` the `baseurl`."""
    text = language.text if language else str
    if not support.library:
        note = f'<p class="chart-note">{escape(text("chart_still"))}</p>'
        return ChartContent("", (still or plain_text_block(output)) + note)
    document = frame_document(
        chart, title, language.code if language else "en", f"../libraries/{support.library}"
    )
    name = f"{sha256(document)[:20]}.html"
    frame = Artifact(f"{FRAMES}/{name}", document)
    width, height = chart.size
    wide = f' data-width="{width}"' if width else ""
    attributes = (
        f' data-frame="{escape(url)}/{frame.path}" data-height="{height or 320}"{wide}'
        f' data-title="{escape(title)}"'
    )
    needs = f'<p class="chart-note">{escape(text("chart_needs_script"))}</p>'
    return ChartContent(attributes, still or plain_text_block(output) + needs, (frame,))


def chart_warning(path: str, line: int, support: ChartSupport) -> tuple[Problem, ...]:
    """Return a warning if a chart has no picture or is not interactive, else nothing."""
    if not support.missing:
        return ()
    shown = "the chart has no picture" if support.library else "the chart is not interactive"
    return (Problem(path, line, 0, f"{shown}: {support.missing}", support.advice, "warning"),)


def plain_text_block(output: Display) -> str:
    """Return the plain text of an output as HTML, "" if it has none."""
    text = str(output.data.get("text/plain", "")).strip()
    return f'<pre class="output text">{escape(text, quote=False)}</pre>' if text else ""
