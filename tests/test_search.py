"""Search: the index, and what a reader finds with it in a real browser."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
from browser import chromium, needs_chromium, serve, visit, write
from conftest import Write
from hypothesis import given
from hypothesis import strategies as st
from sample_pages import SITE, post, render_site, sample_pages

from evergreen.build.pipeline import BuildOptions, publish
from evergreen.model import Page, Site
from evergreen.settings import read_settings
from evergreen.site.search_index import index_inputs, make_index, spaced

TEMPLATES = Path(__file__).parent.parent / "templates"
ENGLISH_ONLY = Page(
    post("english-only", "A Note on 梯度 Clipping", 2, lang="en", tags=("Optimisation",)),
    "<h2 id='why'>Why</h2><p>Exploding gradients &lt;b&gt; are clipped at a norm of one.</p>",
)
PAGES = [*sample_pages(), ENGLISH_ONLY]


def write_site(folder: Path, site=SITE) -> Path:
    """The sample site with its index."""
    index, problems = make_index(PAGES)
    assert () == problems
    rendered = render_site(site, PAGES, [TEMPLATES]).artifacts
    write(folder / site.baseurl.strip("/"), [*rendered, *index])
    return folder


@pytest.fixture(scope="module")
def browser():
    """Chromium without a window."""
    with chromium() as launched:
        yield launched


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the sample site."""
    with serve(write_site(tmp_path_factory.mktemp("site"))) as base:
        yield base


def look_for(page, words: str) -> list[str]:
    """The addresses that a search finds, best first."""
    page.locator("input[name=q]").fill(words)
    page.locator(".search button").click()
    page.locator(".search-results[aria-busy=false]").wait_for(state="attached")
    links = page.locator(".search-results a").evaluate_all("links => links.map(a => a.pathname)")
    return [link.rstrip("/").rpartition("/")[2] for link in links]


@needs_chromium
@pytest.mark.parametrize(
    ("path", "words", "found"),
    [
        ("/search/", "手写数字", "tf-mnist"),
        ("/search/", "交叉熵", "tf-mnist"),
        ("/search/", "GradientTape", "tf-mnist"),
        ("/search/", "TensorFlow 张量", "tf-up-and-running"),
        ("/search/", "四季常青", "evergreen-trees"),
        ("/search/", "随笔", "evergreen-trees"),
        ("/search/", "exploding", "english-only"),
        ("/en/search/", "handwritten", "tf-mnist"),
        ("/en/search/", "digit", "tf-mnist"),
        ("/en/search/", "梯度", "english-only"),
        ("/en/search/", "云杉", "evergreen-trees"),
    ],
)
def test_words_are_found(browser, address: str, path: str, words: str, found: str):
    """Chinese and English words, in each language's search page, in text, titles and tags; the
    page says nothing on the console.
    """
    with visit(browser, address + path) as page:
        assert found == look_for(page, words)[0]
        assert [] == page.said


@needs_chromium
def test_whatever_stands_in_a_chinese_text_is_found(browser, address: str):
    """Two to six signs from anywhere in a paragraph: there is no wrong cut between words."""
    chooser = random.Random(7)
    prose = re.sub(r"<pre class=.*?</pre>|<math.*?</math>", "", PAGES[0].content, flags=re.S)
    text = re.sub(r"<[^>]*>", "", prose)
    runs = [run for run in re.findall(r"[\u4e00-\u9fff]+", unescape(text)) if len(run) > 6]
    samples = []
    for run in chooser.sample(runs, 12):
        length = chooser.randint(2, 6)
        start = chooser.randint(0, len(run) - length)
        samples.append(run[start : start + length])
    with visit(browser, f"{address}/search/") as page:
        assert [] == [sample for sample in samples if "tf-mnist" not in look_for(page, sample)]


@needs_chromium
def test_what_is_not_there_is_not_found(browser, address: str):
    """The same signs in another order are another word; every part must be there."""
    with visit(browser, f"{address}/search/") as page:
        for words in ("字数写手", "TensorFlow 云杉", "云海"):
            assert [] == look_for(page, words)
            assert "什么也没有找到。" == page.locator(".search-status").inner_text()


MIXED = [
    Page(
        post("notes", "笔记", 1),
        "<p>这段程序用C语言和Python3写成，Python教程很多，损失函数收敛。</p>",
    ),
    Page(
        post("network", "卷积网络", 2),
        f"<p>{'模型把图片里的像素逐个相加。' * 60}这里用卷积网络。</p>",
    ),
    Page(post("week", "一周小记", 3), "<p>下一次写卷积网络，用 scikit-learn 和 C++。</p>"),
    Page(post("the", "The I", 4, lang="en"), "<p>This is a text about running.</p>"),
    Page(post("trees", "Trees", 5, lang="en"), f"<p>{'Leaves fall from it. ' * 60} A tree.</p>"),
    Page(post("leaf", "Leaf", 6, lang="en"), "<p>Trees.</p>"),
]


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site of posts whose words touch each other."""
    folder = tmp_path_factory.mktemp("mixed")
    index, _ = make_index(MIXED)
    write(folder, [*render_site(SITE, MIXED, [TEMPLATES]).artifacts, *index])
    with serve(folder) as base:
        yield base


@needs_chromium
@pytest.mark.parametrize(
    ("words", "found"),
    [
        *(
            (words, ["notes"])
            for words in ("损失", "收敛。", "“损失函数”", "语言", "C语言", "写成")
        ),
        *(
            (words, ["notes"])
            for words in ("教程", "Python教程", "Python", "Pyth", "（语言）, Python!")
        ),
        ("卷积网络", ["network", "week"]),
        ("卷积网络？", ["network", "week"]),
        ("C++", ["week", "notes"]),
        *((words, ["week"]) for words in ("scikit-learn", "learn", "scikit 卷积")),
        *((words, []) for words in ("2026", "zh", "notes", "。", "?!", "Python 卷积", "言和语")),
    ],
)
def test_words_that_touch_are_found_and_titles_are_first(browser, mixed: str, words: str, found):
    """Chinese beside Latin, with and without punctuation; dates and languages are no words."""
    with visit(browser, f"{mixed}/search/") as page:
        assert found == look_for(page, words)


@needs_chromium
@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("trees", ["trees", "leaf"]),
        ("Runs", ["the"]),
        ("runn", ["the"]),
        *((words, []) for words in ("theremin", "aardvark", "insomnia", "runway", "textile trees")),
    ],
)
def test_a_word_that_is_nowhere_finds_nothing(browser, mixed: str, words: str, found):
    """Not the posts that have a word which it begins with; the beginning of a word finds it."""
    with visit(browser, f"{mixed}/en/search/") as page:
        assert found == look_for(page, words)


@needs_chromium
def test_nothing_is_loaded_before_the_reader_looks(browser, address: str):
    """The page asks for a style sheet and two scripts; no other page asks for the search's."""
    with visit(browser, f"{address}/search/") as page:
        assert 4 == len([url for url in page.asked if url.startswith("http")])
        look_for(page, "数字")
        assert any("pagefind.js" in url for url in page.asked)
    with visit(browser, f"{address}/") as page:
        assert not [url for url in page.asked if "search" in url or "pagefind" in url]


@needs_chromium
def test_a_search_has_an_address(browser, address: str):
    """It can be kept and sent; the results show the text around the words as it was written."""
    with visit(browser, f"{address}/search/?q={quote('手写数字')}") as page:
        result = page.locator(".search-results li").first
        result.wait_for()
        title, excerpt = (result.locator(part).inner_text() for part in ("a", "p"))
        assert "用 TensorFlow 识别手写数字：从 Softmax 回归开始" == title
        assert "识别手写数字。" in excerpt
        assert "手写数字" in result.locator("mark").all_inner_texts()
        assert "2026年10月26日" == result.locator("time").inner_text()
        assert "zh" == page.evaluate("document.documentElement.lang")


@needs_chromium
def test_a_translation_is_not_named_beside_the_post(browser, address: str):
    """What is found in the page's language is shown in it, once."""
    with visit(browser, f"{address}/en/search/") as page:
        assert 1 == look_for(page, "TensorFlow").count("tf-mnist")
        first = page.locator(".search-results a").first
        assert "/en/articles/tf-mnist/" == first.evaluate("link => link.pathname")


@needs_chromium
def test_many_results_come_in_parts(browser, tmp_path: Path):
    """Ten at a time; the texts of the others are not loaded before they are asked for."""
    pages = [Page(post(f"p{n}", f"第 {n} 篇笔记", 1 + n % 28), "<p>x</p>") for n in range(25)]
    index, _ = make_index(pages)
    write(tmp_path, [*render_site(SITE, pages, [TEMPLATES]).artifacts, *index])
    with serve(tmp_path) as base, visit(browser, f"{base}/search/") as page:
        assert 10 == len(look_for(page, "笔记"))
        assert "找到 25 篇" == page.locator(".search-status").inner_text()
        assert 10 == len([url for url in page.asked if "/fragment/" in url])
        page.locator(".search-results + button").click()
        page.locator(".search-results li:nth-child(20)").wait_for()
        page.locator(".search-results + button").click()
        page.locator(".search-results li:nth-child(25)").wait_for()
        assert 0 == page.locator(".search-results + button").count()


@needs_chromium
def test_markup_in_texts_is_text(browser, address: str):
    """An excerpt shows signs that look like markup, and makes none of them."""
    with visit(browser, f"{address}/en/search/") as page:
        look_for(page, "exploding gradients")
        assert "<b>" in page.locator(".search-results p").first.inner_text()
        assert 0 == page.locator(".search-results b").count()


@needs_chromium
def test_below_a_base(browser, tmp_path: Path):
    """With `baseurl` the index is loaded and the results lead below it."""
    with (
        serve(write_site(tmp_path, replace(SITE, baseurl="/blog"))) as base,
        visit(browser, f"{base}/blog/search/") as page,
    ):
        look_for(page, "云杉")
        link = page.locator(".search-results a").first
        assert "/blog/articles/evergreen-trees/" == link.evaluate("link => link.pathname")
        assert [] == page.said


@needs_chromium
def test_without_javascript_the_archive_is_named(browser, address: str):
    """The page says why nothing happens and where every post is."""
    with visit(browser, f"{address}/search/", java_script_enabled=False) as page:
        assert page.locator("noscript a[href='/archive/']").is_visible()


def test_a_setting_turns_it_off():
    """No page, no link."""
    made = render_site(replace(SITE, search=False), PAGES, [TEMPLATES]).artifacts
    paths = {one.path: one.content for one in made}
    assert "search/index.html" not in paths
    assert b"/search/" not in paths["index.html"]


def test_equal_pages_make_equal_files():
    """Whatever their order; drafts that are shown can be found, the page for 404 cannot."""
    missing = Page(post("404", "没有", 1, url="/404.html"), "x")
    assert make_index(PAGES) == make_index([*PAGES[::-1], missing])


def test_inputs_change_with_a_page():
    """With its address and with what it was made of, not with the order."""
    pages = [("a/index.html", "1"), ("文/index.html", "2")]
    assert index_inputs(pages) == index_inputs(pages[::-1])
    assert index_inputs(pages) != index_inputs([pages[0], ("文/index.html", "3")])
    assert index_inputs(pages) != index_inputs([pages[0], ("b/index.html", "2")])


def test_signs_are_words_and_tags_stay():
    """A blank behind each Han or Kana sign of the text, and before one behind another letter;
    attributes are left alone."""
    body = '<h2 id="数据">数据 a</h2><img alt="甲>乙">漢字かな々C语言3年'
    expected = '<h2 id="数据">数 据  a</h2><img alt="甲>乙">漢 字 か な 々 C 语 言 3 年 '
    assert expected == spaced(body)


@given(st.text("数据a <>\"'=", max_size=40))
def test_spaced_text_is_the_text(body: str):
    """Without its blanks it is what it was without blanks."""
    assert body.replace(" ", "") == spaced(body).replace(" ", "")


@needs_chromium
def test_the_blog_itself_can_be_searched(browser, tmp_path: Path):
    """A Chinese and an English word in each of its languages, from a whole build."""
    root = Path(__file__).parent.parent
    for name in ("posts", "site.toml"):
        source = root / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    site = read_settings(tmp_path)
    publish(BuildOptions(tmp_path, tmp_path / "_site", site, execute=False))
    with serve(tmp_path / "_site") as base:
        for path, words in (
            ("/search/", ("手写数字", "梯度", "softmax", "TensorFlow")),
            ("/en/search/", ("handwritten", "softmax")),
        ):
            with visit(browser, base + path) as page:
                assert [] == [word for word in words if not look_for(page, word)]
                assert [] == page.said


def test_the_index_follows_the_pages(write_blog: Write):
    """Nothing changed: its files are not written again; a word in a page: they are; off: gone."""
    text = "---\ntitle: 题\n---\n\n云杉四季常青。\n"
    root = write_blog({"posts/2026-01-01-a.md": text})
    build = BuildOptions(root, root / "_site", Site(lang="zh"))
    publish(build)
    first = {path.name for path in (root / "_site/pagefind").rglob("*.pf_*")}
    assert 3 == len(first)
    assert 0 == publish(build).written
    write_blog({"posts/2026-01-01-a.md": text.replace("云杉", "红松")})
    publish(build)
    assert not first & {path.name for path in (root / "_site/pagefind").rglob("*.pf_fragment")}
    publish(replace(build, site=Site(lang="zh", search=False)))
    assert not (root / "_site/pagefind").exists()


@pytest.mark.parametrize("part", ["<a ", "<a '", "<", "据"])
def test_long_broken_bodies_take_linear_time(part: str):
    """A megabyte of beginnings without an end."""
    assert spaced(part * (1_000_000 // len(part))).startswith(part)
