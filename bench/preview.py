"""Measure the time from a save to its display in the browser, for several generators.

    python bench/peers.py --tools /tmp/peers --install --only eleventy hugo
    python bench/preview.py --tools /tmp/peers --sizes 100 1000 --edits 50

All have the same posts (`blogs.py`) and the settings of bench/peers/. The servers take turns, edit
by edit, so that other load on the machine affects all of them. Chromium shows the page of a post; a
paragraph is saved with a new stamp; the time ends with the first frame that shows it. Generators
that are not installed are skipped. Prints medians in milliseconds, and ratios to Evergreen.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blogs import stem
from peers import HERE, OURS, Peer, lay_out, read_peer

EDITED = 57
"""Number of the post in which a paragraph changes."""
SECONDS = 30
"""Maximum time until an edit is visible."""
WATCH = """
(() => {
  const seen = new Set();
  const look = () => {
    for (const [stamp] of (document.body?.innerText ?? "").matchAll(/stamp-[0-9]+x/g)) {
      if (seen.has(stamp)) continue;
      seen.add(stamp);
      const now = () => performance.timeOrigin + performance.now();
      requestAnimationFrame(() => console.debug(`seen ${stamp} ${now()}`));
    }
  };
  const all = { subtree: true, childList: true, characterData: true };
  new MutationObserver(look).observe(document, all);
  addEventListener("load", look);
})();
"""


@dataclass(frozen=True)
class Server:
    """The server of a generator: its command, without the port."""

    peer: str
    title: str
    command: Sequence[str]
    page: str
    """URL path of a post."""


SERVERS = (
    Server(
        OURS,
        "Evergreen",
        ["{python}", "{evergreen}/build.py", "--root", ".", "serve", "--no-open", "--port"],
        "articles/post-{number}/",
    ),
    Server("hugo", "Hugo", ["{program}", "server", "--port"], "articles/{stem}/"),
    Server("eleventy", "Eleventy", ["{program}", "--serve", "--port"], "articles/post-{number}/"),
    Server(
        "eleventy",
        "Eleventy, incremental",
        ["{program}", "--serve", "--incremental", "--port"],
        "articles/post-{number}/",
    ),
)


class Open:
    """A running server, and a page of it in the browser."""

    def __init__(self, server: Server, post: Path, page: Any) -> None:
        self.server, self.post, self.page = server, post, page
        self.text = post.read_text("utf-8")
        self.seen: dict[str, float] = {}
        self.times: list[float] = []
        page.on("console", self._hear)

    def edit(self, number: int) -> None:
        """Save a stamp and wait until it is visible."""
        stamp = f"stamp-{number}x"
        before, mark, after = self.text.partition("\n## ")
        self.page.bring_to_front()
        start = time.time()
        self.post.write_text(f"{before}\n{stamp} in a paragraph.\n{mark}{after}", "utf-8")
        while stamp not in self.seen and time.time() - start < SECONDS:
            self.page.wait_for_timeout(5)
        self.times.append(self.seen.get(stamp, (start + SECONDS) * 1000) - start * 1000)

    def _hear(self, message: Any) -> None:
        words = message.text.split()
        if words[:1] == ["seen"]:
            self.seen[words[1]] = float(words[2])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tools", type=Path, required=True, help="folder of the generators")
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--edits", type=int, default=50)
    options = parser.parse_args()
    # The servers have sessions of their own: nothing else would end them.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    for size in options.sizes:
        with tempfile.TemporaryDirectory(prefix="preview-") as scratch:
            measure(options.tools.resolve(), Path(scratch), size, options.edits)
    return 0


def measure(tools: Path, scratch: Path, size: int, edits: int) -> None:
    """Edit a blog of a size in each server in turn, and print a table."""
    from playwright.sync_api import sync_playwright

    with ExitStack() as stack:
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        stack.callback(browser.close)
        opened = []
        for number, server in enumerate(SERVERS):
            peer = read_peer(HERE / "peers" / server.peer, tools)
            if not shutil.which(peer.command[0]):
                print(f"skipped, not installed: {server.title}")
                continue
            folder = scratch / str(number)
            opened.append(stack.enter_context(running(server, peer, folder, size, browser)))
        for number in range(edits + 2):
            for each in opened:
                each.edit(number)
                each.page.wait_for_timeout(250)  # let the build finish
        report(opened, size)


@contextmanager
def running(server: Server, peer: Peer, folder: Path, size: int, browser: Any) -> Iterator[Open]:
    """Run a server for a new blog, with the page of a post open."""
    lay_out(peer, folder, size)
    port = free_port()
    words = {"python": sys.executable, "evergreen": HERE.parent, "program": peer.command[0]}
    command = [word.format(**words) for word in server.command]
    process = subprocess.Popen(
        [*command, str(port)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        place = server.page.format(number=EDITED, stem=stem(EDITED))
        await_port(port, process)
        page = browser.new_page()
        page.add_init_script(WATCH)
        page.goto(f"http://127.0.0.1:{port}/{place}")
        page.wait_for_timeout(1500)
        yield Open(server, folder / peer.posts / f"{stem(EDITED)}.md", page)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers."""
    deadline = time.monotonic() + 300
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{process.args} does not answer") from None
            time.sleep(0.2)


def free_port() -> int:
    """Return an unused port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def report(opened: Sequence[Open], size: int) -> None:
    """Print the medians, without the first two edits, which warm up."""
    print(f"\n{size} posts, edit to visible, medians of {len(opened[0].times) - 2}\n")
    medians = [statistics.median(each.times[2:]) for each in opened]
    for each, median in zip(opened, medians, strict=True):
        worst = max(each.times[2:])
        ratio = median / medians[0]
        print(f"{each.server.title:24}{median:8.0f} ms   ×{ratio:5.1f}   worst {worst:.0f} ms")


if __name__ == "__main__":
    raise SystemExit(main())
