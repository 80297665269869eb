"""The engine as a blog requires it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from wheels import write_wheel

from evergreen.cli.engine import DISTRIBUTION, Engine, named_engine, put_engine, running_engine
from evergreen.errors import SettingsError


@pytest.fixture(scope="module")
def engine() -> Engine:
    """That of this checkout."""
    return running_engine()


def wheel_of(folder: Path, code: str, version: str = "0.2") -> Path:
    """A wheel of the engine with one module."""
    folder.mkdir(exist_ok=True)
    return write_wheel(folder, "evergreen_blog", version, {"evergreen/__init__.py": code})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# 引擎\nevergreen-blog\n\nnumpy\n", "# 引擎\nLINE\n\nnumpy\n"),
        ("numpy\nEvergreen_Blog[dask]>=0.1  # kept\n", "numpy\nLINE\n"),
        ("./vendor/evergreen_blog-0.1.0+1a2b3c4d-py3-none-any.whl\n", "LINE\n"),
        (
            "# evergreen-blog is not required here\nnumpy\n",
            "LINE\n# evergreen-blog is not required here\nnumpy\n",
        ),
        ("", "LINE\n"),
    ],
)
def test_requirements_name_the_engine_once(before: str, after: str, tmp_path: Path) -> None:
    """In the place where they named another; other lines stay."""
    (tmp_path / "requirements.txt").write_text(before, "utf-8")
    put_engine(tmp_path, Engine("evergreen-blog==0.3"))
    expected = after.replace("LINE", "evergreen-blog==0.3")
    assert expected == (tmp_path / "requirements.txt").read_text("utf-8")


def test_a_wheel_replaces_the_one_before(tmp_path: Path) -> None:
    """There is one wheel in vendor/, which requirements.txt names; a requirement leaves none."""
    for code in ("x = 1\n", "x = 2\n"):
        put_engine(tmp_path, named_engine(str(wheel_of(tmp_path / "new", code))))
    (wheel,) = (tmp_path / "vendor").iterdir()
    assert f"./vendor/{wheel.name}\n" == (tmp_path / "requirements.txt").read_text()
    put_engine(tmp_path, named_engine("evergreen-blog==0.3"))
    assert [] == list((tmp_path / "vendor").iterdir())


def test_another_build_is_another_version(tmp_path: Path) -> None:
    """So that pip installs it: the version ends in a hash of the files, which are the same again
    where they are the same."""
    one, other, same = (
        named_engine(str(wheel_of(tmp_path / str(number), code))).requirement
        for number, code in enumerate(("x = 1\n", "x = 2\n", "x = 1\n"))
    )
    assert (True, True) == (one != other, one == same)
    assert one.startswith("./vendor/evergreen_blog-0.2+")


def test_a_version_is_labelled_once(tmp_path: Path) -> None:
    """A wheel of a blog, put into another, keeps its name."""
    engine = named_engine(str(wheel_of(tmp_path / "new", "x = 1\n")))
    put_engine(tmp_path, engine)
    assert engine == named_engine(str(tmp_path / engine.requirement))


def test_the_wheel_of_a_checkout_says_what_it_is(engine: Engine, tmp_path: Path) -> None:
    """Its name, the folder of its metadata and its metadata agree; it brings the templates."""
    file = tmp_path / Path(engine.requirement).name
    file.write_bytes(engine.wheel)
    name = file.name.removesuffix("-py3-none-any.whl")
    with zipfile.ZipFile(file) as wheel:
        about = wheel.read(f"{name}.dist-info/METADATA").decode()
        assert f"Version: {name.partition('-')[2]}\n" in about
        assert "Requires-Dist: jinja2>=" in about.lower().replace("requires-dist", "Requires-Dist")
        assert "evergreen/_packaged/templates/base.html" in wheel.namelist()


@pytest.mark.parametrize("name", ["numpy", "evergreen-blog ==", "missing.whl", "../nowhere"])
def test_what_is_not_an_engine_is_refused(name: str) -> None:
    """The message says what is taken."""
    with pytest.raises(SettingsError, match=f"is not an engine: .* {DISTRIBUTION}==VERSION"):
        named_engine(name)


def test_a_wheel_of_another_package_is_refused(tmp_path: Path) -> None:
    """Whatever its file is named, and where it is not a wheel at all."""
    other = write_wheel(tmp_path, "numpy", "1")
    with pytest.raises(SettingsError, match="is not a wheel of evergreen-blog"):
        named_engine(str(other))
    (tmp_path / "evergreen_blog-1-py3-none-any.whl").write_text("no zip")
    with pytest.raises(SettingsError, match="is not a wheel"):
        named_engine(str(tmp_path / "evergreen_blog-1-py3-none-any.whl"))
