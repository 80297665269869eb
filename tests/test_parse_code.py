"""The code of posts, parsed to find what it imports."""

from __future__ import annotations

import gc
import time
from concurrent.futures import ThreadPoolExecutor

from evergreen.records.imports import parse_code


def test_threads_parse_code_at_one_time() -> None:
    """Also where a collection of garbage gives way to another thread in the middle of one."""
    source = "\n".join(f"x{n} = (lambda: [{{1: (2, [3, {n}])}}])" for n in range(300))
    threshold = gc.get_threshold()
    gc.callbacks.append(_give_way)
    gc.set_threshold(100)
    try:
        with ThreadPoolExecutor(4) as pool:
            trees = list(pool.map(parse_code, [source] * 40))
    finally:
        gc.callbacks.remove(_give_way)
        gc.set_threshold(*threshold)
    assert [300] * 40 == [len(tree.body) for tree in trees if tree]


def _give_way(phase: str, info: dict[str, int]) -> None:
    time.sleep(0)
