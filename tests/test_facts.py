"""Facts: compared with present values; the first difference is returned."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from reuse_blog import install, put

from evergreen.records.facts import (
    CHANGED_WHILE_RUNNING,
    MACHINE,
    NOT_DECLARED,
    FactLookup,
    first_difference,
    judge,
    missing_requirement,
    stand_in_value,
)
from evergreen.records.machine import Machine, digest_names, hash_path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Write a blog with some files."""
    for name in ("数.csv", "甲.md", "lib/plots.py", "空 格\n.txt", "夹/一.txt", "夹/乙.md"):
        put(tmp_path / "posts" / name, name)
    put(tmp_path / "外.txt", "外")
    return tmp_path


def here(root: Path, **changes: object) -> FactLookup:
    """Return where a post's facts are looked up."""
    posts = frozenset({"甲.md", "夹/乙.md"})
    return FactLookup(root / "posts", root, posts=posts, **changes)  # type: ignore[arg-type]


def test_unchanged_facts_have_no_difference(root: Path) -> None:
    """Facts of each kind with their present values do not differ."""
    now = Machine()
    facts = {
        "data 数据": "ff",
        "python": now.value("python"),
        "platform": now.value("platform"),
        "package pytest": pytest.__version__,
        "missing eg_nobody": "",
        "file 数.csv": hash_path(str(root / "posts/数.csv")),
        "file 空 格\n.txt": hash_path(str(root / "posts/空 格\n.txt")),
        "file 无.csv": "",
        "file lib": "a folder",
        "folder .": digest_names(["数.csv", "lib/", "空 格\n.txt", "夹/"]),
        "folder 夹": digest_names(["一.txt"]),
        "folder 无": "",
        "beside .": "lib=lib:bare numpy",
        "beside lib": "plots=plots.py",
        "site 外.txt": hash_path(str(root / "外.txt")),
        f"outside {root}/外.txt": hash_path(str(root / "外.txt")),
        f"outside {root}/posts/夹/": digest_names(["一.txt", "乙.md"]),
        "variable EG_NOT_SET": "",
        "limit max_output": "9",
    }
    assert None is first_difference(
        facts, here(root, data={"数据": "ff"}, limits={"max_output": "9"})
    )


@pytest.mark.parametrize(
    ("fact", "then", "now"),
    [
        ("data 数据", "ff", ""),
        ("python", "2.7", ".".join(map(str, sys.version_info[:3]))),
        ("package eg_nobody", "1", ""),
        ("dependency eg_nobody", "1", ""),
        ("file 数.csv", "", "hash"),
        ("file 数.csv", CHANGED_WHILE_RUNNING, "hash"),
        ("file 无.csv", "ff", ""),
        ("folder 夹", "ff", "hash"),
        ("beside lib", "plots", "plots=plots.py"),
        ("site 无", "ff", ""),
        ("outside /eg/无", "ff", ""),
        ("limit max_output", "9", ""),
        ("kind-of-tomorrow 无", "1", ""),
    ],
)
def test_a_changed_fact_is_named(fact: str, then: str, now: str, root: Path) -> None:
    """The difference has the recorded and the present value; an unknown kind always differs."""
    found = first_difference({"platform": Machine().value("platform"), fact: then}, here(root))
    assert found is not None
    assert (fact, then) == found[:2]
    assert found[2] == now or (now == "hash" and len(found[2]) == 64)


def test_newly_declared_items_differ(root: Path) -> None:
    """A run before a variable or file was declared says nothing about it."""
    assert ("variable EG", NOT_DECLARED, "") == first_difference({}, here(root, variables=("EG",)))
    assert ("data 数", NOT_DECLARED, "") == first_difference({}, here(root, data={"数": "ff"}))
    assert None is first_difference({"variable EG": ""}, here(root, variables=("EG",)))


def test_facts_of_the_machine_can_be_ignored(root: Path) -> None:
    """Facts of the site are still compared."""
    facts = {"python": "2.7", "outside /无": "x", "variable EG": "x", "kernel 无": "y"}
    assert None is first_difference(facts, here(root, variables=("EG_B",)), MACHINE)
    found = first_difference({**facts, "file 数.csv": ""}, here(root), MACHINE)
    assert found is not None
    assert "file 数.csv" == found[0]


def test_missing_requirements_of_the_code(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A named package or the kernel is missing; their own requirements are not checked."""
    install(tmp_path / "site-packages", "eg_there", "1")
    monkeypatch.syspath_prepend(str(tmp_path / "site-packages"))
    facts = {"package eg_there": "2", "dependency eg_gone": "1"}
    assert "" == missing_requirement(facts, here(root))
    assert "eg_gone" == missing_requirement({**facts, "package eg_gone": "1"}, here(root))
    assert "the kernel 'eg-none'" == missing_requirement({"kernel eg-none": "x"}, here(root))


def test_a_stand_in_is_not_data() -> None:
    """The value of a stand-in is not a hash."""
    assert "stand-in lib/替.py" == stand_in_value("lib/替.py")


def test_a_record_expires_if_it_read_what_may_change(root: Path) -> None:
    """The network, the clock and devices: only where the post says after which time."""
    facts = {"network 192.0.2.1:80": "used", "clock datetime.now": "used"}
    finished = datetime.now(UTC) - timedelta(days=31)
    month = here(root, expires=timedelta(days=30))
    expected = ("expired network", finished.isoformat(), "")
    assert (expected, "") == judge(facts, finished, month, may_run=True)
    assert (None, "") == judge(facts, finished, month, may_run=False)
    assert (None, "") == judge(facts, finished, here(root), may_run=True)
    assert (None, "") == judge(facts, datetime.now(UTC), month, may_run=True)
    assert (None, "") == judge(
        {"file 数.csv": hash_path(f"{root}/posts/数.csv")}, finished, month, True
    )


def test_what_the_run_left_may_be_missing(root: Path) -> None:
    """A library's first settings in the home folder: gone is as good as unchanged."""
    place = root / "设置.json"
    facts = {f"left {place}": hash_path(str(root / "外.txt"))}
    assert None is first_difference(facts, here(root))
    place.write_text("外", "utf-8")
    assert None is first_difference(facts, here(root))
    place.write_text("别的", "utf-8")
    assert f"left {place}" == first_difference(facts, here(root))[0]  # type: ignore[index]


def test_what_the_run_removed_must_not_be_there(root: Path) -> None:
    """SQLite's log, which the last connection removes: one that is there has other data."""
    place = root / "库.db-wal"
    facts = {f"left {place}": ""}
    assert None is first_difference(facts, here(root))
    place.write_text("新", "utf-8")
    assert (f"left {place}", "", hash_path(str(place))) == first_difference(facts, here(root))


@pytest.mark.parametrize("kind", ["modules {}/lib", "beside ../lib"])
def test_modules_where_the_code_has_python_look(kind: str, root: Path) -> None:
    """A module that comes to be found before the one that was imported is another one."""
    fact = kind.format(root)
    facts = {fact: "helper other"}
    assert None is first_difference(facts, here(root))
    (root / "lib").mkdir(exist_ok=True)
    (root / "lib/notes.txt").touch()
    assert None is first_difference(facts, here(root))
    (root / "lib/helper.py").touch()
    assert (fact, "helper other", "helper=helper.py other") == first_difference(facts, here(root))
