"""The last line that a running cell has printed."""

from __future__ import annotations

import pytest

from evergreen.execution.run import last_line

LOG = f"I0000 00:00:1764519.12 7 op.cc:1] attr={'字' * 3000}"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\nb\n", "b"),
        ("1%\r2%", "2%"),
        (f"損失 0.5\n{LOG}\n", "損失 0.5"),
        (f"{LOG}\n", ""),
        (f"a\n{'字' * 3000}", "字" * 3000),
    ],
)
def test_last_line(text: str, line: str) -> None:
    """The log of a framework is none, however long it is."""
    assert line == last_line([{"output_type": "stream", "name": "stderr", "text": text}])
