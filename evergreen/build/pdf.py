"""PDFs of posts, printed by a Chromium-based browser.

WeasyPrint needs no browser, but has no MathML: it prints formulas as a row of letters. A PDF is
kept in the cache under a hash of the printed page and of the files that it loads, and printed again
only if one of them changes.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape, unescape
from pathlib import Path
from urllib.parse import quote, unquote, urljoin

from evergreen.build.browser import browse, find_browser
from evergreen.build.options import BuildOptions
from evergreen.dataclass import dataclass
from evergreen.errors import Problem, last_line
from evergreen.execution.scratch import scratch_folder
from evergreen.model import Artifact, ExistingContent, Page, Post
from evergreen.model.hashing import digest
from evergreen.model.urls import file_of, is_complete
from evergreen.paths import atomic_write, flaw, read_file
from evergreen.publish import read
from evergreen.regex import regex
from evergreen.render.hyperlinks import rewrite_urls
from evergreen.site.jinja import Templates, read_templates
from evergreen.site.print_page import render_print

SECONDS = 120
"""How long a browser may take for one post."""
_FORMAT = "1"
"""Raised when pages are printed in another way."""
_FLAGS = ("--no-pdf-header-footer", "--generate-pdf-document-outline")
_STYLE = regex(r'(<link rel="stylesheet" href=")([^"]+)"')


def print_pdfs(
    options: BuildOptions,
    files: Iterable[Artifact],
    wanted: Mapping[str, str],
    whole: Callable[[str], Page],
) -> tuple[list[Artifact], list[Problem]]:
    """Return the PDFs of some posts, and an error at each post that cannot be printed.

    `files` are those of the site; a PDF whose path one of them has is not made. `wanted` maps the
    path of a post to that of its PDF. `whole` returns a page with its content, by the path of its
    post.
    """
    if not wanted:
        return [], []
    from concurrent.futures import ThreadPoolExecutor

    by_path = {file.path: file for file in files}
    templates = read_templates(options.templates, options.compiled, options.site)
    press = Press(options, templates, by_path.get)
    ordered = [(whole(post), path) for post, path in wanted.items() if path not in by_path]
    with ThreadPoolExecutor(options.jobs or os.cpu_count() or 1) as pool:
        made = list(pool.map(lambda each: print_page(press, *each), ordered))
    return (
        [each for each in made if isinstance(each, Artifact)],
        [each for each in made if isinstance(each, Problem)],
    )


@dataclass(frozen=True, slots=True)
class Press:
    """What all pages are printed with."""

    options: BuildOptions
    templates: Templates
    find: Callable[[str], object]
    """Returns a file of the site by its path: an Artifact, or something else if there is none."""

    def content(self, file: Artifact) -> bytes:
        """Return the content of a file of the site. Raises OSError."""
        content = file.content
        if isinstance(content, bytes):
            return content
        if not isinstance(content, ExistingContent):
            return content.read()
        found = read(self.options.output, file.path)
        if found is None:
            raise FileNotFoundError(f"the published file {file.path} is gone")
        return found


def print_page(press: Press, page: Page, path: str) -> Artifact | Problem:
    """Return the PDF of a page as a file of this path, or why there is none."""
    html = render_print(press.templates, press.options.site, page)
    html, loaded = _localized(html, press, page.post)
    key = digest(_FORMAT, html, *(f"{file.path} {file.sha256}" for file in loaded))
    kept = press.options.cache / "pdf" / f"{key[:32]}.pdf"
    try:
        content = read_file(kept) if kept.is_file() else b""
        if not content:
            content = _print(html, press, loaded)
            atomic_write(kept, content)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        message = f"the PDF cannot be made: {last_line(error)}"
        return Problem(page.post.path, page.post.lines.get("pdf", 1), 0, message, "try it again")
    return Artifact(path, content, page.post.path)


def _localized(html: str, press: Press, post: Post) -> tuple[str, Sequence[Artifact]]:
    """Return a page that loads files of the site from its folder, and these files."""
    site, here = press.options.site, f"/{file_of(post)}"
    loaded: dict[str, Artifact] = {file.path: file for file in press.templates.assets.artifacts}

    def local(url: str) -> str:
        if is_complete(url) or url.startswith("#"):
            return url
        target = unquote(urljoin(here, url.partition("?")[0].partition("#")[0]))
        path = target.removeprefix(site.baseurl).lstrip("/")
        file = press.find(path) if not flaw(path) else None
        if not isinstance(file, Artifact):
            return url
        loaded[path] = file
        return quote(path)

    html = _STYLE.sub(lambda found: f'{found[1]}{escape(local(unescape(found[2])))}"', html)
    html = rewrite_urls(html, local)
    return html, [loaded[path] for path in sorted(loaded)]


def _print(html: str, press: Press, loaded: Iterable[Artifact]) -> bytes:
    """Return a page as PDF. Raises OSError, ValueError or SubprocessError."""
    with scratch_folder() as folder:
        for file in loaded:
            target = Path(folder, "site", file.path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(press.content(file))
        page, printed = Path(folder, "site", ".print.html"), Path(folder, "printed.pdf")
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(html, "utf-8", "replace")
        done = browse(find_browser(), [*_FLAGS, f"--print-to-pdf={printed}"], page, SECONDS)
        if not printed.is_file():
            raise ValueError(done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2])
        return printed.read_bytes()
