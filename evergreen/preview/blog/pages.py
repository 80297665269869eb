"""Posts → pages, one at a time, with the outputs that are stored for their code."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import field

from evergreen.build.parse import ParsedPost, complete, parse_content
from evergreen.build.project import Project
from evergreen.build.render import make_page
from evergreen.content.files import read_source
from evergreen.content.liquid.expand import holds
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.post import parse_post
from evergreen.dataclass import dataclass, replace
from evergreen.errors import EvergreenError, Problem, fault
from evergreen.model import Execution, Page, Post
from evergreen.model.hashing import digest
from evergreen.preview.blog.draft_outputs import LastExecution, outputs_for
from evergreen.records import store as records
from evergreen.render.bibliography import attached_files
from evergreen.site.fingerprint import metadata_hash

PARSED = 32
"""Posts that stay parsed in memory."""


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """A post as it was last read."""

    source: str
    """A hash of its file; "" if it must be read again."""
    page: Page | None = None
    """The last good one; None: there never was one."""
    problems: tuple[Problem, ...] = ()
    """Why the page is not of this source, and warnings."""
    key: str = ""
    """The execution key; "" if no code may run."""
    last: LastExecution | None = None
    """The last run of the page's code, or its record."""

    @property
    def metadata_hash(self) -> str:
        """Return a hash of what other pages may show of it; "" without a page."""
        return metadata_hash(self.page) if self.page else ""

    @property
    def record(self) -> str:
        """Return the name of the record that the page shows; "" for outputs of a draft."""
        return self.last.record if self.last and self.last.key == self.key else ""


class PageTable(dict[str, PreviewPage]):
    """Pages by the path of their post. It notes those that a change of another file may concern:
    an edit need not look at all pages."""

    def __init__(self, pages: Mapping[str, PreviewPage]) -> None:
        super().__init__()
        self.using: set[str] = set()
        """Paths of the posts whose text took something from elsewhere."""
        self.waiting: set[str] = set()
        """Those of posts that are refused as nothing has a label that they refer to."""
        self.refused: set[str] = set()
        """Those of all posts that could not be read."""
        for path, page in pages.items():
            self[path] = page

    def __setitem__(self, path: str, shown: PreviewPage) -> None:
        """Set the page of a post."""
        super().__setitem__(path, shown)
        _note(self.using, path, bool(shown.page and shown.page.post.uses))
        _note(self.waiting, path, not shown.source and _lacks_label(shown))
        _note(self.refused, path, not shown.source and bool(shown.problems))

    def __delitem__(self, path: str) -> None:
        """Forget a post."""
        super().__delitem__(path)
        self.using.discard(path)
        self.waiting.discard(path)
        self.refused.discard(path)


def _note(paths: set[str], path: str, holds: bool) -> None:
    if holds:
        paths.add(path)
    else:
        paths.discard(path)


def _lacks_label(shown: PreviewPage) -> bool:
    return any("has the label" in each.message for each in shown.problems)


@dataclass(slots=True)
class PageMaker:
    """Makes the pages of a blog."""

    project: Project
    blog: BlogContext
    """What posts with Liquid ask of others."""
    parsed_posts: OrderedDict[tuple[str, str], ParsedPost] = field(default_factory=OrderedDict)
    drafts: itertools.count[int] = field(default_factory=itertools.count)

    def read(self, path: str, before: PreviewPage | None = None) -> PreviewPage:
        """Return the page of a post's file; if it cannot be read now, its last good page."""
        before = before or PreviewPage("")
        root = self.project.options.root
        try:
            content = read_source(root, path)
            source = digest(
                content, *attached_files(root, path, content, self.project.options.site)
            )
            if source == before.source:
                return before
            return self.render(self.parsed(path, source, content), before)
        except EvergreenError as error:
            return replace(before, source="", problems=error.problems)

    def render(self, parsed: ParsedPost, before: PreviewPage) -> PreviewPage:
        """Return the page of a parsed post, with its record or its last outputs."""
        if not parsed.runs:
            page, problems = make_page(self.project.renderer, parsed)
            return PreviewPage(parsed.source, page, problems)
        key = records.execution_key(parsed.notebook, parsed.post.execute)
        last = before.last
        if last is None or last.key != key or not last.holds:
            last = self.recorded(parsed, key) or last
        page, problems = self._page(parsed, key, last)
        return PreviewPage(parsed.source, page, problems, key, last)

    def recorded(self, parsed: ParsedPost, key: str) -> LastExecution | None:
        """Return the newest record of a key whose facts hold."""
        record = self.project.runs.record(parsed.post, key)
        execution = records.load(self.project.options.store, record) if record else None
        if record is None or execution is None:
            return None
        return LastExecution(key, parsed.notebook, execution, records.identity(record))

    def parsed(self, path: str, source: str, content: bytes = b"") -> ParsedPost:
        """Parse a post. Raises EvergreenError."""
        found = self.parsed_posts.get((path, source))
        if found is None or not holds(found.post.uses, self.blog):
            content = content or read_source(self.project.options.root, path)
            post = complete(self._parse(path, content), self.blog)
            found = parse_content(post, source, self.blog)
            self.parsed_posts[path, source] = found
            while len(self.parsed_posts) > PARSED:
                with suppress(KeyError):
                    self.parsed_posts.popitem(last=False)
        return found

    def _parse(self, path: str, content: bytes) -> Post:
        if not content.strip():
            raise fault(path, "the file is empty", "begin with '---', a title, '---'", line=1)
        return parse_post(path, content, self.project.options.site)

    def _page(
        self, parsed: ParsedPost, key: str, last: LastExecution | None
    ) -> tuple[Page, tuple[Problem, ...]]:
        execution: Execution | None = None
        name = ""
        if last is not None:
            execution, name = last.execution, last.record
            if last.key != key:
                execution = outputs_for(parsed.notebook, last)
            if last.key != key or not name:
                name = f"draft {next(self.drafts)}"
        return make_page(self.project.renderer, parsed, execution, name)
