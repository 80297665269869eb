"""The GPUs of this machine, as NVIDIA's driver for Linux describes them in files (README of the
driver, chapter "The /proc File System Interface").
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from evergreen.regex import regex

_DRIVER = Path("/proc/driver/nvidia")
_FIELD = regex(r"^([^:\n]+):[ \t]*(.*?)[ \t]*$", re.M)
_RELEASE = regex(r"\b\d+\.\d+(?:\.\d+)?\b")


def describe(minor: str, driver: Path = _DRIVER) -> str:
    """Return name and driver of the GPU of the device file `/dev/nvidiaMINOR`; "" if there is none:
    `NVIDIA H200, driver 550.54.14`.
    """
    for file in sorted(driver.glob("gpus/*/information")):
        fields = dict(_FIELD.findall(_read(file)))
        if fields.get("Device Minor") == minor and (model := fields.get("Model", "")):
            release = _RELEASE.search(_read(driver / "version"))
            return f"{model}, driver {release[0]}" if release else model
    return ""


def _read(file: Path) -> str:
    with suppress(OSError):
        return file.read_text("utf-8", "replace")
    return ""
