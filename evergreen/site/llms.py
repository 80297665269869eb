"""llms.txt (https://llmstxt.org): what the blog is, and its pages as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from evergreen.content.static_pages import APART, BARE, is_static
from evergreen.model import Artifact, Page, Site
from evergreen.model.urls import absolute
from evergreen.render.markdown_page import markdown_path

LLMS = "llms.txt"


def render_llms(site: Site, pages: Sequence[Page]) -> list[Artifact]:
    """Render the file; [] if the settings turn it off."""
    if not site.for_machines:
        return []
    shown = [p for p in pages if not p.post.draft and p.post.url not in APART]
    posts = [page for page in shown if not is_static(page.post)]
    others = [page for page in shown if is_static(page.post) and page.post.layout != BARE]
    head = [f"# {site.title}", f"> {site.description}" if site.description else ""]
    parts = [*filter(None, head), *_section(site, "Posts", posts), *_section(site, "Pages", others)]
    return [Artifact(LLMS, ("\n\n".join(parts) + "\n").encode("utf-8", "replace"))]


def _section(site: Site, title: str, pages: Iterable[Page]) -> Iterator[str]:
    lines = [_line(site, page) for page in pages]
    if lines:
        yield f"## {title}\n\n" + "\n".join(lines)


def _line(site: Site, page: Page) -> str:
    post = page.post
    title = " ".join(post.title.replace("[", "(").replace("]", ")").split())
    about = " ".join(post.excerpt.split())
    url = absolute(site, f"/{markdown_path(post)}")
    return f"- [{title}]({url}){f': {about}' if about else ''}"
