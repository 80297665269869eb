"""The libraries that charts are shown with, and charts as still pictures.

A library is looked for where the post's kernel has its Python packages, then where the engine has
them: Plotly's is in `plotly`, Vega's in `vl-convert-python`, Bokeh's in `bokeh` (and `panel`), that
of widgets in `widgetsnbextension`. What was found or drawn is kept in the cache; nothing is ever
downloaded.
"""

from __future__ import annotations

import functools
import html
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from evergreen.build.browser import browse, find_browser
from evergreen.dataclass import dataclass
from evergreen.errors import last_line
from evergreen.execution.scratch import scratch_folder
from evergreen.model.charts import Chart, ChartSupport, FindSupport
from evergreen.model.hashing import sha256
from evergreen.paths import atomic_write, read_file
from evergreen.records.interpreters import PYTHON, find_command, find_interpreter
from evergreen.regex import regex
from evergreen.render.frames import in_script, still_script, with_start

FOLDER = "libraries"
SECONDS = 120
"""How long a program may take for one picture."""
_FILES = {
    "plotly": "plotly/package_data/plotly.min.js",
    "widgets": "widgetsnbextension/static/extension.js",
    "vega": "vl_convert/__init__.py",
    "bokeh": "bokeh/server/static/js/bokeh.min.js",
}
_OF_BOKEH = ("bokeh-widgets.min.js", "bokeh-tables.min.js")
"""Files that follow Bokeh's own."""
_OF_PANEL = "panel/dist/panel.min.js"
_PACKAGES = {
    "plotly": "plotly",
    "widgets": "ipywidgets",
    "vega": "vl-convert-python",
    "bokeh": "bokeh",
}
_STILL = """<!DOCTYPE html><meta charset="utf-8"><div id="chart"></div>
<script src="{library}"></script>
<script>
const {{ data, layout }} = {spec};
const size = {{ width: {width}, height: {height} }};
Plotly.newPlot("chart", data, {{ ...layout, ...size }}, {{ staticPlot: true }})
  .then((chart) => Plotly.toImage(chart, {{ format: "svg", ...size }}))
  .then((url) => {{
    const shown = document.createElement("textarea");
    shown.textContent = decodeURIComponent(url.slice(url.indexOf(",") + 1));
    document.body.replaceChildren(shown);
  }});
</script>"""
_BOKEH_STILL = """<!DOCTYPE html><meta charset="utf-8"><div id="chart" data-spec="{spec}"></div>
<script src="{library}"></script>
<script>{script}</script>"""
_SHOWN = regex(r"<textarea>(.*?)</textarea>", re.S)
_VEGA = """
import json, sys, vl_convert
major, spec = json.load(sys.stdin)
versions = [v for v in vl_convert.get_vegalite_versions() if v.split(".")[0] == str(major)]
version = {"vl_version": versions[-1]} if versions else {}
if spec is None:
    made = vl_convert.javascript_bundle(**version)
elif "/vega/" in str(spec.get("$schema")):
    made = vl_convert.vega_to_svg(spec, allowed_base_urls=[])
else:
    made = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[], **version)
sys.stdout.buffer.write(made.encode())
"""


@dataclass(frozen=True, slots=True)
class PackageFolder:
    """Where packages are installed."""

    python: str
    path: tuple[str, ...]
    """Where this Python looks for modules."""


def open_equip(cache: Path, kernel: str, own: PackageFolder | None = None) -> FindSupport:
    """Return a function that finds the library of a chart and draws its still picture.

    Libraries are searched in the post's `own` environment, if it has one, else in the kernel's.
    Found libraries and pictures are stored below `cache`.
    """
    return functools.partial(_equip, cache, kernel, own)


def read_library(cache: Path, name: str) -> bytes:
    """Read a library that was found before. Raises OSError if it is gone."""
    return read_file(cache / FOLDER / name)


def _equip(cache: Path, kernel: str, own: PackageFolder | None, chart: Chart) -> ChartSupport:
    found = next(_files(chart, kernel, own), None)
    if found is None:
        package = _PACKAGES[chart.library]
        return ChartSupport(
            missing=f"the package '{package}' is not installed", advice=f"install {package}"
        )
    python, path = found
    try:
        library = _library(cache, chart, python, path)
        drawn = _kept(
            _still_path(cache, library, chart), lambda: _draw(chart, python, path, library)
        )
    except (OSError, subprocess.SubprocessError) as error:
        return ChartSupport(missing=f"{chart.library} fails: {last_line(error)}")
    if drawn or chart.library == "widgets":
        return ChartSupport(library.name, drawn)
    return ChartSupport(
        library.name, missing="no still picture", advice="install Chromium or Chrome"
    )


def _files(chart: Chart, kernel: str, own: PackageFolder | None) -> Iterator[tuple[str, Path]]:
    """Yield possible sources of a chart's library: an interpreter, and a file of its packages."""
    for home in (own, _home(kernel), _home(PYTHON)):
        for folder in home.path if home else ():
            path = Path(folder, _FILES[chart.library])
            if home and path.is_file():
                yield home.python, path


@functools.cache
def _home(kernel: str) -> PackageFolder | None:
    """Return the interpreter of a kernel, and the folders of its packages."""
    interpreter = find_interpreter(kernel)
    if interpreter is None:
        return None
    command = None if kernel == PYTHON else find_command(kernel)
    return PackageFolder(command.argv[0] if command else sys.executable, interpreter.path)


def _library(cache: Path, chart: Chart, python: str, path: Path) -> Path:
    """Return the library's copy in the cache; its name has the hash of its content."""
    folder = cache / FOLDER
    if chart.library == "vega":
        version = sha256(str(path.stat().st_mtime_ns))[:10]
        source = folder / f".vega-{chart.version}-{version}"
        content = _kept(source, lambda: _vega(python, chart.version, None))
    elif chart.library == "bokeh":
        content = b"\n;\n".join(each.read_bytes() for each in _bokeh_files(chart, path))
    else:
        content = path.read_bytes()
    content = with_start(content, chart.library)
    copy = folder / f"{chart.library}-{sha256(content)[:10]}.js"
    _kept(copy, lambda: content)
    return copy


def _bokeh_files(chart: Chart, path: Path) -> Iterator[Path]:
    """Yield the files of Bokeh's library; Panel's, if it is installed, for its models."""
    packages = path.parents[4]
    yield path
    yield from filter(Path.is_file, (path.parent / name for name in _OF_BOKEH))
    if "panel.models." in chart.spec:
        yield from filter(Path.is_file, (packages / _OF_PANEL,))


def _still_path(cache: Path, library: Path, chart: Chart) -> Path:
    key = sha256(f"{library.name} {chart.spec}")
    return cache / "stills" / f"{key[:32]}.svg"


def _kept(path: Path, make: Callable[[], bytes]) -> bytes:
    """Return a file of the cache, made if it is not there; empty content is not stored."""
    if path.is_file():
        return path.read_bytes()
    content = make()
    if content:
        atomic_write(path, content)
    return content


def _draw(chart: Chart, python: str, path: Path, library: Path) -> bytes:
    """Draw the chart as SVG; return nothing if no program can."""
    if chart.library == "vega":
        return _vega(python, chart.version, json.loads(chart.spec))
    browser = find_browser() if chart.library in ("plotly", "bokeh") else ""
    if not browser:
        return b""
    return _photograph(browser, chart, library if chart.library == "bokeh" else path)


def _vega(python: str, version: int, spec: object) -> bytes:
    """Run vl-convert in a process of its own, as its engine takes 100 MB."""
    done = subprocess.run(
        [python, "-c", _VEGA],
        input=json.dumps([version, spec]).encode(),
        capture_output=True,
        check=True,
        timeout=SECONDS,
    )
    return done.stdout


def _photograph(browser: str, chart: Chart, library: Path) -> bytes:
    """Export a chart of Plotly or Bokeh in a headless browser without network."""
    with scratch_folder() as folder:
        page = Path(folder, "chart.html")
        page.write_text(_still_page(chart, library), "utf-8", "replace")
        done = browse(browser, ["--dump-dom"], page, SECONDS)
    found = _SHOWN.search(done.stdout.decode("utf-8", "replace"))
    return html.unescape(found[1]).encode() if found else b""


def _still_page(chart: Chart, library: Path) -> str:
    """Return the HTML of a page that draws a chart and then shows its picture as text."""
    if chart.library == "bokeh":
        return _BOKEH_STILL.format(
            spec=html.escape(chart.spec), library=library.as_uri(), script=still_script("bokeh")
        )
    width, height = chart.size
    return _STILL.format(
        library=library.as_uri(), spec=in_script(chart.spec), width=width or 700, height=height
    )
