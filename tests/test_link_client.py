"""Other sites, asked over real sockets."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from evergreen.check.link_client import (
    LinkStatus,
    RequestLimits,
    ask,
    find_dead,
    is_asked,
    is_public,
    leaving,
)
from evergreen.model import Hyperlink, Page, Post

QUICK = RequestLimits(seconds=1.0, retries=2, pause=0.02, private=True)
PUBLIC = replace(QUICK, private=False)


class Host(ThreadingHTTPServer):
    """Answers by the path: `/404`, `/301/there`, `/slow`, `/hang`."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: Counter[str] = Counter()
        self.now = self.most = 0
        self.guard = threading.Lock()
        self.released = threading.Event()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Host

    def do_HEAD(self) -> None:
        self._answer("HEAD")

    def do_GET(self) -> None:
        self._answer("GET")

    def _answer(self, method: str) -> None:
        with self.server.guard:
            self.server.asked[f"{method} {self.path}"] += 1
        self._speak(method, [part for part in self.path.split("/") if part])

    def _wait(self) -> None:
        """Take a while, and note how many do so at once; the client knows nothing of the end yet,
        so that its next request is not counted beside this one."""
        host = self.server
        with host.guard:
            host.now += 1
            host.most = max(host.most, host.now)
        time.sleep(0.3)
        with host.guard:
            host.now -= 1

    def _speak(self, method: str, parts: list[str]) -> None:
        first = parts[0]
        if first == "hang":
            self.server.released.wait(20)
        elif first == "drip":
            self._drip()
        elif first == "broken":
            self.wfile.write(b"no HTTP at all\r\n\r\n")
        elif first == "slow":
            self._wait()
            self._status(200)
        elif first == "nohead":
            self._status(405 if method == "HEAD" else 200)
        elif first == "flaky":
            again = self.server.asked[f"GET {self.path}"] > 1
            self._status(200 if again else 500)
        elif first in ("301", "302"):
            self._status(int(first), f"/{'/'.join(parts[1:])}")
        elif first == "nowhere":
            self._status(301, "http://[no-address")
        elif first == "circle":
            self._status(301, "/circle")
        else:
            self._status(int(first))

    def _drip(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not self.server.released.wait(0.2):
            self.wfile.write(b"X-More: x\r\n")
            self.wfile.flush()

    def _status(self, status: int, location: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[Host]:
    """A server for the length of a test."""
    host = Host()
    thread = threading.Thread(target=host.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield host
    finally:
        host.released.set()
        host.shutdown()
        host.server_close()


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/200", LinkStatus("there")),
        ("/204", LinkStatus("there")),
        ("/slow", LinkStatus("there")),
        ("/nohead", LinkStatus("there")),
        ("/flaky", LinkStatus("there")),
        ("/404", LinkStatus("dead", "answers 404")),
        ("/410", LinkStatus("dead", "answers 410")),
        ("/500", LinkStatus("dead", "answers 500")),
        ("/301/404", LinkStatus("dead", "answers 404")),
        ("/circle", LinkStatus("dead", "redirects without end")),
        ("/429", LinkStatus("unknown", "answers 429")),
        ("/403", LinkStatus("unknown", "answers 403")),
        ("/503", LinkStatus("unknown", "answers 503")),
        ("/hang", LinkStatus("unknown", "no answer within 1 s")),
        ("/drip", LinkStatus("unknown", "no answer within 1 s")),
    ],
)
def test_what_an_answer_means(tmp_path: Path, path: str, answer: LinkStatus) -> None:
    """A status is held against the page; a busy, slow or shy server is not."""
    with serving() as host:
        url = host.base + path
        assert {url: answer} == ask([url], tmp_path / "links.json", QUICK)


def test_redirects_are_followed_and_told(tmp_path: Path) -> None:
    """Permanent only where every step is."""
    with serving() as host:
        good, other = host.base + "/301/301/200", host.base + "/301/302/200"
        answers = ask([good, other], tmp_path / "links.json", QUICK)
        end = host.base + "/200"
        assert [LinkStatus("moved", "", end, True), LinkStatus("moved", "", end, False)] == [
            answers[good],
            answers[other],
        ]


@pytest.mark.parametrize("path", ["/broken", "/nowhere"])
def test_what_speaks_no_http_is_not_known(tmp_path: Path, path: str) -> None:
    """And hurts nobody; nor does what leads on to no address."""
    with serving() as host:
        url = host.base + path
        assert "unknown" == ask([url], tmp_path / "links.json", QUICK)[url].state


def test_a_host_is_asked_little_at_once(tmp_path: Path) -> None:
    """Two requests at the most, each address once whatever its fragments."""
    with serving() as host:
        urls = [f"{host.base}/slow/{n}#{m}" for n in range(8) for m in range(2)]
        answers = ask(urls, tmp_path / "links.json", QUICK)
        assert (8, 2) == (len(answers), host.most)
        assert {1} == set(host.asked.values())


def test_answers_are_kept_for_a_day(tmp_path: Path) -> None:
    """But not that nothing was known; a damaged file counts as none."""
    cache = tmp_path / "links.json"
    with serving() as host:
        urls = [host.base + path for path in ("/200", "/404", "/429")]
        first, second = ask(urls, cache, QUICK), ask(urls, cache, QUICK)
        assert first == second
        assert (1, 1, 2) == tuple(host.asked[f"HEAD /{code}"] for code in (200, 404, 429))
        cache.write_text('{"a": 1}', "utf-8")
        assert first == ask(urls, cache, QUICK)


def test_without_a_network_nothing_is_dead(tmp_path: Path) -> None:
    """Where one other host has answered, it is."""
    with serving() as gone:
        pass
    url = f"{gone.base}/x"
    assert "unknown" == ask([url], tmp_path / "a.json", QUICK)[url].state
    with serving() as host:
        answers = ask([url, host.base + "/200"], tmp_path / "b.json", QUICK)
        assert LinkStatus("dead", "refuses connections") == answers[url]


@pytest.mark.parametrize(
    "url", ["mailto:a@b.c", "https://example.com/x", "http://a.test/", "ftp://a.b"]
)
def test_nobody_is_asked(url: str) -> None:
    """About mail and about names that stand for examples."""
    assert not is_asked(url)


def test_findings_stand_at_the_links() -> None:
    """The dead fail, with an archived copy of the post's day; the rest is told."""
    post = Post("posts/a.md", "a", "题", datetime(2018, 7, 11, tzinfo=UTC), "/a/", "", 4, "zh")
    urls = ("http://a.b/dead#x", "http://a.b/moved", "http://a.b/busy", "http://a.b/fine")
    links = tuple(Hyperlink(line, url) for line, url in enumerate(urls, 5))
    answers = {
        "http://a.b/dead": LinkStatus("dead", "answers 404"),
        "http://a.b/moved": LinkStatus("moved", "", "https://a.b/", True),
        "http://a.b/busy": LinkStatus("unknown", "answers 429"),
        "http://a.b/fine": LinkStatus("there"),
    }
    page = Page(post, "", hyperlinks=(*links, Hyperlink(9, "/x/", path="x/")))
    found = find_dead(leaving([page]), answers)
    copy = "https://web.archive.org/web/20180711/http://a.b/dead#x"
    assert [
        (
            "error",
            f"posts/a.md:5: 'http://a.b/dead#x' answers 404: an archived copy may be at {copy}",
        ),
        (
            "warning",
            "posts/a.md:6: 'http://a.b/moved' has moved for good to https://a.b/: write that",
        ),
        ("warning", "posts/a.md:7: nothing is known of 'http://a.b/busy': answers 429"),
    ] == [(each.severity, str(each)) for each in found]


PRIVATE = "is not asked, for its host is on a private network ('[check] private_links' allows it)"


def test_private_hosts_are_not_asked(tmp_path: Path) -> None:
    """By number, by name, as IPv6; a page of a stranger must not make this machine ask itself."""
    with serving() as host:
        names = ("127.0.0.1", "localhost", "2130706433", "0.0.0.0")
        urls = [f"http://{name}:{host.server_port}/200" for name in names]
        answers = ask(urls, tmp_path / "links.json", PUBLIC)
    assert ([PRIVATE] * 4, 0) == ([answers[url].reason for url in urls], sum(host.asked.values()))


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.20.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("无", False),
    ],
)
def test_which_addresses_are_public(address: str, expected: bool) -> None:
    """As the registries of special addresses have it (RFC 6890)."""
    assert expected == is_public(address)
