"""The home page and the menu."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sample_pages import SERIES, SITE, post, render_site

from evergreen.errors import SettingsError
from evergreen.model import Cover, HeroImage, Page, Site
from evergreen.settings import parse_settings

TEMPLATES = Path(__file__).parent.parent / "templates"
MATH = "<math><mi>x</mi></math>"


def made(site: Site, *pages: Page) -> dict[str, str]:
    """Return the pages of a site."""
    found = render_site(site, pages, [TEMPLATES]).artifacts
    return {one.path: one.content.decode() for one in found if one.path.endswith("html")}


def page(slug: str, day: int, **fields: object) -> Page:
    """Return a short post."""
    return Page(post(slug, slug, day, **fields), "<p>文。</p>", "文。", minutes=3)


def titles(text: str) -> list[str]:
    """Return the titles of the entries of a list."""
    return re.findall(r'class="u-url(?: p-name)?" href="/articles/(\w+)/"', text)


def test_featured_and_pinned_posts_come_first() -> None:
    """Above newer ones on the home page; the archive stays in the order of time."""
    pages = [page("a", 1, featured=True), page("b", 2, pinned=True), page("c", 3), page("d", 4)]
    found = made(SITE, *pages)
    assert ["a", "b", "d"] == titles(found["index.html"])
    assert ["d", "c", "b", "a"] == titles(found["archive/index.html"])
    assert '<span class="label">置顶</span>' in found["index.html"]


def test_an_entry() -> None:
    """It has a picture, the time to read, the place in the series, and formulas."""
    first = page("a", 1, series=SERIES)
    second = Page(
        post("b", "乙", 2, series=SERIES, image=HeroImage("/b.jpg")),
        "<p>文。</p>",
        "当 x",
        summary_html=f"当 {MATH}",
        minutes=4,
    )
    home = made(SITE, first, second)["index.html"]
    for fact in ('src="/b.jpg"', "阅读 4 分钟", "TensorFlow 从头学，共 2 篇之 2", f"当 {MATH}"):
        assert fact in home


@pytest.mark.parametrize(
    ("copies", "sizes"), [("/a.webp", False), ("/a.webp 320w, /b.webp 640w", True)]
)
def test_only_copies_in_several_sizes_have_sizes(copies: str, sizes: bool) -> None:
    """In lists and above the post: HTML wants a width of each copy then."""
    cover = Cover("/a.png", "", 900, 600, copies)
    shown = Page(post("a", "甲", 1, image=HeroImage("/a.png")), "<p>文。</p>", cover=cover)
    found = made(SITE, shown)
    for path in ("index.html", "articles/a/index.html"):
        assert f'srcset="{copies}"' in found[path]
        assert sizes == (" sizes=" in found[path])


def test_figure_as_picture() -> None:
    """Without a picture of its own, a post has its first figure in lists."""
    shown = Page(post("a", "甲", 1), "<p>文。</p>", figure="/assets/figures/1.png")
    assert 'src="/assets/figures/1.png"' in made(SITE, shown)["index.html"]


def test_own_menu() -> None:
    """The menu has its order, outside links and icons; other languages have their own."""
    text = """
    [menu]
    "关于" = "/about/"
    GitHub = {url = "https://github.com/a/b", icon = "github"}
    [menus.en]
    About = "/en/about/"
    """
    menu = parse_settings(f'lang = "zh"\nlanguages = ["en"]\n{text}')
    found = made(menu, page("a", 1), page("b", 2, lang="en", url="/en/b/"))
    nav = re.search(r"<nav.*?</nav>", found["index.html"], re.S)[0]
    assert ["/about/", "https://github.com/a/b"] == re.findall(r'href="([^"]+)"', nav)[:2]
    assert 'aria-label="GitHub"' in nav and "<svg" in nav
    english = re.search(r"<nav.*?</nav>", found["en/index.html"], re.S)[0]
    assert '<a href="/en/about/">About</a>' in english


def test_faults_of_a_menu() -> None:
    """A wrong icon is a warning, a wrong key an error."""
    wrong = parse_settings('[menu]\n"甲" = {url = "/a/", icon = "nothing"}\n"乙" = {}\n')
    said = [str(problem) for problem in render_site(wrong, [page("a", 1)], [TEMPLATES]).problems]
    assert any("the menu's '甲': there is no icon 'nothing': known: " in line for line in said)
    assert any("the menu's '乙' has no URL" in line for line in said)
    with pytest.raises(SettingsError, match=r"unknown setting 'menu\.甲\.link'"):
        parse_settings('[menu]\n"甲" = {link = "/a/"}\n')


def test_head_of_the_home_page() -> None:
    """Its title, text, picture and links are settings; other languages have their own."""
    text = """
    lang = "zh"
    [home]
    title = "树"
    text = "*会运行*的文章"
    image = "/tree.jpg"
    links = {"最新" = "/archive/"}
    [homes.en]
    title = "Trees"
    """
    found = made(parse_settings(text), page("a", 1), page("b", 2, lang="en", url="/en/b/"))
    for fact in ("树</h1>", "<em>会运行</em>", 'src="/tree.jpg"', '<a href="/archive/">最新</a>'):
        assert fact in found["index.html"]
    assert "Trees</h1>" in found["en/index.html"]
    assert "tree.jpg" not in found["en/index.html"]


def test_descriptions_of_lists() -> None:
    """A tag has the description of its name, however that is spelt, above its list."""
    site = parse_settings('[list_descriptions]\n"Machine Learning" = "会学习的程序"\n')
    found = made(site, page("a", 1, tags=("machine learning",)))
    assert '<p class="lead">会学习的程序</p>' in found["tags/machine-learning/index.html"]
