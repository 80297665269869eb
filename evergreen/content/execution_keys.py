"""The keys of a front matter that say how its code runs and is checked: `execute`, `check`,
`jupyter`, `data`. Each function raises EvergreenError at the part that is wrong.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from evergreen.content import checks
from evergreen.content import fields as values
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
    part = values.mapping(head, "execute", "true, false")
    if part is None:
        return site.execute
    check_parts(part, "execute")
    default = site.execute
    enabled, errors = values.flag(part, "eval", default.enabled), default.allow_errors
    return replace(
        default,
        enabled=values.flag(part, "enabled", enabled),
        stored=values.flag(part, "stored", default.stored),
        timeout=values.number(part, "timeout", default.timeout),
        allow_errors=values.flag(part, "allow_errors", values.flag(part, "error", errors)),
        max_output=values.whole(part, "max_output", None, 1) or default.max_output,
        memory=values.number(part, "memory", default.memory),
        seed=values.whole(part, "seed", default.seed),
        env=(*default.env, *values.lines(part, "env")),
        requires=_requires(part, default.requires),
        # Who is to be boxed in has no say in it.
        sandbox=values.flag(part, "sandbox") or default.sandbox,
    )


def check(head: FrontMatter, site: Site) -> CheckOptions:
    """The site's options with the post's own in their place: `check: exact`, `{rtol: 1e-2}`."""
    value = head.values.get("check")
    if value is None:
        return site.check
    found, wrong = checks.read_check(value)
    if wrong:
        raise head.fault("check", wrong, checks.ADVICE)
    return replace(site.check, **found)


def kernel(head: FrontMatter) -> tuple[str, str]:
    """Kernel and language of `jupyter: NAME`, `jupyter: {kernelspec: {name, language}}`, or MyST's
    `kernelspec: {name, language}`."""
    if isinstance(head.values.get("jupyter"), str):
        return _kernel(head, "jupyter", "")
    part = values.mapping(head, "jupyter", "a kernel's name")
    spec = values.mapping(part or head, "kernelspec")
    return _kernel(spec, "name", values.text(spec, "language")) if spec else ("python3", "python")


def data(head: FrontMatter) -> tuple[DataFile, ...]:
    """The files that are to stand beside the post when it runs."""
    value = head.values.get("data")
    if isinstance(value, date) or (isinstance(value, str) and values.parse_moment(value)):
        raise head.fault("data", f"'data' is {values.described(value)}", "did you mean 'date'?")
    return values.records(head, "data", _data_file)


def _kernel(part: FrontMatter, key: str, language: str) -> tuple[str, str]:
    name = values.text(part, key, "python3")
    if not _KERNEL.fullmatch(name):
        advice = "`jupyter kernelspec list` names those that are installed"
        raise part.fault(key, f"{name!r} is no kernel's name", advice)
    return name, (language or LANGUAGES.get(name, "python")).lower()


def _data_file(item: FrontMatter) -> DataFile:
    check_parts(item, "data")
    urls = (values.text(item, "url"), *values.lines(item, "mirrors"))
    urls = tuple(url for url in urls if url)
    if wrong := next((url for url in urls if not _REMOTE.match(url)), ""):
        message = f"the address {wrong!r} is none of the web"
        raise item.fault("url" if wrong == urls[0] else "mirrors", message, "give https://…")
    name = values.text(item, "name") or (urls or ("",))[0].rpartition("/")[2]
    script = values.text(item, "stand_in")
    for key, path in (("name", name), ("stand_in", script or "x")):
        if wrong := flaw(path):
            message = f"the data file's {key} {path!r} {wrong}"
            raise item.fault(key, message, f"give '{key}: a/file', beside the post")
    digest = values.text(item, "sha256").lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        message = f"'{name}' has no sha256 of 64 hexadecimal digits"
        raise item.fault("sha256", message, "add it: sha256sum FILE prints it")
    return DataFile(name, urls, digest, script)


def _requires(part: FrontMatter, default: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return requirements.normal(values.lines(part, "requires")) or default
    except requirements.RequirementError as error:
        raise part.fault("requires", error.message, error.advice) from None
