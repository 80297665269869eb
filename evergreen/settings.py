"""Read site.toml, on top of a Jekyll blog's `_config.yml`, into a Site.

Every key must be known and its value valid; for an unknown key the message suggests a similar one.
The keys and their types are those of the dataclasses in `model`: a field is a key, a dataclass or a
mapping among the fields is a table.
"""

from __future__ import annotations

import math
import os
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints
from urllib.parse import unquote

from evergreen.content.jekyll.detect import config_folder, is_jekyll
from evergreen.content.quarto_files import has_shared_files
from evergreen.content.timezones import is_zone, machine_zone
from evergreen.dataclass import replace
from evergreen.errors import Problem, SettingsError, nearest
from evergreen.model import Site
from evergreen.model.settings import (
    DAY_ADVICE,
    OF_POST,
    RESOURCE_ADVICE,
    SPAN_ADVICE,
    MenuEntry,
    is_day,
    read_resource,
    read_span,
)
from evergreen.regex import regex
from evergreen.toml import TomlError, parse_toml

FILE = "site.toml"
URL = "EVERGREEN_URL"
"""The environment variable with the site's address, for a blog that gives none."""
NO_KEYS = ("jekyll", "shared", "look", "hooks")
"""Fields of a Site that site.toml cannot set."""

KINDS: dict[Any, str] = {
    str: "a text in quotes",
    bool: "true or false",
    int: "a whole number above 0",
    int | None: "a whole number from 0",
    float: "a number above 0",
    tuple[str, ...]: "a list of texts",
}
"""Description of the values that each type takes."""
_NO_URL = (
    "'url' is missing: the sitemap is empty, feeds and social cards have only relative"
    " URLs, and search engines do not find translations"
)
_CONTROL = regex(r"[\x00-\x08\x0b-\x1f\x7f]")
_NAMED = regex(r"'([^']+)'")
_LANGUAGE = regex(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


def read_settings(root: Path) -> Site:
    """Read the settings of the blog at `root`: site.toml, on top of `_config.yml` if it is a Jekyll
    blog, on top of the defaults.

    The metadata of a Quarto project are part of them.

    Raises SettingsError, with every wrong key, if a file cannot be read as settings.
    """
    base = Site()
    if is_jekyll(root):
        from evergreen.content.jekyll.config import read_config  # late: it imports YAML

        base = read_config(root)
    elif has_shared_files(root):
        from evergreen.content.quarto_project import read_shared  # late, for the same reason

        base = replace(base, shared=read_shared(root))
    try:
        source = _own_file(root).read_bytes()
    except FileNotFoundError:
        return base
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise SettingsError(
            Problem(FILE, message=message, advice="make it a readable file")
        ) from None
    try:
        return parse_settings(source.decode("utf-8-sig"), base)
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        message = f"byte {error.start} is not UTF-8"
        raise SettingsError(Problem(FILE, line, 0, message, "save it as UTF-8")) from None


def settings_here(root: Path, environ: Mapping[str, str] = os.environ) -> Site:
    """Return the blog's settings; what they leave open is this machine's: the site's address is
    that of EVERGREEN_URL, the time zone that of its clock.

    Raises SettingsError where a value cannot be used.
    """
    site = read_settings(root)
    if not site.timezone:
        site = replace(site, timezone=machine_zone())
    if site.url or not (url := environ.get(URL, "").strip()):
        return site
    if not _is_url(url):
        message = f"the environment variable {URL} is {_shown(url)}"
        raise SettingsError(Problem(FILE, 0, 0, message, f"write {_TAKEN['url'][1]}"))
    host, path = _split_url(url)
    return replace(site, url=host, baseurl=site.baseurl or path)


def missing_url(site: Site) -> Iterator[Problem]:
    """Yield a warning if the site has no address of its own."""
    if not site.url:
        file = (site.jekyll and site.jekyll.file) or FILE
        line = 'url = "https://…"' if file == FILE else "url: https://…"
        yield Problem(file, 0, 0, _NO_URL, f"write {line}", "warning")


def _own_file(root: Path) -> Path:
    file = root / FILE
    if not file.exists():
        file = config_folder(root) / FILE
    if file.is_symlink():
        from evergreen.paths import points_outside  # late: it is hardly ever a symlink

        if points_outside(root.resolve(), file):
            advice = "replace it by the file itself"
            raise SettingsError(
                Problem(FILE, 0, 0, "a symlink that points outside the blog", advice)
            )
    return file


def parse_settings(text: str, base: Site | None = None) -> Site:
    """Parse the text of a site.toml; `base` has the values that it does not set. Raises
    SettingsError with every wrong key.
    """
    try:
        values = parse_toml(text)
    except TomlError as error:
        place = error.line, error.column
        raise SettingsError(Problem(FILE, *place, error.message, error.advice)) from None
    problems: list[Problem] = []
    site: Site = _section(base or Site(), values, text, "", problems)
    problems.extend(_unknown_options(values.get("kramdown"), text))
    if problems:
        raise SettingsError(*problems)
    return _whole(site, base, text)


def _unknown_options(options: Any, text: str) -> Iterator[Problem]:
    """Yield a problem for each option of the Markdown dialect that does not exist."""
    if not options or not isinstance(options, dict):
        return
    from evergreen.markdown.options import OPTION_NAMES  # late: few blogs give any

    for key in options.keys() - OPTION_NAMES:
        name = f"kramdown.{key}"
        what, advice = f"unknown setting '{name}'", nearest(key, sorted(OPTION_NAMES))
        yield Problem(FILE, _line(text, name), 0, what, advice)


def at_lines(root: Path, problems: Iterable[Problem]) -> Iterator[Problem]:
    """Yield the problems; one of site.toml that has no line gets that of the setting that it
    names, or of the value."""
    text: str | None = None
    for problem in problems:
        if problem.path == FILE and not problem.line and (named := _NAMED.findall(problem.message)):
            if text is None:
                text = _text_of(root)
            problem = replace(problem, line=_named_line(text, named))
        yield problem


def _text_of(root: Path) -> str:
    try:
        return _own_file(root).read_text("utf-8-sig")
    except (OSError, ValueError, SettingsError):
        return ""


def _named_line(text: str, named: Sequence[str]) -> int:
    """Return the line that sets one of these names or values; 0 if none does."""
    for name in named:
        if line := _line(text, name):
            return line
    lines = enumerate(text.splitlines(), 1)
    quoted = [f"{mark}{name}{mark}" for name in named for mark in "\"'"]
    return next((number for number, line in lines if any(q in line for q in quoted)), 0)


def _whole(site: Site, base: Site | None, text: str) -> Site:
    """Move a path in `url` to `baseurl`, and a Jekyll blog's time zone to where its dates are read.
    Raises SettingsError for two paths.
    """
    if site.jekyll and site.timezone != site.jekyll.timezone:
        site = replace(site, jekyll=replace(site.jekyll, timezone=site.timezone))
    if base and site.url == base.url:
        return replace(site, baseurl=_base(site.baseurl))
    url, path = _split_url(site.url)
    below = _base(site.baseurl)
    if path and below not in ("", path):
        message = f"'url' has the path '{path}', and 'baseurl' is '{below}'"
        advice = f'write url = "{url}" and the whole path in baseurl'
        raise SettingsError(Problem(FILE, _line(text, "url"), 0, message, advice))
    return replace(site, url=url, baseurl=path or below)


def _split_url(url: str) -> tuple[str, str]:
    """Split `https://host/a/` into `https://host` and `/a`."""
    scheme, mark, rest = url.partition("://")
    host, _, path = rest.partition("/")
    return f"{scheme}{mark}{host}", _base(unquote(path))


def _section(
    base: Any, table: Mapping[str, Any], text: str, prefix: str, problems: list[Problem]
) -> Any:
    """Return a dataclass with its fields replaced by the values of a table; append each problem to
    `problems` and skip that value.
    """
    hints = get_type_hints(type(base))
    known = [field.name for field in fields(base) if field.name not in NO_KEYS]
    good = {}
    for key, value in table.items():
        name = f"{prefix}{key}"
        if key not in known:
            wrong: tuple[str, str] | None = (f"unknown setting '{name}'", nearest(key, known))
        elif is_dataclass(hints[key]) and isinstance(value, dict):
            good[key] = _section(getattr(base, key), value, text, f"{name}.", problems)
            continue
        elif _is_named(hints[key]) and isinstance(value, dict):
            good[key] = _named(hints[key], value, text, f"{name}.", problems)
            continue
        else:
            wrong = _what_is_wrong(value, hints[key], name)
        if wrong:
            named = wrong[0].split("'")[1]
            problems.append(Problem(FILE, _line(text, named), 0, *wrong))
        else:
            good[key] = tuple(value) if isinstance(value, list) else value
    return replace(base, **good)


def _is_named(kind: Any) -> bool:
    """True for a mapping of names to tables, or to mappings of names to tables."""
    values = get_args(kind)[1:]
    return get_origin(kind) is Mapping and any(is_dataclass(v) or _is_named(v) for v in values)


def _named(
    kind: Any, table: Mapping[str, Any], text: str, prefix: str, problems: list[Problem]
) -> dict[str, Any]:
    """Return the values of a table whose keys are names; of a menu's entry, a text is the URL."""
    inner = default = get_args(kind)[1]
    found: dict[str, Any] = {}
    for key, value in table.items():
        name = f"{prefix}{key}"
        if inner is MenuEntry and isinstance(value, str):
            value = {"url": value}
        if not isinstance(value, dict):
            what, advice = f"'{name}' is {_shown(value)}", f"write it as a table: [{name}]"
            problems.append(Problem(FILE, _line(text, name), 0, what, advice))
        elif is_dataclass(inner):
            found[key] = _section(default(), value, text, f"{name}.", problems)
        else:
            found[key] = _named(inner, value, text, f"{name}.", problems)
    return found


def _what_is_wrong(value: Any, kind: Any, name: str) -> tuple[str, str] | None:
    """Return message and advice if a value has the wrong type or is not valid for the setting."""
    if is_dataclass(kind) or (get_origin(kind) is not None and kind not in KINDS):
        return _wrong_table(value, kind, name)
    if not _fits(value, kind):
        return f"'{name}' is {_shown(value)}", f"write {KINDS[kind]}"
    return _wrong_text(value, name)


def _wrong_table(value: Any, kind: Any, name: str) -> tuple[str, str] | None:
    if not isinstance(value, dict):
        return f"'{name}' is {_shown(value)}", f"write it as a table: [{name}]"
    if kind == Mapping[str, str]:
        for key, each in value.items():
            if not isinstance(each, str):
                return f"'{name}.{key}' is {_shown(each)}", "write a text in quotes"
            if wrong := _wrong_text(each, name):
                return wrong[0].replace(f"'{name}'", f"'{name}.{key}'"), wrong[1]
    return None


def _wrong_text(value: Any, name: str) -> tuple[str, str] | None:
    for each in value if isinstance(value, (list, tuple)) else [value]:
        if isinstance(each, str) and _CONTROL.search(each):
            return f"'{name}' has a control character", "remove it"
        if name in _TAKEN and not _TAKEN[name][0](each):
            return f"'{name}' is {_shown(each)}", f"write {_TAKEN[name][1]}"
    return None


def _is_url(value: str) -> bool:
    if value and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", value):
        return False
    return _is_folder(unquote(value.partition("://")[2].partition("/")[2]))


def _is_repository(value: str) -> bool:
    return not value or _is_url(value) or bool(re.fullmatch(r"[\w.-]+/[\w.-]+", value, re.A))


def _is_link(value: str) -> bool:
    return bool(value) and (_is_url(value) or bool(re.match(r"/(?!/)", value)))


def _is_source(value: str) -> bool:
    return bool(re.fullmatch(r"(?:https?|wss?)://(\*\.)?[\w-]+(\.[\w-]+)*(:\d+)?", value, re.A))


def _is_folder(value: str) -> bool:
    from evergreen.paths import flaw  # late, like the next: few blogs give the setting

    return not value.strip("/") or not flaw(value.strip("/"))


def _is_inside(value: str) -> bool:
    from evergreen.paths import flaw

    return not flaw(posixpath.normpath(value))


def _is_permalink(value: str) -> bool:
    from evergreen.content.permalinks import PERMALINKS, unknown_placeholder

    if value in PERMALINKS:
        return True
    return value.startswith("/") and not unknown_placeholder(value) and _is_folder(value)


def _is_pattern(value: str) -> bool:
    try:
        return bool(re.compile(value))
    except (re.error, RecursionError, OverflowError):
        return False


def _is_as_of(value: str) -> bool:
    return value in ("", OF_POST) or is_day(value)


def _is_executor(value: str) -> bool:
    return bool(re.fullmatch(r"local(:[1-9]\d*)?|(tcp|tls)://[^\s/]+:\d+", value))


def _is_requirement(value: str) -> bool:
    from evergreen.model.requirements import RequirementError, normalize

    try:
        return bool(normalize([value]))
    except RequirementError:
        return False


_TAKEN: Mapping[str, tuple[Callable[[Any], Any], str]] = {
    "url": (_is_url, "scheme and host: https://blog.example"),
    "timezone": (is_zone, "a zone's name or offset: Asia/Shanghai, +08:00"),
    "baseurl": (_is_folder, "the path below the host: /blog"),
    "lang": (_LANGUAGE.fullmatch, "a language's tag: en, zh, pt-BR"),
    "languages": (_LANGUAGE.fullmatch, "tags of languages: en, zh, pt-BR"),
    "repository": (
        _is_repository,
        "owner/name on GitHub, or an address: https://codeberg.org/me/blog",
    ),
    "permalink": (_is_permalink, "a pattern like /:categories/:title/"),
    "liquid": (("prose", "all", "none").__contains__, "prose, all or none"),
    "citations.style": (("number", "author-year").__contains__, "number or author-year"),
    "head.scripts": (_is_link, "URLs of scripts: /own.js, https://stats.example/s.js"),
    "head.styles": (_is_link, "URLs of style sheets: /own.css"),
    "csp.allow": (_is_source, "hosts: https://cdn.example, https://*.example"),
    "analytics.script": (_is_url, "the URL of the service's script"),
    "vendors": (_is_url, "scheme and host: https://pictures.example"),
    "records.path": (_is_inside, "a folder in the blog: records"),
    "execute.expires": (read_span, SPAN_ADVICE.removeprefix("write ")),
    "execute.drop_stderr": (_is_pattern, "regular expressions"),
    "check.compare": (
        ("values", "exact", "image", "ignore").__contains__,
        "values, exact, image or ignore",
    ),
    "execute.as_of": (_is_as_of, DAY_ADVICE.removeprefix("write ")),
    "execute.resources": (read_resource, RESOURCE_ADVICE.removeprefix("write ")),
    "execution.executors": (
        _is_executor,
        "local, local:2, tcp://127.0.0.1:8786 or tls://HOST:8786",
    ),
    "execute.requires": (_is_requirement, "requirements as pip writes them: numpy~=2.1"),
}
"""Settings that accept only some values of their type: the check, and those values in words."""


def _fits(value: Any, kind: Any) -> bool:
    if kind == tuple[str, ...]:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if kind is float:
        return type(value) in (int, float) and 0 < value < math.inf
    if kind is int:
        return type(value) is int and value > 0
    if kind == int | None:
        return type(value) is int and 0 <= value < 2**32
    return type(value) is kind


def _shown(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    if not isinstance(value, (str, int, float, list, dict)):
        text = str(value)
    return text if len(text) < 60 else f"{text[:56]}…"


def _line(text: str, name: str) -> int:
    """Return the line of a setting, by its key in its table; that of the table if it has none."""
    wanted = name.split(".")
    table: list[str] = []
    best = 0
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[+([^\]]*)\]", line):
            table = _keys(header[1])
            best = number if table == wanted[: len(table)] else best
        elif (path := [*table, *_keys(line.partition("=")[0])]) and "=" in line:
            if path == wanted:
                return number
            best = number if path == wanted[: len(path)] else best
    return best


def _keys(path: str) -> list[str]:
    return [key.strip(" \t\"'") for key in path.split(".")]


def _base(path: str) -> str:
    stripped = path.strip("/")
    return f"/{stripped}" if stripped else ""
