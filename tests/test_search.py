"""Search: the index, and what a reader finds with it in a real browser."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
import search_blog
from browser import chromium, needs_chromium, serve, visit, write
from sample_pages import SITE, post, render_site, sample_pages

from evergreen.build.pipeline import BuildOptions, publish
from evergreen.model import Artifact, Page, Site
from evergreen.settings import read_settings
from evergreen.site.search.index import INDEX, make_index
from evergreen.site.search.post import index_post

TEMPLATES = Path(__file__).parent.parent / "templates"
ENGLISH_ONLY = Page(
    post("english-only", "A Note on 梯度 Clipping", 2, lang="en", tags=("Optimisation",)),
    "<h2 id='why'>Why</h2><p>Exploding gradients &lt;b&gt; are clipped at a norm of one.</p>",
)
PAGES = [*sample_pages(), ENGLISH_ONLY]


def write_site(folder: Path, site: Site = SITE, pages: Sequence[Page] = PAGES) -> Path:
    """Write a site of these pages with its index."""
    index = make_index([index_post(site, page) for page in pages])
    files = (Artifact(path, content) for path, content in index.new.items())
    rendered = render_site(site, pages, [TEMPLATES]).artifacts
    write(folder / site.baseurl.strip("/"), [*rendered, *files])
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
    links = page.locator(".search-results > li > a").evaluate_all(
        "links => links.map(a => a.pathname)"
    )
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
    with serve(write_site(tmp_path_factory.mktemp("mixed"), pages=MIXED)) as base:
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
        ("C++", ["week"]),
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
    """The page asks for three style sheets and two scripts; no other page asks for the search's."""
    with visit(browser, f"{address}/search/") as page:
        assert 6 == len([url for url in page.asked if url.startswith("http")])
        look_for(page, "数字")
        assert any(url.endswith(INDEX) for url in page.asked)
    with visit(browser, f"{address}/") as page:
        assert not [url for url in page.asked if "search" in url]


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
        assert "2026 年 10 月 26 日" == result.locator("time").inner_text()
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
    site = write_site(tmp_path, pages=pages)
    with serve(site) as base, visit(browser, f"{base}/search/") as page:
        assert 10 == len(look_for(page, "笔记"))
        assert "找到 25 篇" == page.locator(".search-status").inner_text()
        loaded = [url for url in page.asked if url.endswith(".bin")]
        assert 10 == len(loaded) - 2, "besides the index and a part of its words"
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


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the blog of `search_blog`, from a whole build."""
    root = tmp_path_factory.mktemp("asked")
    for path, text in {**search_blog.POSTS, "site.toml": search_blog.SETTINGS}.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text, "utf-8")
    publish(BuildOptions(root, root / "_site", read_settings(root)))
    with serve(root / "_site") as base:
        yield base


@needs_chromium
def test_questions_find_their_posts_first(browser, asked: str):
    """In five languages and mixed, with quotes, accents, other forms of words, and slips."""
    with visit(browser, f"{asked}/search/") as page:
        first = {words: look_for(page, words)[:1] for words, _ in search_blog.QUESTIONS}
        assert {words: [post] for words, post in search_blog.QUESTIONS} == first
        assert [] == page.said


@needs_chromium
def test_words_that_are_nowhere_find_nothing(browser, asked: str):
    """In no language, also beside a word that is somewhere."""
    with visit(browser, f"{asked}/search/") as page:
        found = {words: look_for(page, words) for words in search_blog.NOWHERE}
        assert {words: [] for words in search_blog.NOWHERE} == found


@needs_chromium
def test_every_script_is_found(browser, tmp_path: Path):
    """The page cuts what a reader types as the index cut the text."""
    words = "हिन्दी العربيّة עברית ภาษาไทย Ελλάς İstanbul Łódź ｶﾞﾗｽ がぎ 𠮷野 한국어".split()
    words += "Ｃ２ ½ 1.5 naïve ﬁn É".split()
    site = write_site(
        tmp_path, pages=[Page(post("all", "Scripts", 1), f"<p>{' / '.join(words)}</p>")]
    )
    with serve(site) as base, visit(browser, f"{base}/search/") as page:
        assert [] == [word for word in words if not look_for(page, word)]
        assert [] == [word for word in words if not look_for(page, word.upper())]


@needs_chromium
def test_results_lead_to_sections_and_mark_what_was_found(browser, asked: str):
    """The excerpt is of the section that has the words; its heading is a link."""
    with visit(browser, f"{asked}/search/") as page:
        assert "shujuku" == look_for(page, "覆盖索引")[0]
        result = page.locator(".search-results > li").first
        section = result.locator(".search-sections a").first
        assert "覆盖索引" == section.inner_text()
        assert section.evaluate("a => decodeURIComponent(a.hash)") == "#覆盖索引"
        assert "要查的列都在索引里" in result.locator("p").inner_text()
        look_for(page, "learning rates")
        marks = page.locator(".search-results > li").first.locator("mark").all_inner_texts()
        assert {"learning", "rate"} == {mark.lower() for mark in marks}


@needs_chromium
def test_code_is_apart(browser, asked: str):
    """A name in code is found there if no text has it; by choice only code is searched."""
    with visit(browser, f"{asked}/search/") as page:
        assert ["convolutions"] == look_for(page, "einsum_windows")
        assert page.locator(".search-status").inner_text().endswith("Only code has it.")
        assert "convolve(image, kernel)" in page.locator(".search-results pre").inner_text()
        assert ["git-bisect"] != look_for(page, "start")
        page.get_by_label("Code only").check()
        assert ["git-bisect"] == look_for(page, "start")
        assert "code=on" in page.url


@needs_chromium
def test_a_slip_is_said(browser, asked: str):
    """A reader sees which word the results have."""
    with visit(browser, f"{asked}/search/") as page:
        look_for(page, "gradeint")
        assert "1 found · Shown for: gradient" == page.locator(".search-status").inner_text()


@needs_chromium
def test_what_is_left_out_is_said(browser, asked: str):
    """Of three words one may be nowhere: a reader sees which the results have."""
    with visit(browser, f"{asked}/search/") as page:
        assert ["tuning"] == look_for(page, "piano fork sailboat")
        assert "1 found · Shown for: piano, fork" == page.locator(".search-status").inner_text()
        assert [] == look_for(page, "piano sailboat barcode")


@needs_chromium
def test_a_compound_is_found_by_its_end_only_where_words_are_compounds(browser, asked: str):
    """A "Schlauch" is in a German "Fahrradschlauch", a "gression" in no English "regression"."""
    with visit(browser, f"{asked}/search/") as page:
        assert ["fahrrad"] == look_for(page, "Schlauch")
        assert [] == look_for(page, "gression")


@needs_chromium
@pytest.mark.parametrize("keys", ["/", "Control+k"])
def test_a_key_opens_the_search_over_any_page(browser, asked: str, keys: str):
    """With what the page allows; Escape closes it, the arrow keys go through the results."""
    with visit(browser, f"{asked}/archive/") as page:
        page.keyboard.press(keys)
        page.locator("dialog.search-dialog[open] input[name=q]:focus").wait_for()
        page.keyboard.type("sourdough")
        page.locator("dialog .search-results > li").first.wait_for()
        page.keyboard.press("ArrowDown")
        assert "A sourdough diary" == page.evaluate("document.activeElement.textContent")
        page.keyboard.press("Escape")
        page.locator("dialog.search-dialog").wait_for(state="hidden")
        page.keyboard.press(keys)
        page.locator("dialog.search-dialog[open]").wait_for()
        assert page.url.endswith("/archive/")
        assert [] == page.said


@needs_chromium
def test_a_slash_in_a_form_is_a_slash(browser, asked: str):
    """It opens nothing where a reader types."""
    with visit(browser, f"{asked}/search/") as page:
        page.locator("input[name=q]").fill("")
        page.keyboard.type("a/b")
        assert "a/b" == page.locator("input[name=q]").input_value()
        assert 0 == page.locator("dialog").count()


@needs_chromium
def test_a_site_that_was_published_anew_is_searched_anew(browser, tmp_path: Path):
    """An open page has the old index, whose files are gone."""
    old = [Page(post("a", "甲", 1), "<p>云杉</p>")]
    new = [Page(post("a", "甲", 1), "<p>红松</p>"), Page(post("b", "乙", 2), "<p>云杉</p>")]
    with serve(write_site(tmp_path, pages=old)) as base, visit(browser, f"{base}/search/") as page:
        assert [] == look_for(page, "红松")
        shutil.rmtree(tmp_path / "assets/search")
        write_site(tmp_path, pages=new)
        assert ["b"] == look_for(page, "云杉")


@needs_chromium
def test_a_first_search_loads_little(browser, tmp_path: Path):
    """Of 200 long posts the index, one part per word or pair, and the texts of ten results."""
    chooser = random.Random(3)
    words = ["".join(chooser.choices("abcdefghijklmnop", k=7)) for _ in range(3000)]
    texts = [" ".join(chooser.choices(words, k=400)) for _ in range(200)]
    pages = [Page(post(f"p{n}", f"{n}", 1), f"<p>{text} 云杉</p>") for n, text in enumerate(texts)]
    with (
        serve(write_site(tmp_path, pages=pages)) as base,
        visit(browser, f"{base}/search/") as page,
    ):
        assert 10 == len(look_for(page, f"云杉 {words[0]}"))
        loaded = [url.rpartition("/")[2] for url in page.asked if url.endswith(".bin")]
        sizes = {path.name: path.stat().st_size for path in (tmp_path / "assets/search").iterdir()}
        assert sum(sizes[name] for name in loaded) < sum(sizes.values()) / 5


@needs_chromium
def test_the_form_over_a_page_has_the_style_of_the_search_page(browser, address: str):
    """Its style sheet comes with it: other pages do without."""
    with visit(browser, f"{address}/") as page:
        page.keyboard.press("/")
        page.wait_for_selector(".search-dialog[open]")
        look = "(form) => getComputedStyle(form).display"
        assert "flex" == page.locator(".search-dialog .search").evaluate(look)
