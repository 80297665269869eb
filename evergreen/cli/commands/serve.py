"""Show a live preview of the blog in the browser."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from typing import TYPE_CHECKING

from evergreen.cli.arguments import add_flag, add_value, port, read_build
from evergreen.cli.exit_codes import SUCCESS
from evergreen.cli.printing import print_lines
from evergreen.errors import Problem, SettingsError

if TYPE_CHECKING:
    from tornado.httpserver import HTTPServer

    from evergreen.build.options import BuildOptions
    from evergreen.preview.app import PreviewApp
    from evergreen.preview.interface import LiveBlog

HELP = "show a live preview in the browser while you write"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options for the server and the browser."""
    add_value(parser, "--port", port, 0, "the port (default: the first free one from 8000)")
    add_flag(parser, "--no-open", "do not open the browser")
    add_flag(parser, "--no-execute", "run no code: show the recorded outputs")
    add_value(
        parser,
        "--editor",
        str,
        "",
        "a URL or command with {path} and {line} (default: from $EDITOR, or else VS Code)",
    )


def run(options: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    from evergreen.preview.blog.blog import LiveSite

    start = time.monotonic()
    build = read_build(options)
    live_site = LiveSite(build)
    for problem in live_site.problems():
        if problem.severity == "error":
            _print_status(str(problem))
    count = len(live_site.posts)
    _print_status(f"{count} post{'s' * (count != 1)} read in {time.monotonic() - start:.1f} s")
    import asyncio

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(build, live_site, options))
    return SUCCESS


async def _serve(build: BuildOptions, blog: LiveBlog, options: argparse.Namespace) -> None:
    from evergreen.packaged import TEMPLATES, packaged
    from evergreen.preview.app import PreviewApp
    from evergreen.preview.editor import choose_editor
    from evergreen.preview.server import HOST
    from evergreen.preview.watcher import Watcher

    wanted = getattr(options, "editor", "") or str(build.site.extra.get("editor", ""))
    executes = build.execute
    app = PreviewApp(blog, build.root, _print_status, executes, choose_editor(wanted))
    server, number = _open(app, getattr(options, "port", 0))
    templates = packaged(TEMPLATES)
    extra = [templates] if templates.parent != build.root else []
    watcher = Watcher(build.root, extra, build.output if build.site.jekyll else None)
    address = f"http://{HOST}:{number}{build.site.baseurl}/"
    print_lines([f"{address} shows the blog; Ctrl-C ends it"])
    sys.stdout.flush()
    if not getattr(options, "no_open", False):
        import asyncio
        import webbrowser

        asyncio.get_running_loop().run_in_executor(None, webbrowser.open, address)
    try:
        await app.follow(watcher)
    finally:
        server.stop()
        app.close()
        watcher.stop()


def _open(app: PreviewApp, wanted: int) -> tuple[HTTPServer, int]:
    """Return the server and its port. Raises SettingsError if the port cannot be used."""
    from evergreen.preview.server import open_server

    try:
        return open_server(app, wanted)
    except OSError as error:
        message = f"{wanted or 'no port'} cannot be used: {error.strerror}"
        raise SettingsError(Problem("--port", 0, 0, message, "give another")) from None


def _print_status(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
