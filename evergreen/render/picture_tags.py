"""Pictures in a body: their sizes, the copies that browsers choose from, when they load, and a link
to the whole picture.

What the author wrote in a tag stays. A first picture near the top of a page is asked for at once,
the others when a reader comes near.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape, unescape

from evergreen.model.picture import Picture
from evergreen.regex import regex

SIZES = "(max-width: 44rem) 100vw, 42rem"
"""Width of a picture in the text; see `--measure` in the style sheet."""
_NEAR = 4_000
"""Characters of a body that may be in the first window of a reader."""
_OURS = ' loading="lazy" decoding="async"'
"""What figures have from the beginning."""
_LARGE = 1_000
"""Pixels from which a picture has a link to the whole of it."""
_TAG = regex(
    r"<(?:(img)(?=[\s/>])((?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+)>|(/?)(a|picture|pre|button)(?=[\s>]))",
    re.I,
)
_ATTRIBUTE = regex(r"([^\s\"'<>/=]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'=<>`]+)))?")


def show_pictures(
    html: str,
    find: Callable[[str], Picture | None],
    base: str = "",
    first: bool = True,
    label: str = "",
) -> str:
    """Return a body whose pictures have sizes, copies and a time to load.

    `find` returns a picture by its URL. `base` is put before the paths of copies. The first picture
    loads at once unless `first` is False. `label` names the link of a picture without description.
    """
    if "<img" not in html and "<IMG" not in html:
        return html
    around: list[str] = []
    is_first = first

    def changed(found: re.Match[str]) -> str:
        nonlocal is_first
        if not found[1]:
            _follow(around, found)
            return found[0]
        if "pre" in around:
            return found[0]
        attributes = _attributes(found[2])
        picture = None if "picture" in around else find(attributes.get("src", ""))
        tag = _image(found[2], attributes, picture, base, is_first and found.start() < _NEAR)
        is_first = False
        if picture is None or not _is_enlarged(attributes, picture, around):
            return tag
        name = "" if attributes.get("alt") else f' aria-label="{escape(label)}"'
        return f'<a class="enlarge" href="{escape(attributes["src"])}"{name}>{tag}</a>'

    return _TAG.sub(changed, html)


def find_sources(html: str) -> Iterator[tuple[str, str]]:
    """Yield URL and description of each picture of a body."""
    for found in _TAG.finditer(html):
        if found[1]:
            attributes = _attributes(found[2])
            yield attributes.get("src", ""), attributes.get("alt", "")


def srcset(picture: Picture, base: str) -> str:
    """Return the copies of a picture as the value of `srcset`; "" without copies."""
    if len(picture.copies) == 1:
        return f"{base}/{picture.copies[0].path}"
    return ", ".join(f"{base}/{copy.path} {copy.width}w" for copy in picture.copies)


def _follow(around: list[str], found: re.Match[str]) -> None:
    """Note which elements are open."""
    name = found[4].lower()
    if not found[3]:
        around.append(name)
    elif name in around:
        del around[len(around) - 1 - around[::-1].index(name) :]


def _attributes(text: str) -> dict[str, str]:
    return {
        found[1].lower(): unescape(found[2] or found[3] or found[4] or "")
        for found in _ATTRIBUTE.finditer(text)
    }


def _image(
    text: str, attributes: dict[str, str], picture: Picture | None, base: str, is_first: bool
) -> str:
    """Return the tag with the attributes that it lacks; a figure's `loading` is ours."""
    text = text.rstrip().removesuffix("/").rstrip()
    added: dict[str, str] = {}
    if picture:
        added |= _size(attributes, picture)
        if picture.copies and "srcset" not in attributes:
            added["srcset"] = srcset(picture, base)
            if len(picture.copies) > 1:
                added["sizes"] = SIZES
            if picture.fallback:
                text = _with_source(text, f"{base}/{picture.fallback.path}")
    if is_first and _OURS in text:
        text = text.replace(_OURS, "")
        attributes = {k: v for k, v in attributes.items() if k not in ("loading", "decoding")}
    if is_first and "loading" not in attributes:
        added["fetchpriority"] = "high"
    elif not is_first:
        added["loading"] = "lazy"
    added["decoding"] = "async"
    new = {name: value for name, value in added.items() if name not in attributes}
    return f"<img{text}" + "".join(f' {name}="{escape(v)}"' for name, v in new.items()) + ">"


def _with_source(text: str, url: str) -> str:
    """Return the attributes with another `src`."""

    def other(found: re.Match[str]) -> str:
        return f'src="{escape(url)}"' if found[1].lower() == "src" else found[0]

    return _ATTRIBUTE.sub(other, text)


def _size(attributes: dict[str, str], picture: Picture) -> dict[str, str]:
    """Return width and height; one that the author gave decides the other."""
    width, height = attributes.get("width", ""), attributes.get("height", "")
    if not width and not height and "style" not in attributes:
        return {"width": str(picture.width), "height": str(picture.height)}
    if width.isdigit() and not height:
        return {"height": str(round(picture.height * int(width) / picture.width))}
    if height.isdigit() and not width:
        return {"width": str(round(picture.width * int(height) / picture.height))}
    return {}


def _is_enlarged(attributes: dict[str, str], picture: Picture, around: list[str]) -> bool:
    """True if a link to the whole picture helps: it is larger than the text is wide."""
    is_link = "a" in around or "button" in around or "picture" in around
    is_small = picture.width < _LARGE or attributes.get("width", "").isdigit()
    return not is_link and not is_small and "srcset" not in attributes
