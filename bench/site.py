"""What the outside tools say of a built site: HTML checker, accessibility, Lighthouse, feeds.

    npm install --prefix /tmp/tools vnu-jar axe-core lighthouse
    python bench/site.py _site --tools /tmp/tools

Every page goes through the Nu HTML checker (Java) and, light and dark, 360 and 1280 pixels wide,
through axe-core in Chromium, which also tells console messages and pages wider than their window.
Lighthouse sees one page of each kind. What is not installed is left out and named.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import json
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

VNU = "node_modules/vnu-jar/build/dist/vnu.jar"
AXE = "node_modules/axe-core/axe.min.js"
LIGHTHOUSE = "node_modules/.bin/lighthouse"


def main() -> int:
    """0 when no tool has found anything."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("site", type=Path)
    parser.add_argument("--tools", type=Path, required=True, help="the folder of npm install")
    parser.add_argument("--lighthouse", nargs="*", default=["/"], help="paths that Lighthouse sees")
    options = parser.parse_args()
    pages = [path for path in sorted(options.site.rglob("*.html")) if not is_redirect(path)]
    with serve(options.site) as base:
        urls = [f"{base}/{quote(path.relative_to(options.site).as_posix())}" for path in pages]
        found = [
            *check_html(options.tools / VNU, urls),
            *check_access(options.tools / AXE, urls),
            *check_lighthouse(options.tools / LIGHTHOUSE, [base + p for p in options.lighthouse]),
        ]
        print("\n".join(line.replace(base, "") for line in found))
    print(f"{len(pages)} pages, {len(found)} findings")
    return int(bool(found))


def check_html(jar: Path, urls: list[str]) -> list[str]:
    """Errors and warnings of the Nu HTML checker; it may ask loopback only when told so."""
    if not (jar.is_file() and shutil.which("java")):
        return left_out("vnu-jar")
    command = ["java", "-Dnu.validator.servlet.allow-forbidden-hosts=true", "-jar", str(jar), *urls]
    return subprocess.run(command, capture_output=True, text=True).stderr.splitlines()


def check_access(script: Path, urls: list[str]) -> Iterator[str]:
    """axe-core's violations, console messages, pages that are too wide."""
    if not script.is_file():
        yield from left_out("axe-core")
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for scheme in ("light", "dark"):
            for width in (360, 1280):
                # axe is put into the page, which its policy forbids to others.
                context = browser.new_context(
                    viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True
                )
                page = context.new_page()
                for url in urls:
                    for problem in look_at(page, url, script.read_text("utf-8"), width):
                        yield f"{url} ({scheme}, {width}): {problem}"
        browser.close()


def look_at(page, url: str, script: str, width: int) -> list[str]:
    """What axe, the console and the page's width say."""
    said: list[str] = []

    def hear(message) -> None:
        said.append(message.text)

    page.on("console", hear)
    page.goto(url)
    page.evaluate(script)
    for violation in page.evaluate("axe.run()")["violations"]:
        said.append(f"{violation['id']}: {violation['nodes'][0]['html'][:100]}")
    if page.evaluate("document.documentElement.scrollWidth") > width:
        said.append("wider than its window")
    page.remove_listener("console", hear)
    return said


def check_lighthouse(program: Path, urls: list[str]) -> Iterator[str]:
    """Scores under 100, under 99 for speed."""
    if not program.exists():
        yield from left_out("lighthouse")
        return
    for url in urls:
        for name, score in lighthouse_scores(program, url).items():
            print(f"{name} {score:.0f}  {url}")
            if score < (99 if name == "performance" else 100):
                yield f"{url}: {name} {score:.0f}"


def lighthouse_scores(program: Path, url: str) -> dict[str, float]:
    """Category → 0…100."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.json"
        chrome = f"--chrome-path={shutil.which('chromium')}"
        flags = "--chrome-flags=--headless=new --no-sandbox"
        command = [str(program), url, "--quiet", "--output=json", f"--output-path={file}"]
        subprocess.run([*command, chrome, flags], check=True, capture_output=True)
        categories = json.loads(file.read_text("utf-8"))["categories"]
    return {name: 100 * value["score"] for name, value in categories.items()}


def left_out(tool: str) -> list[str]:
    """Says that a tool is not there; that is no finding."""
    print(f"left out: {tool} is not installed")
    return []


def is_redirect(path: Path) -> bool:
    """A page that leads elsewhere at once has nothing to look at."""
    return 'http-equiv="refresh"' in path.read_text("utf-8")


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """The address of a server of the folder, on loopback."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None: ...

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


if __name__ == "__main__":
    raise SystemExit(main())
