"""A page's Content-Security-Policy: only what the page itself and its templates hold.

Scripts come from the site and from what templates, settings and posts load; scripts, styles and
handlers that are written in the page are allowed by their hashes, what is loaded from other hosts
by the host. Of the scripts in a body only those run that its author wrote (`Page.scripts`).
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from types import MappingProxyType
from urllib.parse import urlsplit

from markupsafe import escape

from evergreen.dataclass import dataclass
from evergreen.model import Site
from evergreen.model.urls import is_complete
from evergreen.regex import regex
from evergreen.site.absolute_links import remote_sources
from evergreen.site.analytics import find_analytics

# Patterns that begin with few possible letters are found several times as fast as those that begin
# with a blank or ignore case; the look behind asks for the blank.
_STYLE_ATTRIBUTE = regex(r"[sS](?<=\s[sS])[tT][yY][lL][eE]\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_MAY_HAVE_STYLE = regex(r"style\s*=")
_STYLE_ELEMENT = regex(r"<style(?=[\s>])[^>]*>(.*?)</style", re.I | re.S)
_Sources = dict[str, set[str]]
"""Directive → its sources."""
_SCRIPT = regex(r"<script((?:\s[^>]*)?)>(.*?)</script\s*>", re.I | re.S)
_ANY_HANDLER = regex(r"[oO](?<=\s[oO])[nN][a-zA-Z]+\s*=")
_HANDLER = regex(r"<[a-z][^<>]*?\son[a-z]+\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.I)
_LINK = regex(r"<(link|form)(\s[^<>]*)>", re.I)
_FONTS = {"https://fonts.googleapis.com": "https://fonts.gstatic.com"}
"""Hosts of style sheets whose fonts come from another."""
_OPEN = ("script-src", "style-src", "font-src", "img-src", "media-src", "frame-src", "connect-src")
"""What `[csp] allow` opens."""
_SOUND = regex(r"""\bsrc=["']data:(?:audio|video)/""")
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


PLACEHOLDER = "evergreen-content-security-policy"
"""What a template writes for a policy, which depends on what the template writes."""


@dataclass(frozen=True, slots=True)
class PagePolicy:
    """What the policy of a page depends on besides its templates; a template prints it."""

    body: str = ""
    """HTML of the post."""
    scripts: tuple[str, ...] = ()
    """Script elements of the body that may run."""
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Directive → further sources, of services."""

    def __str__(self) -> str:
        return PLACEHOLDER

    def fill_in(self, site: Site, page: str) -> str:
        """Return the page with its policy in place of the placeholder."""
        if PLACEHOLDER not in page:
            return page
        around = page.replace(self.body, "", 1) if self.body else page
        policy = content_security_policy(
            site, self.body, around, scripts=self.scripts, sources=self.sources
        )
        return page.replace(PLACEHOLDER, str(escape(policy)), 1)


def content_security_policy(
    site: Site,
    body: str = "",
    around: str = "",
    *,
    scripts: Iterable[str] = (),
    sources: Mapping[str, Iterable[str]] = MappingProxyType({}),
) -> str:
    """Return the policy (W3C, CSP Level 3) of a page with a body and the HTML around it.

    `scripts` are elements of the body that may run, `sources` further sources by directive.
    """
    found: _Sources = {"img-src": {"'self'", "data:"}}
    _add_media(found, site, f"{body}\n{around}")
    own = [each[0] for each in _SCRIPT.finditer(around) if each[0] not in body]
    _add_scripts(found, site, [*own, *scripts])
    if _ANY_HANDLER.search(around):
        _add_handlers(found, [each for each in _HANDLER.finditer(around) if each[0] not in body])
    _add_links(found, site, around)
    if styles := _style_sources(body) | _style_sources(around):
        _add(found, "style-src", *styles)
    analytics = find_analytics(site)
    for name, origins in (*sources.items(), *(analytics.sources.items() if analytics else ())):
        _add(found, name, *origins)
    for name in _OPEN if site.csp.allow else ():
        _add(found, name, *site.csp.allow)
    forms = sorted({"'self'"} | found.pop("form-action", set()))
    rest = [f"{name} {' '.join(sorted(found[name]))}" for name in sorted(found)]
    form = f"form-action {' '.join(forms)}"
    return "; ".join(["default-src 'self'", "base-uri 'none'", form, "object-src 'none'", *rest])


def _add(found: _Sources, name: str, *origins: str) -> None:
    found.setdefault(name, {"'self'"}).update(origins)


def _add_media(found: _Sources, site: Site, text: str) -> None:
    for tag, url in remote_sources(text):
        if (host := _origin(url)) and host != site.url:
            # <source> is allowed in <picture> and in <video>.
            for name in [tag] if tag != "source" else ["img", "video"]:
                _add(found, _DIRECTIVES[name], host)
    if ("data:audio" in text or "data:video" in text) and _SOUND.search(text):
        _add(found, "media-src", "data:")


def _add_scripts(found: _Sources, site: Site, elements: Iterable[str]) -> None:
    """Add scripts, and all of their hosts: what they load and send is not known."""
    for element in filter(None, map(_SCRIPT.match, elements)):
        if source := _attribute(element[1], "src"):
            host = _origin(source) if is_complete(source) else ""
            if host and host != site.url:
                for name in ("script-src", "connect-src", "img-src"):
                    _add(found, name, host)
        elif element[2]:
            _add(found, "script-src", *_hashes([element[2]]))


def _add_handlers(found: _Sources, handlers: Iterable[re.Match[str]]) -> None:
    codes = {html.unescape(each[1] or each[2] or "") for each in handlers}
    if codes:
        _add(found, "script-src", "'unsafe-hashes'", *_hashes(codes))


def _add_links(found: _Sources, site: Site, text: str) -> None:
    """Style sheets, with the fonts that they load, scripts that are loaded ahead, and forms."""
    for element in _LINK.finditer(text):
        url = _attribute(element[2], "href") or _attribute(element[2], "action")
        host = _origin(url) if is_complete(url) else ""
        if not host or host == site.url:
            continue
        if element[1].lower() == "form":
            _add(found, "form-action", host)
        elif "stylesheet" in _attribute(element[2], "rel").lower():
            _add(found, "style-src", host)
            _add(found, "font-src", _FONTS.get(host, host))


def _attribute(attributes: str, name: str) -> str:
    if name not in attributes.lower():
        return ""
    found = re.search(
        rf"(?:^|\s){name}\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", attributes, re.I
    )
    return html.unescape(next(filter(None, found.groups()), "")) if found else ""


def _origin(url: str) -> str:
    """Return scheme and host of a complete URL; "" for anything not allowed in a policy.

    Of `//host` only the host: its scheme is that of the page, which is http in the preview.
    """
    try:
        parts = urlsplit(url.strip())
        host = parts.netloc.rpartition("@")[2]
        if not host.isascii():
            host = host.encode("idna").decode()
    except (UnicodeError, ValueError):
        return ""
    if parts.scheme not in ("http", "https", "") or not re.fullmatch(r"[\w.-]+(:\d+)?", host):
        return ""
    return f"{parts.scheme}://{host}" if parts.scheme else host


def _style_sources(body: str) -> set[str]:
    """Return hashes of the body's own styles; attributes need 'unsafe-hashes' too."""
    lower = body.lower()  # a pattern without regard to case takes far longer
    attributes = {
        html.unescape(found[1] if found[1] is not None else found[2])
        for found in (_STYLE_ATTRIBUTE.finditer(body) if _MAY_HAVE_STYLE.search(lower) else ())
    }
    elements = {found[1] for found in _STYLE_ELEMENT.finditer(body)} if "<style" in lower else set()
    hashes = _hashes(attributes | elements)
    return {"'unsafe-hashes'", *hashes} if attributes else hashes


def _hashes(texts: Iterable[str]) -> set[str]:
    digests = (hashlib.sha256(text.encode("utf-8", "replace")).digest() for text in texts)
    return {f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests}
