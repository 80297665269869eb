"""Validate the front-matter keys about running and checking code: `execute`, `check`, `jupyter`,
`data`.

Each function raises EvergreenError at the line of the wrong value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from evergreen.content import fields
from evergreen.content.fields import describe
from evergreen.content.frontmatter import FrontMatter
from evergreen.content.key_parts import check_parts
from evergreen.dataclass import replace
from evergreen.model import CheckOptions, DataFile, ExecuteOptions, Site, requirements
from evergreen.model.settings import (
    DAY_ADVICE,
    OF_POST,
    RESOURCE_ADVICE,
    SPAN_ADVICE,
    is_day,
    read_resource,
    read_span,
)
from evergreen.paths import flaw
from evergreen.regex import regex

LANGUAGES = {"ir": "r", "julia": "julia", "bash": "bash"}
"""Languages of kernels that are not for Python."""
_REMOTE = regex(r"https?://[^/]")
_KERNEL = regex(r"[\w.-]+")


def execute(front_matter: FrontMatter, site: Site) -> ExecuteOptions:
    """Read `execute`: the site's options, overridden by the post's; `execute: false` is short.

    Quarto's `eval` and `error` mean `enabled` and `allow_errors`.
    """
    if isinstance(front_matter.values.get("execute"), bool):
        return replace(site.execute, enabled=front_matter.values["execute"])
    part = fields.mapping(front_matter, "execute", "true, false")
    if part is None:
        return site.execute
    check_parts(part, "execute")
    default = site.execute
    enabled, errors = fields.flag(part, "eval", default.enabled), default.allow_errors
    return replace(
        default,
        enabled=fields.flag(part, "enabled", enabled),
        stored=fields.flag(part, "stored", default.stored),
        timeout=fields.number(part, "timeout", default.timeout),
        allow_errors=fields.flag(part, "allow_errors", fields.flag(part, "error", errors)),
        max_output=fields.whole(part, "max_output", None, 1) or default.max_output,
        memory=fields.number(part, "memory", default.memory),
        seed=fields.whole(part, "seed", default.seed),
        env=(*default.env, *fields.lines(part, "env")),
        expires=_expires(part, default.expires),
        requires=_requires(part, default.requires),
        as_of=_as_of(part, default.as_of),
        resources=_resources(part, default.resources),
        # A post can turn its sandbox on, but not off.
        sandbox=fields.flag(part, "sandbox") or default.sandbox,
    )


def check(front_matter: FrontMatter, site: Site) -> CheckOptions:
    """Read `check`: the site's options, overridden by the post's: `exact`, `{rtol: 1e-2}`."""
    value = front_matter.values.get("check")
    if value is None:
        return site.check
    found, wrong = read_check(value)
    if wrong:
        raise front_matter.fault("check", wrong, ADVICE)
    return replace(site.check, **found)


def kernel(front_matter: FrontMatter) -> tuple[str, str]:
    """Read kernel and language from `jupyter: NAME`, `jupyter: {kernelspec: {name, language}}`, or
    MyST's `kernelspec: {name, language}`.
    """
    if isinstance(front_matter.values.get("jupyter"), str):
        return _kernel(front_matter, "jupyter", "")
    part = fields.mapping(front_matter, "jupyter", "a kernel's name")
    spec = fields.mapping(part or front_matter, "kernelspec")
    if spec is None:
        return "python3", "python"
    language = fields.text(spec, "language")
    if _PYTHON.fullmatch(language):
        language = "python"
    if language == "python" and not is_installed(fields.text(spec, "name", "python3")):
        return "python3", "python"
    return _kernel(spec, "name", language)


@cache
def is_installed(name: str) -> bool:
    """True if there is a kernel of that name; a notebook names one of its author's machine."""
    if name == "python3":
        return True
    from evergreen.records.interpreters import find_command  # late: it takes 0.15 s

    return _KERNEL.fullmatch(name) is not None and find_command(name) is not None


def data(front_matter: FrontMatter) -> tuple[DataFile, ...]:
    """Read `data`: the data files that the code needs."""
    value = front_matter.values.get("data")
    if isinstance(value, date) or (isinstance(value, str) and fields.parse_moment(value)):
        raise front_matter.fault(
            "data", f"'data' is {fields.describe(value)}", "did you mean 'date'?"
        )
    return fields.records(front_matter, "data", _data_file)


def _kernel(part: FrontMatter, key: str, language: str) -> tuple[str, str]:
    name = fields.text(part, key, "python3")
    if not _KERNEL.fullmatch(name):
        advice = "run `jupyter kernelspec list` for the installed ones"
        raise part.fault(key, f"{name!r} is not a valid kernel name", advice)
    return name, (language or LANGUAGES.get(name, "python")).lower()


def _data_file(item: FrontMatter) -> DataFile:
    check_parts(item, "data")
    urls = (fields.text(item, "url"), *fields.lines(item, "mirrors"))
    urls = tuple(url for url in urls if url)
    if wrong := next((url for url in urls if not _REMOTE.match(url)), ""):
        message = f"{wrong!r} is not a valid URL"
        raise item.fault("url" if wrong == urls[0] else "mirrors", message, "write https://…")
    name = fields.text(item, "name") or (urls or ("",))[0].rpartition("/")[2]
    script = fields.text(item, "stand_in")
    for key, path in (("name", name), ("stand_in", script or "x")):
        if wrong := flaw(path):
            message = f"the data file's {key} {path!r} {wrong}"
            raise item.fault(key, message, f"write '{key}: a/file', a path beside the post")
    digest = fields.text(item, "sha256").lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        message = f"'{name}' has no sha256 of 64 hexadecimal digits"
        raise item.fault("sha256", message, "add it: sha256sum FILE prints it")
    return DataFile(name, urls, digest, script)


def _expires(part: FrontMatter, default: str) -> str:
    value = fields.text(part, "expires", default)
    if value and read_span(value) is None:
        raise part.fault("expires", f"{value!r} is not a time", SPAN_ADVICE)
    return value


def _as_of(part: FrontMatter, default: str) -> str:
    """Read a day, `date`, or false for none; YAML reads days by itself."""
    value = part.values.get("as_of")
    if value is False:
        return ""
    text = fields.text(part, "as_of", default)
    if text and text != OF_POST and not is_day(text):
        raise part.fault("as_of", f"'as_of' is {describe(value)}", DAY_ADVICE)
    return text


def _resources(part: FrontMatter, default: tuple[str, ...]) -> tuple[str, ...]:
    """Read `{gpu: 1, memory: 16 GiB}`, or a list of such texts."""
    value = part.values.get("resources")
    if value is None:
        return default
    given = [f"{k}: {v}" for k, v in value.items()] if isinstance(value, Mapping) else value
    texts = given if isinstance(given, list) else [given]
    if wrong := next((each for each in texts if not read_resource(str(each))), None):
        raise part.fault("resources", f"{wrong!r} is not a valid resource", RESOURCE_ADVICE)
    return tuple(map(str, texts))


def _requires(part: FrontMatter, default: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return requirements.normalize(fields.lines(part, "requires")) or default
    except requirements.RequirementError as error:
        raise part.fault("requires", error.message, error.advice) from None


COMPARISONS = ("values", "exact", "image", "ignore")
"""Values of `CheckOptions.compare`."""
ADVICE = "write exact, image, ignore, values, rtol=1e-2 or atol=1e-6"
_PYTHON = regex(r"i?python\d*", re.I)
"""Names of the language in kernels of IPython."""
_TAG = regex(r"check\s*[:=-]\s*(\S.*)")


def read_check(value: Any) -> tuple[dict[str, Any], str]:
    """Return the fields of CheckOptions in a value, and what is wrong with it, or ""."""
    if isinstance(value, bool):
        return {"compare": "values" if value else "ignore"}, ""
    if isinstance(value, str):
        words = value.replace(",", " ").split()
        pairs = [word.partition("=")[::2] if "=" in word else ("compare", word) for word in words]
    elif isinstance(value, Mapping):
        pairs = list(value.items())
    else:
        return {}, f"'check' is {describe(value)}"
    found: dict[str, Any] = {}
    for key, each in pairs:
        read = _read(str(key), each)
        if read is None:
            return {}, f"'check' has {key}={each}" if key != "compare" else f"'check' is {each!r}"
        found[str(key)] = read
    return found, "" if found else "'check' is empty"


def check_tag(tag: str) -> str:
    """Return the value of a tag like `check: exact` or `check-ignore`; "" for any other tag."""
    found = _TAG.fullmatch(tag.strip())
    return found[1] if found else ""


def _read(key: str, value: Any) -> Any:
    """Parse the value of a field; None if it is not valid."""
    if key == "compare":
        return value if value in COMPARISONS else None
    if key == "same_platform":
        return value if isinstance(value, bool) else {"true": True, "false": False}.get(value)
    if key not in ("rtol", "atol") or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if 0 <= number < math.inf else None
