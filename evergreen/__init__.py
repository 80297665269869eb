"""Evergreen: a blog generator whose posts run. What a page shows is what its code does, or the page
says so.

Programs use `Blog`: `from evergreen import Blog`. Plugins use `Plugin`, and what its hooks get and
return. Everything else that is exported here is what the methods of `Blog` return or raise.

The words that are ours

    post       a source file: Markdown, a notebook, a script. One without code is a post, too.
    notebook   a post as cells               page      a post as HTML, without the site around it
    execution  the outputs of a notebook     artifact  a file of the site
    fact       one thing that an execution used: the version of a package, the hash of a file
    record     a stored execution with its facts; it is used while all of them hold
    drift      new outputs that differ from the published ones
    outline    the site as tasks, made from the pages' metadata: one task per file

The flow of a build, in `build.pipeline`

    load → plan → run → render → assemble → publish

Twelve packages; each imports only from those below it

    cli        arguments → one call → report → exit code; only here is anything printed
    preview    the blog in the browser while it is written
    build      the stages of a build; checks, forecasts, link checks and migration use the same ones
    site       pages → files: templates, lists, feeds, search index
    check      compare outputs, find broken links, write reports
    publish    replace the published files, all or none
    execution  run a notebook in a kernel, and observe what it uses
    render     post, notebook and execution → page
    content    source files → posts and notebooks: front matter, formats, Jekyll, Liquid
    records    store executions, and find those whose facts hold
    markdown   the dialect
    model      the values that travel between the packages; frozen

`site`, `check` and `publish` do not import each other; `execution` imports neither `render` nor
`content`, so that it could be a library of its own.

At the root: `settings` (site.toml), `toml`, `errors`, `paths`, `packaged` (folders next to
the code), `scripts` (of writing), `regex`, `dataclass`, `tar`.
The docstring of a package describes its modules.
"""

__version__ = "0.1.0"
__all__ = [
    "Artifact",
    "Blog",
    "BuildForecast",
    "CheckReport",
    "EvergreenError",
    "ExtraPage",
    "MarkdownSource",
    "MimeOutput",
    "OutputHtml",
    "Page",
    "Plugin",
    "Post",
    "PostCheck",
    "PostForecast",
    "Problem",
    "Report",
    "SettingsError",
    "Site",
    "TagCall",
    "__version__",
]

TYPE_CHECKING = False  # that of `typing` costs an import
if TYPE_CHECKING:
    from evergreen.build.blog import Blog
    from evergreen.build.forecast import BuildForecast, PostForecast
    from evergreen.errors import EvergreenError, Problem, SettingsError
    from evergreen.model import (
        Artifact,
        CheckReport,
        ExtraPage,
        MarkdownSource,
        MimeOutput,
        OutputHtml,
        Page,
        Plugin,
        Post,
        PostCheck,
        Report,
        Site,
        TagCall,
    )

_MODULES = {
    "Artifact": "evergreen.model",
    "Blog": "evergreen.build.blog",
    "BuildForecast": "evergreen.build.forecast",
    "CheckReport": "evergreen.model",
    "EvergreenError": "evergreen.errors",
    "ExtraPage": "evergreen.model",
    "MarkdownSource": "evergreen.model",
    "MimeOutput": "evergreen.model",
    "OutputHtml": "evergreen.model",
    "Page": "evergreen.model",
    "Plugin": "evergreen.model",
    "Post": "evergreen.model",
    "PostCheck": "evergreen.model",
    "PostForecast": "evergreen.build.forecast",
    "Problem": "evergreen.errors",
    "Report": "evergreen.model",
    "SettingsError": "evergreen.errors",
    "Site": "evergreen.model",
    "TagCall": "evergreen.model",
}


def __getattr__(name: str) -> object:
    """Import an exported name when it is first used: `import evergreen` alone imports nothing."""
    if name not in _MODULES:
        raise AttributeError(f"module 'evergreen' has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(_MODULES[name]), name)
    return value


def __dir__() -> list[str]:
    """Return the exported names, besides those that are there."""
    return sorted({*globals(), *__all__})
