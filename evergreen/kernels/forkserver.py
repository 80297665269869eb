"""A parent that has ipykernel, and what posts import, in memory, and forks a clean kernel a post.

`python forkserver.py FD` reads requests from the socket: the path of a JSON file, a line each, with
a socket passed beside it. A request with `preload` forks a server that also has those modules; any
other forks a supervisor with its kernel, which talk to the passed socket (see `supervisor`).

A forked kernel finds its modules as a fresh one would: those that the parent had imported are put
aside and come back when they are imported, each with all that its package imports, so `sys.modules`
shows what the post used.

Standard library and ipykernel only: it runs under the posts' Python.
"""

import builtins
import contextlib
import gc
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import signal
import socket
import sys

sys.path.pop(0)  # this folder, from which only `supervisor` is taken
_here = os.path.dirname(os.path.abspath(__file__))
_spec = importlib.util.spec_from_file_location("_supervisor", os.path.join(_here, "supervisor.py"))
supervisor = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(supervisor)

INSTEAD = {
    # pyplot asks for IPython when it is imported, and there is none before the fork
    "matplotlib": ["matplotlib.figure", "matplotlib.backends.backend_agg", "matplotlib.image"],
}


shared = sys.__dict__.setdefault("_evergreen", {"opened": []})
"""What `probe` is told in the kernel: files that were opened while packages were imported ahead.
It puts a function there, `imported`, to be called with the name of a module that comes back."""


class Preloaded:
    """Modules that were imported ahead, and which top-level packages each package imports."""

    def __init__(self):
        self.modules = {}
        self.needs = {}

    def load(self, names):
        """Import packages that are installed; those that fail are left to the posts."""
        before = set(sys.modules)
        plain = builtins.__import__

        def noting(name, globals=None, locals=None, fromlist=(), level=0):
            importer = (globals or {}).get("__name__", "").partition(".")[0]
            if importer and not level:
                self.needs.setdefault(importer, set()).add(name.partition(".")[0])
            return plain(name, globals, locals, fromlist, level)

        def opening(event, arguments):
            if event == "open" and builtins.__import__ is noting:
                shared["opened"].append(os.path.abspath(os.fsdecode(arguments[0])))

        sys.addaudithook(opening)
        builtins.__import__ = noting
        try:
            for name in [part for each in names for part in INSTEAD.get(each, [each])]:
                with contextlib.suppress(BaseException):
                    importlib.import_module(name)
        finally:
            builtins.__import__ = plain
        for name in set(sys.modules) - before:
            if sys.modules[name] is not None:
                self.modules[name] = sys.modules[name]

    def hide(self):
        """Put the modules aside, to come back when they are imported."""
        for name in self.modules:
            sys.modules.pop(name, None)
        if self.modules:
            sys.meta_path.insert(0, Restorer(self))

    def with_needs(self, package):
        """The modules of a package and of all that it imports."""
        packages, edge = set(), {package}
        while edge:
            packages |= edge
            edge = set().union(*(self.needs.get(name, ()) for name in edge)) - packages
        return {k: v for k, v in self.modules.items() if k.partition(".")[0] in packages}


class Restorer(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Brings a preloaded module back when it is imported."""

    def __init__(self, preloaded):
        self.preloaded = preloaded
        self.specs = {}

    def find_spec(self, fullname, path=None, target=None):
        """A spec whose module is the preloaded one; None for any other name."""
        module = self.preloaded.modules.get(fullname)
        if module is None:
            return None
        self.specs[fullname] = getattr(module, "__spec__", None)
        return importlib.machinery.ModuleSpec(
            fullname, self, is_package=hasattr(module, "__path__")
        )

    def create_module(self, spec):
        """The preloaded module."""
        return self.preloaded.modules[spec.name]

    def exec_module(self, module):
        """Nothing is run again; what the package needs comes back with it."""
        spec = self.specs.pop(module.__spec__.name)
        name = module.__spec__.name
        module.__spec__ = spec
        restored = self.preloaded.with_needs(name.partition(".")[0])
        for each, value in restored.items():
            self.preloaded.modules.pop(each, None)
            sys.modules.setdefault(each, value)
        if "numpy.random" in restored:
            restored["numpy.random"].seed()  # a fork would repeat its siblings' numbers
        for each in restored:
            shared.get("imported", len)(each)


def serve(control, preloaded):
    """Answer requests until the builder closes the socket."""
    while True:
        message, sockets, _, _ = socket.recv_fds(control, 4096, 8)
        if not message:
            os._exit(0)
        for path, number in zip(message.decode().splitlines(), sockets, strict=True):
            with open(path, encoding="utf-8") as file:
                request = json.load(file)
            peer = socket.socket(fileno=number)
            gc.freeze()
            if not os.fork():
                _become(request, control, peer, preloaded)
            peer.close()


def _become(request, control, peer, preloaded):
    """In the fork: another server, or the supervisor of a kernel."""
    control.close()
    if "preload" in request:
        preloaded.load(request["preload"])
        serve(peer, preloaded)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    supervisor.supervise(peer, lambda: _kernel(request, preloaded), request["memory"])


def _kernel(request, preloaded):
    """Be an ipykernel, as `python -m ipykernel_launcher -f FILE` would."""
    supervisor.prepare(request)
    os.environ.clear()
    os.environ.update(request["env"])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    preloaded.hide()
    sys.argv = ["ipykernel_launcher.py", "-f", request["connection_file"]]
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance(sys.argv[1:] + request["options"])


def _main():
    control = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import ipykernel.ipkernel
    import ipykernel.kernelapp  # noqa: F401

    serve(control, Preloaded())


if __name__ == "__main__":
    _main()
