"""Pages as a preview sends them: with its script, and named by what they are."""

from __future__ import annotations

import asyncio
import hashlib
import re
from concurrent.futures import Executor
from html import escape

from evergreen.preview.interface import LiveBlog, ServedFile
from evergreen.regex import regex

MISSING = "404.html"
OWN = "/.evergreen"
"""Path of the preview's own files; no file of a site is there."""
_BLANK = (
    b'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>Evergreen</title></head><body>\n'
)
_HEAD = regex(rb"<head(?:\s[^>]*)?>|<!doctype[^>]*>", re.I)


class PageReader:
    """The blog's files, read by threads. For one event loop."""

    def __init__(self, blog: LiveBlog, token: str, readers: Executor) -> None:
        self.blog, self.token, self.readers = blog, token, readers

    async def file(self, path: str) -> bytes | None:
        """Return a file as it is sent; None if there is none."""
        served = await self.read(path)
        if served and path.endswith((".html", ".htm")):
            return self.dressed(path, served)[0]
        return served.content if served else None

    async def missing(self, path: str) -> bytes:
        """Return the page for a missing file; it reloads when the file exists."""
        return self.dressed(path, await self.read_missing())[0]

    async def read(self, path: str) -> ServedFile | None:
        """Return a file of the blog; None if there is none."""
        return await asyncio.get_running_loop().run_in_executor(self.readers, self.blog.read, path)

    async def read_missing(self) -> ServedFile:
        """Return the blog's page for missing files."""
        return await self.read(MISSING) or ServedFile(_BLANK)

    def dressed(self, path: str, served: ServedFile) -> tuple[bytes, str]:
        """Return a page with the script, and its version."""
        content = served.content or _BLANK
        version = version_of(content)
        return with_script(content, path, version, self.token), version


def version_of(content: bytes) -> str:
    """Hash a page's content, to recognize changes."""
    return hashlib.blake2b(content, digest_size=9).hexdigest()


def with_script(content: bytes, path: str, version: str, token: str) -> bytes:
    """Insert the preview's script as the first thing that the page loads.

    The script is a file of the site itself, which the policy of every page allows.
    """
    script = (
        f'<link rel="stylesheet" href="{OWN}/cells.css">'
        f'<script src="{OWN}/preview.js" data-path="{escape(path)}" data-version="{version}"'
        f' data-token="{token}"></script>'
    ).encode()
    found = list(_HEAD.finditer(content[:20_000]))
    at = found[-1].end() if found else 0
    return content[:at] + script + content[at:]
