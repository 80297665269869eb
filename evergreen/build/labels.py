"""What other posts may refer to in a post."""

from __future__ import annotations

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
    numbers = number_things(notebook.things, post.numbers)
    found = [
        LabelTarget(
            label,
            post.path,
            post.url,
            post.title,
            post.lang,
            thing.kind,
            "" if label == own else thing.anchor,
            thing.number,
            thing.text,
        )
        for label, thing in numbers.items()
        if label in given
    ]
    if own and own not in given:
        whole = LabelTarget(
            own, post.path, post.url, post.title, post.lang, "sec", "", "", post.title
        )
        found.append(whole)
    return tuple(found)
