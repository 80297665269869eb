"""Slugs, URLs and the files of pages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evergreen.model import Site
from evergreen.model.urls import absolute, href, path_of, slug

SITE = Site(url="https://blog.example.org", baseurl="/博客")


def test_path_of():
    """The URL of a folder is its index.html; the URL of a file stays."""
    assert path_of("/articles/tf-mnist/") == "articles/tf-mnist/index.html"
    assert path_of("/2018/07/mnist.html") == "2018/07/mnist.html"
    assert path_of("/old") == "old/index.html"
    assert path_of("/v1.15") == "v1.15/index.html"
    assert path_of("/") == "index.html"


def test_slug():
    """A slug keeps the script of a name, without characters that URLs cannot contain."""
    assert slug("机器学习 入门") == "机器学习-入门"
    assert slug("C++") == "c++"
    assert slug("C#") == "c#"
    assert slug("a/b\\c?d") == "a-b-c-d"
    assert slug("Ünïcode") == slug("U\u0308nïcode")


@given(st.text())
def test_slug_is_a_file_name(name: str):
    """Any name gives a valid file name."""
    made = slug(name)
    assert made not in ("", ".", "..")
    assert not set(made) & set('/\\\0?*:|<>"% \n\t')
    assert len(made.encode("utf-8", "replace")) <= 140


def test_href():
    """Links get `baseurl` and percent-encoding; absolute URLs stay."""
    assert href(SITE, "/tags/c#/") == "/%E5%8D%9A%E5%AE%A2/tags/c%23/"
    assert href(SITE, "/标签/") == "/%E5%8D%9A%E5%AE%A2/%E6%A0%87%E7%AD%BE/"
    assert href(SITE, "https://example.org/a?b=1#c") == "https://example.org/a?b=1#c"
    assert href(SITE, "#reference-1") == "#reference-1"


def test_href_never_runs_a_script():
    """A URL that would run a script becomes `#`."""
    for url in ("javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "vbscript:x"):
        assert href(SITE, url) == "#"


def test_absolute():
    """Scheme and host are added once."""
    assert absolute(SITE, "/a/") == "https://blog.example.org/%E5%8D%9A%E5%AE%A2/a/"
    assert absolute(SITE, "https://other.example/a/") == "https://other.example/a/"
    assert absolute(SITE, "//cdn.example/a") == "//cdn.example/a"
