"""Where runs take place: jobs go in, futures of executions come out."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from importlib.util import find_spec

from evergreen.errors import Problem, SettingsError
from evergreen.execution.executors.address import is_loopback, split
from evergreen.execution.executors.local import Submit, open_local

__all__ = ["Submit", "open_executor"]

_LOCAL = re.compile(r"local(?::([1-9][0-9]*))?")


def open_executor(
    address: str = "", jobs: int = 0, prewarm: bool = True
) -> AbstractContextManager[Submit]:
    """Runs at an address: on this machine (`local`, or nothing), that many at once (`local:4`); on
    the Dask cluster of a scheduler on this machine (`tcp://127.0.0.1:8786`) or elsewhere
    (`tls://host:8786`).

    `jobs` is how many posts run here at once where the address does not say it; 0: one a core.
    When the block ends, also by an interrupt, every kernel ends with it. Raises SettingsError for
    an address that is none or may not be used; and, when the block begins, for a scheduler that
    does not answer.
    """
    if here := _LOCAL.fullmatch(address or "local"):
        return open_local(int(here[1] or jobs), prewarm)
    _check(address)
    from evergreen.execution.executors.dask import open_cluster  # 0.6 s that only a cluster needs

    return open_cluster(address, jobs, prewarm)


def _check(address: str) -> None:
    """Raises SettingsError where no cluster may be used at this address, or none can be."""
    scheme, host, port = split(address)
    if scheme not in ("tcp", "tls") or not host or not port:
        known = "write local:4, tcp://127.0.0.1:8786 or tls://HOST:8786"
        raise _error(f"'{address}' is no place to run posts", known)
    if scheme == "tcp" and not is_loopback(host):
        advice = f"use tls://{host}:{port}, with certificates in Dask's distributed.comm.tls"
        raise _error(f"'{address}' is another machine, and tcp does not encrypt", advice)
    if not find_spec("distributed"):
        advice = "python -m pip install -r requirements-dask.txt"
        raise _error(f"'{address}' needs Dask, which is not installed", advice)


def _error(message: str, advice: str) -> SettingsError:
    return SettingsError(Problem("--executor", message=message, advice=advice))
