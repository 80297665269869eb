"""Substitutions of MyST: `{{ key }}`."""

from __future__ import annotations

from typing import Any

import pytest

from evergreen.content.formats.substitutions import substitute

VALUES: dict[str, Any] = {
    "substitutions": {"a": "one", "b": "{{ a }} two", "c": {"d": 4}, "box": ":::{note}\nT\n:::"},
    "myst": {"substitutions": {"e": "five"}},
}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("{{ a }}, {{b}}, {{ c.d }} and {{ e }}", "one, one two, 4 and five"),
        ("`{{ a }}` $x^{{a}}$ {{ site.title }}", "`{{ a }}` $x^{{a}}$ {{ site.title }}"),
        ("{{ none }} {{< meta a >}}", "none {{< meta a >}}"),
    ],
)
def test_a_line(line: str, expected: str) -> None:
    """Values are inserted; code, formulas, Liquid and shortcodes stay; what has no value is shown
    as its name."""
    assert [(0, expected)] == substitute([line], VALUES, is_myst=True).lines


def test_a_value_of_several_lines() -> None:
    """Alone in its line it is written with its lines."""
    made = substitute(["x", "  {{ box }}", "y"], VALUES, is_myst=True)
    assert [(0, "x"), (1, "  :::{note}"), (1, "  T"), (1, "  :::"), (2, "y")] == made.lines


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        ("```{note}\n{{ a }}\n```", True),
        ("````{note}\n```{tip}\nx\n```\n{{ a }}\n````", True),
        (":::{note}\n{{ a }}\n:::", True),
        ("```python\n{{ a }}\n```", False),
        ("```{code-cell}\n{{ a }}\n```", False),
        ("$$\n{{ a }}\n$$", False),
        ("\\begin{align}\n{{ a }}\n\\end{align}", False),
    ],
)
def test_blocks(text: str, is_read: bool) -> None:
    """The content of a directive is text, that of code and formulas is not."""
    lines = [line for _, line in substitute(text.split("\n"), VALUES, is_myst=True).lines]
    assert is_read == ("one" in lines)


def test_what_is_not_defined_is_a_warning_at_its_place() -> None:
    """With line and column in the file."""
    problems = substitute(["x", "a {{ none }}"], {}, is_myst=True).problems("a.md", [4, 5])
    assert [str(each) for each in problems] == [
        "a.md:5:3: '{{ none }}' has no value: only its name is shown: "
        "define it at 'substitutions:' in the front matter, or in the project's file"
    ]


@pytest.mark.parametrize(("text", "is_myst"), [("{{ none }}", False), ("{% x %}{{ none }}", True)])
def test_other_files_and_liquid(text: str, is_myst: bool) -> None:
    """Braces of our own Markdown, and those beside a tag of Liquid, stay."""
    assert [(0, text)] == substitute([text], VALUES, is_myst=is_myst).lines
