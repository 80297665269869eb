"""The store: what is loaded equals what was stored, or is rejected."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evergreen.model import (
    Cell,
    CellError,
    CellOptions,
    Display,
    Environment,
    ExecuteOptions,
    Execution,
    Notebook,
    Stream,
)
from evergreen.records.store import (
    BLOBS,
    execution_key,
    find_records,
    keep,
    last_run,
    load,
    note_run,
    prune,
)

KEY = "ab" * 32
WHEN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PICTURE = Display({"image/png": b"\x89PNG\r\n\x00", "text/plain": "图"})

TEXT = st.text(
    st.characters(codec=None) | st.sampled_from("\r\n\x00\x1b\u2028\ufeff漢\udcff\ud83d\ude00")
)
FIELDS = st.integers(0, 10**6)
STREAMS = st.builds(Stream, st.sampled_from(["stdout", "stderr"]), TEXT)
DISPLAYS = st.builds(
    Display,
    st.dictionaries(TEXT, TEXT | st.binary(max_size=100), max_size=4),
    st.just("{}") | TEXT,
    st.booleans(),
)
ERRORS = st.builds(CellError, TEXT, TEXT, TEXT, FIELDS)
OUTPUTS = st.lists(st.one_of(STREAMS, DISPLAYS, ERRORS), max_size=4).map(tuple)
EXECUTIONS = st.builds(
    Execution,
    outputs=st.lists(OUTPUTS, max_size=3).map(tuple),
    failure=st.none() | ERRORS,
    environment=st.builds(
        Environment, TEXT, TEXT, st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple)
    ),
    stand_ins=st.lists(TEXT, max_size=2).map(tuple),
    cleaned=st.dictionaries(TEXT, FIELDS, max_size=2),
    left=FIELDS,
    facts=st.dictionaries(TEXT, TEXT, max_size=4),
    finished=st.datetimes(timezones=st.just(UTC)),
    seconds=st.floats(0, 1e6),
)


def everything(execution: Execution) -> list[Any]:
    """Return the fields that `==` ignores, and the execution."""
    about = (execution.cleaned, execution.facts, execution.finished, execution.seconds)
    return [execution, *about]


def only(store: Path) -> Execution | None:
    """Load the only record of KEY; None if it is damaged."""
    found, damaged = find_records(store, KEY)
    assert 1 == len(found) + damaged
    return load(store, found[0]) if found else None


def execution(text: str = "行\n", **facts: str) -> Execution:
    """Return an execution with a printed line and a picture."""
    outputs = ((Stream("stdout", text), PICTURE),)
    return Execution(outputs, facts=facts, finished=WHEN, seconds=1.5)


@given(EXECUTIONS)
def test_a_stored_execution_is_loaded(
    tmp_path_factory: pytest.TempPathFactory, made: Execution
) -> None:
    """Outputs, any characters, bytes, facts and times are preserved."""
    store = tmp_path_factory.mktemp("库")
    keep(store, KEY, made)
    back = only(store)
    assert back is not None
    assert everything(made) == everything(back)


@given(st.data())
def test_a_damaged_record_is_rejected(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """A record with any changed byte, or truncated anywhere, is not loaded."""
    store = tmp_path_factory.mktemp("库")
    keep(store, KEY, execution(python="3.12"))
    place = next(store.glob("ab*/*.json"))
    content = place.read_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        byte = data.draw(st.integers(0, 255).filter(lambda b: b != content[at]))
        content = content[:at] + bytes([byte]) + content[at + 1 :]
    else:
        content = content[:at]
    place.write_bytes(content)
    assert None is only(store)


def test_a_damaged_or_lost_picture_is_noticed(tmp_path: Path) -> None:
    """A record with a damaged or missing blob is not loaded."""
    keep(tmp_path, KEY, execution())
    blob = next((tmp_path / BLOBS).iterdir())
    blob.write_bytes(b"x")
    assert None is only(tmp_path)
    blob.unlink()
    assert None is only(tmp_path)
    keep(tmp_path, KEY, execution())
    assert execution() == only(tmp_path)


def test_a_damaged_picture_is_replaced_when_it_is_stored_again(tmp_path: Path) -> None:
    """Only the length is compared; other damage is repaired by a later run."""
    keep(tmp_path, KEY, execution())
    next((tmp_path / BLOBS).iterdir()).write_bytes(b"")
    keep(tmp_path, KEY, execution())
    assert execution() == only(tmp_path)


@pytest.mark.parametrize("style", ["merge", "diff3"])
def test_both_sides_of_a_conflict_of_git_are_records(tmp_path: Path, style: str) -> None:
    """Two branches have run the same code, and git has left its marks in the file."""
    base, ours, theirs = (tmp_path / name for name in ("base", "ours", "theirs"))
    for day, (place, text) in enumerate({base: "旧\n", ours: "我\n", theirs: "他\n"}.items(), 1):
        store = tmp_path / f"store-{day}"
        done = replace(execution(text), finished=WHEN.replace(day=day))
        keep(store, KEY, done)
        (record,) = store.glob("*/*.json")
        place.write_bytes(record.read_bytes())
    command = ["git", "merge-file", "-p", *(["--diff3"] if style == "diff3" else [])]
    merged = subprocess.run([*command, ours, base, theirs], capture_output=True).stdout
    assert b"<<<<<<< " in merged
    store = tmp_path / "store-2"
    (record,) = store.glob("*/*.json")
    record.write_bytes(merged)
    found, damaged = find_records(store, KEY)
    texts = [loaded.outputs[0][0] for each in found if (loaded := load(store, each))]
    assert (["他\n", "我\n"], 0) == ([output.text for output in texts], damaged)


def test_the_newest_comes_first(tmp_path: Path) -> None:
    """Records of one key have different facts; of equal facts only the last is kept."""
    for day, python in ((3, "3.11"), (5, "3.12"), (4, "3.13"), (6, "3.13")):
        finished = WHEN.replace(day=day)
        keep(tmp_path, KEY, replace(execution(f"{day}", python=python), finished=finished))
    found, damaged = find_records(tmp_path, KEY)
    assert (0, ["3.13", "3.12", "3.11"]) == (damaged, [r.facts["python"] for r in found])
    assert [6, 5, 3] == [record.finished.day for record in found]


def test_an_unknown_key_has_no_records(tmp_path: Path) -> None:
    """A store that does not exist has none either."""
    assert ([], 0) == find_records(tmp_path / "无", KEY)


def test_many_writers_leave_whole_records(tmp_path: Path) -> None:
    """Threads that store the same or different records do not disturb each other."""

    def work(number: int) -> None:
        for _ in range(5):
            keep(tmp_path, KEY, execution("同", python=str(number % 2)))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found, damaged = find_records(tmp_path, KEY)
    assert (2, 0) == (len(found), damaged)
    assert [execution("同")] * 2 == [load(tmp_path, record) for record in found]
    assert [] == list(tmp_path.rglob("*.part"))


def test_the_files_are_text_that_git_does_not_change(tmp_path: Path) -> None:
    """The facts are on one readable line, and git converts no line endings."""
    keep(tmp_path, KEY, execution("好\n", **{"file 数.csv": "ff"}))
    text = next(tmp_path.glob("ab*/*.json")).read_text("utf-8")
    assert {"file 数.csv": "ff"} == json.loads(text.splitlines()[1])["facts"]
    assert "好" in text
    assert "* -text\n" == (tmp_path / ".gitattributes").read_text("utf-8")


CELL = Cell("print(1)", 7)
BASE = Notebook((CELL, Cell("2 + 2", 20)))


@pytest.mark.parametrize(
    ("notebook", "options", "same"),
    [
        (BASE, {}, True),
        (Notebook(tuple(replace(c, line=c.line + 9) for c in BASE.cells)), {}, True),
        (Notebook((replace(CELL, options=CellOptions(input="hide")), BASE.cells[1])), {}, True),
        (Notebook((replace(CELL, options=CellOptions(tags=("宽",))), BASE.cells[1])), {}, True),
        (replace(BASE, markdown=("散文",), blocks=5), {}, True),
        (BASE, {"timeout": 5.0, "memory": 1.0, "env": ("A",)}, True),
        (Notebook((replace(CELL, source="print(2)"), BASE.cells[1])), {}, False),
        (Notebook(BASE.cells[::-1]), {}, False),
        (Notebook((CELL,)), {}, False),
        (Notebook((replace(CELL, options=CellOptions(raises=True)), BASE.cells[1])), {}, False),
        (Notebook((replace(CELL, options=CellOptions(runs=False)), BASE.cells[1])), {}, False),
        (Notebook((replace(CELL, inline=True), BASE.cells[1])), {}, False),
        (replace(BASE, kernel="ir"), {}, False),
        (replace(BASE, language="r"), {}, False),
        (BASE, {"seed": 1}, False),
        (BASE, {"allow_errors": True}, False),
    ],
)
def test_the_key_is_what_can_change_a_result(
    notebook: Notebook, options: Mapping[str, Any], same: bool
) -> None:
    """The key includes code, kernel and run options; not positions, display options or prose."""
    key = execution_key(BASE, ExecuteOptions())
    assert same == (key == execution_key(notebook, ExecuteOptions(**options)))


def test_prune_keeps_what_is_needed(tmp_path: Path) -> None:
    """Records of other keys, unused pictures and files of a dead build are removed."""
    other = replace(execution(), outputs=((Display({"image/png": b"other"}),),))
    keep(tmp_path, KEY, execution())
    keep(tmp_path, "cd" * 32, other)
    (tmp_path / BLOBS / ".x.1-2.part").write_bytes(b"half")
    note_run(tmp_path, "posts/甲.md", BASE, ExecuteOptions(), 2.0)
    assert 1 == prune(tmp_path, [KEY])
    assert execution() == only(tmp_path)
    assert ([], 0) == find_records(tmp_path, "cd" * 32)
    assert 1 == len(list((tmp_path / BLOBS).iterdir()))
    assert 2.0 == last_run(tmp_path, "posts/甲.md").seconds


def test_a_note_of_the_last_run(tmp_path: Path) -> None:
    """The code, the options and the time are stored; a damaged note is ignored."""
    options = ExecuteOptions(seed=3)
    note_run(tmp_path, "posts/甲.md", BASE, options, 2.5, datetime(2026, 1, 2, tzinfo=UTC))
    note = last_run(tmp_path, "posts/甲.md")
    assert "2026-01-02T00:00:00+00:00" == note.finished
    assert [[1, False, "print(1)", False], [2, False, "2 + 2", False]] == list(note.steps)
    assert (3, "python3", 2.5) == (note.chosen["seed"], note.chosen["kernel"], note.seconds)
    next((tmp_path / "last").iterdir()).write_bytes(b"{")
    assert () == last_run(tmp_path, "posts/甲.md").steps
