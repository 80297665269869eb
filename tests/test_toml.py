"""TOML that cannot be parsed is explained in plain words, for each kind of mistake."""

import pytest

from evergreen.toml import TomlError, explained, parse_toml


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('a = "x\n', "a text is not closed"),
        ("a = 'x\n", "a text is not closed"),
        ('a = """x', "a text is not closed"),
        ("a = True", "not a valid value"),
        ("a.b = 1\na = 2", "a key is set twice"),
        ("a = {b = 1, b = 2}", "a key is set twice"),
        ("[a]\n[a]", "a table is declared twice"),
        ("a 1", "no '=' after the key"),
        ("a = 1 b = 2", "more text after the value"),
        ("a = [1\n", "a list is not closed"),
        ("a = {b = 1\n", "a table is not closed"),
        (r'a = "\q"', "a backslash between double quotes"),
        ("= 1", "not a setting"),
        ("[a", "a table's name is not closed"),
    ],
)
def test_message(text: str, message: str) -> None:
    """Each mistake has a message of its own, and advice."""
    with pytest.raises(TomlError, match=r".+: .+") as raised:
        parse_toml(text)
    assert raised.value.message == message


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("title = “博”", 9, "the character '“' is a wide one: write \""),
        ("title = ‘a’", 9, "the character '‘' is a wide one: write '"),
        ('title ＝ "博"', 7, "the character '＝' is a wide one: write ="),
        ('title： "a"', 6, "the character '：' is a wide one: write ="),
        ('tags = ["甲"，"b"]', 12, "the character '，' is a wide one: write ,"),
        ("［home］", 1, "the character '［' is a wide one: write ["),
        ("[home］", 6, "the character '］' is a wide one: write ]"),
        ("a = 1 ＃ 注", 7, "the character '＃' is a wide one: write #"),
    ],
)
def test_a_wide_character_is_told_at_its_place(text: str, column: int, message: str) -> None:
    """It looks like the one that TOML asks for."""
    with pytest.raises(TomlError) as raised:
        parse_toml(text)
    assert (1, column, message) == (raised.value.line, raised.value.column, str(raised.value))


def test_a_wide_character_in_a_text_is_none_of_a_mistake() -> None:
    """A text may have any."""
    assert {"a": "“博”，［注］＃"} == parse_toml('a = "“博”，［注］＃"')


def test_an_unknown_mistake() -> None:
    """Of any other mistake the parser's message is shown, with its place."""
    error = explained("Odd (at line 2, column 3)", "a\nb")
    assert (error.line, error.column, str(error)) == (2, 3, "Odd: see https://toml.io")
