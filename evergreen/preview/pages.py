"""Pages as a preview sends them: with its script, and named by what they are."""

from __future__ import annotations

import asyncio
import hashlib
import re
from concurrent.futures import Executor
from html import escape

from evergreen.preview.interface import LiveBlog, ServedFile

MISSING = "404.html"
OWN = "/.evergreen"
"""Where the preview's own files stand; no file of a site may."""
_BLANK = (
    b'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>Evergreen</title></head><body>\n'
)
_HEAD = re.compile(rb"<head(?:\s[^>]*)?>|<!doctype[^>]*>", re.I)


class PageReader:
    """The blog's files, read by threads. For one event loop."""

    def __init__(self, blog: LiveBlog, token: str, readers: Executor) -> None:
        self.blog, self.token, self.readers = blog, token, readers

    async def file(self, path: str) -> bytes | None:
        """A file as it is sent; None where there is none."""
        served = await self.read(path)
        if served and path.endswith((".html", ".htm")):
            return self.dressed(path, served)[0]
        return served.content if served else None

    async def missing(self, path: str) -> bytes:
        """What is sent where there is no file; it changes when the file comes to be."""
        return self.dressed(path, await self.read_missing())[0]

    async def read(self, path: str) -> ServedFile | None:
        """A file as the blog has it; None where there is none."""
        return await asyncio.get_running_loop().run_in_executor(self.readers, self.blog.read, path)

    async def read_missing(self) -> ServedFile:
        """The blog's page for what is not there."""
        return await self.read(MISSING) or ServedFile(_BLANK)

    def dressed(self, path: str, served: ServedFile) -> tuple[bytes, str]:
        """A page with the script, and its version."""
        content = served.content or _BLANK
        version = version_of(content)
        return with_script(content, path, version, self.token), version


def version_of(content: bytes) -> str:
    """What tells one state of a page from another."""
    return hashlib.blake2b(content, digest_size=9).hexdigest()


def with_script(content: bytes, path: str, version: str, token: str) -> bytes:
    """The page with the preview's script as the first thing that it loads.

    It comes from the site itself, which every page's policy allows.
    """
    script = (
        f'<link rel="stylesheet" href="{OWN}/cells.css">'
        f'<script src="{OWN}/preview.js" data-path="{escape(path)}" data-version="{version}"'
        f' data-token="{token}"></script>'
    ).encode()
    found = list(_HEAD.finditer(content[:20_000]))
    at = found[-1].end() if found else 0
    return content[:at] + script + content[at:]
