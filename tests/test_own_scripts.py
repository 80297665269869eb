"""Scripts that an author adds: in templates, posts and settings; what is blocked is told."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browser import chromium, needs_chromium, serve, visit

from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.model import AnalyticsOptions, Site
from evergreen.packaged import packaged
from evergreen.settings import parse_settings
from evergreen.site.analytics import check_analytics, find_analytics

SCRIPTED = """---
title: 自己的脚本
{head}---

甲 <b onclick="window.CLICKED = 1">乙</b>

<script>
window.POST = "帖";
</script>

<script src="https://post.example/p.js"></script>
"""
SHOWN = """---
title: 输出的脚本
---

```python
from IPython.display import Markdown
Markdown("<scr" + "ipt>window.OUTPUT = 1</scr" + "ipt>\\n\\n文")
```
"""


def build(root: Path, post: str, settings: str = "", template: str = "") -> tuple[list[str], str]:
    """The problems of a blog of one post, and the policy of the post's page."""
    (root / "posts").mkdir()
    (root / "posts/2026-01-01-a.md").write_text(post, "utf-8")
    (root / "templates/partials").mkdir(parents=True)
    footer = (packaged("templates") / "partials/footer.html").read_text("utf-8")
    (root / "templates/partials/footer.html").write_text(footer + template, "utf-8")
    site = replace(parse_settings(settings), search=False)
    report = publish(BuildOptions(root, root / "_site", site))
    return [str(problem) for problem in report.problems], str(root / "_site")


@needs_chromium
def test_an_authors_scripts_run(tmp_path: Path) -> None:
    """Those of a template, of a post and of the settings, written in the page or loaded, and what
    they load from their own host; nothing else is loaded or refused."""
    settings = (
        "[head]\nscripts = ['https://head.example/h.js']\nhtml = '<script>window.HEAD = 1</script>'"
        "\n[head.meta]\ngoogle-site-verification = 'a\"b'\n"
    )
    template = (
        '<script>window.FOOT = 1</script><button onclick="window.PRESSED = 1">按</button>'
        '<script src="https://foot.example/f.js"></script>'
    )
    told, site = build(tmp_path, SCRIPTED.format(head=""), settings, template)
    advice = "call addEventListener in a <script> instead"
    blocked = "the page blocks the event handler 'onclick'"
    assert [f"posts/2026-01-01-a.md:5: {blocked}: {advice}"] == told
    stub = "fetch(new URL('/hit', document.currentScript.src))"
    with serve(Path(site)) as base, chromium() as browser:
        context = browser.new_context()
        asked: list[str] = []
        context.route(
            re.compile("https://"),
            lambda route: (
                asked.append(route.request.url),
                route.fulfill(
                    body=stub,
                    content_type="text/javascript",
                    headers={"Access-Control-Allow-Origin": "*"},
                ),
            ),
        )
        page = context.new_page()
        page.goto(f"{base}/a/", wait_until="networkidle")
        page.locator("button", has_text="按").click()
        found = page.evaluate("[window.POST, window.HEAD, window.FOOT, window.PRESSED]")
        assert ["帖", 1, 1, 1] == found
        hosts = {"head.example", "post.example", "foot.example"}
        assert hosts == {urlsplit(url).netloc for url in asked if url.endswith("/hit")}
        meta = page.locator("meta[name=google-site-verification]").get_attribute("content")
        assert 'a"b' == meta
        page.locator("b").click()
        assert page.evaluate("window.CLICKED") is None


WRITTEN = """---
title: 嵌入
---

<script async src="https://one.example/w.js" charset="utf-8"></script>

<script src='https://two.example/w.js?a=1&b=2'></script>

文 <SCRIPT defer SRC="https://three.example/w.js"></SCRIPT> 字

<div>
<script type="text/javascript" async
  src="https://four.example/w.js">
</script>
</div>

* 项

  <script>
  window.LISTED = "列";
  </script>

<a href="#" onclick='alert("甲")'>甲</a> <a href="#" onclick='alert("乙")'>乙</a>
<select onchange='go()'><option>中文</option></select>
"""


def test_a_script_may_be_written_in_any_way(tmp_path: Path) -> None:
    """The page has its attributes in quotes, and in lower case; its policy allows the script, and
    handlers are told in whatever quotes they are, once for each event."""
    told, site = build(tmp_path, WRITTEN)
    page = (Path(site) / "a/index.html").read_text("utf-8")
    policy = unescape(page.partition('http-equiv="Content-Security-Policy"')[2].partition(">")[0])
    scripts = policy.partition("script-src")[2].partition(";")[0]
    hosts = ("one", "two", "three", "four")
    assert [True] * 4 == [f"https://{host}.example" in scripts for host in hosts]
    body = page.partition("</head>")[2]
    listed = body[body.index("<script>") + 8 : body.index("</script>", body.index("<script>"))]
    assert b64encode(sha256(listed.encode()).digest()).decode() in scripts, listed
    advice = "call addEventListener in a <script> instead"
    place, blocked = "posts/2026-01-01-a.md", "the page blocks the event handler"
    assert [
        f"{place}:23: {blocked} 'onclick', and 1 more of its kind: {advice}",
        f"{place}:24: {blocked} 'onchange': {advice}",
    ] == [each for each in told if "event handler" in each]


@needs_chromium
def test_a_strangers_scripts_do_not_run(tmp_path: Path) -> None:
    """Those of a post whose code runs in a sandbox; each is told with its line."""
    head = "execute: {enabled: false, sandbox: true}\n"
    told, site = build(tmp_path, SCRIPTED.format(head=head))
    message = "the page blocks the script: the code of the post runs in a sandbox"
    advice = "move the script to a template"
    assert [
        f"posts/2026-01-01-a.md:8: {message}: {advice}",
        f"posts/2026-01-01-a.md:12: {message}: {advice}",
    ] == [each for each in told if "script:" in each]
    with serve(Path(site)) as base, chromium() as browser, visit(browser, f"{base}/a/") as page:
        assert page.evaluate("window.POST") is None
        refused = [line for line in page.said if "Content Security Policy" in line]
        assert any("post.example" in line for line in refused)
        assert any("inline script" in line for line in refused)


@needs_chromium
def test_scripts_of_outputs_do_not_run_in_the_page(tmp_path: Path) -> None:
    """Where code displays them as Markdown, which is not put into a frame."""
    _, site = build(tmp_path, SHOWN)
    with serve(Path(site)) as base, chromium() as browser, visit(browser, f"{base}/a/") as page:
        assert "文" in (page.locator(".prose").text_content() or "")
        assert page.evaluate("window.OUTPUT") is None


@pytest.mark.parametrize(
    ("service", "name", "expected"),
    [
        ("plausible", "blog.example", {"data-domain": "blog.example"}),
        ("umami", "1a2b-3c", {"data-website-id": "1a2b-3c"}),
        ("goatcounter", "code", {"data-goatcounter": "https://code.goatcounter.com/count"}),
        ("google", "G-123", {}),
    ],
)
def test_analytics_by_name(
    service: str, name: str, expected: dict[str, str], tmp_path: Path
) -> None:
    """The page loads the script of the service, and its policy allows what that needs."""
    settings = f"[analytics]\nservice = '{service}'\nid = '{name}'\n"
    told, site = build(tmp_path, "---\ntitle: x\n---\n", settings)
    assert [] == told
    found = find_analytics(parse_settings(settings))
    assert found
    assert expected == found.attributes
    page = (Path(site) / "a/index.html").read_text("utf-8")
    head = page.partition("</head>")[0]
    assert f'<script async src="{found.src}"' in head
    origin = "https://" + urlsplit(found.src).netloc
    for each in (origin, *(each for values in found.sources.values() for each in values)):
        assert each in head.partition('http-equiv="Content-Security-Policy"')[2].partition(">")[0]


@pytest.mark.parametrize(
    ("service", "name", "expected"),
    [
        ("matomo", "1", "'analytics.service' is 'matomo': known: goatcounter, google, plausible"),
        ("google", "", "'analytics.id' is '': write the measurement id, like G-1234567890"),
        (
            "google",
            "G-1');alert(1)//",
            "'analytics.id' is 'G-1');alert(1)//': write the measurement",
        ),
    ],
)
def test_wrong_settings_of_analytics(service: str, name: str, expected: str) -> None:
    """They are told, and the page has no script of the service."""
    site = Site(analytics=AnalyticsOptions(service, name))
    (problem,) = check_analytics(site)
    assert (f"site.toml: {expected}" in str(problem), None) == (True, find_analytics(site))


def test_a_server_of_ones_own() -> None:
    """Its script is loaded from there."""
    site = Site(analytics=AnalyticsOptions("umami", "1", "https://u.example/script.js"))
    found = find_analytics(site)
    assert found
    assert ("https://u.example/script.js", {}) == (found.src, found.sources)
