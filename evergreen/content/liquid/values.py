"""Variables of Liquid: `site`, `page`, and the posts in them.

They are computed on first use, and everything read besides the post and the settings is recorded as
a dependency of the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime
from functools import partial
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from liquid.undefined import is_undefined

from evergreen.content.index import PostIndex
from evergreen.content.jekyll.files import relative_path
from evergreen.content.static_pages import NO_DATE, is_static
from evergreen.dataclass import dataclass
from evergreen.model import Collection, Post, Site

_SAFE = "/~!$&'()*+,;=:@"
"""Characters that a URL keeps, besides letters, digits and `-._`."""

Use = Callable[[str, str], None]
"""Records a dependency and its current state."""


class RubyTime(datetime):
    """A time that is formatted as in Ruby."""

    @classmethod
    def of(cls, moment: datetime) -> RubyTime:
        """Convert a time."""
        return cls.combine(moment, moment.timetz())

    def __str__(self) -> str:
        return f"{self.year:04}-{self:%m-%d %H:%M:%S %z}"


class RubyInspect(str):
    """A value formatted as by Ruby's `inspect`."""

    def __new__(cls, value: Any) -> RubyInspect:
        return super().__new__(cls, _inspected(value))


def text(value: Any) -> str:
    """Format a value as Liquid does: lists item after item, mappings as Ruby's `inspect`."""
    if isinstance(value, str):
        return str(value)
    if value is None or is_undefined(value):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, range):
        return f"{value.start}..{value.stop - 1}"
    if isinstance(value, Mapping):
        return RubyInspect(plain(value))
    return "".join(map(text, value)) if isinstance(value, (list, tuple)) else str(value)


class LazyMapping(Mapping[str, Any]):
    """A mapping whose values are computed on first use."""

    __slots__ = ("_known", "_makers")

    def __init__(
        self, makers: Mapping[str, Callable[[], Any]], known: Mapping[str, Any] = {}
    ) -> None:
        self._makers = makers
        self._known = {str(key): value for key, value in known.items()}

    def __getitem__(self, key: str) -> Any:
        if key in self._makers and key not in self._known:
            self._known[key] = self._makers[key]()
        return for_liquid(self._known[key])

    def __iter__(self) -> Iterator[str]:
        return iter({**self._known, **self._makers})

    def __len__(self) -> int:
        return len({**self._known, **self._makers})

    def __str__(self) -> str:
        return RubyInspect(plain(self))


@dataclass(frozen=True)
class LiquidGlobals:
    """Everything that a text can read."""

    site: Site
    post_index: Callable[[], PostIndex]
    use: Use
    data: Callable[[str], Any] = lambda name: None
    """Returns a file or folder of `_data`, by its name without suffix."""
    html: Callable[[Post, bool], str] = lambda post, whole: ""
    """Returns the HTML of a post, or of its beginning."""
    drops: dict[str, LazyMapping] = field(default_factory=dict)
    """Posts that were read, by path."""


def globals_for(variables: LiquidGlobals, post: Post) -> dict[str, Any]:
    """Return the global variables of a post's text."""
    page = _page(variables, post, own=True)
    return {
        "site": site_of(variables),
        "page": page,
        "jekyll": {"version": "4.3.1", "environment": "production"},
        "layout": {},
        "paginator": _paginator(variables, post),
        "content": "",
        **dict.fromkeys(("now", "today")),  # python-liquid has these, Ruby does not
    }


def _paginator(variables: LiquidGlobals, post: Post) -> LazyMapping | None:
    """Return jekyll-paginate's variable on the first page of its list, an `index` page; None
    elsewhere. The later pages are lists of ours.
    """
    site = variables.site
    is_index = PurePosixPath(post.path).stem == "index" and is_static(post) and not post.collection
    if not (site.jekyll and site.jekyll.config.get("paginate") and is_index):
        return None

    def posts() -> tuple[Post, ...]:
        variables.use("paginator", "")
        return _used(variables).posts

    def total() -> int:
        return max(-(-len(posts()) // site.paginate), 1)

    second = f"/{site.jekyll.pages.replace(':num', '2')}"
    makers: dict[str, Callable[[], Any]] = {
        "posts": lambda: _drops(variables, posts()[: site.paginate]),
        "total_posts": lambda: len(posts()),
        "total_pages": total,
        "next_page": lambda: 2 if total() > 1 else None,
        "next_page_path": lambda: second if total() > 1 else None,
    }
    known = {"page": 1, "per_page": site.paginate, "previous_page": None}
    return LazyMapping(makers, {**known, "previous_page_path": None})


def site_of(variables: LiquidGlobals) -> LazyMapping:
    """Return the variable `site`: the settings, and the posts."""
    site = variables.site
    config = dict(site.jekyll.config) if site.jekyll else dict(site.extra)
    known = {
        **config,
        "title": site.title,
        "description": site.description,
        "url": site.url,
        "baseurl": site.baseurl,
        "lang": site.lang,
    }
    if not site.jekyll:
        known["author"] = site.author
    makers: dict[str, Callable[[], Any]] = {
        "posts": lambda: _drops(variables, _used(variables).posts),
        "documents": lambda: _all_documents(variables),
        "related_posts": lambda: _drops(variables, _used(variables).posts[:10]),
        "pages": lambda: _drops(variables, _used(variables).pages),
        "html_pages": lambda: _drops(variables, _used(variables).pages),
        "categories": lambda: _terms(variables, "categories"),
        "tags": lambda: _terms(variables, "tags"),
        "static_files": lambda: [_file(path) for path in _used(variables).files],
        "data": lambda: _Data(variables.data),
        "time": lambda: _now(variables),
        "collections": lambda: _collections(variables),
    }
    for collection in site.jekyll.collections if site.jekyll else ():
        makers[collection.name] = partial(_documents, variables, collection)
    return LazyMapping(makers, {key: value for key, value in known.items() if key not in makers})


def for_liquid(value: Any) -> Any:
    """Convert a YAML value: times are formatted as in Ruby."""
    if isinstance(value, datetime) and not isinstance(value, RubyTime):
        return RubyTime.of(value) if value.tzinfo else RubyTime.of(value.astimezone())
    if isinstance(value, dict):
        return {str(key): for_liquid(each) for key, each in value.items()}
    return [for_liquid(each) for each in value] if isinstance(value, list) else value


def plain(value: Any) -> Any:
    """Convert a Liquid value to plain values, for JSON."""
    if isinstance(value, Mapping):
        heavy = ("content", "excerpt", "next", "previous", "posts")
        return {key: plain(value[key]) for key in value if key not in heavy}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, (str, int, float)) or value is None:
        return value
    return str(value) if isinstance(value, (date, range)) else str(value or "")


class _Data(Mapping[str, Any]):
    """The variable `site.data`; each file is read on first use."""

    def __init__(self, read: Callable[[str], Any]) -> None:
        self._read = read

    def __getitem__(self, key: str) -> Any:
        found = self._read(key)
        if found is None:
            raise KeyError(key)
        return for_liquid(found)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _used(variables: LiquidGlobals) -> PostIndex:
    post_index = variables.post_index()
    variables.use("posts", post_index.digest)
    return post_index


def _drops(variables: LiquidGlobals, posts: tuple[Post, ...]) -> list[LazyMapping]:
    return [_drop(variables, post) for post in posts]


def _drop(variables: LiquidGlobals, post: Post) -> LazyMapping:
    if post.path not in variables.drops:
        variables.drops[post.path] = _page(variables, post)
    return variables.drops[post.path]


def _page(variables: LiquidGlobals, post: Post, *, own: bool = False) -> LazyMapping:
    path = PurePosixPath(post.path)
    written = str(post.meta.get("permalink") or ":")
    # Jekyll encodes what it puts into a pattern, not what an author writes.
    url = quote(post.url, safe=_SAFE) if ":" in written else post.url
    jekyll = variables.site.jekyll
    relative = relative_path(post.path, jekyll) if jekyll else post.path
    known = {
        **post.meta,
        "path": relative,
        "relative_path": relative,
        "name": path.name,
        "basename": path.stem,
        "ext": path.suffix,
        "url": url,
        "dir": url.rpartition("/")[0] + "/",
        "id": f"{url.rstrip('/').rpartition('/')[0]}/{post.slug}",
        "title": post.title,
        "slug": post.slug,
        "categories": list(post.categories),
        "tags": list(post.tags),
        "draft": post.draft,
        "lang": post.lang,
    }
    if post.collection or not is_static(post):
        known["collection"] = post.collection or "posts"
    known.pop("excerpt", None)
    if known.pop("date", NO_DATE) != NO_DATE or post.date != NO_DATE:
        known["date"] = RubyTime.of(post.date)
    makers: dict[str, Callable[[], Any]] = {
        **({} if "date" in known or not post.collection else {"date": lambda: _now(variables)}),
        "content": lambda: post.body if own else variables.html(post, True),
        "excerpt": lambda: post.meta.get("excerpt") or variables.html(post, False),
        "next": lambda: _neighbour(variables, post, -1),
        "previous": lambda: _neighbour(variables, post, 1),
    }
    return LazyMapping(makers, known)


def _neighbour(variables: LiquidGlobals, post: Post, step: int) -> LazyMapping | None:
    posts = _siblings(variables, post)
    at = next((n for n, each in enumerate(posts) if each.path == post.path), None)
    if at is None or not 0 <= at + step < len(posts):
        return None
    return _drop(variables, posts[at + step])


def _siblings(variables: LiquidGlobals, post: Post) -> Sequence[Post]:
    """Return the documents of a post's collection, the last one first."""
    jekyll = variables.site.jekyll
    for collection in jekyll.collections if jekyll and post.collection else ():
        if collection.name == post.collection:
            return _used(variables).collection(collection)[::-1]
    return _used(variables).posts


def _documents(variables: LiquidGlobals, collection: Collection) -> list[LazyMapping]:
    return _drops(variables, _used(variables).collection(collection))


def _all_documents(variables: LiquidGlobals) -> list[LazyMapping]:
    jekyll = variables.site.jekyll
    others = jekyll.collections if jekyll else ()
    posts = _drops(variables, _used(variables).posts[::-1])
    return [*posts, *(drop for each in others for drop in _documents(variables, each))]


def _collections(variables: LiquidGlobals) -> list[LazyMapping]:
    """Return the collections by name; that of the posts is one of them."""
    site = variables.site
    found = [*site.jekyll.collections] if site.jekyll else []
    found.append(Collection("posts", "_posts", output=True, permalink=site.permalink))
    return [_collection(variables, each) for each in sorted(found, key=lambda each: each.name)]


def _collection(variables: LiquidGlobals, collection: Collection) -> LazyMapping:
    jekyll, name = variables.site.jekyll, collection.name
    all_options = jekyll.config.get("collections") if jekyll else None
    options = all_options.get(name) if isinstance(all_options, dict) else None
    makers: dict[str, Callable[[], Any]] = {
        "docs": lambda: (
            _drops(variables, _used(variables).posts[::-1])
            if name == "posts"
            else _documents(variables, collection)
        ),
        "files": lambda: [
            _file(path)
            for path in _used(variables).files
            if path.startswith(f"{collection.folder}/")
        ],
    }
    known = {
        **(options if isinstance(options, dict) else {}),
        "label": name,
        "output": collection.output,
        "permalink": collection.permalink,
        "relative_directory": f"_{name}",
        "directory": collection.folder,
    }
    return LazyMapping(makers, known)


def _terms(variables: LiquidGlobals, kind: str) -> dict[str, list[LazyMapping]]:
    found: dict[str, list[LazyMapping]] = {}
    for post in reversed(_used(variables).posts):  # the oldest post's first: Jekyll's order
        for name in getattr(post, kind):
            found.setdefault(name, []).append(_drop(variables, post))
    return {name: posts[::-1] for name, posts in found.items()}


def _file(path: str) -> dict[str, Any]:
    name = PurePosixPath(path)
    return {"path": f"/{path}", "name": name.name, "basename": name.stem, "extname": name.suffix}


def _now(variables: LiquidGlobals) -> RubyTime:
    now = datetime.now().astimezone()
    variables.use("today", f"{now:%Y-%m-%d}")
    return RubyTime.of(now)


def _inspected(value: Any) -> str:
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_inspected(k)}=>{_inspected(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_inspected, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)
