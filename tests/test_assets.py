"""Static files and their addresses."""

from __future__ import annotations

from pathlib import Path

from evergreen.assets import read_assets
from evergreen.languages import Language


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
    assert one.artifacts[0].content == b"body { color: red }"
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


def test_labels_are_css_strings(tmp_path: Path):
    """Texts of the style sheet are set by language, whatever signs they hold."""
    language = Language("zh", "中文", {"label_tip": '提"示\\</style>', "tags": "标签"}, ())
    sheet = read_assets([folder(tmp_path, evergreen_css="a{}")], [language]).artifacts[0].content
    assert sheet.decode() == (':lang(zh){--label-tip:"提\\22 示\\5c \\3c /style>";}\na{}')
