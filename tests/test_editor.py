"""editor: which one is opened at a line, and how."""

from __future__ import annotations

from pathlib import Path

import pytest

from evergreen.errors import SettingsError
from evergreen.preview.editor import DEFAULT, choose_editor, link_to, open_editor


@pytest.mark.parametrize(
    ("wanted", "environ", "editor"),
    [
        ("", {}, DEFAULT),
        ("", {"EDITOR": "vim"}, DEFAULT),
        ("", {"EDITOR": "/usr/bin/zed --wait"}, "zed://file/{path}:{line}"),
        ("", {"VISUAL": "subl", "EDITOR": "zed"}, "subl://open?url=file:///{path}&line={line}"),
        ("vim +{line} {path}", {"EDITOR": "zed"}, "vim +{line} {path}"),
    ],
)
def test_what_is_wanted_goes_first(wanted: str, environ: dict[str, str], editor: str) -> None:
    """Then an editor that has links, $VISUAL's before $EDITOR's."""
    assert editor == choose_editor(wanted, environ)


@pytest.mark.parametrize("wanted", [" ", "vim '{path}"])
def test_what_is_no_command_is_told(wanted: str) -> None:
    """At the start, not when a link is clicked."""
    with pytest.raises(SettingsError, match=r"--editor: .* is not a valid command"):
        choose_editor(wanted, {})


def test_links_and_commands() -> None:
    """A link is the browser's to open, a command the preview's, where there is such a program."""
    assert "vscode://file/a%20b.md:1" == link_to(DEFAULT, Path("/a b.md"), 0)
    assert "" == link_to("vim {path}", Path("/a.md"), 3)
    assert not open_editor(DEFAULT, Path("/a.md"), 3)
    assert not open_editor("no-such-editor {path}", Path("/a.md"), 3)
