"""Which scripts a text may contain."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from evergreen.scripts import is_western, may_be_cjk


@given(st.text())
def test_cjk_is_from_u3000_on(text: str) -> None:
    """The bytes tell the same as the characters."""
    assert bool(re.search("[\u3000-\U0010ffff]", text)) == may_be_cjk(text)


@given(st.text())
def test_western_is_below_u0480_or_punctuation(text: str) -> None:
    """The bytes tell the same as the characters."""
    assert (not re.search("[\u0480-\u1fff\u3000-\U0010ffff]", text)) == is_western(text)


def test_a_lone_surrogate_is_no_error() -> None:
    """Such a text cannot be UTF-8; its readers take the longer way."""
    assert may_be_cjk("\ud800")
    assert not is_western("\ud800")
