"""Check a built site with the Nu HTML checker, axe-core and Lighthouse.

    npm install --prefix /tmp/tools vnu-jar axe-core lighthouse
    python bench/site.py _site --tools /tmp/tools

Every page goes through the Nu HTML checker (Java) and, light and dark, 360 and 1280 pixels wide,
through axe-core in Chromium; console messages and horizontal overflow are reported too. Lighthouse
checks the given paths. Tools that are not installed are skipped.
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
    """Print the findings; return 0 if there are none."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("site", type=Path)
    parser.add_argument("--tools", type=Path, required=True, help="folder of npm install")
    parser.add_argument("--lighthouse", nargs="*", default=["/"], help="paths for Lighthouse")
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
    """Return the errors and warnings of the Nu HTML checker, which needs a flag for loopback."""
    if not (jar.is_file() and shutil.which("java")):
        return skipped("vnu-jar")
    command = ["java", "-Dnu.validator.servlet.allow-forbidden-hosts=true", "-jar", str(jar), *urls]
    return subprocess.run(command, capture_output=True, text=True).stderr.splitlines()


def check_access(script: Path, urls: list[str]) -> Iterator[str]:
    """Yield axe-core's violations, console messages, and pages that are too wide."""
    if not script.is_file():
        yield from skipped("axe-core")
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for scheme in ("light", "dark"):
            for width in (360, 1280):
                # axe is injected into the page, which its CSP forbids.
                context = browser.new_context(
                    viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True
                )
                page = context.new_page()
                for url in urls:
                    for problem in inspect_page(page, url, script.read_text("utf-8"), width):
                        yield f"{url} ({scheme}, {width}): {problem}"
        browser.close()


def inspect_page(page, url: str, script: str, width: int) -> list[str]:
    """Return the findings of axe, the console messages, and an overflow of the page."""
    found: list[str] = []

    def hear(message) -> None:
        found.append(message.text)

    page.on("console", hear)
    page.goto(url)
    page.evaluate(script)
    for violation in page.evaluate("axe.run()")["violations"]:
        found.append(f"{violation['id']}: {violation['nodes'][0]['html'][:100]}")
    if page.evaluate("document.documentElement.scrollWidth") > width:
        found.append("wider than its window")
    page.remove_listener("console", hear)
    return found


def check_lighthouse(program: Path, urls: list[str]) -> Iterator[str]:
    """Yield scores below 100, below 99 for performance."""
    if not program.exists():
        yield from skipped("lighthouse")
        return
    for url in urls:
        for name, score in lighthouse_scores(program, url).items():
            print(f"{name} {score:.0f}  {url}")
            if score < (99 if name == "performance" else 100):
                yield f"{url}: {name} {score:.0f}"


def lighthouse_scores(program: Path, url: str) -> dict[str, float]:
    """Return the score of each category, 0 to 100."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.json"
        chrome = f"--chrome-path={shutil.which('chromium')}"
        flags = "--chrome-flags=--headless=new --no-sandbox"
        command = [str(program), url, "--quiet", "--output=json", f"--output-path={file}"]
        subprocess.run([*command, chrome, flags], check=True, capture_output=True)
        categories = json.loads(file.read_text("utf-8"))["categories"]
    return {name: 100 * value["score"] for name, value in categories.items()}


def skipped(tool: str) -> list[str]:
    """Print that a tool is not installed; return no findings."""
    print(f"skipped: {tool} is not installed")
    return []


def is_redirect(path: Path) -> bool:
    """True for a page that only redirects."""
    return 'http-equiv="refresh"' in path.read_text("utf-8")


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback; yield the base URL."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None: ...

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


if __name__ == "__main__":
    raise SystemExit(main())
