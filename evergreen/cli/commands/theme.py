"""List the themes, start a new one, or check one."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from evergreen.cli.exit_codes import FAILED, SUCCESS
from evergreen.cli.printing import print_json, print_lines
from evergreen.dataclass import replace
from evergreen.errors import SettingsError

if TYPE_CHECKING:
    from evergreen.build.theme_check import ThemeReport
    from evergreen.site.themes import Theme, ThemeOption

HELP = "list the themes, start a new one, check one"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what to do, and with which theme."""
    parser.add_argument("action", choices=("list", "new", "check"), metavar="list|new|check")
    text = "the theme (check: default, that of the blog)"
    parser.add_argument("name", nargs="?", default="", metavar="NAME", help=text)


def run(options: argparse.Namespace) -> int:
    """List, create or check. Raises SettingsError for a name that is missing or unknown."""
    return {"list": _list, "new": _new, "check": _check}[options.action](options)


def _list(options: argparse.Namespace) -> int:
    from evergreen.settings import read_settings
    from evergreen.site.themes import DEFAULT, list_themes, read_theme

    root = options.root.resolve()
    used = read_settings(root).theme or DEFAULT
    if options.name:
        folder = _named(root, options)
        found = [read_theme(folder)] if folder else []
        themes = found or [each for each in list_themes(root) if each.name == options.name]
    else:
        themes = list_themes(root)
    if options.json:
        print_json([_plain(each) for each in themes])
        return SUCCESS
    for theme in themes:
        mark = " (this blog's)" if theme.name == used else ""
        print_lines([f"{theme.name}{mark}: {theme.description}"])
        if options.name:
            print_lines([f"    {theme.folder / theme.preview}"] if theme.preview else [])
            print_lines(_option_line(key, each) for key, each in theme.options.items())
    return SUCCESS


def _named(root: Path, options: argparse.Namespace) -> Path | None:
    """Return the folder of the theme that the arguments name; None for the built-in one.

    Raises SettingsError at the argument.
    """
    from evergreen.site.themes import find_theme

    try:
        return find_theme(root, options.name)
    except SettingsError as error:
        place = f"theme {options.action} {options.name}"
        raise SettingsError(*(replace(each, path=place) for each in error.problems)) from None


def _option_line(key: str, option: ThemeOption) -> str:
    """Format `    farewell: The line below each post. Default: "Thank you."`."""
    default = json.dumps(option.default, ensure_ascii=False)
    kind = f" ({option.kind})" if option.kind != "text" else ""
    return f"    {key}{kind}: {option.doc} Default: {default if option.default != '' else 'none'}"


def _plain(theme: Theme) -> dict[str, object]:
    options = {
        key: {"default": each.default, "doc": each.doc, "kind": each.kind, "css": each.css}
        for key, each in theme.options.items()
    }
    preview = str(theme.folder / theme.preview) if theme.preview else ""
    return {
        "name": theme.name,
        "description": theme.description,
        "folder": str(theme.folder),
        "preview": preview,
        "options": options,
    }


def _new(options: argparse.Namespace) -> int:
    from evergreen.cli.scaffold import new_theme

    paths = new_theme(options.root.resolve(), options.name)
    if options.json:
        print_json({"files": paths})
    else:
        print_lines(paths)
    return SUCCESS


def _check(options: argparse.Namespace) -> int:
    """Check a theme; return 1 if something is wrong."""
    from evergreen.build.options import read_options
    from evergreen.build.theme_check import check_theme
    from evergreen.site.themes import DEFAULT

    build = read_options(options.root)
    if options.name:
        _named(build.root, options)
    report = check_theme(build, options.name or build.site.theme or DEFAULT)
    if options.json:
        print_json(asdict(report))
    else:
        print_lines(_lines(report))
    return FAILED if any(each.severity == "error" for each in report.problems) else SUCCESS


def _lines(report: ThemeReport) -> list[str]:
    from evergreen.cli.build_report import counted, problem_lines

    usual = {each.page: each.compressed for each in report.usual}
    errors = sum(each.severity == "error" for each in report.problems)
    lines = [line for problem in report.problems for line in problem_lines(problem)]
    for each in report.weights:
        more = each.compressed - usual.get(each.page, each.compressed)
        beside = f", {more / 1000:+.1f} kB to the built-in theme" if report.usual else ""
        size = f"{each.compressed / 1000:.1f} kB compressed, {each.plain / 1000:.1f} kB plain"
        lines.append(f"{each.page}: {size}{beside}")
    lines += [f"not checked with {each}" for each in report.skipped]
    return [*lines, f"{report.name}: {counted(errors, 'problem')}"]
