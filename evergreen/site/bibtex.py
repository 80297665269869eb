"""How to cite a post: an entry of BibTeX."""

from __future__ import annotations

import re

from evergreen.model import Post, Site
from evergreen.model.urls import absolute
from evergreen.regex import regex

_SPECIAL = regex(r"[#$%&_{}]")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


def bibtex(site: Site, post: Post) -> str:
    """Return an entry `@misc` for a post, which every style of BibTeX has."""
    fields = {
        "author": _people(post.author or site.author),
        "title": f"{{{_latex(post.title)}}}",
        "year": str(post.date.year),
        "month": _MONTHS[post.date.month - 1],
        "journal": _latex(site.title),
        "url": absolute(site, post.url),
    }
    lines = [
        f"  {name} = {text if name == 'month' else f'{{{text}}}'},"
        for name, text in fields.items()
        if text
    ]
    return "\n".join([f"@misc{{{_key(site, post)},", *lines, "}"]) + "\n"


def _key(site: Site, post: Post) -> str:
    """Return a key of ASCII letters and digits: family name, year, first word of the slug."""
    author = (post.author or site.author).partition(",")[0].split()
    words = [author[-1] if author else "", str(post.date.year), re.split(r"\W", post.slug)[0]]
    return re.sub(r"[^a-z0-9]", "", "".join(words).lower())


def _people(names: str) -> str:
    return _latex(names).replace(", ", " and ")


def _latex(text: str) -> str:
    """Escape what is special to LaTeX."""
    parts = (_SPECIAL.sub(r"\\\g<0>", part) for part in text.split("\\"))
    return r"\textbackslash{}".join(parts)
