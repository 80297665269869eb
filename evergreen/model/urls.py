"""URLs and file paths of the site: slugs of names, the file of a page, the target of a link.

URLs are kept decoded and below `baseurl`; they are encoded only when written to HTML.
"""

from __future__ import annotations

import posixpath
import unicodedata
from difflib import SequenceMatcher
from functools import lru_cache
from urllib.parse import quote, unquote, urljoin, urlsplit

from evergreen.dataclass import dataclass
from evergreen.model import Post, Site
from evergreen.model.hashing import sha256
from evergreen.regex import regex

_LONGEST = 120
_FORBIDDEN = regex(r"[\s/\\:*?\"<>|%\x00-\x1f\x7f]+")
_SCHEME = regex(r"([a-zA-Z][a-zA-Z0-9+.-]*):|//")
_SCHEMES = {"http", "https", "mailto", "tel", "ftp", "doi"}


def path_of(url: str) -> str:
    """Return the file of a URL: `/a/b/` → `a/b/index.html`; `/a/b.html` stays."""
    path = url.lstrip("/")
    if path.endswith((".html", ".htm")):
        return path
    return f"{path.rstrip('/')}/index.html".lstrip("/")


def file_of(post: Post) -> str:
    """Return the file of a post's page."""
    return post.file or path_of(post.url)


@lru_cache(maxsize=4096)
def slug(name: str) -> str:
    """Return one URL segment for a name: lower case, every script kept, `C++ 教程` → `c++-教程`.

    Names that differ only in case or Unicode form share a slug. It is never empty and never longer
    than a file name may be.
    """
    plain = unicodedata.normalize("NFC", name).lower()
    plain = _FORBIDDEN.sub("-", plain).strip("-.")
    if plain and len(plain.encode()) <= _LONGEST:
        return plain
    return f"{plain[:30]}-{sha256(name)[:10]}".lstrip("-")


def is_complete(url: str) -> bool:
    """True if a URL has a scheme or a host."""
    return bool(_SCHEME.match(url))


def href(site: Site, url: str) -> str:
    """Return a URL as a link contains it: `baseurl` in front, percent-encoded.

    Absolute URLs stay as the author wrote them; one that would run a script becomes `#`.
    """
    return _href(site.baseurl, url.strip())


@lru_cache(maxsize=4096)
def _href(baseurl: str, url: str) -> str:
    if found := _SCHEME.match(url):
        scheme = (found[1] or "https").lower()
        return quote(url, safe="/~!$&'()*+,;=:@?#%[]") if scheme in _SCHEMES else "#"
    if not url.startswith("/"):
        return quote(url, safe="/~!$&'()*+,;=:@?#%[]")
    return quote(baseurl + url, safe="/~!$&'()*+,;=:@")


def absolute(site: Site, url: str) -> str:
    """Return a URL with scheme and host, if the site has one."""
    link = href(site, url)
    return site.url + link if link.startswith("/") and not link.startswith("//") else link


@dataclass(frozen=True, slots=True)
class Target:
    """What a URL points to."""

    path: str | None = None
    """Below the site's root, decoded; None outside of the site."""
    fragment: str = ""
    """The part after `#`, decoded."""
    flaw: str = ""
    """What is wrong with the URL, as the end of a sentence that begins with it."""


def published_place(post: Post, source: str) -> str:
    """Return the path in the site of a file of the blog that a post names, by its path there."""
    bundle = f"{post.bundle}/".lstrip("/")
    if source.startswith(bundle):
        return place_beside(post) + source[len(bundle) :]
    return source.removeprefix("static/")


def place_beside(post: Post) -> str:
    """Return the folder of the files next to a post; translations have that of the original."""
    stem = posixpath.basename(post.path).rpartition(".")[0]
    suffix = stem.rpartition(".")[2] if "." in stem else ""
    is_translation = suffix.lower() == post.lang.lower() and post.url.startswith(f"/{suffix}/")
    url = post.url.removeprefix(f"/{suffix}") if is_translation else post.url
    return url[: url.rindex("/") + 1].lstrip("/")


def follow(site: Site, page: str, url: str) -> Target:
    """Resolve a URL on a page as browsers do; `page` is below `baseurl`.

    A path from the root is taken as below `baseurl`, since it is published so.
    """
    url = _IGNORED.sub("", url).strip()
    if not url:
        return Target(flaw="is empty")
    if found := _SCHEME.match(url):
        return _follow_complete(site, url, (found[1] or "https").lower())
    path, _, fragment = url.partition("#")
    path = path.partition("?")[0].replace("\\", "/")
    if not path:
        return Target(page.lstrip("/"), unquote(fragment))
    if path.startswith("/"):
        inside = path == site.baseurl or path.startswith(f"{site.baseurl}/")
        return _below(site, path if inside else site.baseurl + path, fragment)
    target = _below(site, urljoin(quote(site.baseurl + page), path), fragment)
    return Target(flaw="points outside the blog") if target.path is None else target


def _follow_complete(site: Site, url: str, scheme: str) -> Target:
    if url.lower().startswith(SCRIPTS):
        script_flaw = "" if _NO_SCRIPT.fullmatch(url) else RUNS_SCRIPT
        return Target(flaw=IS_TEXT if scheme == "data" else script_flaw)
    if scheme not in ("http", "https"):
        return Target(flaw=_scheme_flaw(scheme))
    try:
        parts = urlsplit(url)
    except ValueError:
        return Target(flaw="is not a valid URL")
    if not parts.hostname:
        return Target(flaw="names no host")
    if not site.url or parts.netloc.lower() != urlsplit(site.url).netloc.lower():
        return Target()
    return _below(site, parts.path or "/", parts.fragment)


def _below(site: Site, path: str, fragment: str) -> Target:
    if path != site.baseurl and not path.startswith(f"{site.baseurl}/"):
        return Target()
    return Target(unquote(path[len(site.baseurl) :]).lstrip("/"), unquote(fragment))


def _scheme_flaw(scheme: str) -> str:
    if scheme == "file" or len(scheme) == 1:
        return "points to a file on your own disk"
    alike = max(SequenceMatcher(None, scheme, meant).ratio() for meant in ("http", "https"))
    return f"begins with '{scheme}:'" if scheme not in _SCHEMES and alike > _ALIKE else ""


CANDIDATE = regex(r"([^\s,]\S*?)(?:(?<!,),++(?=\s|\Z)|\s[^,]*|\Z)")
"""One candidate of a `srcset` (HTML, §4.8.4.2.1): its URL, which may contain commas; its size."""
SCRIPTS = ("javascript:", "vbscript:", "data:text")
"""Beginnings, in lower case, of URLs that may run a script: pages do not have them."""
RUNS_SCRIPT = "runs a script: the page has '#' in its place"
IS_TEXT = "contains a text: the page has '#' in its place"
"""Flaws of URLs."""
_NO_SCRIPT = regex(r"(?i)\s*javascript:\s*(?:void\s*\(?\s*0\s*\)?|undefined)?[\s;]*")
"""What is written for a link that leads nowhere."""
_IGNORED = regex(r"[\t\n\r]")
_ALIKE = 0.7
