"""Which distributions provide the modules that a post imports; none is guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from evergreen.build.imported import imported_packages
from evergreen.errors import EvergreenError
from evergreen.execution.environments.providers import find_distribution
from evergreen.model import Cell, CellOptions, Notebook


@pytest.mark.parametrize(
    ("module", "distribution"),
    [
        ("cv2", "opencv-python"),
        ("sklearn.linear_model", "scikit-learn"),
        ("PIL.Image", "pillow"),
        ("yaml", "pyyaml"),
        ("skimage", "scikit-image"),
        ("Bio.Seq", "biopython"),
        ("mpl_toolkits.mplot3d", "matplotlib"),
        ("google.protobuf.text_format", "protobuf"),
        ("google.cloud.storage", "google-cloud-storage"),
        ("google.colab", ""),
        ("google", ""),
        ("pandas_datareader.data", "pandas-datareader"),
        ("tensorflow_probability", "tensorflow-probability"),
        ("docx", "python-docx"),
        ("umap", "umap-learn"),
        ("my_helpers", ""),
        ("utils", ""),
        ("python_dateutil", ""),
    ],
)
def test_distributions(module: str, distribution: str) -> None:
    """A name that is not known has no distribution, even if one is called so."""
    assert distribution == find_distribution(module)


def notebook(*sources: str) -> Notebook:
    """Return a notebook of these cells; their lines are 10, 20, ...; the last may fail."""
    cells = [Cell(source, 10 * number) for number, source in enumerate(sources, 1)]
    return Notebook((*cells, Cell("import eg_fails", 90, CellOptions(raises=True))))


def test_imports_of_a_post(tmp_path: Path) -> None:
    """Imports count wherever they are in the code, and those of modules beside the post, also in a
    folder there; not those of the standard library, and none that the code can do without.
    """
    (tmp_path / "画.py").write_text(
        "import seaborn as sns\nfrom . import x\nimport json\n", "utf-8"
    )
    (tmp_path / "kit").mkdir()
    (tmp_path / "kit" / "__init__.py").write_text("def f():\n    import networkx\n")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "eg_own.py").write_text("import sympy\n")
    code = notebook(
        "%matplotlib inline\nimport numpy as np, os\nfrom sklearn import svm",
        "import sys; sys.path.insert(0, 'lib')\nimport 画, kit, eg_own\nimport IPython",
        "try:\n    import eg_fast\nexcept ImportError:\n    import pandas\n!pip install eg_other",
        "def f():\n    import cv2\nimport matplotlib.pyplot as plt",
    )
    expected = "matplotlib networkx numpy opencv-python pandas scikit-learn seaborn sympy".split()
    assert tuple(expected) == imported_packages("posts/a.md", code, tmp_path)


def test_unknown_modules(tmp_path: Path) -> None:
    """Each is an error at its line; of a module beside the post at the line that imports that."""
    (tmp_path / "helper.py").write_text("\n\nimport eg_deep\n")
    code = notebook("import numpy\nimport eg_unknown", "import helper")
    with pytest.raises(EvergreenError) as caught:
        imported_packages("posts/a.md", code, tmp_path)
    found = [(each.line, each.message.rpartition(" ")[2]) for each in caught.value.problems]
    assert [(11, "'eg_unknown'"), (20, "'eg_deep'")] == found


def test_other_kernels() -> None:
    """Only the packages of Evergreen's Python are known."""
    assert () == imported_packages("posts/a.md", Notebook((), "ir", "r"), None)
