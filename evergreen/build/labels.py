"""What other posts may refer to in a post."""

from __future__ import annotations

from functools import partial

from evergreen.model import LabelTarget, Notebook, Post
from evergreen.model.numbering import label_id
from evergreen.render.numbering import number_things


def label_targets(post: Post, notebook: Notebook) -> tuple[LabelTarget, ...]:
    """Return what has a label that its author gave it, numbered as on the page; and the page, if
    its front matter has a label, as in mystmd."""
    given = {thing.label for thing in notebook.things if not thing.is_automatic}
    label = post.meta.get("label")
    own = label_id(label) if post.is_foreign and isinstance(label, str) else ""
    if not given and not own:
        return ()
    target = partial(LabelTarget, path=post.path, url=post.url, title=post.title, lang=post.lang)
    found = [
        target(
            label,
            kind=thing.kind,
            anchor="" if label == own else thing.anchor,
            number=thing.number,
            text=thing.text,
        )
        for label, thing in number_things(notebook.things, post.numbers).items()
        if label in given
    ]
    if own and own not in given:
        found.append(target(own, kind="sec", anchor="", number="", text=post.title))
    return tuple(found)
