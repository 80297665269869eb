"""A blog with every kind of link, all of them valid; and the same with broken links added.

A kind is a piece of Markdown with `{}` in place of a URL. In the healthy blog each kind has a valid
URL, in the other one some are broken.
"""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass

SETTINGS = """title = "链接"
url = "https://博客.example"
baseurl = "/blog"
lang = "zh"
languages = ["en"]
search = false
"""
BASE = "https://博客.example/blog"

KINDS = {
    "a link": "文字 [链接]({}) 在这里。",
    "with a title": '前面一行\n又有 [链接]({} "题目")。',
    "in angles": "见 [一二]({})，以及 `[代码](/没有/)`。",
    "over two lines": "[很长的\n文字]({}) 后面。",
    "by reference": "用 [引用][k{n}] 两次：[再引][k{n}]。\n\n中间。\n\n[k{n}]: {}",
    "by reference, with a title": '用 [引用][k{n}]。\n\n[k{n}]: {} "题"',
    "in a list": "- 一\n- 二\n  - 深 [链接]({})\n- 三",
    "in a quote": "> 引文\n> 有 [链接]({})",
    "in a table": "| 列 | 列 |\n|---|---|\n| 一 | [链接]({}) |",
    "in a heading": "## 小节 [链接]({})",
    "in a footnote": "脚注[^f{n}]。\n\n[^f{n}]: 见 [链接]({})。",
    "in a term": "术语\n: 解释 [链接]({})",
    "in emphasis": "*强调 [链接]({})* 完。",
    "raw": '<div class="x">\n<p>\n<a class="y"\n   href="{}">链接</a></p>\n</div>',
    "raw in a line": '文字 <a href="{}">链接</a> 文字。',
    "raw around Markdown": '<div markdown="1">\n\n有 [链接]({})\n\n</div>',
    "around a picture": "[![图](/blog/assets/图.png)]({})",
    "cited": '<blockquote cite="{}">\n引文\n</blockquote>',
}
PICTURES = {
    "a picture": "![图]({})",
    "in a line": '文字 ![图]({} "题") 文字。',
    "raw": '<img alt=""\n src="{}">',
    "sizes": '<img alt="" src="/assets/图.png"\n srcset="/assets/图.png 1x, {} 2x">',
    "a source": '<picture>\n<source srcset="{}">\n<img src="/assets/图.png" alt="">\n</picture>',
    "by reference": "![图][p{n}]\n\n[p{n}]: {}",
    "a poster": '<video controls poster="{}"></video>',
}

GOOD = (
    "/文章/第一篇/",
    "/blog/文章/第一篇/",
    "/文章/第一篇",
    "/%E6%96%87%E7%AB%A0/%E7%AC%AC%E4%B8%80%E7%AF%87/",
    f"{BASE}/文章/第一篇/#小节",
    "../第一篇/#小节",
    "/文章/第一篇/#%E5%B0%8F%E8%8A%82",
    "/文章/第一篇/?from=x#main",
    "#有的",
    "#main",
    "#top",
    "/en/文章/第一篇/",
    "/feed.xml",
    "/en/feed.json",
    "/sitemap.xml",
    "/",
    "/archive/",
    "/tags/教程/",
    "/old/一/",
    "https://example.com/没有/#没有",
    "mailto:a@example.com",
    "tel:+8613800000000",
    "/robots.txt",
)
"""Addresses of what is there, or of what nobody can know."""
GOOD_PICTURES = ("/assets/图.png", f"{BASE}/assets/图.png", "/assets/%E5%9B%BE.png", "data:,x")

BROKEN = {
    "/文章/没有{n}/": "link",
    "/blog/没有{n}/": "link",
    "../没有{n}/": "link",
    "没有{n}.html": "link",
    f"{BASE}/没有{{n}}/": "link",
    "/%E6%B2%A1%E6%9C%89{n}/": "link",
    "/en/文章/只有中文/?n={n}": "link",
    "/文章/草稿/?n={n}": "link",
    "/atom{n}.xml": "link",
    "/sitemap-{n}.xml": "link",
    "/tags/没有{n}/": "link",
    "2026-01-01-第一篇.md?n={n}": "link",
    "/文章/第一篇/#没有{n}": "anchor",
    "/文章/第一篇/#%E6%B2%A1%E6%9C%89{n}": "anchor",
    "#没有{n}": "anchor",
    "/archive/#没有{n}": "anchor",
    "/Archive/?n={n}": "case",
    "/en/文章/LA-FE\u0302TE/?n={n}": "case",
    "www.example.com/{n}": "link",
    "htps://example.com/{n}": "link",
    "file:///home/me/{n}.html": "link",
    "../../../../../{n}/": "link",
}
"""Address → the rule that it breaks."""
BROKEN_PICTURES = {
    "/assets/没有{n}.png": "picture",
    "没有{n}.png": "picture",
    "/assets/%E6%B2%A1%E6%9C%89{n}.png": "picture",
    "/Assets/图.png?n={n}": "case",
    f"{BASE}/没有{{n}}.jpg": "picture",
}
FRONT = (
    ("references:\n  - id: a\n    title: 文献\n    url: {}", "/文章/没有{n}/", "link"),
    ("image:\n  feature: {}\n  alt: 图", "/assets/没有{n}.jpg", "picture"),
    (
        "image:\n  feature: /assets/图.png\n  alt: 图\n  creditlink: {}",
        "/文章/没有{n}/",
        "link",
    ),
)
"""In the front matter: its lines, an address, the rule."""


@dataclass(frozen=True)
class BrokenBlog:
    """A blog's files, and where its broken links stand."""

    files: dict[str, str]
    broken: set[tuple[str, int, str]]
    """Path, line, rule."""


def healthy() -> dict[str, str]:
    """Return a blog without broken links."""
    pieces = [kind.replace("{n}", f"{n}") for n, kind in enumerate(KINDS.values())]
    bodies = [piece.replace("{}", url) for url in GOOD for piece in pieces]
    pictures = [kind.replace("{n}", f"p{n}") for n, kind in enumerate(PICTURES.values())]
    bodies += [piece.replace("{}", url) for url in GOOD_PICTURES for piece in pictures]
    size = len(bodies) // 6 + 1
    files = {
        f"posts/2026-02-{at + 1:02}-好{at}.md": _post(
            f"好{at}", bodies[at * size : (at + 1) * size]
        )
        for at in range(6)
    }
    return _common() | files


def with_broken_links(count: int, seed: int) -> BrokenBlog:
    """Return the healthy blog with broken links added in posts of their own."""
    chance = random.Random(seed)
    kinds, pictures = list(KINDS.values()), list(PICTURES.values())
    files, broken = healthy(), set()
    for at, (front, url, rule) in enumerate(FRONT):
        text = front.replace("{}", url.format(n=f"f{at}"))
        path = f"posts/2026-03-{at + 1:02}-头{at}.md"
        files[path] = _post(f"头{at}", ["正文。"], text)
        broken.add((path, 5 + _line_of(text, url.format(n=f"f{at}")), rule))
    posts: list[list[tuple[str, str, str]]] = [[] for _ in range(10)]
    for n in range(len(FRONT), count):
        if n % 4 == 3:
            kind, (url, rule) = chance.choice(pictures), chance.choice([*BROKEN_PICTURES.items()])
        else:
            # Every address comes, in every surrounding sooner or later.
            url, rule = [*BROKEN.items()][n % len(BROKEN)]
            kind = kinds[n % len(kinds)]
        piece = kind.replace("{n}", f"{n}").replace("{}", url.format(n=n))
        posts[chance.randrange(10)].append((piece, url.format(n=n), rule))
    for at, sown in enumerate(posts):
        path = f"posts/2026-04-{at + 1:02}-坏{at}.md"
        good = [f"好的 [链接]({chance.choice(GOOD)})。" for _ in range(3)]
        text = _post(f"坏{at}", [*good, *(piece for piece, _, _ in sown), *good])
        files[path] = text
        broken |= {(path, _line_of(text, url), rule) for _, url, rule in sown}
    return BrokenBlog(files, broken)


def _common() -> dict[str, str]:
    return {
        "site.toml": SETTINGS,
        "templates/assets/图.png": "",
        "posts/2026-01-01-第一篇.md": _post("第一篇", ["## 小节"], "redirect_from: /old/一/"),
        "posts/2026-01-01-第一篇.en.md": _post("First", ["## Section {#小节}"]),
        "posts/2026-01-02-只有中文.md": _post("只有中文", ["正文。"]),
        "posts/2026-01-03-fete.en.md": _post(
            "Fête", ["Text."], f"permalink: /en/文章/{unicodedata.normalize('NFC', 'la-fête')}/"
        ),
        "posts/2026-01-04-草稿.md": _post("草稿", ["正文。"], "draft: true"),
    }


def _post(title: str, pieces: list[str], front: str = "author: 我") -> str:
    head = f"---\ntitle: {title}\ncategories: 文章\ntags: [教程]\n{front}\n---\n"
    return head + "\n\n".join(["", "## 有的", *pieces]) + "\n"


def _line_of(text: str, needle: str) -> int:
    return text[: text.index(needle)].count("\n") + (1 if text.startswith("---") else 0)
