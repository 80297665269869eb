"""Comments, analytics and proofs of ownership, from the keys that Jekyll themes have for them in
`_config.yml`.

The shapes are those of Minimal Mistakes, Chirpy, TeXt, al-folio, minima and Hux; a key that has
another one is left to the owner, and `migrate` says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from evergreen.model import AnalyticsOptions, CommentsOptions
from evergreen.regex import regex

Config = Mapping[str, Any]

_SERVICES = ("giscus", "utterances", "disqus")
_SHORT_NAMES = ("disqus_shortname", "disqus_username", "disqus_id", "disqus")
_TAG = regex(r"(?:G|GT|AW)-[\w-]+", re.A)
"""An id of Google's tag; ids that begin with UA- have counted nothing since 2023."""
_VERIFICATIONS = {
    "google": "google-site-verification",
    "bing": "msvalidate.01",
    "yandex": "yandex-verification",
    "baidu": "baidu-site-verification",
    "naver": "naver-site-verification",
    "alexa": "alexaVerifyID",
    "pinterest": "p:domain_verify",
    "facebook": "facebook-domain-verification",
}
"""Service → the metadata by which it knows a site's owner."""
_VERIFICATION_KEY = regex(
    rf"({'|'.join(_VERIFICATIONS)})(?:[-_](?:web)?(?:site|master|domain))?[-_]verif(?:ication|y)",
    re.I,
)
_PAGES = ("comments", "giscus_comments", "disqus_comments", "utterances_comments")


def read_comments(config: Config) -> CommentsOptions:
    """Return the service for comments that a blog's theme was set to; none if it has no complete
    settings of one that we know.
    """
    options = _part(config, "comments")
    chosen = _text(options, "provider") or _text(options, "active")
    names = (chosen,) if chosen else _SERVICES
    for name in names:
        place = options if name in options else config
        if (
            name == "giscus"
            and (part := _part(place, name)).get("repo_id")
            and _repository(part, config)
        ):
            return CommentsOptions(
                name,
                _repository(part, config),
                _text(part, "repo_id"),
                _text(part, "category") or _text(part, "category_name"),
                _text(part, "category_id"),
            )
        if name == "utterances" and (chosen or _text(_part(place, name), "repo")):
            part = _part(place, name)
            if own := _repository(part, config):
                return CommentsOptions(name, own, label=_text(part, "label"))
        if name == "disqus" and (short := _short_name(options) or _short_name(config)):
            return CommentsOptions(name, shortname=short)
    return CommentsOptions()


def wants_comments(meta: Mapping[str, Any], config: Config) -> bool | None:
    """Return whether a page has comments in such a theme; None if the theme has them on all posts.

    Themes with a `provider`, and al-folio, ask for a key in the front matter.
    """
    given = [meta[key] for key in _PAGES if isinstance(meta.get(key), bool)]
    if given:
        return any(given)
    options = _part(config, "comments")
    asks = _text(options, "provider") or _text(options, "active") or "giscus" in config
    return False if asks else None


def read_analytics(config: Config) -> AnalyticsOptions:
    """Return the service that counts visits; none without a usable id."""
    options = _part(config, "analytics")
    google = (
        *(config.get("google_analytics"), options.get("google"), options.get("google-gtag")),
        *(config.get("ga_track_id"), config.get("google_analytics_id")),
    )
    for value in google:
        part = value if isinstance(value, dict) else {"id": value}
        for key in ("id", "tracking_id"):
            if _TAG.fullmatch(_text(part, key)) and config.get("enable_google_analytics", True):
                return AnalyticsOptions("google", _text(part, key))
    if name := _text(_part(options, "goatcounter"), "id"):
        return AnalyticsOptions("goatcounter", name)
    umami = _part(options, "umami")
    if name := _text(umami, "id"):
        host = _text(umami, "domain").rstrip("/")
        return AnalyticsOptions("umami", name, f"{host}/script.js" if host else "")
    return AnalyticsOptions()


def read_verifications(config: Config) -> dict[str, str]:
    """Return the metadata that prove to search engines whose site it is."""
    part = _part(config, "webmaster_verifications")
    found = {name: _text(part, name) for name in _VERIFICATIONS}
    for key in config:
        if match := _VERIFICATION_KEY.fullmatch(key):
            found[match[1].lower()] = _text(config, key) or found[match[1].lower()]
    return {_VERIFICATIONS[name]: value for name, value in found.items() if value}


def is_verification(key: str) -> bool:
    """True for a key with such a proof."""
    return key == "webmaster_verifications" or _VERIFICATION_KEY.fullmatch(key) is not None


def _repository(part: Config, config: Config) -> str:
    """Return the repository `owner/name` of a service; "" if none is named."""
    name = _text(part, "repo") or _text(config, "repository")
    return name if re.fullmatch(r"[\w.-]+/[\w.-]+", name, re.A) else ""


def _short_name(config: Config) -> str:
    for key in _SHORT_NAMES:
        value = config.get(key)
        name = _text(value, "shortname") if isinstance(value, dict) else _text(config, key)
        if re.fullmatch(r"[\w-]+", name, re.A):
            return name
    return ""


def _part(values: Config, key: str) -> Config:
    value = values.get(key)
    return value if isinstance(value, dict) else {}


def _text(values: Config, key: str) -> str:
    value = values.get(key)
    return value.strip() if isinstance(value, str) else ""
