"""How often garbage is collected."""

from __future__ import annotations

import gc

import pytest

from evergreen.build.gc_tuning import THRESHOLD, seldom_collecting, setting_up


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


def test_what_a_server_has_read_is_left_alone() -> None:
    """Nothing is collected during the start, and what is there then is never looked at again."""
    before = gc.get_freeze_count()
    try:
        with setting_up():
            assert not gc.isenabled()
            kept = [["页"] for _ in range(1_000)]
        assert gc.isenabled()
        assert len(kept) <= gc.get_freeze_count() - before
    finally:
        gc.unfreeze()
