"""Check a built site with validators and browsers, and print what is wrong.

    cp -r bench/audit /tmp/audit && npm install --prefix /tmp/audit --ignore-scripts     # once
    python bench/audit.py --tools /tmp/audit _site                            # all; needs Java
    python bench/audit.py --tools /tmp/audit _site --only html axe weight     # some

`html`: the Nu HTML checker, on every page. `axe`: axe-core on every page, light and dark, 360 and
1280 pixels wide; also horizontal overflow, console messages, CSP violations and requests to other
hosts. `weight`: bytes of text and requests of each page without figures. `lighthouse`: five kinds
of page, as on a phone. `feeds`: Atom by feedparser, JSON Feed by its specification, the sitemap by
its schema, JSON-LD by Google's requirements. The exit code is 1 if anything is found.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote
from xml.etree import ElementTree

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "tests")]

from browser import (  # noqa: E402
    CHROMIUM,
    chromium,
    serve,
    visit,
)

LONGEST_TEXT = 40_000
"""Maximum bytes of a page without figures, with its style sheet and script."""
SCORES = {"performance": 99, "accessibility": 100, "best-practices": 100, "seo": 100}
RUNS = 3
"""Runs of Lighthouse; the median counts."""


@dataclass(frozen=True, slots=True)
class Audit:
    """A site, and the tools to check it with."""

    site: Path
    tools: Path
    address: str

    @property
    def pages(self) -> list[str]:
        """Return the URLs of all pages except redirects, and of the frames of charts."""
        files = sorted(self.site.rglob("*.html"))
        moved = [f for f in files if 'http-equiv="refresh"' in f.read_text("utf-8")]
        names = [f.relative_to(self.site).as_posix() for f in files if f not in moved]
        return [quote("/" + name.removesuffix("index.html")) for name in names]

    def module(self, name: str) -> Path:
        """Return the path of a file of the tools."""
        found = (self.tools / "node_modules").rglob(name.rpartition("/")[2])
        return next(path for path in found if path.as_posix().endswith(name))


def check_html(audit: Audit) -> Iterator[str]:
    """Yield the errors and warnings of the Nu HTML checker."""
    jar = audit.module("vnu-jar/build/dist/vnu.jar")
    command = ["java", "-jar", str(jar), "--format", "json", "--skip-non-html", str(audit.site)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    for message in json.loads(done.stderr or '{"messages": []}')["messages"]:
        if "Content Security Policy" in message["message"]:
            continue  # a file has no origin for 'self'; the browser checks below cover the CSP
        name = message.get("url", "").partition(str(audit.site))[2]
        yield f"{name}:{message.get('lastLine', 0)}: {message['type']}: {message['message']}"


def check_axe(audit: Audit) -> Iterator[str]:
    """Yield findings of axe-core, console messages, overflow and requests to other hosts."""
    script = audit.module("axe-core/axe.min.js").read_text("utf-8")
    with chromium() as browser:
        for path in audit.pages:
            for width in (360, 1280):
                for scheme in ("light", "dark"):
                    yield from _visit(audit, browser, script, path, width, scheme)


def _visit(
    audit: Audit, browser: Any, script: str, path: str, width: int, scheme: str
) -> Iterator[str]:
    size = {"width": width, "height": 800}
    options = {"viewport": size, "color_scheme": scheme, "bypass_csp": False}
    where = f"{path} at {width} px, {scheme}"
    with visit(browser, audit.address + path, **options) as page:
        page.wait_for_load_state("networkidle")
        yield from (f"{where}: console: {said}" for said in page.said)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            yield f"{where}: {wide} pixels wide"
        for url in page.asked:
            if not url.startswith((audit.address, "data:", "blob:")):
                yield f"{where}: requests {url}"
        page.evaluate(script)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        for rule in found["violations"]:
            target = rule["nodes"][0]["target"]
            yield f"{where}: {rule['id']} ({rule['impact']}): {len(rule['nodes'])} × {target}"


def check_weight(audit: Audit) -> Iterator[str]:
    """Yield pages without figures with over three requests, or four for lists, which have a style
    sheet more, or 40 kB of uncompressed text."""
    with chromium() as browser:
        for path in audit.pages:
            text = (audit.site / _file(path)).read_text("utf-8")
            if "<img" in text or "data-frame" in text or "/charts/" in path or "search" in path:
                continue
            with visit(browser, audit.address + path) as page:
                page.wait_for_load_state("networkidle")
                asked = [url for url in page.asked if not url.startswith("data:")]
            files = [audit.site / _file(url.removeprefix(audit.address)) for url in asked]
            weight = sum(file.stat().st_size for file in files)
            print(f"  {weight:7,} bytes, {len(asked)} requests  {path}")
            most = 4 if any("/assets/lists." in url for url in asked) else 3
            if len(asked) > most or weight > LONGEST_TEXT:
                yield f"{path}: {len(asked)} requests, {weight:,} bytes"


def _file(path: str) -> str:
    name = unquote(path.partition("?")[0]).lstrip("/")
    return name + "index.html" if not name or name.endswith("/") else name


def check_lighthouse(audit: Audit) -> Iterator[str]:
    """Yield low scores of a post, the home page, the archive, a tag and the search page."""
    for path in _kinds(audit):
        runs = [_lighthouse(audit, path) for _ in range(RUNS)]
        for name, least in SCORES.items():
            score = sorted(run["categories"][name]["score"] * 100 for run in runs)[RUNS // 2]
            print(f"  {score:5.0f} {name:15} {path}")
            if score < least:
                failed = _failed(runs[-1], name)
                yield f"{path}: {name} {score:.0f}: {', '.join(failed)}"


def _kinds(audit: Audit) -> list[str]:
    pages = [page for page in audit.pages if not page.startswith("/assets/")]
    kinds = {
        "home": lambda page: page == "/",
        "archive": lambda page: page == "/archive/",
        "tag": lambda page: page.startswith("/tags/") and page != "/tags/",
        "search": lambda page: page == "/search/",
        "post": lambda page: "ld+json" in (audit.site / _file(page)).read_text("utf-8"),
    }
    return [next(filter(kind, pages)) for kind in kinds.values() if any(map(kind, pages))]


def _lighthouse(audit: Audit, path: str) -> dict[str, Any]:
    program = audit.module("lighthouse/cli/index.js")
    flags = "--headless --no-sandbox" if os.geteuid() == 0 else "--headless"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out.json")
        arguments = ["--quiet", "--output=json", f"--output-path={out}", f"--chrome-flags={flags}"]
        subprocess.run(
            ["node", program, audit.address + path, *arguments],
            env={**os.environ, "CHROME_PATH": CHROMIUM or ""},
            check=True,
            capture_output=True,
        )
        found: dict[str, Any] = json.loads(out.read_text("utf-8"))
    return found


def _failed(run: dict[str, Any], category: str) -> list[str]:
    audits = run["audits"]
    references = run["categories"][category]["auditRefs"]
    weighed = [ref["id"] for ref in references if ref["weight"]]
    return [name for name in weighed if (audits[name]["score"] or 0) < 1]


def check_feeds(audit: Audit) -> Iterator[str]:
    """Yield faults of the feeds, the sitemap, and the structured data of posts."""
    import feedparser

    for path in sorted(audit.site.rglob("feed.xml")):
        name = path.relative_to(audit.site)
        feed = feedparser.parse(path.read_bytes())
        if feed.bozo:
            yield f"{name}: {feed.bozo_exception}"
        yield from (f"{name}: {fault}" for fault in _atom_faults(path.read_bytes()))
    for path in sorted(audit.site.rglob("feed.json")):
        faults = _json_feed_faults(json.loads(path.read_text("utf-8")))
        yield from (f"{path.relative_to(audit.site)}: {fault}" for fault in faults)
    yield from _sitemap_faults(audit.site / "sitemap.xml")
    for page in audit.pages:
        text = (audit.site / _file(page)).read_text("utf-8")
        for found in re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.S):
            yield from (f"{page}: {fault}" for fault in _article_faults(json.loads(found)))


def _atom_faults(content: bytes) -> Iterator[str]:
    """Check the required elements of a feed and its entries (RFC 4287, §4.1)."""
    atom = "{http://www.w3.org/2005/Atom}"
    root = ElementTree.fromstring(content)
    for node in [root, *root.iter(f"{atom}entry")]:
        for tag in ("id", "title", "updated"):
            if len(node.findall(atom + tag)) != 1:
                yield f"{node.tag} must have exactly one {tag}"
        updated = node.findtext(f"{atom}updated") or ""
        if datetime.fromisoformat(updated).tzinfo is None:
            yield f"{updated} has no time zone"
    ids = [entry.findtext(f"{atom}id") for entry in root.iter(f"{atom}entry")]
    if len(ids) != len(set(ids)):
        yield "two entries have one id"


def _json_feed_faults(feed: dict[str, Any]) -> Iterator[str]:
    """Check a JSON Feed (https://www.jsonfeed.org/version/1.1/)."""
    if feed.get("version") != "https://jsonfeed.org/version/1.1" or not feed.get("title"):
        yield "no version or no title"
    for item in feed.get("items", ()):
        if not isinstance(item.get("id"), str) or not item["id"]:
            yield "an item without id"
        if not (item.get("content_html") or item.get("content_text")):
            yield f"{item.get('id')} has no content"
        for key in ("date_published", "date_modified"):
            if datetime.fromisoformat(item[key]).tzinfo is None:
                yield f"{item['id']}: {key} has no time zone"


def _sitemap_faults(path: Path) -> Iterator[str]:
    """Check a sitemap (https://www.sitemaps.org/protocol.html)."""
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    root = ElementTree.fromstring(path.read_bytes())
    if root.tag != f"{space}urlset":
        yield f"the sitemap is a {root.tag}"
    for url in root:
        order = [child.tag.removeprefix(space) for child in url if child.tag.startswith(space)]
        location = url.findtext(f"{space}loc") or ""
        if order[:1] != ["loc"] or set(order[1:]) - {"lastmod", "changefreq", "priority"}:
            yield f"sitemap: {order} in {location}"
        if not location.startswith("http") or len(location) >= 2048:
            yield f"sitemap: {location!r} is not a valid URL"


def _article_faults(data: dict[str, Any]) -> Iterator[str]:
    """Check an article (https://developers.google.com/search/docs/appearance/structured-data/article)."""
    if data.get("@type") not in ("Article", "NewsArticle", "BlogPosting"):
        yield f"JSON-LD of type {data.get('@type')}"
    missing = [key for key in ("headline", "datePublished", "dateModified") if not data.get(key)]
    yield from (f"JSON-LD without {key}" for key in missing)
    author = data.get("author") or {}
    if not author.get("name") or not author.get("url"):
        yield "JSON-LD without name and URL of the author"


CHECKS: dict[str, Callable[[Audit], Iterator[str]]] = {
    "html": check_html,
    "axe": check_axe,
    "weight": check_weight,
    "lighthouse": check_lighthouse,
    "feeds": check_feeds,
}


def main() -> int:
    """Run the checks and print their findings."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("site", type=Path)
    parser.add_argument("--tools", type=Path, required=True, help="folder of npm install")
    parser.add_argument("--only", nargs="+", choices=CHECKS, default=list(CHECKS))
    options = parser.parse_args()
    total = 0
    with serve(options.site.resolve()) as address:
        audit = Audit(options.site.resolve(), options.tools.resolve(), address)
        for name in options.only:
            found = list(CHECKS[name](audit))
            total += len(found)
            print(f"{name}: {len(found)} found on {len(audit.pages)} pages", flush=True)
            print(*(f"  {each}" for each in found), sep="\n")
    return int(total > 0)


if __name__ == "__main__":
    sys.exit(main())
