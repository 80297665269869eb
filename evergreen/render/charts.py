"""A chart on its page: a still picture, which the page's script changes for the chart itself.

Where the library is missing the picture stays, where there is no picture either the text that the
output has; the page says so. Each frame is a file of its own, named by its content.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

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
    """A chart as a figure's content."""

    attributes: str
    """Of the figure."""
    html: str
    frame: tuple[Artifact, ...] = ()


def show_chart(
    chart: Chart,
    means: ChartSupport,
    still: str,
    output: Display,
    title: str,
    language: Language | None,
    url: str,
) -> ChartContent:
    """The figure's content; `still` is the picture's element, `url` the site's `baseurl`."""
    tell = language.text if language else str
    if not means.library:
        note = f'<p class="chart-note">{escape(tell("chart_still"))}</p>'
        return ChartContent("", (still or text_of(output)) + note)
    document = frame_document(
        chart, title, language.code if language else "en", f"../libraries/{means.library}"
    )
    name = f"{sha256(document)[:20]}.html"
    frame = Artifact(f"{FRAMES}/{name}", document)
    width, height = chart.size
    wide = f' data-width="{width}"' if width else ""
    attributes = (
        f' data-frame="{escape(url)}/{frame.path}" data-height="{height or 320}"{wide}'
        f' data-title="{escape(title)}"'
    )
    needs = f'<p class="chart-note">{escape(tell("chart_needs_script"))}</p>'
    return ChartContent(attributes, still or text_of(output) + needs, (frame,))


def lack(path: str, line: int, means: ChartSupport) -> tuple[Problem, ...]:
    """A warning where a chart cannot be shown as it is, or has no picture."""
    if not means.lack:
        return ()
    shown = "the chart has no picture" if means.library else "the chart is shown as it stands"
    return (Problem(path, line, 0, f"{shown}: {means.lack}", means.advice, "warning"),)


def text_of(output: Display) -> str:
    """The output's plain text, as a block; "" where it has none."""
    text = str(output.data.get("text/plain", "")).strip()
    return f'<pre class="output text">{escape(text, quote=False)}</pre>' if text else ""
