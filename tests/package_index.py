"""A package index on this machine that tells when its files were uploaded (PEP 691, PEP 700)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

_JSON = "application/vnd.pypi.simple.v1+json"


@dataclass
class PackageIndex:
    """The wheels of a folder, as an index serves them; it may change while it is served."""

    wheels: Path
    uploaded: dict[str, str] = field(default_factory=dict)
    """Start of a file's name → its upload time; files without one are served without."""
    yanked: set[str] = field(default_factory=set)
    """Starts of the names of withdrawn files."""
    asked: list[str] = field(default_factory=list)
    """The paths that were asked for."""
    url: str = ""

    def page(self, name: str) -> dict[str, Any]:
        """Return the index page of a distribution."""
        files = [self._file(each) for each in sorted(self.wheels.glob(f"{name}-*.whl"))]
        versions = sorted({str(each["filename"]).split("-")[1] for each in files})
        meta = {"api-version": "1.1"}
        return {"meta": meta, "name": name, "versions": versions, "files": files}

    def _file(self, file: Path) -> dict[str, Any]:
        content = file.read_bytes()
        times = [time for start, time in self.uploaded.items() if file.name.startswith(start)]
        return {
            "filename": file.name,
            "url": f"/files/{file.name}",
            "hashes": {"sha256": sha256(content).hexdigest()},
            "size": len(content),
            "yanked": any(file.name.startswith(start) for start in self.yanked),
            **({"upload-time": f"{times[0]}T12:00:00Z"} if times else {}),
        }


@contextmanager
def only_index(patch: pytest.MonkeyPatch, index: PackageIndex) -> Iterator[PackageIndex]:
    """Serve an index as the only one that installers use; uv's cache, beside its files, is new."""
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "UV_FIND_LINKS", "PIP_NO_INDEX"):
        patch.delenv(name, raising=False)
    patch.setenv("UV_CACHE_DIR", str(index.wheels.parent / "uv-cache"))
    patch.setenv("UV_NO_CONFIG", "1")
    with serve_index(index) as served:
        patch.setenv("PIP_INDEX_URL", served.url)
        yield served


@contextmanager
def serve_index(index: PackageIndex) -> Iterator[PackageIndex]:
    """Serve an index on the loopback interface; its URL is set."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(send=True)

        def do_HEAD(self) -> None:
            self._answer(send=False)

        def _answer(self, send: bool) -> None:
            index.asked.append(self.path)
            kind, _, name = self.path.strip("/").partition("/")
            page = index.page(name.replace("-", "_")) if kind == "simple" else {"files": [name]}
            if not page["files"]:
                self.send_error(404)
                return
            file = index.wheels / name
            content = json.dumps(page).encode() if kind == "simple" else file.read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", _JSON if kind == "simple" else "application/zip")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if send:
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    index.url = f"http://127.0.0.1:{server.server_port}/simple/"
    try:
        yield index
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
