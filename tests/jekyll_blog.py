"""A Jekyll blog of several hundred posts, as years of blogging leave it, and what Jekyll makes.

`python -m tests.jekyll_blog` builds the blogs with the Jekyll that is installed (Debian: `jekyll`)
and rewrites `fixtures/jekyll/addresses.json`: for each blog, the path of each file and the ids of
its headings. The blogs are the same on every machine.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

STORED = Path(__file__).parent / "fixtures" / "jekyll" / "addresses.json"
_HEADING = re.compile(r"<h[1-6][^>]*? id=\"([^\"]*)\"")

CONFIGS = {
    "years": """\
title: 长青博客
description: >-
  写了很多年的
  博客
url: https://blog.example
baseurl: /旧站
permalink: /:categories/:title/
timezone: Asia/Shanghai
exclude: [README.md, "*.tmp", vendor]
include: [_pages]
kramdown: {input: GFM, toc_levels: 1..3}
defaults:
  - scope: {path: "", type: posts}
    values: {layout: post, comments: true}
  - scope: {path: _posts/随笔}
    values: {categories: 随笔}
  - scope: {path: _pages}
    values: {layout: page}
""",
    "date": "title: A\ntimezone: America/New_York\n",
    "pretty": "title: A\npermalink: pretty\ntimezone: Europe/Berlin\n",
    "ordinal": "title: A\npermalink: ordinal\ntimezone: UTC\n",
    "weekdate": "title: A\npermalink: weekdate\ntimezone: UTC\n",
    "none": "title: A\npermalink: none\ntimezone: UTC\n",
    "parts": "title: A\npermalink: /b/:short_year/:i_month/:i_day/:long_day/:slug_:title\n"
    "timezone: UTC\n",
    "slugified": "title: A\n"
    "permalink: /:slugified_categories/:hour/:minute/:w_year/:name:output_ext\n"
    "timezone: Asia/Kolkata\nfuture: true\nshow_drafts: true\n",
}
MANY, FEW = 330, 24
"""Posts of the first blog, and of each of the others."""

_TITLES = (
    *(
        "机器学习 笔记",
        "C++ 模板 & 泛型",
        "Hello, World!",
        "TensorFlow：入门",
        "周末（一）",
        "100% 完成",
    ),
    *(
        "Über die Brücke",
        "What's new?",
        "数据、图表与其他",
        "a.b.c",
        "node.js",
        "Résumé écrit",
        "日本語の記事",
    ),
    *(
        "한국어 글",
        "emoji 🎉 标题",
        "snake_case_name",
        "MiXeD Case",
        "C# 与 F#",
        "A/B 测试",
        "~波浪~",
    ),
)
_NAMES = (
    *(
        "机器学习",
        "hello-world",
        "中文-名字",
        "with space",
        "UPPER-Case",
        "a.b.c",
        "dots..in..name",
    ),
    *(
        "c++",
        "(括号)",
        "x_y",
        "Ünïcode",
        "日本語",
        "trailing-",
        "-leading",
        "emoji-🎉",
        "a+b=c",
        "100%25",
    ),
    *("comma,name", "q&a", "it's", "end."),
)
_FOLDERS = ("", "", "", "2018/", "随笔/", "Tech/深度学习/", "a_b/")
_CATEGORIES = (
    *(
        "categories: articles",
        "categories: [技术, 随笔]",
        "category: 生活 随想",
        "categories: a B a",
    ),
    *(
        "categories: [C++, 'a/b']",
        "categories:\n  - Deep Learning\n  - 深度",
        "",
        "",
        "category: [x, y]",
    ),
)
_EXTRAS: tuple[str, ...] = (
    *("", "", "", "tags: [Python, 笔记]", "tags: a b c", "series: 从零开始", "slug: 自定义 Slug"),
    *(
        "permalink: /own/{n}/",
        "permalink: /own/{n}",
        "permalink: /own/{n}.html",
        "published: false",
    ),
    *("permalink: /:year/:categories/:title-{n}/", "theme: IBMPlexSerif", "modified: 2019-01-01"),
    *(
        "excerpt_separator: <!--more-->",
        "mathjax: true",
        "redirect_from: /old/{n}/",
        "a: [1, {{b: 2}}]",
    ),
)
_DATES = (
    *(
        "",
        "",
        "",
        "date: 2019-03-04",
        "date: 2019-03-04 23:30:00",
        "date: 2019-03-04 23:30:00 -0800",
    ),
    *(
        "date: 2019-03-04 23:30",
        "date: 2019-03-04T01:02:03+09:00",
        "date: '2019-3-4 5:06:07 +0800'",
    ),
)
_HEADINGS = (
    *(
        "## 一、开始",
        "## 一、开始",
        "# Hello *World*",
        "### `code` 与 C++",
        "## [链接](/x) 标题 #",
        "标题\n====",
    ),
    *(
        "## with {#own-id}",
        "### a -- b",
        "## 1. 安装",
        "Setext two\n------",
        '## "Quoted" & more',
        "#### ①②",
    ),
    *(
        "## {{ page.title }}",
        "### 全角（括号）：冒号",
        "## Ends? Yes!",
        "## emoji 🎉 here",
        "## snake_case x",
    ),
)
_BLOCKS = (
    "* TOC\n{:toc}",
    "> 引用\n{: .Quotes}",
    "text with `code` and $$x^2$$\n{: .center #id-{n}}",
    "{{% include note.html text='提示 {n}' kind=page.layout %}}",
    '{{% include note.html text="双引号" %}}\n后面',
    "{{% highlight python linenos %}}\nprint('{n}')\n\n{{% endhighlight %}}",
    "`{{% raw %}}{{{{ not liquid }}}} {{% not a tag %}}{{% endraw %}}`",
    "```python\nprint({n})\n```",
    "![图]({{{{ site.baseurl }}}}/images/图 {n}.png)",
    "[首页]({{{{ '/' | relative_url }}}}) 与 [绝对]({{{{ '/a' | absolute_url }}}})",
    "{{% if page.tags contains 'Python' %}}有 Python{{% else %}}没有{{% endif %}}",
    "{{% for i in (1..3) %}}{{{{ i }}}}{{% unless forloop.last %}}, "
    "{{% endunless %}}{{% endfor %}}",
    "{{% assign words = '一 二 三' | split: ' ' %}}{{{{ words | join: '、' }}}}",
    "{{% comment %}} nobody {{% endcomment %}}见下。",
    "见 [第一篇]({{% post_url 2015-01-01-first %}}) 与 [图]({{% link images/a.png %}})",
    "第一段。\n\n<!--more-->\n\n第二段。",
    "| a | b |\n|---|:-:|\n| 1 | $$a|b$$ |",
    "1. one\n2. two\n   - nested",
    "{{{{ page.date | date: '%Y-%m-%d' }}}} {{{{ page.title | escape }}}}",
    "脚注[^1]\n\n[^1]: 内容",
    '<div class="Tips" markdown="1">\n**tip**\n</div>',
    "{{% capture x %}}**粗体**{{% endcapture %}}{{{{ x }}}} {{{{ x | markdownify }}}}",
)


def write_blog(folder: Path, name: str) -> None:
    """Write one of the blogs, with files that must not be published."""
    rng = random.Random(f"blog {name}")
    _write(folder, "_config.yml", CONFIGS[name])
    _write(
        folder,
        "_includes/note.html",
        '<div class="note {{ include.kind }}">{{ include.text }}</div>',
    )
    _write(folder, "_posts/2015-01-01-first.md", "---\ntitle: 第一篇\n---\n# 第一篇\n")
    for path in (
        "images/a.png",
        "assets/图 片.jpg",
        "a%20b.txt",
        ".htaccess",
        "CNAME",
        "#x",
        "_y",
        "z~",
    ):
        _write(folder, path, "x")
    _write(folder, "README.md", "no front matter")
    _write(folder, "x.tmp", "x")
    for number in range(MANY if name == "years" else FEW):
        _write_post(folder, rng, number)
    _write_pages(folder)


def built_by_jekyll(folder: Path) -> dict[str, list[str]]:
    """Build a blog with Jekyll; return its files, with the ids of their headings."""
    output = folder / "_site"
    subprocess.run(
        ["jekyll", "build", "--disable-disk-cache", "-s", str(folder), "-d", str(output)],
        check=True,
        capture_output=True,
        env={**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"},
    )
    return read_site(output, lambda text: text)


def read_site(output: Path, body: Callable[[str], str]) -> dict[str, list[str]]:
    """Return the files of a site by path, with the ids of the headings in their bodies."""
    found = {}
    for path in sorted(path for path in output.rglob("*") if path.is_file()):
        text = body(path.read_text("utf-8")) if path.suffix == ".html" else ""
        found[path.relative_to(output).as_posix()] = _HEADING.findall(text)
    return found


def _write_post(folder: Path, rng: random.Random, number: int) -> None:
    day = f"{rng.choice([2016, 2017, 2018, 2020])}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
    place = rng.choice(["_posts/", "_posts/", "_posts/", "book/_posts/", "书/第 一 章/_posts/"])
    suffix = rng.choice([".md", ".md", ".md", ".markdown", ".MD", ".html"])
    name = (
        f"{rng.choice(_NAMES)}-{number}" if rng.random() < 0.9 else f"{number}-{rng.choice(_NAMES)}"
    )
    keys = (rng.choice(_CATEGORIES), rng.choice(_EXTRAS).format(n=number), rng.choice(_DATES))
    title = f"title: {json.dumps(rng.choice(_TITLES), ensure_ascii=False)}" if number % 7 else ""
    head = "\n".join(key for key in ("layout: post", title, *keys) if key)
    blocks = [_block(rng, number) for _ in range(rng.randint(2, 8))]
    if suffix == ".html":
        blocks = [f'<h2 id="甲-{at}">{{{{ page.title }}}}</h2>\n<p>文</p>' for at in range(3)]
    text = f"---\n{head}\n---\n\n" + "\n\n".join(blocks) + "\n"
    if number % 11 == 5:
        text = text.replace("\n", "\r\n")
    if number % 13 == 6:
        text = "\ufeff" + text
    _write(folder, f"{place}{rng.choice(_FOLDERS)}{day}-{name}{suffix}", text)


def _block(rng: random.Random, number: int) -> str:
    if rng.random() < 0.4:
        return rng.choice(_HEADINGS)
    block = rng.choice(_BLOCKS).replace("{n}", str(number))
    return block.replace("{{", "{").replace("}}", "}")


def _write_pages(folder: Path) -> None:
    for path in ("about.md", "docs/index.md", "docs/guide.html", "docs/中 文.md", "_pages/关于.md"):
        _write(folder, path, f"---\ntitle: {path}\n---\n## 标题\n")
    _write(folder, "own.md", "---\npermalink: /own-page\n---\n## x\n")
    _write(folder, "slash.md", "---\npermalink: /a/slash/\n---\n## x\n")
    _write(folder, "data.json", '---\nlayout: null\n---\n{"title": {{ site.title | jsonify }}}\n')
    _write(folder, "_drafts/later.md", "---\ntitle: later\npermalink: /later/\n---\n## x\n")
    _write(folder, "_posts/2999-01-01-future.md", "---\ntitle: f\n---\n## x\n")
    _write(folder, "_posts/notes.md", "---\ntitle: no date in its name\n---\n")


def _write(folder: Path, path: str, text: str) -> None:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode())


if __name__ == "__main__":
    made = {}
    for each in CONFIGS:
        with tempfile.TemporaryDirectory() as scratch:
            write_blog(Path(scratch) / "blog", each)
            made[each] = built_by_jekyll(Path(scratch) / "blog")
    STORED.parent.mkdir(parents=True, exist_ok=True)
    STORED.write_text(json.dumps(made, ensure_ascii=False, indent=0) + "\n", "utf-8")
