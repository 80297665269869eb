"""How a command ends: its exit code, and a sentence for whatever went wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from evergreen.errors import EvergreenError, SettingsError

WELL, FAILED, USAGE, BUG, INTERRUPTED = 0, 1, 2, 3, 130


def ended(command: Callable[[], int]) -> int:
    """The command's exit code; whatever it raises becomes a sentence and a code of its own."""
    try:
        return command()
    except EvergreenError as error:
        print(*error.problems, sep="\n", file=sys.stderr)
        return USAGE if isinstance(error, SettingsError) else FAILED
    except KeyboardInterrupt:
        print("interrupted: the site is as it was", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        return _trouble(error)
    except Exception as error:
        return _bug(error)


def interrupt(*_: object) -> None:
    """A signal's handler: ends the command as Ctrl-C does."""
    raise KeyboardInterrupt


def _trouble(error: OSError) -> int:
    """A full disk, a missing right: the system's word for it, and for which file."""
    if os.environ.get("EVERGREEN_DEBUG"):
        raise error
    where = os.fsdecode(error.filename) if error.filename else "this machine"
    print(f"{where}: {error.strerror or error}: the site is as it was", file=sys.stderr)
    return FAILED


def _bug(error: Exception) -> int:
    """One line for the author, and the traceback in a file for those who mend it."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile(
        "w", prefix="evergreen-", suffix=".log", delete=False, encoding="utf-8"
    ) as log:
        traceback.print_exception(error, file=log)
    name = type(error).__name__
    print(f"a bug in Evergreen: {name}: {error}: please report {log.name}", file=sys.stderr)
    if os.environ.get("EVERGREEN_DEBUG"):
        raise error
    return BUG
