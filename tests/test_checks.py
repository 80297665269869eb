"""How an author says what is to be compared: in cells, in a front matter, in site.toml."""

from __future__ import annotations

from typing import Any

import pytest

from evergreen.content.code_blocks import read_options
from evergreen.content.post import parse_post
from evergreen.errors import EvergreenError
from evergreen.model import CheckOptions, Site
from evergreen.settings import parse_settings


def cell(source: str, info: str = "python") -> dict[str, Any]:
    """What a cell asks for."""
    options = read_options(info, (), source)
    assert () == options.faults
    return dict(options.cell.check)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("#| check: exact", {"compare": "exact"}),
        ("#| check: ignore", {"compare": "ignore"}),
        ("#| check: image", {"compare": "image"}),
        ("#| check: false", {"compare": "ignore"}),
        ("#| check: rtol=1e-2", {"rtol": 0.01}),
        ("#| check: rtol=1e-2, atol=0.5", {"rtol": 0.01, "atol": 0.5}),
        ("#| check: {rtol: 1e-2}", {"rtol": 0.01}),
        ("#| tags: [check: exact]", {"compare": "exact"}),
        ('#| tags: ["check: rtol=1e-2"]', {"rtol": 0.01}),
        ("#| tags: check-ignore", {"compare": "ignore"}),
        ("#| tags: check:exact hide-input", {"compare": "exact"}),
        ("#| tags: [hide-input]", {}),
    ],
)
def test_cells(source: str, expected: dict[str, Any]) -> None:
    """As an option or as a tag."""
    assert expected == cell(source)


def test_info_strings() -> None:
    """Attributes behind the language, and classes."""
    assert {"compare": "exact"} == cell("1", "python {check=exact}")
    assert {"compare": "ignore"} == cell("1", "python {.check-ignore}")


@pytest.mark.parametrize("value", ["exakt", "rtol=viel", "rtol=-1", "[1]", "''", "{tol: 1}"])
def test_what_is_none_is_told(value: str) -> None:
    """At the line of the option."""
    faults = read_options("python", (), f"#| echo: true\n#| check: {value}\n1").faults
    assert [1] == [line for line, _, _ in faults]
    assert all("'check'" in message and "rtol=1e-2" in advice for _, message, advice in faults)


def test_a_post_takes_the_place_of_the_site() -> None:
    """Field by field."""
    site = parse_settings("[check]\nrtol = 1e-3\nsame_platform = true\n")
    post = parse_post("posts/2026-01-01-a.md", b"---\ncheck: {atol: 0.5}\n---\n", site)
    expected = CheckOptions("values", 1e-3, 0.5, True)
    asked = post.check
    assert expected == CheckOptions(asked.compare, asked.rtol, asked.atol, asked.same_platform)


def test_a_wrong_value_of_a_post_is_told() -> None:
    """At its line."""
    with pytest.raises(EvergreenError) as caught:
        parse_post("posts/2026-01-01-a.md", b"---\ntitle: x\ncheck: exakt\n---\n", Site())
    assert 3 == caught.value.problems[0].line


def test_a_wrong_setting_is_told() -> None:
    """With what may be given."""
    with pytest.raises(EvergreenError, match=r"site.toml:2: 'check.compare' is 'exakt'"):
        parse_settings('[check]\ncompare = "exakt"\n')
