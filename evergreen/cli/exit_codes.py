"""Exit codes, and one line of text for every exception."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from evergreen.errors import EvergreenError, SettingsError

SUCCESS, FAILED, USAGE, BUG, INTERRUPTED = 0, 1, 2, 3, 130


def run_command(command: Callable[[], int]) -> int:
    """Run a command and return its exit code; print one line for an exception."""
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
        return _report_os_error(error)
    except ModuleNotFoundError as error:
        return _missing(error)
    except Exception as error:
        return _report_bug(error)


def interrupt(*_: object) -> None:
    """End the command as Ctrl-C does; a signal handler."""
    raise KeyboardInterrupt


def _report_os_error(error: OSError) -> int:
    """Print the system's message and the file, for a full disk or a missing permission."""
    if os.environ.get("EVERGREEN_DEBUG"):
        raise error
    where = os.fsdecode(error.filename) if error.filename else "this machine"
    print(f"{where}: {error.strerror or error}: the site is as it was", file=sys.stderr)
    return FAILED


def _missing(error: ModuleNotFoundError) -> int:
    """Print which command has the package that is missing here."""
    from evergreen.cli.missing_package import missing_package

    if (wrong := missing_package(error)) is None:
        return _report_bug(error)
    print(*wrong.problems, sep="\n", file=sys.stderr)
    return USAGE


def _report_bug(error: Exception) -> int:
    """Print one line for the author, and write the traceback to a file for the bug report."""
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
