"""Jekyll's filters for texts, dates and addresses, by the names that posts use."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from html import escape
from typing import Any
from urllib.parse import quote, quote_plus

from liquid.undefined import is_undefined

from evergreen.addresses import is_complete
from evergreen.jekyll.slugs import slugify
from evergreen.liquid.values import Shown, plain
from evergreen.model import Site

_CJK = re.compile(
    r"[\u2e80-\u2fdf\u3005\u3007\u3021-\u3029\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    r"\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)
_WORD = re.compile(
    r"[^\s\u2e80-\u2fdf\u3005\u3007\u3021-\u3029\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    r"\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+"
)
_PERCENT = re.compile(r"%([-_0^]?)(\d*)([a-zA-Z%])")


def text(value: Any) -> str:
    """A value as Liquid shows it."""
    if value is None or is_undefined(value):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return "".join(map(text, value)) if isinstance(value, (list, tuple)) else str(value)


def relative_url(site: Site, value: Any) -> Any:
    """An address with `baseurl` in front."""
    if value is None or is_undefined(value):
        return None
    url = text(value["url"] if isinstance(value, Mapping) and "url" in value else value)
    if is_complete(url):
        return url
    if not url and site.baseurl:
        return site.baseurl
    return site.baseurl + quote(f"/{url.lstrip('/')}", safe="/~!$&'()*+,;=:@?#%[]-._")


def absolute_url(site: Site, value: Any) -> Any:
    """An address with scheme and host too."""
    url = relative_url(site, value)
    return url if url is None or is_complete(url) else site.url + url


def strip_index(value: Any) -> str:
    """An address without its `index.html`."""
    return re.sub(r"/index\.html?\Z", "/", text(value))


def markdownify(site: Site, value: Any) -> str:
    """Markdown as HTML."""
    from evergreen.markdown import parse, read_options

    return parse(text(value), read_options(site.kramdown)).render().html


def date_filter(value: Any, form: Any) -> Any:
    """Ruby's strftime."""
    moment = moment_of(value)
    if moment is None or is_undefined(form) or not text(form):
        return value
    return strftime(moment, text(form))


def strftime(moment: datetime, form: str) -> str:
    """A date in Ruby's directives, those of C and a few more."""

    def one(found: re.Match[str]) -> str:
        flag, width, letter = found.groups()
        if letter == "s":
            return str(int(moment.timestamp()))
        made = _MORE[letter](moment) if letter in _MORE else moment.strftime(f"%{letter}")
        if flag == "^":
            made = made.upper()
        if flag == "-":
            made = made.lstrip("0 ") or "0"
        if flag == "_" and made.isdigit():
            made = made.lstrip("0").rjust(len(made)) or "0"
        return made.rjust(int(width), "0" if made.isdigit() else " ") if width else made

    return _PERCENT.sub(one, form)


def moment_of(value: Any) -> datetime | None:
    """The moment that a value names; None where it names none."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, int) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    words = value.strip() if isinstance(value, str) else ""
    if words in ("now", "today"):
        return datetime.now().astimezone()
    if words.isdigit() and len(words) > 4:
        return datetime.fromtimestamp(int(words[:15]), UTC)
    if not words:
        return None
    from dateutil import parser

    try:
        return parser.parse(words)
    except (ValueError, OverflowError):
        return None


def dated(form: str) -> Callable[..., Any]:
    """A filter that writes a date in one way."""

    def date_in_form(value: Any, kind: Any = None, style: Any = None) -> Any:
        moment = moment_of(value)
        if moment is None:
            return value
        if kind != "ordinal":
            return strftime(moment, f"%d {form} %Y")
        day = f"{moment.day}{_ordinal(moment.day)}"
        return strftime(moment, f"{form} {day}, %Y" if style == "US" else f"{day} {form} %Y")

    return date_in_form


def date_to_xmlschema(value: Any) -> Any:
    """ISO 8601."""
    moment = moment_of(value)
    return value if moment is None else _zoned(moment).isoformat(timespec="seconds")


def date_to_rfc822(value: Any) -> Any:
    """As in letters."""
    moment = moment_of(value)
    return value if moment is None else _zoned(moment).strftime("%a, %d %b %Y %H:%M:%S %z")


def xml_escape(value: Any) -> str:
    """With entities for the signs of XML."""
    return (
        text(value)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
    )


def uri_escape(value: Any) -> str:
    """Percent-encoded, but for what addresses are made of."""
    return quote(text(value), safe="/~!$&'()*+,;=:@?#%[]-._")


def number_of_words(value: Any, mode: Any = None) -> int:
    """How many words; each Chinese letter is one in the modes `cjk` and `auto`."""
    words = text(value)
    count = len(_CJK.findall(words))
    if mode == "cjk" or (mode == "auto" and count):
        return count + len(_WORD.findall(words))
    return len(words.split())


def array_to_sentence_string(value: Any, connector: Any = "and") -> str:
    """`a, b, and c`."""
    items = [text(item) for item in value] if isinstance(value, (list, tuple)) else [text(value)]
    if len(items) < 3:
        return f" {text(connector)} ".join(items)
    return f"{', '.join(items[:-1])}, {text(connector)} {items[-1]}"


def jsonify(value: Any) -> str:
    """JSON as Ruby writes it."""
    made = json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"), default=str)
    return made.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def smartify(value: Any) -> str:
    """Typographic quotes and dashes."""
    words = re.sub(r"(^|[\s(\[{])\"", r"\1“", text(value)).replace('"', "”")
    words = re.sub(r"(^|[\s(\[{])'", r"\1‘", words).replace("'", "’")
    return words.replace("---", "—").replace("--", "–").replace("...", "…")


def to_integer(value: Any) -> int:
    """A whole number; 0 where it is none."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float)):
        return int(value)
    found = re.match(r"\s*[+-]?\d{1,30}", text(value))
    return int(found[0]) if found else 0


def normalize_whitespace(value: Any) -> str:
    """Blanks and line ends as single blanks."""
    return " ".join(text(value).split())


def filters_for(site: Site) -> dict[str, Callable[..., Any]]:
    """Jekyll's filters by name."""
    return {
        "relative_url": lambda value: relative_url(site, value),
        "absolute_url": lambda value: absolute_url(site, value),
        "strip_index": strip_index,
        "markdownify": lambda value: markdownify(site, value),
        "smartify": smartify,
        "date": date_filter,
        "date_to_string": dated("%b"),
        "date_to_long_string": dated("%B"),
        "date_to_xmlschema": date_to_xmlschema,
        "date_to_rfc822": date_to_rfc822,
        "xml_escape": xml_escape,
        "cgi_escape": lambda value: quote_plus(text(value), safe="*"),
        "uri_escape": uri_escape,
        "slugify": lambda value, mode="default": slugify(text(value), text(mode) or "default"),
        "number_of_words": number_of_words,
        "array_to_sentence_string": array_to_sentence_string,
        "jsonify": jsonify,
        "to_integer": to_integer,
        "normalize_whitespace": normalize_whitespace,
        "inspect": lambda value: xml_escape(Shown(plain(value))),
        "escape": lambda value: escape(text(value)).replace("&#x27;", "&#39;"),
        "emojify": lambda value: value,
    }


def _ordinal(day: int) -> str:
    return "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _zoned(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.astimezone()


def _hour(moment: datetime) -> str:
    return str(moment.hour % 12 or 12).rjust(2)


_MORE: Mapping[str, Callable[[datetime], str]] = {
    "e": lambda moment: str(moment.day).rjust(2),
    "k": lambda moment: str(moment.hour).rjust(2),
    "l": _hour,
    "P": lambda moment: "am" if moment.hour < 12 else "pm",
    "L": lambda moment: f"{moment.microsecond // 1000:03}",
    "N": lambda moment: f"{moment.microsecond * 1000:09}",
    "C": lambda moment: f"{moment.year // 100:02}",
    "h": lambda moment: moment.strftime("%b"),
    "n": lambda moment: "\n",
    "t": lambda moment: "\t",
    "z": lambda moment: _zoned(moment).strftime("%z"),
    "Z": lambda moment: _zoned(moment).strftime("%Z"),
    "v": lambda moment: f"{moment.day:2}-{moment:%b-%Y}".upper(),
}
