"""Posts with scripts in them wherever an author, a data set or an output may put one, published
from their sources and looked at in a browser that is told to forget the policy: escaping alone has
to hold. What authors write as HTML is left out; there the policy holds (see `test_browser`).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from browser import chromium, needs_chromium, serve, visit, write
from sample_pages import render_site
from test_browser import PAYLOADS

from evergreen.build.parse import parse_content
from evergreen.content.post import parse_post
from evergreen.errors import EvergreenError
from evergreen.execution.widgets import STATE, WIDGET
from evergreen.model import Artifact, CellError, Display, Execution, Output, Page, Site, Stream
from evergreen.model.charts import PLOTLY
from evergreen.render.languages import read_languages
from evergreen.render.page import render_page

TEMPLATES = Path(__file__).parent.parent / "templates"
SITE = Site(title="沉", url="https://blog.example.org", lang="zh", search=False)
CODE = "```python\n#| label: {label}\n#| fig-cap: {text}\n#| fig-alt: {text}\n1\n```\n"


def outputs(payload: str) -> tuple[Output, ...]:
    """The payload in each form that an output has, but HTML."""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><a>{payload}</a></svg>'
    state = {"state": {"m": {"model_name": payload, "state": {"description": payload}}}}
    return (
        Stream("stdout", payload),
        Stream("stderr", f"\x1b[31m{payload}\x1b[0m"),
        Display({"text/plain": payload}, result=True),
        Display({"text/latex": f"${payload}$"}),
        Display({"image/svg+xml": svg, "text/plain": payload}),
        Display({"image/svg+xml": payload}),
        Display({PLOTLY: json.dumps({"data": [{"name": payload}], "layout": {"title": payload}})}),
        Display({WIDGET: '{"model_id": "m"}', STATE: json.dumps(state), "text/plain": payload}),
        CellError(payload, payload, f"\x1b[31m{payload}\x1b[0m\n"),
    )


def source(number: int, payload: str, url: str) -> str:
    """A post with the payload in front matter, in code, and in the Markdown that is no HTML."""
    text, own = json.dumps(payload), json.dumps(f"{payload} {number}")
    one_line = " ".join(payload.split())
    body = payload.replace("<", "\\<")
    return (
        f"---\ntitle: {text}\nexcerpt: {text}\nauthor: {text}\ntags: [{own}]\n"
        f"categories: [{own}]\nmeta: {text}\nseries: {{title: {own}}}\n"
        f"image: {{feature: /a.png, alt: {text}, credit: {text}, creditlink: /x}}\n"
        f"references: [{{id: r{number}, title: {text}, url: {json.dumps(url)}, authors: [{text}]}}]\n"  # noqa: E501
        "---\n\n"
        f"{CODE.format(label=f'fig-{number}', text=json.dumps(one_line))}\n"
        f"```{''.join(payload.split())}\n{payload}\n```\n\n# {body}\n\n`` {payload} ``\n\n"
        f"[链接](<{re.sub('[<>]', '', one_line)}>) [甲][n] ![图](<javascript:window.ran=1>)\n"
        f"[脚本](javascript:window.ran=1) [@r{number}]\n\n"
        "[n]: javascript:window.ran=1\n"
    )


def page(number: int, payload: str, path: str = "") -> Page | None:
    """The post's page; None where the post is refused, as one whose address is a script is."""
    name = path or f"posts/2026-01-{1 + number % 28:02}-p{number}.md"
    for url in (payload, "/x/"):
        try:
            content = source(number, payload, url).encode("utf-8", "replace")
            parsed = parse_content(parse_post(name, content, SITE))
        except EvergreenError:
            continue
        execution = Execution((outputs(payload),) * len(parsed.notebook.steps))
        language = read_languages([TEMPLATES])["zh"]
        post, notebook = parsed.post, parsed.notebook
        return render_page(SITE, post, notebook, parsed.document, execution, language)[0]
    return None


def file_names() -> list[str]:
    """Payloads as names of posts."""
    usable = [p for p in PAYLOADS if not set(p) & set("/\0\n\r") and len(p.encode()) < 180]
    alone = {payload.casefold(): payload for payload in usable}
    return [f"posts/2026-02-01-{payload}.md" for payload in alone.values()]


@needs_chromium
@pytest.mark.slow
def test_nothing_runs_without_the_policy(tmp_path: Path) -> None:
    """Of all payloads none runs on a page, in a list, or in what a feed reader shows."""
    made = [page(number, payload) for number, payload in enumerate(PAYLOADS)]
    named = [page(500 + number, "无害", path) for number, path in enumerate(file_names())]
    pages = [each for each in (*made, *named) if each]
    assert len(made) >= 80
    assert len([each for each in made if each]) >= 75
    assert len([each for each in named if each]) >= 20
    files = render_site(SITE, pages, [TEMPLATES]).artifacts
    shown = [file.path for file in files if file.path.endswith(".html")]
    folder = write(tmp_path, (*files, *feed_pages(files)))
    shown += [file.path for file in feed_pages(files)]
    leading = "[...document.links].map(l => l.protocol).filter(p => /script|data/.test(p))"
    with (
        serve(folder) as address,
        chromium() as browser,
        visit(browser, address, bypass_csp=True) as tab,
    ):
        tab.add_init_script("window.alert = () => { window.ran = 1 }")
        for path in shown:
            tab.goto(f"{address}/{quote(path)}", wait_until="domcontentloaded")
            assert tab.evaluate("window.ran") is None, path
            assert [] == tab.evaluate(leading), path


def feed_pages(files: tuple[Artifact, ...]) -> list[Artifact]:
    """Each item of the main feed, as a careless reader shows it."""
    feed = next(json.loads(f.content) for f in files if f.path == "feed.json")
    return [
        Artifact(
            f"feed-{number}.html",
            f"<!DOCTYPE html><meta charset=utf-8>{item['content_html']}".encode(),
        )
        for number, item in enumerate(feed["items"])
    ]
