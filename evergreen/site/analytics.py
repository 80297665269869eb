"""Analytics services by name: the script of each, and what it needs in the page's policy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field

from evergreen.dataclass import dataclass
from evergreen.errors import Problem
from evergreen.model import AnalyticsOptions, Site


@dataclass(frozen=True, slots=True)
class Analytics:
    """The script of a service."""

    src: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Further attributes of its element."""
    inline: str = ""
    """A script after it."""
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """CSP directive → sources, besides the host of `src`."""


def find_analytics(site: Site) -> Analytics | None:
    """Return the script of the blog's service; None if it has none, or a wrong setting."""
    options = site.analytics
    if any(check_analytics(site)) or not options.service:
        return None
    return _SERVICES[options.service](options)


def check_analytics(site: Site) -> Iterator[Problem]:
    """Yield warnings about the settings of analytics."""
    service, name = site.analytics.service, site.analytics.id
    if service and service not in _SERVICES:
        message = f"'analytics.service' is '{service}'"
        advice = f"known: {', '.join(sorted(_SERVICES))}; others: write their script in [head] html"
        yield Problem("site.toml", 0, 0, message, advice, "warning")
    elif service and not re.fullmatch(r"[\w.-]+", name, re.A):
        message = f"'analytics.id' is '{name}'"
        yield Problem("site.toml", 0, 0, message, f"write {_IDS[service]}", "warning")


def _plausible(options: AnalyticsOptions) -> Analytics:
    src = options.script or "https://plausible.io/js/script.js"
    return Analytics(src, {"data-domain": options.id})


def _umami(options: AnalyticsOptions) -> Analytics:
    if options.script:
        return Analytics(options.script, {"data-website-id": options.id})
    hosts = ("https://api-gateway.umami.dev", "https://gateway.umami.is")
    src = "https://cloud.umami.is/script.js"
    return Analytics(src, {"data-website-id": options.id}, sources={"connect-src": hosts})


def _goatcounter(options: AnalyticsOptions) -> Analytics:
    host = f"https://{options.id}.goatcounter.com"
    src = options.script or "https://gc.zgo.at/count.js"
    sources = {"connect-src": (host,), "img-src": (host,)}
    return Analytics(src, {"data-goatcounter": f"{host}/count"}, sources=sources)


def _google(options: AnalyticsOptions) -> Analytics:
    """Return Google's tag; its hosts are those of https://developers.google.com/tag-platform/security."""
    hosts = ("https://*.google-analytics.com", "https://*.googletagmanager.com")
    talk = (*hosts, "https://*.analytics.google.com")
    inline = (
        "window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments);}"
        f"gtag('js',new Date());gtag('config','{options.id}');"
    )
    src = f"https://www.googletagmanager.com/gtag/js?id={options.id}"
    return Analytics(src, inline=inline, sources={"connect-src": talk, "img-src": hosts})


_SERVICES: Mapping[str, Callable[[AnalyticsOptions], Analytics]] = {
    "goatcounter": _goatcounter,
    "google": _google,
    "plausible": _plausible,
    "umami": _umami,
}
_IDS = {
    "goatcounter": "the code of the site, as in CODE.goatcounter.com",
    "google": "the measurement id, like G-1234567890",
    "plausible": "the domain as Plausible knows it, like blog.example",
    "umami": "the website id that Umami shows",
}
