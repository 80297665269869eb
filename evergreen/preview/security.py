"""Who may request something from a preview (this machine's browsers, for their own pages), and the
headers of its responses.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
    "Server": "evergreen",
}
"""Headers of every response."""
_NAMES = ("localhost", "127.0.0.1", "[::1]")


def make_token() -> str:
    """Make a token that only pages of the preview know."""
    return secrets.token_urlsafe(24)


def is_here(host: str | None, port: int) -> bool:
    """True if a Host header names this server (stops DNS rebinding)."""
    return host in {f"{name}:{port}" for name in _NAMES}


def is_own(origin: str | None, port: int) -> bool:
    """True if an Origin header is one of this server's own."""
    if origin is None:
        return False
    parts = urlsplit(origin)
    return (
        parts.scheme == "http"
        and origin == f"http://{parts.netloc}"
        and is_here(parts.netloc, port)
    )


def is_intrusion(headers: Mapping[str, str]) -> bool:
    """True if a page of another site requests a part of this one (Fetch Metadata Request Headers).

    Following a link is allowed.
    """
    foreign = headers.get("Sec-Fetch-Site", "same-origin") in ("cross-site", "same-site")
    return foreign and headers.get("Sec-Fetch-Mode") != "navigate"


def is_token(given: str | None, token: str) -> bool:
    """True if a token is the right one."""
    return secrets.compare_digest((given or "").encode("utf-8", "replace"), token.encode())
