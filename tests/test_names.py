"""Names of classes, and the first words of docstrings."""

from __future__ import annotations

import pytest

from tools.names import Text, opening_fault, package_texts, read_texts, same_names, unclear_openings

PLAIN = (
    "build",
    "preview",
    "site",
    "cli",
    "content",
    "model",
    "errors.py",
    "packaged.py",
    "paths.py",
    "settings.py",
    "__init__.py",
    "__main__.py",
)
"""Folders and modules of the package whose docstrings all begin with a verb."""


def test_no_two_public_classes_share_a_name() -> None:
    """No two public classes have the same name."""
    assert [] == list(same_names(package_texts()))


def test_docstrings_of_functions_begin_with_a_verb() -> None:
    """`python -m tools.names` lists the others."""
    texts = [each for each in package_texts() if each.file.split("/")[1] in PLAIN]
    assert [] == list(unclear_openings(texts))


def test_a_name_that_two_classes_share_is_reported_at_both() -> None:
    """Private classes may share names."""
    one = read_texts("a.py", "class Post: ...\nclass _Part: ...")
    two = read_texts("b.py", "\nclass Post: ...\nclass _Part: ...")
    lines = [line.partition(": Post:")[0] for line in same_names([*one, *two])]
    assert ["a.py:1", "b.py:2"] == lines


@pytest.mark.parametrize(
    "docstring",
    ["Return the posts.", "True if it runs.", "Parse;\n\nall of it.", "Check, then write.", ""],
)
def test_openings_that_pass(docstring: str) -> None:
    """An imperative verb, `True if`, or no docstring."""
    assert "" == opening_fault(docstring)


@pytest.mark.parametrize(
    "docstring",
    [
        "What is wrong.",
        "Whether it runs.",
        "The same for a list.",
        "Of two the newer.",
        "The posts.",
        "return the posts.",
        "Order of the cells.",
        "List of posts.",
        "Returns the posts.",
        "`a` as text.",
    ],
)
def test_openings_that_fail(docstring: str) -> None:
    """A question word, a noun, a verb in another form."""
    assert opening_fault(docstring)


def test_docstrings_of_properties_and_fields_may_be_nouns() -> None:
    """They describe a value, not a call."""
    source = 'class A:\n    """An a."""\n    x: int\n    """Its x."""\n'
    source += '    @property\n    def y(self) -> int:\n        """Its y."""\n'
    texts = read_texts("a.py", source)
    assert [] == list(unclear_openings(texts))
    assert Text("a.py", 3, "field", "x", "Its x.") in texts
    assert Text("a.py", 6, "property", "y", "Its y.") in texts
