"""The preview over HTTP, on loopback: files from a table, a stream of changes, nothing else.

Nothing is read from disk by an address: what is not in the blog's table is not there.
"""

from __future__ import annotations

import asyncio
import json
import mimetypes
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from tornado import httpserver, netutil, web, websocket

from evergreen.preview import security
from evergreen.preview.app import PreviewApp
from evergreen.preview.clients import MOST, PreviewClient
from evergreen.preview.pages import OWN
from evergreen.render.charts import LIBRARIES

HOST = "127.0.0.1"
PORT = 8000
TRIED = 100
"""Ports after the first that are tried."""
_CLIENT = Path(__file__).parent / "client"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".xml": "application/xml",
    ".txt": "text/plain; charset=utf-8",
    ".py": "text/plain; charset=utf-8",
    ".ipynb": "application/json",
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
}


def open_server(app: PreviewApp, port: int = 0) -> tuple[httpserver.HTTPServer, int]:
    """Return a listening server and its port: the requested one, or the next free one.

    Raises OSError if none is free.
    """
    sockets, port = _listen(port)
    settings = {"app": app, "port": port, "files": _own_files()}
    application = web.Application(
        [
            (rf"{OWN}/events", EventsHandler, settings),
            (rf"{OWN}/.*", PreviewAssets, settings),
            (r".*", FileHandler, settings),
        ],
        default_handler_class=FileHandler,
        default_handler_args=settings,
        log_function=lambda handler: None,
        websocket_ping_interval=20,
        websocket_ping_timeout=20,
        websocket_max_message_size=4096,
    )
    server = httpserver.HTTPServer(
        application,
        idle_connection_timeout=30,
        body_timeout=5,
        max_header_size=16_384,
        max_body_size=1_024,
    )
    server.add_sockets(sockets)
    return server, port


class LocalHandler(web.RequestHandler):
    """Answers this machine's browsers alone."""

    def initialize(self, app: PreviewApp, port: int, files: Mapping[str, bytes]) -> None:
        self.app, self.port, self.files = app, port, files

    def set_default_headers(self) -> None:
        for name, value in security.HEADERS.items():
            self.set_header(name, value)

    def prepare(self) -> None:
        if not security.is_here(self.request.headers.get("Host"), self.port):
            raise web.HTTPError(403)
        if self.is_public():
            self.set_header("Cross-Origin-Resource-Policy", "cross-origin")
        elif security.is_intrusion(self.request.headers):
            raise web.HTTPError(403)
        if self.request.method not in ("GET", "HEAD"):
            raise web.HTTPError(405)

    def is_public(self) -> bool:
        """True if sandboxed frames, which have no origin, may load it."""
        return self.request.path.startswith(f"{self.app.baseurl}/{LIBRARIES}/")

    def write_error(self, status_code: int, **_: Any) -> None:
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{status_code} {self._reason}\n")

    def compute_etag(self) -> None:
        """Return no ETag: browsers must not cache anything."""

    def log_exception(self, *error: Any) -> None:
        """Suppress the log: the response has the status code."""
        if not isinstance(error[1], web.HTTPError):
            self.app.tell(f"{self.request.path[:200]}: {type(error[1]).__name__}: {error[1]}")

    def send(self, content: bytes, suffix: str) -> None:
        """Answer with a file."""
        kind = _TYPES.get(suffix) or mimetypes.guess_type(f"x{suffix}")[0]
        self.set_header("Content-Type", kind or "application/octet-stream")
        self.finish(content)


class FileHandler(LocalHandler):
    """The blog's files."""

    async def get(self) -> None:
        """Send a file, the page of a folder, or the blog's page for missing files."""
        path = self._path()
        if path is None:
            await self._missing()
            return
        file = f"{path}index.html" if not path or path.endswith("/") else path
        found = await self.app.pages.file(file)
        if found is not None:
            self.send(found, _suffix(file))
        elif not path.endswith("/") and await self.app.pages.file(f"{path}/index.html"):
            self.redirect(f"{self.app.baseurl}/{quote(path)}/", status=302)
        else:
            await self._missing(file)

    head = get

    def _path(self) -> str | None:
        """Return the path below the site; None if it is not valid."""
        try:
            path = unquote_to_bytes(self.request.path).decode("utf-8")
        except UnicodeDecodeError:
            return None
        base = self.app.baseurl
        if path in ("/", base) and base:
            self.redirect(f"{base}/", status=302)
            raise web.Finish
        if not path.startswith(f"{base}/"):
            return None
        return path[len(base) + 1 :]

    async def _missing(self, file: str = "") -> None:
        self.set_status(404)
        self.send(await self.app.pages.missing(file), ".html")


class PreviewAssets(LocalHandler):
    """The preview's script and styles."""

    def get(self) -> None:
        """Send a file of the preview."""
        name = self.request.path.removeprefix(f"{OWN}/")
        if name not in self.files:
            raise web.HTTPError(404)
        self.send(self.files[name], _suffix(name))

    head = get


class EventsHandler(websocket.WebSocketHandler, LocalHandler):
    """What changes, as it does; and the bar's commands."""

    viewer: PreviewClient | None = None

    def prepare(self) -> None:
        """Refuse connections of other pages than this server's."""
        LocalHandler.prepare(self)
        origin = self.request.headers.get("Origin")
        token = self.get_query_argument("token", "")
        if not security.is_own(origin, self.port) or not security.is_token(token, self.app.token):
            raise web.HTTPError(403)
        if len(self.app.clients.viewers) >= MOST:
            raise web.HTTPError(503)

    def check_origin(self, origin: str) -> bool:
        """Return True: `prepare` has checked the origin."""
        return security.is_own(origin, self.port)

    async def open(self, *_: str, **__: str) -> None:
        """Add the page."""
        path = self.get_query_argument("path", "")
        self.viewer = PreviewClient(path, self.get_query_argument("version", ""), self.pass_on)
        self.delivery = asyncio.create_task(self.viewer.deliver())
        await self.app.welcome(self.viewer)

    async def pass_on(self, text: str) -> None:
        """Send a message, and wait until it has left."""
        await self.write_message(text)

    async def on_message(self, message: str | bytes) -> None:
        """Execute a command of the bar."""
        with suppress(ValueError, AttributeError, TypeError):
            said = json.loads(message)
            if self.viewer:
                await self.app.obey(self.viewer, str(said.get("do", "")), said)

    def on_close(self) -> None:
        """Remove the page."""
        if self.viewer:
            self.delivery.cancel()
            self.app.leave(self.viewer)


def _listen(port: int) -> tuple[list[socket.socket], int]:
    wanted = [port] if port else range(PORT, PORT + TRIED)
    for number in wanted:
        try:
            return netutil.bind_sockets(number, HOST), number
        except OSError as error:
            last = error
    raise last


def _own_files() -> dict[str, bytes]:
    """Return the files that pages load for the preview, by name; the script is bundled into one."""
    files = {path.name: path.read_bytes() for path in _CLIENT.iterdir() if path.is_file()}
    return {**files, "preview.js": files.pop("patch.js") + files["preview.js"]}


def _suffix(path: str) -> str:
    name = path.rpartition("/")[2]
    return f".{name.rpartition('.')[2].lower()}" if "." in name else ""
