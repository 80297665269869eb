"""What runs inside the kernel, before the first cell and after the last one.

This file's text is sent to the kernel and becomes a namespace there; it uses the standard library
alone, because nothing else can be counted on in a post's environment.
"""

import json
import platform
import sys


def environment(modules: list[str]) -> str:
    """JSON: Python's version, the platform, and the distributions that own the named modules.

    A module that was never imported, or that no distribution owns, is left out.
    """
    packages = {}
    imported = [name for name in modules if name in sys.modules]
    if imported:
        from importlib import metadata  # 0.1 s with the call below: only posts that import pay it

        owners = metadata.packages_distributions()
        names = {owner for module in imported for owner in owners.get(module, ())}
        packages = {name: metadata.version(name) for name in names}
    return json.dumps(
        {
            "python": platform.python_version(),
            "platform": f"{platform.system()} {platform.machine()}",
            "packages": sorted(packages.items(), key=lambda item: item[0].lower()),
        }
    )
