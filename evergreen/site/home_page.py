"""The owner's home page of a Jekyll blog, and the URL of the list of posts beside it."""

from __future__ import annotations

from collections.abc import Iterable

from evergreen.model import Page, Site
from evergreen.model.urls import file_of
from evergreen.site.fingerprint import gives_way


def own_home(site: Site, statics: Iterable[Page]) -> Page | None:
    """Return the home page that the owner of a Jekyll blog has written; None if ours is better."""
    homes = (page for page in statics if file_of(page.post) == "index.html")
    home = next(homes, None) if site.jekyll else None
    if home is None or (gives_way(home.post) and not (_folder(site) and home.post.words)):
        return None
    return home


def posts_url(site: Site, home: Page, statics: Iterable[Page]) -> str:
    """Return the URL of the list of posts where the owner has a home page: that of the paginator,
    or another that is free. A home page with the paginator on it is the list's first page.
    """
    folder = _folder(site)
    if not folder and "paginator" in home.post.uses:
        return "/"
    taken = {file_of(page.post) for page in statics if not gives_way(page.post)}
    names = [name for name in (folder, "blog", "posts", "all-posts") if name]
    return next((f"/{name}/" for name in names if f"{name}/index.html" not in taken), "/page/1/")


def later_pages(site: Site, url: str) -> str:
    """Return the path of later pages from the list's URL on."""
    assert site.jekyll
    path = f"/{site.jekyll.pages}"
    return path[len(url) :] if path.startswith(url) else site.jekyll.pages


def _folder(site: Site) -> str:
    """Return the folder of the paginator: `blog/page:num/` → `blog`."""
    assert site.jekyll
    return site.jekyll.pages.partition(":num")[0].rpartition("/")[0] if _paginates(site) else ""


def _paginates(site: Site) -> bool:
    return bool(site.jekyll and site.jekyll.config.get("paginate"))
