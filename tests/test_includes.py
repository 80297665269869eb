"""Included files, and Quarto's own shortcodes."""

from __future__ import annotations

import pytest
from conftest import Write

from evergreen.build.parse import parse_content
from evergreen.content.liquid.expand import expand, holds
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.post import parse_post
from evergreen.errors import EvergreenError
from evergreen.model import Post, Site

HEAD = "---\ntitle: 一\n---\n"
MYST = "---\ntitle: 一\njupytext: {text_representation: {format_name: myst}}\n---\n"
MODULE = "import os\n\n@a\ndef f():\n    return 1\n\n\ndef g():\n    return 2\n"


@pytest.fixture
def blog(write_blog: Write) -> BlogContext:
    """Return a blog with a few files to include."""
    files = {
        "posts/_甲.qmd": "::: {.callout-tip}\n提示\n:::\n\n```{python}\nx = 1\n```\n",
        "posts/parts/a.md": "---\ntitle: b\n---\n外\n\n{{< include b.md >}}\n",
        "posts/parts/b.md": "内\n",
        "posts/m.md": "```{note}\n注\n```\n",
        "posts/f.py": MODULE,
        "posts/loop.md": "{{< include loop.md >}}\n",
        "top.md": "顶\n",
        "_variables.yml": "版: {主: 3}\n",
        ".env": "TOKEN=1\n",
    }
    root = write_blog(files)
    (root / "posts/linked.md").symlink_to("../.env")
    return BlogContext(root, Site())


def read(blog: BlogContext, body: str, head: str = HEAD, suffix: str = ".qmd") -> Post:
    """Read a post and expand it."""
    return expand(parse_post(f"posts/2026-02-03-文{suffix}", (head + body).encode(), Site()), blog)


def test_an_included_file_is_read_as_the_post_is(blog: BlogContext) -> None:
    """Its cells run, at the line of the include."""
    parsed = parse_content(read(blog, "上\n\n{{< include _甲.qmd >}}\n\n下\n"))
    assert [(cell.source, cell.line) for cell in parsed.notebook.cells] == [("x = 1", 6)]
    assert "callout-tip" in parsed.document.render().html


def test_included_files_include_others_beside_them(blog: BlogContext) -> None:
    """Without the front matter; a slash begins at the blog."""
    assert read(blog, "{{< include parts/a.md >}}\n{{< include /top.md >}}\n").body == (
        "外\n\n内\n顶\n"
    )


def test_what_is_included_makes_a_page_stale(blog: BlogContext) -> None:
    """All files are in the post's uses."""
    post = read(blog, "{{< include parts/a.md >}}\n")
    assert sorted(post.uses) == ["file posts/parts/a.md", "file posts/parts/b.md"]
    assert holds(post.uses, BlogContext(blog.root, Site()))
    (blog.root / "posts/parts/b.md").write_text("改\n")
    assert not holds(post.uses, BlogContext(blog.root, Site()))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../../x.md", r"posts/2026-02-03-文.qmd:5: the included file '../../x.md' "),
        ("loop.md", "includes itself"),
        ("/.env", "the included file '/.env' is hidden"),
        ("linked.md", "the included file 'linked.md' is hidden"),
    ],
)
def test_a_file_that_cannot_be_included_is_reported(
    blog: BlogContext, name: str, message: str
) -> None:
    """At the line of the include."""
    with pytest.raises(EvergreenError, match=message):
        read(blog, f"文\n{{{{< include {name} >}}}}\n")


def test_a_file_that_is_missing_is_its_name_and_a_warning(blog: BlogContext) -> None:
    """In a file of another tool, at the line of the include."""
    post = read(blog, "文\n{{< include none.md >}}\n下\n")
    assert "文\n`none.md`\n下\n" in post.body
    assert [(each.line, each.message) for each in post.warnings] == [
        (5, "the included file 'none.md' does not exist")
    ]


def test_in_code_a_file_is_taken_as_it_is(blog: BlogContext) -> None:
    """What has no file is shown, as is what is escaped."""
    body = "```python\n{{< include /top.md >}}\n{{< include none >}}\n{{{< include x >}}}\n```\n"
    assert read(blog, body).body == (
        "```python\n顶\n{{< include none >}}\n{{< include x >}}\n```\n"
    )


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (":lines: 1,8-", "import os\ndef g():\n    return 2"),
        (":pyobject: f", "@a\ndef f():\n    return 1"),
        (":start-after: def g\n:dedent:", "return 2"),
        (":start-at: def g", "def g():\n    return 2"),
        (":end-before: '@a'\n:end-line: 1", "import os"),
    ],
)
def test_literalinclude_shows_the_lines_that_are_asked_for(
    blog: BlogContext, options: str, shown: str
) -> None:
    """By number, by text, by name."""
    post = read(blog, f"```{{literalinclude}} f.py\n{options}\n```\n", MYST, ".md")
    assert parse_content(post).document.code_blocks[0].source.strip("\n") == shown
    assert parse_content(post).document.code_blocks[0].language == "py"


def test_a_cell_of_myst_runs_the_file_that_it_loads(blog: BlogContext) -> None:
    """In place of its own code, with its other options; without the file the post does not run."""
    body = "文\n\n```{code-cell} ipython3\n:tags: [hide-input]\n:load: f.py\n1 +\n```\n"
    cell = parse_content(read(blog, body, MYST, ".md")).notebook.cells[0]
    assert cell.source.startswith("import os\n")
    assert (cell.options.tags, cell.line) == (("hide-input",), 7)
    body = body.replace(":tags: [hide-input]\n:load: f.py", "---\nload: 'none.py'\n---")
    with pytest.raises(EvergreenError, match="does not exist"):
        read(blog, body, MYST, ".md")


def test_include_of_myst_is_translated(blog: BlogContext) -> None:
    """As the text around it."""
    post = read(blog, "```{include} m.md\n```\n", MYST, ".md")
    assert "callout-note" in parse_content(post).document.render().html


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("{{< meta title >}}", "一"),
        ("{{< var 版.主 >}}", "3"),
        ("{{< kbd Ctrl-C >}}", "<kbd>Ctrl-C</kbd>"),
        ("{{< pagebreak >}}", ""),
        ("{{< video https://youtu.be/a >}}", "<https://youtu.be/a>"),
        ("{{< env NAME 'x' >}}", "'x'"),
        ("{{< fa brands github >}}", ""),
        ("`{{< meta title >}}`", "`{{< meta title >}}`"),
        ("{{< 甲-x 1 a=b >}}", "甲 x 1"),
        ("{{< meta no.thing >}}", "no thing"),
        ("{{{< meta title >}}}", "{{< meta title >}}"),
    ],
)
def test_shortcodes_of_quarto(blog: BlogContext, written: str, shown: str) -> None:
    """Those in code stay, of unknown ones the words are shown."""
    assert read(blog, f"文 {written}\n").body == f"文 {shown}\n"


def test_shortcodes_in_titles_and_over_two_lines(blog: BlogContext) -> None:
    """Each line below keeps its place."""
    body = "- 见 {{< kbd\n  Ctrl-C >}} 甲\n  乙\n"
    post = read(blog, body, "---\ntitle: 论 {{< var 版.主 >}}\n---\n")
    assert (post.title, post.body.strip()) == ("论 3", "- 见 <kbd>Ctrl-C</kbd> 甲\n  乙")


def test_an_icon_is_not_left_out_in_silence(blog: BlogContext) -> None:
    """One warning for a post."""
    post = read(blog, "{{< fa a >}} {{< fa b >}}\n")
    assert [each.message for each in post.warnings] == ["an icon, '{{< fa a >}}', is not shown"]


def test_a_variable_is_in_the_uses(blog: BlogContext) -> None:
    """An edit of the file of variables makes the page stale."""
    assert "file _variables.yml" in read(blog, "{{< var 版.主 >}}\n").uses


def test_variables_that_are_not_utf8_are_an_error_at_their_line(blog: BlogContext) -> None:
    """In the file of variables, not of Evergreen."""
    (blog.root / "_variables.yml").write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(EvergreenError, match=r"_variables\.yml:2:4: "):
        read(blog, "{{< var b >}}\n")
