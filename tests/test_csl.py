"""Citations and sources in styles of CSL."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Write

from evergreen.build.options import read_options
from evergreen.build.pipeline import publish
from evergreen.model import CitationStyle, Reference
from evergreen.preview.blog.blog import LiveSite
from evergreen.render.bibliography import read_bibliography
from evergreen.render.citations import cite, find_clusters
from evergreen.render.csl import set_sources

pytest.importorskip("citeproc")

STYLE = """<?xml version="1.0" encoding="utf-8"?>
<style xmlns="http://purl.org/net/xbiblio/csl" class="in-text" version="1.0">
<info><title>T</title><id>t</id><category citation-format="{category}"/>
<updated>2026-01-01T00:00:00Z</updated></info>
<citation><layout {layout}><group delimiter=", ">{cited}
<text variable="locator" prefix="p. "/></group></layout></citation>
<bibliography><sort><key variable="{sort}"/></sort><layout suffix=".">{label}
<group delimiter=". "><names variable="author"><name name-as-sort-order="all"/></names>
<text variable="title" font-style="italic"/><text variable="container-title"/>
<text variable="publisher"/><text variable="DOI" prefix="https://doi.org/"/></group>
</layout></bibliography></style>
"""
NUMBER = '<text variable="citation-number"/>'
YEAR = """<names variable="author"><name form="short"/></names>
<date variable="issued"><date-part name="year"/></date>"""


def style(category: str, layout: str, cited: str, sort: str, label: str = "") -> CitationStyle:
    """Return a small style."""
    parts = {"category": category, "layout": layout, "cited": cited, "sort": sort, "label": label}
    return CitationStyle("a.csl", STYLE.format(**parts))


AUTHOR = style("author-date", 'prefix="(" suffix=")" delimiter="; "', YEAR, "author")
NUMERIC = style(
    "numeric", 'prefix="[" suffix="]" delimiter=", "', NUMBER, "citation-number", NUMBER
)
RAISED = style("numeric", 'vertical-align="sup" delimiter=","', NUMBER, "citation-number", NUMBER)
REFERENCES = (
    Reference("z", "机器<学习>", authors=("周志华",), year="2016", more={"type": "book"}),
    Reference("s", "Gauss & Co", "", ("Stephen M. Stigler",), "1981", "10.1/x", "Annals"),
)


def cited(of: CitationStyle, html: str) -> str:
    """Return a body with citations in a style."""
    made = set_sources(of, REFERENCES, find_clusters(html, REFERENCES), "zh")
    return cite(html, REFERENCES, clusters=made.clusters).html


def link(key: str, text: str, nth: str = "") -> str:
    """Return the link of a citation."""
    return f'<a class="citation" href="#reference-{key}" id="cite-{key}{nth}">{text}</a>'


@pytest.mark.parametrize(
    ("of", "body", "expected"),
    [
        (AUTHOR, "[@s]", f"({link('s', 'Stigler, 1981')})"),
        (
            AUTHOR,
            "见 [@s, p. 5; @z, 第 3 章]。",
            f"见 ({link('s', 'Stigler, 1981, p. 5')}; {link('z', '周志华, 2016, 第 3 章')})。",
        ),
        (NUMERIC, "[@s][@z; @s]", f"[{link('s', '1')}][{link('s', '1', '-2')}, {link('z', '2')}]"),
        (RAISED, "a[@z; @s]", f"a<sup>{link('z', '1')},{link('s', '2')}</sup>"),
        (AUTHOR, "<code>[@s]</code> [@no]", "<code>[@s]</code> [@no]"),
        (AUTHOR, "[@s, see <x>]", "[@s, see <x>]"),
    ],
)
def test_citations(of: CitationStyle, body: str, expected: str) -> None:
    """Each is linked to its source; numbers are in the order of the text."""
    assert expected == cited(of, body)


def test_the_list_of_sources() -> None:
    """In the order of the style, escaped, with links; uncited ones too."""
    made = set_sources(AUTHOR, REFERENCES, [[("s", "")]], "en")
    url = "https://doi.org/10.1/x"
    assert (
        (
            "s",
            f'Stigler, Stephen M. <i>Gauss &amp; Co</i>. Annals. <a href="{url}">{url}</a>.',
        ),
        ("z", "周志华. <i>机器&lt;学习&gt;</i>."),
    ) == made.sources.entries
    assert {"s": "Stigler, 1981", "z": "周志华, 2016"} == made.names


def test_numbers_are_those_of_the_list() -> None:
    """Whose entries have no number of their own."""
    made = set_sources(NUMERIC, REFERENCES, [[("s", "")]], "en")
    assert made.sources.is_numbered
    assert ["s", "z"] == [key for key, _ in made.sources.entries]
    assert made.sources.entries[0][1].startswith("Stigler")


def test_fields_of_bibtex() -> None:
    """Are CSL's variables, with the type of the entry."""
    source = b"@inproceedings{a, title={T}, booktitle={B}, pages={1--2}, address={Ulm}, year=2001}"
    (entry, _) = read_bibliography("a.bib", source)
    assert {
        "type": "paper-conference",
        "container-title": "B",
        "page": "1–2",
        "publisher-place": "Ulm",
    } == entry["a"].more


POST = """---
title: A
csl: {csl}
references:
  - {{id: s, title: Gauss, authors: [Stephen M. Stigler], year: 1981}}
---
See [@s].
"""


def build(write_blog: Write, csl: str, **files: str) -> tuple[Path, list[str]]:
    """Publish a blog; return its folder and what was reported."""
    found = {name.replace("_", "."): text for name, text in files.items()}
    named = {f"posts/{name}": text for name, text in found.items()}
    root = write_blog(
        {
            "site.toml": 'title = "T"\nurl = "https://example.org"\n',
            "posts/2026-01-01-a.md": POST.format(csl=csl),
            **named,
        }
    )
    report = publish(read_options(root))
    return root, [f"{each.line}: {each.message}" for each in report.problems]


def test_a_page_follows_its_style(write_blog: Write) -> None:
    """Also when the file is edited; a second build writes nothing."""
    root, problems = build(write_blog, "a.csl", a_csl=AUTHOR.source)
    page = root / "_site/a/index.html"
    html = page.read_text()
    assert [] == problems
    assert f"See ({link('s', 'Stigler, 1981')})." in html
    assert '<li id="reference-s">Stigler, Stephen M. <i>Gauss</i>. <a class="back"' in html
    assert 0 == publish(read_options(root)).written
    (root / "posts/a.csl").write_text(NUMERIC.source)
    publish(read_options(root))
    assert f"See [{link('s', '1')}]." in page.read_text()


@pytest.mark.parametrize(
    ("csl", "source", "expected"),
    [
        ("b.csl", AUTHOR.source, "3: the citation style 'posts/b.csl' cannot be read"),
        ("https://x.example/a.csl", "", "3: the citation style 'https://x.example/a.csl' cannot"),
        ("a.csl", "<style/>", "3: the citation style is not a file of CSL"),
        (
            "a.csl",
            AUTHOR.source.replace("author-date", "note"),
            "3: the citation style is one for notes",
        ),
        ("a.csl", AUTHOR.source.replace("</style>", ""), "3: the citation style 'posts/a.csl' fa"),
    ],
)
def test_a_style_that_cannot_be_used(
    write_blog: Write, csl: str, source: str, expected: str
) -> None:
    """Is a warning at its key; the citations are as without it."""
    root, problems = build(write_blog, csl, a_csl=source)
    assert [expected] == [problem[: len(expected)] for problem in problems]
    assert f"See [{link('s', '1')}]." in (root / "_site/a/index.html").read_text()


def test_a_style_of_the_blog(write_blog: Write) -> None:
    """Is for all posts."""
    root = write_blog(
        {
            "site.toml": 'title = "T"\n[citations]\ncsl = "styles/a.csl"\n',
            "styles/a.csl": AUTHOR.source,
            "posts/2026-01-01-a.md": POST.format(csl='""'),
        }
    )
    publish(read_options(root))
    assert f"See ({link('s', 'Stigler, 1981')})." in (root / "_site/a/index.html").read_text()


@pytest.mark.parametrize("of_blog", [False, True])
def test_the_preview_shows_an_edited_style(write_blog: Write, of_blog: bool) -> None:
    """At once, as an edited post."""
    root, _ = build(write_blog, '""' if of_blog else "a.csl", a_csl=AUTHOR.source)
    if of_blog:
        with (root / "site.toml").open("a") as settings:
            settings.write('[citations]\ncsl = "posts/a.csl"\n')
    live = LiveSite(read_options(root))
    assert b"(<a" in live.read("a/index.html").content
    (root / "posts/a.csl").write_text(NUMERIC.source)
    for _ in live.rebuild(frozenset({"posts/a.csl"})):
        pass
    assert f"See [{link('s', '1')}]." in live.read("a/index.html").content.decode()
