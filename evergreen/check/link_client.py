"""HTTP client for external links: addresses → answers.

HEAD first, GET where that says no; few at once, fewer a host; what may pass is asked again. Nothing
is held against a page that a server was too busy, too slow or too shy to speak of. Answers are kept
for a day.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import socket
import ssl
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urldefrag, urljoin, urlsplit

from evergreen.check.links import ANCHOR, CASE, LINK, PICTURE
from evergreen.dataclass import dataclass, replace
from evergreen.errors import Problem
from evergreen.model import Hyperlink, Page
from evergreen.paths import atomic_write, read_file

State = Literal["there", "moved", "dead", "unknown"]

AGENT = "Mozilla/5.0 (compatible; Evergreen link check)"
DAY = 86_400.0
MOVES = 10
"""Redirects that are followed."""
_SHY = {401, 403, 407, 408, 423, 425, 429, 451, 502, 503, 504, 520, 521, 522, 523, 524, 999}
"""Statuses that describe the server, its load or the client, but not the page."""
_SAMPLES = ("example", "test", "invalid", "example.com", "example.org", "example.net")
"""Reserved names without a host (RFC 2606); they are not requested."""


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """Limits of the requests."""

    at_once: int = 16
    a_host: int = 2
    seconds: float = 15.0
    """Time limit of one request."""
    retries: int = 2
    pause: float = 1.0
    """Seconds before the first retry; each later one waits twice as long."""
    private: bool = False
    """Ask hosts of this machine and of its private networks too."""


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """The answer for one address."""

    state: State
    reason: str = ""
    """`answers 404`, `no answer within 15 s`."""
    location: str = ""
    """The target of its redirect; "" if it has none."""
    for_good: bool = False
    """The redirects are permanent."""


def ask(
    urls: Iterable[str],
    cache: Path,
    limits: RequestLimits = RequestLimits(),  # noqa: B008 — frozen
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, LinkStatus]:
    """Return the answer for each address without its fragment; skip those that `is_asked` refuses.
    `cache` is a file; `tell` receives the number of known answers and the total.
    """
    wanted = dict.fromkeys(urldefrag(url)[0] for url in urls if is_asked(url))
    known = _read(cache)
    rest = [url for url in wanted if url not in known]
    fresh = asyncio.run(_ask_all(rest, limits, tell)) if rest else {}
    fresh = _without_network(fresh)
    now = time.time()
    kept = known | {
        url: (now, answer) for url, answer in fresh.items() if answer.state != "unknown"
    }
    if rest:
        _write(cache, kept)
    return {url: fresh[url] if url in fresh else known[url][1] for url in wanted}


def is_asked(url: str) -> bool:
    """True if an address is HTTP and its host is not a reserved name."""
    try:
        parts = urlsplit(url if "://" in url[:8] else f"https:{url}")
    except ValueError:
        return False
    name = (parts.hostname or "").rstrip(".")
    sample = any(name == each or name.endswith(f".{each}") for each in _SAMPLES)
    return parts.scheme in ("http", "https") and bool(name) and not sample


async def _ask_all(
    urls: list[str], limits: RequestLimits, tell: Callable[[int, int], None]
) -> dict[str, LinkStatus]:
    from tornado.simple_httpclient import SimpleAsyncHTTPClient  # 0.1 s that only this needs

    resolver = {} if limits.private else {"resolver": _public_resolver()}
    client = SimpleAsyncHTTPClient(
        force_instance=True, max_clients=limits.at_once * 2, max_body_size=1 << 40, **resolver
    )
    gate = asyncio.Semaphore(limits.at_once)
    hosts: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(limits.a_host))
    answers: dict[str, LinkStatus] = {}

    async def one(url: str) -> None:
        async with hosts[urlsplit(url).netloc], gate:
            answers[url] = await _ask(client, url, limits)
        tell(len(answers), len(urls))

    try:
        await asyncio.gather(*map(one, urls))
    finally:
        client.close()
    return answers


class PrivateAddressError(OSError):
    """A host is this machine, or in one of its private networks."""


def is_public(address: str) -> bool:
    """True for an IP address of the public Internet."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return ip.is_global and not ip.is_multicast


def _public_resolver() -> object:
    """Return a resolver for tornado that refuses hosts with an address that is not public.

    The client connects to what it returns: redirects and a second look-up cannot go past it.
    """
    from tornado.netutil import DefaultLoopResolver

    class PublicResolver(DefaultLoopResolver):
        async def resolve(self, host: str, port: int, *rest: Any) -> Any:
            found = await super().resolve(host, port, *rest)
            if any(not is_public(place[0]) for _, place in found if isinstance(place[0], str)):
                raise PrivateAddressError(host)
            return found

    return PublicResolver()


async def _ask(client: object, url: str, limits: RequestLimits) -> LinkStatus:
    """Request one address, with retries."""
    answer = await _follow(client, url, limits)
    for attempt in range(limits.retries):
        if not answer.reason.startswith(_PASSING):
            break
        await asyncio.sleep(limits.pause * 2**attempt)
        answer = await _follow(client, url, limits)
    return answer


async def _follow(client: object, url: str, limits: RequestLimits) -> LinkStatus:
    """Follow the redirects of an address to the final answer."""
    at, for_good = url if "://" in url[:8] else f"https:{url}", True
    for _ in range(MOVES + 1):
        status, location, fault = await _request(client, "HEAD", at, limits)
        if (fault or status >= 400) and status != 429:
            status, location, fault = await _request(client, "GET", at, limits)
        if not (300 <= status < 400 and location):
            answer = _judge(status, fault, limits)
            moved = at != url and answer.state == "there"
            return LinkStatus("moved", "", at, for_good) if moved else answer
        at, for_good = location, for_good and status in (301, 308)
    return LinkStatus("dead", "redirects without end")


async def _request(
    client: object, method: str, url: str, limits: RequestLimits
) -> tuple[int, str, Exception | None]:
    """Return the status of one request and its redirect, or the reason for no answer."""
    from tornado.httpclient import HTTPClientError, HTTPRequest

    try:
        request = HTTPRequest(
            _quoted(url),
            method,
            {"User-Agent": AGENT, "Accept": "*/*"},
            connect_timeout=limits.seconds,
            request_timeout=limits.seconds,
            follow_redirects=False,
            streaming_callback=None if method == "HEAD" else lambda chunk: None,
        )
        fetched = client.fetch(request, raise_error=False)  # type: ignore[attr-defined]
        response = await asyncio.wait_for(fetched, limits.seconds + 1)
        location = response.headers.get("Location", "")
        location = urljoin(url, location) if location else ""
    except Exception as error:  # whatever a server can send; it is judged as a fault
        return 0, "", error
    answered = response.code != 599 and (
        response.error is None or isinstance(response.error, HTTPClientError)
    )
    fault = None if answered else response.error
    return (response.code if answered else 0), location, fault


def _judge(status: int, fault: Exception | None, limits: RequestLimits) -> LinkStatus:
    if fault is None:
        if status < 400:
            return LinkStatus("there")
        return LinkStatus("unknown" if status in _SHY else "dead", f"answers {status}")
    if isinstance(fault, PrivateAddressError):
        return LinkStatus("unknown", _PRIVATE)
    if isinstance(fault, socket.gaierror):
        return LinkStatus("dead", _NO_HOST)
    if isinstance(fault, ssl.SSLCertVerificationError):
        return LinkStatus("dead", "has a certificate that is not valid")
    if isinstance(fault, TimeoutError) or "timeout" in str(fault).lower():
        return LinkStatus("unknown", f"no answer within {limits.seconds:g} s")
    if isinstance(fault, ConnectionRefusedError):
        return LinkStatus("dead", _REFUSED)
    return LinkStatus("unknown", f"breaks off: {type(fault).__name__}")


def _without_network(answers: Mapping[str, LinkStatus]) -> dict[str, LinkStatus]:
    """Mark all answers as unknown if no host answered: the network is down, not the pages."""
    reached = any(answer.reason not in (_NO_HOST, _REFUSED) for answer in answers.values())
    if reached:
        return dict(answers)
    reason = "nobody answers, there may be no network"
    return {url: replace(answer, state="unknown", reason=reason) for url, answer in answers.items()}


def _quoted(url: str) -> str:
    """Encode an address for a request (RFC 3987, §3.1)."""
    parts = urlsplit(url)
    host = parts.netloc
    if not host.isascii():
        user, at, name = host.rpartition("@")
        host = user + at + ":".join(each.encode("idna").decode() for each in name.split(":"))
    safe = "/~!$&'()*+,;=:@%?[]"
    return parts._replace(
        netloc=host, path=quote(parts.path, safe), query=quote(parts.query, safe)
    ).geturl()


def _read(cache: Path) -> dict[str, tuple[float, LinkStatus]]:
    """Read the answers of the last day, with their times; none if the file is damaged."""
    try:
        kept = json.loads(read_file(cache))
        found = {url: (float(at), LinkStatus(**answer)) for url, (at, answer) in kept.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
    return {url: each for url, each in found.items() if 0 <= time.time() - each[0] < DAY}


def _write(cache: Path, answers: Mapping[str, tuple[float, LinkStatus]]) -> None:
    value = {url: (at, asdict(answer)) for url, (at, answer) in sorted(answers.items())}
    atomic_write(cache, json.dumps(value, ensure_ascii=False, indent=1).encode())


_NO_HOST = "there is no such host"
_REFUSED = "refuses connections"
_PRIVATE = "is not asked, for its host is on a private network ('[check] private_links' allows it)"
_PASSING = ("answers 5", "breaks off", _REFUSED)
"""Reasons that may pass."""


DEAD, MOVED, UNKNOWN = "dead-link", "moved-link", "unknown-link"
"""The rules that these findings break."""
BROKEN = frozenset({LINK, ANCHOR, PICTURE, CASE, DEAD})
"""Those of links that fail a check, within the site and out of it."""


def leaving(pages: Iterable[Page]) -> Iterator[tuple[Page, Hyperlink]]:
    """Yield each external link with its page."""
    for page in pages:
        for link in page.hyperlinks:
            if link.path is None and not link.flaw:
                yield page, link


def find_dead(
    links: Iterable[tuple[Page, Hyperlink]], answers: Mapping[str, LinkStatus]
) -> list[Problem]:
    """Return an error for each dead address, a warning for each that moved or is unknown."""
    found = {
        _finding(page, link, answer)
        for page, link in links
        if (answer := answers.get(urldefrag(link.url)[0])) and answer.state != "there"
    }
    return sorted(found)


def archived(page: Page, url: str) -> str:
    """Return the Internet Archive's address of a page as of the post's date."""
    return f"https://web.archive.org/web/{page.post.date:%Y%m%d}/{url}"


def _finding(page: Page, link: Hyperlink, answer: LinkStatus) -> Problem:
    path, line, column, url = page.post.path, link.line, link.column, link.url
    if answer.state == "dead":
        advice = f"an archived copy may be at {archived(page, url)}"
        return Problem(path, line, column, f"'{url}' {answer.reason}", advice, rule=DEAD)
    if answer.state == "moved":
        what = "has moved for good to" if answer.for_good else "leads on to"
        advice = "write that" if answer.for_good else ""
        message = f"'{url}' {what} {answer.location}"
        return Problem(path, line, column, message, advice, "warning", rule=MOVED)
    message = f"nothing is known of '{url}': {answer.reason}"
    return Problem(path, line, column, message, "", "warning", rule=UNKNOWN)
