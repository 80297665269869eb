"""Libraries of charts, and still pictures."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from browser import chromium, needs_chromium, serve, visit, write

from evergreen.build import chart_libraries
from evergreen.build.chart_libraries import open_equip, read_library
from evergreen.model import Artifact, Cell, CellOptions, Display
from evergreen.model.charts import PLOTLY, Chart
from evergreen.records.interpreters import PYTHON
from evergreen.render.charts import LIBRARIES
from evergreen.render.outputs import render_outputs

FIGURE = {
    "data": [{"type": "bar", "x": ["北京", "上海"], "y": [21.9, 24.9]}],
    "layout": {"title": {"text": "人口</script><script>parent.ran=1</script>"}},
}
SPEC = {
    "$schema": "https://vega.github.io/schema/vega-lite/v6.1.0.json",
    "data": {"values": [{"城": "北京", "n": 3}]},
    "mark": "bar",
    "encoding": {"x": {"field": "城"}, "y": {"field": "n", "type": "quantitative"}},
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache that the tests share."""
    return tmp_path_factory.mktemp("cache")


def display(value: object) -> Display:
    """Return a Plotly figure."""
    return Display({PLOTLY: json.dumps(value)})


@needs_chromium
def test_plotly(cache: Path) -> None:
    """The library is that of the package, named by its hash; the picture is SVG with the text."""
    pytest.importorskip("plotly")
    means = open_equip(cache, PYTHON)(Chart("plotly", json.dumps(FIGURE)))
    assert re.fullmatch(r"plotly-[0-9a-f]{10}\.js", means.library)
    assert b"plotly.js" in read_library(cache, means.library)[:100]
    assert means.still.startswith(b"<svg")
    assert "北京" in means.still.decode()
    assert "" == means.missing


def test_vega(cache: Path) -> None:
    """vl-convert provides the library and the picture, each once."""
    pytest.importorskip("vl_convert")
    chart = Chart("vega", json.dumps(SPEC), 6)
    means = open_equip(cache, PYTHON)(chart)
    assert b"vegaEmbed" in read_library(cache, means.library)
    assert "北京" in means.still.decode()
    before = {path: path.stat().st_mtime_ns for path in cache.rglob("*")}
    assert means == open_equip(cache, PYTHON)(chart)
    assert before == {path: path.stat().st_mtime_ns for path in cache.rglob("*")}


def test_a_missing_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The picture of the output is shown with a note; the build warns at the line of the cell."""
    monkeypatch.setattr(chart_libraries, "_home", lambda kernel: None)
    made = render_outputs(
        "posts/a.md", Cell("", 7, CellOptions(alt="柱")), [display(FIGURE)], 1,
        find_support=open_equip(tmp_path, PYTHON),
    )  # fmt: skip
    assert ["posts/a.md:7: the chart is not interactive: the package 'plotly' is not installed: "
            "install plotly"] == list(map(str, made.problems))  # fmt: skip
    assert "chart_still" in made.html
    assert () == made.libraries


@needs_chromium
def test_a_chart_in_its_frame(cache: Path, tmp_path: Path) -> None:
    """The frame loads the library of the site, has no access to the page, and runs no payload."""
    pytest.importorskip("plotly")
    made = render_outputs(
        "posts/a.md", Cell("", 1), [display(FIGURE)] * 2, 1, find_support=open_equip(cache, PYTHON)
    )
    library = Artifact(f"{LIBRARIES}/{made.libraries[0]}", read_library(cache, made.libraries[0]))
    for file in (*made.figures, library):
        (tmp_path / file.path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file.path).write_bytes(file.content)
    frame = re.search(r'data-frame="([^"]+)"', made.html)
    assert frame
    page = f'<title>x</title><iframe sandbox="allow-scripts" src="{frame[1]}"></iframe>'
    (tmp_path / "index.html").write_text(f"<!DOCTYPE html>{page}", "utf-8")
    with serve(tmp_path) as address, chromium() as browser, visit(browser, address) as shown:
        chart = shown.frames[1]
        chart.wait_for_selector(".main-svg", state="attached")
        assert "null" == chart.evaluate("origin")
        assert "北京" in chart.locator(".main-svg").first.text_content()
        assert shown.evaluate("window.ran") is None
        assert [] == [said for said in shown.said if "404" not in said]


@needs_chromium
@pytest.mark.parametrize("size", [{}, {"width": "container"}, {"height": "container"}])
def test_a_chart_of_vega_has_a_size(size: dict[str, str], cache: Path, tmp_path: Path) -> None:
    """Also if it takes the width or height of its container; the frame is 700 pixels wide."""
    pytest.importorskip("vl_convert")
    chart = Display({"application/vnd.vegalite.v6+json": json.dumps({**SPEC, **size})})
    made = render_outputs(
        "posts/a.md", Cell("", 1), [chart], 1, find_support=open_equip(cache, PYTHON)
    )
    library = Artifact(f"{LIBRARIES}/{made.libraries[0]}", read_library(cache, made.libraries[0]))
    write(tmp_path, (*made.figures, library))
    frame = re.search(r'data-frame="/([^"]+)"', made.html)
    assert frame
    page = f'<iframe sandbox="allow-scripts" width="700" src="{frame[1]}"></iframe>'
    (tmp_path / "index.html").write_text(page, "utf-8")
    with serve(tmp_path) as address, chromium() as browser, visit(browser, address) as shown:
        drawn = shown.frames[1].locator("svg.marks")
        drawn.wait_for(state="attached")
        box = drawn.bounding_box()
        assert box and box["height"] > 200
        assert (650 < box["width"] < 701) if size.get("width") else (box["width"] > 60)


BOKEH_LIBRARY = """
window.Bokeh = { embed: { embed_items: async (docs, items) => items.map(({ docid, roots }) => {
  const [[id, place]] = Object.entries(roots);
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: 30, height: 20 });
  document.getElementById(place).append(canvas, docs[docid].roots[0].name + id);
  return { canvas_view: true, export: () => ({ canvas }) };
}) } };
"""


@needs_chromium
def test_bokeh(tmp_path: Path) -> None:
    """The library is that of the package with its widgets; the plots are drawn as they are."""
    package = tmp_path / "packages" / "bokeh/server/static/js"
    package.mkdir(parents=True)
    (package / "bokeh.min.js").write_text(BOKEH_LIBRARY)
    (package / "bokeh-widgets.min.js").write_text("// widgets")
    own = chart_libraries.PackageFolder("python", (str(tmp_path / "packages"),))
    spec = {"id-1": {"version": "3.9.2", "roots": [{"id": "p1", "name": "图</script>"}]}}
    chart = Chart("bokeh", json.dumps(spec))
    means = open_equip(tmp_path / "cache", PYTHON, own)(chart)
    library = read_library(tmp_path / "cache", means.library)
    assert b"// widgets" in library and b"embed_items(docs, items)" in library
    assert b'width="30" height="20"><image href="data:image/png;base64,' in means.still


def test_bokeh_needs_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names it."""
    monkeypatch.setattr(chart_libraries, "_home", lambda kernel: None)
    means = open_equip(tmp_path, PYTHON)(Chart("bokeh", "{}"))
    assert (means.missing, means.advice) == (
        "the package 'bokeh' is not installed",
        "install bokeh",
    )
