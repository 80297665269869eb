"""Report saved files when they are complete.

Changes in quick succession are reported together. A file that is still being written is
awaited; one that is empty or gone gets a moment to come back, as many editors save in that way.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import signal
import stat
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from watchfiles import Change, watch

from evergreen.content.jekyll.detect import CONFIGS, config_folder
from evergreen.content.quarto_files import MYST_PROJECT, PROJECT
from evergreen.packaged import TEMPLATES, THEMES

TREES = (
    *("posts", "pages", TEMPLATES, "static", "_posts", "_drafts", "_includes", "_data"),
    *("plugins", THEMES),
    *("assets", "data", "files", "images", "img", "media", "styles", "inventories"),
)
"""Folders that are watched; of the last ones many are where pictures, data and styles often are."""
FILES = ("site.toml", "plugins.py", *CONFIGS, *PROJECT, MYST_PROJECT)
_UNREAD = {"node_modules", "vendor", "__pycache__"}
STEP = 3
"""Milliseconds without a change that end a burst."""
LONGEST = 200
"""Milliseconds after which a burst is reported although it goes on."""
MOMENT = 0.25
"""Seconds that an empty or missing file gets."""
PATIENCE = 3.0
"""Seconds that a file gets which is being written."""
TIMEOUT = 200
"""Milliseconds after which a watch says that nothing has changed."""
LATE = 0.3
"""Seconds after which a new folder is surely watched."""
_PAUSE = 0.008
_SPARE = ("~", ".swp", ".swx", ".tmp", ".part", "___jb_tmp___", "___jb_old___")


class Watcher:
    """Watches a blog's sources; for the thread of an event loop."""

    def __init__(self, root: Path, extra: Iterable[Path] = (), all_but: Path | None = None) -> None:
        """Watch the usual folders below `root`, or all but one, and `extra` templates."""
        self.root, self.all_but = root, all_but
        self.home = config_folder(root)
        """The folder of a Jekyll blog's settings, which may be above it."""
        self.extra = [path for path in extra if path.is_dir()]
        self.loop = asyncio.get_running_loop()
        self.changes: asyncio.Queue[str] = asyncio.Queue()
        self.ended = threading.Event()
        self.again = threading.Event()
        self.relinked = threading.Event()
        """Set when a symlink has come, gone or been turned."""
        self.links: dict[str, list[str]] = {}
        """Where symlinks of the trees lead → the symlinks."""
        self.seen = self._scan()
        """The stamps of the files as they were last reported."""
        if threading.current_thread() is threading.main_thread() and hasattr(signal, "SIGIO"):
            # A writer that comes while we ask about a file sends it.
            signal.signal(signal.SIGIO, lambda *_: None)
        self.threads = [
            threading.Thread(target=self._watch_trees, name="watch", daemon=True),
            threading.Thread(target=self._watch_root, name="watch-root", daemon=True),
            threading.Thread(target=self._watch_links, name="watch-links", daemon=True),
        ]
        for thread in self.threads:
            thread.start()

    async def bursts(self) -> AsyncIterator[frozenset[str]]:
        """Yield the paths below the blog that have changed; a burst when all files are complete."""
        while True:
            pending = {await self.changes.get()}
            start = time.monotonic()
            while True:
                while not self.changes.empty():
                    pending.add(self.changes.get_nowait())
                spent = time.monotonic() - start
                waits = [_wait(self.root / path) for path in pending]
                if spent >= max(waits, default=0.0):
                    break
                await asyncio.sleep(_PAUSE)
            yield frozenset(pending)

    def stop(self) -> None:
        """End the threads."""
        self.ended.set()
        self.again.set()
        self.relinked.set()
        for thread in self.threads:
            thread.join(1)

    def _watch_trees(self) -> None:
        while not self.ended.is_set():
            self.again.clear()
            with suppress(FileNotFoundError):
                self._follow(self._trees(), self.again, True, _is_source)
            self.ended.wait(0.05)

    def _catch_up(self) -> None:
        """Report changes that were made before the first watch, or between two."""
        before, self.seen = self.seen, self._scan()
        for path in before.keys() | self.seen.keys():
            # A file of the blog's own folder or outside is in none that was compared.
            if before.get(path) != (self.seen.get(path) or _stamp(path)):
                self._tell(path)

    def _scan(self) -> dict[str, tuple[int, int, int]]:
        """Return a stamp of each file, which changes with the file."""
        files = (path for tree in self._trees() for path in _files_below(tree))
        sources = (path for path in files if _is_source(Change.modified, path))
        return {path: stamp for path in sources if (stamp := _stamp(path))}

    def _trees(self) -> list[Path]:
        own = [path for path in self.root.iterdir() if path.is_dir() and self._is_tree(path)]
        return [*own, *self.extra]

    def _watch_root(self) -> None:
        def is_wanted(change: Change, path: str) -> bool:
            name = Path(path).name
            if Path(path).parent != self.root:
                return name in FILES
            if self._is_tree(Path(path)) and change != Change.modified:
                self.again.set()
            return name in FILES or self._is_tree(Path(path)) or self._is_file(path)

        home = sorted({self.root, self.home})
        self._follow(home, self.ended, False, is_wanted, catches_up=False)

    def _watch_links(self) -> None:
        """Report a symlink when the file is saved that it leads to, which may be anywhere."""

        def is_target(change: Change, path: str) -> bool:
            return path in self.links

        while not self.ended.is_set():
            self.relinked.clear()
            self.links = self._find_links()
            folders = sorted({Path(target).parent for target in self.links})
            with suppress(FileNotFoundError):
                self._follow(folders, self.relinked, False, is_target)
            self.ended.wait(0.05)

    def _find_links(self) -> dict[str, list[str]]:
        links: dict[str, list[str]] = {}
        for tree in self._trees():
            for path in filter(os.path.islink, _files_below(tree)):
                target = Path(path).resolve()
                if _is_source(Change.modified, path) and os.access(target.parent, os.R_OK):
                    links.setdefault(str(target), []).append(path)
        return links

    def _is_tree(self, path: Path) -> bool:
        """True if a folder of the blog is watched, by its name."""
        if self.all_but is None:
            return path.name in TREES
        own = path.name in _UNREAD or path.name.startswith((".", "_site"))
        return path != self.all_but and not own and not path.suffix

    def _is_file(self, path: str) -> bool:
        return self.all_but is not None and _is_source(Change.modified, path)

    def _follow(
        self,
        paths: list[Path],
        end: threading.Event,
        recursive: bool,
        wanted: Callable[[Change, str], bool],
        *,
        catches_up: bool = True,
    ) -> None:
        if not paths:
            end.wait()
            return
        bursts = watch(
            *paths,
            watch_filter=wanted,
            debounce=LONGEST,
            step=STEP if recursive else 50,
            stop_event=end,
            recursive=recursive,
            raise_interrupt=False,
            rust_timeout=TIMEOUT,
            yield_on_timeout=True,
        )
        for number, burst in enumerate(bursts):
            if number == 0 and catches_up:  # from here on, the watch is at work
                self._catch_up()
            for change, path in burst:
                if change != Change.modified and self._is_folder(path):
                    self._report_folder(path)
                    continue
                for each in (path, *self.links.get(path, ())):
                    self._report(each)
                self._note_links([path])

    def _is_folder(self, path: str) -> bool:
        """True if a path is a folder, not a symlink to one, or was one with files in it."""
        if os.path.lexists(path):
            return os.path.isdir(path) and not os.path.islink(path)  # noqa: PTH112, PTH114
        # A file that is saved by renaming is known: all names need not be looked through for it.
        return path not in self.seen and bool(self._files_of(path))

    def _report_folder(self, path: str) -> None:
        """Report the files of a folder that has come or gone.

        The folder has events of its own only: one that is moved brings its files along, and what
        is saved in a new one at once comes before it is watched.
        """
        files = self._files_of(path)

        def report(files: Iterable[str]) -> None:
            for file in files:
                self._report(file)
            self._note_links(files)

        def report_rest() -> None:
            report(self._files_of(path) - files)

        report(files)
        late = threading.Timer(LATE, report_rest)
        late.daemon = True
        late.start()

    def _note_links(self, files: Iterable[str]) -> None:
        """Watch the targets of symlinks anew if one of the files is one, or was."""
        known = {each for links in self.links.values() for each in links}
        if any(path in known or os.path.islink(path) for path in files):  # noqa: PTH114
            self.relinked.set()

    def _files_of(self, folder: str) -> set[str]:
        """Return the sources that are in a folder, or were when files were last compared."""
        start = f"{folder}/"
        known = (path for path in tuple(self.seen) if path.startswith(start))
        here = _files_below(Path(folder))
        return {path for path in (*here, *known) if _is_source(Change.modified, path)}

    def _report(self, path: str) -> None:
        """Report a file, and note its state: it is reported again when that is another."""
        if stamp := _stamp(path):
            self.seen[path] = stamp
        else:
            self.seen.pop(path, None)
        self._tell(path)

    def _tell(self, path: str) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self.loop.call_soon_threadsafe(self.changes.put_nowait, self._name(path))

    def _name(self, path: str) -> str:
        """Return a path below the blog; that of a packaged template as if it were in the blog."""
        for base in (self.root, *(each.parent for each in self.extra), self.home):
            with suppress(ValueError):
                return Path(path).relative_to(base).as_posix()
        return path


def _files_below(tree: Path) -> Iterator[str]:
    # Without objects of pathlib: they take most of the time where there are 10,000 posts.
    for folder, _, names in os.walk(tree):
        yield from (f"{folder}/{name}" for name in names)


def _stamp(path: str) -> tuple[int, int, int] | None:
    """Return a stamp of a file, which changes with it; None for a folder or a missing file."""
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    if stat.S_ISDIR(found.st_mode):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def is_open_for_writing(path: Path) -> bool | None:
    """True if a process has the file open for writing; None if that is unknown.

    A read lease is refused while there are writers (fcntl(2), F_SETLEASE).
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        return False
    except (OSError, AttributeError) as error:
        return True if getattr(error, "errno", 0) == errno.EAGAIN else None
    finally:
        os.close(descriptor)


def _wait(path: Path) -> float:
    """Return the seconds that a changed file gets, counted from the first change of its burst."""
    try:
        status = path.stat()
    except OSError:
        return MOMENT
    if not path.is_file():
        return 0.0
    writing = is_open_for_writing(path)
    if writing:
        return PATIENCE
    if not status.st_size:
        return MOMENT
    if writing is None:  # where leases are not to be had, what is young may be half
        return 0.05 if time.time() - status.st_mtime < 0.03 else 0.0
    return 0.0


def _is_source(change: Change, path: str) -> bool:
    name = path.rpartition("/")[2]
    return not name.startswith(".") and not name.endswith(_SPARE) and "__pycache__" not in path
