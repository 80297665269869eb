"""Source bytes → Post: the front matter's keys, the slug and date of the file's name, the address.

The keys are those that Jekyll blogs have; whatever is not named here reaches the templates in
`Post.meta`.
"""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from evergreen import values
from evergreen.errors import EvergreenError, Problem, fault
from evergreen.frontmatter import FrontMatter, read_front_matter
from evergreen.model import (
    DataFile,
    ExecuteOptions,
    HeroImage,
    Post,
    Reference,
    Series,
    Site,
)
from evergreen.pages import FOLDER as PAGES
from evergreen.pages import find_pages, is_page_file, place_page
from evergreen.permalinks import Place, address, split_language

FOLDER = "posts"
_NAME = re.compile(r"(?:(\d{4}-\d\d?-\d\d?)-)?(.+)\.md$")
_KERNELS = {"ir": "r", "julia": "julia", "bash": "bash"}


def find_posts(root: Path) -> list[str]:
    """The paths of the blog's posts and static pages, relative to its root, sorted.

    A Markdown file right below posts/, or with a date in its name, or an index.md, is a post.
    """
    folder = root / FOLDER
    found = (path.relative_to(root) for path in folder.rglob("*.md") if path.is_file())
    posts = (path.as_posix() for path in found if _is_post(path))
    return sorted([*posts, *find_pages(root)])


def read_posts(root: Path, site: Site) -> tuple[list[Post], list[Problem]]:
    """All posts, newest first, and what is wrong with those that cannot be read."""
    posts, problems = [], []
    for path in find_posts(root):
        try:
            posts.append(parse_post(path, (root / path).read_bytes(), site))
        except EvergreenError as error:
            problems += error.problems
        except OSError as error:
            problems.append(Problem(path, message=f"cannot be read: {error.strerror}"))
    return sorted(posts, key=lambda post: (post.date, post.path), reverse=True), problems


def read_branch(root: Path, branch: str, site: Site) -> list[Post]:
    """The posts and static pages of a git branch, without those that cannot be read.

    Raises EvergreenError where git does not know the branch.
    """
    listing = ["git", "ls-tree", "-r", "-z", "--name-only", branch, f"{FOLDER}/", f"{PAGES}/"]
    listed = subprocess.run(listing, cwd=root, capture_output=True, text=True)
    if listed.returncode:
        raise fault(branch, "no such branch", "git branch --all lists them")
    posts = []
    for path in filter(None, listed.stdout.split("\0")):
        if path.endswith(".md") and (is_page_file(path) or _is_post(Path(path))):
            show = subprocess.run(
                ["git", "show", f"{branch}:./{path}"], cwd=root, capture_output=True
            )
            with contextlib.suppress(EvergreenError):
                posts.append(parse_post(path, show.stdout, site))
    return posts


def parse_post(path: str, source: bytes, site: Site) -> Post:
    """The Post of one file. Raises EvergreenError at the line of the fault."""
    head = read_front_matter(path, source)
    if not head.found:
        raise fault(path, "no front matter", "begin the file with '---' lines", line=1)
    place = (place_page if is_page_file(path) else _place)(path, head, site)
    kernel, language = _kernel(head)
    return Post(
        path=path,
        slug=place.slug,
        title=values.text(head, "title", place.slug.replace("-", " ").capitalize()),
        date=place.date,
        url=place.url,
        body=head.body,
        body_line=head.body_line,
        lang=place.lang,
        layout=values.text(head, "layout", place.layout),
        theme=values.text(head, "theme"),
        excerpt=values.text(head, "excerpt") or values.text(head, "description"),
        modified=values.moment(head, "modified") or values.moment(head, "last_modified_at"),
        author=values.text(head, "author", site.author),
        categories=values.names(head, "categories", "category"),
        tags=values.names(head, "tags", "tag"),
        image=_image(head, site),
        references=values.records(head, "references", _reference),
        series=_series(head),
        comments=values.flag(head, "comments"),
        share=values.flag(head, "share"),
        redirect_from=values.lines(head, "redirect_from"),
        draft=values.flag(head, "draft"),
        published=values.flag(head, "published", True),
        kernel=kernel,
        language=language,
        execute=_execute(head, site),
        data=values.records(head, "data", lambda item: _data_file(head, item)),
        bundle=path.rpartition("/")[0],
        meta=head.values,
        lines=head.lines,
    )


def _is_post(path: Path) -> bool:
    return len(path.parts) == 2 or path.name == "index.md" or path.name[:4].isdigit()


def _place(path: str, head: FrontMatter, site: Site) -> Place:
    """Where a post stands, by its file's name; by its folder's for an index.md."""
    parts = path.split("/")
    name = f"{parts[-2]}.md" if parts[-1] == "index.md" else parts[-1]
    name_date, name = _NAME.match(name).groups()  # type: ignore[union-attr]
    name, suffix = split_language(name, head, site)
    slug = values.text(head, "slug", name)
    date = values.moment(head, "date") or values.parse_moment(name_date or "")
    if date is None:
        advice = "name the file YYYY-MM-DD-slug.md, or give 'date:'"
        raise fault(path, "the post has no date", advice, line=1)
    categories = values.names(head, "categories", "category")
    url = address(head, site.permalink, categories, slug, date, suffix)
    return Place(slug, date, url, values.text(head, "lang", suffix or site.lang), "post")


def _image(head: FrontMatter, site: Site) -> HeroImage | None:
    """`image: /a.jpg`, or a mapping with the host's name in site.toml as `vendor`."""
    if isinstance(head.values.get("image"), str):
        return HeroImage(head.values["image"])
    image = {key: str(value) for key, value in values.mapping(head, "image").items()}
    feature = image.get("feature") or image.get("path")
    if not feature:
        return None
    vendor = image.get("vendor")
    if vendor and vendor not in site.vendors:
        message = f"the image's vendor '{vendor}' is unknown"
        raise head.fault("image", message, f'add {vendor} = "https://…" to [vendors] in site.toml')
    url = f"{site.vendors[vendor].rstrip('/')}/{feature.lstrip('/')}" if vendor else feature
    rest = {key: image.get(key, "") for key in ("alt", "credit", "creditlink")}
    return HeroImage(url, **rest)


def _reference(item: Mapping[str, Any]) -> Reference:
    return Reference(*(str(item.get(key, "")) for key in ("id", "title", "url")))


def _series(head: FrontMatter) -> Series | None:
    if isinstance(head.values.get("series"), str):
        return Series(head.values["series"])
    series = values.mapping(head, "series")
    return Series(str(series.get("title", "")), str(series.get("url", ""))) if series else None


def _execute(head: FrontMatter, site: Site) -> ExecuteOptions:
    """The site's options with the post's own in their place; `execute: false` is short."""
    if isinstance(head.values.get("execute"), bool):
        return replace(site.execute, enabled=head.values["execute"])
    own = values.mapping(head, "execute")
    timeout = values.number(head, own, "timeout", site.execute.timeout)
    flags = {key: own[key] for key in ("enabled", "allow_errors") if key in own}
    for key, value in flags.items():
        if not isinstance(value, bool):
            raise head.fault("execute", f"'{key}' is {value!r}", "give true or false")
    memory = values.number(head, own, "memory", site.execute.memory)
    seed = own.get("seed", site.execute.seed)
    if seed is not None and type(seed) is not int:
        raise head.fault("execute", f"'seed' is {seed!r}", "give a whole number")
    return replace(
        site.execute,
        timeout=timeout,
        memory=memory,
        seed=seed,
        env=(*site.execute.env, *_variables(head, own)),
        **flags,
    )


def _variables(head: FrontMatter, own: Mapping[str, Any]) -> tuple[str, ...]:
    names = own.get("env", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise head.fault("execute", f"'env' is {names!r}", "give a list of names")
    return tuple(names)


def _kernel(head: FrontMatter) -> tuple[str, str]:
    """Kernel and language of `jupyter: NAME` or `jupyter: {kernelspec: {name, language}}`."""
    jupyter = head.values.get("jupyter")
    if isinstance(jupyter, str):
        jupyter = {"kernelspec": {"name": jupyter}}
    spec = jupyter.get("kernelspec", {}) if isinstance(jupyter, dict) else {}
    name = str(spec.get("name", "python3")) if isinstance(spec, dict) else str(spec)
    language = str(spec.get("language", "")) if isinstance(spec, dict) else ""
    return name, (language or _KERNELS.get(name, "python")).lower()


def _data_file(head: FrontMatter, item: Mapping[str, Any]) -> DataFile:
    urls = [item.get("url"), *(item.get("mirrors") or [])]
    urls = [str(url) for url in urls if url]
    name = str(item.get("name") or (urls or [""])[0].rpartition("/")[2])
    parts = name.split("/")
    if not name or any(part in ("", ".", "..") for part in parts) or "\\" in name:
        raise head.fault("data", f"the data file's name {name!r} is no path", "give 'name: file'")
    digest = str(item.get("sha256", "")).lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        message = f"'{name}' has no sha256 of 64 hexadecimal digits"
        raise head.fault("data", message, "add it: sha256sum FILE prints it")
    return DataFile(name, tuple(urls), digest, str(item.get("stand_in") or ""))
