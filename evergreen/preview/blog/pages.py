"""Posts → pages, one at a time, with what is kept of their runs."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from evergreen.build.cache.pages import digest
from evergreen.build.options import Build
from evergreen.build.parse import Manuscript, read_manuscript
from evergreen.build.planning.context import Desk
from evergreen.build.planning.plan import record_in_force
from evergreen.build.render import Press, make_page
from evergreen.content.files import read_source
from evergreen.content.liquid.expand import expand
from evergreen.content.liquid.shared import Blog
from evergreen.content.post import parse_post
from evergreen.errors import EvergreenError, Problem, fault
from evergreen.model import Execution, Page, Post
from evergreen.preview.blog.draft_outputs import Ran, outputs_for
from evergreen.records import store as records
from evergreen.render.bibliography import attached_files, with_bibliography
from evergreen.site.fingerprint import face

AT_HAND = 32
"""Posts that stay parsed."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A post as it was last read."""

    source: str
    """A hash of its file; "" where it must be read again."""
    page: Page | None = None
    """The last good one; None: there never was one."""
    problems: tuple[Problem, ...] = ()
    """Why the page is not of this source, and warnings."""
    key: str = ""
    """The execution key; "" where no code may run."""
    ran: Ran | None = None
    """What the page's code last ran, or where it was kept."""


@dataclass(slots=True)
class Pages:
    """Makes the sheets of a blog."""

    build: Build
    press: Press
    desk: Callable[[], Desk]
    blog: Blog
    """What posts with Liquid ask of others."""
    manuscripts: OrderedDict[tuple[str, str], Manuscript] = field(default_factory=OrderedDict)
    drafts: itertools.count[int] = field(default_factory=itertools.count)

    def read(self, path: str, before: Sheet | None = None) -> Sheet:
        """The sheet of a post, with its last good page where it cannot be read now."""
        before = before or Sheet("")
        try:
            content = read_source(self.build.root, path)
            source = digest(content, *attached_files(self.build.root, path, content))
            if source == before.source:
                return before
            return self.print(self.manuscript(path, source, content), before)
        except EvergreenError as error:
            return replace(before, source="", problems=error.problems)

    def print(self, manuscript: Manuscript, before: Sheet) -> Sheet:
        """The sheet of a manuscript, with the outputs that are kept for its code or last stood."""
        post = manuscript.post
        if not manuscript.runs:
            page, problems = make_page(self.press, manuscript)
            return Sheet(manuscript.source, page, problems)
        key = records.execution_key(manuscript.notebook, post.execute)
        ran = before.ran
        if ran is None or ran.key != key or not ran.holds:
            ran = self.kept(manuscript, key) or ran
        page, problems = self._page(manuscript, key, ran)
        return Sheet(manuscript.source, page, problems, key, ran)

    def kept(self, manuscript: Manuscript, key: str) -> Ran | None:
        """The newest kept run of a key that holds."""
        record = record_in_force(self.desk(), manuscript.post, key)
        execution = records.load(self.build.store, record) if record else None
        if record is None or execution is None:
            return None
        name = records.identity(record.facts, record.finished)
        return Ran(key, manuscript.notebook, execution, name)

    def manuscript(self, path: str, source: str, content: bytes = b"") -> Manuscript:
        """A post's text, parsed. Raises EvergreenError where it cannot be."""
        found = self.manuscripts.get((path, source))
        if found is None:
            content = content or read_source(self.build.root, path)
            post = with_bibliography(self.build.root, self._parse(path, content))
            found = read_manuscript(expand(post, self.blog), source, self.blog)
            self.manuscripts[path, source] = found
            while len(self.manuscripts) > AT_HAND:
                with suppress(KeyError):
                    self.manuscripts.popitem(last=False)
        return found

    def _parse(self, path: str, content: bytes) -> Post:
        if not content.strip():
            raise fault(path, "the file is empty", "begin with '---', a title, '---'", line=1)
        return parse_post(path, content, self.build.site)

    def _page(
        self, manuscript: Manuscript, key: str, ran: Ran | None
    ) -> tuple[Page, tuple[Problem, ...]]:
        execution: Execution | None = None
        name = ""
        if ran is not None:
            execution, name = ran.execution, ran.record
            if ran.key != key:
                execution = outputs_for(manuscript.notebook, ran)
            if ran.key != key or not name:
                name = f"draft {next(self.drafts)}"
        return make_page(self.press, manuscript, execution, name)


def face_of(sheet: Sheet | None) -> str:
    """What lists and other pages may show of a post, by its hash; "" where it has no page."""
    return face(sheet.page) if sheet and sheet.page else ""
