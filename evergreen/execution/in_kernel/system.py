"""What is the machine's, not the post's, as the Python of its kernel knows it: the one list.

This file's text is sent to the kernel like `probe`'s, and uses the standard library alone.
"""

from __future__ import annotations

import os
import sys
import tempfile

_LIBRARIES = (
    *("/lib", "/lib32", "/lib64", "/libx32", "/usr/lib", "/usr/lib32", "/usr/lib64"),
    *("/usr/libexec", "/usr/include", "/usr/local/include", "/System", "/Library/Frameworks"),
    *("/private/var/db", "/usr/X11", "/nix/store", "/gnu/store"),
)
_SHARED = (
    *("R", "X11", "alsa", "bash-completion", "ca-certificates", "doc", "drirc.d", "file", "gcc"),
    *(
        "gdb",
        "fontconfig",
        "glib-2.0",
        "gnupg",
        "i18n",
        "icons",
        "javascript",
        "julia",
        "locale",
        "locale-langpack",
        "man",
        "mime",
    ),
    *("misc", "nodejs", "perl", "perl5", "pixmaps", "python3", "tabset", "tcltk", "terminfo"),
    *("themes", "vim", "zoneinfo"),
)
"""Of /usr/share what programs cannot run without. Fonts and word lists are not among it."""
_SETTINGS = (
    *("alternatives", "bash.bashrc", "ca-certificates", "debian_version", "default", "fonts"),
    *("gai.conf", "group", "host.conf", "hostname", "hosts", "inputrc", "ld.so.", "locale.alias"),
    *("localtime", "machine-id", "magic", "mailcap", "mime.types", "nsswitch.conf", "os-release"),
    *("pam.d", "passwd", "pki", "profile", "protocols", "python", "resolv.conf", "security"),
    *("selinux", "services", "shells", "ssl", "sudo", "terminfo", "timezone", "xdg"),
)
"""Of /etc what every program may read."""
_STATE = (
    *("/proc", "/sys", "/dev", "/run/systemd", "/run/nscd", "/run/dbus", "/run/udev", "/run/user"),
    *("/var/run/nscd", "/var/run/dbus", "/var/cache/fontconfig", "/var/lib/sss", "/run/lock"),
)
_OWN = (
    *("~/.ipython", "~/.jupyter", "~/.local/share/jupyter", "~/.cache/matplotlib"),
    *("~/.cache/fontconfig", "~/.cache/mesa_shader_cache", "~/.nv", "~/Library/Caches/matplotlib"),
    *("~/.julia/compiled", "~/.julia/logs", "~/.julia/clones", "~/.julia/registries"),
)
"""Of the user's what kernels keep, and what libraries make of what is elsewhere."""


def system_folders(folder: str) -> tuple[str, ...]:
    """Return the beginnings of the paths of the interpreter, the system's libraries and settings,
    and of the folder with the kernel's sockets and logs.
    """
    python = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    places = {
        *(f"{place}/" for place in (*_LIBRARIES, *_STATE)),
        *(f"/usr/share/{name}/" for name in _SHARED),
        *(f"/etc/{name}" for name in _SETTINGS),
        *(f"{os.path.expanduser(place)}/" for place in _OWN),
        f"{folder}/",
        *(f"{entry}/" for entry in sys.path if entry.endswith("-packages")),
        os.path.join(tempfile.gettempdir(), "ipykernel_"),  # names that ipykernel gives to cells
    }
    for prefix in {sys.prefix, sys.base_prefix, sys.exec_prefix}:
        shared = prefix in ("/", "/usr", "/usr/local")
        places |= {f"{prefix}/{name}" for name in _parts(python, shared)}
    return tuple(sorted(places | {_real(place) for place in places}))


def _parts(python: str, shared: bool) -> tuple[str, ...]:
    """Return prefixes of the interpreter's own files in its folder, which others may share."""
    common = (
        *(f"lib/{python}/", f"lib64/{python}/", f"lib/{python.replace('.', '')}.zip"),
        *("lib/libpython", "lib/terminfo/", "share/locale/", "bin/python", "pyvenv.cfg"),
    )
    own = ("lib/", "lib64/", "include/", "etc/jupyter/", "share/jupyter/", "conda-meta/")
    return common if shared else (*common, *own)


def _real(place: str) -> str:
    """Return a path with the symlinks of its folder resolved."""
    above, name = os.path.split(place)
    return os.path.join(os.path.realpath(above), name)
