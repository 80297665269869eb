"""Plugins: what each hook does, what a change of one makes anew, and what an error in one says."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Write

from evergreen.build.cache.unchanged import unchanged
from evergreen.build.forecast import forecast
from evergreen.build.linkcheck import check_addresses
from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.build.plugins import load_plugins
from evergreen.build.project import Project
from evergreen.cli import main
from evergreen.cli.build_report import report_lines
from evergreen.errors import EvergreenError, SettingsError
from evergreen.model import PluginError, Report, Site
from evergreen.model.field_types import find_wrong_field
from evergreen.paths import TICK
from evergreen.preview.blog.blog import LiveSite
from evergreen.settings import parse_settings, settings_here

Capture = pytest.CaptureFixture[str]
SETTINGS = 'title = "博"\nlang = "zh"\nurl = "https://b.example"\nsearch = false\n'
HEAD = "from dataclasses import replace\n\nfrom evergreen import *\n\n"
PLUGINS = {
    "keys": """
def keys(call):
    return "<kbd>" + "+".join(call.arguments) + "</kbd>"

def box(call):
    return f'<div markdown="1" class="{call.options["种类"]}">\\n{call.content}\\n</div>'

plugin = Plugin("keys", shortcodes={"键": keys, "box": box})
""",
    "liquid": """
plugin = Plugin(
    "liquid",
    liquid_tags={"line": lambda call: f"line {call.line}"},
    liquid_blocks={"twice": lambda call: call.content * 2},
    liquid_filters={"喊": lambda text: text + "！"},
)
""",
    "formats": """
def read(text):
    title, body = text.split("\\n", 1)
    return MarkdownSource(f"---\\ntitle: {title}\\n---\\n{body}", (1, 1, 1, *range(2, 99)))

plugin = Plugin("formats", formats={".org": read})
""",
    "posts": """
plugin = Plugin("posts", post=lambda post, site: replace(post, tags=(*post.tags, "全部")))
""",
    "html": """
def mark(tree, post, site):
    for heading in tree.find_all("h2"):
        heading["class"] = "来"

plugin = Plugin("html", html=mark)
""",
    "templates": """
plugin = Plugin("templates", filters={"嗓": lambda text: text + "~"}, globals={"year": 2026})
""",
    "files": """
plugin = Plugin(
    "files",
    file=lambda file, site: replace(file, content=file.content.replace(b"<body>", b"<body>\\n")),
    files=lambda files, site: [Artifact("list.txt", str(len(files)).encode())],
    pages=lambda posts, site: [
        ExtraPage("/书架/", "书架", "shelf.html", {"titles": [page.post.title for page in posts]})
    ],
)
""",
    "rules": """
def short(page, site):
    if "短" in page.content:
        yield Problem("", message="太短", advice="write more")

plugin = Plugin("rules", rules={"short": short})
""",
}
POSTS = {
    "posts/2026-01-01-shortcode.md": "## 节\n\n"
    "按 {{< 键 Ctrl 丙 >}}，`{{< 键 x >}}`，{{</* 键 */>}}\n\n"
    '{{< box 种类="注" >}}\n**粗** {{< 键 内 >}}\n{{< /box >}}\n',
    "posts/2026-01-02-liquid.md": "甲\n\n{% line %} {{ page.title | 喊 }}"
    " {% twice %}乙{% endtwice %}\n",
    "posts/2026-01-03-plain.md": "## 节\n\n只有 prose, and nothing of any plugin.\n",
}
SHELF = '{% extends "base.html" %}{% block main %}{{ titles }}{{ year }}{% endblock %}'


@pytest.fixture
def root(write_blog: Write) -> Path:
    """A blog with all the plugins."""
    texts = {f"plugins/{name}.py": HEAD + text for name, text in PLUGINS.items()}
    posts = {path: f"---\ntitle: {path[17:-3]}\n---\n\n{text}" for path, text in POSTS.items()}
    footer = "<footer>{{ site.title | 嗓 }}</footer>"
    return write_blog(
        {
            "site.toml": SETTINGS,
            "templates/partials/footer.html": footer,
            "templates/shelf.html": SHELF,
            "posts/2026-01-04-org.org": "组织\n文 {{< 键 甲 >}}\n",
            **texts,
            **posts,
        }
    )


def options(root: Path, **values: bool) -> BuildOptions:
    """Return the options of a build that runs nothing."""
    return BuildOptions(
        root, root.parent / "site", settings_here(root), **{"execute": False, **values}
    )


def build(root: Path, **values: bool) -> Report:
    """Publish the blog."""
    return publish(options(root, **values))


def read(root: Path, path: str) -> str:
    """Return a published file."""
    return (root.parent / "site" / path).read_text("utf-8")


def body(root: Path, path: str) -> str:
    """Return the body of a published post."""
    return (
        read(root, path)
        .partition('<div class="prose e-content">\n')[2]
        .partition("\n\n</div>\n</div>")[0]
    )


def made(root: Path) -> set[str]:
    """Return the slugs of the posts whose pages the next build makes anew."""
    loaded = Project.open(options(root)).load()
    assert [] == list(loaded.problems)
    return {path[17:].partition(".")[0] for path in loaded.rendered}


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text in a file."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_shortcodes_are_replaced_outside_of_code(root: Path) -> None:
    """Their arguments and content reach the function; an escaped one is shown as it is."""
    build(root)
    assert (
        '<h2 id="节" class="来">节</h2>\n'
        "<p>按 <kbd>Ctrl+丙</kbd>，<code>{{&lt; 键 x &gt;}}</code>，{{&lt; 键 &gt;}}</p>\n"
        '<div class="注">\n<p><strong>粗</strong> <kbd>内</kbd></p>\n</div>'
    ) == body(root, "shortcode/index.html").strip()


def test_liquid_of_plugins_is_expanded(root: Path) -> None:
    """Tags know their line, blocks their content."""
    build(root)
    assert "<p>甲</p>\n<p>line 7 liquid！ 乙乙</p>" == body(root, "liquid/index.html").strip()


def test_a_format_of_a_plugin_is_a_post(root: Path) -> None:
    """A file of its suffix is read by the plugin, and then as any post."""
    build(root)
    page = read(root, "org/index.html")
    assert '<h1 class="p-name">组织</h1>' in page
    assert "文 <kbd>甲</kbd>" in page


def test_posts_templates_and_files_have_what_plugins_add(root: Path) -> None:
    """A tag of the post hook, a filter, a changed file, a new file and a new page."""
    build(root)
    plain = read(root, "plain/index.html")
    assert "/tags/%E5%85%A8%E9%83%A8/" in plain
    assert "<footer>博~</footer>" in plain
    assert "<body>\n\n" in plain
    assert read(root, "list.txt").isdecimal()
    assert "[&#39;组织&#39;, &#39;plain&#39;, &#39;liquid&#39;, &#39;shortcode&#39;]2026" in read(
        root, "书架/index.html"
    )
    assert "https://b.example/%E4%B9%A6%E6%9E%B6/" in read(root, "sitemap.xml")


def test_rules_of_plugins_are_checked(root: Path) -> None:
    """What a rule yields is a finding of `check`, at the post."""
    edit(
        root / "posts/2026-01-03-plain.md", "## 节\n\n只有 prose, and nothing of any plugin.", "短"
    )
    found = check_addresses(options(root))[1]
    assert ["posts/2026-01-03-plain.md:1: 太短 (rule 'short'): write more"] == [
        str(each) for each in found if each.rule == "short"
    ]


EDITS = {
    "keys": ("<kbd>", "<kbd >", {"shortcode", "org"}),
    "liquid": ("！", "!", {"liquid"}),
    "formats": ("---\\ntitle", "---\\n\\ntitle", {"org"}),
    "posts": ("全部", "都", {"shortcode", "liquid", "plain", "org"}),
    "html": ("来", "去", {"shortcode", "liquid", "plain", "org"}),
    "templates": ("~", "∼", set()),
    "files": ("书架", "架", set()),
    "rules": ("太短", "短", set()),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_of_a_plugin_makes_anew_what_it_touched(root: Path, name: str) -> None:
    """Posts that use the plugin are read again, and no others."""
    build(root)
    assert set() == made(root)
    old, new, touched = EDITS[name]
    edit(root / f"plugins/{name}.py", old, new)
    assert touched == made(root)


@pytest.mark.parametrize("name", [name for name in EDITS if name != "formats"])
def test_a_removed_plugin_makes_anew_what_it_touched(root: Path, name: str) -> None:
    """A post that used it is made without it."""
    (root / "templates/partials/footer.html").unlink()
    build(root)
    (root / f"plugins/{name}.py").unlink()
    assert EDITS[name][2] == made(root)


@pytest.mark.parametrize("name", EDITS)
def test_a_build_after_an_edit_is_as_a_clean_one(root: Path, name: str) -> None:
    """No file is stale, whatever the plugin does."""
    build(root)
    old, new, _ = EDITS[name]
    edit(root / f"plugins/{name}.py", old, new)
    build(root)
    after = tree(root.parent / "site")
    clean = replace(options(root), output=root.parent / "clean", root=root)
    (root / ".cache").rename(root.parent / "old")
    publish(clean)
    assert tree(root.parent / "clean") == after


def tree(folder: Path) -> Mapping[str, bytes]:
    """Return the files of a site."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".evergreen"
    }


def test_a_filter_of_a_constant_is_not_stored(root: Path) -> None:
    """A compiled template shows what the plugin of today makes of it, also one of Jinja's names."""
    (root / "templates/partials/footer.html").write_text(
        '<footer>{{ "常" | 嗓 }} {{ "a" | upper }}</footer>', "utf-8"
    )
    shown = []
    for old, new in (("~", "∼"), ('"嗓"', '"upper": lambda text: "高", "嗓"'), ("高", "低")):
        build(root)
        shown.append(read(root, "plain/index.html").partition("<footer>")[2].partition("<")[0])
        edit(root / "plugins/templates.py", old, new)
    build(root)
    shown.append(read(root, "plain/index.html").partition("<footer>")[2].partition("<")[0])
    assert ["常~ A", "常∼ A", "常∼ 高", "常∼ 低"] == shown
    (root / "plugins/templates.py").unlink()
    with pytest.raises(EvergreenError, match="No filter named '嗓'"):
        build(root)


def test_a_plugin_that_comes_is_used_by_posts_that_named_it(root: Path) -> None:
    """An unknown shortcode or tag is a dependency, too."""
    file = root / "plugins/keys.py"
    text = file.read_text("utf-8")
    file.unlink()
    build(root)
    file.write_text(text, "utf-8")
    assert {"shortcode", "org"} == made(root)


def test_a_helper_counts_for_the_plugins_that_use_it(root: Path) -> None:
    """A module that one imports, a file that its source names; another file is a part of none."""
    (root / "plugins/_signs.py").write_text("END = '！'\n", "utf-8")
    text = f"from ._signs import END\n{PLUGINS['liquid'].replace(chr(34) + '！' + chr(34), 'END')}"
    (root / "plugins/liquid.py").write_text(HEAD + text, "utf-8")
    edit(root / "plugins/keys.py", "def keys", "WORDS = 'words.json'\n\ndef keys")
    build(root)
    assert "liquid！" in body(root, "liquid/index.html")
    (root / "plugins/notes.txt").write_text("hello")
    (root / "plugins/_nobody.py").write_text("x = 1\n")
    assert set() == made(root)
    (root / "plugins/_signs.py").write_text("END = '?'\n", "utf-8")
    assert {"liquid"} == made(root)
    build(root)
    assert "liquid?" in body(root, "liquid/index.html")
    (root / "plugins/words.json").write_text("[]")
    assert {"shortcode", "org"} == made(root)


def test_settings_of_a_plugin_make_anew_what_it_touches(root: Path) -> None:
    """A key in site.toml is a part of the plugin, not of all posts."""
    edit(root / "plugins/keys.py", "box}", "box}, settings={'unit': 'm'}")
    build(root)
    (root / "site.toml").write_text(SETTINGS + '[plugins.keys]\nunit = "ft"\n', "utf-8")
    assert {"shortcode", "org"} == made(root)
    files = set(build(root).written_files)
    assert {"plain/index.html", "liquid/index.html"}.isdisjoint(files)


def test_a_template_of_a_plugin_makes_anew_the_pages_that_show_it(root: Path) -> None:
    """An edited one, a new one, and the removal of the plugin; posts keep their pages."""
    (root / "templates/shelf.html").rename(root / "shelf.html")
    (root / "plugins/x_templates").mkdir()
    (root / "shelf.html").rename(root / "plugins/x_templates/shelf.html")
    text = (
        "from pathlib import Path\n" + HEAD + PLUGINS["files"].replace("files=lambda", "_=lambda")
    )
    lines = [line for line in text.splitlines() if " file=" not in line and "_=" not in line]
    lines.insert(-1, "    folder=Path('x_templates'),")
    (root / "plugins/files.py").write_text("\n".join(lines) + "\n", "utf-8")
    build(root)
    edit(root / "plugins/x_templates/shelf.html", "{{ year }}", "{# a comment #}")
    assert set() == made(root)
    assert ("书架/index.html",) == build(root).written_files
    (root / "plugins/x_templates/other.html").write_text("other")
    assert () == build(root).written_files
    (root / "plugins/files.py").unlink()
    report = build(root)
    assert {} == report.remade
    assert ("书架/index.html",) == report.removed_files
    assert {"sitemap.xml"} == set(report.written_files)


def test_a_build_tells_why_pages_are_made_again(root: Path) -> None:
    """The report, its lines, and `why` name the plugin."""
    build(root)
    edit(root / "plugins/html.py", "来", "去")
    edit(root / "plugins/keys.py", "<kbd>", "<kbd >")
    told = {post.path[17:-3]: post.remade for post in forecast(options(root)).posts}
    hook = "a plugin with the hook 'html' has changed (now html)"
    assert dict.fromkeys(("shortcode", "liquid", "plain", "org"), hook) == {
        path.strip("."): why for path, why in told.items()
    }
    report = build(root)
    assert set(told.values()) == set(report.remade.values())
    assert f"made again since {hook}: 4 pages" in list(report_lines(report, "x"))
    assert "plain/index.html" in report.written_files


def test_the_post_hook_is_called_once_for_a_post(root: Path) -> None:
    """Also if other posts are listed by their transformed tags."""
    edit(root / "plugins/posts.py", "plugin =", "CALLS = []\n\nplugin =")
    edit(root / "plugins/posts.py", "replace(post,", "CALLS.append(post.path) or replace(post,")
    (root / "posts/2026-01-05-list.md").write_text(
        "---\ntitle: l\n---\n\n{{ site.posts | size }}\n"
    )
    project = Project.open(options(root))
    project.load()
    calls = sys.modules["evergreen_blog_plugins.posts"].CALLS
    assert len(calls) == len(set(calls))


def test_nothing_is_loaded_while_nothing_changed(root: Path) -> None:
    """A build without a change does not run the plugins; one after an edit does."""
    build(root)
    time.sleep(2 * TICK / 1e9)
    build(root)
    assert unchanged(options(root)) is not None
    edit(root / "plugins/keys.py", "<kbd>", "<kbd >")
    assert unchanged(options(root)) is None


OUTPUT = """---
title: 猫
---

```python
from IPython.display import display
display({"application/x-cat": "三花", "text/plain": "cat"}, raw=True)
```
"""
CAT = (
    HEAD + 'plugin = Plugin("cat", outputs={"application/x-cat": '
    "lambda output: OutputHtml(f'<b>{output.data}</b>')})\n"
)


def test_an_output_is_shown_anew_without_a_run(write_blog: Write) -> None:
    """A renderer that comes, changes or goes makes the page anew from its record."""
    root = write_blog({"site.toml": SETTINGS, "posts/2026-01-01-cat.md": OUTPUT})
    first = build(root, execute=True)
    shown = [body(root, "cat/index.html").partition('cell-outputs">\n')[2].split("\n")[0]]
    reports = []
    for text in (CAT, CAT.replace("<b>", "<i>"), ""):
        (root / "plugins.py").write_text(text, "utf-8")
        if not text:
            (root / "plugins.py").unlink()
        reports.append(build(root, execute=True))
        shown.append(body(root, "cat/index.html").partition('cell-outputs">\n')[2].split("\n")[0])
    assert ("posts/2026-01-01-cat.md",) == first.ran
    assert [((), ("posts/2026-01-01-cat.md",))] * 3 == [(each.ran, each.reused) for each in reports]
    assert [
        '<pre class="output text">cat</pre>',
        '<div class="output html"><b>三花</b></div>',
        '<div class="output html"><i>三花</b></div>',
        '<pre class="output text">cat</pre>',
    ] == shown


AT, BY = "posts/2026-01-01-a.md:1: the hook", "of the plugin '坏'"
FIX = "fix the plugin '坏'"
FAULTS = {
    "shortcodes={'s': lambda call: 1 / 0}": (
        f"posts/2026-01-01-a.md:7:1: the shortcode 's' {BY} raised ZeroDivisionError:"
        f" division by zero (plugins.py:5:52): {FIX}"
    ),
    "liquid_tags={'t': lambda call: 1 / 0}": (
        f"posts/2026-01-01-a.md:9: the Liquid tag 't' {BY} raised"
        f" ZeroDivisionError: division by zero (plugins.py:5:53): {FIX}"
    ),
    "liquid_filters={'f': lambda text: 1 / 0}": (
        f"posts/2026-01-01-a.md:11: the Liquid filter 'f' {BY} raised"
        f" ZeroDivisionError: division by zero (plugins.py:5:56): {FIX}"
    ),
    "post=lambda post, site: None": (
        f"{AT} 'post' {BY} returned a value of type"
        " NoneType (plugins.py): return a value of type Post"
    ),
    "post=lambda post, site: replace(post, date='2026-01-01')": (
        f"{AT} 'post' {BY} returned a Post whose 'date' is"
        " '2026-01-01' (plugins.py): give it a value of type datetime"
    ),
    "post=lambda post, site: replace(post, title=None)": (
        f"{AT} 'post' {BY} returned a Post whose 'title' is None (plugins.py): give it a text"
    ),
    "post=lambda post, site: replace(post, tags='x')": (
        f"{AT} 'post' {BY} returned a Post whose 'tags' is"
        " 'x' (plugins.py): give it a tuple of texts"
    ),
    "post=lambda post, site: replace(post, url='x')": (
        "posts/2026-01-01-a.md:1: the plugin '坏' gave the post the URL 'x', which does not begin"
        " with a slash (plugins.py): write it as /tea/"
    ),
    "html=lambda tree, post, site: tree.p.no.such": (
        f"{AT} 'html' {BY} raised AttributeError:"
        f" 'NoneType' object has no attribute 'such' (plugins.py:5:52): {FIX}"
    ),
    "html=lambda tree, post, site: tree": (
        f"{AT} 'html' {BY} returned a value of type BeautifulSoup (plugins.py): return nothing"
    ),
    "file=lambda file, site: exit() if file.path == 'a/index.html' else file": (
        f"{AT} 'file' {BY} raised SystemExit: None (plugins.py:5:46): {FIX}"
    ),
    "file=lambda file, site: replace(file, content='x')": (
        f"plugins.py: the hook 'file' {BY} returned an Artifact whose 'content' is 'x': give"
    ),
    "pages=lambda pages, site: 42": (
        f"plugins.py: the hook 'pages' {BY} returned a value of type int: return a list"
        " of ExtraPage values, or yield them"
    ),
    "pages=lambda pages, site: 'x'": (
        f"plugins.py: the hook 'pages' {BY} returned a value of type str: return a list"
    ),
    "pages=lambda pages, site: [ExtraPage('stats', 'S', 'post.html')]": (
        "plugins.py: the plugin '坏' has a page with the URL 'stats', which does not begin with a"
        " slash: write it as /stats/"
    ),
    "pages=lambda pages, site: [ExtraPage('/stats/', 'S', 'no.html')]": (
        f"templates/no.html: there is no such template (for the page /stats/ {BY}): add"
    ),
    "files=lambda files, site: ['x']": (
        f"plugins.py: the hook 'files' {BY} yielded a value of type str: return a value"
        " of type Artifact"
    ),
    "files=lambda files, site: [Artifact('a.txt', 'text')]": (
        f"plugins.py: the hook 'files' {BY} yielded an Artifact whose 'content' is 'text'"
    ),
    "files=lambda files, site: [Artifact('index.html', b'')]": (
        "plugins.py: the plugin '坏' has a file with the path 'index.html', which is taken: give it"
    ),
}


@pytest.mark.parametrize("hook", FAULTS)
def test_a_plugin_that_fails_is_an_error_at_the_post(write_blog: Write, hook: str) -> None:
    """The message has the line of the post, the plugin's name, and the line of the plugin."""
    text = "---\ntitle: 甲\n---\n\n文\n\n{{< s >}}\n\n{% t %}\n\n{{ page.title | f }}\n"
    root = write_blog(
        {
            "site.toml": SETTINGS,
            "posts/2026-01-01-a.md": text,
            "posts/2026-01-02-b.md": "---\ntitle: 乙\n---\n",
            "plugins.py": f"{HEAD}plugin = Plugin('坏', {hook})\n",
        }
    )
    try:
        problems = build(root).problems
    except EvergreenError as error:
        problems = error.problems
    found = [str(each) for each in problems if each.severity == "error"]
    assert [FAULTS[hook]] == [each[: len(FAULTS[hook])] for each in found if "-b.md" not in each][
        :1
    ]


RESULTS = {
    "outputs={'a/b': lambda output: OutputHtml(42)}": "returned an OutputHtml whose 'html' is 42",
    "outputs={'a/b': lambda output: OutputHtml('x', files=(1,))}": (
        "returned an OutputHtml whose 'files' is (1,) (plugins.py): give it a tuple of"
    ),
    "outputs={'a/b': lambda output: OutputHtml('x', (Artifact('a', 'b'),))}": (
        "returned an OutputHtml whose 'files' is (Artifact("
    ),
    "formats={'.x': lambda text: MarkdownSource(42)}": "returned a MarkdownSource whose 'text'",
    "rules={'r': lambda text: 42}": "returned a value of type int",
    "rules={'r': lambda text: None}": "returned a value of type NoneType",
    "rules={'r': lambda text: ['x']}": "yielded a value of type str",
    "rules={'r': lambda text: [Problem('a', line='1')]}": "yielded a Problem whose 'line' is '1'",
}


@pytest.mark.parametrize("field", RESULTS)
def test_results_of_hooks_are_looked_at_with_all_that_they_hold(tmp_path: Path, field: str) -> None:
    """Whatever a hook gives, it is the plugin's mistake, not a bug of the engine."""
    (tmp_path / "plugins.py").write_text(f"{HEAD}plugin = Plugin('p', {field})\n")
    hooks = load_plugins(tmp_path, Site()).hooks
    (call,) = hooks.named(field.partition("=")[0]).values()
    with pytest.raises(PluginError) as raised:
        call("x")
    assert RESULTS[field] in str(raised.value.at("posts/a.md"))


DECLARED = {
    "shortcodes={'s': 'x'}": "'shortcodes' is {'s': 'x'}: give it a dict with texts as keys,",
    "shortcodes=len": "'shortcodes' is <built-in function len>: give it a dict with texts as keys",
    "reads='a.txt'": "'reads' is 'a.txt': give it a tuple of Path values",
    "folder='a'": "'folder' is 'a': give it a value of type Path or None",
    "folder=Path('none')": "there is no folder ",
    "formats={'txt': str}": "'formats' has the name 'txt': write the suffix with its dot: .txt",
    "formats={'.md': str}": "'formats' has the suffix '.md', which Evergreen reads itself: choose",
    "outputs={'cat': str}": "'outputs' has the name 'cat': write a MIME type: text/x-graph",
    "filters={'a b': str}": "'filters' has the name 'a b': write letters, digits and underscores",
}


@pytest.mark.parametrize("field", DECLARED)
def test_a_wrong_field_of_a_plugin_is_an_error_at_its_line(tmp_path: Path, field: str) -> None:
    """It stops the build before a post is read."""
    text = f"from pathlib import Path\n{HEAD}plugin = Plugin(\n    '坏',\n    {field},\n)\n"
    (tmp_path / "plugins.py").write_text(text, "utf-8")
    with pytest.raises(SettingsError) as raised:
        load_plugins(tmp_path, Site())
    assert str(raised.value).startswith(f"plugins.py:8: the plugin '坏': {DECLARED[field]}")


def test_two_plugins_of_a_blog_have_other_names(root: Path) -> None:
    """One name for two plugins or two shortcodes is an error; a file without a Plugin, too."""
    (root / "plugins/a.py").write_text(f"{HEAD}plugin = Plugin('keys')\n", "utf-8")
    messages = []
    for text in (
        "plugin = Plugin('keys')\n",
        "plugin = Plugin('a', shortcodes={'键': str})\n",
        "plugin = dict(name='a')\n",
    ):
        (root / "plugins/a.py").write_text(HEAD + text, "utf-8")
        with pytest.raises(SettingsError) as raised:
            load_plugins(root, Site())
        messages.append(str(raised.value).partition(", as one")[0].partition(": add")[0])
    assert [
        "plugins/keys.py: two plugins have the name 'keys'",
        "plugins/keys.py: two plugins have '键' in 'shortcodes'",
        "plugins/a.py:1: there is no Plugin in it",
    ] == messages


def test_every_post_has_values_of_the_types_of_its_fields(root: Path) -> None:
    """What the engine itself gives passes the check that hooks must pass."""
    loaded = Project.open(options(root)).load()
    posts = [entry.page.post for entry in loaded.rendered.values()]
    assert [None] * 4 == [find_wrong_field(post) for post in posts]


def test_equal_errors_of_a_plugin_are_printed_once(root: Path) -> None:
    """An error at every post is one, with the number of the others, and its own frames."""
    (root / "plugins/html.py").write_text(
        f"{HEAD}plugin = Plugin('h', html=lambda tree, post, site: 1 / 0)\n", "utf-8"
    )
    lines = list(report_lines(build(root), "x", quiet=True))
    assert 1 == len([line for line in lines if "raised ZeroDivisionError" in line])
    assert "(so too at 3 more posts)" in lines[0]
    assert "evergreen/model" not in "\n".join(lines)


def test_a_format_with_too_few_lines_is_an_error(root: Path) -> None:
    """Lines beyond the last number would be told at wrong places."""
    edit(root / "plugins/formats.py", "(1, 1, 1, *range(2, 99))", "(1, 1)")
    (problem,) = [each for each in build(root).problems if each.severity == "error"]
    assert (
        "posts/2026-01-04-org.org:1: the plugin of its format gave 2 'lines' for 4 of Markdown:"
        " give the line in the file of each line of 'text'"
    ) == str(problem)


def test_rules_are_checked_without_running_code(root: Path, capsys: Capture) -> None:
    """`check --no-execute` needs no record."""
    edit(root / "posts/2026-01-03-plain.md", "只有 prose, and nothing of any plugin.", "短")
    text = "---\ntitle: c\n---\n\n```python\n1 / 0\n```\n"
    (root / "posts/2026-01-06-code.md").write_text(text)
    assert 1 == main(["--root", str(root), "check", "--no-execute"])
    out = capsys.readouterr().out
    assert "posts/2026-01-03-plain.md:1: 太短 (rule 'short'): write more" in out
    assert "ZeroDivisionError" not in out


ONE_FAILS = {
    "html=lambda tree, post, site: tree.append(str(1 / (post.slug != 'plain'))) and None": "",
    "file=lambda file, site: [file][file.path == 'plain/index.html']": "",
    "filters={'f': lambda title: 1 / (title != 'plain')}": "{{ page.post.title | f }}",
    "globals={'f': 1}": '{% if page.post.title == "plain" %}{{ 1 / 0 }}{% endif %}',
}


@pytest.mark.parametrize("hook", ONE_FAILS)
def test_a_page_that_cannot_be_made_stays_with_its_files(write_blog: Write, hook: str) -> None:
    """Whatever fails for one page: the page is as it was, for ever, and the others are new."""
    plain = POSTS["posts/2026-01-03-plain.md"] + "\n[data](data.csv)\n"
    root = write_blog(
        {
            "site.toml": SETTINGS,
            "posts/2026-01-03-plain.md": f"---\ntitle: plain\n---\n\n{plain}",
            "posts/2026-01-04-other.md": "---\ntitle: other\n---\n\nother\n",
            "posts/data.csv": "a,b\n",
        }
    )
    build(root)
    before = body(root, "plain/index.html")
    files = {path for path in tree(root.parent / "site") if path.endswith("data.csv")}
    (root / "plugins.py").write_text(f"{HEAD}plugin = Plugin('坏', {hook})\n", "utf-8")
    (root / "templates").mkdir()
    text = '{% extends "evergreen/post.html" %}{% block after %}new' + ONE_FAILS[hook]
    (root / "templates/post.html").write_text(text + "{% endblock %}")
    for _ in range(2):
        report = build(root)
        assert ("posts/2026-01-03-plain.md",) == report.failed
        assert 1 == len([each for each in report.problems if each.severity == "error"])
        assert before == body(root, "plain/index.html")
        assert "new" in read(root, "other/index.html")
        assert files and files <= tree(root.parent / "site").keys()
    (root / "plugins.py").unlink()
    (root / "templates/post.html").write_text(text.removesuffix(ONE_FAILS[hook]) + "{% endblock %}")
    assert () == build(root).failed
    assert "new" in read(root, "plain/index.html")


def test_a_line_below_a_shortcode_is_the_line_of_the_file(write_blog: Write) -> None:
    """What is added or taken away above does not move messages."""
    text = "---\ntitle: 甲\n---\n\n{{< long >}}\n\n@[nowhere](/no/)\n"
    plugin = "plugin = Plugin('long', shortcodes={'long': lambda call: 'a\\n\\nb\\n\\nc'})\n"
    root = write_blog(
        {"site.toml": SETTINGS, "posts/2026-01-01-a.md": text, "plugins.py": HEAD + plugin}
    )
    assert [("posts/2026-01-01-a.md", 7)] == [
        (each.path, each.line) for each in build(root).problems if each.rule == "link"
    ]


def test_a_line_below_lines_of_a_transform_is_the_line_of_the_file(write_blog: Write) -> None:
    """A plugin that writes another body need not care for lines."""
    text = "---\ntitle: 甲\n---\n\n文\n\n[nowhere](/no/)\n"
    hook = "lambda post, site: replace(post, body='# 加\\n\\n' + post.body)"
    plugin = f"plugin = Plugin('p', post={hook})\n"
    root = write_blog(
        {"site.toml": SETTINGS, "posts/2026-01-01-a.md": text, "plugins.py": HEAD + plugin}
    )
    assert [("posts/2026-01-01-a.md", 7)] == [
        (each.path, each.line) for each in build(root).problems if each.rule == "link"
    ]


BROKEN = {
    "x = 1 +\n": "plugins.py:1: cannot be loaded: SyntaxError: invalid syntax",
    "\nimport 没有\n": "plugins.py:2: cannot be loaded: ModuleNotFoundError: No module named",
    "x = 1\n": "plugins.py:1: there is no Plugin in it",
}


@pytest.mark.parametrize("text", BROKEN)
def test_a_plugin_that_cannot_be_loaded_stops_the_build(write_blog: Write, text: str) -> None:
    """The message has the line of the file."""
    root = write_blog({"site.toml": SETTINGS, "posts/2026-01-01-a.md": "x", "plugins.py": text})
    with pytest.raises(SettingsError) as raised:
        build(root)
    assert str(raised.value).startswith(BROKEN[text])


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package with a plugin; return its file."""
    folder = tmp_path / "packages"
    (folder / "clock_plugin-1.0.dist-info").mkdir(parents=True)
    (folder / "clock_plugin-1.0.dist-info/METADATA").write_text(
        "Name: clock-plugin\nVersion: 1.0\n"
    )
    entry = "[evergreen.plugins]\nclock = clock_plugin:plugin\n"
    (folder / "clock_plugin-1.0.dist-info/entry_points.txt").write_text(entry)
    text = (
        HEAD + "def now(call):\n    return call.site.plugins['clock']['face']\n\n"
        "settings = {'face': '十二点', 'hands': 2}\n"
        "plugin = Plugin('clock', shortcodes={'clock': now}, settings=settings)\n"
    )
    (folder / "clock_plugin.py").write_text(text, "utf-8")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "clock_plugin", raising=False)
    return folder / "clock_plugin.py"


def test_an_installed_plugin_is_used_if_the_blog_names_it(
    write_blog: Write, installed: Path
) -> None:
    """`[plugins.NAME]` names it, and sets its settings."""
    post = "---\ntitle: 甲\n---\n\n{{< clock >}}\n"
    root = write_blog({"site.toml": SETTINGS, "posts/2026-01-01-a.md": post})
    shown = []
    for table in ("", "[plugins.clock]\n", '[plugins.clock]\nface = "一点"\n'):
        (root / "site.toml").write_text(SETTINGS + table, "utf-8")
        build(root)
        shown.append(body(root, "a/index.html").strip())
    assert ["<p>{{&lt; clock &gt;}}</p>", "<p>十二点</p>", "<p>一点</p>"] == shown


def test_wrong_settings_of_a_plugin_are_reported(installed: Path, tmp_path: Path) -> None:
    """An unknown plugin, an unknown setting, a value of another type."""
    tables = ["[plugins.clok]\n", "[plugins.clock]\nfac = 1\n", '[plugins.clock]\nhands = "2"\n']
    messages = []
    for table in tables:
        with pytest.raises(SettingsError) as raised:
            load_plugins(tmp_path, parse_settings(table))
        messages.append(str(raised.value))
    assert [
        "site.toml: there is no plugin 'clok': did you mean 'clock'?",
        "site.toml: unknown setting 'plugins.clock.fac': did you mean 'face'?",
        "site.toml: 'plugins.clock.hands' is '2': write a value like 2",
    ] == messages


def test_the_preview_shows_an_edited_plugin(root: Path) -> None:
    """Saving a plugin brings up to date what it touched; its files are served, too."""
    live = LiveSite(options(root))
    before = live.posts["posts/2026-01-03-plain.md"].page
    edit(root / "plugins/keys.py", "<kbd>", "<samp>")
    list(live.rebuild(frozenset(["plugins/keys.py"])))
    served, extra = live.read("shortcode/index.html"), live.read("list.txt")
    assert served and b"<samp>Ctrl" in served.content
    assert extra and extra.content.isdigit()
    after = live.posts["posts/2026-01-03-plain.md"].page
    assert before and after and before.digest == after.digest
    (root / "plugins/keys.py").write_text("x = (", "utf-8")
    list(live.rebuild(frozenset(["plugins/keys.py"])))
    assert ["plugins/keys.py:1"] == [f"{each.path}:{each.line}" for each in live.faults]
