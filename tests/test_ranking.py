"""Listings sorted by measured sizes: rows of nearly equal sizes may change places."""

from __future__ import annotations

import tracemalloc

import pytest
from test_circumstances import ran

from evergreen.check.drift import compare
from evergreen.check.ranking import settle
from evergreen.model import Cell, CheckOptions, Notebook

CODE = "import tracemalloc\nfor row in snapshot.statistics('lineno')[:4]:\n    print(row)"
FIRST = "<frozen abc>:106: size=34.3 KiB, count=134, average=262 B"
OPCODE = "/lib/opcode.py:36: size={} B, count=14, average=71 B"
名 = "/lib/名.py:636: size={} B, count=9, average=111 B"
LAST = "/lib/dis.py:49: size=512 B, count=1, average=512 B"


def listing(*rows: str) -> str:
    return "\n".join((FIRST, *rows))


PUBLISHED = listing(OPCODE.format(1000), 名.format(980), LAST)


def verdict(then: str, now: str, code: str = CODE, how: str = "values") -> str:
    """Return the verdict where three new runs agree: nothing is known to be noise."""
    notebook, options = Notebook((Cell(code, 3),)), CheckOptions(compare=how)
    return compare(notebook, ran(then), ran(now), options, [ran(now), ran(now)]).verdict


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (listing(名.format(996), OPCODE.format(980), LAST), "within tolerance"),
        (listing(名.format(1996), OPCODE.format(980), LAST), "drifted"),
        (listing(名.format(960), OPCODE.format(980), LAST), "drifted"),
        (listing(OPCODE.format(1000), LAST, 名.format(980)), "drifted"),
        (listing(名.format(996), OPCODE.format(980), LAST.replace("512 B,", "912 B,")), "drifted"),
        (listing(OPCODE.format(1000), LAST), "drifted"),
    ],
)
def test_rows_change_places_only_as_their_sizes_do(now: str, expected: str) -> None:
    assert verdict(PUBLISHED, now) == expected


def test_order_counts_where_no_memory_is_measured_and_where_outputs_are_exact() -> None:
    now = listing(名.format(996), OPCODE.format(980), LAST)
    assert verdict(PUBLISHED, now, "print(open('sizes.txt').read())") == "drifted"
    assert verdict(PUBLISHED, now, how="exact") == "drifted"


def test_the_row_that_is_cut_off_is_one_of_nearly_the_same_size() -> None:
    row = "/lib/ast.py:9: size={} B, count=1, average={} B"
    now = listing(OPCODE.format(1000), 名.format(980))
    assert verdict(f"{now}\n{LAST}", f"{now}\n{row.format(520, 520)}") == "same"
    assert verdict(f"{now}\n{LAST}", f"{now}\n{row.format(920, 920)}") == "drifted"
    assert verdict(f"甲 {now}\n模型 a: 512 B", f"甲 {now}\n模型 b: 512 B") == "drifted"


def test_ranks_stay_and_source_lines_follow_their_rows() -> None:
    """The listing of Python's manual numbers the rows and shows the code below each."""
    then = "#1: a.py:3: 90.0 KiB\n    x = f()\n#2: b.py:7: 88.0 KiB\n    y = g()\n7 other: 12.0 KiB"
    now = "#1: b.py:7: 88.5 KiB\n    y = g()\n#2: a.py:3: 87.9 KiB\n    x = f()\n7 other: 12.1 KiB"
    assert settle(then, now) == (
        "#1: a.py:3: 87.9 KiB\n    x = f()\n#2: b.py:7: 88.5 KiB\n    y = g()\n7 other: 12.1 KiB"
    )


def test_statistics_of_python_are_put_in_order() -> None:
    """Two objects whose sizes are nearly equal, with the larger one in either line."""

    def rows(first: int, second: int) -> str:
        tracemalloc.start()
        kept = [bytes(first)]
        kept.append(bytes(second))
        mine = tracemalloc.Filter(True, __file__)
        found = tracemalloc.take_snapshot().filter_traces([mine]).statistics("lineno")[:2]
        tracemalloc.stop()
        assert len(kept) == 2
        return "\n".join(map(str, found))

    then, now = rows(500_000, 500_000 + 9000), rows(500_000 + 9000, 500_000)
    swapped = now.split("\n")[::-1]
    assert then.split(":")[1] != now.split(":")[1]
    assert settle(then, now).split("\n") == swapped
