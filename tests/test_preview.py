"""The preview over HTTP: who is answered, with what, and that nobody is kept waiting."""

from __future__ import annotations

import base64
import os
import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from previewing import Preview, serve, until

from evergreen.preview import security
from evergreen.preview.editor import choose_editor, link_to
from evergreen.preview.pages import with_script
from evergreen.preview.status import cells

POST = "---\ntitle: 文 {n}\n---\n\n正文 {n}。\n"
SETTINGS = 'title = "预览"\nlang = "zh"\nsearch = false\n'
SECRET = "密码在此"


@pytest.fixture(scope="module")
def preview(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    """A preview of three posts, with files that are not to be had around them."""
    root = tmp_path_factory.mktemp("preview") / "blog"
    (root / "posts").mkdir(parents=True)
    for number in range(3):
        text = POST.format(n=number)
        (root / f"posts/2026-01-0{number + 1}-p{number}.md").write_text(text, "utf-8")
    (root / "site.toml").write_text(SETTINGS, "utf-8")
    (root / "secret.txt").write_text(SECRET, "utf-8")
    (root / "posts/secret.txt").write_text(SECRET, "utf-8")
    (root.parent / "secret.txt").write_text(SECRET, "utf-8")
    with serve(root) as running:
        yield running


def traversals() -> list[str]:
    """Two hundred ways to ask for a file that is not the site's."""
    ups = ["..", "%2e%2e", "%2E.", ".%2e", "%252e%252e", "..%00", "%c0%ae%c0%ae", "..;", "．．"]
    slashes = ["/", "%2f", "%5c", "\\", "//", "%252f", "/./"]
    targets = ["secret.txt", "posts/secret.txt", "site.toml"]
    made = [f"/{up}{slash}{target}" for up in ups for slash in slashes for target in targets]
    made += ["/etc/passwd", "//etc/passwd", "/file:///etc/passwd", "/posts/2026-01-01-p0.md"]
    made += ["/.cache/snapshot.json", "/.evergreen/../secret.txt", "/.evergreen/server.py"]
    made += ["/p0/../../secret.txt", "/assets/../../secret.txt", "/%00", "/p0/%00", "/\udcff"]
    return [path.encode("utf-8", "surrogateescape").decode("latin-1") for path in made]


def test_two_hundred_traversals_are_refused(preview: Preview) -> None:
    """None is answered with a file that is not the site's."""
    asked = traversals()
    assert len(asked) >= 200
    for path in asked:
        with socket.create_connection(("127.0.0.1", preview.port), 10) as line:
            head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{preview.port}\r\nConnection: close\r\n"
            line.sendall(f"{head}\r\n".encode("latin-1"))
            answer = b"".join(iter(lambda line=line: line.recv(65536), b""))
        assert not answer.startswith(b"HTTP/1.1 200"), path
        assert SECRET.encode() not in answer and b"root:" not in answer, path


FOREIGN = [
    *("evil.example", "127.0.0.1", "localhost", "127.0.0.1:1", "localhost:80", "0.0.0.0"),
    *("127.0.0.1.evil.example", "localhost.evil.example", "evil.example:{port}", "[::1]"),
    *("127.1:{port}", "0.0.0.0:{port}", "2130706433:{port}", "LOCALHOST.:{port}", "{port}", ""),
    *("127.0.0.1:{port}@evil.example", "evil.example#127.0.0.1:{port}", "127.0.0.1:{port}.evil"),
    *("xn--localhost:{port}", "127.0.0.1:0{port}", "localhost:{port}:{port}"),
]


def test_twenty_foreign_hosts_are_refused(preview: Preview) -> None:
    """Another site's name may lead here; it gets nothing."""
    assert len(FOREIGN) >= 20
    for host in FOREIGN:
        host = host.format(port=preview.port)
        for path in ("/p0/", "/.evergreen/preview.js", "/.evergreen/events"):
            status, _, body = preview.ask(path, headers={"Host": host})
            assert (status in (400, 403), "正文" in body.decode()) == (True, False), host


def handshake(preview: Preview, origin: str | None, token: str) -> int:
    """The status of an answer to a request for the stream."""
    key = base64.b64encode(os.urandom(16)).decode()
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": key,
        "Sec-WebSocket-Version": "13",
        **({"Origin": origin} if origin is not None else {}),
    }
    with socket.create_connection(("127.0.0.1", preview.port), 10) as line:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        host = f"Host: 127.0.0.1:{preview.port}\r\n"
        path = f"/.evergreen/events?path=index.html&token={token}"
        line.sendall(f"GET {path} HTTP/1.1\r\n{host}{lines}\r\n".encode())
        return int(line.recv(4096).split()[1])


def test_ten_foreign_origins_do_not_hear_the_stream(preview: Preview) -> None:
    """Only this server's own pages do, with the token that they carry."""
    token = re.search(r'data-token="([^"]+)"', preview.ask("/")[2].decode())[1]  # type: ignore[index]
    here = f"http://127.0.0.1:{preview.port}"
    foreign = [
        *("http://evil.example", "https://evil.example", "null", "", "file://", here + "/"),
        *(f"https://127.0.0.1:{preview.port}", "http://127.0.0.1", "http://localhost:1"),
        *(f"http://127.0.0.1:{preview.port}.evil.example", f"http://evil@127.0.0.1:{preview.port}"),
    ]
    assert [403] * len(foreign) == [handshake(preview, origin, token) for origin in foreign]
    assert (403, 403, 101) == (
        handshake(preview, None, token),
        handshake(preview, here, "x"),
        handshake(preview, here, token),
    )


def test_only_get_and_head(preview: Preview) -> None:
    """Everything else is refused."""
    methods = ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "X")
    assert {405} == {preview.ask("/", method)[0] for method in methods}
    assert (200, b"") == preview.ask("/p0/", "HEAD")[::2]


def test_answers_are_not_kept_and_not_guessed(preview: Preview) -> None:
    """no-store, nosniff, and no word of CORS."""
    for path in ("/", "/p0/", "/feed.xml", "/nothing", "/.evergreen/preview.js"):
        _, headers, _ = preview.ask(path)
        told = headers["Cache-Control"], headers["X-Content-Type-Options"]
        assert ("no-store", "nosniff") == told
        assert [] == [name for name in headers if name.startswith("Access-Control")]


def test_a_foreign_page_cannot_load_parts(preview: Preview) -> None:
    """A script or picture is refused to another site; a link to a page may be followed."""
    foreign = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    page_links = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    statuses = [preview.ask("/p0/", headers=each)[0] for each in (foreign, page_links)]
    assert [403, 200] == statuses


def test_a_folder_without_its_slash_leads_to_it(preview: Preview) -> None:
    """And never elsewhere."""
    status, headers, _ = preview.ask("/p0")
    assert (302, "/p0/") == (status, headers["Location"])
    assert 404 == preview.ask("//evil.example/p0")[0]


def test_many_requests_during_rebuilds_see_whole_pages(preview: Preview) -> None:
    """No 404 and no half page, with the files that each page names."""
    path = "posts/2026-01-01-p0.md"
    done, wrong = threading.Event(), []

    def read() -> None:
        while not done.is_set():
            status, _, body = preview.ask("/p0/")
            if status != 200 or not body.rstrip().endswith(b"</html>") or b"\xe6" not in body:
                wrong.append((status, body[-80:]))
            style = re.search(rb'href="(/assets/evergreen[^"]+)"', body)
            if not style or preview.ask(style[1].decode())[0] != 200:
                wrong.append((0, b"no style"))

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(12):
        preview.write(path, POST.format(n=number))
        if number % 4 == 0:
            preview.write("templates/assets/evergreen.css", f"body {{ margin: {number}px }}\n")
        until(lambda n=number: f"正文 {n}。" in preview.ask("/p0/")[2].decode())
    done.set()
    for reader in readers:
        reader.join()
    (preview.root / "templates/assets/evergreen.css").unlink()
    assert [] == wrong


def test_a_half_written_file_is_waited_for(preview: Preview) -> None:
    """What an editor is still writing is not read."""
    path = preview.root / "posts/2026-01-02-p1.md"
    before = preview.said.count("2026-01-02-p1.md")
    with path.open("w", encoding="utf-8") as file:
        file.write('---\ntitle: "半')
        file.flush()
        time.sleep(0.4)
        file.write('"\n---\n\n写完了。\n')
    until(lambda: "写完了" in preview.ask("/p1/")[2].decode())
    assert "p1.md:" not in preview.said.replace("p1.md: the page", "")
    assert 1 == preview.said.count("2026-01-02-p1.md") - before


def test_saving_by_renaming_is_one_edit(preview: Preview) -> None:
    """The file that is away for a moment was not deleted."""
    path = preview.root / "posts/2026-01-03-p2.md"
    path.rename(path.with_name("2026-01-03-p2.md~"))
    time.sleep(0.05)
    path.write_text(POST.format(n="新"), "utf-8")
    until(lambda: "正文 新" in preview.ask("/p2/")[2].decode())
    assert "removed" not in preview.said


def test_what_a_save_has_done_is_said(preview: Preview) -> None:
    """Not that a page is new where it cannot be made, and where a file comes back that it is."""
    path = "posts/2026-01-02-p1.md"

    def says(text: str) -> None:
        until(lambda: text in preview.said, text)

    time.sleep(1)  # what was saved before is another burst
    preview.write(path, "---\ntitle: 甲: 乙\n---\n")
    says(f"{path}: the last good page stays, ")
    says(f"{path}:2:9: a second ':' in one value")
    preview.write(path, POST.format(n="好"))
    says(f"{path}: the page is new, ")
    (preview.root / path).unlink()
    says(f"{path}: removed, ")
    preview.write(path, POST.format(n="好"))
    says(f"{path}: there again, ")


def test_folders_that_are_moved_are_followed(preview: Preview) -> None:
    """In, with their files; within the blog; and out."""
    aside, first, second = (preview.root / name for name in ("篮", "posts/甲夹", "posts/乙夹"))
    aside.mkdir()
    (aside / "2026-01-09-yi.md").write_text(POST.format(n="移"), "utf-8")
    aside.rename(first)
    until(lambda: "正文 移" in preview.ask("/yi/")[2].decode())
    first.rename(second)
    until(lambda: "posts/乙夹/2026-01-09-yi.md" in preview.said)
    preview.write("posts/乙夹/2026-01-09-yi.md", POST.format(n="改"))
    until(lambda: "正文 改" in preview.ask("/yi/")[2].decode())
    second.rename(aside)
    until(lambda: 404 == preview.ask("/yi/")[0])


def test_a_new_folder_reports_no_former_edits(preview: Preview) -> None:
    """Nor the settings': what it has reported is not news."""
    path = "posts/2026-01-02-p1.md"
    for name, text in (
        (path, POST.format(n="旧")),
        ("site.toml", f"# 旧\n{SETTINGS}"),
    ):
        said = preview.said
        preview.write(name, text)
        until(lambda name=name, said=said: name in preview.said.removeprefix(said))
    time.sleep(0.5)
    said = preview.said
    preview.write("data/数.csv", "1\n")
    time.sleep(1)
    assert "among them" not in preview.said.removeprefix(said)


def test_slow_clients_hold_nobody_up(preview: Preview) -> None:
    """A hundred that never finish to ask, and others are answered at once."""
    lines = [socket.create_connection(("127.0.0.1", preview.port), 10) for _ in range(100)]
    try:
        for line in lines:
            line.sendall(b"GET / HTTP/1.1\r\nHost:")
        start = time.monotonic()
        assert 200 == preview.ask("/p0/")[0]
        assert time.monotonic() - start < 5
    finally:
        for line in lines:
            line.close()


def test_it_ends_in_two_seconds(tmp_path: Path) -> None:
    """Ctrl-C, and nothing of it is left."""
    root = tmp_path / "blog"
    (root / "posts").mkdir(parents=True)
    (root / "posts/2026-01-01-a.md").write_text(POST, "utf-8")
    with serve(root) as preview:
        start = time.monotonic()
        preview.process.send_signal(2)
        assert 0 == preview.process.wait(10)
        assert time.monotonic() - start < 2


def test_the_script_comes_first(tmp_path: Path) -> None:
    """In the head, before all others."""
    page = b"<!DOCTYPE html>\n<html><head lang='x'>\n<script></script></head></html>"
    made = with_script(page, 'a"/index.html', "v", "t")
    assert made.index(b"<head") < made.index(b"preview.js") < made.index(b"<script></script>")
    assert b'data-path="a&quot;/index.html"' in made


def test_own_names_are_own() -> None:
    """The three names of loopback, with the port; nothing else."""
    names = ["127.0.0.1:80", "localhost:80", "[::1]:80"]
    assert [True] * 3 == [security.is_here(name, 80) for name in names]
    assert [False] * 3 == [security.is_here(name, 81) for name in names]


def test_editors_have_links() -> None:
    """By $EDITOR, else VS Code's; a path is quoted, a command has no link."""
    path = Path("/博客/a b.md")
    assert "vscode://file/%E5%8D%9A%E5%AE%A2/a%20b.md:3" == link_to(choose_editor("", {}), path, 3)
    assert "subl://" in link_to(choose_editor("", {"EDITOR": "/usr/bin/subl -w"}), path, 3)
    assert "" == link_to(choose_editor("vim +{line} {path}"), path, 3)


def test_cells_are_named_as_people_do() -> None:
    """Runs of numbers as spans."""
    assert ["the prose", "cell 3", "cells 1–3", "cells 1–3, 5 and 7–8"] == [
        cells(numbers) for numbers in ([0], [3], [1, 2, 3], [8, 7, 5, 3, 2, 1, 0])
    ]


def test_a_post_that_is_a_symlink_is_followed(preview: Preview) -> None:
    """An edit of the file that it leads to, outside the watched folders; also when it is turned."""
    other = preview.root / "别处"
    other.mkdir()
    for name in ("一", "二"):
        text = f"---\ntitle: 链\ndate: 2026-01-07\n---\n\n{name}。\n"
        (other / f"{name}.md").write_text(text, "utf-8")
    link = preview.root / "posts/2026-01-07-lian.md"
    for name in ("一", "二"):
        link.unlink(missing_ok=True)
        link.symlink_to(f"../别处/{name}.md")
        until(lambda name=name: f"{name}。" in page(preview))
        target = other / f"{name}.md"
        target.write_text(target.read_text("utf-8") + f"\n{name}改了。\n", "utf-8")
        until(lambda name=name: f"{name}改了" in page(preview))
    link.unlink()


def test_a_symlink_in_a_folder_that_is_moved_in_is_followed(preview: Preview) -> None:
    """From then on an edit of its target is seen."""
    aside, target = preview.root / "链夹", preview.root / "他处/文.md"
    aside.mkdir()
    target.parent.mkdir()
    target.write_text("---\ntitle: 链\ndate: 2026-01-07\n---\n\n一。\n", "utf-8")
    (aside / "2026-01-07-lian.md").symlink_to("../../他处/文.md")
    aside.rename(preview.root / "posts/链夹")
    until(lambda: "一。" in page(preview))
    time.sleep(1)
    target.write_text(target.read_text("utf-8").replace("一。", "改了。"), "utf-8")
    until(lambda: "改了。" in page(preview))
    shutil.rmtree(preview.root / "posts/链夹")


def page(preview: Preview) -> str:
    """The page of the symlink."""
    return preview.ask("/lian/")[2].decode()
