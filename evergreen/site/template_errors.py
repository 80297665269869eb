"""Explain what goes wrong in a template: its place, and what its author may have meant."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import jinja2
from jinja2.utils import missing

from evergreen.errors import Problem, nearest
from evergreen.paths import place_of
from evergreen.regex import regex

_NAMED = regex(r"No (filter|test) named '(.*)'")
_MODULE = regex(r"'evergreen\.[\w.]*?(\w+) object'")


class _UndefinedError(jinja2.UndefinedError):
    """A name that a value or the template does not have."""

    def __init__(self, name: str, owner: object, message: str) -> None:
        super().__init__(message)
        self.name = name
        self.owner = owner
        """The value; `missing` for a variable of the template."""


class Undefined(jinja2.StrictUndefined):
    """A name that is an error where it is used; the error knows what lacks it."""

    __slots__ = ()

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = missing,
        name: str | None = None,
        exc: type[jinja2.TemplateRuntimeError] = _UndefinedError,
    ) -> None:
        make: Any = partial(_UndefinedError, str(name), obj) if exc is _UndefinedError else exc
        super().__init__(hint, obj, name, make)


def explain(
    environment: jinja2.Environment,
    folders: Sequence[Path],
    error: Exception,
    name: str,
    subject: str,
    variables: Collection[str],
) -> Problem:
    """Return the problem for an exception of the template `name`, which gets these variables for a
    page; `folders` are those of the templates, the blog's own first."""
    if isinstance(error, jinja2.TemplateNotFound) and error.name == name:
        return _no_layout(environment, name, subject)
    if isinstance(error, UnicodeDecodeError) and (file := _undecodable(folders, error)):
        line = error.object.count(b"\n", 0, error.start) + 1
        what = f"byte {error.start} is not UTF-8 (for {subject})"
        return Problem(place_of(file, folders), line, 0, what, "save it as UTF-8")
    path, line = _place(folders, error, name)
    advice = _advice(environment, error, variables)
    return Problem(path, line, 0, f"{_message(error)} (for {subject})", advice)


def _no_layout(environment: jinja2.Environment, name: str, subject: str) -> Problem:
    known = environment.list_templates(extensions=["html"])
    layouts = sorted(name.removesuffix(".html") for name in known if "/" not in name)
    advice = f"add templates/{name}, or use {', '.join(layouts)}"
    if subject.startswith("the "):  # a list, or a page of a plugin
        message = f"there is no such template (for {subject})"
        return Problem(f"templates/{name}", 0, 0, message, advice)
    message = f"there is no template for the layout '{name.removesuffix('.html')}'"
    return Problem(subject, 1, 0, message, advice)


def _message(error: Exception) -> str:
    match error:
        case RecursionError():
            return "it includes or extends itself"
        case jinja2.TemplateNotFound():
            return f"there is no template '{error.name}'"
        case KeyError():
            return f"there is no {error}"
    return _MODULE.sub(r"'\1 object'", str(error)) or type(error).__name__


def _advice(environment: jinja2.Environment, error: Exception, variables: Collection[str]) -> str:
    """Return what the author may have meant, or ""."""
    if isinstance(error, _UndefinedError):
        if error.owner is missing:
            return nearest(error.name, {*variables, *environment.globals})
        return _instead(error.name, error.owner)
    if isinstance(error, jinja2.TemplateNotFound):
        return _similar(str(error.name), environment.list_templates())
    if named := _NAMED.match(str(error)):
        known = environment.filters if named[1] == "filter" else environment.tests
        return _similar(named[2], known)
    return ""


def _instead(name: str, owner: object) -> str:
    """Return advice for a name that a value does not have."""
    if isinstance(owner, Mapping):
        default = f"write .get('{name}') if not all have it"
        return _similar(name, [key for key in owner if isinstance(key, str)]) or default
    return nearest(name, (each for each in dir(owner) if not each.startswith("_")))


def _similar(name: str, known: Collection[str]) -> str:
    """Return advice that names the most similar known name; "" if none is similar."""
    advice = nearest(name, known)
    return advice if advice.startswith("did you mean") else ""


def _undecodable(folders: Sequence[Path], error: UnicodeDecodeError) -> Path | None:
    """Return the template that is not UTF-8; its name is not in the error, but its bytes are."""
    files = (file for folder in folders for file in sorted(folder.rglob("*.html")))
    return next((file for file in files if file.read_bytes() == error.object), None)


def _place(folders: Sequence[Path], error: Exception, name: str) -> tuple[str, int]:
    """Return template and line of an error; except for syntax errors they are in the traceback."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        file = Path(error.filename) if error.filename else Path(folders[0], name)
        return place_of(file, folders), error.lineno
    place, trace = (f"templates/{name}", 0), error.__traceback__
    while trace:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.suffix in (".html", ".xml") and any(map(file.is_relative_to, folders)):
            place = place_of(file, folders), trace.tb_lineno
        trace = trace.tb_next
    return place
