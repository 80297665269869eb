"""Diagrams: drawn once, for light and dark pages, with a description; else their source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from browser import CHROMIUM, chromium, needs_chromium, serve, visit
from conftest import Write

from evergreen.build import diagrams
from evergreen.build.diagrams import kept_files, open_draw
from evergreen.build.options import read_options
from evergreen.build.pipeline import publish
from evergreen.build.prune import prune
from evergreen.content.diagrams import find_diagrams
from evergreen.content.markdown_options import markdown_options
from evergreen.content.post import parse_post
from evergreen.markdown import parse
from evergreen.model import JekyllConfig, Site
from evergreen.model.diagrams import Diagram

pytest.importorskip("mmdr")

FLOW = "flowchart LR\n  A[读取] -- 好 --> B{Ready?}\n"
GRAPH = "digraph { 读取一篇很长的文章的全部内容 -> b }\n"
SETTINGS = 'title = "T"\nurl = "https://example.org"\n'
POST = f'---\ntitle: T\n---\n@fig-a\n\n```mermaid {{#fig-a fig-cap="流 *程*"}}\n{FLOW}```\n'
PLAIN = Site()
SVG = "{http://www.w3.org/2000/svg}"


def found(text: str, site: Site = PLAIN, head: str = "") -> list[Diagram]:
    """Return the diagrams of a post."""
    name = "_posts/2026-01-01-a.md" if site.jekyll else "posts/2026-01-01-a.md"
    post = parse_post(name, f"---\ntitle: T\n{head}---\n{text}\n".encode(), site)
    return [*find_diagrams(parse(post.body, markdown_options(post, site)))]


def texts(svg: bytes) -> list[str]:
    """Return the pieces of text of a drawing."""
    return ["".join(each.itertext()) for each in ElementTree.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize(
    "text",
    [
        '```mermaid {#fig-a fig-cap="流程" fig-alt="描述"}\nx\n```',
        '```{#fig-a .mermaid fig-cap="流程" fig-alt="描述"}\nx\n```',
        '```{mermaid}\n%%| label: fig-a\n%%| fig-cap: "流程"\n%%| fig-alt: 描述\nx\n```',
        "```{mermaid}\n:name: fig-a\n:caption: 流程\n:alt: 描述\nx\n```",
        '```mermaid\nx\n```\n{: #fig-a caption="流程" alt="描述"}',
    ],
)
def test_options_of_several_tools(text: str) -> None:
    """Give the same label, caption and description."""
    (diagram,) = found(text)
    given = (diagram.kind, diagram.source, diagram.label, diagram.caption, diagram.alt)
    assert ("mermaid", "x", "fig-a", "流程", "描述") == given


@pytest.mark.parametrize("text", ["```dot {.noeval}\nx\n```", "```text\nx\n```", "```dot\n```"])
def test_other_code_is_no_diagram(text: str) -> None:
    """Nor is one that its author wants to show."""
    assert [] == found(text)


def test_a_setting_turns_diagrams_off() -> None:
    """Then the source is code as any other."""
    assert [] == found("```dot\nx\n```", Site(diagrams=False))


def test_a_jekyll_post_asks_for_diagrams() -> None:
    """As in its themes, which draw them in the browser."""
    site = Site(jekyll=JekyllConfig())
    assert [] == found("```mermaid\nx\n```", site)
    assert 1 == len(found("```mermaid\nx\n```", site, "mermaid: true\n"))


def test_mermaid_is_drawn_for_light_and_dark_pages(tmp_path: Path) -> None:
    """With the same text in other colours, and no HTML inside."""
    drawing = open_draw(tmp_path)("mermaid", FLOW)
    assert ["好", "读取", "Ready?"] == sorted(texts(drawing.light), key=len)
    assert texts(drawing.light) == texts(drawing.dark)
    assert drawing.light != drawing.dark
    assert b"foreignObject" not in drawing.light + drawing.dark


def test_graphviz_leaves_room_for_chinese(tmp_path: Path) -> None:
    """A box is wider than its letters of 14 pixels each."""
    drawing = open_draw(tmp_path)("dot", GRAPH.replace("{", "{ node [shape=box]", 1))
    box = re.search(rb'<polygon[^>]* points="([^"]+)"', drawing.light.partition(b"node1")[2])
    across = [float(point.split(b",")[0]) for point in box[1].split()]
    assert "读取一篇很长的文章的全部内容" in texts(drawing.light)
    assert b'font-size="14"' in drawing.light
    assert max(across) - min(across) >= 14 * 14


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("mermaid", "flowchart LR\n  A --> B\n  style A fill:#f96\n"),
        ("mermaid", "---\nconfig:\n  theme: forest\n---\nflowchart LR\n  A --> B\n"),
        ("dot", "digraph { a [fillcolor=red, style=filled] }"),
    ],
)
def test_own_colours_are_kept(tmp_path: Path, kind: str, source: str) -> None:
    """On a light ground in every theme."""
    drawing = open_draw(tmp_path)(kind, source)
    assert drawing.light and not drawing.dark


@pytest.mark.parametrize(
    ("kind", "source", "line", "message"),
    [
        ("mermaid", "flowchart LR\n  A[a --> B", 0, "Unterminated node label"),
        ("dot", "digraph {\n  a ->\n", 2, "syntax error"),
        ("dot", 'digraph { a [label="\x0b"] }', 0, "the drawing is not XML"),
        ("mermaid", "flowchart LR\n A[\ud800]", 0, "can't encode character"),
    ],
)
def test_a_source_that_is_not_valid(
    tmp_path: Path, kind: str, source: str, line: int, message: str
) -> None:
    """Is named with what is wrong, and its line where the program knows it; nothing is kept."""
    drawing = open_draw(tmp_path)(kind, source)
    assert message in drawing.fault
    assert "\n" not in drawing.fault
    assert (line, b"") == (drawing.line, drawing.light)
    assert [] == kept_files(tmp_path)


@pytest.fixture
def without_packages(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No package that draws is installed."""
    monkeypatch.setattr(diagrams, "_version", lambda package: "")
    yield


def test_a_kept_drawing_needs_no_package(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Another machine can publish from it; a damaged one is not used."""
    drawn = open_draw(tmp_path)("mermaid", FLOW)
    request.getfixturevalue("without_packages")
    assert drawn == open_draw(tmp_path)("mermaid", FLOW)
    kept_files(tmp_path)[0].write_text("<svg/>")
    assert "python -m pip install mmdr" == open_draw(tmp_path)("mermaid", FLOW).advice


def test_another_version_draws_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with the packages of code."""
    open_draw(tmp_path)("mermaid", FLOW)
    before = kept_files(tmp_path)[0].stat().st_ino
    open_draw(tmp_path)("mermaid", FLOW)
    assert before == kept_files(tmp_path)[0].stat().st_ino
    monkeypatch.setattr(diagrams, "_version", lambda package: "9.9")
    open_draw(tmp_path)("mermaid", FLOW)
    assert before != kept_files(tmp_path)[0].stat().st_ino


def test_a_page_shows_a_numbered_figure(write_blog: Write) -> None:
    """With a picture for each theme, a description, the source; a second build writes nothing."""
    root = write_blog({"site.toml": SETTINGS, "posts/2026-01-01-a.md": POST})
    assert () == publish(read_options(root)).problems
    html = (root / "_site/a/index.html").read_text("utf-8")
    (figure,) = re.findall(r'<figure class="diagram\b.*?</figure>', html, re.S)
    assert 'id="fig-a"' in figure
    assert '<span class="number">Figure 1:</span> 流 <em>程</em>' in figure
    assert re.search('alt="Diagram: [^"]*读取, Ready[?]"', figure)
    assert '<source media="(prefers-color-scheme: dark)" srcset="/assets/figures/' in figure
    assert "A[读取] -- 好 --&gt; B{Ready?}" in figure
    assert all((root / "_site" / url).is_file() for url in re.findall(r'"/(assets/[^"]+)', figure))
    (root / "posts/2026-01-01-a.md").write_text(POST.replace("@fig-a", "见 @fig-a"), "utf-8")
    publish(read_options(root))
    assert 0 == publish(read_options(root)).written


def test_a_wide_diagram_scrolls_and_a_narrow_one_fits(write_blog: Write) -> None:
    """The text of a wide one would be too small on a phone; no arrow goes through a label."""
    wide = "```mermaid\nflowchart LR\nA[one] -- yes --> B[two] --> C[three] --> D[four]\n```\n"
    text = f"---\ntitle: T\n---\n{wide}\n```dot\ndigraph {{ a -> b }}\n```\n"
    root = write_blog({"site.toml": SETTINGS, "posts/2026-01-01-a.md": text})
    publish(read_options(root))
    html = (root / "_site/a/index.html").read_text("utf-8")
    assert ["diagram wide", "diagram"] == re.findall(r'<figure class="([^"]*)"', html)
    url = re.search(r'src="/(assets/[^"]+\.svg)"', html)
    assert url and ".edgeLabel rect{opacity:1;" in (root / "_site" / url[1]).read_text("utf-8")


def test_prune_keeps_what_is_published(write_blog: Write) -> None:
    """And removes the drawings of diagrams that are gone."""
    root = write_blog({"site.toml": SETTINGS, "posts/2026-01-01-a.md": POST})
    options = read_options(root)
    publish(options)
    prune(options)
    assert 2 == len(kept_files(options.store))
    (root / "posts/2026-01-01-a.md").write_text("---\ntitle: T\n---\nx\n")
    publish(options)
    prune(options)
    assert [] == [*(options.store / diagrams.FOLDER).glob("*")]


@pytest.mark.usefixtures("without_packages")
def test_without_a_package_the_source_is_shown(write_blog: Write) -> None:
    """With a word on the page, and a warning at the line; the number stays."""
    root = write_blog({"site.toml": SETTINGS, "posts/2026-01-01-a.md": POST})
    (problem,) = publish(read_options(root)).problems
    assert ("warning", 6) == (problem.severity, problem.line)
    html = (root / "_site/a/index.html").read_text("utf-8")
    assert "A[读取] -- 好 --&gt; B{Ready?}" in html
    assert "This diagram was not drawn" in html
    assert '<span class="number">Figure 1:</span>' in html


@pytest.mark.slow
@needs_chromium
def test_the_switch_of_the_theme_changes_diagrams(write_blog: Write) -> None:
    """Whatever the system prefers; without a script they follow the system."""
    assert CHROMIUM
    root = write_blog({"site.toml": SETTINGS, "posts/2026-01-01-a.md": POST})
    publish(read_options(root))
    shown = "document.querySelector('.diagram img').currentSrc"
    with serve(root / "_site") as address, chromium() as browser:
        with visit(browser, f"{address}/a/", color_scheme="light") as page:
            light = page.evaluate(shown)
            page.click(".theme-switch")
            page.wait_for_function(f"{shown} !== '{light}'")
            dark = page.evaluate(shown)
            page.click(".theme-switch")
            page.wait_for_function(f"{shown} === '{light}'")
            assert [] == page.said
        plain = {"color_scheme": "dark", "java_script_enabled": False}
        with visit(browser, f"{address}/a/", **plain) as page:
            assert dark == page.evaluate(shown)
