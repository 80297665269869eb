"""Load a blog's plugins: those of `plugins.py` and of the files in `plugins/`, of its theme, and of
installed packages that site.toml names in `[plugins.NAME]`.

A plugin is a `Plugin` at the top level of its file, under any name; an entry point of the group
`evergreen.plugins` names one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import invalidate_caches
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from evergreen.build.options import BuildOptions
from evergreen.build.plugin_checks import check_names, check_plugin
from evergreen.build.plugin_files import files_of
from evergreen.dataclass import replace
from evergreen.errors import Problem, SettingsError, nearest
from evergreen.model import LoadedPlugin, Plugin, PluginSet, Site
from evergreen.model.hashing import digest
from evergreen.paths import points_outside
from evergreen.settings import at_lines
from evergreen.site.themes import open_look

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint, EntryPoints

GROUP = "evergreen.plugins"
FILE, FOLDER = "plugins.py", "plugins"
_MODULES = ("evergreen_theme_plugins", "evergreen_blog_plugins")
"""Packages of the modules of a theme and of a blog; a helper in `plugins/` is imported as
`from ._helper import a`."""


def load_plugins(root: Path, site: Site, theme: Path | None = None) -> Site:
    """Return the settings with the blog's plugins, and the defaults of the plugins' settings.

    Raises SettingsError if a plugin cannot be loaded, or gets a setting that it does not have.
    """
    own = list(_own(root, root, _MODULES[1]))
    loaded = [*_installed(site), *_own(theme, root, _MODULES[0]), *own]
    if not loaded and not site.plugins:
        return site
    check_names(own, loaded)
    settings = dict(site.plugins)
    for each in loaded:
        settings[each.plugin.name] = _settings(each, site.plugins)
    if unknown := settings.keys() - {each.plugin.name for each in loaded}:
        raise _unknown(min(unknown), loaded)
    hooks = PluginSet(tuple(_with_settings(each, settings) for each in loaded))
    return replace(site, plugins=settings, hooks=hooks)


def _installed(site: Site) -> Iterator[LoadedPlugin]:
    """Yield the plugins of packages that site.toml names, in its order."""
    if not site.plugins:
        return
    known = {entry.name: entry for entry in _entries()}
    for name in site.plugins:
        if entry := known.get(name):
            yield from _of_entry(entry)


def _entries() -> EntryPoints:
    """Return the entry points of all installed packages that are plugins."""
    from importlib.metadata import entry_points  # blogs without plugins need not wait for it

    return entry_points(group=GROUP)


def _of_entry(entry: EntryPoint) -> Iterator[LoadedPlugin]:
    place = f"the plugin '{entry.name}'"
    try:
        value = entry.load()
    except (Exception, SystemExit) as error:
        raise SettingsError(_not_loaded(entry.module, 0, error)) from error
    found = [value] if isinstance(value, Plugin) else _plugins_of(value)
    if not found:
        what = f"{place} of the package {entry.dist.name if entry.dist else entry.module}"
        advice = f"its entry point must name a Plugin, not a {type(value).__name__}"
        raise SettingsError(Problem(entry.value, 0, 0, f"{what} is not a Plugin", advice))
    files = list(_files_of_package(entry.module))
    for plugin in found:
        yield _loaded(plugin, entry.module, None, files)


def _files_of_package(module: str) -> Iterator[Path]:
    """Yield the files of the top-level package of a module, or its one file."""
    spec = find_spec(module.partition(".")[0])
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        yield from (path for path in sorted(Path(folder).rglob("*")) if _is_source(path))
    if spec and not spec.submodule_search_locations and spec.origin:
        yield Path(spec.origin)


def open_extensions(options: BuildOptions) -> BuildOptions:
    """Return the options with the blog's plugins and its theme's options loaded.

    Raises SettingsError.
    """
    try:
        site = replace(options.site, look=open_look(options.root, options.site))
        return replace(options, site=load_plugins(options.root, site, options.theme))
    except SettingsError as error:
        raise SettingsError(*at_lines(options.root, error.problems)) from error


def _own(folder: Path | None, root: Path, package: str) -> Iterator[LoadedPlugin]:
    """Yield the plugins of a blog or a theme, by the names of their files."""
    if folder is None:
        return
    own = sorted(path for path in (folder / FOLDER).glob("*.py") if not path.name.startswith("_"))
    files = [path for path in (folder / FILE, *own) if path.is_file()]
    if not files:
        return
    beside = [path for path in sorted((folder / FOLDER).rglob("*")) if _is_source(path)]
    known: set[int] = set()
    _make_package(package, folder / FOLDER)
    for file in files:
        place = _place(file, root)
        if points_outside(folder.resolve(), file):
            what, advice = "a symlink that points outside", "replace it by the file itself"
            raise SettingsError(Problem(place, 0, 0, what, advice))
        module = _execute(file, place, package)
        found = _plugins_of(module)
        if not found:
            advice = "add a line like: words = Plugin('words', filters={'words': count})"
            advice += "" if file.parent == folder else "; begin the name of a helper with _"
            raise SettingsError(Problem(place, 1, 0, "there is no Plugin in it", advice))
        for plugin in found:
            if id(plugin) not in known:  # it is in the file that imports it, too
                known.add(id(plugin))
                yield _loaded(plugin, place, file, beside)


def _make_package(name: str, folder: Path) -> None:
    """Make an empty package for the modules of a folder; those of an earlier load are forgotten."""
    for each in [each for each in sys.modules if each.partition(".")[0] == name]:
        del sys.modules[each]
    package = sys.modules[name] = ModuleType(name)
    package.__path__ = [str(folder)]
    invalidate_caches()


def _execute(file: Path, place: str, package: str) -> ModuleType:
    """Run a file as a module; bytecode of its helpers is not written into the blog."""
    name = f"{package}.{file.stem}" if file.parent.name == FOLDER else f"{package}._{file.stem}"
    module = sys.modules[name] = ModuleType(name)
    module.__file__, module.__package__ = str(file), package
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        exec(compile(file.read_bytes(), str(file), "exec"), module.__dict__)
    except SyntaxError as error:
        line = (error.lineno or 0) if error.filename == str(file) else 0
        raise SettingsError(_not_loaded(place, line, error)) from error
    except (Exception, SystemExit) as error:
        raise SettingsError(_not_loaded(place, _line_in(file, error), error)) from error
    finally:
        sys.dont_write_bytecode = before
    return module


def _plugins_of(module: object) -> list[Plugin]:
    values = getattr(module, "__dict__", {}).values()
    return list({id(each): each for each in values if isinstance(each, Plugin)}.values())


def _loaded(plugin: Plugin, place: str, file: Path | None, beside: Sequence[Path]) -> LoadedPlugin:
    """Return a plugin with a hash of its files: of what is `beside` its file what it uses; of a
    package, whose plugin has no file of its own, all.

    Raises SettingsError if something is wrong with it, or a file cannot be read.
    """
    home = file.parent if file else Path()
    if isinstance(plugin.folder, Path):
        plugin = replace(plugin, folder=home / plugin.folder)
    check_plugin(plugin, place, file)
    folder, reads = plugin.folder, [home / path for path in plugin.reads]
    beside = [path for path in beside if not (folder and path.is_relative_to(folder))]
    below = home if home.name == FOLDER else home / FOLDER
    own = files_of(file, beside, below) if file else beside
    paths = sorted(dict.fromkeys([*own, *reads]))
    try:
        contents = [path.read_bytes() for path in paths]
    except OSError as error:
        message = f"the plugin '{plugin.name}' cannot read {error.filename}: {error.strerror}"
        raise SettingsError(Problem(place, 0, 0, message, "correct the paths in 'reads'")) from None
    names = [str(path.name) for path in paths]
    made_of = digest(plugin.name, *names, *contents)
    return LoadedPlugin(plugin, place, made_of, tuple(map(str, paths)))


def _with_settings(loaded: LoadedPlugin, settings: Mapping[str, Any]) -> LoadedPlugin:
    """Return a plugin of which its settings are a part, as its files are."""
    own = sorted(settings[loaded.plugin.name].items())
    return replace(loaded, digest=digest(loaded.digest, repr(own))) if own else loaded


def _settings(loaded: LoadedPlugin, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a plugin's settings: those of site.toml over the defaults."""
    name, defaults = loaded.plugin.name, loaded.plugin.settings
    own = given.get(name, {})
    if not isinstance(own, dict):
        advice = f"write it as a table: [plugins.{name}]"
        raise SettingsError(Problem("site.toml", 0, 0, f"'plugins.{name}' is not a table", advice))
    for key, value in own.items():
        if key not in defaults:
            advice = nearest(key, defaults) if defaults else "remove it"
            what = f"unknown setting 'plugins.{name}.{key}'"
            raise SettingsError(Problem("site.toml", 0, 0, what, advice))
        if not _fits(value, defaults[key]):
            what = f"'plugins.{name}.{key}' is {value!r}"
            advice = f"write a value like {defaults[key]!r}"
            raise SettingsError(Problem("site.toml", 0, 0, what, advice))
    return {**defaults, **own}


def _fits(value: Any, default: Any) -> bool:
    """True if a value has the type of the default; None takes every value."""
    wanted = (int, float) if type(default) is float else type(default)
    return default is None or (
        isinstance(value, wanted) and isinstance(value, bool) is isinstance(default, bool)
    )


def _unknown(name: str, loaded: Iterable[LoadedPlugin]) -> SettingsError:
    known = {entry.name for entry in _entries()}
    known |= {each.plugin.name for each in loaded}
    advice = nearest(name, known) if known else "install the package that has it"
    message = f"there is no plugin '{name}'"
    return SettingsError(Problem("site.toml", 0, 0, message, advice))


def _not_loaded(place: str, line: int, error: BaseException) -> Problem:
    import traceback

    text = " ".join(str(error).split())
    details = "".join(traceback.format_exception(error)).rstrip()
    what = f"cannot be loaded: {type(error).__name__}: {text}"
    return Problem(place, line, 0, what, "fix the plugin", details=details)


def _line_in(file: Path, error: BaseException) -> int:
    trace, line = error.__traceback__, 0
    while trace:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == str(file) else line
        trace = trace.tb_next
    return line


def _place(file: Path, root: Path) -> str:
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else file.name


def _is_source(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
