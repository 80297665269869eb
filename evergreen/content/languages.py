"""Files whose names end like those of translations, `post.fr.md`, in a language that the blog does
not declare: such a file is a post of its own.
"""

from __future__ import annotations

import os
from pathlib import Path

from evergreen.content.formats import SUFFIXES
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.permalinks import SUFFIX
from evergreen.dataclass import replace
from evergreen.errors import Problem
from evergreen.model import Post, Site
from evergreen.regex import regex

TWIN = "twin"
"""What a post depends on, if its name may be that of a translation: see `Post.uses`."""


def with_language_warning(post: Post, blog: BlogContext) -> Post:
    """Return the post with a warning if it is named like a translation of another one and is none,
    as its language is not declared."""
    code = _language_in(_stem(post.path))
    if not code or blog.site.jekyll or code in (post.meta.get("lang"), *blog.site.languages):
        return post
    twin = find_twin(blog.root, post.path)
    uses = {**post.uses, f"{TWIN} {post.path}": twin}
    if not twin:
        return replace(post, uses=uses)
    message = f"the name ends with '{code}', but this is not a translation of '{twin}'"
    problem = Problem(post.path, 1, 0, message, _advice(post, code, blog.site), "warning")
    return replace(post, uses=uses, warnings=(*post.warnings, problem))


def _advice(post: Post, written: str, site: Site) -> str:
    """Return what makes the post a translation in a language that its name has in some form."""
    plain = written.replace("_", "-")
    code = next((each for each in site.languages if each.lower() == plain.lower()), plain)
    name = post.path.rpartition("/")[2].replace(f".{written}.", f".{code}.")
    renamed = f"name it '{name}'" if code != written else ""
    languages = ", ".join(f'"{each}"' for each in (*site.languages, code))
    declared = "" if code in site.languages else f"write 'languages = [{languages}]' in site.toml"
    return " and ".join(filter(None, (renamed, declared)))


def find_twin(root: Path, path: str) -> str:
    """Return the name of the file beside `post.fr.md` that has the same name without a language, or
    with another one; "" if there is none."""
    base = _stem(path).rpartition(".")[0]
    try:
        names = sorted(os.listdir((root / path).parent))
    except OSError:
        return ""
    own = path.rpartition("/")[2]
    return next((name for name in names if name != own and _is_version(name, base)), "")


def _is_version(name: str, base: str) -> bool:
    stem = _stem(name)
    is_other = stem.rpartition(".")[0] == base and _language_in(stem) != ""
    return name.endswith(SUFFIXES) and (stem == base or is_other)


def _stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]


def _language_in(stem: str) -> str:
    """Return the language at the end of a name without its `.md`; "" if there is none."""
    found = SUFFIX.fullmatch(stem) or _UNDERSCORE.fullmatch(stem)
    return found[2] if found and found[2][:2] in _CODES and found[2][2:3] in "-_" else ""


_CODES = frozenset(
    "af ar az be bg bn bs ca cs cy da de el en eo es et eu fa fi fr ga gl gu he hi hr hu hy id"
    " is it ja ka kk km kn ko ky la lo lt lv mk mn mr ms my nb ne nl nn no pa pl pt ro ru si sk"
    " sl sq sr sv sw ta te th tl tr uk ur uz vi zh".split()
)
"""Languages in which blogs are written; without codes that are more often something else in a
name, such as `io`, `so`, `ts`."""
_UNDERSCORE = regex(r"(.+)\.([a-z]{2}_[A-Z][A-Za-z]{1,3})")
"""A name with a language as in the locales of POSIX, `zh_CN`."""
