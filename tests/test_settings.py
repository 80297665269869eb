"""site.toml → Site."""

from __future__ import annotations

from pathlib import Path

import pytest

from evergreen.errors import SettingsError
from evergreen.model import ExecuteOptions, RecordOptions, Site
from evergreen.settings import parse_settings, read_settings


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
        ("\npaginate = 0", "site.toml:2: 'paginate' is 0: give a whole number above 0"),
        ("paginate = true", "site.toml:1: 'paginate' is True: give a whole number above 0"),
        ("execute = 3", "site.toml:1: 'execute' is 3: write it as a table: [execute]"),
        (
            "[execute]\ntimeuot = 3",
            "site.toml:2: unknown setting 'execute.timeuot': did you mean 'timeout'?",
        ),
        ("[vendors]\na = 1", "site.toml:2: 'vendors.a' is 1: give a text in quotes"),
        ("languages = [1]", "site.toml:1: 'languages' is [1]: give a list of texts"),
        ("\na = ?", "site.toml:2:5: Invalid value: see https://toml.io"),
    ],
)
def test_a_wrong_key_is_named_with_the_right_one(text: str, expected: str) -> None:
    """path:line: what is wrong: what to do."""
    with pytest.raises(SettingsError) as caught:
        parse_settings(text)
    assert expected == str(caught.value)


def test_all_wrong_keys_are_told_together() -> None:
    """One reading finds them all."""
    with pytest.raises(SettingsError) as caught:
        parse_settings('titel = "x"\nlang = 3')
    assert [1, 2] == [problem.line for problem in caught.value.problems]
