"""The dialect's options for a post: the blog's, and what its kind of file and its front matter say
about formulas.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evergreen.content.jekyll.mathjax import MATHJAX
from evergreen.content.quarto_files import is_project
from evergreen.dataclass import replace
from evergreen.markdown import MarkdownOptions, read_options
from evergreen.model import Post, Site

_WITH_MATHJAX = (".ipynb", ".py", ".qmd", ".rmd")
"""File types whose tools find formulas as MathJax does."""
_OF_MYST = frozenset({"jupytext", "kernelspec"})
"""Keys of MyST files, where formulas may begin with a blank or a line's end too."""


def markdown_options(post: Post, site: Site) -> MarkdownOptions:
    """Return the options for a post's text.

    A post of a Jekyll blog has formulas between single dollars if its pages load MathJax, escaped
    for kramdown. Other posts have them unless they say `math: false`; notebooks, and posts that
    say `math: true`, as MathJax finds them. In a Jekyll blog, whose themes draw diagrams in the
    browser, posts that say `mermaid: true` have diagrams.
    """
    is_notebook = (
        post.path.lower().endswith(_WITH_MATHJAX)
        or not _OF_MYST.isdisjoint(post.meta)
        or (is_project(post.path, site.shared) and post.cell_form == "directive")
    )
    options = MarkdownOptions(
        mathjax=is_notebook,
        escaped=site.jekyll is not None and not is_notebook,
        single_dollars=site.jekyll is None and not is_notebook,
        technical=True,
        native=site.jekyll is None,
        remove_line_breaks_for_cjk=site.jekyll is None,  # browsers show them as blanks
        implicit_figures=post.cell_form == "chunk",
        commonmark=post.cell_form != "fence",
        pandoc=post.cell_form == "chunk",
        tables_have_rules=post.is_foreign,
        list_numbers=post.is_foreign,
        fold=site.code.fold,
        diagrams=site.diagrams and (site.jekyll is None or post.meta.get("mermaid") is True),
    )
    macros = _macros(post)
    values = {**site.kramdown, "macros": {**site.kramdown.get("macros", {}), **macros}}
    options = read_options(values if macros else site.kramdown, options)
    asked = [value for key in MATHJAX if isinstance(value := post.meta.get(key), bool)]
    if not asked:
        return options
    return replace(options, mathjax=any(asked), single_dollars=False)


def _macros(post: Post) -> dict[str, Any]:
    """Return the macros that `math` in the front matter of a MyST document defines: the body of
    each, or a mapping with the body at `macro`."""
    given = post.meta.get("math")
    if not post.is_foreign or not isinstance(given, Mapping):
        return {}
    return {
        str(name): each.get("macro") if isinstance(each, Mapping) else each
        for name, each in given.items()
    }


def output_options(options: MarkdownOptions) -> MarkdownOptions:
    """Return the options for the Markdown that a post's code displays: lists, tables and formulas
    as in its text, but never escaped."""
    return MarkdownOptions(
        mathjax=options.mathjax,
        escaped=False,
        single_dollars=options.single_dollars,
        commonmark=options.commonmark,
        pandoc=options.pandoc,
        tables_have_rules=options.tables_have_rules,
        list_numbers=options.list_numbers,
    )
