"""A preview as an author runs it: the command in a process of its own, and its page in Chromium."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parent.parent
SECONDS = 30
"""How long anything may take on a busy machine."""


@dataclass
class Preview:
    """A running `build.py serve`."""

    root: Path
    process: subprocess.Popen[str]
    address: str
    log: Path

    @property
    def port(self) -> int:
        """Where it listens."""
        return urlsplit(self.address).port or 0

    @property
    def said(self) -> str:
        """What it has said on the terminal."""
        return self.log.read_text("utf-8")

    def write(self, path: str, text: str) -> None:
        """Save a file."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")

    def ask(
        self, path: str, method: str = "GET", headers: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body of an answer; the path goes out as it stands."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            skip = "Host" in (headers or {})
            connection.putrequest(method, path, skip_host=skip, skip_accept_encoding=True)
            for name, value in (headers or {}).items():
                connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()


@contextmanager
def serve(root: Path, *options: str) -> Iterator[Preview]:
    """A preview of a blog, ended with Ctrl-C."""
    log = root.parent / "serve.log"
    command = [sys.executable, str(ROOT / "build.py"), "--root", str(root), "serve", "--no-open"]
    with log.open("w") as said:
        process = subprocess.Popen(
            [*command, *options],
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    try:
        assert process.stdout
        line = process.stdout.readline()
        assert line.startswith("http://"), log.read_text("utf-8")
        yield Preview(root, process, line.split()[0], log)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(SECONDS)
        finally:
            process.kill()
            process.wait()
            assert process.stdout
            process.stdout.close()


def until(is_so: Callable[[], object], what: str = "", seconds: float = SECONDS) -> object:
    """Wait for something; what it was. Fails where it does not come."""
    deadline = time.monotonic() + seconds
    while not (found := is_so()):
        assert time.monotonic() < deadline, what or "it did not come"
        time.sleep(0.02)
    return found


@dataclass
class Screen:
    """A page of a preview in a browser."""

    page: object
    said: list[str] = field(default_factory=list)

    def look(self, expression: str) -> object:
        """The value of a JavaScript expression."""
        return self.page.evaluate(expression)  # type: ignore[attr-defined]

    @property
    def text(self) -> str:
        """What the page's body says."""
        return str(self.look("document.body.innerText"))

    @property
    def status(self) -> str:
        """What the bar says."""
        return str(self.bar("querySelector('.status')?.textContent"))

    @property
    def panels(self) -> list[str]:
        """What stands over the page."""
        return self.bar("querySelectorAll('.panel')", "[...{}].map((each) => each.innerText)")  # type: ignore[return-value]

    @property
    def warnings(self) -> str:
        """What the bar warns of."""
        return str(self.bar("querySelector('details').textContent"))

    def bar(self, path: str, form: str = "{}") -> object:
        """Something in the bar's own tree."""
        found = f"document.querySelector('evergreen-preview').shadowRoot.{path}"
        return self.look(form.replace("{}", found))

    def press(self, name: str) -> None:
        """Click one of the bar's buttons."""
        self.bar(f"querySelector('button[name={name}]').click()")

    def until(self, expression: str, seconds: float = SECONDS) -> object:
        """Wait until a JavaScript expression is true."""
        return self.wait(lambda: self.look(expression), expression, seconds)

    def wait(self, is_so: Callable[[], object], what: str = "", seconds: float = SECONDS) -> object:
        """Wait for something of the page."""
        deadline = time.monotonic() + seconds
        while not (found := self._try(is_so)):
            late = time.monotonic() > deadline
            assert not late, (what, self.status, self.warnings, self.panels, self.text[:500])
            self.page.wait_for_timeout(15)  # type: ignore[attr-defined]
        return found

    @staticmethod
    def _try(is_so: Callable[[], object]) -> object:
        """What is so; False while another page is just being loaded."""
        from playwright.sync_api import Error

        try:
            return is_so()
        except Error as error:
            if "context was destroyed" in str(error) or "properties of null" in str(error):
                return False
            raise


@contextmanager
def looking(browser: object, address: str, **options: object) -> Iterator[Screen]:
    """A page at an address, when it listens."""
    context = browser.new_context(reduced_motion="reduce", **options)  # type: ignore[attr-defined]
    try:
        screen = Screen(context.new_page())
        screen.page.on("console", lambda message: screen.said.append(message.text))  # type: ignore[attr-defined]
        screen.page.on("pageerror", lambda error: screen.said.append(str(error)))  # type: ignore[attr-defined]
        screen.page.goto(address)  # type: ignore[attr-defined]
        screen.until(
            "document.querySelector('evergreen-preview')?.shadowRoot.querySelector('.status').textContent"
        )
        screen.wait(lambda: screen.status != "the preview has ended", "the stream")
        yield screen
    finally:
        context.close()
