"""Requirements of a post."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evergreen.model.requirements import (
    RequirementError,
    ScriptMetadata,
    distribution_name,
    has_url,
    normalize,
    read_block,
)

BLOCK = '# /// script\n# requires-python = ">=3.11"\n# dependencies = ["Tiny~=1.0"]\n# ///\n'


def test_one_spelling() -> None:
    """Case, spaces, order and repetition make no difference."""
    given = ["Scikit_Learn >=1.2, <2", "numpy", "numpy", "scikit-learn<2,>=1.2"]
    assert ("numpy", "scikit-learn<2,>=1.2") == normalize(given)


@pytest.mark.parametrize("text", ["-e .", "--index-url http://x", "numpy=1", "", "数 据", "a b"])
def test_invalid_requirements(text: str) -> None:
    """Options of pip, among others, are refused."""
    with pytest.raises(RequirementError, match="is not a valid requirement"):
        normalize([text])


def test_name() -> None:
    """A requirement has the name of one distribution."""
    assert "scikit-learn" == distribution_name("Scikit_Learn[x]>=1; python_version > '3'")


def test_addresses() -> None:
    """A requirement may have a URL."""
    found = [has_url(text) for text in ("a @ https://x/a.whl", "a==1; extra == '@ b'", "a")]
    assert [True, False, False] == found


def test_block() -> None:
    """The first cell may have inline script metadata."""
    assert ScriptMetadata(("tiny~=1.0",), 3) == read_block(BLOCK + "import tiny")


def test_lines_of_a_block() -> None:
    """The list of dependencies may span several lines."""
    source = "import os\n# /// script\n# dependencies = [\n#   'b',\n#   'a',\n# ]\n# ///"
    assert ScriptMetadata(("a", "b"), 3) == read_block(source)


@pytest.mark.parametrize("source", ["", "# script", "# /// tool\n# a = 1\n# ///", "# /// script"])
def test_no_block(source: str) -> None:
    """Other comments are not metadata."""
    assert read_block(source) is None


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ('# dependencies = "numpy"', "'dependencies' is not a list of texts", 2),
        ('# a = 1\n# dependencies = ["numpy=1"]', "'numpy=1' is not a valid requirement", 3),
        ('# requires-python = ">=99"', "the post asks for Python >=99", 1),
        ("# a = 1\n# b = = 2", "the script's metadata is not valid TOML", 3),
    ],
)
def test_problems_of_a_block(text: str, message: str, line: int) -> None:
    """Each problem has its line."""
    with pytest.raises(RequirementError, match=message) as caught:
        read_block(f"# /// script\n{text}\n# ///\n")
    assert line == caught.value.line


@given(st.text(max_size=80))
def test_any_text(text: str) -> None:
    """Any text is a valid requirement or raises an error with advice."""
    try:
        assert normalize(normalize([text])) == normalize([text])
    except RequirementError as error:
        assert error.advice
