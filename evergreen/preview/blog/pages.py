"""Posts → pages, one at a time, with what is kept of their runs."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from evergreen.build.options import BuildOptions
from evergreen.build.parse import ParsedPost, parse_content
from evergreen.build.planning.context import PlanContext
from evergreen.build.planning.plan import record_in_force
from evergreen.build.render import PageRenderer, make_page
from evergreen.content.files import read_source
from evergreen.content.liquid.expand import expand
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.post import parse_post
from evergreen.errors import EvergreenError, Problem, fault
from evergreen.model import Execution, Page, Post
from evergreen.model.hashing import digest
from evergreen.preview.blog.draft_outputs import LastExecution, outputs_for
from evergreen.records import store as records
from evergreen.render.bibliography import attached_files, with_bibliography
from evergreen.site.fingerprint import metadata_hash

AT_HAND = 32
"""Posts that stay parsed."""


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """A post as it was last read."""

    source: str
    """A hash of its file; "" where it must be read again."""
    page: Page | None = None
    """The last good one; None: there never was one."""
    problems: tuple[Problem, ...] = ()
    """Why the page is not of this source, and warnings."""
    key: str = ""
    """The execution key; "" where no code may run."""
    ran: LastExecution | None = None
    """What the page's code last ran, or where it was kept."""


@dataclass(slots=True)
class PageMaker:
    """Makes the sheets of a blog."""

    build: BuildOptions
    renderer: PageRenderer
    context: Callable[[], PlanContext]
    blog: BlogContext
    """What posts with Liquid ask of others."""
    parsed_posts: OrderedDict[tuple[str, str], ParsedPost] = field(default_factory=OrderedDict)
    drafts: itertools.count[int] = field(default_factory=itertools.count)

    def read(self, path: str, before: PreviewPage | None = None) -> PreviewPage:
        """The sheet of a post, with its last good page where it cannot be read now."""
        before = before or PreviewPage("")
        try:
            content = read_source(self.build.root, path)
            source = digest(content, *attached_files(self.build.root, path, content))
            if source == before.source:
                return before
            return self.print(self.parsed(path, source, content), before)
        except EvergreenError as error:
            return replace(before, source="", problems=error.problems)

    def print(self, parsed: ParsedPost, before: PreviewPage) -> PreviewPage:
        """The sheet of a manuscript, with the outputs that are kept for its code or last stood."""
        post = parsed.post
        if not parsed.runs:
            page, problems = make_page(self.renderer, parsed)
            return PreviewPage(parsed.source, page, problems)
        key = records.execution_key(parsed.notebook, post.execute)
        ran = before.ran
        if ran is None or ran.key != key or not ran.holds:
            ran = self.kept(parsed, key) or ran
        page, problems = self._page(parsed, key, ran)
        return PreviewPage(parsed.source, page, problems, key, ran)

    def kept(self, parsed: ParsedPost, key: str) -> LastExecution | None:
        """The newest kept run of a key that holds."""
        record = record_in_force(self.context(), parsed.post, key)
        execution = records.load(self.build.store, record) if record else None
        if record is None or execution is None:
            return None
        name = records.identity(record.facts, record.finished)
        return LastExecution(key, parsed.notebook, execution, name)

    def parsed(self, path: str, source: str, content: bytes = b"") -> ParsedPost:
        """A post's text, parsed. Raises EvergreenError where it cannot be."""
        found = self.parsed_posts.get((path, source))
        if found is None:
            content = content or read_source(self.build.root, path)
            post = with_bibliography(self.build.root, self._parse(path, content))
            found = parse_content(expand(post, self.blog), source, self.blog)
            self.parsed_posts[path, source] = found
            while len(self.parsed_posts) > AT_HAND:
                with suppress(KeyError):
                    self.parsed_posts.popitem(last=False)
        return found

    def _parse(self, path: str, content: bytes) -> Post:
        if not content.strip():
            raise fault(path, "the file is empty", "begin with '---', a title, '---'", line=1)
        return parse_post(path, content, self.build.site)

    def _page(
        self, parsed: ParsedPost, key: str, ran: LastExecution | None
    ) -> tuple[Page, tuple[Problem, ...]]:
        execution: Execution | None = None
        name = ""
        if ran is not None:
            execution, name = ran.execution, ran.record
            if ran.key != key:
                execution = outputs_for(parsed.notebook, ran)
            if ran.key != key or not name:
                name = f"draft {next(self.drafts)}"
        return make_page(self.renderer, parsed, execution, name)


def face_of(sheet: PreviewPage | None) -> str:
    """What lists and other pages may show of a post, by its hash; "" where it has no page."""
    return metadata_hash(sheet.page) if sheet and sheet.page else ""
