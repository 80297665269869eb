"""What a post asks to be installed."""

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
    """Names, blanks, order and repetition do not tell two environments apart."""
    given = ["Scikit_Learn >=1.2, <2", "numpy", "numpy", "scikit-learn<2,>=1.2"]
    assert ("numpy", "scikit-learn<2,>=1.2") == normalize(given)


@pytest.mark.parametrize("text", ["-e .", "--index-url http://x", "numpy=1", "", "数 据", "a b"])
def test_what_is_none(text: str) -> None:
    """Options of pip, among others, are refused."""
    with pytest.raises(RequirementError, match="is not a valid requirement"):
        normalize([text])


def test_name() -> None:
    """A requirement is for one distribution, whatever else it says."""
    assert "scikit-learn" == distribution_name("Scikit_Learn[x]>=1; python_version > '3'")


def test_addresses() -> None:
    """A requirement may say where its distribution is."""
    found = [has_url(text) for text in ("a @ https://x/a.whl", "a==1; extra == '@ b'", "a")]
    assert [True, False, False] == found


def test_block() -> None:
    """The first cell may carry a script's metadata; its place in it is known."""
    assert ScriptMetadata(("tiny~=1.0",), 3) == read_block(BLOCK + "import tiny")


def test_lines_of_a_block() -> None:
    """A list may go over several lines, behind others."""
    source = "import os\n# /// script\n# dependencies = [\n#   'b',\n#   'a',\n# ]\n# ///"
    assert ScriptMetadata(("a", "b"), 3) == read_block(source)


@pytest.mark.parametrize("source", ["", "# script", "# /// tool\n# a = 1\n# ///", "# /// script"])
def test_no_block(source: str) -> None:
    """Other comments are comments."""
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
def test_faults_of_a_block(text: str, message: str, line: int) -> None:
    """What is wrong is told at its line."""
    with pytest.raises(RequirementError, match=message) as caught:
        read_block(f"# /// script\n{text}\n# ///\n")
    assert line == caught.value.line


@given(st.text(max_size=80))
def test_any_text(text: str) -> None:
    """No text is anything but a requirement or an error with advice."""
    try:
        assert normalize(normalize([text])) == normalize([text])
    except RequirementError as error:
        assert error.advice
