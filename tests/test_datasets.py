"""Declared data: where it is searched for, and which files are rejected."""

from __future__ import annotations

import functools
import http.server
import os
import threading
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from evergreen.execution.datasets import fetch_data, read_mirrors
from evergreen.model import DataFile

CONTENT = "数据".encode()
SHA = sha256(CONTENT).hexdigest()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Serve a folder with the file `a/f.txt`; yield the address."""
    folder = tmp_path / "served"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "f.txt").write_bytes(CONTENT)
    (folder / "wrong.txt").write_bytes(b"something else")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Log nothing."""

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()


def test_mirrors_are_folders_or_prefixes() -> None:
    """Entries are separated as in PATH; the colon of a URL does not separate."""
    text = os.pathsep.join(["/a/b", "https://x.example:8080/c", "d"])
    assert ("/a/b", "https://x.example:8080/c", "d") == read_mirrors({"EVERGREEN_DATA": text})
    assert () == read_mirrors({})


def test_a_folder_is_searched_first(tmp_path: Path) -> None:
    """A folder may contain the file under its declared name or its base name."""
    (tmp_path / "f.txt").write_bytes(CONTENT)
    file = DataFile("deep/f.txt", ("http://127.0.0.1:9/never",), SHA)
    found, missing = fetch_data([file], tmp_path / "cache", [str(tmp_path)])
    assert (CONTENT, {}) == (found[SHA].read_bytes(), missing)


def test_fetched_once_with_progress(tmp_path: Path, server: str) -> None:
    """The second time the cached file is used; progress reports bytes so far and in total."""
    told: list[tuple[str, int, int]] = []
    file = DataFile("f.txt", (f"{server}/a/f.txt",), SHA)
    found, _ = fetch_data([file], tmp_path / "c", (), lambda *state: told.append(state))
    assert CONTENT == found[SHA].read_bytes()
    assert ("f.txt", len(CONTENT), len(CONTENT)) == told[-1]
    offline = DataFile("f.txt", ("http://127.0.0.1:9/gone",), SHA)
    assert {SHA: found[SHA]} == fetch_data([offline], tmp_path / "c")[0]


def test_the_next_url_is_tried(tmp_path: Path, server: str) -> None:
    """A URL without the file, or with other content, is skipped."""
    urls = (f"{server}/gone.txt", f"{server}/wrong.txt", f"{server}/a/f.txt")
    found, missing = fetch_data([DataFile("f.txt", urls, SHA)], tmp_path / "c")
    assert (CONTENT, {}) == (found[SHA].read_bytes(), missing)


def test_a_prefix_is_tried_first(tmp_path: Path, server: str) -> None:
    """Below a URL prefix the file has its declared name or its base name."""
    file = DataFile("x/f.txt", ("http://127.0.0.1:9/f.txt",), SHA)
    found, _ = fetch_data([file], tmp_path / "c", [f"{server}/a"])
    assert CONTENT == found[SHA].read_bytes()


def test_a_wrong_hash_is_never_used(tmp_path: Path, server: str) -> None:
    """A file with a wrong hash is rejected from a folder and from a URL."""
    (tmp_path / "f.txt").write_bytes(b"something else")
    file = DataFile("f.txt", (f"{server}/wrong.txt",), SHA)
    found, missing = fetch_data([file], tmp_path / "c", [str(tmp_path)])
    assert {} == found
    assert {SHA: f"{server}/wrong.txt: its hash is not the declared one"} == missing
    assert [] == [path for path in (tmp_path / "c").rglob("*") if path.name == SHA]


def test_a_damaged_cache_is_fetched_again(tmp_path: Path, server: str) -> None:
    """The cached file is checked each time."""
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / SHA).write_bytes(b"damaged")
    found, _ = fetch_data([DataFile("f.txt", (f"{server}/a/f.txt",), SHA)], tmp_path / "c")
    assert CONTENT == found[SHA].read_bytes()


def test_reasons_are_short(tmp_path: Path) -> None:
    """The reason for a missing file is given in a few words."""
    file = DataFile("f.txt", ("http://127.0.0.1:9/f.txt",), SHA)
    missing = {SHA: "http://127.0.0.1:9/f.txt: cannot be reached"}
    assert ({}, missing) == fetch_data([file], tmp_path / "c")
