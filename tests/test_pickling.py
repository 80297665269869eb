"""Values as bytes and back."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime

import pytest

from evergreen.build.cache.pickling import dumps
from evergreen.errors import Problem
from evergreen.model import Artifact, ExistingContent, Heading, Page, Post

POST = Post("posts/甲.md", "甲", "题", datetime(2026, 1, 1, tzinfo=UTC), "/甲/", "", 4, "zh")
FILES = (Artifact("图.png", b"\x89"), Artifact("b.png", ExistingContent("ab" * 32), "a.md"))
PAGE = Page(POST, "<p>正文</p>", toc=(Heading(2, "节", "节", (Heading(3, "a", "a"),)),))


def test_values_come_back() -> None:
    """Equal, with fields that equality leaves out."""
    value = {"页": PAGE, "files": FILES, "problems": [Problem("甲.md", 3, message="错")]}
    assert value == pickle.loads(dumps(value))
    assert ["", "a.md"] == [file.source for file in pickle.loads(dumps(FILES))]


def test_one_value_stays_one() -> None:
    """What is shared is shared again."""
    first, second = pickle.loads(dumps([POST, POST]))
    assert first is second


def test_smaller_than_their_own_way() -> None:
    """And read without it."""
    assert len(dumps([PAGE] * 2)) < len(pickle.dumps([PAGE] * 2, protocol=5))


def test_what_cannot_be_pickled() -> None:
    """Is said by pickle's own error."""
    with pytest.raises((pickle.PicklingError, AttributeError)):
        dumps(lambda: None)
