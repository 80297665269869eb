"""The site in a real browser: Debian's Chromium, driven by Playwright, on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pandas
import pytest
from browser import chromium, needs_chromium, serve, visit, write
from sample_pages import FIGURE, SITE, post, render_site, sample_pages

from evergreen.markdown import MarkdownOptions, parse, to_html
from evergreen.markdown.highlight import highlight
from evergreen.model import (
    Artifact,
    Cell,
    CellError,
    CellOptions,
    Cover,
    Display,
    Heading,
    HeroImage,
    MenuEntry,
    NumberOptions,
    Page,
    Reference,
    Series,
    Stream,
)
from evergreen.render.contrast import readable_spans
from evergreen.render.languages import read_languages
from evergreen.render.numbering import complete, number_things, refer
from evergreen.render.outputs import render_outputs

pytestmark = needs_chromium
TEMPLATES = Path(__file__).parent.parent / "templates"
MNIST = "/articles/tf-mnist/"
SHOWN = ["/", "/archive/", "/tags/", "/en/", MNIST, "/en/articles/tf-mnist/", "/404.html"]


def write_site(folder: Path, pages: list[Page]) -> Path:
    """The site of some pages in a folder."""
    return write(folder, render_site(SITE, pages, [TEMPLATES]).artifacts)


@pytest.fixture(scope="module")
def browser():
    """Chromium without a window."""
    with chromium() as launched:
        yield launched


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the sample site."""
    with serve(write_site(tmp_path_factory.mktemp("site"), sample_pages())) as address:
        yield address


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_pages_are_quiet_and_fit(browser, site: str, width: int, scheme: str):
    """No page says anything on the console, is wider than its window, or asks another host."""
    for path in SHOWN:
        size = {"width": width, "height": 800}
        with visit(browser, site + path, viewport=size, color_scheme=scheme) as page:
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            assert page.said == [], path
            assert all(url.startswith((site, "data:")) for url in page.asked), path


def test_three_requests(browser, site: str):
    """A page without figures asks for itself, one style sheet and one script."""
    with visit(browser, f"{site}/en/articles/tf-mnist/") as page:
        assert len([url for url in page.asked if not url.startswith("data:")]) == 3


TECHNICAL = """\
## 一 {#sec-a}

![甲](/a.png){#fig-a}

见 @fig-a。[^1]

::: {.panel-tabset group=g}
### pip
甲

### uv
乙
:::

pip
: 丙

uv
: 丁
{: .tabs group="g"}

> [!WARNING]- 折
> 文

[^1]: 注。
"""


def test_tabs_and_cards(browser, tmp_path: Path):
    """A choice of tabs holds for its group and is remembered; a reference opens in a card; without
    a script everything is there."""
    options = MarkdownOptions(technical=True, native=True)
    document = parse(TECHNICAL, options)
    language = read_languages([TEMPLATES])["zh"]
    numbers = number_things(document.things, NumberOptions())
    made = document.render(references=refer(document.references, numbers, language))
    content = complete(made.html, numbers, language)
    technical = replace(sample_pages()[0], content=content, toc=())
    with serve(write_site(tmp_path, [technical])) as address:
        path = f"{address}{quote(technical.post.url)}"
        with visit(browser, path) as page:
            page.get_by_role("tab", name="uv").first.click()
            assert ["乙", "丁"] == [
                each.inner_text() for each in page.locator(".tab:visible p").all()
            ]
            page.reload()
            assert ["乙", "丁"] == [
                each.inner_text() for each in page.locator(".tab:visible p").all()
            ]
            page.keyboard.press("Tab")
            page.locator(".cross-reference").focus()
            assert "图 1：甲" in page.locator(".card").inner_text()
            page.keyboard.press("Escape")
            page.locator("a.footnote").focus()
            assert "注。" in page.locator(".card").inner_text()
            assert [] == [text for text in page.said if "a.png" not in text and "404" not in text]
        with visit(browser, path, java_script_enabled=False) as page:
            assert page.locator(".tab:visible").count() == 4
            assert page.locator(".tab-title:visible").count() == 4


def test_what_opens_over_a_page_is_loaded_when_it_is_wanted(browser, tmp_path: Path):
    """A picture, and the card of a note; neither is in the script of every page."""
    content = (
        '<p><a class="enlarge" href="/a.png"><img src="/a.png" alt="甲"></a>'
        '<sup><a class="footnote" href="#fn-1">1</a></sup></p>'
        '<ol><li id="fn-1"><p>注。</p></li></ol>'
    )
    folder = write_site(tmp_path, [replace(sample_pages()[0], content=content, toc=())])
    (folder / "a.png").write_bytes(FIGURE.content)
    with serve(folder) as address, visit(browser, address + MNIST) as page:
        assert [] == [url for url in page.asked if "overlays" in url]
        page.locator(".enlarge").click()
        assert "甲" == page.locator(".lightbox[open] img").get_attribute("alt")
        page.keyboard.press("Escape")
        page.locator("a.footnote").focus()
        page.locator("a.footnote").hover()
        assert "注。" == page.locator(".card").inner_text().strip()
        assert [] == page.said


@pytest.mark.parametrize("width", [360, 520, 700, 1280])
def test_the_switch_of_the_theme_is_beside_the_title(browser, tmp_path: Path, width: int):
    """However many entries the menu has; the menu begins where the title does, or ends at it."""
    menu = {f"Entry number {number}": MenuEntry(f"/{number}/") for number in range(9)}
    made = render_site(replace(SITE, menu=menu), sample_pages()[:1], [TEMPLATES]).artifacts
    size = {"width": width, "height": 800}
    with serve(write(tmp_path, made)) as address, visit(browser, address, viewport=size) as page:
        title, nav, switch = (
            page.locator(name).bounding_box()
            for name in (".site-title", ".site-nav", ".theme-switch")
        )
    assert switch["y"] < title["y"] + title["height"] <= nav["y"]
    assert switch["x"] + switch["width"] > width / 2 and nav["x"] == title["x"]


def test_figures_are_drawn(browser, site: str):
    """The figures of a post are there, with the size that the page keeps for them."""
    with visit(browser, site + MNIST) as page:
        figure = page.locator("#fig-digits img")
        figure.scroll_into_view_if_needed()
        figure.evaluate("image => image.decode()")
        assert figure.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [640, 320]


def test_without_javascript(browser, site: str):
    """Everything of the page is there without scripts; what needs them is not shown."""
    with visit(browser, site + MNIST, java_script_enabled=False) as page:
        assert page.locator("h1").is_visible()
        assert page.locator(".cell-outputs").first.is_visible()
        assert not page.locator(".theme-switch").is_visible()
        assert page.locator(".copy").count() == 0


def test_code_that_was_not_run_says_so_above_it(browser, site: str):
    """Beside the language, where no line of the code can run into it."""
    with visit(browser, site + MNIST) as page:
        label = page.locator(".cell.not-run .highlight").evaluate(
            "block => getComputedStyle(block, '::before').content"
        )
        assert '"Python · 未运行"' == label


def test_colours_of_a_traceback_follow_the_theme(browser, tmp_path: Path):
    """Those that IPython gives in numbers too: its keywords are those of the page by night."""
    first, *others = sample_pages()
    keyword = '<span class="ansi-bold" style="color: rgb(0,135,0)">raise</span>'
    traceback = f'<pre class="output error">{readable_spans(keyword)}</pre>'
    shown = replace(first, content=traceback)
    with serve(write_site(tmp_path, [shown, *others])) as address:
        found = []
        for scheme in ("light", "dark"):
            with visit(browser, address + shown.post.url, color_scheme=scheme) as page:
                span = page.locator(".output.error span")
                found.append(span.evaluate("span => getComputedStyle(span).color"))
    assert "rgb(0, 135, 0)" not in found and 2 == len(set(found))


def test_boxes_of_other_themes_are_boxes(browser, tmp_path: Path):
    """Notices of Minimal Mistakes, prompts of Chirpy, blocks of al-folio, each in its colour."""
    kinds = (
        "notice--info",
        "notice--success",
        "notice--warning",
        "notice--danger",
        "prompt-danger",
    )
    boxes = "".join(f'<p class="{kind}">先备份再升级。</p>' for kind in kinds)
    boxes += '<blockquote class="block-danger"><h5>注意</h5></blockquote>'
    first, *others = sample_pages()
    shown = replace(first, content=boxes)
    with (
        serve(write_site(tmp_path, [shown, *others])) as address,
        visit(browser, address + shown.post.url) as page,
    ):
        colours = page.locator(".prose > *").evaluate_all(
            "boxes => boxes.map(box => getComputedStyle(box).borderLeftColor)"
        )
    assert 4 == len(set(colours)) and colours[3] == colours[4] == colours[5]


def test_theme_switch_is_remembered(browser, site: str):
    """The switch turns light into dark and the next page is dark from the start."""
    with visit(browser, site + MNIST, color_scheme="light") as page:
        light = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        page.locator(".theme-switch").click()
        dark = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert light != dark
        page.goto(f"{site}/")
        assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == dark


def test_code_is_copied(browser, site: str):
    """The button copies the code as it was written."""
    permissions = ["clipboard-read", "clipboard-write"]
    with visit(browser, site + MNIST, permissions=permissions) as page:
        page.locator("#cell-2 .copy").click()
        page.locator("#cell-2 .copy", has_text="已复制").wait_for()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == (
            "figure, axes = plt.subplots(2, 8, figsize=(8, 2.4))\n"
            "for axis, image in zip(axes.flat, train_images):\n"
            '    axis.imshow(image, cmap="gray_r")'
        )


def test_long_output_is_folded(browser, site: str):
    """A long output shows its beginning, and all of it on demand."""
    with visit(browser, site + MNIST) as page:
        output = page.locator("#cell-5 pre.output")
        folded = output.bounding_box()["height"]
        page.locator("#cell-5 .expand").click()
        assert output.bounding_box()["height"] > folded * 1.5


def test_contents_follow(browser, site: str):
    """On a wide window the table of contents stays in view and marks where the reader is."""
    with visit(browser, site + MNIST, viewport={"width": 1280, "height": 800}) as page:
        page.evaluate("document.getElementById('结果').scrollIntoView()")
        page.locator(".toc [aria-current]", has_text="结果").wait_for()
        assert page.locator(".toc summary").is_visible()
        assert not page.locator("#markdown-toc").is_visible()


def test_a_long_word_is_broken_on_a_phone(browser, tmp_path: Path):
    """In a title, on each kind of list and beside another post, no page is wider than a phone."""
    word = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen" * 2
    shown = [Page(post(f"p{n}", word, n, tags=(word,)), "<p>x</p>") for n in (1, 2, 3)]
    with serve(write_site(tmp_path, shown)) as address:
        for path in ("/", "/archive/", "/tags/", f"/tags/{quote(word.lower())}/", "/articles/p2/"):
            with visit(browser, address + path, viewport={"width": 360, "height": 700}) as page:
                assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


def test_a_long_formula_in_a_sentence_scrolls_on_a_phone(browser, tmp_path: Path):
    """It is no wider than the text, whether it is a sum or a table; a short one is left alone."""
    sums = " + ".join(f"w_{{{n}}} x_{{{n}}}" for n in range(30))
    wide = rf"\begin{{cases}} {sums} & x > 0 \\ 0 & x = 0 \end{{cases}}"
    text = f"短 $$\\sigma_f$$ 长 $$y = {sums}$$\n\n* 项 $$f = {wide}$$"
    with (
        serve(write_site(tmp_path, [Page(post("a", "甲", 1), to_html(text))])) as address,
        visit(browser, f"{address}/articles/a/", viewport={"width": 360, "height": 700}) as page,
    ):
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        formulas = page.locator("main math:not([display])")
        scrolls = formulas.evaluate_all("all => all.map(one => one.scrollWidth > one.clientWidth)")
        assert [False, True, True] == scrolls
        assert formulas.first.evaluate("one => getComputedStyle(one).overflowX") == "visible"


def test_a_summary_is_as_wide_as_its_entry_on_a_phone(browser, tmp_path: Path):
    """The cover stands beside the title alone."""
    entry = Page(post("a", "甲", 1), "<p>x</p>", summary="摘要" * 40, cover=Cover("/a.png"))
    size = {"width": 360, "height": 700}
    site = write_site(tmp_path, [entry])
    with serve(site) as address, visit(browser, f"{address}/", viewport=size) as page:
        width = "e => e.getBoundingClientRect().width"
        whole = page.locator(".entry").evaluate(width)
        assert whole == page.locator(".summary").evaluate(width)


def test_a_plot_that_is_not_loaded_keeps_its_place_in_a_list(browser, tmp_path: Path):
    """The file is missing: the text below does not move when it comes."""
    plot = Cover("/a.png", width=200, height=50)
    entries = [Page(post(name, name, 1), "<p>x</p>", cover=plot) for name in ("a", "b")]
    with (
        serve(write_site(tmp_path, entries)) as address,
        visit(browser, f"{address}/", viewport={"width": 700, "height": 700}) as page,
    ):
        box = page.locator(".cover img").last.bounding_box()
        assert box and abs(box["width"] / box["height"] - 4) < 0.1


def test_contents_are_folded_on_a_phone(browser, tmp_path: Path):
    """Above the text of a phone they are one line, which unfolds; scripts need not run."""
    contents = (Heading(2, "a", "甲"), Heading(2, "b", "乙"))
    shown = Page(post("toc", "目录", 1), '<h2 id="a">甲</h2><h2 id="b">乙</h2>', toc=contents)
    with serve(write_site(tmp_path, [shown])) as address:
        for script in (True, False):
            options = {"viewport": {"width": 360, "height": 700}, "java_script_enabled": script}
            with visit(browser, address + shown.post.url, **options) as page:
                link = page.locator(".toc a").first
                assert not link.is_visible()
                page.locator(".toc summary").click()
                assert link.is_visible()


def test_contents_are_open_on_a_wide_window_without_scripts(browser, tmp_path: Path):
    """They are beside the text there."""
    contents = (Heading(2, "a", "甲"), Heading(2, "b", "乙"))
    shown = Page(post("toc", "目录", 1), '<h2 id="a">甲</h2><h2 id="b">乙</h2>', toc=contents)
    options = {"viewport": {"width": 1280, "height": 700}, "java_script_enabled": False}
    with (
        serve(write_site(tmp_path, [shown])) as address,
        visit(browser, address + shown.post.url, **options) as page,
    ):
        assert page.locator(".toc a").first.is_visible()


def test_links_are_large_enough_to_touch(browser, site: str):
    """Tags, links of the menu and of the foot are 24 pixels high, or that far apart (WCAG 2.5.8);
    the switch of the theme is in the line of the title.
    """
    small = """() => {
      const boxes = [...document.querySelectorAll('.tag, .site-nav a, .site-foot a, .terms a')]
        .map((link) => link.getBoundingClientRect());
      return boxes.filter((box) => box.height < 23.9).length;
    }"""
    with visit(browser, f"{site}/", viewport={"width": 360, "height": 700}) as page:
        title = page.locator(".site-title").bounding_box()
        switch = page.locator(".theme-switch").bounding_box()
        assert abs(title["y"] + title["height"] / 2 - switch["y"] - switch["height"] / 2) < 6
    for path in ("/", "/series/tensorflow/", "/tags/", MNIST):
        with visit(browser, site + path, viewport={"width": 360, "height": 700}) as page:
            assert page.evaluate(small) == 0, path


def test_boxes_that_scroll_take_the_keyboard(browser, site: str):
    """Code that is wider than a phone scrolls in its own box, which the keyboard reaches."""
    with visit(browser, site + MNIST, viewport={"width": 360, "height": 700}) as page:
        box = page.locator("#cell-3 .cell-input pre")
        assert box.evaluate("box => box.scrollWidth > box.clientWidth && box.tabIndex === 0")


def test_thin_spaces_where_the_browser_sets_none(browser, tmp_path: Path):
    """A browser without text-autospace gets a thin space between Chinese and Latin, not in code."""
    mixed = Page(post("mixed", "混排", 1), "<p>用Python写<code>中a文</code>，共3行。</p>")
    with (
        serve(write_site(tmp_path, [mixed])) as address,
        visit(browser, f"{address}/404.html") as page,
    ):
        page.add_init_script("CSS.supports = () => false")
        page.goto(f"{address}/articles/mixed/")
        thin = "\u2009"
        shown = page.locator(".prose p").evaluate("paragraph => paragraph.textContent")
        assert shown == f"用{thin}Python{thin}写中a文，共{thin}3{thin}行。"


def test_scripts_of_a_post_do_not_run(browser, tmp_path: Path):
    """Markup that an author or an output brings along cannot run a script: the policy refuses."""
    body = (
        "<script>window.ran = 1</script><img src='data:,' onerror='window.ran = 2'>"
        "<a id='run' href='javascript:window.ran = 3'>x</a>"
        "<svg onload='window.ran = 4'></svg>"
        "<iframe srcdoc='<script>parent.ran = 5</script>'></iframe>"
    )
    hostile = Page(post("hostile", "敌意", 1), body)
    with (
        serve(write_site(tmp_path, [hostile])) as address,
        visit(browser, f"{address}/articles/hostile/") as page,
    ):
        page.locator("#run").click()
        page.wait_for_timeout(100)
        assert page.evaluate("window.ran") is None


# --- the corpus -------------------------------------------------------------------------------

_CALLS = (
    "<script>RUN</script>",
    "<ScRiPt>RUN</sCrIpT>",
    "</title><script>RUN</script>",
    "</script><script>RUN</script>",
    "</textarea><script>RUN</script>",
    "--><script>RUN</script>",
    "]]><script>RUN</script>",
    "<script src=data:,RUN></script>",
    "<script type=module>RUN</script>",
    "<img src=x onerror=RUN>",
    "<img src=x onerror='RUN'>",
    '"><img src=x onerror=RUN>',
    "'><img src=x onerror=RUN>",
    "`><img src=x onerror=RUN>",
    '" onerror="RUN" x="',
    "' onerror='RUN' x='",
    '" onload="RUN" x="',
    '" onfocus="RUN" autofocus x="',
    '" onmouseover="RUN" style="position:fixed;inset:0" x="',
    "<svg onload=RUN>",
    "<svg><script>RUN</script></svg>",
    "<svg><animate onbegin=RUN attributeName=x dur=1s>",
    "<svg/onload=RUN>",
    "<math><mi xlink:href=javascript:RUN>x</mi></math>",
    "<math><maction actiontype=statusline#http://x xlink:href=javascript:RUN>x</maction></math>",
    "<body onload=RUN>",
    "<body onpageshow=RUN>",
    "<iframe src=javascript:RUN></iframe>",
    "<iframe srcdoc='<script>parent.RUN</script>'></iframe>",
    "<object data=javascript:RUN></object>",
    "<embed src=javascript:RUN>",
    "<form action=javascript:RUN><button autofocus>x</button></form>",
    "<input autofocus onfocus=RUN>",
    "<select autofocus onfocus=RUN></select>",
    "<textarea autofocus onfocus=RUN></textarea>",
    "<details open ontoggle=RUN>",
    "<video><source onerror=RUN></video>",
    "<video src=x onerror=RUN></video>",
    "<audio src=x onerror=RUN></audio>",
    "<marquee onstart=RUN>",
    "<link rel=stylesheet href=x onerror=RUN>",
    "<link rel=preload as=script href=x onerror=RUN>",
    "<meta http-equiv=refresh content='0;url=javascript:RUN'>",
    "<base href=javascript:RUN//>",
    "<a href=javascript:RUN autofocus onfocus=RUN tabindex=1>x</a>",
    "<style>@import 'x';</style><script>RUN</script>",
    "<style onload=RUN></style>",
    "<table background=javascript:RUN>",
    "<xss onanimationstart=RUN style=animation-name:x>",
    "<p contenteditable autofocus onfocus=RUN>",
    "<noscript><p title='</noscript><img src=x onerror=RUN>'></noscript>",
    "<template><script>RUN</script></template>",
    "<!--<img src='--><img src=x onerror=RUN>'>",
    "<![CDATA[<script>RUN</script>]]>",
    "<?xml version='1.0'?><script>RUN</script>",
    "javascript:RUN",
    "JaVaScRiPt:RUN",
    " javascript:RUN",
    "java\tscript:RUN",
    "\x01javascript:RUN",
    "data:text/html,<script>RUN</script>",
    "vbscript:RUN",
    "//x' onerror='RUN",
    "https://x.example/' onerror='RUN",
    'https://x.example/" onerror="RUN',
    "https://x.example/;script-src *",
    "{{ RUN }}",
    "{{ ''.__class__.__mro__ }}",
    "{% include '/etc/passwd' %}",
    "{{ '<script>RUN</script>' | safe }}",
    "${RUN}",
    "<%= RUN %>",
    "&lt;script&gt;RUN&lt;/script&gt;",
    "&#60;script&#62;RUN&#60;/script&#62;",
    "\\u003cscript\\u003eRUN\\u003c/script\\u003e",
    "%3Cscript%3ERUN%3C/script%3E",
    "+ADw-script+AD4-RUN+ADw-/script+AD4-",
    "\u2028<script>RUN</script>",
    "\ufeff<script>RUN</script>",
    "<script\x00>RUN</script>",
    "<\x00script>RUN</script>",
    "<img\x0csrc=x\x0conerror=RUN>",
    "<img/src=x/onerror=RUN>",
    "<<script>RUN//<</script>",
    "</p><script>RUN</script><p>",
    "*/</style><script>RUN</script>",
)
PAYLOADS = [call.replace("RUN", "window.ran=1") for call in _CALLS]


def hostile_page(number: int, payload: str) -> Page:
    """A post with a payload wherever its front matter, its code and its run can put one."""
    body, figures = hostile_body(payload)
    return Page(
        post(
            f"hostile-{number}",
            payload,
            1 + number % 28,
            tags=(payload,),
            author=payload,
            theme=payload,
            image=HeroImage(payload, payload, payload, payload),
            references=(Reference(payload, payload, payload),),
            series=Series(payload),
        ),
        body,
        payload,
        (Heading(2, payload, "标题"),),
        stand_ins=(payload,),
        environment=replace(sample_pages()[0].environment, packages=((payload, payload),)),
        ran=1,
        blocks=2,
        executed=True,
        artifacts=figures,
    )


def hostile_body(payload: str) -> tuple[str, tuple[Artifact, ...]]:
    """A cell whose language, source, caption, outputs and traceback are the payload."""
    options = CellOptions(label=payload, caption=payload, alt=payload, tags=(payload,))
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{payload}</svg>'
    outputs = (
        Stream("stdout", payload),
        Stream("stderr", payload),
        Display({"text/plain": payload}, result=True),
        Display({"text/html": pandas.DataFrame({payload: [payload]}).to_html()}),
        Display({"text/markdown": payload}),
        Display({"text/latex": f"$${payload}$$"}),
        Display({"image/svg+xml": svg}),
        CellError("ValueError", payload, f"\x1b[31m{payload}\x1b[0m\n"),
    )
    made = render_outputs("posts/a.md", Cell(payload, 1, options), outputs, 1)
    text = f"# {payload}\n\n```{payload}\n{payload}\n```\n\n`{payload}`"
    return highlight(payload, payload) + made.html + to_html(text), made.figures


def test_no_payload_runs(browser, tmp_path: Path):
    """Of more than eighty payloads in front matter, code, outputs, tracebacks, captions and run
    records none runs on a post's page, a list or a feed.
    """
    assert len(PAYLOADS) >= 80
    folder = write_site(tmp_path, [hostile_page(*item) for item in enumerate(PAYLOADS)])
    paths = [f"/articles/hostile-{number}/" for number in range(len(PAYLOADS))]
    lists = [f"/{path.parent.relative_to(folder)}/" for path in folder.glob("tags/*/index.html")]
    with serve(folder) as address, visit(browser, address) as page:
        page.add_init_script("window.alert = () => { window.ran = 1 }")
        for path in (*paths, "/", "/archive/", "/tags/", "/series/", "/feed.xml", *lists[:10]):
            page.goto(address + quote(path), wait_until="domcontentloaded")
            assert page.evaluate("window.ran") is None, path
