"""Posts that work against their own run: what each one does, and how the build must end it.

The code of each is the second cell of its post. `line` counts in that code from 1; `said` is part
of the message; both are None for a post that is published, for nothing is wrong with it. A line of
0 is any line of the post.
"""

from __future__ import annotations

from dataclasses import dataclass

SHORT = 5
"""Limit of the posts that may reach it, in seconds."""


@dataclass(frozen=True, slots=True)
class Hostile:
    """A post, and its end."""

    code: str
    line: int | None = None
    said: str | None = None
    shown: str = ""
    """What the page of a published one must show."""

    @property
    def timeout(self) -> int:
        """Return its limit in seconds, which only a post that may reach it has to fear."""
        return SHORT if self.said in (SILENT, LOST, TIMEOUT, "") else 60


ZERO = "ZeroDivisionError: division by zero"
SILENT = "NoReply: the kernel no longer answers"
LOST = "OutputsLost: the kernel does not send its outputs"
TIMEOUT = "Timeout: the cell took longer than"
SHELL = "from IPython import get_ipython\nshell = get_ipython()\n"
KERNEL = f"{SHELL}kernel = shell.kernel\n"

STREAMS = {
    "stdout-none": Hostile("import sys\nsys.stdout = None\n1 / 0", 3, ZERO),
    "stderr-none": Hostile("import sys\nsys.stderr = None\n1 / 0", 3, ZERO),
    "both-none": Hostile("import sys\nsys.stdout = sys.stderr = None\n1 / 0", 3, ZERO),
    "stdout-deleted": Hostile("import sys\ndel sys.stdout\n1 / 0", 3, ZERO),
    "stdout-number": Hostile("import sys\nsys.stdout = 5\n1 / 0", 3, ZERO),
    "stdout-closed": Hostile("import sys\nsys.stdout.close()\n1 / 0", 3, ZERO),
    "tee": Hostile(
        "import sys\nclass Tee:\n    def __init__(self):\n        self.screen = sys.stdout\n"
        "    def write(self, text):\n        self.screen.write(text)\nsys.stdout = Tee()\n"
        "print('有')\n1 / 0",
        9,
        ZERO,
    ),
    "tee-good": Hostile(
        "import sys\nclass Tee:\n    def __init__(self):\n        self.screen = sys.stdout\n"
        "    def write(self, text):\n        self.screen.write(text)\nsys.stdout = Tee()\n"
        "print('经过转接')",
        shown="经过转接",
    ),
    "buffer-good": Hostile(
        "import io, sys\nkept = sys.stdout\nsys.stdout = io.StringIO()\nprint('藏')\n"
        "text = sys.stdout.getvalue()\nsys.stdout = kept\nprint(text * 2)",
        shown="藏",
    ),
    "flush-raises": Hostile(
        "import sys\nclass Bad:\n    def write(self, text): pass\n    def flush(self): 1 / 0\n"
        "sys.stdout = Bad()\nint('x')",
        6,
        "ValueError: invalid literal",
    ),
    "flush-sleeps": Hostile(
        "import sys, time\nclass Bad:\n    def write(self, text): pass\n"
        "    def flush(self): time.sleep(1000)\nsys.stdout = Bad()",
        1,
        TIMEOUT,
    ),
    "write-raises": Hostile(
        "import sys\nclass Bad:\n    def write(self, text): 1 / 0\n    def flush(self): pass\n"
        "sys.stdout = Bad()\nprint(1)",
        6,
        ZERO,
    ),
    "descriptors-closed": Hostile("import os\nos.close(1)\nos.close(2)\n1 / 0", 4, ZERO),
    "all-descriptors-closed": Hostile("import os\nos.closerange(3, 256)\n1 / 0", 0, ""),
    "redirected-good": Hostile(
        "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) as text:\n"
        "    print('里')\nprint('外', text.getvalue())",
        shown="外 里",
    ),
    "logging-good": Hostile(
        "import logging, sys\nlogging.basicConfig(stream=sys.stdout, force=True)\n"
        "logging.warning('记下')",
        shown="记下",
    ),
}

HOOKS = {
    "displayhook": Hostile("import sys\nsys.displayhook = lambda value: 1 / 0\n5", 3, ZERO),
    "shell-displayhook": Hostile(f"{SHELL}shell.displayhook = None\n1 / 0", 0, ""),
    "display-pub": Hostile(f"{SHELL}shell.display_pub = None\n1 / 0", 4, ZERO),
    "excepthook": Hostile("import sys\nsys.excepthook = None\n1 / 0", 3, ZERO),
    "showtraceback": Hostile(f"{SHELL}shell.showtraceback = lambda *a, **k: None\n1 / 0", 0, ZERO),
    "showtraceback-raises": Hostile(
        f"{SHELL}shell._showtraceback = lambda *a, **k: 1 / 0\nint('x')", 0, ""
    ),
    "custom-exc": Hostile(
        f"{SHELL}shell.set_custom_exc((Exception,), lambda *a, **k: None)\n1 / 0", 0, ZERO
    ),
    "modules-cleared": Hostile("import sys\nsys.modules.clear()\n1 / 0", 0, ""),
    "ipython-removed": Hostile(
        "import sys\nfor name in list(sys.modules):\n    if name.startswith(('IPython', 'ipyk')):\n"
        "        del sys.modules[name]\n1 / 0",
        0,
        ZERO,
    ),
    "builtins-print": Hostile("import builtins\nbuiltins.print = None\n1 / 0", 3, ZERO),
    "builtins-open": Hostile("import builtins\nbuiltins.open = None\n1 / 0", 0, ZERO),
    "builtins-isinstance": Hostile("import builtins\nbuiltins.isinstance = None\n1 / 0", 0, ""),
    "exception-without-text": Hostile(
        "class Odd(Exception):\n    def __str__(self): raise RuntimeError\nraise Odd", 0, ""
    ),
    "events-unregistered": Hostile(
        f"{SHELL}for name in shell.events.callbacks: shell.events.callbacks[name] = []\n1 / 0",
        4,
        ZERO,
    ),
    "recursion-limit": Hostile("import sys\nsys.setrecursionlimit(60)\n1 / 0", 0, ""),
    "trace": Hostile("import sys\nsys.settrace(lambda *a: 1 / 0)\nint('x')", 0, ""),
    "error-shown-good": Hostile(
        f"{SHELL}try:\n    1 / 0\nexcept ZeroDivisionError:\n    shell.showtraceback()\n"
        "print('接着')",
        shown="接着",
    ),
}

IPYTHON = {
    "run-cell-lost": Hostile(
        f"{SHELL}shell.run_cell = None\nshell.run_cell_async = None", 0, SILENT
    ),
    "run-cell-pretends": Hostile(
        f"{SHELL}from IPython.core.interactiveshell import ExecutionResult\n"
        "async def pretend(*a, **k): return ExecutionResult(None)\n"
        "shell.run_cell_async = pretend\nshell.run_cell = lambda *a, **k: ExecutionResult(None)",
        0,
        SILENT,
    ),
    "do-execute": Hostile(f"{KERNEL}kernel.do_execute = None", 0, SILENT),
    "handlers": Hostile(f"{KERNEL}kernel.shell_handlers.clear()", 0, SILENT),
    "session-send": Hostile(f"{KERNEL}kernel.session.send = lambda *a, **k: None", 0, ""),
    "session-key": Hostile(f"{KERNEL}kernel.session.key = b'other'", 0, ""),
    "session-none": Hostile(f"{KERNEL}kernel.session = None", 0, ""),
    "iopub-closed": Hostile(f"{KERNEL}kernel.iopub_socket.close()", 0, ""),
    "reply-stopped": Hostile(
        f"{KERNEL}plain = kernel.session.send\n"
        "def send(stream, kind, *a, **k):\n"
        "    if kind != 'execute_reply': return plain(stream, kind, *a, **k)\n"
        "kernel.session.send = send",
        0,
        SILENT,
    ),
    "idle-stopped": Hostile(
        f"{KERNEL}plain = kernel.session.send\n"
        "def send(stream, kind, *a, **k):\n"
        "    if kind != 'status': return plain(stream, kind, *a, **k)\n"
        "kernel.session.send = send",
        0,
        LOST,
    ),
    "reset-good": Hostile("%reset -f\nprint('重来')", shown="重来"),
}

MESSAGES = {
    name: Hostile(
        f"{KERNEL}import json\nthread, session = kernel.iopub_thread, kernel.session\n{code}",
        line,
        said,
        shown,
    )
    for name, (code, line, said, shown) in {
        "raw-bytes": ("thread.send_multipart([b'x'])", 0, LOST, ""),
        "no-delimiter": ("thread.send_multipart([b'a', b'b', b'c'])", 0, LOST, ""),
        "no-json": (
            "parts = [b'{', b'{', b'{', b'{']\n"
            "thread.send_multipart([b'<IDS|MSG>', session.sign(parts), *parts])",
            0,
            LOST,
            "",
        ),
        "bad-signature": (
            "thread.send_multipart([b'<IDS|MSG>', b'0' * 64, b'{}', b'{}', b'{}', b'{}'])",
            0,
            LOST,
            "",
        ),
        "long-number": (
            "header = session.pack(session.msg_header('stream'))\n"
            "parts = [header, session.pack(kernel.get_parent('shell')['header']), b'{}',\n"
            "         b'{\"name\": \"stdout\", \"text\": ' + b'9' * 5000 + b'}']\n"
            "thread.send_multipart([b'<IDS|MSG>', session.sign(parts), *parts])",
            0,
            LOST,
            "",
        ),
        "doubled": (
            "parent = kernel.get_parent('shell')\n"
            "for _ in range(2):\n"
            "    session.send(kernel.iopub_socket, 'stream', {'name': 'stdout', 'text': '双'},\n"
            "                 parent=parent)",
            None,
            None,
            "双",
        ),
        "odd-stream": (
            "session.send(kernel.iopub_socket, 'stream', {'name': 5, 'text': None},\n"
            "             parent=kernel.get_parent('shell'))",
            0,
            LOST,
            "",
        ),
        "odd-display": (
            "session.send(kernel.iopub_socket, 'execute_result', {'execution_count': []},\n"
            "             parent=kernel.get_parent('shell'))",
            0,
            "KeyError",
            "",
        ),
        "early-idle": (
            "session.send(kernel.iopub_socket, 'status', {'execution_state': 'idle'},\n"
            "             parent=kernel.get_parent('shell'))\n1 / 0",
            0,
            ZERO,
            "",
        ),
    }.items()
}

OUTPUTS = {
    "surrogate": Hostile("print('半\\ud800')", shown="半"),
    "surrogate-value": Hostile("'半\\ud800'", shown="半"),
    "surrogate-error": Hostile("raise ValueError('半\\ud800')", 1, "ValueError: 半"),
    "control-signs": Hostile("print('\\x00\\x01\\x1b[999;999Hx\\x7f有')", shown="有"),
    "odd-mime": Hostile(
        "from IPython.display import display\n"
        "display({'image/png': 'no base64!', 'text/plain': '字'}, raw=True)",
        shown="",
    ),
    "odd-json": Hostile(
        "from IPython.display import display\n"
        "display({'application/json': {'a': float('nan')}, 'text/plain': '字'}, raw=True)",
        shown="字",
    ),
    "deep-json": Hostile(
        "from IPython.display import display\nx = []\nfor _ in range(900): x = [x]\n"
        "display({'application/json': x, 'text/plain': '深'}, raw=True)",
        0,
        LOST,
    ),
    "long-name": Hostile("print('长' * 300)\nraise type('长' * 5000, (Exception,), {})", 2, "长"),
    "repr-raises": Hostile(
        "class A:\n    def __repr__(self): 1 / 0\nA()",
        0,
        ZERO,
    ),
    "huge-int": Hostile("import sys\nsys.set_int_max_str_digits(0)\n10 ** 5000", shown="1000"),
}

PROCESSES = {
    "exit-code": Hostile("import os\nos._exit(3)", 1, "KernelDied: the kernel exited with code 3"),
    "exit-zero": Hostile("import os\nos._exit(0)", 1, "KernelDied: the kernel exited with code 0"),
    "atexit": Hostile("import atexit, time\natexit.register(time.sleep, 1000)"),
    "killed": Hostile(
        "import os\nos.kill(os.getpid(), 9)", 1, "KernelDied: the kernel was ended by"
    ),
    "parent-killed": Hostile("import os\nos.kill(os.getppid(), 9)", 0, "KernelDied"),
    "daemon-and-parent-killed": Hostile(
        "import os, subprocess\n"
        "subprocess.Popen(['sleep', '987654'], start_new_session=True)\n"
        "os.kill(os.getppid(), 9)",
        0,
        "KernelDied",
    ),
    "signals-ignored": Hostile(
        "import signal as s\nfor each in (s.SIGINT, s.SIGTERM, s.SIGHUP, s.SIGUSR2):\n"
        "    s.signal(each, s.SIG_IGN)\nwhile True: pass",
        1,
        TIMEOUT,
    ),
    "signals-blocked": Hostile(
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True: pass",
        3,
        TIMEOUT,
    ),
    "sigint-handler": Hostile(
        "import signal, time\nsignal.signal(signal.SIGINT, lambda *a: None)\n"
        "while True: time.sleep(.1)",
        3,
        TIMEOUT,
    ),
    "stopped": Hostile("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)", 1, TIMEOUT),
    "thread-left": Hostile(
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(1000,)).start()\nprint('走了')",
        shown="走了",
    ),
    "loop-closed": Hostile("import asyncio\nasyncio.get_event_loop().stop()\n1 / 0", 3, ZERO),
    "async-forever": Hostile("import asyncio\nawait asyncio.sleep(1000)", 1, TIMEOUT),
    "fork-good": Hostile(
        "import os\nif not os.fork():\n    os._exit(0)\nos.wait()\nprint('叉')", shown="叉"
    ),
    "fork-returns": Hostile("import os\npid = os.fork()\nprint('两边')", shown="两边"),
    "exec": Hostile("import os\nos.execv('/bin/true', ['true'])", 1, "KernelDied"),
}

PLACES = {
    "folder-removed": Hostile("import os, shutil\nshutil.rmtree(os.getcwd())\n1 / 0", 3, ZERO),
    "folder-left": Hostile("import os\nos.chdir('/')\n1 / 0", 3, ZERO),
    "folder-unreadable": Hostile("import os\nos.chmod('.', 0)\nprint('关')", shown="关"),
    "deep-folders": Hostile(
        "import os\nfor _ in range(1500):\n    os.mkdir('d')\n    os.chdir('d')\nprint('深')",
        shown="深",
    ),
    "fifo": Hostile("import os\nos.mkfifo('p')\nprint('管')", shown="管"),
    "umask": Hostile("import os\nos.umask(0o777)\nopen('x', 'w').close()\nprint('罩')", shown="罩"),
    "file-limit": Hostile(
        "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))\n1 / 0", 0, ""
    ),
    "file-size-limit": Hostile(
        "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n1 / 0", 3, ZERO
    ),
    "environment-cleared": Hostile("import os\nos.environ.clear()\n1 / 0", 3, ZERO),
    "kernel-files": Hostile(
        f"{KERNEL}import glob, os\n"
        "for file in glob.glob(os.path.dirname(os.environ['IPYTHONDIR']) + '/*'):\n"
        "    os.path.isfile(file) and os.remove(file)\n1 / 0",
        1,
        "",
    ),
}

POSTS = STREAMS | HOOKS | IPYTHON | MESSAGES | OUTPUTS | PROCESSES | PLACES
