"""Links from names in code to their documentation."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import pytest
from conftest import Write
from hypothesis import given
from hypothesis import strategies as st

from evergreen.build.inventories import Inventories
from evergreen.build.options import read_options
from evergreen.build.pipeline import publish
from evergreen.markdown.highlight import highlight
from evergreen.preview.blog.blog import LiveSite
from evergreen.render.doc_links import link_names, read_names

NUMPY = "https://numpy.example/stable"
OBJECTS = """\
numpy.polyfit py:function 1 reference/$.html#$ -
numpy.linalg.norm py:function 1 reference/norm.html#norm numpy.linalg.norm
numpy py:module 0 index.html#module-$ -
print py:function 1 functions.html#$ -
图.画 py:function 1 a.html -
label std:label -1 b.html A title
"""
HEADER = b"# Sphinx inventory version 2\n# Project: N\n# Version: 1\n# compressed using zlib.\n"


def inventory(objects: str = OBJECTS) -> bytes:
    """Return a file as Sphinx writes it."""
    return HEADER + zlib.compress(objects.encode())


@pytest.fixture
def addresses(tmp_path: Path) -> dict[str, str]:
    """Return the names of an inventory."""
    (tmp_path / "inventories").mkdir()
    (tmp_path / "inventories/numpy.inv").write_bytes(inventory())
    return dict(Inventories(tmp_path, {"numpy": NUMPY}).names)


def linked(source: str, addresses: dict[str, str], *others: str) -> list[tuple[str, str]]:
    """Return the links in a block of code: text and the end of the address."""
    names = read_names([*others, source], addresses)
    html = link_names(highlight(source, "python"), source, names)
    assert re.sub("</?a[^>]*>", "", html) == highlight(source, "python")
    found = re.findall(
        r'<a class="doc-link" href="https://numpy.example/stable/([^"]*)">(.*?)</a>', html
    )
    return [(text, url) for url, text in found]


def test_an_inventory(addresses: dict[str, str]) -> None:
    """Has the objects of Python, with complete addresses."""
    assert {
        "numpy.polyfit": f"{NUMPY}/reference/numpy.polyfit.html#numpy.polyfit",
        "numpy.linalg.norm": f"{NUMPY}/reference/norm.html#norm",
        "numpy": f"{NUMPY}/index.html#module-numpy",
        "print": f"{NUMPY}/functions.html#print",
        "图.画": f"{NUMPY}/a.html",
    } == addresses


FIT = ("polyfit", "reference/numpy.polyfit.html#numpy.polyfit")
NORM = ("norm", "reference/norm.html#norm")
PRINT = ("print", "functions.html#print")
MODULE = ("np", "index.html#module-numpy")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import numpy as np\nnp.polyfit(x, y)", [MODULE, FIT]),
        ("import numpy.linalg\nnumpy.linalg.norm(x)", [("numpy", MODULE[1]), NORM]),
        ("from numpy import polyfit as fit\nfit(x)", [("fit", FIT[1])]),
        ("from numpy.linalg import norm\n图 = '数'; norm(图)  # 注\nprint(1 < 2)", [NORM, PRINT]),
        ("%matplotlib inline\nprint(1)", [PRINT]),
        ("import 图\n图.画()", [("画", "a.html")]),
        ("print = 1\nprint(1)", []),
        ("def f(np):\n    return np.polyfit", []),
        ("np.polyfit(x)", []),
        ("from .numpy import polyfit\npolyfit", []),
        ("x.print()", []),
        ("'numpy.polyfit' # print", []),
        ("print(", []),
        ("label", []),
    ],
)
def test_names_follow_imports(
    source: str, expected: list[tuple[str, str]], addresses: dict[str, str]
) -> None:
    """And never what the post assigns; the code stays as it is."""
    assert expected == linked(source, addresses)


def test_imports_of_other_cells_count(addresses: dict[str, str]) -> None:
    """As they run in one kernel; so do assignments."""
    assert [MODULE, FIT] == linked("np.polyfit", addresses, "import numpy as np")
    assert [] == linked("np.polyfit", addresses, "import numpy as np", "np = 1")


@given(st.text(alphabet="np.( )\n#'数a=é<&\t", max_size=40))
def test_any_code_keeps_its_text(tail: str) -> None:
    """Links are added around names, and nothing else is changed."""
    source = f"import numpy as np\nnp.polyfit({tail}"
    names = read_names([source], {"numpy.polyfit": "u", "numpy": "u"})
    html = highlight(source, "python")
    assert html == re.sub("</?a[^>]*>", "", link_names(html, source, names))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "does not exist"),
        (b"<html>", "is not one of Sphinx"),
        (HEADER + b"no", "is damaged"),
    ],
)
def test_an_inventory_that_cannot_be_used(
    tmp_path: Path, content: bytes | None, expected: str
) -> None:
    """Is a warning that says what to download."""
    (tmp_path / "inventories").mkdir()
    if content is not None:
        (tmp_path / "inventories/n.inv").write_bytes(content)
    inventories = Inventories(tmp_path, {"n": NUMPY})
    (problem,) = inventories.problems()
    assert expected in problem.message
    assert f"download {NUMPY}/objects.inv to it" == problem.advice
    assert {} == inventories.names


def test_pages_link_to_documentation(write_blog: Write) -> None:
    """In cells and in other Python code; an inventory that changes makes them anew."""
    settings = f'title = "T"\n[execute]\nenabled = false\n[code.links]\nnumpy = "{NUMPY}"\n'
    code = "```python\nimport numpy as np\n```\n\n```python {.noeval}\nnp.polyfit\n```\n"
    post = f"---\ntitle: T\n---\n{code}\n```js\nprint\n```\n"
    root = write_blog({"site.toml": settings, "posts/2026-01-01-a.md": post})
    (root / "inventories").mkdir()
    file, page = root / "inventories/numpy.inv", root / "_site/a/index.html"
    file.write_bytes(inventory())
    publish(read_options(root))
    html = page.read_text("utf-8")
    assert f'{NUMPY}/reference/numpy.polyfit.html#numpy.polyfit">polyfit</a>' in html
    assert 2 == html.count('class="doc-link"')
    assert "technical" not in html  # its style is in that of all pages
    assert 0 == publish(read_options(root)).written
    file.write_bytes(inventory(OBJECTS.replace("reference/$", "new/$")))
    publish(read_options(root))
    assert f"{NUMPY}/new/numpy.polyfit.html" in page.read_text("utf-8")


def test_without_the_setting_there_are_no_links(write_blog: Write) -> None:
    """Nor is an inventory read."""
    post = "---\ntitle: T\n---\n```python\nprint(1)\n```\n"
    settings = 'title = "T"\n[execute]\nenabled = false\n'
    root = write_blog({"site.toml": settings, "posts/2026-01-01-a.md": post})
    publish(read_options(root))
    assert "doc-link" not in (root / "_site/a/index.html").read_text()


def test_the_preview_shows_an_edited_inventory(write_blog: Write) -> None:
    """Without a new start."""
    settings = f'title = "T"\n[execute]\nenabled = false\n[code.links]\nnumpy = "{NUMPY}"\n'
    post = "---\ntitle: T\n---\n```python\nprint(1)\n```\n"
    root = write_blog({"site.toml": settings, "posts/2026-01-01-a.md": post})
    live = LiveSite(read_options(root))
    assert b"doc-link" not in live.read("a/index.html").content
    (root / "inventories").mkdir()
    (root / "inventories/numpy.inv").write_bytes(inventory())
    for _ in live.rebuild(frozenset({"inventories/numpy.inv"})):
        pass
    assert b'functions.html#print">print</a>' in live.read("a/index.html").content
