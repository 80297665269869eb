"""jekyll-scholar's tags in a Jekyll blog."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.content.jekyll.scholar import read_arguments, read_scholar
from evergreen.model import Report, ScholarOptions
from evergreen.render.bibliography import read_entries
from evergreen.render.scholar import _test_of
from evergreen.settings import read_settings

BIB = """\
---
---
@article{zhou2016, title={机器学习}, author={周志华}, year={2016}, journal={清华}, pdf={ml.pdf}}
@article{lecun98, title={Gradient-Based Learning}, author={LeCun, Yann and Bottou, L{\\'e}on},
  year={1998}, doi={10.1109/5.726791}, selected={true}}
@book{knuth, title={The {TeX}book}, author={Knuth, Donald}, year={1984}, url={https://k.example/}}
"""
FILES = {
    "_config.yml": "title: T\nurl: https://me.example\nplugins: [jekyll-scholar]\n"
    "scholar: {style: STYLE, group_by: year, group_order: descending}\n",
    "_bibliography/references.bib": BIB,
    "_bibliography/talks.bib": "@misc{talk, title={A talk}, year={2020}}\n",
    "_posts/2024-01-01-a.md": "---\ntitle: 甲\n---\nBy {% cite zhou2016 lecun98 --locator 5 %}"
    " and {% cite nobody %}.\n\n{% quote knuth %}\nBeware of bugs.\n{% endquote %}\n\n"
    "## References\n\n{% bibliography --cited %}\n",
    "papers.md": "---\ntitle: Papers\n---\n{% bibliography %}\n\nTalks:\n\n"
    "{% bibliography -f talks --group_by none %}\n\n"
    "{% bibliography --group_by none --query @*[selected=true]* %}\n\n{% reference knuth %}\n",
}


@pytest.fixture(params=["apa", "ieee"])
def root(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Return a blog with a bibliography, in a style by author and in one by number."""
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text.replace("STYLE", request.param), "utf-8")
    return tmp_path


def _publish(root: Path) -> Report:
    return publish(BuildOptions(root, root / "_site", read_settings(root)))


def _text(root: Path, page: str) -> str:
    html = (root / "_site" / page).read_text("utf-8").partition("<article")[2]
    return " ".join(re.sub(r"<[^>]+>", "", html.partition("</article>")[0]).split())


def test_citations(root: Path) -> None:
    """They are as the style of the blog says, with the place in the source."""
    report = _publish(root)
    text = _text(root, "2024/01/01/a.html")
    shown = "[周志华 2016; LeCun &amp; Bottou 1998, 5]"
    if "ieee" in (root / "_config.yml").read_text():
        shown = "[1, 2, 5]"
    assert f"By {shown} and [@nobody]." in text
    assert any("nobody" in each.message and each.line == 4 for each in report.problems)


def test_what_is_cited_is_listed_once(root: Path) -> None:
    """The page's own list stands for that of the post, and for its heading."""
    _publish(root)
    page = (root / "_site/2024/01/01/a.html").read_text("utf-8")
    assert page.count(">References</h2>") == 1
    assert page.count("Gradient-Based Learning") == 1
    assert "Léon Bottou" in page


def test_a_quotation_is_cited(root: Path) -> None:
    """Its source is below it."""
    _publish(root)
    page = (root / "_site/2024/01/01/a.html").read_text("utf-8")
    assert re.search(r"<blockquote>\s*<p>Beware of bugs.</p>\s*<p>\[<a ", page)


def test_lists_of_publications(root: Path) -> None:
    """In groups, of another file, by a query, of one entry; with links to files."""
    _publish(root)
    page = (root / "_site/papers.html").read_text("utf-8")
    assert re.findall(r'<h2 class="bibliography"[^>]*>(\d+)</h2>', page) == ["2016", "1998", "1984"]
    lists = re.findall(r'<ol class="bibliography">(.*?)</ol>', page)
    assert [re.findall(r'<span id="(\w+)"', each) for each in lists] == [
        *(["zhou2016"], ["lecun98"], ["knuth"]),
        *(["talk"], ["lecun98"], ["knuth"]),
    ]
    assert (
        '周志华 (2016). 机器学习. <cite>清华</cite>. <a href="/assets/pdf/ml.pdf">pdf</a>' in page
    )
    assert '<a href="https://doi.org/10.1109/5.726791">Gradient-Based Learning</a>' in page


def test_an_edit_of_the_bibliography_is_shown(root: Path) -> None:
    """On each page that reads it; a second build writes nothing."""
    _publish(root)
    assert _publish(root).written == 0
    file = root / "_bibliography/references.bib"
    file.write_text(BIB.replace("机器学习", "西瓜书"), "utf-8")
    _publish(root)
    assert "西瓜书" in _text(root, "papers.html")
    assert "西瓜书" in _text(root, "2024/01/01/a.html")


def test_a_broken_bibliography_is_a_warning(root: Path) -> None:
    """At its line; the post is published."""
    (root / "_bibliography/talks.bib").write_text("@misc{a,\n title={x}\n\n@misc{", "utf-8")
    found = {each for each in _publish(root).problems if each.path.endswith("talks.bib")}
    assert {(each.severity, each.line > 0) for each in found} == {("warning", True)}
    assert "周志华" in _text(root, "papers.html")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a b --locator 5", (["a", "b"], {"--locator": "5"})),
        ("a -l 5 -A", (["a"], {"--locator": "5", "--suppress_author": "true"})),
        ('"a:b/c" --text="x y"', (["a:b/c"], {"--text": "x y"})),
        ("--cited -f 'my papers'", ([], {"--cited": "true", "--file": "my papers"})),
        ("a --file", (["a"], {"--file": ""})),
        ("it's", (["it's"], {})),
    ],
)
def test_arguments(text: str, found: tuple[list[str], dict[str, str]]) -> None:
    """Keys and options, short and long."""
    assert read_arguments(text) == found


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("year = 2016", True),
        ("year>=2017", False),
        ("year != 1998", True),
        ("title ^= 机器", True),
        ("author ~= 志", True),
        ("selected=true", False),
        ("type=article", True),
        ("!", True),
    ],
)
def test_conditions(condition: str, holds: bool) -> None:
    """Of a query, on one entry."""
    entry = read_entries("a.bib", BIB.encode())[0]["zhou2016"]
    assert _test_of(entry)(condition) is holds


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({}, None),
        ({"plugins": ["jekyll/scholar"]}, ScholarOptions()),
        ({"scholar": {"source": "./bib/"}}, ScholarOptions(source="bib")),
        ({"scholar": {"source": "../bib"}}, ScholarOptions(source="bib")),
        (
            {"scholar": {"bibliography": "papers.bib", "style": "ieee-x"}},
            ScholarOptions(files="papers.bib", by_number=True),
        ),
    ],
)
def test_settings(config: dict[str, object], found: ScholarOptions | None) -> None:
    """Of the plugin; the folder is never outside the blog."""
    assert read_scholar(config) == found
