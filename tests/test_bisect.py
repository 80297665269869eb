"""Checks with the releases of other days, and the search for the release that changes a post."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from package_index import PackageIndex, only_index
from wheels import write_wheel

from evergreen.build.bisect import Bisection, _culprit
from evergreen.build.check_days import read_days, today
from evergreen.build.trials import Trial, describe
from evergreen.check import history
from evergreen.cli import main
from evergreen.errors import SettingsError
from evergreen.execution.environments.installer import find_uv
from evergreen.execution.environments.pylock import Lock, parse_lock

pytestmark = pytest.mark.skipif(
    not find_uv(), reason="uv is not installed (requirements-environments.txt)"
)

POST = """---
title: 那天
execute:
  requires: [eg_tiny, eg_other]
  as_of: 2023-02-01
---

```python
import eg_tiny, eg_other
```

```python
print("值", eg_tiny.value + eg_other.value)
```
"""
RELEASES = {
    ("eg_tiny", "1.0"): ("2023-01-01", "value = 1\n"),
    ("eg_tiny", "1.1"): ("2023-06-01", "value = 1\n"),
    ("eg_tiny", "1.2"): ("2024-02-01", "value = 1\n"),
    ("eg_tiny", "1.3"): ("2024-02-01", "value = 2\n"),
    ("eg_tiny", "1.4"): ("2024-02-01", "value = 2\n"),
    ("eg_tiny", "2.0"): ("2025-01-01", "import eg_gone\n"),
    ("eg_other", "1.0"): ("2023-01-01", "value = 0\n"),
    ("eg_other", "1.1"): ("2024-02-01", "value = 0\n"),
    ("eg_other", "1.2"): ("2024-08-01", "value = 0\n"),
}


@pytest.fixture(scope="module")
def blog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A published blog with one post; its packages are on an index, which is the only one."""
    root = tmp_path_factory.mktemp("days")
    (root / "posts").mkdir()
    (root / "wheels").mkdir()
    (root / "site.toml").write_text("search = false\n")
    (root / "posts" / "2023-02-01-a.md").write_text(POST, "utf-8")
    index = PackageIndex(root / "wheels")
    for (name, version), (day, code) in RELEASES.items():
        write_wheel(index.wheels, name, version, {f"{name}.py": code})
        index.uploaded[f"{name}-{version}"] = day
    with pytest.MonkeyPatch.context() as patch, only_index(patch, index):
        assert 0 == main(["--root", str(root), "--quiet"])
        yield root


def printed(capfd: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    """Return the lines that a command prints, without the times at their ends."""
    capfd.readouterr()
    main([*arguments, "--quiet"])
    lines = capfd.readouterr().out.splitlines()
    return [line.rpartition(";")[0] if line.endswith(" s") else line for line in lines]


@pytest.mark.slow
def test_a_table_of_days(blog: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Each post has a verdict for each day, and why; they are stored with its checks."""
    days = "2022,2023-07-01,2024-03-01,2025-06"
    found = printed(capfd, "check", "--root", str(blog), "--as-of", days)
    path = "posts/2023-02-01-a.md"
    reasons = [
        "2022-12-31: not installed: no usable release of eg-other had been uploaded by 2022-12-31",
        "2024-03-01: drifted: '值 1' is '值 2' now",
        "2025-06-30: failed: ModuleNotFoundError: No module named 'eg_gone'",
    ]
    assert [
        f"{'':21}  2022-12-31     2023-07-01  2024-03-01  2025-06-30",
        f"{path}  not installed  same        drifted     failed",
        *(f"{path}: {reason}" for reason in reasons),
        "1 post, 4 days",
    ] == found
    kept = history.read(blog / ".cache/records/checks.json")[path]
    verdicts = ["not installed", "same", "drifted", "failed"]
    assert (verdicts, ()) == ([each.verdict for each in kept.days], kept.history)


@pytest.mark.slow
def test_the_release_is_found(blog: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Of several packages that changed on one day, and of several releases, the one that matters is
    named, with the line of the difference; a second search runs nothing.
    """
    command = ["check", "posts/2023-02-01-a.md", "--root", str(blog), "--bisect"]
    ends = ["--as-of", "2023-02-01,2024-12-01"]
    sentence = "same until eg-tiny 1.2, drifted since 1.3"
    expected = [
        f"posts/2023-02-01-a.md:13: {sentence}: '值 1' is '值 2' now",
        "2023-02-01 to 2024-12-01: 8 environments; halving the days takes 13 at most",
    ]
    assert expected == printed(capfd, *command, *ends)
    trials = (blog / ".cache/dated/trials.json").read_bytes()
    assert expected == printed(capfd, *command, *ends)
    assert trials == (blog / ".cache/dated/trials.json").read_bytes()
    kept = history.read(blog / ".cache/records/checks.json")["posts/2023-02-01-a.md"]
    assert sentence == kept.turn
    within = printed(capfd, *command, "eg_tiny", *ends)
    assert within[0] == expected[0]
    capfd.readouterr()
    main([*command, "--as-of", "2024-12-01,2025-06-01", "--json", "--quiet"])
    found = json.loads(capfd.readouterr().out)
    assert (found["turn"], found["before"]["verdict"]) == (None, "drifted")


def lock_of(versions: Mapping[str, str]) -> Lock:
    """Return a lock of these releases."""
    packages = (f'[[packages]]\nname = "{n}"\nversion = "{v}"\n' for n, v in versions.items())
    return parse_lock("\n".join(['lock-version = "1.0"\ncreated-by = "uv"\n', *packages]))


@dataclass
class FakeTrials:
    """Trials of a post that requires `top` and drifts with one release of a package."""

    drifts_with: tuple[str, str]
    together: Mapping[str, Mapping[str, str]]
    """Package → what its new release needs besides."""
    runs: int = 0
    direct: frozenset[str] = frozenset({"top"})

    def with_release(self, lock: Lock, package: str, version: str, day: str) -> Lock | None:
        """Return the lock with that release; none without a version."""
        others = {n: v for n, v in self.together.get(package, {}).items() if v}
        gone = [n for n, v in self.together.get(package, {}).items() if not v]
        kept = {n: v for n, v in lock.versions.items() if n not in gone}
        return lock_of({**kept, **others, package: version}) if version else None

    def run(self, lock: Lock) -> Trial:
        """Return the verdict."""
        self.runs += 1
        name, version = self.drifts_with
        return Trial("drifted" if lock.versions.get(name) == version else "same")


@pytest.mark.parametrize(
    ("drifts_with", "together", "culprit", "runs"),
    [
        (("top", "2"), {}, "top", 1),
        (("top", "2"), {"top": {"base": "2", "old": ""}}, "top", 2),
        (("base", "2"), {"top": {"base": "2", "old": ""}}, "base", 2),
        (("d", "2"), {"top": {"base": "2"}}, "d", 5),
        (("none", "2"), {}, "", 5),
    ],
)
def test_the_package_that_matters(
    drifts_with: tuple[str, str], together: Mapping[str, Mapping[str, str]], culprit: str, runs: int
) -> None:
    """What the post requires is tried first; of what its release needs, each alone."""
    pairs = {**dict.fromkeys(("b", "base", "c", "d", "top"), ("1", "2")), "old": ("1", "")}
    low = lock_of(dict.fromkeys(pairs, "1"))
    trials = FakeTrials(drifts_with, together)
    found = Bisection("posts/文.md", "2024-01-01", "2024-01-02", Trial("same"), Trial("drifted"))
    assert (culprit, runs) == (_culprit(trials, found, low, pairs, "2024-01-02"), trials.runs)  # type: ignore[arg-type]


def test_packages_that_are_gone_are_counted() -> None:
    """A release may need fifty packages less."""
    gone = {f"p{n}": ("1", "") for n in range(45)}
    pairs = {"widgets": ("1", "3"), **gone}
    assert "widgets 1 → 3, and without 45 others" == describe(list(pairs), pairs)
    assert "widgets 1 → 3, p1 1 → –" == describe(["widgets", "p1"], pairs)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2024-03-01", ("2024-03-01",)),
        ("2024-02", ("2024-02-29",)),
        ("2023, today", ("2023-12-31", today())),
    ],
)
def test_days(text: str, days: tuple[str, ...]) -> None:
    """A month or a year is its last day."""
    assert days == read_days(text)


@pytest.mark.parametrize("text", ["2024-02-30", "2024-13", "soon", "9999-01-01"])
def test_wrong_days(text: str) -> None:
    """What is no day, and what is in the future, is an error."""
    with pytest.raises(SettingsError):
        read_days(text)
