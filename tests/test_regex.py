"""Regular expressions compiled when they are first used."""

from __future__ import annotations

import gc
import importlib
import pickle
import pkgutil
import re

import pytest

import evergreen
from evergreen.regex import compile_atomic, regex


def test_methods_are_those_of_the_pattern() -> None:
    assert regex(r"(?P<word>\w+)").sub(r"<\1>", "机器 学习") == "<机器> <学习>"


def test_flags_count() -> None:
    found = regex("^b$", re.M | re.I).search("a\nB")
    assert found is not None


def test_bytes() -> None:
    assert regex(rb"\d+").findall(b"1 22") == [b"1", b"22"]


def test_attributes_are_those_of_the_pattern() -> None:
    assert regex("(?P<year>\\d{4})", re.M).groupindex == {"year": 1}


def test_a_copy_by_pickle_finds_the_same() -> None:
    assert pickle.loads(pickle.dumps(regex("a+", re.I))).match("AAb")[0] == "AA"


def test_a_mistake_is_raised_by_the_first_use() -> None:
    pattern = regex("(")
    with pytest.raises(re.error):
        pattern.match("")


def import_all() -> None:
    """Import all modules of the package but those that run in the posts' processes."""
    for found in pkgutil.walk_packages(evergreen.__path__, "evergreen."):
        if not re.search(r"\.(in_kernel|kernels|__main__)\b", found.name):
            importlib.import_module(found.name)


def test_each_pattern_of_the_package_compiles() -> None:
    import_all()
    gc.unfreeze()  # a preview of another test has frozen what was there
    lazy = type(regex(""))
    found = {each for each in gc.get_objects() if type(each) is lazy}
    assert len([re.compile(each.pattern, each._flags) for each in found]) > 800


@pytest.mark.parametrize(
    ("pattern", "text", "end"),
    [
        (r"(?:a|ab)*+", "aab", 2),
        (r"(?:[ \t]*\n)*+x", " \n\t\nx", 5),
        (r"(?:(?:\t| {4})[^\n]*\n|[ \t]*\n)*+文", "    a\n \n\tb\n文", 12),
        (r"(?:(?:.*\n)(?:(?:[ ]*\n)*+b\n)?)++c", "a\n\nb\nc", 6),
        (r"a++b?+[cd]{1,2}+", "aabcd", 5),
    ],
)
def test_atomic_groups_match_what_possessive_quantifiers_do(
    pattern: str, text: str, end: int
) -> None:
    assert regex(pattern).match(text).end() == end
    assert compile_atomic(pattern).match(text).end() == end


@pytest.mark.parametrize("pattern", [r"a*+a", r"(?:ab?)++b", r"(?>a*)a", r"(?:a|ab)?+b\Z"])
def test_atomic_groups_give_nothing_back(pattern: str) -> None:
    assert compile_atomic(pattern).match("aab") is None
