"""Hooks of plugins: a `Plugin` says what it adds, and the engine asks a `PluginSet`.

A hook is a plain function. Most are filed under the name by which authors use them; the transforms
are called for everything of their kind. A hook gets values and returns values; only `html` changes
the tree that it gets.

What a plugin is made of is a part of the keys of what it touches (see `PluginSet.state`), so a
change of a plugin makes exactly that anew. No hook is part of the key of an execution: a plugin
that changes makes no code run, except where it changes the code of a post.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, is_dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evergreen.dataclass import dataclass, replace
from evergreen.errors import LONGEST, PLUGIN, EvergreenError, Problem
from evergreen.model.field_types import find_wrong_field
from evergreen.model.hashing import digest

if TYPE_CHECKING:
    from traceback import FrameSummary

    from bs4 import BeautifulSoup

    from evergreen.model.page import Artifact, Page
    from evergreen.model.post import Post
    from evergreen.model.settings import Site


@dataclass(frozen=True, slots=True)
class TagCall:
    """The use of a shortcode or of a Liquid tag in a post."""

    name: str
    arguments: tuple[str, ...]
    """Those without a name, in order, without their quotes."""
    options: Mapping[str, str]
    """Those with a name: `width=300`, `alt="a cat"`."""
    text: str
    """All arguments, as they are written."""
    content: str
    """The text between the opening and the closing tag; "" if there is none."""
    post: Post
    site: Site
    line: int
    """Line in the post's file, from 1."""


@dataclass(frozen=True, slots=True)
class MimeOutput:
    """The data of one MIME type in an output."""

    mime: str
    data: str | bytes
    """Bytes for pictures except SVG; JSON types as the text of a JSON object."""
    metadata: str
    """Of the output: a JSON object."""
    alt: str
    """The description that the author gave, or else a default."""
    baseurl: str


@dataclass(frozen=True, slots=True)
class OutputHtml:
    """An output as HTML."""

    html: str
    files: tuple[Artifact, ...] = ()
    """Files of the site that it names, by their paths below `baseurl`."""


@dataclass(frozen=True, slots=True)
class MarkdownSource:
    """A source file of another format as Markdown."""

    text: str
    """Front matter and text, as in a `.md` file."""
    lines: tuple[int, ...] = ()
    """Line in the source file of each line of `text`, from 1; () if they are the same lines."""


@dataclass(frozen=True, slots=True)
class ExtraPage:
    """A page that is made of other pages, or of nothing in the blog."""

    url: str
    """`/shelf/`: begins and ends with a slash, or ends with `.html`."""
    title: str
    template: str
    """File name of its template."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """The template's variables: texts, numbers, dates, and lists, tuples and mappings of them."""
    lang: str = ""
    """Language of the page; "" for that of the blog."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """What a plugin adds to Evergreen; every hook may be left out."""

    name: str
    """Lower-case letters, digits and hyphens: `reading-time`."""
    filters: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    """Filters of templates by name: `{{ value | name }}`."""
    globals: Mapping[str, Any] = field(default_factory=dict)
    """Variables and functions of templates, by name."""
    shortcodes: Mapping[str, Callable[[TagCall], str]] = field(default_factory=dict)
    """Shortcodes of posts, by name: `{{< name a b=1 >}}`, also with a content that ends with
    `{{< /name >}}`. A function returns Markdown."""
    liquid_tags: Mapping[str, Callable[[TagCall], str]] = field(default_factory=dict)
    """Liquid tags without an end, by name: `{% name a b=1 %}`. A function returns Markdown."""
    liquid_blocks: Mapping[str, Callable[[TagCall], str]] = field(default_factory=dict)
    """Liquid tags with an end, by name: `{% name %}`, content, `{% endname %}`."""
    liquid_filters: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    """Liquid filters by name: `{{ page.title | name }}`."""
    formats: Mapping[str, Callable[[str], MarkdownSource]] = field(default_factory=dict)
    """Formats of source files by suffix: `.org`. A function gets the text of the file."""
    post: Callable[[Post, Site], Post] | None = None
    """Transform of each parsed post, before its shortcodes, its Liquid and its code are read. It
    may change every field except `path`."""
    html: Callable[[BeautifulSoup, Post, Site], None] | None = None
    """Change the HTML tree of each post's body, in place, before links are looked for and the
    summary is made. Ids of headings must stay."""
    outputs: Mapping[str, Callable[[MimeOutput], OutputHtml]] = field(default_factory=dict)
    """Renderers of outputs by MIME type; they come before all types that Evergreen shows."""
    file: Callable[[Artifact, Site], Artifact] | None = None
    """Transform of each file that Evergreen makes from a template, and of its lists, feeds, styles
    and scripts: only the content may change."""
    files: Callable[[Sequence[Artifact], Site], Iterable[Artifact]] | None = None
    """Return further files of the site. It gets all files, each with its path and SHA-256; one
    that is published already and unchanged has no bytes."""
    pages: Callable[[Sequence[Page], Site], Iterable[ExtraPage]] | None = None
    """Return further pages. It gets the pages of all posts, newest first, without their content."""
    rules: Mapping[str, Callable[[Page, Site], Iterable[Problem]]] = field(default_factory=dict)
    """Rules of `check` by name: each yields what is wrong with a page. A problem without a path is
    one of the page's post."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The plugin's settings with their defaults: site.toml sets them in `[plugins.NAME]`, and hooks
    read them from `site.plugins["NAME"]`."""
    folder: Path | None = None
    """A folder with templates, `assets` and `languages`, used like the blog's `templates`."""
    reads: tuple[Path, ...] = ()
    """Files that the plugin reads: their content is a part of what it is made of."""


@dataclass(frozen=True, slots=True)
class LoadedPlugin:
    """A plugin, and what it is made of."""

    plugin: Plugin = field(compare=False)
    place: str
    """The file that declares it, for messages: `plugins.py`."""
    digest: str
    """A hash of its files."""
    files: tuple[str, ...]
    """Absolute paths of its files."""

    def fault(self, message: str, advice: str) -> PluginError:
        """Return the error of a value that one of its hooks gave."""
        message = f"the plugin '{self.plugin.name}' {message}"
        return PluginError(Problem(self.place, 0, 0, message, advice, rule=PLUGIN))


class PluginError(EvergreenError):
    """A hook raised an exception, or returned something else than it must."""

    def at(self, path: str, line: int = 1, column: int = 0) -> EvergreenError:
        """Return the error at a post."""
        (own,) = self.problems
        place = ":".join([own.path, *(str(n) for n in (own.line, own.column) if n)])
        message = f"{own.message} ({place})"
        return EvergreenError(
            replace(own, path=path, line=line, column=column, message=message),
        )


@dataclass(frozen=True, slots=True)
class PluginSet:
    """All plugins of a blog: those of packages, of its theme, its own. Of two with the same name
    for a hook the later one is used."""

    loaded: tuple[LoadedPlugin, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.loaded)

    def named(self, hook: str) -> dict[str, Callable[..., Any]]:
        """Return the functions of a hook, by name. They raise PluginError."""
        return {
            name: _guarded(each, hook, name, function) if callable(function) else function
            for each in self.loaded
            for name, function in getattr(each.plugin, hook).items()
        }

    def each(self, hook: str) -> list[Callable[..., Any]]:
        """Return the functions of a hook of which each plugin has one. They raise PluginError."""
        return [function for _, function in self.owned(hook)]

    def owned(self, hook: str) -> list[tuple[LoadedPlugin, Callable[..., Any]]]:
        """Return the plugins that have a hook of which each has one, with its function. They raise
        PluginError."""
        having = [each for each in self.loaded if getattr(each.plugin, hook)]
        return [(each, _guarded(each, hook, "", getattr(each.plugin, hook))) for each in having]

    def state(self, *hooks: str, name: str = "") -> str:
        """Return a hash of the plugins that have one of the hooks, for that name if one is given;
        "" if none has."""
        having = [
            each.digest
            for each in self.loaded
            for hook in hooks
            if (found := getattr(each.plugin, hook)) and (not name or name in found)
        ]
        return digest(*having) if having else ""

    @property
    def folders(self) -> tuple[Path, ...]:
        """Return the folders of templates, of the last plugin first."""
        return tuple(each.plugin.folder for each in reversed(self.loaded) if each.plugin.folder)


NO_PLUGINS = PluginSet()

_RETURNS = {
    **dict.fromkeys(("shortcodes", "liquid_tags", "liquid_blocks"), "str"),
    "formats": "MarkdownSource",
    "post": "Post",
    "html": "NoneType",
    "outputs": "OutputHtml",
    "file": "Artifact",
}
"""Name of the type that a hook returns."""
_YIELDS = {"files": "Artifact", "pages": "ExtraPage", "rules": "Problem"}
"""Name of the type of which a hook returns a list, or yields one after the other."""
_WORDS = {
    "filters": "the filter",
    "globals": "the function",
    "shortcodes": "the shortcode",
    "liquid_tags": "the Liquid tag",
    "liquid_blocks": "the Liquid tag",
    "liquid_filters": "the Liquid filter",
    "formats": "the format",
    "outputs": "the renderer of",
    "rules": "the rule",
}


def _guarded(
    loaded: LoadedPlugin, hook: str, name: str, function: Callable[..., Any]
) -> Callable[..., Any]:
    """Wrap a hook so that it raises only EvergreenError, and returns what it must."""
    what = f"{_WORDS[hook]} '{name}'" if name else f"the hook '{hook}'"

    @wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        try:
            made = function(*args, **options)
            if hook in _YIELDS and isinstance(made, Iterable):
                made = made if isinstance(made, str | bytes | Mapping) else list(made)
        except EvergreenError:
            raise
        except (Exception, SystemExit) as error:
            raise _raised(loaded, what, error) from error
        if wrong := _what_is_wrong(hook, made, args):
            raise _wrong(loaded, what, *wrong)
        return made

    return call


def _what_is_wrong(hook: str, made: object, args: tuple[object, ...]) -> tuple[str, str] | None:
    """Return what is wrong with the result of a hook, and advice; None if it is what it must be."""
    if wanted := _YIELDS.get(hook):
        if not isinstance(made, list):
            what = f"returned a value of type {type(made).__name__}"
            return what, f"return a list of {wanted} values, or yield them"
        for each in made:
            if wrong := _not_one(each, wanted, "yielded", None):
                return wrong
    elif wanted := _RETURNS.get(hook):
        before = args[0] if args and type(args[0]) is type(made) else None
        return _not_one(made, wanted, "returned", before)
    return None


def _not_one(made: object, wanted: str, verb: str, before: object) -> tuple[str, str] | None:
    if all(kind.__name__ != wanted for kind in type(made).__mro__):
        what = f"{verb} a value of type {type(made).__name__}"
        is_none = wanted == "NoneType"
        return what, "return nothing" if is_none else f"return a value of type {wanted}"
    wrong = find_wrong_field(made, before) if is_dataclass(made) else None
    article = "an" if wanted[0] in "AEIO" else "a"
    return wrong and (f"{verb} {article} {wanted} whose {wrong[0]}", wrong[1])


def _raised(loaded: LoadedPlugin, what: str, error: BaseException) -> PluginError:
    import traceback  # 10 ms that hardly any build needs

    trace = error.__traceback__
    own = [each for each in traceback.extract_tb(trace) if each.filename in loaded.files]
    line, column = _place_of(own[-1]) if own else (0, 0)
    text = " ".join(str(error).split())[:LONGEST]
    message = f"{what} of the plugin '{loaded.plugin.name}' raised {type(error).__name__}: {text}"
    below = trace.tb_next if trace else None  # the first frame is the engine's call
    details = "".join(traceback.format_exception(type(error), error, below)).rstrip()
    advice = f"fix the plugin '{loaded.plugin.name}'"
    return PluginError(
        Problem(loaded.place, line, column, message, advice, details=details, rule=PLUGIN)
    )


def _place_of(frame: FrameSummary) -> tuple[int, int]:
    """Return line and column of a frame, from 1; Python counts the bytes of a line, not its
    characters."""
    import linecache

    line, at = frame.lineno or 0, frame.colno
    text = linecache.getline(frame.filename, line).encode()
    return line, len(text[:at].decode("utf-8", "replace")) + 1 if at is not None else 0


def _wrong(loaded: LoadedPlugin, what: str, wrong: str, advice: str) -> PluginError:
    message = f"{what} of the plugin '{loaded.plugin.name}' {wrong}"
    return PluginError(Problem(loaded.place, 0, 0, message, advice, rule=PLUGIN))
