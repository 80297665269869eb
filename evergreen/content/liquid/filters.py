"""Jekyll's filters for text, dates and URLs, under their names in Liquid."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any
from urllib.parse import quote, quote_plus

from liquid.undefined import is_undefined

from evergreen.content.jekyll.emoji import emojify
from evergreen.content.jekyll.permalinks import slugify
from evergreen.content.liquid.dates import (
    date_to_rfc822,
    date_to_xmlschema,
    dated,
    moment_of,
    strftime,
)
from evergreen.content.liquid.values import RubyInspect, plain, text
from evergreen.content.timezones import zone
from evergreen.model import Site
from evergreen.model.urls import is_complete
from evergreen.regex import regex

_SIGNS = (
    r"\u2e80-\u2fdf\u3005\u3007\u3021-\u3029\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    r"\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Characters that count as words: Chinese, Japanese and Korean, as in Jekyll."""
_CJK = regex(f"[{_SIGNS}]")
_WORD = regex(rf"[^\s{_SIGNS}]+")
_SAFE = "/~!$&'()*+,;=:@?#%[]-._"
"""Characters that URLs keep, besides letters and digits."""


def relative_url(site: Site, value: Any) -> Any:
    """Prepend `baseurl` to a URL."""
    if value is None or is_undefined(value):
        return None
    url = text(value["url"] if isinstance(value, Mapping) and "url" in value else value)
    if is_complete(url):
        return url
    if not url and site.baseurl:
        return site.baseurl
    return site.baseurl + quote(f"/{url.lstrip('/')}", safe=_SAFE)


def absolute_url(site: Site, value: Any) -> Any:
    """Prepend scheme, host and `baseurl` to a URL."""
    url = relative_url(site, value)
    return url if url is None or is_complete(url) else site.url + url


def strip_index(value: Any) -> str:
    """Remove `index.html` from the end of a URL."""
    return re.sub(r"/index\.html?\Z", "/", text(value))


def markdownify(site: Site, value: Any) -> str:
    """Convert Markdown to HTML."""
    from evergreen.markdown import parse, read_options

    return parse(text(value), read_options(site.kramdown)).render().html


def date_filter(value: Any, form: Any) -> Any:
    """Format a date with Ruby's strftime."""
    moment = moment_of(value)
    if moment is None or is_undefined(form) or not text(form):
        return value
    return strftime(moment, text(form))


def xml_escape(value: Any) -> str:
    """Escape the special characters of XML."""
    return (
        text(value)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
        .replace("'", "&apos;")
    )


def uri_escape(value: Any) -> str:
    """Escape (percent-encode) all characters that URLs do not contain."""
    return quote(text(value), safe=_SAFE)


def number_of_words(value: Any, mode: Any = None) -> int:
    """Count words; each Chinese character is one in the modes `cjk` and `auto`."""
    words = text(value)
    count = len(_CJK.findall(words))
    if mode == "cjk" or (mode == "auto" and count):
        return count + len(_WORD.findall(words))
    return len(words.split())


def array_to_sentence_string(value: Any, connector: Any = "and") -> str:
    """Join a list as `a, b, and c`."""
    items = [text(item) for item in value] if isinstance(value, (list, tuple)) else [text(value)]
    if len(items) < 3:
        return f" {text(connector)} ".join(items)
    return f"{', '.join(items[:-1])}, {text(connector)} {items[-1]}"


def jsonify(value: Any) -> str:
    """Format as JSON, as Ruby does."""
    made = json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"), default=str)
    return made.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def smartify(value: Any) -> str:
    """Replace straight quotes and dashes by typographic ones."""
    words = re.sub(r"(^|[\s(\[{])\"", r"\1“", text(value)).replace('"', "”")
    words = re.sub(r"(^|[\s(\[{])'", r"\1‘", words).replace("'", "’")
    return words.replace("---", "—").replace("--", "–").replace("...", "…")


def to_integer(value: Any) -> int:
    """Convert to a whole number; 0 if it is not a number."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float)):
        return int(value)
    found = re.match(r"\s*[+-]?\d{1,30}", text(value))
    return int(found[0]) if found else 0


def normalize_whitespace(value: Any) -> str:
    """Replace each run of whitespace by one space."""
    return " ".join(text(value).split())


def filters_for(site: Site) -> dict[str, Callable[..., Any]]:
    """Return Jekyll's filters by name."""
    where = zone(site.timezone) if site.timezone else None
    return {
        "relative_url": lambda value: relative_url(site, value),
        "absolute_url": lambda value: absolute_url(site, value),
        "strip_index": strip_index,
        "markdownify": lambda value: markdownify(site, value),
        "smartify": smartify,
        "date": date_filter,
        "date_to_string": dated("%b", where),
        "date_to_long_string": dated("%B", where),
        "date_to_xmlschema": lambda value: date_to_xmlschema(value, where),
        "date_to_rfc822": lambda value: date_to_rfc822(value, where),
        "xml_escape": xml_escape,
        "cgi_escape": lambda value: quote_plus(text(value), safe="*"),
        "uri_escape": uri_escape,
        "slugify": lambda value, mode="default": slugify(text(value), text(mode) or "default"),
        "number_of_words": number_of_words,
        "array_to_sentence_string": array_to_sentence_string,
        "jsonify": jsonify,
        "to_integer": to_integer,
        "normalize_whitespace": normalize_whitespace,
        "inspect": lambda value: xml_escape(RubyInspect(plain(value))).replace("&apos;", "'"),
        "escape": lambda value: escape(text(value)).replace("&#x27;", "&#39;"),
        "emojify": lambda value: emojify(text(value)),
    }
