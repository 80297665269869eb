"""Columns of what is at fault, in the lines of an author's file."""

from __future__ import annotations

from collections.abc import Callable

from evergreen.model import Post


def open_columns(post: Post) -> Callable[[int, str], int]:
    """Return what finds the column of a text in a line of the file, from 1: 0 if it is not written
    so there, or if the lines of the body are not those of the file."""
    lines = [] if post.origin else post.body.split("\n")

    def column(line: int, text: str) -> int:
        below = line - post.body_line
        written = lines[below] if text and 0 <= below < len(lines) else ""
        at = written.find(text) if written else -1
        while at >= 0 and _is_part(written, at, text):
            at = written.find(text, at + 1)
        return at + 1

    return column


def _is_part(line: str, at: int, text: str) -> bool:
    """True if a text that begins or ends with a letter goes on beside its place, as `/b/` does in
    `/b/c`."""
    end = at + len(text)
    is_before = _joins(text[0]) and _joins(line[at - 1 : at])
    return is_before or (_joins(text[-1]) and _joins(line[end : end + 1]))


def _joins(char: str) -> bool:
    return char.isalnum() or char in ("/", "-", "_", "%")
