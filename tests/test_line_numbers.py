"""Line numbers of code in a Jekyll blog: for one block, and for all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evergreen.build.parse import parse_content
from evergreen.content.liquid.expand import expand
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.post import parse_post
from evergreen.markdown import parse, read_options
from evergreen.model import Site

ROUGE = {"syntax_highlighter_opts": {"block": {"line_numbers": True, "start_line": 1}}}


def shown(body: str) -> str:
    """The HTML of a post in a Jekyll blog."""
    site = Site(liquid="all")
    post = parse_post("posts/2024-03-05-题.md", f"---\ntitle: 题\n---\n{body}".encode(), site)
    blog = BlogContext(Path("/nowhere"), site)
    text = expand(post, blog).body
    return parse(text).render().html


def numbers(html: str) -> list[int]:
    """The numbers of the lines that have one."""
    return [int(number) for number in re.findall(r'data-number="(\d+)"', html)]


CODE = "a = 1\nb = '数'"


@pytest.mark.parametrize("option", ["linenos", "linenos=table", "linenos=inline", "linenos  "])
def test_a_block_with_linenos_has_numbers(option: str) -> None:
    """By any of the names that Jekyll knows."""
    html = shown(f"{{% highlight python {option} %}}\n{CODE}\n{{% endhighlight %}}\n")
    assert numbers(html) == [1, 2]
    assert "linenos" not in html


@pytest.mark.parametrize("option", ["", "linenos=false", "nolinenos"])
def test_a_block_without_it_has_none(option: str) -> None:
    """Its HTML is that of a fence."""
    html = shown(f"{{% highlight python {option} %}}\n{CODE}\n{{% endhighlight %}}\n")
    assert html == shown(f"```python\n{CODE}\n```\n")


def test_marked_lines_are_marked() -> None:
    """By Rouge's name and by that of Pygments."""
    for name in ("mark_lines", "hl_lines"):
        html = shown(f'{{% highlight js linenos {name}="2" %}}\nx\ny\n{{% endhighlight %}}\n')
        assert re.findall(r'class="(line[^"]*)"', html) == ["line", "line marked"]


def test_numbers_in_an_element_of_html() -> None:
    """Where the code is not Markdown."""
    html = shown(f"<div>\n{{% highlight python linenos %}}\n{CODE}\n{{% endhighlight %}}\n</div>\n")
    assert numbers(html) == [1, 2]


def test_numbers_in_an_item_of_a_list() -> None:
    """The attributes are below the fence, with its indent."""
    html = shown("* 项\n\n  {% highlight c linenos %}\n  int a;\n  {% endhighlight %}\n\n尾\n")
    assert numbers(html) == [1]
    assert "<p>尾</p>" in html


def test_title_and_first_line_of_octopress() -> None:
    """`{% codeblock title lang:x start:n mark:a,b %}`."""
    html = shown("{% codeblock 例 一.py lang:python start:7 mark:2 %}\na\nb\n{% endcodeblock %}\n")
    assert '<p class="code-title">例 一.py</p>' in html
    assert numbers(html) == [7, 8]
    assert html.count("line marked") == 1


@pytest.mark.parametrize("tag", ["codeblock", "codeblock lang:python", "codeblock %}{% comment %}"])
def test_a_block_of_octopress_without_a_title_has_none(tag: str) -> None:
    """The language is no title."""
    end = "{% endcomment %}" if "comment" in tag else ""
    html = shown(f"{{% {tag.removesuffix(' %')} %}}{end}\na\n{{% endcodeblock %}}\n")
    assert "code-title" not in html


def test_all_blocks_have_numbers_if_rouge_is_told_so() -> None:
    """The settings of Chirpy; text and the terminal have none, nor what says so."""
    options = read_options(ROUGE)
    text = "```python\na\n```\n\n```text\na\n```\n\n```js\na\n```\n{: .nolineno}\n\n    a\n"
    assert numbers(parse(text, options).render().html) == [1]
    assert numbers(parse(text).render().html) == []


@pytest.mark.parametrize(
    ("given", "first"),
    [
        ({"line_numbers": True}, 1),
        ({"block": {"line_numbers": True, "start_line": 5}}, 5),
        ({"line_numbers": True, "block": {"line_numbers": False}}, 0),
        ({"block": {"line_numbers": "false"}}, 0),
        ({"span": {"line_numbers": True}}, 0),
        ({"block": None}, 0),
        ("x", 0),
    ],
)
def test_the_options_of_rouge(given: object, first: int) -> None:
    """Those of blocks come before those of all code."""
    assert read_options({"syntax_highlighter_opts": given}).line_numbers == first


def test_code_that_could_run_is_numbered_too() -> None:
    """It is shown as a cell."""
    site = Site(kramdown=ROUGE)
    text = "---\ntitle: 题\n---\n\n```python\na = 1\n```\n\n```python\nb\n```\n{: .nolineno}\n"
    post = parse_post("posts/2024-03-05-题.md", text.encode(), site)
    parsed = parse_content(post, blog=BlogContext(Path("/nowhere"), site))
    assert [cell.options.display.start for cell in parsed.notebook.cells] == [1, 0]


def test_code_with_spaces_before_its_tab_is_code() -> None:
    """kramdown has no rule for such a line: it shows the first as bare text, the rest as code."""
    html = parse("段\n\n \tif a:\n  \t    数()\n\n   \tb\n").render().html
    assert re.sub("<[^<>]+>", "", html).strip() == "段\nif a:\n    数()\n\nb"
    assert html.count("<pre>") == 1


def test_spaces_before_a_tab_stay_within_code() -> None:
    """In a block that begins with four spaces such a line keeps them, as in kramdown."""
    html = parse("    if a:\n  \tb\n").render().html
    assert re.sub("<[^<>]+>", "", html).strip() == "if a:\n  \tb"
