"""The texts of the interface."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from evergreen.errors import EvergreenError
from evergreen.model import Site
from evergreen.render.languages import find_language, in_language, read_languages

TEMPLATES = Path(__file__).parent.parent / "templates"
LANGUAGES = read_languages([TEMPLATES])


def test_dates_in_the_format_of_the_language():
    """A date has the format of the language."""
    day = date(2026, 10, 6)
    assert LANGUAGES["zh"].date(day) == "2026 年 10 月 6 日"
    assert LANGUAGES["en"].date(day) == "6 October 2026"
    assert LANGUAGES["zh"].date(day, "month_day") == "10-06"
    assert LANGUAGES["en"].date(day, "month_day") == "Oct 6"


def test_count_of_one():
    """A text may have a form for a count of one."""
    assert LANGUAGES["en"].text("posts_count", count=1) == "1 post"
    assert LANGUAGES["en"].text("posts_count", count=2) == "2 posts"
    assert LANGUAGES["zh"].text("posts_count", count=1) == "1 篇"


def test_a_language_of_a_region():
    """`zh-CN` uses the Chinese texts and keeps its code; an unknown language uses English."""
    assert find_language(LANGUAGES, "zh-CN").text("archive") == "归档"
    assert find_language(LANGUAGES, "zh-CN").code == "zh-CN"
    assert find_language(LANGUAGES, "tlh").text("archive") == "Archive"


def test_a_new_language_is_a_file(tmp_path: Path):
    """A file in the blog's own folder adds a language; missing texts are English."""
    (tmp_path / "languages").mkdir()
    (tmp_path / "languages" / "fr.toml").write_text(
        'name = "Français"\ntags = "Étiquettes"\n', "utf-8"
    )
    french = read_languages([tmp_path, TEMPLATES])["fr"]
    assert (french.name, french.text("tags"), french.text("archive")) == (
        "Français",
        "Étiquettes",
        "Archive",
    )


def test_every_language_has_the_same_texts():
    """The included languages have the same keys, with the same fields."""
    english = LANGUAGES["en"]
    own = (TEMPLATES / "languages" / "zh.toml").read_text("utf-8")
    for key, text in english.texts.items():
        assert re.search(rf"^{key} = ", own, re.M), key
        if key not in ("date", "month_day"):
            assert set(re.findall(r"{(\w+)", LANGUAGES["zh"].texts[key])) == set(
                re.findall(r"{(\w+)", text)
            )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", "not a valid value"),
        ("name = 1", "'name' must be a text, not 1"),
        ("months = ['一月']", "'months' must be a list of twelve names"),
    ],
)
def test_a_broken_language_file_is_named(tmp_path: Path, text: str, message: str):
    """An error in a language file names the file."""
    file = tmp_path / "templates/languages/zh.toml"
    file.parent.mkdir(parents=True)
    file.write_text(text, "utf-8")
    with pytest.raises(EvergreenError) as raised:
        read_languages([tmp_path / "templates"])
    assert (raised.value.problems[0].path, raised.value.problems[0].message) == (
        "templates/languages/zh.toml",
        message,
    )


def test_the_blog_in_another_language():
    """Title and description are those of the language, else the defaults."""
    site = Site("长青", "会运行的博客", titles={"en": "Evergreen"}, descriptions={"en": "It runs."})
    assert (in_language(site, "en").title, in_language(site, "en").description) == (
        "Evergreen",
        "It runs.",
    )
    assert in_language(site, "zh") == in_language(site, "fr") == site
