"""Names and addresses: what a tag's page is called, where a page's file stands, how a link is
written. Addresses travel unquoted and below `baseurl`; only what goes into HTML is quoted.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache
from urllib.parse import quote

from evergreen.model import Site

_LONGEST = 120
_FORBIDDEN = re.compile(r"[\s/\\:*?\"<>|%\x00-\x1f\x7f]+")
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):|//")
_SCHEMES = {"http", "https", "mailto", "tel", "ftp", "doi"}


def path_of(url: str) -> str:
    """The file of an address: `/a/b/` → `a/b/index.html`; `/a/b.html` stays."""
    path = url.lstrip("/")
    if path.endswith((".html", ".htm")):
        return path
    return f"{path.rstrip('/')}/index.html".lstrip("/")


@lru_cache(maxsize=4096)
def slug(name: str) -> str:
    """One path segment for a name: lower case, every script kept, `C++ 教程` → `c++-教程`.

    Names that differ in case or Unicode form only share a slug. It is never empty and never
    longer than a file's name may be.
    """
    plain = unicodedata.normalize("NFC", name).lower()
    plain = _FORBIDDEN.sub("-", plain).strip("-.")
    if plain and len(plain.encode()) <= _LONGEST:
        return plain
    digest = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:10]
    return f"{plain[:30]}-{digest}".lstrip("-")


def is_complete(url: str) -> bool:
    """Whether an address has a scheme or a host of its own."""
    return bool(_SCHEME.match(url))


def href(site: Site, url: str) -> str:
    """An address as a link writes it: `baseurl` in front, percent-encoded.

    Complete addresses stay as the author wrote them; one that would run a script becomes `#`.
    """
    url = url.strip()
    if found := _SCHEME.match(url):
        scheme = (found[1] or "https").lower()
        return quote(url, safe="/~!$&'()*+,;=:@?#%[]") if scheme in _SCHEMES else "#"
    if not url.startswith("/"):
        return quote(url, safe="/~!$&'()*+,;=:@?#%[]")
    return quote(site.baseurl + url, safe="/~!$&'()*+,;=:@")


def absolute(site: Site, url: str) -> str:
    """An address with scheme and host, where the site has one."""
    link = href(site, url)
    return site.url + link if link.startswith("/") and not link.startswith("//") else link
