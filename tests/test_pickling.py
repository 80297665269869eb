"""Values as bytes and back."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from evergreen.build.cache.pickling import dumps
from evergreen.errors import Problem
from evergreen.model import Artifact, ExistingContent, Heading, Page, Post
from evergreen.model.settings import ExecuteOptions

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


def test_posts_share_what_is_equal() -> None:
    """Options, names, tags, keywords and keys are kept once, however many posts are read."""
    post = replace(POST, tags=("标", "签"), meta={"题目": "甲"}, lines={"题目": 2})
    page = dumps(replace(PAGE, post=post, keywords=("词",)))
    one, other = pickle.loads(page), pickle.loads(page)
    assert replace(PAGE, post=post, keywords=("词",)) == one == other
    assert one.post.execute is other.post.execute
    assert one.post.check is other.post.check
    assert one.environment is other.environment
    assert one.keywords[0] is other.keywords[0]
    pairs = zip(
        (*one.post.tags, *one.post.meta, *one.post.lines, one.post.lang),
        (*other.post.tags, *other.post.meta, *other.post.lines, other.post.lang),
        strict=True,
    )
    assert all(here is there for here, there in pairs)


def test_options_of_other_types_are_kept_apart() -> None:
    """`1`, `1.0` and `True` are equal, but are read as what they were."""
    found = [pickle.loads(dumps(ExecuteOptions(seed=seed))).seed for seed in (1, True)]
    assert [int, bool] == list(map(type, found))


def test_smaller_than_their_own_way() -> None:
    """And read without it."""
    assert len(dumps(FILES)) < len(pickle.dumps(FILES, protocol=5))


def test_what_cannot_be_pickled() -> None:
    """Is said by pickle's own error."""
    with pytest.raises((pickle.PicklingError, AttributeError)):
        dumps(lambda: None)
