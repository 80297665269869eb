"""How often garbage is collected."""

from __future__ import annotations

import gc

import pytest

from evergreen.build.gc_tuning import THRESHOLD, seldom_collecting


def test_seldom_within_the_block() -> None:
    """Cycles still go, when there are many of them."""
    with seldom_collecting():
        assert THRESHOLD == gc.get_threshold()[0]
        assert gc.isenabled()


def test_as_before_after_it() -> None:
    """Also when the block raises."""
    before = gc.get_threshold()
    with pytest.raises(ValueError, match="错"), seldom_collecting():
        raise ValueError("错")
    assert before == gc.get_threshold()
