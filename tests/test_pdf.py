"""PDFs: of the posts that ask for one, printed again only when something in them changed."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from browser import CHROMIUM, needs_chromium
from conftest import Write

from evergreen.build.options import BuildOptions, read_options
from evergreen.build.pdf_links import has_pdf
from evergreen.build.pipeline import publish
from evergreen.build.prune import prune
from evergreen.cli import main
from evergreen.content.post import parse_post
from evergreen.errors import EvergreenError
from evergreen.model import JekyllConfig, Site
from evergreen.preview.blog.blog import LiveSite
from evergreen.site.print_page import note_links

URL = "https://example.org"
SETTINGS = f'title = "T"\nurl = "{URL}"\nsearch = false\n'
POST = """---
title: 打印
pdf: true
---
见 [别处](https://other.example/a) 和 [近处](../b/)，$\\frac{1}{\\sqrt{x}}$。

![甲](a.svg)
"""
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
BLOG = {
    "site.toml": SETTINGS,
    "posts/2026-01-01-a.md": POST,
    "posts/a.svg": PICTURE,
    "posts/2026-01-02-b.md": "---\ntitle: B\n---\nText.\n",
}
BROWSER = """#!/bin/sh
for each; do case "$each" in
  --print-to-pdf=*) to="${each#*=}" ;;
  file://*) page="${each#file://}" ;;
esac; done
echo printed >> "$(dirname "$0")/log"
{ echo '%PDF'; cat "$page"; ls "$(dirname "$page")"; } > "$to"
"""


@pytest.fixture
def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in for a browser: a script that notes each call and writes the page that it opens."""
    script = tmp_path / "bin" / "browser"
    script.parent.mkdir()
    script.write_text(BROWSER)
    script.chmod(0o755)
    (script.parent / "log").touch()
    monkeypatch.setenv("CHROME_PATH", str(script))
    return script


def prints(browser: Path) -> int:
    """Return how often it was called."""
    return len((browser.parent / "log").read_text().splitlines())


def with_pdfs(options: BuildOptions) -> BuildOptions:
    """Return the options of `--pdf`."""
    return replace(options, site=replace(options.site, pdf=True))


@pytest.mark.parametrize(
    ("body", "expected", "links"),
    [
        (
            '<a href="https://x.example/甲">文</a>',
            '<a href="https://x.example/甲">文</a><sup class="link-note">1</sup>',
            ["https://x.example/甲"],
        ),
        ('<a href="#b">b</a>', '<a href="#b">b</a>', []),
        ('<a href="https://x.example">x.example</a>', None, []),
        ('<a href="mailto:a@x.example">a</a>', None, []),
        (
            '<a class="c" href="../b/">b</a>',
            f'<a class="c" href="{URL}/b/">b</a><sup class="link-note">1</sup>',
            [f"{URL}/b/"],
        ),
        ('<a class="enlarge" href="a.png"><img src="a.png"></a>', '<img src="a.png">', []),
    ],
)
def test_links_are_notes(body: str, expected: str | None, links: list[str]) -> None:
    """With complete URLs; those of the same page stay, and a URL needs no note."""
    assert (expected or body, links) == note_links(Site(url=URL), "/a/", body)


def test_a_url_has_one_number() -> None:
    """However often it is linked to."""
    html, links = note_links(Site(), "/a/", '<a href="https://x.example">a</a>' * 2)
    assert 2 == html.count(">1</sup>")
    assert ["https://x.example"] == links


def test_without_an_address_own_links_are_text() -> None:
    """As their targets would be files of the machine that printed."""
    assert ("b", []) == note_links(Site(), "/a/", '<a href="../b/">b</a>')


@pytest.mark.parametrize(
    ("head", "site", "expected"),
    [
        ("pdf: true", Site(), True),
        ("pdf: false", Site(pdf=True), False),
        ("", Site(pdf=True), True),
        ("", Site(), False),
        ("pdf: /paper.pdf", Site(jekyll=JekyllConfig()), False),
    ],
)
def test_a_post_or_the_blog_asks(head: str, site: Site, expected: bool) -> None:
    """The key of a theme of Jekyll is another."""
    source = f"---\ntitle: T\n{head}\n---\n".encode()
    assert expected == has_pdf(site, parse_post("posts/2026-01-01-a.md", source, site))


def test_a_wrong_value_is_an_error() -> None:
    """At its line."""
    with pytest.raises(EvergreenError, match=r"a\.md:3:6: 'pdf' is"):
        parse_post("posts/2026-01-01-a.md", b"---\ntitle: T\npdf: sometimes\n---\n", Site())


def test_a_pdf_is_printed_once(write_blog: Write, browser: Path) -> None:
    """And linked to; another post does not concern it, its own text does."""
    root = write_blog(BLOG)
    report = publish(read_options(root))
    made = root / "_site/a/a.pdf"
    first = made.read_text()
    assert (1, ()) == (prints(browser), report.problems)
    assert 'href="/a/a.pdf"' in (root / "_site/a/index.html").read_text()
    assert not (root / "_site/b/b.pdf").exists()
    assert f'<a href="{URL}/b/">近处</a><sup class="link-note">2</sup>' in first
    assert '<img src="a/a.svg"' in first
    (root / "posts/2026-01-02-b.md").write_text("---\ntitle: New\n---\nOther.\n")
    publish(read_options(root))
    assert (1, first) == (prints(browser), made.read_text())
    assert 0 == publish(read_options(root)).written
    (root / "posts/a.svg").write_text(PICTURE.replace("9", "8"))
    publish(read_options(root))
    (root / "posts/2026-01-01-a.md").write_text(POST.replace("见", "看"))
    publish(read_options(root))
    assert 3 == prints(browser)
    assert "看" in made.read_text()


def test_the_option_prints_all_posts(write_blog: Write, browser: Path) -> None:
    """And a build without it has those that ask."""
    root = write_blog(BLOG)
    assert 0 == main(["publish", "--pdf", "--quiet", "--root", str(root)])
    assert (root / "_site/b/b.pdf").is_file()
    assert 0 == main(["publish", "--quiet", "--root", str(root)])
    assert not (root / "_site/b/b.pdf").exists()
    assert (root / "_site/a/a.pdf").is_file()
    assert 2 == prints(browser)


def test_prune_keeps_published_pdfs(write_blog: Write, browser: Path) -> None:
    """And no others."""
    root = write_blog(BLOG)
    publish(with_pdfs(read_options(root)))
    publish(read_options(root))
    prune(read_options(root))
    assert 1 == len([*(root / ".cache/pdf").iterdir()])


def test_the_preview_prints_on_demand(write_blog: Write, browser: Path) -> None:
    """With the text as it is now."""
    live = LiveSite(read_options(write_blog(BLOG)))
    assert 0 == prints(browser)
    served = live.read("a/a.pdf")
    assert served and "近处" in served.content.decode()
    assert live.read("b/b.pdf") is None


def test_a_browser_that_fails_is_an_error_at_the_post(
    write_blog: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page is published all the same."""
    monkeypatch.setenv("CHROME_PATH", "/bin/false")
    root = write_blog(BLOG)
    problems = [each for each in publish(read_options(root)).problems if each.severity == "error"]
    assert [("posts/2026-01-01-a.md", 3)] == [(each.path, each.line) for each in problems]
    assert (root / "_site/a/index.html").is_file()


def test_without_a_browser_there_is_no_link(
    write_blog: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But a warning at the key."""
    monkeypatch.setattr("evergreen.build.pdf_links.find_browser", lambda: "")
    root = write_blog(BLOG)
    (problem,) = publish(read_options(root)).problems
    assert ("warning", 3) == (problem.severity, problem.line)
    assert ".pdf" not in (root / "_site/a/index.html").read_text()


@needs_chromium
@pytest.mark.slow
def test_a_printed_page(write_blog: Write) -> None:
    """Has its text, formulas, links, the numbers of its pages, and a title."""
    pypdf = pytest.importorskip("pypdf")
    assert CHROMIUM
    long = POST + "\n长。\n" * 60
    root = write_blog({**BLOG, "posts/2026-01-01-a.md": long})
    publish(read_options(root))
    pdf = pypdf.PdfReader(io.BytesIO((root / "_site/a/a.pdf").read_bytes()))
    texts = [page.extract_text() for page in pdf.pages]
    links = {
        note.get_object()["/A"]["/URI"]
        for page in pdf.pages
        for note in page.get("/Annots", ())
        if "/URI" in note.get_object().get("/A", {})
    }
    assert 2 <= len(texts)
    assert "打印" == pdf.metadata.title
    assert "√" in texts[0]
    assert f"1 / {len(texts)}" in texts[0]
    assert f"{len(texts)} / {len(texts)}" in texts[-1]
    assert "https://other.example/a" in texts[-1]
    assert {"https://other.example/a", f"{URL}/b/", f"{URL}/a/"} == links
