"""Reading site.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from evergreen.errors import Problem, SettingsError
from evergreen.model import ExecuteOptions, RecordOptions, Site
from evergreen.settings import at_lines, parse_settings, read_settings, settings_here


def test_no_file_gives_the_defaults(tmp_path: Path) -> None:
    """A blog needs no settings."""
    assert Site() == read_settings(tmp_path)


def test_keys_and_tables() -> None:
    """Keys are the fields of the dataclasses."""
    text = (
        'title = "博客"\nlanguages = ["en"]\nurl = "https://x.example/"\nbaseurl = "blog/"\n'
        '[vendors]\ngstatic = "https://g.example"\n[execute]\ntimeout = 5\nseed = 42\n'
        '[records]\npath = "records"\n[extra]\nanything = [1]\n'
    )
    assert Site(
        title="博客",
        languages=("en",),
        url="https://x.example",
        baseurl="/blog",
        vendors={"gstatic": "https://g.example"},
        execute=ExecuteOptions(timeout=5, seed=42),
        records=RecordOptions("records"),
        extra={"anything": [1]},
    ) == parse_settings(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('titel = "x"', "site.toml:1: unknown setting 'titel': did you mean 'title'?"),
        ("\npaginate = 0", "site.toml:2: 'paginate' is 0: write a whole number above 0"),
        ("paginate = true", "site.toml:1: 'paginate' is true: write a whole number above 0"),
        ("execute = 3", "site.toml:1: 'execute' is 3: write it as a table: [execute]"),
        (
            "[execute]\ntimeuot = 3",
            "site.toml:2: unknown setting 'execute.timeuot': did you mean 'timeout'?",
        ),
        ("[vendors]\na = 1", "site.toml:2: 'vendors.a' is 1: write a text in quotes"),
        ("languages = [1]", "site.toml:1: 'languages' is [1]: write a list of texts"),
        (
            "\na = ?",
            'site.toml:2:5: not a valid value: write text in quotes, and "true" or "false" without',
        ),
        (
            'a = "x',
            "site.toml:1: a text is not closed: "
            "end it with the quote that begins it, on the same line",
        ),
        ("title = 1\ntitle = 2", "site.toml:2: a key is set twice: remove one of the two"),
        (
            "[extra]\na = 1\n[extra]",
            "site.toml:3:7: a table is declared twice: join the two",
        ),
        (f"a = {'[' * 5000}", "site.toml: values nested too deeply: make it flat"),
        (
            f"a = {'9' * 5000}",
            "site.toml:1: a number of too many digits: write a shorter one",
        ),
        ("title = 2026-01-01", "site.toml:1: 'title' is 2026-01-01: write a text in quotes"),
        ("execute.timeout = inf", "site.toml:1: 'execute.timeout' is inf: write a number above 0"),
        (
            "[extra]\ntimeout = 'x'\n[execute]\n\n timeout = 'x'",
            "site.toml:5: 'execute.timeout' is 'x': write a number above 0",
        ),
        ("execute = {seed = -1}", "site.toml:1: 'execute.seed' is -1: write a whole number from 0"),
        (
            "[execute]\ndrop_stderr = ['(']",
            "site.toml:2: 'execute.drop_stderr' is '(': write regular expressions",
        ),
        (
            "url = 'blog.example'",
            "site.toml:1: 'url' is 'blog.example': write scheme and host: https://blog.example",
        ),
        (
            "baseurl = '/../x'",
            "site.toml:1: 'baseurl' is '/../x': write the path below the host: /blog",
        ),
        ("lang = '../..'", "site.toml:1: 'lang' is '../..': write a language's tag: en, zh, pt-BR"),
        (
            "[records]\npath = '../..'",
            "site.toml:2: 'records.path' is '../..': write a folder in the blog: records",
        ),
        (
            "[records]\npath = '.'",
            "site.toml:2: 'records.path' is '.': write a folder in the blog: records",
        ),
        (
            "lang = 'chinese'",
            "site.toml:1: 'lang' is 'chinese': write a language's tag: en, zh, pt-BR",
        ),
        (
            "languages = ['en', '<b>']",
            "site.toml:1: 'languages' is '<b>': write tags of languages: en, zh, pt-BR",
        ),
        (
            "permalink = '/:titel/'",
            "site.toml:1: 'permalink' is '/:titel/': write a pattern like /:categories/:title/",
        ),
        (
            "permalink = '/../:title/'",
            "site.toml:1: 'permalink' is '/../:title/': write a pattern like /:categories/:title/",
        ),
        (
            "[vendors]\na = 'javascript:x'",
            "site.toml:2: 'vendors.a' is 'javascript:x': write scheme and host: https://pictures.example",
        ),
        (
            'records.path = "a\\u0000b"',
            "site.toml:1: 'records.path' has a control character: remove it",
        ),
    ],
)
def test_an_invalid_setting_is_reported_at_its_line(text: str, expected: str) -> None:
    """Messages have the form path:line: what is wrong: what to do."""
    with pytest.raises(SettingsError) as caught:
        parse_settings(text)
    assert expected == str(caught.value)


@pytest.mark.parametrize("value", ["pretty", "/:year/:title.html", "/blog/:title/", "/"])
def test_permalinks(value: str) -> None:
    """Jekyll's styles and patterns are accepted."""
    assert value == parse_settings(f"permalink = '{value}'").permalink


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "title = '题'\nlang = '".encode() + b"\xff'",
            "site.toml:2: byte 22 is not UTF-8: save it as UTF-8",
        ),
        ("title = 'x'".encode("utf-16"), "site.toml:1: byte 0 is not UTF-8: save it as UTF-8"),
    ],
)
def test_bytes_that_are_not_utf8(tmp_path: Path, source: bytes, expected: str) -> None:
    """The first byte that is not UTF-8 is reported."""
    (tmp_path / "site.toml").write_bytes(source)
    with pytest.raises(SettingsError) as caught:
        read_settings(tmp_path)
    assert expected == str(caught.value)


def test_a_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    """Both are ignored."""
    (tmp_path / "site.toml").write_bytes(b"\xef\xbb\xbftitle = 'x'\r\nlang = 'zh'\r\n")
    assert Site(title="x", lang="zh") == read_settings(tmp_path)


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    """A site.toml that cannot be read is an error."""
    (tmp_path / "site.toml").mkdir()
    with pytest.raises(SettingsError) as caught:
        read_settings(tmp_path)
    assert "site.toml: cannot be read: Is a directory: make it a readable file" == str(caught.value)


def test_all_wrong_keys_are_reported_together() -> None:
    """All wrong keys are reported at once."""
    with pytest.raises(SettingsError) as caught:
        parse_settings('titel = "x"\nlang = 3')
    assert [1, 2] == [problem.line for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("url = 'https://me.example/blog/'", ("https://me.example", "/blog")),
        ("url = 'https://me.example/a/博客'", ("https://me.example", "/a/博客")),
        ("url = 'https://me.example/%E5%8D%9A'", ("https://me.example", "/博")),
        ("url = 'https://me.example/blog'\nbaseurl = 'blog/'", ("https://me.example", "/blog")),
        ("url = 'https://me.example'\nbaseurl = '/blog'", ("https://me.example", "/blog")),
    ],
)
def test_a_path_in_url_is_used_whole(text: str, expected: tuple[str, str]) -> None:
    """A path in `url` means the same as `baseurl`."""
    site = parse_settings(text)
    assert expected == (site.url, site.baseurl)


def test_two_paths_are_refused() -> None:
    """Paths in both `url` and `baseurl` are an error if they differ."""
    with pytest.raises(SettingsError) as caught:
        parse_settings("title = 'x'\nurl = 'https://me.example/a'\nbaseurl = '/b'")
    expected = (
        "site.toml:2: 'url' has the path '/a', and 'baseurl' is '/b': "
        'write url = "https://me.example" and the whole path in baseurl'
    )
    assert expected == str(caught.value)


@pytest.mark.parametrize(
    ("text", "address", "expected"),
    [
        ("", "https://me.github.io/blog", ("https://me.github.io", "/blog")),
        ("", "https://me.github.io", ("https://me.github.io", "")),
        ("", "", ("", "")),
        ("baseurl = '/own'", "https://me.github.io/blog", ("https://me.github.io", "/own")),
        ("url = 'https://own.example'", "https://me.github.io/b", ("https://own.example", "")),
    ],
)
def test_the_address_of_the_host_is_used_where_the_blog_gives_none(
    text: str, address: str, expected: tuple[str, str], tmp_path: Path
) -> None:
    """A workflow sets EVERGREEN_URL; site.toml overrides it."""
    (tmp_path / "site.toml").write_text(text, "utf-8")
    site = settings_here(tmp_path, {"EVERGREEN_URL": address})
    assert expected == (site.url, site.baseurl)


def test_a_wrong_address_of_the_host_is_named(tmp_path: Path) -> None:
    """The message names the variable."""
    with pytest.raises(
        SettingsError, match=r"EVERGREEN_URL is 'me.github.io': write scheme and host"
    ):
        settings_here(tmp_path, {"EVERGREEN_URL": "me.github.io"})


@pytest.mark.parametrize("path", ["records", "./记录/", ".cache/records"])
def test_records_are_in_the_blog(path: str) -> None:
    """However their folder is written."""
    assert path == parse_settings(f"[records]\npath = '{path}'").records.path


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Pacific/Kiritimati", "-11:00", "+0545", "UTC"])
def test_time_zones(zone: str) -> None:
    """Names of the tz database and offsets are accepted."""
    assert zone == parse_settings(f"timezone = '{zone}'").timezone


@pytest.mark.parametrize("zone", ["Peking", "../etc/passwd", "+8", "8", "Asia/"])
def test_what_is_not_a_time_zone_is_refused(zone: str) -> None:
    """The message gives valid examples."""
    with pytest.raises(SettingsError, match=r"write a zone's name or offset: Asia/Shanghai, \+08"):
        parse_settings(f"timezone = '{zone}'")


def test_an_unknown_option_of_the_dialect_is_an_error_at_its_line() -> None:
    """The message suggests the nearest name; every name of kramdown's is taken."""
    with pytest.raises(SettingsError) as raised:
        parse_settings('title = "博"\n\n[kramdown]\ninput = "GFM"\nhard_rap = true\n')
    wanted = "site.toml:5: unknown setting 'kramdown.hard_rap': did you mean 'hard_wrap'?"
    assert wanted == str(raised.value)
    options = parse_settings('kramdown = {math_engine = "mathjax", hard_wrap = true}').kramdown
    assert {"math_engine": "mathjax", "hard_wrap": True} == options


AT_LINES = {
    "there is no theme '墨水'": 2,
    "'theme_options.accent' is '#12'": 5,
    "'comments.service' is 'disquss'": 7,
    "'home.text' is not set": 0,
    "no name in it": 0,
}


@pytest.mark.parametrize("message", AT_LINES)
def test_a_problem_of_a_setting_is_at_its_line(tmp_path: Path, message: str) -> None:
    """It is found by the name or the value that the message quotes; others have no line."""
    text = (
        'title = "博"\ntheme = "墨水"\n\n[theme_options]\naccent = "#12"\n[comments]\n'
        "service = 'disquss'\n"
    )
    (tmp_path / "site.toml").write_text(text, "utf-8")
    given = [Problem("site.toml", 0, 0, message), Problem("posts/a.md", 0, 0, message)]
    assert [AT_LINES[message], 0] == [each.line for each in at_lines(tmp_path, given)]
