"""A post that ran, in a real browser: what the reader gets."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from conftest import Write

from evergreen.build.pipeline import BuildOptions, publish
from evergreen.settings import read_settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(
    not CHROMIUM, reason="Chromium is not installed: apt-get install chromium"
)

POST = """---
title: 画一条线
categories: articles
tags: [绘图]
---

* TOC
{:toc}

## 一条线

```python
#| fig-alt: 从左下到右上的直线
import matplotlib.pyplot as plt
plt.plot([0, 1])
plt.show()
```

## 一个数

```python
print("结果", 6 * 7)
```

答案是 `{python} 6 * 7`，公式 $$x^2$$。
"""


@pytest.fixture
def address(write_blog: Write) -> Iterator[str]:
    """The address of the built blog on loopback."""
    root = write_blog({"posts/2026-01-01-线.md": POST, "site.toml": 'lang = "zh"\n'})
    report = publish(BuildOptions(root, root / "_site", read_settings(root)))
    assert () == report.failed

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    handler = functools.partial(Quiet, directory=str(root / "_site"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_page_shows_what_its_code_drew(address: str, tmp_path: Path) -> None:
    """The figure is drawn, the value is in the prose, the downloads answer, nothing complains."""
    from playwright.sync_api import sync_playwright

    messages: list[str] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("console", lambda message: messages.append(message.text))
        page.on("pageerror", lambda error: messages.append(str(error)))
        page.on("requestfailed", lambda request: messages.append(request.url))
        page.goto(f"{address}/articles/线/")
        figure = page.locator("figure img")
        figure.scroll_into_view_if_needed()
        page.wait_for_function("document.querySelector('figure img').complete")
        assert figure.evaluate("image => image.naturalWidth") > 100
        assert "从左下到右上的直线" == figure.get_attribute("alt")
        assert "结果 42\n" == page.locator(".output.stdout").text_content()
        assert "42" == page.locator(".value").text_content()
        links = page.locator(".downloads a").evaluate_all("links => links.map(a => a.href)")
        answers = [page.request.get(link) for link in links]
        assert [200, 200] == [answer.status for answer in answers]
        node = nbformat.reads(answers[0].text(), as_version=4)
        assert "结果 42\n" == node.cells[3].outputs[0].text
        browser.close()
    assert [] == messages
