"""The posts of this blog: translations, figures, the stand-in for MNIST."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from evergreen.content.notebook import read_notebook
from evergreen.content.post import parse_post
from evergreen.markdown import parse
from evergreen.settings import read_settings

POSTS = Path(__file__).parent.parent / "posts"
SITE = read_settings(POSTS.parent)
PAIR = POSTS / "2026-10-26-tf-mnist.md", POSTS / "2026-10-26-tf-mnist.en.md"
MNIST = "2026-10-26-tf-mnist.md", "2026-10-26-tf-mnist.en.md", "2026-11-09-tf-mnist-cnn.md"
FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMES = tuple(
    f"{subset}-{kind}-ubyte.gz"
    for subset in ("train", "t10k")
    for kind in ("images-idx3", "labels-idx1")
)

sys.path.insert(0, str(POSTS / "lib"))
from idx import read_idx, write_idx  # noqa: E402


def test_translations_share_their_execution() -> None:
    """Both languages of a post have the same code."""
    posts = [parse_post(f"posts/{path.name}", path.read_bytes(), SITE) for path in PAIR]
    chinese, english = (read_notebook(post, parse(post.body))[0].steps for post in posts)
    assert english == chinese


def test_translations_share_their_formulas() -> None:
    """Both languages show the same display formulas."""
    chinese, english = (
        re.findall(r"^\$\$\n.*?^\$\$$", path.read_text("utf-8"), re.MULTILINE | re.DOTALL)
        for path in PAIR
    )
    assert english == chinese


@pytest.mark.parametrize("path", sorted(POSTS.glob("*.md")), ids=lambda path: path.name)
def test_figures_are_described(path: Path) -> None:
    """Every cell that shows a figure has a label, a caption and alternative text."""
    shown = [cell for cell in FENCE.findall(path.read_text("utf-8")) if "plt.show()" in cell]
    options = [
        re.findall(r"^#\| (label|fig-cap|fig-alt): \S", cell, re.MULTILINE) for cell in shown
    ]
    assert options == [["label", "fig-cap", "fig-alt"]] * len(shown)


@pytest.mark.parametrize("path", sorted(POSTS.glob("*.md")), ids=lambda path: path.name)
def test_references_are_listed_and_used(path: Path) -> None:
    """The text cites exactly the references in the front matter."""
    cited = set(re.findall(r"\(#reference-(\d+)\)", path.read_text("utf-8")))
    assert cited == {str(reference["id"]) for reference in front_matter(path)["references"]}


def test_mnist_is_declared_alike() -> None:
    """The posts about MNIST declare the same four files."""
    declared = [front_matter(POSTS / name)["data"] for name in MNIST]
    assert declared == [declared[0]] * len(MNIST)
    assert [Path(file["name"]).name for file in declared[0]] == list(NAMES)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=3), st.integers(0, 255))
def test_idx_files_keep_arrays(
    tmp_path_factory: pytest.TempPathFactory, shape: list[int], start: int
) -> None:
    """Writing and reading an array of any shape gives the same array."""
    path = tmp_path_factory.getbasetemp() / "数组-idx-ubyte.gz"
    array = (np.arange(np.prod(shape)) + start).astype(np.uint8).reshape(shape)
    write_idx(path, array)
    assert np.array_equal(read_idx(path), array)
    assert read_idx(path).shape == array.shape


def test_page_reads_idx_as_the_helper_does(tmp_path: Path) -> None:
    """The reader in the softmax post and the one in posts/lib give the same array."""
    cell = next(
        cell for cell in FENCE.findall(PAIR[0].read_text("utf-8")) if "def read_idx" in cell
    )
    page: dict = {}
    exec("import gzip, struct\nfrom pathlib import Path\nimport numpy as np", page)
    exec(cell.split("\n\n\n")[0], page)
    write_idx(tmp_path / "数字.gz", np.arange(24, dtype=np.uint8).reshape(2, 3, 4))
    assert np.array_equal(page["read_idx"](tmp_path / "数字.gz"), read_idx(tmp_path / "数字.gz"))


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a folder with the four files of the stand-in."""
    folder = tmp_path_factory.mktemp("手写数字")
    assert draw(folder, *(f"mnist/{name}" for name in NAMES)).returncode == 0
    return folder / "mnist"


def test_stand_in_looks_like_mnist(stand_in: Path) -> None:
    """Images have 28 × 28 pixels and one label each; every digit is equally frequent."""
    for subset, count in (("train", 6000), ("t10k", 1000)):
        images = read_idx(stand_in / f"{subset}-images-idx3-ubyte.gz")
        labels = read_idx(stand_in / f"{subset}-labels-idx1-ubyte.gz")
        assert images.shape == (count, 28, 28)
        assert np.bincount(labels).tolist() == [count // 10] * 10
        assert (images.max(axis=(1, 2)) > 100).all()


def test_stand_in_does_not_depend_on_what_is_asked(stand_in: Path, tmp_path: Path) -> None:
    """A file that is made alone has the same bytes."""
    assert draw(tmp_path, NAMES[2]).returncode == 0
    assert digest(tmp_path / NAMES[2]) == digest(stand_in / NAMES[2])


def test_stand_in_knows_its_files(tmp_path: Path) -> None:
    """An unknown name gives a message, not a traceback."""
    outcome = draw(tmp_path, "mnist/照片.gz")
    assert outcome.returncode == 1
    assert outcome.stderr == (
        "mnist/照片.gz: not a file of MNIST: ask for train-images-idx3-ubyte.gz or the like\n"
    )


def draw(folder: Path, *names: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, POSTS / "lib" / "mnist_stand_in.py", *names]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def front_matter(path: Path) -> dict:
    return yaml.safe_load(path.read_text("utf-8").split("\n---\n")[0])
