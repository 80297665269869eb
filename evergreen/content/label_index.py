"""The labels of all posts, for references from one post to another.

Labels that an author gives belong to the whole blog, as in Sphinx; those that are made of the text
of a heading only to their post.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from evergreen.dataclass import dataclass
from evergreen.markdown.cross_references import split_label
from evergreen.model import LabelTarget, Post
from evergreen.model.hashing import sha256
from evergreen.model.numbering import label_id


@dataclass(frozen=True)
class LabelIndex:
    """What has a label in the posts that are published."""

    read: Callable[[], Iterable[LabelTarget]] = tuple
    """Called on first use."""

    @cached_property
    def targets(self) -> Mapping[str, tuple[LabelTarget, ...]]:
        """Return what has each label, by path of the post; the first of a post counts."""
        found: dict[str, dict[str, LabelTarget]] = {}
        for target in self.read():
            found.setdefault(target.label, {}).setdefault(target.path, target)
        return {label: tuple(map(by.__getitem__, sorted(by))) for label, by in found.items()}

    def find(self, label: str, post: Post) -> tuple[LabelTarget, ...]:
        """Return what has a label in other posts; of translations, that in the post's language."""
        found = [each for each in self._named(label) if each.path != post.path]
        return tuple(each for each in found if each.lang == post.lang) or tuple(found)

    def state(self, label: str) -> str:
        """Return a hash of what has a label; "" if nothing has it."""
        found = self._named(label)
        return sha256(repr(found)) if found else ""

    def known(self, label: str) -> str:
        """Return the label of a reference without the words of Chinese right behind it."""
        return split_label(label, self.targets)[0]

    def _named(self, label: str) -> tuple[LabelTarget, ...]:
        known = self.known(label)
        return self.targets.get(known) or self.targets.get(label_id(known), ())


class LabelsNeeded(Exception):
    """A post refers to labels of other posts before all posts have been read."""

    def __init__(self, labels: tuple[LabelTarget, ...]) -> None:
        """Take what has a label in this post."""
        super().__init__(labels)
        self.labels = labels
