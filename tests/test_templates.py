"""(Site, Pages) → the files of the site."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import html5lib
import pytest
from sample_pages import FIGURE, SITE, post, render_site, sample_pages

from evergreen.errors import EvergreenError
from evergreen.model import Heading, HeroImage, Page, Reference, Series, Site

TEMPLATES = Path(__file__).parent.parent / "templates"


def render(pages: list[Page], site: Site = SITE, *folders: Path) -> dict[str, str]:
    """The site's text files, by path."""
    made = render_site(site, pages, [*folders, TEMPLATES]).artifacts
    texts = (".html", ".xml", ".json", ".txt")
    return {one.path: one.content.decode() for one in made if one.path.endswith(texts)}


SAMPLE = render(sample_pages())
MNIST = SAMPLE["articles/tf-mnist/index.html"]


def with_template(folder: Path, name: str, text: str) -> Path:
    """A folder of the blog's own templates with one file."""
    (folder / name).write_text(text, "utf-8")
    return folder


def one_page(**fields: object) -> Page:
    """A short post."""
    return Page(post("short", "短文", 9, **fields), "<p>正文。</p>", "正文。")


# --- what a post shows ------------------------------------------------------------------------


def test_the_files_of_a_site():
    """Posts, lists by language, feeds, sitemap, robots, 404 and redirects each have their file."""
    assert sorted(path for path in SAMPLE if "tags/" not in path) == [
        "2026/10/mnist.html",
        "404.html",
        "about/index.html",
        "archive/index.html",
        "articles/evergreen-trees/index.html",
        "articles/notes/index.html",
        "articles/tf-mnist/index.html",
        "articles/tf-up-and-running/index.html",
        "categories/articles/index.html",
        "categories/index.html",
        "en/archive/index.html",
        "en/articles/tf-mnist/index.html",
        "en/categories/articles/index.html",
        "en/categories/index.html",
        "en/feed.json",
        "en/feed.xml",
        "en/index.html",
        "en/search/index.html",
        "en/series/index.html",
        "en/series/tensorflow/index.html",
        "feed.json",
        "feed.xml",
        "index.html",
        "llms.txt",
        "page/2/index.html",
        "robots.txt",
        "search/index.html",
        "series/index.html",
        "series/tensorflow/index.html",
        "sitemap.xml",
    ]


def test_every_page_is_well_formed():
    """Every page passes html5lib's strict parser."""
    for path, text in SAMPLE.items():
        if path.endswith(".html"):
            parser = html5lib.HTMLParser(strict=False)
            parser.parse(text)
            assert parser.errors == [], path


def test_same_pages_same_bytes():
    """Two renderings are equal, whatever the order of the pages."""
    assert render(sample_pages()[::-1]) == SAMPLE


def test_own_artifacts_once():
    """A figure that two translations share is one file of the site."""
    made = render_site(SITE, sample_pages(), [TEMPLATES]).artifacts
    assert [one for one in made if one.path == FIGURE.path] == [FIGURE]


def test_references_are_numbered():
    """Each source of the front matter is an item that `#reference-<id>` finds."""
    assert re.search(
        r'<li id="reference-1"><a href="http://yann.lecun.com/exdb/mnist/">The MNIST database</a>',
        MNIST,
    )
    assert '<li id="reference-2">深度学习，第 6 章</li>' in MNIST


def test_hero_image_with_credit():
    """The hero image has its description, and its credit leads where the post says."""
    text = SAMPLE["articles/evergreen-trees/index.html"]
    assert 'alt="从空中看的山谷"' in text
    assert '<a href="https://earth.example.com/a?b=1&amp;c=2">林木</a>' in text


def test_what_ran():
    """The page tells how many blocks ran, when, how long, and with what."""
    assert "6 段 Python 代码运行了 5 段" in MNIST
    for fact in ("2026 年 11 月 20 日", "3.11.4", "31.4 秒", "<li>tensorflow 2.21.0</li>"):
        assert fact in MNIST
    assert "All 6 Python blocks ran" in SAMPLE["en/articles/tf-mnist/index.html"]


def test_downloads():
    """The executed notebook, the script and Colab are offered."""
    assert '<a href="/articles/tf-mnist/tf-mnist.ipynb" download>笔记本 .ipynb</a>' in MNIST
    assert '<a href="/articles/tf-mnist/tf-mnist.py" download>脚本 .py</a>' in MNIST
    assert ">在 Colab 中打开</a>" in MNIST


def test_stand_ins_are_named():
    """A page that ran on substitutes says so and names them; another page does not."""
    assert "本页的数字来自替代数据，不是真实数据" in MNIST
    assert "<code>mnist/train-images-idx3-ubyte.gz</code>" in MNIST
    assert "stand-in" not in SAMPLE["en/articles/tf-mnist/index.html"]


def test_not_run():
    """A page whose code should have run and did not says so, in its language."""
    assert "本页的代码没有运行" in SAMPLE["articles/evergreen-trees/index.html"]
    english = render([replace(one_page(lang="en"), blocks=2)])
    assert "The code on this page was not run" in english["en/articles/short/index.html"]
    assert "没有运行" not in SAMPLE["articles/tf-up-and-running/index.html"]


def test_series_counts_its_parts():
    """A post says which part of its series it is and links the others."""
    assert "系列第 2 篇，共 2 篇" in MNIST
    assert "Part 2 of 2" in SAMPLE["en/articles/tf-mnist/index.html"]


def test_translations_are_linked():
    """A post leads to its translations, for readers and for search engines."""
    assert '<a href="/en/articles/tf-mnist/" hreflang="en" lang="en" rel="alternate">' in MNIST
    address = "https://blog.example.org/en/articles/tf-mnist/"
    assert f'<link rel="alternate" hreflang="en" href="{address}">' in MNIST


def test_canonical_and_cards():
    """A page names its one address and what a card shows of it."""
    address = "https://blog.example.org/articles/tf-mnist/"
    picture = f"https://blog.example.org/{FIGURE.path}"
    assert f'<link rel="canonical" href="{address}">' in MNIST
    assert f'<meta property="og:url" content="{address}">' in MNIST
    assert f'<meta property="og:image" content="{picture}">' in MNIST
    assert '<meta name="twitter:card" content="summary_large_image">' in MNIST


def test_structured_data():
    """The JSON-LD says who wrote what, when, in which language."""
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', MNIST)
    data = json.loads(found[1])
    assert data["@type"] == "BlogPosting"
    assert data["headline"] == "用 TensorFlow 识别手写数字：从 Softmax 回归开始"
    assert data["author"]["name"] == "林木"
    assert data["dateModified"] == "2026-11-02T00:00:00+00:00"
    assert data["inLanguage"] == "zh"


def test_static_pages():
    """A page of layout `page` is in the navigation of its language and in no list or feed."""
    assert '<a href="/about/">关于</a>' in MNIST
    assert "/about/" not in SAMPLE["feed.xml"]
    assert "关于" not in SAMPLE["en/index.html"]
    hidden = one_page(layout="page", meta={"nav": False}, url="/colophon/")
    assert "/colophon/" not in render([hidden])["index.html"]


def test_redirect():
    """An old address leads to the post and is not indexed."""
    text = SAMPLE["2026/10/mnist.html"]
    assert '<meta http-equiv="refresh" content="0; url=/articles/tf-mnist/">' in text
    assert '<meta name="robots" content="noindex">' in text


def test_baseurl():
    """Below a path every link of the site starts with it, the posts' own links too."""
    pages = [replace(one_page(), content='<p><a href="/articles/tf-mnist/">上一篇</a></p>')]
    for path, text in render(pages, replace(SITE, baseurl="/blog")).items():
        if path.endswith(".html"):
            for link in re.findall(r'(?:href|src)="(/[^"]*)"', text):
                assert link.startswith("/blog/"), (path, link)


def test_drafts_are_marked():
    """A draft, in a preview, is marked in lists and on its page, and is not indexed."""
    assert '<strong class="draft">草稿</strong>' in SAMPLE["archive/index.html"]
    assert "noindex" in SAMPLE["articles/notes/index.html"]


def test_a_site_without_posts():
    """A blog without a post has a home page that says so."""
    assert "这里还没有文章。" in render([])["index.html"]


def test_size_of_a_page():
    """A page without figures has less than 40 kB of HTML, style and script, in three files."""
    site = render_site(SITE, sample_pages(), [TEMPLATES])
    made = {one.path: one.content for one in site.artifacts}
    text = made["en/articles/tf-mnist/index.html"]
    loaded = re.findall(rb'<(?:link rel="stylesheet" href|script src)="/([^"]+)"', text)
    assert len(loaded) == 2
    assert len(text) + sum(len(made[name.decode()]) for name in loaded) < 40_000


# --- what cannot be said by a post ------------------------------------------------------------

PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "{{ 7 * 7 }}{% for x in y %}",
    "javascript:alert(1)",
    "]]><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    '" autofocus onfocus=alert(1) x="',
    "&lt;script&gt;",
)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_front_matter_is_text(payload: str):
    """Whatever stands in front matter is shown as text: no element, attribute or template comes
    of it, on any page.
    """
    image = HeroImage(payload, payload, payload, payload)
    hostile = Page(
        post(
            "hostile",
            payload,
            7,
            tags=(payload,),
            categories=(payload,),
            author=payload,
            image=image,
            references=(Reference(payload, payload, payload),),
            series=Series(payload),
            modified=post("x", "x", 8).date,
        ),
        "<p>正文。</p>",
        payload,
        (Heading(2, payload, "标题"),),
        stand_ins=(payload,),
        environment=replace(sample_pages()[0].environment, packages=((payload, payload),)),
        ran=1,
        blocks=2,
    )
    plain = render([hostile], replace(SITE, title=payload, description=payload, author=payload))
    for path, text in plain.items():
        if not path.endswith(".html"):
            continue
        tree = html5lib.parse(text, namespaceHTMLElements=False)
        for element in tree.iter():
            attributes = element.attrib if isinstance(element.tag, str) else {}
            assert not [name for name in attributes if name.startswith("on")], path
            assert not attributes.get("href", "").startswith("javascript:"), path
            if element.tag == "script":
                assert attributes.get("src") or attributes["type"] == "application/ld+json"
        assert "49" not in re.sub(r"[\w-]+\.css|[\w-]+\.js|sha256-\S+", "", text)


def test_each_language_has_the_blog_s_title_in_it():
    """Pages, lists, cards and feeds in English have the English title."""
    site = replace(SITE, titles={"en": "Evergreen"}, descriptions={"en": "Posts that run."})
    made = render(sample_pages(), site)
    english = {path: text for path, text in made.items() if path.startswith("en/")}
    assert not [path for path, text in english.items() if "长青" in text]
    assert "<title>Evergreen</title>" in english["en/index.html"]
    assert "<subtitle>Posts that run.</subtitle>" in english["en/feed.xml"]
    assert "<title>长青</title>" in made["index.html"]


# --- templates that are wrong -----------------------------------------------------------------


def problem_of(folder: Path, *pages: Page):
    """The problem that a folder of templates makes."""
    with pytest.raises(EvergreenError) as raised:
        render([*pages] or sample_pages(), SITE, folder)
    return raised.value.problems


def test_undefined_variable(tmp_path: Path):
    """A variable that does not exist is named with template, line and post; once, though it
    spoils many pages.
    """
    with_template(tmp_path, "post.html", "一\n{{ page.post.meta.tite }}\n")
    [problem] = problem_of(tmp_path)
    assert str(problem) == (
        "templates/post.html:2: 'dict object' has no attribute 'tite' "
        "(for posts/2026-10-26-tf-mnist.md), and 4 more: write .get('tite') if not all have it"
    )


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("{{ page.post.titel }}", "did you mean 'title'?"),
        ("{{ sit.title }}", "did you mean 'site'?"),
        ("{{ page.title | truncat }}", "did you mean 'truncate'?"),
        ("{{ page.title is strin }}", "did you mean 'string'?"),
        ('{% include "partials/hea.html" %}', "did you mean 'partials/head.html'?"),
        ("{{ page.post.meta['说话人'] }}", "write .get('说话人') if not all have it"),
    ],
)
def test_what_was_meant(text: str, advice: str, tmp_path: Path):
    """A name that does not exist has advice: the most similar one, or how to do without it."""
    with_template(tmp_path, "post.html", f"一\n{text}\n")
    [problem] = problem_of(tmp_path)
    assert (problem.path, problem.line, problem.advice) == ("templates/post.html", 2, advice)


def test_bytes_that_are_not_text(tmp_path: Path):
    """The file that has them is named, not the one that extends it."""
    with_template(tmp_path, "post.html", '{% extends "own.html" %}\n')
    (tmp_path / "own.html").write_bytes(b"a\nb\n\xe9\n")
    [problem] = problem_of(tmp_path)
    assert str(problem) == (
        "templates/own.html:3: byte 4 is not UTF-8 "
        "(for posts/2026-10-26-tf-mnist.md), and 4 more: save it as UTF-8"
    )


def test_syntax_error(tmp_path: Path):
    """A template that cannot be read is told at its line."""
    with_template(tmp_path, "404.html", "一\n{% if %}\n")
    [problem] = problem_of(tmp_path)
    assert (problem.path, problem.line) == ("templates/404.html", 2)


def test_missing_include(tmp_path: Path):
    """A template that is asked for and is not there is named where it is asked for."""
    with_template(tmp_path, "404.html", '{% include "none.html" %}')
    [problem] = problem_of(tmp_path)
    assert problem.path == "templates/404.html"
    assert "there is no template 'none.html'" in problem.message


def test_unknown_layout():
    """A layout without template is a fault of the post, and the known ones are named."""
    with pytest.raises(EvergreenError) as raised:
        render([one_page(layout="gallery", lines={"title": 2, "layout": 4})])
    [problem] = raised.value.problems
    assert problem.path == "posts/2026-10-09-short.md"
    assert problem.line == 4
    assert problem.message == "there is no template for the layout 'gallery'"
    assert "post" in problem.advice


@pytest.mark.parametrize("layout", ["../../etc/passwd", "/etc/passwd", "a\0b", "partials/../post"])
def test_layout_stays_inside(layout: str):
    """A layout that leads out of the templates' folder finds nothing."""
    with pytest.raises(EvergreenError):
        render([one_page(layout=layout)])


def test_circular_templates(tmp_path: Path):
    """A template that includes itself is named."""
    with_template(tmp_path, "404.html", '{% include "404.html" %}')
    [problem] = problem_of(tmp_path)
    assert (problem.path, "includes or extends itself" in problem.message) == (
        "templates/404.html",
        True,
    )


def test_raising_template(tmp_path: Path):
    """An expression that raises is told at its line."""
    with_template(tmp_path, "404.html", "一\n二\n{{ 1 // 0 }}")
    [problem] = problem_of(tmp_path)
    assert (problem.path, problem.line) == ("templates/404.html", 3)


def test_unknown_text(tmp_path: Path):
    """A text that no language has is named."""
    with_template(tmp_path, "404.html", "{{ t('nothing') }}")
    [problem] = problem_of(tmp_path)
    assert problem.message == "there is no 'nothing' (for 404.html)"


def test_own_template_takes_the_place(tmp_path: Path):
    """A template of the blog's own folder is used in the place of the engine's."""
    with_template(tmp_path, "404.html", "没有")
    assert render([], SITE, tmp_path)["404.html"] == "没有"


def test_a_page_of_ones_own_for_404():
    """A static page at /404.html takes the place of ours and stays out of the menu."""
    own = Page(
        post("404", "迷路了", 1, url="/404.html", path="pages/404.md", layout="page"), "往回走"
    )
    made = render([*sample_pages(), own])
    assert "往回走" in made["404.html"]
    assert 'content="noindex"' in made["404.html"]
    assert "404.html" not in made["index.html"]


def test_a_post_whose_layout_fails_harms_no_other(tmp_path: Path):
    """It is an error at the post that names template and line; lists do not lead to it, and the
    other pages are those of a site without it.
    """
    with_template(tmp_path, "talk.html", "一\n{{ page.post.meta.speaker }}\n")
    made = render_site(SITE, [*sample_pages(), one_page(layout="talk")], [tmp_path, TEMPLATES])
    [problem] = made.problems
    assert str(problem) == (
        "posts/2026-10-09-short.md:1: its page cannot be made: templates/talk.html:2: "
        "'dict object' has no attribute 'speaker' (for posts/2026-10-09-short.md): "
        "write .get('speaker') if not all have it"
    )
    assert made.failed == {"posts/2026-10-09-short.md"}
    assert {one.path: one.content for one in made.artifacts} == {
        one.path: one.content
        for one in render_site(SITE, sample_pages(), [tmp_path, TEMPLATES]).artifacts
    }


def test_a_post_whose_layout_fails_stays_as_it_was():
    """The shelf's last good page takes its place, in lists too."""
    before = Page(post("short", "原来的题目", 9), "<p>正文。</p>", digest="before")
    made = render_site(
        SITE, [*sample_pages(), one_page(layout="missing")], [TEMPLATES], {before.post.path: before}
    )
    texts = {one.path: one.content for one in made.artifacts}
    assert "原来的题目".encode() in texts["articles/short/index.html"]
    assert "原来的题目".encode() in texts["archive/index.html"]
    assert made.failed == {before.post.path}


def test_an_unknown_theme_is_a_warning():
    """It is told once, at the first post that asks for it, with the themes that there are."""
    pages = [
        one_page(theme="Comic", lines={"theme": 3}),
        Page(post("other", "别的", 2, theme="Comic"), "<p>x</p>"),
        Page(post("plex", "衬线", 3, theme="IBMPlexSerif"), "<p>x</p>"),
    ]
    made = render_site(replace(SITE, extra={"theme": "Sans"}), pages, [TEMPLATES])
    assert [str(problem) for problem in made.problems] == [
        "posts/2026-10-09-short.md:3: there is no theme 'Comic' (so too in 1 more): "
        "known: IBMPlexSerif; a theme is a file templates/assets/themes/NAME.css",
        "site.toml: there is no theme 'Sans': "
        "known: IBMPlexSerif; a theme is a file templates/assets/themes/NAME.css",
    ]
    assert not made.failed
