"""Links from a fault to the author's editor."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Mapping
from os import environ as ENVIRONMENT
from pathlib import Path
from urllib.parse import quote

from evergreen.errors import Problem, SettingsError

DEFAULT = "vscode://file/{path}:{line}"
_LINKS = {
    "code": DEFAULT,
    "codium": "vscodium://file/{path}:{line}",
    "cursor": "cursor://file/{path}:{line}",
    "zed": "zed://file/{path}:{line}",
    "subl": "subl://open?url=file:///{path}&line={line}",
    "mate": "txmt://open?url=file:///{path}&line={line}",
    "idea": "idea://open?file=/{path}&line={line}",
    "pycharm": "pycharm://open?file=/{path}&line={line}",
}
"""Editors that have links of their own."""


def choose_editor(wanted: str = "", environ: Mapping[str, str] = ENVIRONMENT) -> str:
    """Return a link or a command with `{path}` and `{line}` in it.

    It is the wanted one, else that of $VISUAL or $EDITOR if that editor has links, else VS Code's.
    Raises SettingsError for a command that no shell could parse.
    """
    if wanted:
        _check(wanted)
        return wanted
    for name in ("VISUAL", "EDITOR"):
        words = environ.get(name, "").split()
        if words and (link := _LINKS.get(Path(words[0]).name)):
            return link
    return DEFAULT


def link_to(editor: str, path: Path, line: int) -> str:
    """Return the link to a line of a file; "" if the editor is a command."""
    if "://" not in editor:
        return ""
    place = quote(str(path).lstrip("/"))
    return editor.replace("{path}", place).replace("{line}", str(max(line, 1)))


def open_editor(editor: str, path: Path, line: int) -> bool:
    """Start an editor that is a command, at a line of a file; whether there is one. No shell."""
    if "://" in editor or not editor:
        return False
    words = [
        word.replace("{path}", str(path)).replace("{line}", str(max(line, 1)))
        for word in shlex.split(editor)
    ]
    if not shutil.which(words[0]):
        return False
    subprocess.Popen(words, start_new_session=True, stdin=subprocess.DEVNULL)
    return True


def _check(editor: str) -> None:
    try:
        is_command = bool(shlex.split(editor))
    except ValueError:  # a quotation mark that nothing closes
        is_command = False
    if "://" not in editor and not is_command:
        advice = "write it as 'vim +{line} {path}'"
        raise SettingsError(Problem("--editor", 0, 0, f"{editor!r} is not a valid command", advice))
