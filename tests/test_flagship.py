"""This blog itself, with real TensorFlow: on real MNIST where it is at hand, and on stand-ins."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("tensorflow")]


def build(output: Path, data: str) -> tuple[str, float]:
    """Build this blog from nothing, in a copy; what is printed, and the seconds it took."""
    root = output.parent / "blog"
    for name in ("posts", "templates"):
        shutil.copytree(ROOT / name, root / name)
    shutil.copy(ROOT / "site.toml", root)
    environ = {**os.environ, "EVERGREEN_DATA": data, "http_proxy": "http://127.0.0.1:9"}
    environ |= {"https_proxy": "http://127.0.0.1:9", "no_proxy": ""} if not data else {}
    start = time.monotonic()
    command = [sys.executable, str(ROOT / "build.py"), "--root", str(root), "--output", str(output)]
    done = subprocess.run(command, capture_output=True, text=True, env=environ)
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout, time.monotonic() - start


def last_number(page: Path, pattern: str) -> float:
    """The last number that follows a pattern in a page's text."""
    return float(re.findall(rf"{pattern} (\d\.\d+)", page.read_text("utf-8"))[-1])


@pytest.mark.skipif(not os.environ.get("EVERGREEN_DATA"), reason="EVERGREEN_DATA names no MNIST")
def test_real_mnist_is_learned(tmp_path: Path) -> None:
    """Softmax regression reaches 0.915 on the test images, the network 0.99; translations agree."""
    site = tmp_path / "site"
    said, _ = build(site, os.environ["EVERGREEN_DATA"])
    assert "4 posts: 4 published; 4 run" in said
    assert "stand-in" not in said
    chinese, english = (site / f"{each}articles/tf-mnist/index.html" for each in ("", "en/"))
    softmax = last_number(chinese, "test accuracy")
    assert softmax >= 0.915
    assert softmax == last_number(english, "test accuracy")
    assert last_number(site / "articles/tf-mnist-cnn/index.html", "CNN +test accuracy") >= 0.99


def test_without_a_network_the_stand_in_is_used_and_said(tmp_path: Path) -> None:
    """Every page that needed MNIST says that its numbers are not MNIST's."""
    site = tmp_path / "site"
    said, _ = build(site, "")
    assert "4 posts: 4 published; 4 run" in said
    assert "3 posts on stand-in data" in said
    for page in ("articles/tf-mnist", "en/articles/tf-mnist", "articles/tf-mnist-cnn"):
        assert "stand-in-data" in (site / page / "index.html").read_text("utf-8")
    plain = (site / "articles/tf-up-and-running/index.html").read_text("utf-8")
    assert "stand-in-data" not in plain
