"""Liquid in posts: output, line numbers, dependencies."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.content.index import PostIndex
from evergreen.content.liquid.expand import expand, holds
from evergreen.content.liquid.shared import BlogContext
from evergreen.content.post import parse_post
from evergreen.errors import EvergreenError
from evergreen.markdown import to_html
from evergreen.model import JekyllConfig, Post, Site
from evergreen.settings import read_settings

SITE = Site(title="长青", url="https://a.example", baseurl="/b", liquid="all")
HEAD = "---\ntitle: 题\ntags: [甲, 乙]\ndate: 2020-01-02 03:04:05 +0800\n---\n"
FIRST = len(HEAD.split("\n"))
"""The line of a file on which its text begins."""


def post_of(body: str, path: str = "posts/2020-01-02-x.md") -> Post:
    """Return a post with this text."""
    return parse_post(path, (HEAD + body).encode(), SITE)


def expanded(body: str, root: Path = Path("/nowhere"), liquid: str = "all") -> Post:
    """Expand a post in a blog with one other post."""
    site = Site(title="长青", url="https://a.example", baseurl="/b", liquid=liquid)
    other = post_of("", "_posts/2019-05-06-旧文.md")
    return expand(post_of(body), BlogContext(root, site, lambda: PostIndex([other], ["图/a.png"])))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Create a blog with includes and data."""
    for path, text in {
        "_includes/note.html": '<b class="{{ include.kind }}">{{ include.text }}</b>\nzwei\n\ndrei',
        "_includes/self.html": "{% include self.html %}",
        "_includes/bad.html": "a\nb\n{{ 'x' | frobnicate }}",
        "_data/people.yml": "- name: 林\n- name: 王\n",
        "posts/beside.txt": "daneben {{ page.title }}",
        "geheim.txt": "secret",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "_includes/out.html").symlink_to("/etc/hostname")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("{{ page.title }} {{ page.tags | join: '、' }}", "题 甲、乙"),
        ("{{ site.title }}{{ site.baseurl }}/x", "长青/b/x"),
        ("{{ '/图 a.png' | relative_url }}", "/b/%E5%9B%BE%20a.png"),
        ("{{ '/x' | absolute_url }}", "https://a.example/b/x"),
        ("{{ page.date | date: '%Y年%-m月%e日 %H:%M' }}", "2020年1月 2日 03:04"),
        ("{{ page.date }}", "2020-01-02 03:04:05 +0800"),
        ("{{ page.date | date_to_xmlschema }}", "2020-01-02T03:04:05+08:00"),
        ("{{ page.date | date_to_long_string: 'ordinal' }}", "2nd January 2020"),
        ("{{ '*粗*' | markdownify }}", "<p><em>粗</em></p>\n"),
        ("{{ '<a & \"b\">' | xml_escape }}", "&lt;a &amp; &quot;b&quot;&gt;"),
        ("{{ 'a b/中' | cgi_escape }}", "a+b%2F%E4%B8%AD"),
        ("{{ 'Hello, 世界!' | slugify }}", "hello-世界"),
        ("{{ page.tags | jsonify }}", '["甲","乙"]'),
        ("{{ 'one two 三四' | number_of_words: 'auto' }}", "4"),
        ("{{ page.tags | array_to_sentence_string: '和' }}", "甲 和 乙"),
        ("{% raw %}{{ x }} {% y %}{% endraw %}", "{{ x }} {% y %}"),
        ("a{%- comment %} {{ {% endcomment -%} b", "ab"),
        ("{% case page.lang %}{% when 'en' %}yes{% else %}no{% endcase %}", "yes"),
        ("{% unless page.nope %}a{% endunless %}{% for i in (1..3) %}{{ i }}{% endfor %}", "a123"),
        ("{% post_url 2019-05-06-旧文 %}", "/b/%E6%97%A7%E6%96%87/"),
        ("{% link _posts/2019-05-06-旧文.md %}", "/b/%E6%97%A7%E6%96%87/"),
        (
            "{% for p in site.posts %}{{ p.title }} {{ p.url }}{% endfor %}",
            "题 /%E6%97%A7%E6%96%87/",
        ),
        ("{% assign a = site.posts | where: 'tags', '甲' %}{{ a.size }}", "1"),
        ("{% assign g = site.posts | group_by: 'title' %}{{ g[0].name }}{{ g[0].size }}", "题1"),
        ("{% assign a = site.posts | where_exp: 'p', 'p.title == \"题\"' %}{{ a.size }}", "1"),
        ("{% for t in site.tags %}{{ t[0] }}{{ t[1].size }}{% endfor %}", "甲1乙1"),
        (
            "{% codeblock 标题 lang:ruby %}\nx\n{% endcodeblock %}\n",
            '```ruby\nx\n```\n{: data-title="标题"}\n',
        ),
        ("{% gist a/1 %}", '<a href="https://gist.github.com/a/1">gist a/1</a>'),
        ("{{}}{{ nothing.at.all }}", ""),
        ("{% seo %}", ""),
    ],
)
def test_liquid_is_jekylls(text: str, made: str) -> None:
    """Variables, filters and tags give the same as in Jekyll."""
    assert made == expanded(text).body


def test_each_line_has_its_source_line(root: Path) -> None:
    """Lines of an include have the line of its tag; the lines after it have their own."""
    post = expanded("a\n{% include note.html text='t' %} b\nc {{ page.title }}\nd\n", root)
    lines = post.body.split("\n")
    assert ["a", '<b class="">t</b>', "zwei", "", "drei b", "c 题", "d", ""] == lines
    place = [post.at(number + 1) - FIRST + 1 for number in range(len(lines))]
    assert [1, 2, 2, 2, 2, 3, 4, 5] == place


def test_highlight_is_a_fenced_block() -> None:
    """The language is kept, line numbers are asked for; each line of code has its own line."""
    post = expanded(
        "- a\n\n  {% highlight python linenos %}\n  x = 1\n\n  y\n  {% endhighlight %}\nb\n"
    )
    assert '- a\n\n  ```python\n  x = 1\n\n  y\n  ```\n  {: linenos="1"}\nb\n' == post.body
    assert [1, 2, 3, 4, 5, 6, 7, 7, 8] == [post.at(n) - FIRST + 1 for n in range(1, 10)]


def test_includes_have_parameters_and_are_dependencies(root: Path) -> None:
    """Every include that was read is a dependency of the page."""
    text = (
        "{% include note.html kind=page.title text=\"a 'b'\" %}|{% include_relative beside.txt %}"
    )
    post = expanded(text + "{{ site.data.people[1].name }}", root)
    assert "<b class=\"题\">a 'b'</b>\nzwei\n\ndrei|daneben 题王" == post.body
    assert {"include note.html", "beside posts/beside.txt", "data people"} == set(post.uses)


def test_dependencies_are_checked_again(root: Path) -> None:
    """A change of an include, a file beside the post or data invalidates the page."""
    text = "{% include note.html %}{% include_relative beside.txt %}{{ site.data.people }}"
    uses = expanded(text, root).uses
    assert holds(uses, BlogContext(root, SITE))
    for path in ("_includes/note.html", "posts/beside.txt", "_data/people.yml"):
        before = (root / path).read_text()
        (root / path).write_text(before + "- name: x\n")
        assert not holds(uses, BlogContext(root, SITE))
        (root / path).write_text(before)
    assert holds(uses, BlogContext(root, SITE))


def test_highlight_ends_a_list_above() -> None:
    """The block is below the list, as in Jekyll, with its own lines."""
    post = expanded("* 静态库\n* 动态库\n{% highlight sh %}\nls\n{% endhighlight %}\n文字\n")
    html = to_html(post.body)
    assert html.startswith("<ul>\n<li>静态库</li>\n<li>动态库</li>\n</ul>\n<div class=")
    assert FIRST + 3 == post.origin[post.body.split("\n").index("ls")]


def test_highlight_is_code_in_html_too() -> None:
    """Inside an HTML element a fence would be text; the block becomes HTML there."""
    code = "{% highlight python %}\nprint('甲 < 乙')\n{% endhighlight %}\n"
    boxes = {
        "<table><tr><td>\n{}</td></tr></table>\n": True,
        '<div class="x">\n<p>文</p>\n\n{}</div>\n': True,
        "<p>没有关上\n\n{}": True,
        "<h2>题</h2>\n<p>文\n{}</p>\n": True,
        "<p>文</p>\n\n{}": False,
        "文 <p>\n\n{}": False,
        '<div markdown="1">\n{}</div>\n': False,
        "<div>\n文\n</div>\n\n{}": False,
        "用 `<div>` 与 <div> 写：\n\n{}": False,
        "```html\n<div>\n```\n\n{}": False,
    }
    for box, is_html in boxes.items():
        post = expanded(box.replace("{}", code))
        assert is_html == ("```python" not in post.body), box
        assert 1 == to_html(post.body).count('<code class="language-python">'), box


def test_details_open_below_their_title() -> None:
    """The content is Markdown; what follows keeps its line."""
    post = expanded("a\n\n{% details 点开 `x` %}\n- 甲\n\n公式 $$x$$\n{% enddetails %}\n\nb\n")
    html = to_html(post.body)
    assert "<details>\n<summary>点开 <code>x</code></summary>\n<ul>\n<li>甲</li>" in html
    assert html.endswith("</details>\n<p>b</p>\n") and "<math" in html
    line = post.body.split("\n").index("b")
    assert (FIRST + 8, ()) == (post.origin[line], post.warnings)


def test_includes_have_literals_too(root: Path) -> None:
    """`zoomable=true` and `width=300` are literals, not variables."""
    (root / "_includes/shown.html").write_text("{{ include | jsonify }}")
    text = "{% include shown.html zoomable=true b=false width=300 c=-1.5 d=nil e=page.title %}"
    post = expanded(text, root)
    made = {"zoomable": True, "b": False, "width": 300, "c": -1.5, "d": None, "e": "题"}
    assert (made, ()) == (json.loads(post.body), post.warnings)


def test_a_control_character_in_an_include_is_left_out_of_a_jekyll_blog(root: Path) -> None:
    """It is told at its place in the include, as in a post; in another blog it is an error."""
    (root / "_includes/zh.md").write_text("一行\n在\b退出")
    blog = BlogContext(root, Site(title="题", jekyll=JekyllConfig()))
    post = expand(post_of("a\n{% include zh.md %}"), blog)
    assert "a\n一行\n在退出" == post.body
    said = "2: in _includes/zh.md:2:2: a control character (U+0008) is left out: remove it"
    line, _, words = said.partition(": ")
    assert [f"posts/2020-01-02-x.md:{FIRST + int(line) - 1}: {words}"] == [
        str(warning) for warning in post.warnings
    ]
    with pytest.raises(EvergreenError, match=r"zh.md:2:2: a control character \(U\+0008\)"):
        expanded("{% include zh.md %}", root)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\n{% include nope.html %}", "2: there is no include 'nope.html' in _includes/"),
        ("{% include ../geheim.txt %}", "1: the include '../geheim.txt' has a part '..'"),
        ("{% include /etc/hostname %}", "1: the include '/etc/hostname' is absolute"),
        ("{% include %2e%2e/geheim.txt %}", "1: the include '%2e%2e/geheim.txt' has characters"),
        ("{% include out.html %}", "1: the include 'out.html' is a symlink that points outside"),
        ("{% include_relative ../geheim.txt %}", "1: the include '../geheim.txt' has a part '..'"),
        ("a\n\n{% post_url 2001-01-01-x %}", "3: there is no post '2001-01-01-x'"),
        ("{% link x.md %}", "1: there is no file 'x.md': give its path from the blog's folder"),
        ("{% link 图/b.png %}", "1: there is no file '图/b.png': did you mean '图/a.png'?"),
        ("{% post_url 2019-06-05-旧文 %}", "1: there is no post '2019-06-05-旧文': did you mean"),
        ("a\n{% if x %}\nb", "2: the block {% if %} is not closed"),
        ("a\n{{ x", "2: the Liquid tag is not closed: '{{'"),
        ("\n{% raw %} x", "2: the block {% raw %} is not closed"),
        ("a\n{% include self.html %}", "2: Liquid takes too long or its output is too large"),
    ],
)
def test_errors_of_jekyll_are_reported_at_their_line(text: str, said: str, root: Path) -> None:
    """No file outside the blog's includes is read."""
    with pytest.raises(EvergreenError) as caught:
        expanded(text, root)
    line, _, words = said.partition(": ")
    place = f"posts/2020-01-02-x.md:{FIRST + int(line) - 1}: {words}"
    assert str(caught.value).startswith(place), str(caught.value)


def test_a_pause_of_the_process_is_not_time_of_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """A garbage collection of seconds between two tags does not refuse a post."""
    clock = count(step=3.0)
    monkeypatch.setattr("time.thread_time", lambda: next(clock))
    assert expanded("{{ 'a' }}{{ '常' }}{{ 'c' }}").body == "a常c"


def test_there_is_no_variable_of_the_day() -> None:
    """`{{ today }}` and `{{ now }}` are nothing, as in Ruby."""
    assert expanded("[{{ today }}{{ now }}]").body == "[]"


def test_a_text_that_shows_the_day_depends_on_it() -> None:
    """`site.time` or a filter of `now` makes the day a dependency; other dates do not."""
    assert {"today"} == set(expanded("{{ 'now' | date: '%Y' }}").uses)
    assert {"today"} == set(expanded("{{ site.time | date: '%Y' }}").uses)
    assert set() == set(expanded("{{ page.date | date: '%Y' }}").uses)


def test_a_date_is_not_padded_without_end() -> None:
    """An invalid width in a date format is kept as text."""
    form = "%3d %999999999999d"
    assert "002 %999999999999d" == expanded(f"{{{{ page.date | date: '{form}' }}}}").body


def test_a_date_that_is_valid_only_in_its_own_time_zone() -> None:
    """A date that is before year 1 in UTC can be shown."""
    source = b"---\ndate: 0001-01-01 00:00 +0800\n---\n{{ page.date }}"
    post = parse_post("posts/a.md", source, SITE)
    assert "0001-01-01 00:00:00 +0800" == expand(post, BlogContext(Path("/nowhere"), SITE)).body


def themed(body: str, root: Path, head: str = "") -> Post:
    """Expand a post in a blog with a theme."""
    config = {"remote_theme": "mmistakes/minimal-mistakes"}
    site = replace(SITE, jekyll=JekyllConfig(config=config))
    text = HEAD.replace("---\n", f"---\n{head}", 1) + body
    post = parse_post("_posts/2020-01-02-x.md", text.encode(), replace(SITE, liquid="all"))
    return expand(post, BlogContext(root, site))


@pytest.mark.parametrize(
    ("text", "made"),
    [
        (
            '{% include figure image_path="/图/a.png" alt="甲" caption="说明 **文字**" %}',
            '<figure><img src="/b/%E5%9B%BE/a.png" alt="甲">'
            "<figcaption>说明 <strong>文字</strong></figcaption></figure>",
        ),
        (
            "{% include gallery caption='图库' %}",
            '<figure class="gallery "><a href="/b/l.png"><img src="/b/s.png" alt="一"></a>'
            '<img src="https://e.example/t.png" alt="" title="二">'
            "<figcaption>图库</figcaption></figure>",
        ),
        (
            '{% include video id="BV1xx411c7" provider="bilibili" %}',
            '<p><a href="https://www.bilibili.com/video/BV1xx411c7">bilibili BV1xx411c7</a></p>',
        ),
        (
            "{% include embed/youtube.html id='Balreaj8Yqs' %}",
            '<p><a href="https://www.youtube.com/watch?v=Balreaj8Yqs">YouTube Balreaj8Yqs</a></p>',
        ),
        (
            "{% include embed/video.html src='/v.mp4' title='片' %}",
            '<figure><video controls src="/b/v.mp4"></video><figcaption>片</figcaption></figure>',
        ),
        ('a{% include toc title="目录" icon="cog" %}b', "ab"),
    ],
)
def test_includes_of_themes_show_what_they_show(text: str, made: str, root: Path) -> None:
    """Pictures and videos, from the parameters and the front matter."""
    head = (
        "gallery:\n- {url: /l.png, image_path: /s.png, alt: 一}\n"
        "- {image_path: 'https://e.example/t.png', title: 二}\n"
    )
    assert (made, ()) == ((post := themed(text, root, head)).body, post.warnings)


def test_a_missing_include_of_a_theme_is_reported(root: Path) -> None:
    """The rest of the post is shown; a name similar to one in the blog is an error."""
    post = themed("a\n{% include google-adsense.html %}\n{% include note.html text='t' %}", root)
    ((line, said, advice),) = [(each.line, each.message, each.advice) for each in post.warnings]
    theme = "the theme mmistakes/minimal-mistakes is not used"
    assert (FIRST + 1, f"there is no include 'google-adsense.html' in _includes/, and {theme}") == (
        line,
        said,
    )
    assert "nothing is shown for it; copy it from the theme to use it" == advice
    assert {"include google-adsense.html": ""}.items() <= post.uses.items()
    with pytest.raises(EvergreenError, match=r"did you mean 'note\.html'"):
        themed("{% include noet.html %}", root)


def test_tags_of_plugins_are_reported_and_left_out(root: Path) -> None:
    """Unknown tags and filters are warnings, and the page is made."""
    post = expanded("a {% foo %} b\n{% box %}c{% endbox %} {% include bad.html %}", root)
    assert "a  b\nc a\nb\nx" == post.body
    assert [
        (FIRST, "unknown Liquid tag 'foo'"),
        (FIRST + 1, "unknown Liquid tag 'box'"),
        (FIRST + 1, "there is no Liquid filter 'frobnicate'"),
    ] == [(each.line, each.message) for each in post.warnings]


@pytest.mark.parametrize(
    "text",
    [
        "{% for i in (1..1000000000) %}x{% endfor %}",
        "{{ (1..1000000000) | join }}",
        "{% for a in (1..999) %}{% for b in (1..999) %}x{% endfor %}{% endfor %}",
        "{% assign s = '0123456789' %}" + "{% assign s = s | append: s %}" * 60,
        "{% assign n = 9 %}" + "{% assign n = n | times: n %}" * 60,
        "{% if a %}" * 3000 + "{% endif %}" * 3000,
        "{{ a" + "[b" * 3000 + "]" * 3000 + " }}",
        "{{" * 100_000,
        "{% raw %}" * 50_000,
        "{{ x }}" * 50_000,
        "{% x" + " " * 100_000 + "%}",
        "{% capture x %}{% for i in (1..90000) %}0123456789{% endfor %}{% endcapture %}" * 20,
    ],
    ids=range(12),
)
def test_any_liquid_ends_soon(text: str) -> None:
    """Any text is expanded soon, or gives an error at a line."""
    start = time.process_time()
    try:
        expanded(text)
    except EvergreenError as error:
        assert "posts/2020-01-02-x.md" in str(error)
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "text",
    [
        "```python\nf'{{x}}' % '{% if %}'\n```\n",
        "`{{ site.title }}` and `{% include x %}`",
        "$$\\frac{{1}}{{2}}$$ and $x^{{n}}$",
        "a dict {{'a': 1}} no, {{ name }} and {{x}}",
        "{% if user %}hello{% endif %} {% for i in items %}{{ i }}{% endfor %}",
        "{% include 'a.html' %} {% extends \"b\" %} {% block x %}{% endblock %}",
        "    {% include x.html %}\n",
        "{% highlight",
    ],
)
def test_prose_keeps_other_template_languages(text: str) -> None:
    """Python, LaTeX and other template languages are unchanged."""
    assert (
        text.replace("{{'a': 1}}", "")
        == expanded(text.replace("{{'a': 1}}", ""), liquid="prose").body
    )


def test_prose_has_liquid_outside_of_code(root: Path) -> None:
    """Tags that read the blog's variables are expanded, code is kept."""
    text = (
        "{{ site.title }} {% include note.html text='a' %}\n\n```python\n'{{ site.title }}'\n```\n"
        "{% highlight jinja %}\n{{ x }}\n{% endhighlight %}\n{% raw %}{{ y }}{% endraw %}"
        "{% if page.title %}ja{% endif %}{% assign w = '字' %}{{ w }}"
    )
    made = (
        "长青 <b class=\"\">a</b>\nzwei\n\ndrei\n\n```python\n'{{ site.title }}'\n```\n"
        "\n```jinja\n{{ x }}\n```\n{{ y }}ja字"
    )
    assert made == expanded(text, root, "prose").body


def test_a_tag_that_is_kept_is_reported() -> None:
    """A misspelt tag is a warning."""
    post = expanded("a\n{% inclde x.html %}", liquid="prose")
    assert ["'{% inclde %}' is not a Liquid tag that Evergreen knows, and is shown as text"] == [
        each.message for each in post.warnings
    ]


def test_a_known_tag_that_is_kept_is_reported() -> None:
    """A tag that Liquid knows is text if it reads nothing of the blog."""
    post = expanded("{% for n in (1..3) %}{{ n }}{% endfor %}", liquid="prose")
    assert ["'{% for %}' reads no variable of the blog, and is shown as text"] == [
        each.message for each in post.warnings
    ]


def test_invalid_liquid_is_reported_with_advice() -> None:
    """Jekyll shows nothing for it; the warning says how to escape it."""
    post = expanded("a `{{.Name}}` b")
    assert post.body == "a `` b"
    (told,) = post.warnings
    assert "put {% raw %} and {% endraw %} around it" in told.advice


def test_liquid_can_be_turned_off() -> None:
    """By the setting, or by Jekyll's key in the post."""
    assert "{{ site.title }}" == expanded("{{ site.title }}", liquid="none").body


def test_an_edited_include_renders_exactly_its_posts_again(root: Path) -> None:
    """Only the posts with that include are rendered again."""
    for name, body in {
        "a": "{% include note.html text='1' %}",
        "b": "plain",
        "c": "{{ site.title }}",
    }.items():
        (root / f"posts/2020-01-02-{name}.md").write_text(f"---\ntitle: {name}\n---\n{body}\n")
    (root / "posts/beside.txt").unlink()
    build = BuildOptions(root, root / "_site", read_settings(root))
    publish(build)
    before = {path: path.read_bytes() for path in (root / "_site").glob("?/index.html")}
    (root / "_includes/note.html").write_text("neu")
    publish(build)
    changed = [path.parent.name for path, old in before.items() if path.read_bytes() != old]
    assert (["a"], True) == (changed, "neu" in (root / "_site/a/index.html").read_text())


def test_links_to_source_files_become_links_to_pages(tmp_path: Path) -> None:
    """Links beside the post, in a folder, with a fragment; they follow when the other post's URL
    changes.
    """
    (tmp_path / "posts").mkdir()
    text = "---\ntitle: a\n---\n[b](2020-01-03-b.md#x) [c](../posts/2020-01-03-b.md) [d](nope.md)\n"
    (tmp_path / "posts/2020-01-02-a.md").write_text(text)
    other = tmp_path / "posts/2020-01-03-b.md"
    other.write_text("---\ntitle: b\n---\n# x\n")
    build = BuildOptions(tmp_path, tmp_path / "_site", read_settings(tmp_path))
    report = publish(build)
    page = (tmp_path / "_site/a/index.html").read_text()
    assert '<a href="/b/#x">b</a> <a href="/b/">c</a> <a href="nope.md">d</a>' in page
    assert ["there is nothing at 'nope.md'"] == [each.message for each in report.problems]
    other.write_text("---\ntitle: b\npermalink: /neu/\n---\n# x\n")
    publish(build)
    assert '<a href="/neu/">c</a>' in (tmp_path / "_site/a/index.html").read_text()
