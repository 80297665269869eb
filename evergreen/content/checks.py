"""How outputs are to be compared, as an author says it: `check: exact`, `check: rtol=1e-2`,
`check: {rtol: 1e-2, atol: 1e-6}`, `check: false`. The same words in a cell's options, in a front
matter and, as a table, in site.toml.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from evergreen.content.fields import described

WAYS = ("values", "exact", "image", "ignore")
"""See `CheckOptions.compare`."""
ADVICE = "give exact, image, ignore, values, rtol=1e-2 or atol=1e-6"
_TAG = re.compile(r"check\s*[:=-]\s*(\S.*)")


def read_check(value: Any) -> tuple[dict[str, Any], str]:
    """Fields of CheckOptions, and what is wrong with the value; "" for nothing."""
    if isinstance(value, bool):
        return {"compare": "values" if value else "ignore"}, ""
    if isinstance(value, str):
        words = value.replace(",", " ").split()
        pairs = [word.partition("=")[::2] if "=" in word else ("compare", word) for word in words]
    elif isinstance(value, Mapping):
        pairs = list(value.items())
    else:
        return {}, f"'check' is {described(value)}"
    found: dict[str, Any] = {}
    for key, each in pairs:
        read = _read(str(key), each)
        if read is None:
            return {}, f"'check' has {key}={each}" if key != "compare" else f"'check' is {each!r}"
        found[str(key)] = read
    return found, "" if found else "'check' is empty"


def check_tag(tag: str) -> str:
    """The value of a tag like `check: exact` or `check-ignore`; "" for any other."""
    found = _TAG.fullmatch(tag.strip())
    return found[1] if found else ""


def _read(key: str, value: Any) -> Any:
    """The value of a field; None where it is none."""
    if key == "compare":
        return value if value in WAYS else None
    if key == "same_platform":
        return value if isinstance(value, bool) else {"true": True, "false": False}.get(value)
    if key not in ("rtol", "atol") or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if 0 <= number < math.inf else None
