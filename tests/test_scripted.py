"""Outputs with scripts of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import chromium, needs_chromium, serve, visit, write

from evergreen.model import Cell, CellOptions, Display
from evergreen.render.frames import script_document
from evergreen.render.outputs import RenderedOutputs, render_outputs
from evergreen.render.scripted import external_script_hosts, first_picture, has_scripts

OWN = "<div id=y>旧</div><script>document.getElementById('y').textContent = '新'</script>"


def render(html: str, alt: str = "动画") -> RenderedOutputs:
    """Render the output of a cell on line 9."""
    output = Display({"text/html": html, "text/plain": "<Animation>"})
    return render_outputs("posts/文.md", Cell("", 9, CellOptions(alt=alt)), [output], 1)


@pytest.fixture(scope="module")
def animation() -> str:
    """Return a Matplotlib animation of two frames."""
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    from matplotlib import pyplot
    from matplotlib.animation import FuncAnimation

    figure, axis = pyplot.subplots(figsize=(2, 1))
    (line,) = axis.plot([0, 1])
    html = FuncAnimation(figure, lambda at: line.set_ydata([at, 1]), frames=2).to_jshtml()
    pyplot.close(figure)
    return str(html)


def test_what_has_scripts() -> None:
    """Data blocks and templates are not scripts; `srcdoc` documents are searched."""
    inner = '<iframe srcdoc="&lt;script src=&#39;https://cdn.example/l.js&#39;&gt;"></iframe>'
    assert all(map(has_scripts, (OWN, "<SCRIPT type='module'>", inner)))
    plain = ("<table>", "<p>the script</p>", '<script type="application/json">{}</script>')
    assert not any(map(has_scripts, plain))
    assert (("cdn.example",), ()) == (external_script_hosts(inner), external_script_hosts(OWN))


def test_a_page_has_a_frame_in_their_place(animation: str) -> None:
    """The frame has the first picture of an animation, and its description as title."""
    made = render(animation)
    still, frame = made.figures
    assert still.content == first_picture(animation) and still.content.startswith(b"\x89PNG")
    assert f'data-frame="/{frame.path}"' in made.html and "<script" not in made.html
    assert f'<img src="/{still.path}" width="200" height="100" alt="动画"' in made.html
    assert b"maxcdn" not in frame.content and () == made.problems


def test_scripts_of_other_sites_give_a_warning() -> None:
    """The output is shown unchanged, and loads nothing from other sites."""
    html = '<script src="//cdn.bokeh.org/bokeh.min.js"></script><div>图</div>'
    made = render(html)
    assert [
        "posts/文.md:9: the output loads scripts from cdn.bokeh.org, which the page blocks: "
        "make the library embed its code in the output, or show a picture"
    ] == [str(problem) for problem in made.problems]
    assert (f'<div class="output html">{html}</div>', ()) == (made.html, made.figures)


@needs_chromium
def test_opened_by_itself_the_document_runs_nothing(tmp_path: Path) -> None:
    """Outside of the frame it would have the origin of the site."""
    html = "<p onclick='window.name = 1'>文</p><script>window.name = 'ran'</script>"
    (frame,) = render(html).figures
    write(tmp_path, [frame])
    with (
        serve(tmp_path) as address,
        chromium() as browser,
        visit(browser, f"{address}/{frame.path}") as shown,
    ):
        shown.click("p")
        assert ("", "文") == (shown.evaluate("name"), shown.inner_text("p"))


@needs_chromium
def test_they_run_in_a_sandbox(animation: str, tmp_path: Path) -> None:
    """The frame has another origin and no console messages; an animation shows its pictures."""
    frames = [render(html).figures[-1] for html in (OWN, animation)]
    write(tmp_path, frames)
    page = "".join(
        f'<iframe sandbox="allow-scripts" src="{each.path}"></iframe>' for each in frames
    )
    (tmp_path / "index.html").write_text(f"<!DOCTYPE html><title>x</title>{page}", "utf-8")
    with serve(tmp_path) as address, chromium() as browser, visit(browser, address) as shown:
        own, moving = shown.frames[1:]
        assert ("新", "null") == (own.locator("#y").text_content(), own.evaluate("origin"))
        first = moving.locator(".animation img").get_attribute("src")
        moving.get_by_label("Next frame").click()
        assert first != moving.locator(".animation img").get_attribute("src")
        assert [] == [said for said in shown.said if "404" not in said]


def test_a_frame_does_not_send_its_reader_away() -> None:
    """`<meta http-equiv="refresh">` would work where the document is opened by itself."""
    refresh = '<META HTTP-EQUIV=refresh content="0; url=https://elsewhere.example">'
    html = f"{refresh}<p>图</p><script></script>"
    document = script_document(html, "题", "zh").decode()
    assert (False, True) == ("elsewhere" in document, "<p>图</p>" in document)
