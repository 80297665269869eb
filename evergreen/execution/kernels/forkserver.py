"""Fork server: has ipykernel and packages in memory, and forks one clean kernel per post.

`python forkserver.py FD` receives messages on a socket, each with a socket attached, and forks a
process for each. That process reads a request (see `supervisor.read_request`) from its socket. A
request with `preload`, module names, makes it another fork server that imports these modules too.
Any other request makes it the supervisor of a kernel.

It runs under the posts' Python and needs ipykernel.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, NoReturn

    from evergreen.execution.kernels import kernel, supervisor
    from evergreen.execution.kernels.preloaded import Preloaded
else:
    import kernel
    import supervisor
    from preloaded import Preloaded

del sys.path[0]  # the folder of this file
for _name in (
    *("file_copy", "gc", "importing", "kernel", "limits", "placeholders", "preloaded"),
    *("processes", "seccomp", "supervisor", "tracer", "uses"),
):
    del sys.modules[_name]  # a post may have a module of that name


def serve(control: socket.socket, preloaded: Preloaded) -> NoReturn:
    """Fork for each message, until the builder closes its end of the socket."""
    while True:
        message, sockets, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            os._exit(0)
        gc.freeze()
        if not os.fork():
            control.close()
            _become(socket.socket(fileno=sockets[0]), preloaded)
        os.close(sockets[0])


def _become(builder: socket.socket, preloaded: Preloaded) -> NoReturn:
    """Do in the fork what the request asks for."""
    request = supervisor.read_request(builder)
    if "preload" in request:
        supervisor.end_with_parent()
        preloaded.load(request["preload"])
        serve(builder, preloaded)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    supervisor.supervise(builder, request, lambda: _run(request, preloaded))


def _run(request: Mapping[str, Any], preloaded: Preloaded) -> None:
    """Become the kernel that the request describes."""
    supervisor.prepare(request)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if preloaded.modules and not preloaded.suits(request["cwd"]):
        os.execvpe(request["argv"][0], request["argv"], request["env"])
    preloaded.hide()
    if "multiprocessing.process" in sys.modules:
        vars(sys.modules["multiprocessing.process"])["ORIGINAL_DIR"] = os.getcwd()
    kernel.run(request["connection_file"])


def _main() -> NoReturn:
    control = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    kernel.import_ahead()
    serve(control, Preloaded())


if __name__ == "__main__":
    _main()
