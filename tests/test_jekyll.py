"""Building a Jekyll blog without changing its files, at the same URLs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from evergreen.build.cache.state import BuildState
from evergreen.build.load import is_wanted, open_blog, read_sources
from evergreen.build.options import BuildOptions
from evergreen.build.parse import parse_content
from evergreen.build.pipeline import publish
from evergreen.content.jekyll.config import read_config
from evergreen.content.jekyll.files import find_files
from evergreen.content.jekyll.permalinks import slugify
from evergreen.content.liquid.expand import expand
from evergreen.content.post import find_posts, parse_post
from evergreen.errors import EvergreenError, SettingsError
from evergreen.model import JekyllConfig, Site
from evergreen.model.urls import file_of
from evergreen.settings import read_settings
from tests.jekyll_blog import CONFIGS, STORED, read_site, write_blog

JEKYLL = json.loads(STORED.read_text("utf-8"))
_BODY = re.compile(r'<div class="prose e-content">\n(.*)</div>\n</div>', re.S)
_CODE = re.compile(r"<(pre|code|math)\b.*?</\1>", re.S)


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the site of the blog of many years."""
    root = tmp_path_factory.mktemp("jekyll") / "blog"
    write_blog(root, "years")
    report = publish(BuildOptions(root, root / "_site", read_settings(root)))
    assert [] == [str(each) for each in report.problems if each.severity == "error"]
    return root / "_site"


def _body(text: str) -> str:
    found = _BODY.search(text)
    return found[1] if found else text


def test_a_blog_of_many_years_has_jekylls_urls(years: Path) -> None:
    """Every file that Jekyll makes exists, with the same heading ids."""
    ours = read_site(years, _body)
    assert JEKYLL["years"] == {path: ours.get(path) for path in JEKYLL["years"]}


def test_nothing_of_kramdown_or_liquid_is_visible(years: Path) -> None:
    """No attribute list or Liquid tag is left in the text of a page."""
    bodies = {path: _BODY.search(path.read_text("utf-8")) for path in years.rglob("*.html")}
    texts = {path: _CODE.sub("", found[1]) for path, found in bodies.items() if found}
    assert (True, {}) == (
        len(texts) > 300,
        {path: text for path, text in texts.items() if re.search(r"\{[:{%]", text)},
    )


@pytest.mark.parametrize("name", [name for name in CONFIGS if name != "years"])
def test_each_style_of_permalinks_is_jekylls(name: str, tmp_path: Path) -> None:
    """URLs and ids are Jekyll's, in the blog's time zone, with drafts and future posts."""
    write_blog(tmp_path, name)
    site = read_settings(tmp_path)
    build = BuildOptions(tmp_path, tmp_path / "_site", site)
    sources, problems = read_sources(build, BuildState(), {})
    blog = open_blog(build, BuildState(), sources)
    found = {}
    for path, source in sources.items():
        post = parse_post(path, source.read(), site)
        if is_wanted(post, build):
            parsed = parse_content(expand(post, blog), "", blog)
            html = parsed.document.render().html
            found[file_of(post)] = re.findall(r'<h[1-6][^>]*? id="([^"]*)"', html)
    pages = {path: ids for path, ids in JEKYLL[name].items() if path.endswith(".html")}
    assert (pages, []) == (found, problems)


def test_code_runs_only_if_a_post_asks_for_it(tmp_path: Path) -> None:
    """Code runs only with `execute: true` in the post, or in site.toml for all."""
    (tmp_path / "_posts").mkdir()
    (tmp_path / "_posts/2020-01-02-a.md").write_text("---\nexecute: true\n---\n")
    (tmp_path / "_posts/2020-01-03-b.md").write_text("---\ntitle: b\n---\n")

    def enabled() -> list[bool]:
        site = read_settings(tmp_path)
        paths = find_posts(tmp_path, site)
        posts = [parse_post(path, (tmp_path / path).read_bytes(), site) for path in paths]
        return [post.execute.enabled for post in posts]

    before = enabled()
    (tmp_path / "site.toml").write_text("[execute]\nenabled = true\n")
    assert ([True, False], [True, True]) == (before, enabled())


def test_an_unclosed_fence_is_an_error_only_where_code_runs(tmp_path: Path) -> None:
    """Elsewhere the post is shown as in Jekyll, with one warning."""
    (tmp_path / "_config.yml").write_text("title: 长青\n")
    (tmp_path / "_posts").mkdir()
    for name, head in (("2020-01-02-a", "execute: true"), ("2020-01-03-b", "title: b")):
        (tmp_path / f"_posts/{name}.md").write_text(f"---\n{head}\n---\n```\nx = 1\n")
    report = publish(BuildOptions(tmp_path, tmp_path / "_site", read_settings(tmp_path)))
    problems = [(each.path, each.line, each.severity) for each in report.problems]
    assert [
        ("_posts/2020-01-02-a.md", 4, "error"),
        ("_posts/2020-01-03-b.md", 4, "warning"),
    ] == sorted(problems)
    assert (tmp_path / "_site/2020/01/03/b.html").is_file()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title: a\n\tb: c\n", "_config.yml:2:1: a tab in the indentation: indent with spaces"),
        ("a: b: c\n", "_config.yml:1:5: a second ':' in one value: quote the whole value"),
        ("a: 1\nexclude: x\n", "_config.yml:2:10: 'exclude' is 'x': write it as a list"),
        (
            "x: 1\npermalink: /:nope/\n",
            "_config.yml:2:12: the permalink has an unknown placeholder",
        ),
        ("- a\n", "_config.yml:1:1: this is not a mapping"),
    ],
)
def test_problems_of_the_config_are_reported_at_their_line(
    text: str, said: str, tmp_path: Path
) -> None:
    """The message has line and column, and what to do."""
    (tmp_path / "_config.yml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        read_config(tmp_path)
    assert str(caught.value).startswith(said), str(caught.value)


def test_a_date_that_does_not_exist_is_reported() -> None:
    """An error in the file name; in the front matter a warning, and that of the name counts."""
    path = "_posts/2020-02-30-闰.md"
    with pytest.raises(EvergreenError) as caught:
        parse_post(path, "---\ntitle: 闰\n---\n".encode(), Site(jekyll=JekyllConfig()))
    said = "1: the date in the file's name, 2020-02-30, does not exist: name the file YYYY-MM-DD"
    assert str(caught.value).startswith(f"{path}:{said}"), str(caught.value)
    path = "_posts/2020-02-03-a.md"
    post = parse_post(path, "---\ndate: 昨天\n---\n".encode(), Site(jekyll=JekyllConfig()))
    said = "2:7: 'date' is '昨天', which is not a valid date: write it"
    assert [str(each).startswith(f"{path}:{said}") for each in post.warnings] == [True]
    assert f"{post.date:%Y-%m-%d}" == "2020-02-03"


def test_an_unknown_time_zone_means_utc(tmp_path: Path) -> None:
    """Asia/Beijing does not exist: a post at night keeps Jekyll's URL."""
    (tmp_path / "_config.yml").write_text("title: 长青\ntimezone: Asia/Beijing\n")
    site = read_config(tmp_path)
    post = parse_post("_posts/2020-03-01-夜.md", b"---\ndate: 2020-03-01 07:00 +0800\n---\n", site)
    assert ("UTC", "/2020/02/29/夜.html") == (site.jekyll and site.jekyll.timezone, post.url)


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        (
            "zh",
            ["正文里有 Python 与 NumPy，也有 `code`。\n\n```python\nimport numpy as np\n```\n"] * 2,
        ),
        ("zh", ["Hello World, this is my first post.", "用 Jekyll 写博客，步骤如下。"]),
        ("ja", ["東京で機械学習のモデルを作った話を書きます。"]),
        ("ko", ["파이썬으로 선형 회귀를 구현해 봅시다."]),
        ("en", ["The word 長青 means evergreen, and Hànzì are its letters."]),
        ("en", []),
    ],
)
def test_the_language_of_a_blog_is_detected_from_its_posts(
    language: str, texts: list[str], tmp_path: Path
) -> None:
    """The posts decide, not the title; a language in the config is kept."""
    (tmp_path / "_posts").mkdir()
    for day, text in enumerate(texts, 1):
        (tmp_path / f"_posts/2020-01-0{day}-a.md").write_text(
            f"---\ntitle: x\n---\n{text}\n", "utf-8"
        )
    config = tmp_path / "_config.yml"
    config.write_text("title: My Tech Blog\ndescription: A minimal theme\n")
    assert language == read_config(tmp_path).lang
    config.write_text("title: 博客\nlang: pt-BR\n", "utf-8")
    assert "pt-BR" == read_config(tmp_path).lang


def test_the_config_becomes_settings(tmp_path: Path) -> None:
    """Title, URLs, author, language, pagination and Markdown options are converted."""
    (tmp_path / "_config.yml").write_text(
        "title: 长青\nurl: https://a.example/\nbaseurl: blog/\nauthor: {name: 林}\npaginate: 7\n"
        "locale: zh_CN\nkramdown: {toc_levels: 2..3}\npermalink: pretty\n"
    )
    site = read_config(tmp_path)
    assert ("长青", "https://a.example", "/blog", "林", 7, "zh-CN") == (
        site.title,
        site.url,
        site.baseurl,
        site.author,
        site.paginate,
        site.lang,
    )
    assert ({"toc_levels": "2..3"}, "/:categories/:year/:month/:day/:title/", False) == (
        site.kramdown,
        site.permalink,
        site.execute.enabled,
    )


DOLLARS = """<script>MathJax = {tex: {inlineMath: [['$', '$'], ['\\\\(', '\\\\)']]}};</script>"""
KATEX = (
    'renderMathInElement(document.body, {delimiters: [{left: "$", right: "$", display: false}]})'
)


@pytest.mark.parametrize(
    ("include", "layout", "expected"),
    [
        (DOLLARS, "{% include formeln.html %}", True),
        (f"<script>{KATEX}</script>", "{% include formeln.html %}", True),
        (DOLLARS, "{% if page.mathjax %}{% include formeln.html %}{% endif %}", False),
        ("<script src=mathjax.js></script>", "{% include formeln.html %}", False),
    ],
)
def test_a_theme_whose_scripts_show_formulas_everywhere(
    include: str, layout: str, expected: bool, tmp_path: Path
) -> None:
    """Single dollars are math if the theme's script says so for all posts."""
    for name, text in (("_includes/formeln.html", include), ("_layouts/post.html", layout)):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    (tmp_path / "_config.yml").write_text("title: 长青\n")
    assert expected == (read_config(tmp_path).kramdown.get("mathjax") is True)


V2 = r"""<script type="text/x-mathjax-config">MathJax.Hub.Config({
  TeX: {Macros: {bs: ["\\boldsymbol{#1}", 1], E: '\\mathbb{E}', // 期望
    "set": ["\\{#1\\}", 1, "x"], f: function () { return {a: 1}; }, last: "\\ell" + "_0"}},
  tex2jax: {inlineMath: [['$','$']]}});</script>"""
V3 = r"""window.MathJax = {tex: {tags: 'ams', inlineMath: {'[+]': [['$', '$']]},
  macros: {R: `\\mathbb{R}`, N: String.raw`\mathbb{N}`, /* 整数 */ 'Z': "{\\bf Z}",}}};"""
KATEX_MACROS = r"""renderMathInElement(document.body, {delimiters: [
  {left: "$", right: "$", display: false}], macros: {"\\RR": "\\mathbb{R}", "\\f": "#1f(#2)"}});"""
DEFINED = r"""<script src="mathjax.js"></script>
<div style="display:none">\( \newcommand{\ip}[2]{\langle #1, #2 \rangle} \def\half{1/2} \)</div>"""


@pytest.mark.parametrize(
    ("path", "text", "dollars", "macros"),
    [
        (
            "_includes/a.html",
            V2,
            True,
            {
                "bs": [r"\boldsymbol{#1}", 1],
                "E": r"\mathbb{E}",
                "set": [r"\{#1\}", 1, "x"],
                "last": r"\ell_0",
            },
        ),
        (
            "assets/js/mathjax.js",
            V3,
            True,
            {"R": r"\mathbb{R}", "N": r"\mathbb{N}", "Z": r"{\bf Z}"},
        ),
        ("_layouts/post.html", KATEX_MACROS, True, {"RR": r"\mathbb{R}", "f": "#1f(#2)"}),
        (
            "_includes/b.liquid",
            DEFINED,
            False,
            {"ip": [r"\langle #1, #2 \rangle", 2, None], "half": ["1/2", 0, None]},
        ),
        ("_config.yml", "katex: {macros: {R: '\\mathbb{R}'}}\n", False, {"R": r"\mathbb{R}"}),
        ("assets/other.js", "build({macros: {R: 'x'}})", False, None),
    ],
)
def test_macros_of_the_blogs_mathjax_and_katex_are_known(
    path: str, text: str, dollars: bool, macros: object, tmp_path: Path
) -> None:
    """They are read from templates, scripts and the config, as each version writes them."""
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(text)
    kramdown = read_config(tmp_path).kramdown
    assert (dollars, macros) == (kramdown.get("mathjax", False), kramdown.get("macros"))


@pytest.mark.parametrize("key", ["mathjax", "use_math", "math", "katex", "enable_math"])
def test_a_theme_with_mathjax_is_known_by_its_key(key: str, tmp_path: Path) -> None:
    """With the theme's key in the config, posts need none."""
    (tmp_path / "_config.yml").write_text(f"{key}: true\nkramdown: {{input: GFM}}\n")
    assert read_config(tmp_path).kramdown == {"input": "GFM", "mathjax": True}
    (tmp_path / "_config.yml").write_text(f"{key}: false\n")
    assert read_config(tmp_path).kramdown == {}


@pytest.mark.parametrize(
    ("mode", "slug"),
    [
        ("default", "the-config-yml-文件-ü"),
        ("pretty", "the-_config.yml-文件-ü!"),
        ("ascii", "the-config-yml"),
        ("raw", "the-_config.yml-文件-ü!"),
        ("latin", "the-config-yml-u"),
        ("none", "the _config.yml 文件 ü!"),
    ],
)
def test_slugs_have_jekylls_modes(mode: str, slug: str) -> None:
    """The examples of Jekyll's documentation, and Chinese."""
    assert slug == slugify("The _config.yml 文件 Ü!", mode)


@pytest.mark.parametrize(
    ("name", "head", "zone", "said"),
    [
        (
            "2020-01-02-a",
            "date: 0001-01-01 00:00 +0900",
            "",
            "'date' is '0001-01-01 00:00 +0900', which is not a valid date",
        ),
        (
            "2020-01-02-a",
            "date: 9999-12-31 23:00 -0900",
            "UTC",
            "'date' is '9999-12-31 23:00 -0900', which is not a valid date",
        ),
        ("0001-01-01-a", "title: a", "", "the date in the file's name, 0001-01-01, does not exist"),
    ],
)
def test_dates_outside_of_the_supported_years(name: str, head: str, zone: str, said: str) -> None:
    """A date that the blog's zone moves before year 1 or after 9999 is not used."""
    source = f"---\n{head}\n---\n".encode()
    site = Site(jekyll=JekyllConfig(timezone=zone))
    try:
        found = parse_post(f"_posts/{name}.md", source, site).warnings
    except EvergreenError as error:
        found = error.problems
    assert [each.message for each in found if each.message.startswith(said)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n\n---\ntitle: a\n---\nb", ["3: the front matter does not begin the file"]),
        (" ---\ntitle: a\n---\nb", ["1: the front matter does not begin the file"]),
        ("\n---\n\nA rule above.\n\n---\n", []),
        ("\n---\na: b", []),
        ("a", []),
    ],
)
def test_a_front_matter_below_blank_lines_is_reported(text: str, said: list[str]) -> None:
    """It is shown as text, as in Jekyll, with a warning."""
    post = parse_post("_posts/2020-01-02-a.md", text.encode(), Site(jekyll=JekyllConfig()))
    assert (text, said) == (
        post.body,
        [str(each).split(":", 1)[1].split(",")[0] for each in post.warnings],
    )


def test_symlinks_to_outside_the_blog_are_not_followed(tmp_path: Path) -> None:
    """Symlinks to files or folders outside the blog are neither copied nor read."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "2020-01-01-secret.md").write_text("---\n---\nsecret")
    root = tmp_path / "blog"
    (root / "_posts").mkdir(parents=True)
    (root / "link").symlink_to(outside)
    (root / "key.txt").symlink_to(outside / "2020-01-01-secret.md")
    (root / "_posts/2020-01-01-secret.md").symlink_to(outside / "2020-01-01-secret.md")
    files = find_files(root, read_settings(root).jekyll)  # type: ignore[arg-type]
    assert ((), (), ()) == (files.posts, files.pages, files.static)


def test_the_newer_of_two_posts_with_one_url_is_shown(tmp_path: Path) -> None:
    """As in Jekyll; the older one gives a warning, and the build succeeds."""
    (tmp_path / "_posts").mkdir()
    for day, word in (("02", "alt"), ("03", "neu")):
        text = f"---\npermalink: /a/\n---\n{word}\n"
        (tmp_path / f"_posts/2020-01-{day}-{word}.md").write_text(text)
    report = publish(BuildOptions(tmp_path, tmp_path / "_site", read_settings(tmp_path)))
    said = "_posts/2020-01-02-alt.md:2: /a/ is also the address of _posts/2020-01-03-neu.md"
    assert [True] == [str(each).startswith(said) for each in report.problems]
    assert "<p>neu</p>" in (tmp_path / "_site/a/index.html").read_text()


def test_posts_that_jekyll_publishes_are_posts(tmp_path: Path) -> None:
    """`draft: true`, control characters and a shown script's metadata hold no post back."""
    posts = tmp_path / "_posts"
    posts.mkdir()
    head = "---\ntitle: 文\n{}---\n"
    script = "# /// script\n# requires-python = '>=3.99'\n# ///\nprint(1)\n"
    (posts / "2020-01-01-a.md").write_text(head.format("draft: true\n") + "甲")
    (posts / "2020-01-02-b.md").write_text(head.format("") + "乙 \x1b[32m绿\x1b[0m")
    (posts / "2020-01-03-c.md").write_text(head.format("") + f"```python\n{script}```\n")
    site = read_settings(tmp_path)
    build = BuildOptions(tmp_path, tmp_path / "_site", site)
    sources, problems = read_sources(build, BuildState(), {})
    found = [parse_post(path, source.read(), site) for path, source in sorted(sources.items())]
    assert problems == []
    assert [True] * 3 == [is_wanted(post, build) for post in found]
    assert "乙 [32m绿[0m" in found[1].body
    assert [(4, 3)] == [(each.line, each.column) for each in found[1].warnings]
    assert "requires-python" in parse_content(found[2]).document.code_blocks[0].source


@pytest.mark.parametrize("head", ["title: 文", "title: 文: [", "bibliography: {a: 1}"])
def test_a_post_that_mentions_a_bibliography_is_read_as_leniently(
    head: str, tmp_path: Path
) -> None:
    """Neither a control character nor a front matter that is not valid holds it back."""
    (tmp_path / "_posts").mkdir()
    text = f"---\n{head}\n---\nbibliography \u0097\n"
    (tmp_path / "_posts/2020-01-02-b.md").write_text(text)
    build = BuildOptions(tmp_path, tmp_path / "_site", read_settings(tmp_path))
    sources, problems = read_sources(build, BuildState(), {})
    assert (list(sources), problems) == (["_posts/2020-01-02-b.md"], [])


def test_a_list_of_posts_with_a_control_character_is_built_again(tmp_path: Path) -> None:
    """A second build looks whether the texts that a page shows are the same."""
    (tmp_path / "_posts").mkdir()
    (tmp_path / "_config.yml").write_text("title: T\nurl: https://a.example\n")
    (tmp_path / "_posts/2020-01-02-b.md").write_text("---\ntitle: 文\n---\n乙\u0097丙\n")
    loop = "{% for post in site.posts %}{{ post.content }}{% endfor %}"
    (tmp_path / "all.md").write_text(f"---\ntitle: 全\n---\n{loop}\n")
    build = BuildOptions(tmp_path, tmp_path / "_site", read_settings(tmp_path))
    publish(build)
    (tmp_path / "all.md").write_text(f"---\ntitle: 全部\n---\n{loop}\n")
    report = publish(build)
    assert [each.severity for each in report.problems] == ["warning"]
    assert "乙丙" in (tmp_path / "_site/all.html").read_text()


@pytest.mark.parametrize(
    ("config", "title"),
    [
        ("title: 甲\nname: 乙", "甲"),
        ("title:\nname: 乙", "乙"),
        ("SEOTitle: 丙", "丙"),
        ("blog: {title: 丁, name: 戊}", "丁"),
        ("author: {name: 己}", "Blog"),
    ],
)
def test_a_blog_has_the_title_of_its_theme(config: str, title: str, tmp_path: Path) -> None:
    """Old themes have another key for it."""
    (tmp_path / "_config.yml").write_text(config)
    assert title == read_config(tmp_path).title


@pytest.mark.parametrize(
    ("config", "description"),
    [
        ("description: {en: About, zh: 关于}\n", "About"),
        ("default_lang: zh\nlang: en\ndescription: {en: About, zh: 关于}\n", "关于"),
    ],
)
def test_a_description_by_language_is_read(config: str, description: str, tmp_path: Path) -> None:
    """The text of the main language is taken, else the first."""
    (tmp_path / "_config.yml").write_text(config)
    assert description == read_config(tmp_path).description
