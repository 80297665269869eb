"""Posts as of a day that run with another Python of this machine."""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from package_index import PackageIndex, only_index
from wheels import write_wheel

from evergreen.execution.environments import pythons
from evergreen.execution.environments.dated import DatedEnvironments
from evergreen.execution.environments.installer import NotInstalled, NotReached, find_uv
from evergreen.execution.environments.pylock import for_python, parse_lock, without
from evergreen.execution.environments.pythons import HERE, Python, find_python, pythons_for
from evergreen.model.pythons import release_day
from evergreen.model.requirements import write_block

LOCK = 'lock-version = "1.0"\ncreated-by = "uv"\n\n[[packages]]\nname = "a"\nversion = "1"\n'
OTHERS = (
    Python("/p/3.10", "3.10.13"),
    Python("/p/3.9", "3.9.18"),
    Python("/p/3.8", "3.8.18"),
)


@pytest.fixture
def others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this machine have three older Pythons."""
    monkeypatch.setattr(pythons, "installed", lambda: OTHERS)


@pytest.mark.usefixtures("others")
@pytest.mark.parametrize(
    ("day", "found"),
    [
        ("2021-03-01", ["3.9.18", "3.8.18", HERE.version]),
        ("2022-01-01", ["3.10.13", "3.9.18", HERE.version]),
        ("2015-01-01", [HERE.version]),
        (release_day(HERE.version) or "2022-10-24", [HERE.version, "3.10.13", "3.9.18"]),
    ],
)
def test_pythons_to_try(day: str, found: list[str]) -> None:
    """Those that had been released, the engine's first, and the engine's in any case."""
    assert [each.version for each in pythons_for(day)] == found


@pytest.mark.usefixtures("others")
def test_a_python_by_its_version() -> None:
    """The engine's needs no search; one that is missing is told."""
    assert [find_python(""), find_python("3.9")] == [HERE, OTHERS[1]]
    with pytest.raises(NotInstalled, match=r"Python 3\.7 is not installed here: install"):
        find_python("3.7")


@dataclass
class FakeUv:
    """A uv that notes what it is asked, and offers Pythons from another place."""

    folder: Path

    def answer(self, install: str) -> None:
        """Let `uv python install` do what a shell script says."""
        python = self.folder / "python"
        _write_program(python, 'echo "3.9.18 True"')
        script = f'echo "$*" bin=$UV_PYTHON_INSTALL_BIN >> {self.folder}/asked\n'
        script += f'case "$2" in list) echo "[]";; find) echo {python};; install) {install};; esac'
        _write_program(self.folder / "uv", script)

    @property
    def asked(self) -> list[str]:
        """Return the versions that it was asked to install, and whether on the search path."""
        file = self.folder / "asked"
        lines = file.read_text().splitlines() if file.exists() else []
        return [line.split(maxsplit=2)[-1] for line in lines if line.startswith("python install")]


def _write_program(file: Path, script: str) -> None:
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


@pytest.fixture
def uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeUv:
    """Let this machine have no other Python, and a uv that installs any."""
    made = FakeUv(tmp_path)
    made.answer("true")
    monkeypatch.setattr(pythons, "installed", functools.cache(lambda: ()))
    monkeypatch.setattr(pythons, "find_uv", lambda: str(tmp_path / "uv"))
    return made


def test_no_python_is_downloaded_unasked(uv: FakeUv) -> None:
    """A post gets the engine's; what a lock names and is missing is told, with the setting."""
    assert [HERE] == list(pythons_for("2021-03-01"))
    with pytest.raises(NotInstalled, match=r"python_downloads = true"):
        find_python("3.9")
    assert [] == uv.asked


def test_a_python_is_downloaded_if_allowed(uv: FakeUv) -> None:
    """The newest of the day, and only when it is its turn."""
    first = next(pythons_for("2021-03-01", downloads=True))
    assert ("3.9.18", str(uv.folder / "python")) == (first.version, first.path)
    assert ["3.9 bin=0"] == uv.asked
    assert first == find_python("3.9", downloads=True)


def test_what_is_here_is_not_downloaded(uv: FakeUv, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a Python that is installed, nor any if the engine's had been released."""
    monkeypatch.setattr(pythons, "installed", lambda: OTHERS)
    today = next(pythons_for("2026-11-01", downloads=True))
    assert (HERE, OTHERS[1]) == (today, next(pythons_for("2021-03-01", downloads=True)))
    assert [] == uv.asked


@pytest.mark.parametrize(
    ("said", "error", "told"),
    [
        (
            "  cause: tcp connect error\n  cause: Connection refused (os error 111)",
            NotReached,
            "uv could not install Python 3.9: Connection refused (os error 111): "
            "install Python 3.9 yourself, or set [execution] python_downloads = false",
        ),
        (
            'Python downloads are not allowed (`python-downloads = "never"`).',
            NotInstalled,
            "uv could not install Python 3.9: Python downloads are not allowed "
            '(`python-downloads = "never"`): '
            "install Python 3.9 yourself, or set [execution] python_downloads = false",
        ),
    ],
)
def test_a_refused_download_is_told(
    uv: FakeUv, said: str, error: type[NotInstalled], told: str
) -> None:
    """In one line that says what to do; no other Python takes its place, nothing is locked."""
    (uv.folder / "said").write_text(said)
    uv.answer(f"cat {uv.folder}/said >&2; exit 1")
    with pytest.raises(NotInstalled) as found:
        list(pythons_for("2021-03-01", downloads=True))
    assert (error, told) == (type(found.value), str(found.value))


def test_a_python_that_uv_does_not_offer(uv: FakeUv) -> None:
    """Then the engine's is taken, and the page says that it is newer."""
    uv.answer("echo 'error: No download found for request: cpython-3.9' >&2; exit 1")
    assert [HERE] == list(pythons_for("2021-03-01", downloads=True))


def test_a_lock_names_its_python() -> None:
    """It stays with packages left out, and distinguishes environments."""
    plain = parse_lock(LOCK)
    lock = parse_lock(for_python(plain, "3.9.18").text)
    assert (plain.python, lock.python) == ("", "3.9.18")
    assert lock.versions == plain.versions
    assert lock.identity != plain.identity
    assert without(lock, {"a"}).python == "3.9.18"
    assert for_python(parse_lock(LOCK.partition("\n[[")[0]), "3.9.18").python == "3.9.18"


def test_the_script_to_take_along_asks_for_that_python() -> None:
    """So `uv run` makes the same environment."""
    assert 'requires-python = "==3.9.*"' in write_block(["numpy"], "3.9.18")
    assert f'"=={HERE.minor}.*"' in write_block(["numpy"])


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PackageIndex]:
    """Serve an index with a package and a kernel, as the only one."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    write_wheel(folder, "eg_tiny", "1.0")
    write_wheel(folder, "ipykernel", "6.29")
    uploaded = {"eg_tiny-1.0": "2020-12-01", "ipykernel": "2020-12-01"}
    with only_index(monkeypatch, PackageIndex(folder, uploaded)) as served:
        yield served


@pytest.mark.slow
@pytest.mark.skipif(not find_uv(), reason="uv is not installed (requirements-environments.txt)")
@pytest.mark.usefixtures("index")
def test_an_environment_of_another_python(tmp_path: Path) -> None:
    """It is made with the packages of the day and a kernel, and found again by its lock."""
    day = "2021-03-01"
    other = next((each for each in pythons_for(day) if each != HERE), None)
    if other is None:
        pytest.skip("this machine has no older Python")
    dated = DatedEnvironments(tmp_path / "store", tmp_path / "environments")
    made = dated.provide(("eg_tiny",), day)
    code = (
        "import platform, eg_tiny, ipykernel; print(platform.python_version(), eg_tiny.__version__)"
    )
    said = subprocess.run([made.python, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split() == [other.version, "1.0"]
    assert dated.look(("eg_tiny",), day).interpreter.version == other.version
    assert made.path[:3] == dated.look(("eg_tiny",), day).path[:3]
    with pytest.raises(NotInstalled, match="which the sandbox does not have"):
        dated.provide(("eg_tiny",), day, wheels_only=True)
