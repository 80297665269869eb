"""When each Python was released."""

from __future__ import annotations

from collections.abc import Mapping

RELEASED: Mapping[str, str] = {
    "3.8": "2019-10-14",
    "3.9": "2020-10-05",
    "3.10": "2021-10-04",
    "3.11": "2022-10-24",
    "3.12": "2023-10-02",
    "3.13": "2024-10-07",
    "3.14": "2025-10-07",
}
"""The day on which a Python was released. https://peps.python.org/topic/release/"""


def release_day(version: str) -> str:
    """Return the day on which a Python, as 3.11.7, was released; "" if it is not known."""
    return RELEASED.get(".".join(version.split(".")[:2]), "")
