"""URLs of pictures, videos and sounds as the theme Chirpy completes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from evergreen.model import Site


def media_url(url: str, meta: Mapping[str, Any], site: Site) -> str:
    """Return a URL with the folder of the post's media and the host of all media before it.

    The folder is `media_subpath`, or `img_path` as it was called; the host is the setting `cdn` or
    `img_cdn`. A URL with a scheme, and any URL without these keys, is unchanged.
    """
    folder = _text(meta, "media_subpath") or _text(meta, "img_path")
    config = site.jekyll.config if site.jekyll else {}
    host = _text(config, "cdn") or _text(config, "img_cdn")
    if not url or ":" in url or not (folder or host):
        return url
    path = re.sub(r"/{2,}", "/", f"/{folder}/{url}")
    return host.rstrip("/") + path


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    return value if isinstance(value, str) else ""
