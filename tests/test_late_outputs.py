"""Outputs that change or come while a later cell runs."""

from __future__ import annotations

from executing import execute, printed, shown


def test_a_later_cell_updates_an_earlier_display() -> None:
    """The page shows the last state under the cell that displayed it, as Jupyter does."""
    made = execute(
        "from IPython.display import HTML, display\n"
        "state = display(HTML('<p>等</p>'), display_id=True)",
        "state.update(HTML('<p>完</p>'))",
    )
    assert ["<p>完</p>"] == [each.data["text/html"] for each in shown(made, 1)]
    assert [] == shown(made, 2)


def test_what_a_task_prints_is_under_the_cell_that_started_it() -> None:
    """Also while another cell runs; that cell's own text stays under it."""
    made = execute(
        "import asyncio\nasync def work():\n    await asyncio.sleep(0.05)\n    print('甲')\n"
        "task = asyncio.create_task(work())",
        "await task\nprint('乙')",
    )
    assert ("甲\n", "乙\n") == (printed(made, 1), printed(made, 2))


def test_objects_of_types_that_nbformat_does_not_know_are_kept_as_text() -> None:
    """A type without a plus sign is no fault of the post's code."""
    made = execute(
        "from IPython.display import display\n"
        "display({'application/vnd.mine.json': {'a': 1}, 'text/plain': '甲'}, raw=True)"
    )
    assert made.failure is None
    assert [{"application/vnd.mine.json": '{"a": 1}', "text/plain": "甲"}] == [
        dict(each.data) for each in shown(made)
    ]
