"""Static files and their addresses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evergreen.render.languages import Language
from evergreen.site.assets import read_assets

TEMPLATES = Path(__file__).parent.parent / "templates"


def folder(root: Path, **files: str) -> Path:
    """A folder of templates with these assets; `__` stands for a slash."""
    for name, text in files.items():
        path = root / "assets" / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root


def test_named_by_content(tmp_path: Path):
    """A style sheet's name changes exactly when its content does; comments are not content."""
    one = read_assets([folder(tmp_path / "1", evergreen_css="/* 颜色 */\nbody { color: red }")])
    two = read_assets([folder(tmp_path / "2", evergreen_css="body { color: red }\n")])
    three = read_assets([folder(tmp_path / "3", evergreen_css="body { color: blue }")])
    assert one.urls == two.urls != three.urls
    assert one.artifacts[0].content == b"body{color:red}"
    assert one.artifacts[0].path == one.urls["evergreen.css"].lstrip("/")


def test_first_folder_wins(tmp_path: Path):
    """The blog's own file takes the place of the engine's; the engine's others stay."""
    own = folder(tmp_path / "own", evergreen_css="a{}")
    engine = folder(tmp_path / "engine", evergreen_css="b{}", evergreen_js="c()")
    assets = read_assets([own, engine])
    assert {artifact.content for artifact in assets.artifacts} == {b"a{}", b"c()"}


def test_theme_is_one_style_sheet(tmp_path: Path):
    """A theme holds the blog's style and its own; an unknown theme is the blog's style."""
    assets = read_assets([folder(tmp_path, evergreen_css="a{}", themes__Serif_css="b{}")])
    by_path = {artifact.path: artifact.content for artifact in assets.artifacts}
    assert by_path[assets.style("Serif").lstrip("/")] == b"a{}b{}"
    assert assets.style("Unknown") == assets.style("") == assets.urls["evergreen.css"]


def test_the_rules_of_a_theme_for_lists(tmp_path: Path):
    """A theme's `theme-lists.css` is joined to the style sheet that only lists load."""
    theme = folder(tmp_path / "theme")
    (tmp_path / "theme/assets").mkdir(parents=True)
    (tmp_path / "theme/assets/theme-lists.css").write_text("b{}")
    engine = folder(tmp_path / "engine", evergreen_css="c{}", lists_css="a{}")
    made = read_assets([theme, engine])
    names = {url.lstrip("/"): name for name, url in made.urls.items()}
    found = {names[each.path]: each.content for each in made.artifacts}
    assert {"evergreen.css": b"c{}", "lists.css": b"a{}b{}"} == found


def test_fonts_of_a_theme(tmp_path: Path):
    """Fonts that the blogger puts there are declared for the theme of their name, and no others."""
    folder(tmp_path, evergreen_css="a{}", themes__Plex_css="b{}", themes__Other_css="c{}")
    for name in ("Plex-Regular", "Plex-BoldItalic"):
        path = tmp_path / "assets" / "fonts" / f"{name}.woff2"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"wOF2")
    assets = read_assets([tmp_path])
    sheets = {a.path: a.content.decode() for a in assets.artifacts if a.path.endswith(".css")}
    plex = sheets[assets.style("Plex").lstrip("/")]
    assert 'url("fonts/Plex-BoldItalic.woff2")' in plex
    assert "font-weight:700;font-style:italic" in plex
    assert "@font-face" not in sheets[assets.style("Other").lstrip("/")]
    assert assets.urls["fonts/Plex-Regular.woff2"] == "/assets/fonts/Plex-Regular.woff2"


def test_strings_of_a_style_sheet_stay(tmp_path: Path):
    """Space and signs inside a string are not taken for the sheet's own."""
    sheet = """a { content: " { ; /* 甲 */ "; }\n/* 乙 */\nb, c { color: red; }"""
    assets = read_assets([folder(tmp_path, evergreen_css=sheet)])
    assert assets.artifacts[0].content.decode() == ('a{content:" { ; /* 甲 */ "}b,c{color:red}')


@pytest.mark.parametrize(
    "address",
    [
        "'a b.png'",
        '"a  (1).png"',
        "'it\\'s a.png'",
        "\"data:image/svg+xml,<svg viewBox='0 0 1 1'/>\"",
        "a.png",
        "7",
    ],
)
@pytest.mark.parametrize("space", ["", " "])
def test_addresses_of_a_style_sheet_stay(tmp_path: Path, address: str, space: str):
    """With the spaces in file names, in quotes or not; the space around them goes."""
    sheet = f"a {{ b: url({space}{address}{space}), url( c ) ; d: 'url( 0 )' }} /* url(e) */"
    packed = read_assets([folder(tmp_path, evergreen_css=sheet)]).artifacts[0].content.decode()
    assert packed == f"a{{b:url({address}),url(c);d:'url( 0 )'}}"


@pytest.mark.parametrize("name", ["a_js", "b_min_js"])
def test_scripts_of_the_blog_are_left_as_they_are(tmp_path: Path, name: str):
    """The engine's lose their comments; those of the blog may hold what a packer breaks."""
    script = "// 甲\nclass A {\n  #b = 1\n  #c = `${`d  e`}`\n}\nconst f = g => /h  i/.test(g)"
    made = read_assets([folder(tmp_path, **{name: script})]).artifacts
    assert [artifact.content.decode() for artifact in made] == [script]


def test_scripts_of_the_engine_are_packed():
    """They lose what only people need."""
    by_name = read_assets([TEMPLATES])
    path = by_name.urls["evergreen.js"].lstrip("/")
    packed = next(each.content for each in by_name.artifacts if each.path == path).decode()
    assert "//" not in packed.replace("://", "") and "function" in packed


def test_labels_are_css_strings(tmp_path: Path):
    """Texts of the style sheet are set by language, whatever signs they hold."""
    language = Language("zh", "中文", {"label_tip": '提"示\\</style>', "tags": "标签"}, ())
    sheet = read_assets([folder(tmp_path, evergreen_css="a{}")], [language]).artifacts[0].content
    assert sheet.decode() == ':lang(zh){--label-tip:"提\\22 示\\5c \\3c /style>"}a{}'


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` (WCAG 2.2)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [0, 1])
def test_every_colour_can_be_read(scheme: int):
    """Text, links and code have a contrast of at least 4.5 (AA) on each ground they stand on, by
    day and by night.
    """
    text = (TEMPLATES / "assets" / "evergreen.css").read_text("utf-8")
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", text)
    colours = {name: pair[scheme] for name, *pair in found}
    for name in ("ink", "soft", "accent", "fault", "warn"):
        for ground in ("paper", "panel", "wash"):
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
    for name in ("keyword", "string", "number", "name", "builtin", "soft", "fault"):
        assert contrast(colours[name], colours["panel"]) >= 4.5, name
    assert contrast(colours["warn"], colours["warn-wash"]) >= 4.5
    for name in ("fault", "string", "name", "number", "builtin", "soft", "warn"):
        assert contrast(colours[name], colours["fault-wash"]) >= 4.5, name
