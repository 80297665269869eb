"""Executors: accept jobs and return futures of executions, on this machine or a Dask cluster."""

from __future__ import annotations

from contextlib import AbstractContextManager
from importlib.util import find_spec

from evergreen.errors import Problem, SettingsError
from evergreen.execution.executors.address import is_loopback, split
from evergreen.execution.job import Submit
from evergreen.regex import regex

__all__ = ["open_executor"]

_LOCAL = regex(r"local(?::([1-9][0-9]*))?")


def open_executor(
    address: str = "", jobs: int = 0, prewarm: bool = True
) -> AbstractContextManager[Submit]:
    """Open the executor at an address: this machine (`local` or ""), with a number of parallel runs
    (`local:4`), or a Dask scheduler on this machine (`tcp://127.0.0.1:8786`) or another one
    (`tls://host:8786`).

    `jobs` is the number of parallel runs here if the address does not contain it; 0: one per core.
    At the end of the block, also on an interrupt, every kernel ends. Raises SettingsError for an
    address that is not valid or not secure, and, when the block begins, if the scheduler does not
    answer.
    """
    if here := _LOCAL.fullmatch(address or "local"):
        from evergreen.execution.executors.local import open_local  # most builds run nothing

        return open_local(int(here[1] or jobs), prewarm)
    _check(address)
    from evergreen.execution.executors.dask import open_cluster  # takes 0.6 s to import

    return open_cluster(address, jobs, prewarm)


def _check(address: str) -> None:
    """Raise SettingsError if no cluster can be used at this address."""
    scheme, host, port = split(address)
    if scheme not in ("tcp", "tls") or not host or not port:
        known = "write local:4, tcp://127.0.0.1:8786 or tls://HOST:8786"
        raise _error(f"'{address}' is not a valid executor", known)
    if scheme == "tcp" and not is_loopback(host):
        advice = f"use tls://{host}:{port}, with certificates in Dask's distributed.comm.tls"
        raise _error(f"'{address}' is another machine, and tcp does not encrypt", advice)
    if not find_spec("distributed"):
        advice = "python -m pip install -r requirements-dask.txt"
        raise _error(f"'{address}' needs Dask, which is not installed", advice)


def _error(message: str, advice: str) -> SettingsError:
    return SettingsError(Problem("--executor", message=message, advice=advice))
