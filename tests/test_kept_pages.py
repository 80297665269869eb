"""Published pages that stay when their post fails and its last good page is not in the cache."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from conftest import Write

from evergreen.build.kept_pages import keep_published
from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.content.post import parse_post
from evergreen.model import Report, Site
from evergreen.settings import read_settings

POST = "---\ntitle: 题\n---\n\n![图](图.svg)\n\n```python\nprint('一', 1 + 1)\n```\n"
BAD = POST.replace("1 + 1", "1 / 0")
SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>'


def build(root: Path) -> Report:
    """Publish a blog into its _site."""
    return publish(BuildOptions(root, root / "_site", read_settings(root)))


def test_a_page_stays_without_the_cache(write_blog: Write) -> None:
    """As it is, with the files that it needs; the site's other files are new. The next build of
    the failing post, and the first of one that is removed, leave what they should."""
    other = "---\ntitle: 乙\n---\n\n[甲](2026-01-01-a.md)\n"
    root = write_blog(
        {"posts/2026-01-01-a.md": POST, "posts/2026-01-02-b.md": other, "posts/图.svg": SVG}
    )
    build(root)
    page = root / "_site/a/index.html"
    good = page.read_bytes()
    shutil.rmtree(root / ".cache")
    write_blog({"posts/2026-01-01-a.md": BAD, "templates/assets/style.css": "p { color: red }"})
    for _ in range(2):
        report = build(root)
        assert (("posts/2026-01-01-a.md",), 1) == (report.failed, len(report.problems))
        assert good == page.read_bytes()
        assert (root / "_site/a/图.svg").read_text() == SVG
        for each in re.findall(r'(?:href|src)="/(assets/[^"]+)"', good.decode()):
            assert (root / "_site" / each).is_file()
        assert "/a/" not in (root / "_site/index.html").read_text("utf-8")
    write_blog({"posts/2026-01-01-a.md": POST.replace("一", "二")})
    assert () == build(root).failed
    assert "二" in page.read_text("utf-8")
    (root / "posts/2026-01-01-a.md").unlink()
    build(root)
    assert not page.exists()


def test_a_page_of_somebody_else_is_not_ours(write_blog: Write) -> None:
    """Only files in the list of those that were published are."""
    root = write_blog({"posts/2026-01-01-a.md": BAD, "posts/图.svg": SVG})
    build(root)
    assert not (root / "_site/a").exists()
    (root / "_site/a").mkdir()
    (root / "_site/a/index.html").write_text("别人的")
    shutil.rmtree(root / ".cache")
    assert ("posts/2026-01-01-a.md",) == build(root).failed
    assert "别人的" == (root / "_site/a/index.html").read_text()


def test_what_is_kept_with_a_page() -> None:
    """What it loads and offers; no other page, and nothing that is made now."""
    site = Site(url="https://e.org", baseurl="/blog")
    post = parse_post("posts/2026-01-01-a.md", POST.encode(), site)
    content = {
        "a/index.html": '<link href="/blog/assets/s.css"><a href="/blog/b/">乙</a>'
        '<img srcset="p.webp 1x, /blog/assets/q.webp 2x">'
        '<a href="a.ipynb">x</a><script src="/blog/assets/new.js"></script>',
        "assets/s.css": "@font-face { src: url('f.woff2') }",
    }
    files = ("a/p.webp", "assets/q.webp", "a/a.ipynb", "assets/f.woff2", "b/index.html", "c.png")
    published = dict.fromkeys((*content, *files, "assets/new.js"), "0" * 64)
    texts = {path: text.encode() for path, text in content.items()}
    kept = keep_published([post], site, {"assets/new.js"}, published, texts.get)
    assert sorted([*content, *files[:4]]) == sorted(each.path for each in kept)
    assert [] == [*keep_published([post], site, {"a/index.html"}, published, texts.get)]
