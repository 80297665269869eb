"""Inside a kernel: the folders that belong to the system, not to the post."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
import tempfile


def system_folders(folder: str) -> tuple[str, ...]:
    """Return path prefixes of the interpreter, its packages, the system, its fonts and caches,
    and of the folder that contains the working folder.
    """
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix} - {"/", "/usr", "/usr/local"}
    packages = (*site.getsitepackages(), site.getusersitepackages())
    caches = ("~/.cache", "~/Library/Caches", "~/.ipython")
    fonts = (
        *("~/.fonts", "~/.local/share/fonts", "~/Library/Fonts"),
        *("/usr/local/share/fonts", "/usr/X11", "/usr/X11R6"),
    )
    places = {
        *prefixes,
        *packages,
        *(entry for entry in sys.path if entry.endswith("-packages")),
        *sysconfig.get_paths().values(),
        *map(os.path.expanduser, (*caches, *fonts)),
        os.path.dirname(folder),
        *("/proc", "/sys", "/dev", "/etc", "/run", "/bin", "/sbin", "/lib", "/lib64"),
        *("/usr/bin", "/usr/lib", "/usr/lib64", "/usr/share", "/usr/include", "/usr/local/lib"),
        *("/System", "/Library", "/private/etc", "/private/var/db"),
    }
    real = {os.path.realpath(place) for place in places}
    cells = os.path.join(tempfile.gettempdir(), "ipykernel_")  # ipykernel's file names for cells
    return (cells, *(place.rstrip(os.sep) + os.sep for place in sorted(places | real)))
