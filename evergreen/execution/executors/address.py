"""Addresses of schedulers and workers, as Dask writes them: `tcp://127.0.0.1:8786`."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def split(address: str) -> tuple[str, str, int]:
    """Scheme, host and port; "" and 0 for what is not there, or is wrong."""
    try:
        parts = urlsplit(address)
        return parts.scheme, parts.hostname or "", parts.port or 0
    except ValueError:
        return "", "", 0


def is_private(address: str) -> bool:
    """Whether nobody on the way can read what is sent there: it is encrypted, or stays here."""
    scheme, host, _ = split(address)
    return scheme == "tls" or is_loopback(host)


def is_loopback(host: str) -> bool:
    """Whether a host's name or number means this machine, by the loopback interface."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
