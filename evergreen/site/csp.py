"""A page's Content-Security-Policy: only what stands in the page itself, and nothing else.

Scripts come from the site alone. A style that the body holds is allowed by its hash, a remote
picture, film, sound or frame by its host.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from evergreen.model import Site
from evergreen.site.absolute_links import remote_sources

_STYLE_ATTRIBUTE = re.compile(r"\sstyle\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.I)
_STYLE_ELEMENT = re.compile(r"<style(?=[\s>])[^>]*>(.*?)</style", re.I | re.S)
_SOUND = re.compile(r"""\bsrc=["']data:(?:audio|video)/""")
"""A sound or film that a cell has written into the page."""
_DIRECTIVES = {
    "img": "img-src",
    "image": "img-src",
    "video": "media-src",
    "audio": "media-src",
    "track": "media-src",
    "iframe": "frame-src",
    "embed": "frame-src",
}


def content_security_policy(
    site: Site,
    body: str = "",
    image: str = "",
    structured: str = "",
    frames: Iterable[str] = (),
    wasm: bool = False,
) -> str:
    """The policy (W3C, CSP Level 3) of a page with this body, hero image and JSON-LD, which may
    show frames of these origins; `wasm` lets the site's scripts compile WebAssembly.
    """
    sources: dict[str, set[str]] = {"img-src": {"'self'", "data:"}}
    for tag, url in [*remote_sources(body), ("img", image)]:
        if (host := _origin(url)) and host != site.url:
            # <source> stands in <picture> as well as in <video>.
            for name in [tag] if tag != "source" else ["img", "video"]:
                sources.setdefault(_DIRECTIVES[name], {"'self'"}).add(host)
    if _SOUND.search(body):
        sources.setdefault("media-src", {"'self'"}).add("data:")
    for origin in frames:
        sources.setdefault("frame-src", {"'self'"}).add(origin)
    if structured:
        sources["script-src"] = {"'self'", *_hashes([structured])}
    if wasm:
        sources.setdefault("script-src", {"'self'"}).add("'wasm-unsafe-eval'")
    if styles := _style_sources(body):
        sources["style-src"] = {"'self'", *styles}
    rest = [f"{name} {' '.join(sorted(sources[name]))}" for name in sorted(sources)]
    fixed = ["default-src 'self'", "base-uri 'none'", "form-action 'self'", "object-src 'none'"]
    return "; ".join([*fixed, *rest])


def _origin(url: str) -> str:
    """Scheme and host of a complete address, "" for anything that may not stand in a policy.

    Of `//host` the host alone: it stands for the scheme of the page, which is http in the preview.
    """
    try:
        parts = urlsplit(url.strip())
        host = parts.netloc.rpartition("@")[2].encode("idna").decode()
    except (UnicodeError, ValueError):
        return ""
    if parts.scheme not in ("http", "https", "") or not re.fullmatch(r"[\w.-]+(:\d+)?", host):
        return ""
    return f"{parts.scheme}://{host}" if parts.scheme else host


def _style_sources(body: str) -> set[str]:
    """Hashes of the body's own styles; attributes need 'unsafe-hashes' beside theirs."""
    if "style" not in body.lower():  # a pattern without regard to case takes far longer
        return set()
    attributes = {
        html.unescape(found[1] if found[1] is not None else found[2])
        for found in _STYLE_ATTRIBUTE.finditer(body)
    }
    elements = {found[1] for found in _STYLE_ELEMENT.finditer(body)}
    hashes = _hashes(attributes | elements)
    return {"'unsafe-hashes'", *hashes} if attributes else hashes


def _hashes(texts: Iterable[str]) -> set[str]:
    digests = (hashlib.sha256(text.encode("utf-8", "replace")).digest() for text in texts)
    return {f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests}
