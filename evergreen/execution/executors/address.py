"""Addresses of schedulers and workers in Dask's form: `tcp://127.0.0.1:8786`."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def split(address: str) -> tuple[str, str, int]:
    """Split into scheme, host and port; "" and 0 for parts that are missing or not valid."""
    try:
        parts = urlsplit(address)
        return parts.scheme, parts.hostname or "", parts.port or 0
    except ValueError:
        return "", "", 0


def is_private(address: str) -> bool:
    """True if the connection is encrypted or does not leave this machine."""
    scheme, host, _ = split(address)
    return scheme == "tls" or is_loopback(host)


def is_loopback(host: str) -> bool:
    """True if a host name or address is this machine's loopback interface."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
