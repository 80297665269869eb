"""Links from a page to its source: to edit it, and to report results that differ.

The addresses are those of GitHub, of GitLab, and of Gitea and Forgejo (Codeberg among them).
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, urlencode, urlsplit

from evergreen.dataclass import dataclass
from evergreen.model import Page, Site
from evergreen.model.urls import absolute


@dataclass(frozen=True, slots=True)
class SourceLinks:
    """Links from a page to the repository of its post."""

    edit: str
    report: str


def find_source_links(site: Site, page: Page, text: Callable[..., str]) -> SourceLinks | None:
    """Return the links of a page; None if the blog names no repository, or wants no links.

    `text` returns a text of the page's language by its name.
    """
    if not site.repository or not site.edit_links:
        return None
    address = repository_url(site)
    kind = urlsplit(address).netloc.lower()
    path = quote("/".join(filter(None, (site.source_folder.strip("/"), page.post.path))))
    branch = quote(site.source_branch)
    title, body = text("report_title", title=page.post.title), _facts(site, page)
    if kind == "github.com":
        issue = urlencode({"title": title, "body": body})
        return SourceLinks(f"{address}/edit/{branch}/{path}", f"{address}/issues/new?{issue}")
    if "gitlab" in kind:
        issue = urlencode({"issue[title]": title, "issue[description]": body})
        return SourceLinks(f"{address}/-/edit/{branch}/{path}", f"{address}/-/issues/new?{issue}")
    issue = urlencode({"title": title, "body": body})
    return SourceLinks(f"{address}/_edit/{branch}/{path}", f"{address}/issues/new?{issue}")


def repository_url(site: Site) -> str:
    """Return the address of the repository; `owner/name` is on GitHub."""
    name = site.repository.strip("/").removesuffix(".git")
    return name if "://" in name else f"https://github.com/{name}"


def _facts(site: Site, page: Page) -> str:
    """Return what the page shows of its run, as lines of Markdown."""
    environment = page.environment
    packages = ", ".join(f"{name} {version}" for name, version in environment.packages)
    lines = [
        f"- {absolute(site, page.post.url)}",
        f"- `{page.post.path}`",
        f"- {page.finished:%Y-%m-%d}" if page.finished else "",
        f"- Python {environment.python}, {environment.platform}" if environment.python else "",
        f"- {packages}" if packages else "",
    ]
    return "\n".join(filter(None, lines)) + "\n\n"
