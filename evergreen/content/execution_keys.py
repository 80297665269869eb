"""The keys of a front matter that say how its code runs and is checked: `execute`, `check`,
`jupyter`, `data`. Each function raises EvergreenError at the part that is wrong.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from evergreen.content import fields
from evergreen.content.fields import described
from evergreen.content.frontmatter import FrontMatter
from evergreen.content.keys import check_parts
from evergreen.model import CheckOptions, DataFile, ExecuteOptions, Site, requirements
from evergreen.paths import flaw

LANGUAGES = {"ir": "r", "julia": "julia", "bash": "bash"}
"""Kernels whose language is not Python."""
_REMOTE = re.compile(r"https?://[^/]")
_KERNEL = re.compile(r"[\w.-]+")


def execute(head: FrontMatter, site: Site) -> ExecuteOptions:
    """The site's options with the post's own in their place; `execute: false` is short.

    Quarto's `eval` and `error` are `enabled` and `allow_errors`.
    """
    if isinstance(head.values.get("execute"), bool):
        return replace(site.execute, enabled=head.values["execute"])
    part = fields.mapping(head, "execute", "true, false")
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
        requires=_requires(part, default.requires),
        # Who is to be boxed in has no say in it.
        sandbox=fields.flag(part, "sandbox") or default.sandbox,
    )


def check(head: FrontMatter, site: Site) -> CheckOptions:
    """The site's options with the post's own in their place: `check: exact`, `{rtol: 1e-2}`."""
    value = head.values.get("check")
    if value is None:
        return site.check
    found, wrong = read_check(value)
    if wrong:
        raise head.fault("check", wrong, ADVICE)
    return replace(site.check, **found)


def kernel(head: FrontMatter) -> tuple[str, str]:
    """Kernel and language of `jupyter: NAME`, `jupyter: {kernelspec: {name, language}}`, or MyST's
    `kernelspec: {name, language}`."""
    if isinstance(head.values.get("jupyter"), str):
        return _kernel(head, "jupyter", "")
    part = fields.mapping(head, "jupyter", "a kernel's name")
    spec = fields.mapping(part or head, "kernelspec")
    return _kernel(spec, "name", fields.text(spec, "language")) if spec else ("python3", "python")


def data(head: FrontMatter) -> tuple[DataFile, ...]:
    """The files that are to stand beside the post when it runs."""
    value = head.values.get("data")
    if isinstance(value, date) or (isinstance(value, str) and fields.parse_moment(value)):
        raise head.fault("data", f"'data' is {fields.described(value)}", "did you mean 'date'?")
    return fields.records(head, "data", _data_file)


def _kernel(part: FrontMatter, key: str, language: str) -> tuple[str, str]:
    name = fields.text(part, key, "python3")
    if not _KERNEL.fullmatch(name):
        advice = "`jupyter kernelspec list` names those that are installed"
        raise part.fault(key, f"{name!r} is no kernel's name", advice)
    return name, (language or LANGUAGES.get(name, "python")).lower()


def _data_file(item: FrontMatter) -> DataFile:
    check_parts(item, "data")
    urls = (fields.text(item, "url"), *fields.lines(item, "mirrors"))
    urls = tuple(url for url in urls if url)
    if wrong := next((url for url in urls if not _REMOTE.match(url)), ""):
        message = f"the address {wrong!r} is none of the web"
        raise item.fault("url" if wrong == urls[0] else "mirrors", message, "give https://…")
    name = fields.text(item, "name") or (urls or ("",))[0].rpartition("/")[2]
    script = fields.text(item, "stand_in")
    for key, path in (("name", name), ("stand_in", script or "x")):
        if wrong := flaw(path):
            message = f"the data file's {key} {path!r} {wrong}"
            raise item.fault(key, message, f"give '{key}: a/file', beside the post")
    digest = fields.text(item, "sha256").lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        message = f"'{name}' has no sha256 of 64 hexadecimal digits"
        raise item.fault("sha256", message, "add it: sha256sum FILE prints it")
    return DataFile(name, urls, digest, script)


def _requires(part: FrontMatter, default: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return requirements.normal(fields.lines(part, "requires")) or default
    except requirements.RequirementError as error:
        raise part.fault("requires", error.message, error.advice) from None


WAYS = ("values", "exact", "image", "ignore")
"""See `CheckOptions.compare`."""
ADVICE = "give exact, image, ignore, values, rtol=1e-2 or atol=1e-6"
_TAG = re.compile(r"check\s*[:=-]\s*(\S.*)")


def read_check(value: Any) -> tuple[dict[str, Any], str]:
    """Fields of CheckOptions, and what is wrong with the value; "" for nothing."""
    if isinstance(value, bool):
        return {"compare": "values" if value else "ignore"}, ""
    if isinstance(value, str):
        words = value.replace(",", " ").split()
        pairs = [word.partition("=")[::2] if "=" in word else ("compare", word) for word in words]
    elif isinstance(value, Mapping):
        pairs = list(value.items())
    else:
        return {}, f"'check' is {described(value)}"
    found: dict[str, Any] = {}
    for key, each in pairs:
        read = _read(str(key), each)
        if read is None:
            return {}, f"'check' has {key}={each}" if key != "compare" else f"'check' is {each!r}"
        found[str(key)] = read
    return found, "" if found else "'check' is empty"


def check_tag(tag: str) -> str:
    """The value of a tag like `check: exact` or `check-ignore`; "" for any other."""
    found = _TAG.fullmatch(tag.strip())
    return found[1] if found else ""


def _read(key: str, value: Any) -> Any:
    """The value of a field; None where it is none."""
    if key == "compare":
        return value if value in WAYS else None
    if key == "same_platform":
        return value if isinstance(value, bool) else {"true": True, "false": False}.get(value)
    if key not in ("rtol", "atol") or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if 0 <= number < math.inf else None
