"""Themes: which files they give, what their options change, and the command for them."""

from __future__ import annotations

import json
import re
import runpy
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Write

from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.build.theme_check import LIMIT, at_template, check_theme
from evergreen.build.theme_files import check_files
from evergreen.cli import main
from evergreen.cli.scaffold import new_theme
from evergreen.errors import Problem, SettingsError
from evergreen.model import Site
from evergreen.preview.blog.blog import LiveSite
from evergreen.settings import read_settings, settings_here
from evergreen.site.jinja import read_templates
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


def test_a_language_file_goes_over_the_built_in_one_by_text(root: Path) -> None:
    """One line changes one text; the others are the built-in ones of the same language."""
    (root / "themes/墨/languages/en.toml").write_text('older = "Further"\n')
    (root / "templates/languages").mkdir(parents=True)
    (root / "templates/languages/zh.toml").write_text('older = "更早的"\n', "utf-8")
    found = read_templates(BuildOptions(root, root, read_settings(root)).templates).languages
    keys = ("name", "older", "title_archive")
    assert ["墨语", "更早的", "归档"] == [found["zh"].text(key) for key in keys]
    assert ["English", "Further", "Archive"] == [found["en"].text(key) for key in keys]


def test_a_common_option_with_another_default_is_still_that_option(root: Path) -> None:
    """Its variable and its kind stay; the blog's own value goes over the default."""
    text = (
        '[options.accent]\ndefault = "#ff0000"\n[options.text_font]\ndefault = "Lora"\ndoc = "f"\n'
    )
    (root / "themes/墨/theme.toml").write_text(text)
    found = open_look(root, read_settings(root)).css
    assert ":root,:lang(zh){--accent:light-dark(#ff0000" in found
    assert ':root{--text:"Lora",var(--sans)}' in found
    (root / "site.toml").write_text('theme = "墨"\n[theme_options]\naccent = "teal"\n', "utf-8")
    assert "{--accent:light-dark(teal," in open_look(root, read_settings(root)).css


BROKEN = {
    "extra = 1": "unknown key 'extra': known: description, options",
    "description = 1": "'description' is 1: write a text",
    "[options.a]\ndefault = 1": "the option 'a' has no default or no doc: ",
    '[options.a]\ndefault = ""\ndoc = 1': "'doc' of the option 'a' is 1: write a text in quotes",
    '[options.a]\ndefault = ""\ndoc = "d"\nxss = ""': "the option 'a' has an unknown key",
    '[options.a]\ndefault = ""\ndoc = "d"\ncss = "x"': "'css' of the option 'a' is 'x': ",
    '[options.a]\ndefault = 2026-01-01\ndoc = "d"': "the default of 'a' is datetime.date(2026,",
    '[options.accent]\ndefault = ""\nkind = "text"': "the option 'accent', which every",
    '[options.a]\ndefault = "thick"\ndoc = "d"\nkind = "length"\ncss = "--a"': (
        "the default of 'a' is 'thick': write a number with its unit: 42rem"
    ),
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_wrong_description_of_a_theme_is_an_error(root: Path, text: str) -> None:
    """It names the file and the option."""
    (root / "themes/墨/theme.toml").write_text(text, "utf-8")
    with pytest.raises(SettingsError) as raised:
        open_look(root, read_settings(root))
    assert str(raised.value).startswith(f"themes/墨/theme.toml: {BROKEN[text]}")


VALUES = {
    "accent": (
        ("#7443a0 #c9abf0", "rgb(1 2 3 / 50%)", "color-mix(in oklab, red, var(--x))", "Teal"),
        ("#12", "red blue green", "redd", "rgb(1"),
    ),
    "width": (
        ("42rem", "0", "50%", "calc(3 * (1rem + 2px))", ".5em", "60ch"),
        ("40", "thick", "3x"),
    ),
    "text_font": (("Source Serif 4", "宋体"), ("A, B", 'A"')),
}


@pytest.mark.parametrize("key", VALUES)
def test_values_of_options_are_of_their_kind(root: Path, key: str) -> None:
    """A color is one of CSS, or two; a length has a unit; a font is one name."""
    found = []
    for value in (*VALUES[key][0], *VALUES[key][1]):
        try:
            open_look(root, replace(Site(), theme_options={key: value}))
            found.append(value)
        except SettingsError:
            pass
    assert list(VALUES[key][0]) == found


CHECKED = {
    ("post.html", '{% extends "evergreen/nosuch.html" %}'): (
        "error",
        "post.html:1: there is no template 'evergreen/nosuch.html'",
    ),
    ("pots.html", '{% extends "evergreen/post.html" %}'): (
        "warning",
        "pots.html: no page has this template, but posts with 'layout: pots'",
    ),
    ("post.html", '{% extends "evergreen/post.html" %}\n{% block afer %}x{% endblock %}'): (
        "warning",
        "post.html:2: nothing shows the block 'afer': did you mean 'after'?",
    ),
    ("page.html", "\n{% if %}"): ("error", "page.html:2: Expected an expression, got 'end of"),
    ("assets/theme.css", "a { b: '}' }\n.x { color: red"): (
        "error",
        "assets/theme.css:2: a rule that does not end: close it with }",
    ),
    ("assets/theme.css", "/* { */\na { b: url(nothere.svg) }"): (
        "error",
        "assets/theme.css:2: there is no file 'nothere.svg'",
    ),
    ("assets/theme.css", "a { b: url(x.svg) url('data:,{') url(/y.svg) }"): None,
}


@pytest.mark.parametrize("file", CHECKED)
def test_files_of_a_theme_are_checked(root: Path, file: tuple[str, str]) -> None:
    """A template that nothing uses, a block that nothing shows, a style sheet that is cut off."""
    folder = root / "themes/墨"
    (folder / "assets/x.svg").write_text("<svg/>")
    (folder / file[0]).write_text(file[1])
    found = [(each.severity, str(each)) for each in check_files(folder, "墨")]
    if wanted := CHECKED[file]:
        ((severity, message),) = found
        assert wanted[0] == severity
        assert message.startswith(f"themes/墨/{wanted[1]}")
    else:
        assert [] == found


def test_the_check_of_a_theme_finds_a_picture_that_is_not_there(root: Path) -> None:
    """At the line of the theme's template; an error of a template has the theme's path, too."""
    post = root / "themes/墨/post.html"
    text = '{% extends "evergreen/post.html" %}\n{% block after %}'
    post.write_text(f'{text}<img src="x.png" alt="">{{% endblock %}}')
    options = BuildOptions(root, root / "_site", read_settings(root))
    found = [str(each) for each in check_theme(options, "墨").problems]
    assert [
        each for each in found if each.startswith("themes/墨/post.html:2: ") and "x.png" in each
    ]
    post.write_text(text + "{{ 1 / 0 }}{% endblock %}")
    found = [str(each) for each in check_theme(options, "墨").problems]
    assert found[0].startswith("themes/墨/post.html:2: division by zero (for posts/")


def test_a_finding_of_a_validator_is_at_the_template(tmp_path: Path) -> None:
    """Its line is the one that gave the markup, with whatever value between."""
    (tmp_path / "post.html").write_text('{% block after %}\n<p foo="1">{{ theme.tail }}</p>\n')
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").write_text('a\n<p foo="1">Thank you</p>\n')
    found = Problem("index.html", 2, 0, "not allowed")
    assert "themes/t/post.html:2: not allowed (in index.html:2)" == str(
        at_template(found, tmp_path / "site", tmp_path, "t")
    )
    other = replace(found, line=1)
    assert other == at_template(other, tmp_path / "site", tmp_path, "t")


def test_a_large_font_is_loaded_last(root: Path) -> None:
    """Its rules are in a style sheet at the end of the page; the check of a theme counts it."""
    folder = root / "node_modules/@fontsource/noto-serif-sc"
    (folder / "files").mkdir(parents=True)
    (folder / "files/noto.woff2").write_bytes(b"font")
    face = (
        "@font-face {{ font-family: 'N'; src: url(./files/noto.woff2); unicode-range: U+{0:x}; }}\n"
    )
    (folder / "index.css").write_text("".join(face.format(0x4E00 + n) for n in range(120)))
    text = SETTINGS + 'theme = "墨"\n[theme_options]\ntext_font = "Noto Serif SC"\n'
    (root / "site.toml").write_text(text, "utf-8")
    build(root)
    assert "@font-face" not in style(root)
    assert '--text:"Noto Serif SC",var(--sans)' in style(root)
    last = re.findall(
        r'<link rel="stylesheet" href="/(assets/font-faces[^"]+)">\n</body>', page(root)
    )
    assert 120 == (root / "_site" / last[0]).read_text().count("@font-face")
    report = check_theme(BuildOptions(root, root / "_site", read_settings(root)), "墨")
    assert () == report.problems
    weights = {each.page: each.plain for each in report.weights}
    assert (root / "_site" / last[0]).stat().st_size == weights["fonts"]
    (root / "site.toml").write_text(text.replace("Serif SC", "Serif"), "utf-8")
    (warning,) = check_theme(BuildOptions(root, root, read_settings(root)), "墨").problems
    assert ("warning", "site.toml") == (warning.severity, warning.path)


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


def test_a_wrong_setting_is_told_at_its_line_by_a_build(root: Path) -> None:
    """An error of the theme's options, and a warning that the site gives."""
    text = SETTINGS + '[theme_options]\naccent = "#12"\n[comments]\nservice = "disquss"\n'
    (root / "site.toml").write_text(text, "utf-8")
    with pytest.raises(SettingsError) as raised:
        build(root)
    line = text.count("\n") - 2
    assert f"site.toml:{line}: 'theme_options.accent' is '#12': " in str(raised.value)
    (root / "site.toml").write_text(text.replace("#12", "#123"), "utf-8")
    report = publish(BuildOptions(root, root / "_site", read_settings(root)))
    wanted = f"site.toml:{line + 2}: 'comments.service' is 'disquss'"
    assert any(str(each).startswith(wanted) for each in report.problems)


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
    with pytest.raises(SettingsError, match="there is a theme of this name already"):
        new_theme(root, "quiet")


def test_the_command_lists_themes(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With their descriptions, and the options of one."""
    assert 0 == main(["--root", str(root), "theme", "list", "墨", "--json"])
    (theme,) = json.loads(capsys.readouterr().out)
    assert ("墨", "完") == (theme["name"], theme["options"]["tail"]["default"])
    assert 0 == main(["--root", str(root), "theme", "list", "墨"])
    assert '    tail: d Default: "完"\n' in capsys.readouterr().out
    assert 2 == main(["--root", str(root), "theme", "check", "nosuch"])
    assert capsys.readouterr().err.startswith("theme check nosuch: there is no theme 'nosuch'")


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
