"""The page of all verdicts: each post that ran, when and with what it was checked, how it went."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evergreen.model import Artifact, LastCheck, Page, Site
from evergreen.model.urls import path_of
from evergreen.render.languages import in_language
from evergreen.site.jinja import LanguageMenu, SiteFrame, Templates, fill

STATUS = "/_status/"


@dataclass(frozen=True, slots=True)
class StatusRow:
    """A post on the page."""

    title: str
    url: str
    lang: str
    check: LastCheck | None
    """None: what it shows was not checked."""


def has_status(site: Site, pages: Iterable[Page]) -> bool:
    """True if the site has the status page: a post was checked, and its address is free."""
    pages = list(pages)
    free = all(page.post.url != STATUS for page in pages)
    return site.check.status and free and any(page.check for page in pages)


def status_rows(pages: Iterable[Page]) -> tuple[StatusRow, ...]:
    """Return a row for each page that ran, in order."""
    return tuple(
        StatusRow(page.post.title, page.post.url, page.post.lang, page.check)
        for page in pages
        if page.ran or page.check
    )


def render_status(
    templates: Templates, site: Site, rows: Sequence[StatusRow], menu: LanguageMenu
) -> Artifact:
    """Render the status page."""
    site = in_language(site, site.lang)
    title = templates.language(site.lang).text("status_title")
    theme = str(site.extra.get("theme", ""))
    frame = SiteFrame(title, STATUS, site.lang, theme=theme, menu=menu, index=False)
    text = fill(templates, site, "status.html", frame, {"rows": rows}, STATUS)
    return Artifact(path_of(STATUS), text)
