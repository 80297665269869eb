"""What is the machine's, not the post's, as the Python of its kernel knows it.

This file's text is sent to the kernel like `probe`'s, and uses the standard library alone.
"""

from __future__ import annotations

import os
import site
import sys
import sysconfig
import tempfile


def system_folders(folder: str) -> tuple[str, ...]:
    """Beginnings of the paths of the interpreter, its packages, the system, its fonts and caches,
    and of what stands beside a run's folder.
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
    cells = os.path.join(tempfile.gettempdir(), "ipykernel_")  # names that ipykernel gives to cells
    return (cells, *(place.rstrip(os.sep) + os.sep for place in sorted(places | real)))
