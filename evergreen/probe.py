"""What runs inside a Python kernel, before the first cell and after the last one: it notes what the
post uses and bounds what it prints.

This file's text is sent to the kernel and becomes a module there, out of the post's sight; it uses
the standard library alone, because nothing else can be counted on in a post's environment. Noted
are files opened outside of the run's folder, folders listed in it, and modules imported; what is
read inside the folder shows in access times, which the builder looks at.
"""

import json
import os
import sys

_opened = {}
"""Absolute path → whether it was only read."""
_listed = set()
_before = set()
_folder = ""
_shared = sys.__dict__.setdefault("_evergreen", {})
"""What a parent that imported packages ahead shares with this file (see `kernels.forkserver`)."""


def begin(folder, seed, limit):
    """Start to note; seed the generators where `seed` is a number; keep `limit` bytes of a cell."""
    global _folder
    _folder = os.path.realpath(folder)
    _before.update(sys.modules)
    for path in _shared.get("opened", ()):
        _opened.setdefault(path, True)
    _bound_streams(limit)
    if seed is not None:
        _seed(seed)
    sys.addaudithook(_note)


def end(named):
    """JSON of what was used: `named` are modules that the code imports by name.

    packages: [name, version, whether named]; sources: [name, text] of those that were not installed
    from an index; modules: top-level names; outside: paths; listed: folders below the run's folder.
    """
    import platform
    from importlib import metadata

    loaded = {name for name in set(sys.modules) - _before if sys.modules.get(name) is not None}
    tops = {name.partition(".")[0] for name in loaded} | {n for n in named if n in sys.modules}
    owners = metadata.packages_distributions() if tops - set(sys.stdlib_module_names) else {}
    files = {_file(sys.modules[name]) for name in loaded}
    packages, sources = {}, {}
    for top in sorted(tops):
        for name in _owners(owners.get(top, ()), files, metadata):
            distribution = metadata.distribution(name)
            is_named = top in named or packages.get(distribution.name, ("", False))[1]
            packages[distribution.name] = (distribution.version, is_named)
            if distribution.read_text("direct_url.json"):
                sources[distribution.name] = distribution.read_text("RECORD") or ""
    outside = _foreign([path for path, read in _opened.items() if read] + list(files))
    return json.dumps(
        {
            "python": platform.python_version(),
            "platform": f"{platform.system()} {platform.machine()}",
            "packages": [[name, *about] for name, about in sorted(packages.items())],
            "sources": sorted(sources.items()),
            "modules": sorted(tops),
            "outside": sorted(outside),
            "listed": sorted(_listed),
        }
    )


def _note(event, arguments):
    """The audit hook: it must be quick, and never raise."""
    try:
        if event == "open":
            _note_open(*arguments)
        elif event == "sqlite3.connect":
            _note_open(arguments[0], None, os.O_RDONLY)
        elif event in ("os.listdir", "os.scandir"):
            _note_listing(arguments[0])
    except Exception:
        pass


def _note_open(path, mode, flags):
    if not isinstance(path, (str, bytes)) or not path:
        return
    path = os.path.abspath(os.fsdecode(path))
    if path.startswith((_folder + os.sep, "/proc/", "/sys/", "/dev/")):
        return
    written = bool(flags & (os.O_WRONLY | os.O_CREAT | os.O_TRUNC))
    _opened[path] = not written and _opened.get(path, True)


def _note_listing(path):
    caller = sys._getframe(2).f_code.co_filename
    if path is None or isinstance(path, int) or "importlib" in caller:
        return
    path = os.path.realpath(os.fsdecode(path))
    if path == _folder or path.startswith(_folder + os.sep):
        _listed.add(os.path.relpath(path, _folder))


def _owners(names, files, metadata):
    """The distributions of a top-level name; of several, those whose files were imported."""
    names = sorted(set(names))
    if len(names) < 2:
        return names
    return [
        name
        for name in names
        if any(str(file.locate()) in files for file in metadata.distribution(name).files or ())
    ]


def _file(module):
    return getattr(module, "__file__", None) or ""


def _foreign(paths):
    """The paths that belong neither to Python, nor to a package, nor to the system or a cache."""
    prefixes = (sys.prefix, sys.base_prefix, sys.exec_prefix, _folder, os.path.dirname(_folder))
    system = ("/etc", "/usr", "/lib", "/lib64", "/bin", "/run", "/System", "/Library", "/private")
    caches = (os.path.expanduser("~/.cache"), os.path.expanduser("~/Library/Caches"))
    known = tuple(os.path.realpath(each) + os.sep for each in (*prefixes, *caches)) + tuple(
        each + os.sep for each in system
    )
    found = {os.path.realpath(path) for path in paths if path}
    return {path for path in found if not path.startswith(known) and "-packages" not in path}


# --- bounds ---------------------------------------------------------------------------------------


def _bound_streams(limit):
    """Drop what a cell writes beyond the limit, after a mark, before it leaves the process."""
    spent = {"bytes": 0}

    def bound(stream):
        plain = stream.write

        def write(text):
            left = limit - spent["bytes"]
            spent["bytes"] += len(text)
            if left >= len(text):
                return plain(text)
            if left > 0:
                plain(text[:left] + f"\n[cut here: more than {limit:,} characters]\n")
            return len(text)

        stream.write = write

    for stream in (sys.stdout, sys.stderr):
        bound(stream)
    shell = sys.modules["IPython"].get_ipython()
    shell.events.register("pre_run_cell", lambda *_: spent.update(bytes=0))


# --- determinism ----------------------------------------------------------------------------------


def _seed(seed):
    """Seed Python now, and each framework when it is imported."""
    import random

    random.seed(seed)
    kits = {
        "numpy": _seed_numpy,
        "tensorflow": _seed_tensorflow,
        "torch": _seed_torch,
        "matplotlib": _settle_matplotlib,
    }

    def imported(name):
        kit = kits.pop(name, None)
        if kit:
            kit(sys.modules[name], seed)

    sys.meta_path.insert(0, _Seeder(kits, imported))
    _shared["imported"] = imported


class _Seeder:
    """Lets the other finders find, and calls back after a module has run."""

    def __init__(self, names, imported):
        self.names, self.imported = names, imported
        self.finding = False

    def find_spec(self, fullname, path=None, target=None):
        """The spec that another finder gives, with a loader that calls back."""
        if self.finding or fullname not in self.names:
            return None
        from importlib.util import find_spec

        self.finding = True
        try:
            spec = find_spec(fullname)
        finally:
            self.finding = False
        if spec is not None:
            spec.loader = _Loader(spec.loader, self.imported)
        return spec


class _Loader:
    """Another loader, and a call after it."""

    def __init__(self, loader, imported):
        self.loader, self.imported = loader, imported

    def create_module(self, spec):
        """As the other."""
        return self.loader.create_module(spec)

    def exec_module(self, module):
        """As the other, which is the module's loader again, then the call."""
        name = module.__spec__.name
        module.__spec__.loader = module.__loader__ = self.loader
        self.loader.exec_module(module)
        self.imported(name)


def _seed_numpy(numpy, seed):
    numpy.random.seed(seed)


def _seed_tensorflow(tensorflow, seed):
    threads = int(os.environ.get("OMP_NUM_THREADS", "2"))
    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(threads)
    tensorflow.keras.utils.set_random_seed(seed)
    tensorflow.config.experimental.enable_op_determinism()


def _seed_torch(torch, seed):
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True, warn_only=True)


def _settle_matplotlib(matplotlib, seed):
    matplotlib.rcParams["svg.hashsalt"] = str(seed)
