"""BibTeX files."""

from __future__ import annotations

import pytest
from conftest import Write

from evergreen.build.pipeline import BuildOptions, publish
from evergreen.content.post import parse_post
from evergreen.errors import EvergreenError
from evergreen.model import JekyllConfig, Reference, Site
from evergreen.render.bibliography import read_bibliography
from evergreen.settings import read_settings

BIB = r"""
@string{ieee = "Proceedings of the {IEEE}"}
@article{lecun98,
  author = {LeCun, Yann and Bottou, L{\'e}on and van der Maaten, Laurens and {OpenAI}},
  title = {Gradient-based {Learning} applied -- to \emph{document} recognition},
  journal = ieee, year = 1998, pages = {2278--2324},
  doi = {https://doi.org/10.1109/5.726791}, url = {https://example.org/a_b}
}
@book{周志华, editor = {周志华}, title = {机器学习}, publisher = {清华大学出版社}, date = {2016-01}}
@misc{nothing}
"""
POST = """---
title: 题
references: [{id: own, title: 自己的, authors: [甲, 乙], year: 2020, doi: "doi:10.1/x", venue: 刊}]
bibliography: refs.bib
---

先引 [@周志华]，再引 [@lecun98, p. 5] 与 [@own]，又 [@周志华]，没有 [@nobody]。
"""


def test_entries_are_references() -> None:
    """Names are in reading order, LaTeX is converted to text, DOIs lose their resolver."""
    assert read_bibliography("refs.bib", BIB.encode())[0] == {
        "lecun98": Reference(
            "lecun98",
            "Gradient-based Learning applied – to document recognition",
            "https://example.org/a_b",
            ("Yann LeCun", "Léon Bottou", "Laurens van der Maaten", "OpenAI"),
            "1998",
            "10.1109/5.726791",
            "Proceedings of the IEEE",
        ),
        "周志华": Reference(
            "周志华", "机器学习", authors=("周志华",), year="2016", venue="清华大学出版社"
        ),
        "nothing": Reference("nothing", "nothing"),
    }


def test_a_paper_takes_over_what_it_lacks_from_its_crossref() -> None:
    """Venue, year and publisher of the proceedings, wherever they stand; not their title or URL."""
    source = b"""
    @inproceedings{a, author = {Lee, Ann}, title = {T}, crossref = {BOOK}, pages = {1--2}}
    @inproceedings{b, author = {Lee, Ann}, Year = 2021, crossref = {book}}
    @proceedings{Book, editor = {Ray, Bob}, title = {Proc}, year = 2020, publisher = {P},
      url = {https://example.org/book}, doi = {10.1/book}}
    @misc{c, title = {C}, crossref = {missing}}
    """
    entries, warnings = read_bibliography("refs.bib", source)
    facts = {
        key: (each.title, each.venue, each.year, each.authors, each.url, each.doi)
        for key, each in entries.items()
        if key != "Book"
    }
    assert (facts, warnings) == (
        {
            "a": ("T", "Proc", "2020", ("Ann Lee",), "", ""),
            "b": ("b", "Proc", "2021", ("Ann Lee",), "", ""),
            "c": ("C", "", "", (), "", ""),
        },
        (),
    )


def test_a_syntax_error_is_a_warning_at_its_line() -> None:
    """The other entries are read."""
    source = b"@article{a,\n title={x},\n author={b}\n\n@book{c, title={y}}\n"
    entries, warnings = read_bibliography("refs.bib", source)
    assert (["a", "c"], ["warning"]) == ([*entries], [each.severity for each in warnings])
    assert str(warnings[0]).startswith("refs.bib:5: '}' expected: ")


def test_a_name_that_is_none_is_a_warning_at_its_line() -> None:
    """The entry is read all the same."""
    source = b"@misc{a, title={x}}\n@misc{b, title={y},\n author={A, B, C,\n D}}\n"
    entries, warnings = read_bibliography("refs.bib", source)
    assert (["a", "b"], [3]) == ([*entries], [each.line for each in warnings])


def test_a_month_without_braces_is_told_once(write_blog: Write) -> None:
    """At its line, and once for all posts that cite from the file."""
    entry = "@misc{a, title={题},\n month = June, year={2020}}\n"
    post = "---\ntitle: 文\nbibliography: refs.bib\n---\n\n见 [@a]。\n"
    root = write_blog(
        {"refs.bib": entry, "posts/2026-01-01-a.md": post, "posts/2026-01-02-b.md": post}
    )
    problems = publish(BuildOptions(root, root / "_site", Site(url="https://a.example"))).problems
    said = "refs.bib:2: 'June' is neither a text nor a name: write {June}, or a month as its"
    assert [said] == [str(each).removesuffix(" first three letters") for each in problems]


def test_a_file_that_is_not_text_has_its_place() -> None:
    """It is reported without a traceback."""
    with pytest.raises(EvergreenError) as caught:
        read_bibliography("refs.bib", b"@article{a,\n title=\xff}")
    assert str(caught.value).startswith("refs.bib:2:8: ")


def test_a_repeated_key_is_a_warning() -> None:
    """The first entry counts; the warning has the line of the second one."""
    source = "@article{键, title={甲}}\n\n@article{键, title={乙}}".encode()
    entries, warnings = read_bibliography("refs.bib", source)
    assert ("甲", [3]) == (entries["键"].title, [each.line for each in warnings])
    assert "'键' is there twice" in warnings[0].message


def test_a_post_cites_from_it(write_blog: Write) -> None:
    """Own references come first, then the cited entries in text order, each with links back to its
    citations; an undefined key is a warning at its line."""
    root = write_blog({"posts/2026-01-01-a.md": POST, "posts/refs.bib": BIB})
    report = publish(BuildOptions(root, root / "_site", Site(lang="zh")))
    assert [str(problem) for problem in report.problems] == [
        "posts/2026-01-01-a.md:7: the reference 'nobody' is not defined: "
        "add it to 'references:' or to posts/refs.bib"
    ]
    page = (root / "_site/a/index.html").read_text("utf-8")
    assert '<li id="reference-own">甲、乙 (2020). <a href="https://doi.org/10.1/x">自己的' in page
    assert '<a class="citation" href="#reference-lecun98" id="cite-lecun98">3</a>, p. 5]' in page
    assert 'href="#cite-%E5%91%A8%E5%BF%97%E5%8D%8E-2"' in page
    assert page.index('id="reference-周志华"') < page.index('id="reference-lecun98"')
    assert 'id="reference-nothing"' not in page


def test_a_change_of_the_file_is_a_change_of_the_page(write_blog: Write) -> None:
    """The page is rendered again, without running code."""
    text = POST.replace("先引", "```python\nprint(1)\n```\n\n先引")
    root = write_blog({"posts/2026-01-01-a.md": text, "posts/refs.bib": BIB})
    build = BuildOptions(root, root / "_site", Site(lang="zh"))
    assert ("posts/2026-01-01-a.md",) == publish(build).ran
    write_blog({"posts/refs.bib": BIB.replace("机器学习", "机器学习（修订）")})
    assert () == publish(build).ran
    assert "机器学习（修订）" in (root / "_site/a/index.html").read_text("utf-8")


def test_a_page_beside_the_blogs_own_file() -> None:
    """A static page of a Jekyll blog finds a file in the root of the blog."""
    source = b"---\ntitle: a\nbibliography: refs.bib\n---\n"
    assert ("refs.bib",) == parse_post("about.md", source, Site(jekyll=JekyllConfig())).bibliography


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd"])
def test_a_file_outside_of_the_blog(write_blog: Write, name: str) -> None:
    """It is not read, and the post is refused at the key."""
    root = write_blog({"posts/2026-01-01-a.md": POST.replace("refs.bib", name)})
    report = publish(BuildOptions(root, root / "_site", Site()))
    assert ("posts/2026-01-01-a.md",) == report.failed
    assert str(report.problems[0]).startswith("posts/2026-01-01-a.md:4")


@pytest.mark.parametrize("suffix", ["md", "qmd"])
def test_a_missing_file_is_a_warning_at_its_name(write_blog: Write, suffix: str) -> None:
    """Its keys are shown, the references of the front matter are cited."""
    text = POST.replace("refs.bib", "\n  - none.bib").replace("没有 [@nobody]", "[@own]")
    path = f"posts/2026-01-01-a.{suffix}"
    root = write_blog({path: text})
    report = publish(BuildOptions(root, root / "_site", Site(lang="zh")))
    assert str(report.problems[0]) == (
        f"{path}:5:5: the file 'posts/none.bib' does not exist: "
        "create it, or fix the path: its keys are shown as written"
    )
    page = (root / "_site/a/index.html").read_text("utf-8")
    assert ((), "lecun98" in page, 'id="reference-own"' in page) == (report.failed, True, True)


def test_a_file_of_the_project_that_changes(write_blog: Write) -> None:
    """The page is made anew, though the post does not name the file."""
    root = write_blog(
        {
            "_quarto.yml": "bibliography: refs.bib\n",
            "refs.bib": BIB,
            "posts/2026-01-01-a.qmd": "---\ntitle: 题\n---\n\n引 [@周志华]。\n",
        }
    )
    publish(BuildOptions(root, root / "_site", read_settings(root)))
    write_blog({"refs.bib": BIB.replace("机器学习", "机器学习（修订）")})
    publish(BuildOptions(root, root / "_site", read_settings(root)))
    assert "机器学习（修订）" in (root / "_site/a/index.html").read_text("utf-8")


def test_a_jekyll_post_finds_it_where_plugins_have_it(write_blog: Write) -> None:
    """`_bibliography/` and `assets/bibliography/` are searched; a missing file is a warning."""
    text = POST.replace("，没有 [@nobody]", "")
    lost = "---\ntitle: 丢\nbibliography: 2020-丢.bib\n---\n正文。\n"
    root = write_blog(
        {
            "_config.yml": "title: 博客\n",
            "_posts/2026-01-01-a.md": text,
            "_posts/2026-01-02-b.md": lost,
            "assets/bibliography/refs.bib": BIB,
        }
    )
    report = publish(BuildOptions(root, root / "_site", read_settings(root)))
    assert [
        "warning: _posts/2026-01-02-b.md:3:15: the file '_posts/2020-丢.bib' does not exist: "
        "create it, or fix the path: its keys are shown as written"
    ] == [f"{problem.severity}: {problem}" for problem in report.problems]
    assert "机器学习" in (root / "_site/2026/01/01/a.html").read_text("utf-8")
    assert "正文。" in (root / "_site/2026/01/02/b.html").read_text("utf-8")


def test_a_jekyll_post_is_published_beside_broken_bibtex(write_blog: Write) -> None:
    """Jekyll publishes it: the error of the file is a warning."""
    root = write_blog(
        {
            "_config.yml": "title: 博客\n",
            "_posts/2026-01-01-a.md": "---\nbibliography: b.bib\n---\n正文。\n",
            "assets/bibliography/b.bib": "@article{a, author={A, B, C, D}, title={T}}\n",
        }
    )
    report = publish(BuildOptions(root, root / "_site", read_settings(root)))
    assert ["warning"] == [problem.severity for problem in report.problems]
    assert "正文。" in (root / "_site/2026/01/01/a.html").read_text("utf-8")


def test_a_bibliography_is_named_from_the_folder_of_the_post_or_of_the_blog(
    write_blog: Write,
) -> None:
    """The one next to the post comes first."""
    text = "---\ntitle: {}\nbibliography: {}\n---\n正文 [@{}]。\n"
    entry = "@misc{{{0}, title={{{0}}}, author={{A B}}, year={{2020}}}}\n"
    root = write_blog(
        {
            "refs.bib": entry.format("root"),
            "posts/refs.bib": entry.format("beside"),
            "lib/more.bib": entry.format("more"),
            "posts/2026-01-01-a.md": text.format("甲", "refs.bib", "beside"),
            "posts/2026-01-02-b.md": text.format("乙", "lib/more.bib", "more"),
            "posts/2026-01-03-c.md": text.format("丙", "../refs.bib", "root"),
        }
    )
    site = Site(url="https://example.org")
    assert () == publish(BuildOptions(root, root / "_site", site)).problems
    for slug, key in (("a", "beside"), ("b", "more"), ("c", "root")):
        page = (root / f"_site/{slug}/index.html").read_text("utf-8")
        assert f'id="reference-{key}"' in page
