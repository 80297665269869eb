"""Themes: which files they give, what their options change, and the command for them."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path

import pytest
from conftest import Write

from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.build.theme_check import LIMIT, check_theme
from evergreen.cli import main
from evergreen.cli.scaffold import new_theme
from evergreen.errors import SettingsError
from evergreen.preview.blog.blog import LiveSite
from evergreen.settings import read_settings, settings_here
from evergreen.site.themes import find_theme, list_themes, open_look

SETTINGS = 'title = "博"\nlang = "zh"\nsearch = false\n'
POST = "---\ntitle: 甲\n---\n\n文。[^1]\n\n[^1]: 注 *一*。\n"
THEME = {
    "themes/墨/theme.toml": 'description = "墨"\n[options.tail]\ndefault = "完"\ndoc = "d"\n',
    "themes/墨/assets/theme.css": ":root { --accent: #123456; }",
    "themes/墨/post.html": '{% extends "evergreen/post.html" %}{% block after %}'
    "<p>{{ theme.tail }}</p>{{ super() }}{% endblock %}",
    "themes/墨/languages/zh.toml": 'name = "墨语"\n',
    "themes/墨/plugins.py": "from evergreen import Plugin\n"
    "ink = Plugin('ink', shortcodes={'墨': lambda call: '**墨**'})\n",
}


@pytest.fixture
def root(write_blog: Write) -> Path:
    """A blog with a theme of its own."""
    return write_blog(
        {"site.toml": SETTINGS + 'theme = "墨"\n', "posts/2026-01-01-a.md": POST, **THEME}
    )


def build(root: Path) -> None:
    """Publish the blog."""
    publish(BuildOptions(root, root / "_site", read_settings(root), execute=False))


def page(root: Path) -> str:
    """Return the page of the post."""
    return (root / "_site/a/index.html").read_text("utf-8")


def style(root: Path) -> str:
    """Return the style sheet of the post."""
    found = re.search(r'rel="stylesheet" href="/([^"]+)"', page(root))
    assert found
    return (root / "_site" / found[1]).read_text("utf-8")


def test_a_theme_goes_over_the_built_in_files(root: Path) -> None:
    """A template that extends, a style sheet, a plugin."""
    (root / "posts/2026-01-01-a.md").write_text(POST.replace("文", "{{< 墨 >}}"), "utf-8")
    build(root)
    assert "<p>完</p>" in page(root)
    assert "<strong>墨</strong>" in page(root)
    assert "--accent:#123456" in style(root)


def test_the_blogs_own_templates_go_over_the_theme(root: Path) -> None:
    """They may extend the theme's."""
    own = '{% extends "theme/post.html" %}{% block post_head %}<h1>己</h1>{% endblock %}'
    (root / "templates").mkdir()
    (root / "templates/post.html").write_text(own, "utf-8")
    build(root)
    assert "<h1>己</h1>" in page(root)
    assert "<p>完</p>" in page(root)


def test_options_of_a_theme_reach_its_templates_and_styles(root: Path) -> None:
    """A text for templates; a color, a font and a width as variables."""
    options = '[theme_options]\ntail = "终"\naccent = "#aa0000 #ff8888"\nwidth = "50rem"\n'
    fonts = root / "templates/assets/fonts"
    fonts.mkdir(parents=True)
    (fonts / "宋体-Bold.woff2").write_bytes(b"font")
    text = SETTINGS + f'theme = "墨"\n{options}text_font = "宋体"\n'
    (root / "site.toml").write_text(text, "utf-8")
    build(root)
    css = style(root)
    assert "<p>终</p>" in page(root)
    assert "--accent:light-dark(#aa0000,#ff8888)" in css
    assert "--measure:50rem" in css
    assert 'font-family:"宋体";src:url("fonts/宋体-Bold.woff2")' in css
    assert '--text:"宋体",var(--sans-zh)' in css
    assert b"font" == (root / "_site/assets/fonts/宋体-Bold.woff2").read_bytes()


def test_a_font_of_fontsource_is_served(root: Path) -> None:
    """Its faces are ours, with the ranges of its subsets; only woff2 is used."""
    folder = root / "node_modules/@fontsource/noto-serif-sc"
    (folder / "files").mkdir(parents=True)
    (folder / "files/noto-4.woff2").write_bytes(b"subset")
    face = (
        "@font-face {\n  font-family: 'Noto Serif SC';\n  font-weight: 400;\n  src: "
        "url(./files/noto-4.woff2) format('woff2'), url(./files/noto-4.woff) format('woff');\n"
        "  unicode-range: U+1f1e9-1f1f5;\n}\n"
    )
    (folder / "index.css").write_text(face)
    text = SETTINGS + '[theme_options]\nheading_font = "Noto Serif SC"\n'
    (root / "site.toml").write_text(text, "utf-8")
    build(root)
    assert 'src:url("fonts/noto-4.woff2") format("woff2");unicode-range:U+1f1e9-1f1f5' in style(
        root
    )
    assert b"subset" == (root / "_site/assets/fonts/noto-4.woff2").read_bytes()


WRONG = {
    'theme = "墨水"': "site.toml: there is no theme '墨水': did you mean '墨'?",
    'theme = "../x"': "site.toml: there is no theme '../x': known: labbook, magazine, quiet, 墨",
    'theme = "墨"\n[theme_options]\nacent = "red"': (
        "site.toml: unknown option 'theme_options.acent' of the theme '墨': did you mean 'accent'?"
    ),
    '[theme_options]\naccent = "red;}"': (
        "site.toml: 'theme_options.accent' is 'red;}': write the value of a style sheet, without"
        " ; { } < > and \\"
    ),
    "[theme_options]\nwidth = 3": ("site.toml: 'theme_options.width' is 3: write a value like ''"),
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_theme_or_option_is_reported(root: Path, text: str) -> None:
    """The message says what is known."""
    (root / "site.toml").write_text(text, "utf-8")
    with pytest.raises(SettingsError) as raised:
        open_look(root, read_settings(root))
    assert WRONG[text] == str(raised.value)


def test_an_edit_of_a_theme_is_published(root: Path) -> None:
    """A build after it is as a clean one."""
    build(root)
    (root / "themes/墨/assets/theme.css").write_text(":root { --accent: #654321; }", "utf-8")
    build(root)
    assert "--accent:#654321" in style(root)


def test_the_preview_shows_another_theme(root: Path) -> None:
    """Saving the setting, an option or a file of the theme is enough."""
    live = LiveSite(BuildOptions(root, root / "_site", settings_here(root), execute=False))
    shown = []
    for options in ('theme = "墨"\n', 'theme = "墨"\n[theme_options]\ntail = "终"\n', ""):
        (root / "site.toml").write_text(SETTINGS + options, "utf-8")
        list(live.rebuild(frozenset(["site.toml"])))
        served = live.read("a/index.html")
        assert served
        shown.append([each for each in ("完", "终") if f"<p>{each}</p>" in served.content.decode()])
    assert [["完"], ["终"], []] == shown


def test_a_package_may_have_a_theme(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its entry point names a folder."""
    info = tmp_path / "packages/ink-1.0.dist-info"
    (tmp_path / "packages/ink_theme").mkdir(parents=True)
    info.mkdir()
    (info / "METADATA").write_text("Name: ink\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[evergreen.themes]\nink = ink_theme\n")
    (tmp_path / "packages/ink_theme/__init__.py").write_text("")
    (tmp_path / "packages/ink_theme/theme.toml").write_text('description = "Ink"\n')
    monkeypatch.syspath_prepend(tmp_path / "packages")
    assert tmp_path / "packages/ink_theme" == find_theme(root, "ink")
    assert "Ink" in [each.description for each in list_themes(root)]


def test_the_lab_book_has_notes_in_the_margin(root: Path) -> None:
    """A copy of each footnote is beside its mention, and in no feed."""
    (root / "site.toml").write_text(SETTINGS + 'theme = "labbook"\n', "utf-8")
    build(root)
    assert '<small class="margin-note">1 注 <em>一</em>。' in page(root)
    assert "margin-note" not in (root / "_site/feed.xml").read_text("utf-8")


def test_the_lab_book_keeps_the_text_around_its_notes() -> None:
    """Elements and their attributes are written as they were."""
    around = '<p><img src="a.png" alt="x &amp; y"><br>a &lt; b<a href="#n">1</a></p>'
    notes = '<div class="footnotes"><ol><li id="n"><p>N</p></li></ol></div>'
    path = Path(__file__).parent.parent / "themes/labbook/plugins.py"
    made = str(runpy.run_path(str(path))["margin_notes"](around + notes))
    assert around.removesuffix("</p>") in made


@pytest.mark.parametrize("name", ["quiet", "magazine", "labbook"])
def test_a_theme_of_ours_is_light_and_whole(root: Path, name: str) -> None:
    """A reference blog builds without a warning; no page is heavy."""
    options = BuildOptions(root, root / "_site", read_settings(root))
    report = check_theme(options, name)
    assert () == report.problems
    assert ["home", "post", "tag", "archive", "missing"] == [each.page for each in report.weights]
    assert all(each.compressed < LIMIT / 2 for each in report.weights)


def test_a_new_theme_passes_its_check(root: Path) -> None:
    """What `theme new` writes is a theme."""
    assert "themes/mine/theme.toml" in new_theme(root, "mine")
    assert {"labbook", "magazine", "mine", "quiet", "墨"} == {
        each.name for each in list_themes(root)
    }
    options = BuildOptions(root, root / "_site", read_settings(root))
    assert () == check_theme(options, "mine").problems
    with pytest.raises(SettingsError, match="exists already"):
        new_theme(root, "mine")


def test_the_command_lists_themes(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With their descriptions, and the options of one."""
    assert 0 == main(["--root", str(root), "theme", "list", "墨", "--json"])
    (theme,) = json.loads(capsys.readouterr().out)
    assert ("墨", "完") == (theme["name"], theme["options"]["tail"]["default"])


@pytest.mark.parametrize("name", ["quiet", "magazine", "labbook"])
def test_a_post_without_pictures_has_less_than_40_kb(root: Path, name: str) -> None:
    """700 words: HTML, one style sheet and one script, not compressed; the styles of lists stay
    out."""
    text = "## Part\n\n" + "Every number of a page was printed by its code. " * 11 + "\n\n"
    (root / "posts/2026-01-01-a.md").write_text("---\ntitle: A\ntags: [a, b]\n---\n\n" + text * 7)
    (root / "site.toml").write_text(f'title = "A"\nurl = "https://a.example"\ntheme = "{name}"\n')
    build(root)
    loaded = re.findall(r'<(?:link rel="stylesheet" href|script src)="/([^"]+)"', page(root))
    assert ["evergreen"] * 2 == [Path(each).name.partition(".")[0] for each in loaded]
    sizes = [len((root / "_site" / each).read_bytes()) for each in ("a/index.html", *loaded)]
    assert sum(sizes) < 40_000
