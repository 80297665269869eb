"""Files that pages name: next to the post, elsewhere in the blog, written by its code."""

from __future__ import annotations

import json
import struct
import tempfile
import zlib
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlsplit

import pytest
from conftest import Write

from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.model import Report
from evergreen.preview.blog.blog import LiveSite
from evergreen.render.hyperlinks import find_urls
from evergreen.settings import read_settings

BASE = "https://example.org/blog"
SETTINGS = 'title = "T"\nurl = "https://example.org"\nbaseurl = "/blog"\nlanguages = ["zh"]\n'


def png(shade: int) -> bytes:
    """Return a picture of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixel = zlib.compress(bytes((0, shade)))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")
    )


FILES = {
    "posts/p.png": png(1),
    "posts/pics/deep/p.png": png(2),
    "posts/my pic (1).png": png(3),
    "posts/图 表.png": png(4),
    "posts/caf\u00e9.png": png(5),
    "posts/100%.png": png(6),
    "posts/data.csv": b"a,b\n",
    "posts/paper.pdf": b"%PDF-1.4",
    "posts/film.mp4": b"mp4",
    "posts/film.vtt": b"WEBVTT",
    "posts/page.html": b"<p>x</p>",
    "posts/script.sh": b"echo",
    "images/above.png": png(7),
    "static/root.png": png(8),
    "data/above.csv": b"c,d\n",
    "posts/2026-01-02-bundle/b.png": png(9),
    "posts/2026-01-02-bundle/sub/c.png": png(10),
    "posts/2026-01-02-bundle/shared.png": png(11),
}
WAYS = [
    "![a](p.png)",
    "![a](./p.png)",
    '![a](p.png "Title")',
    "![a](p.png){: width='5'}",
    "![a](pics/deep/p.png)",
    "![a](pics/../p.png)",
    "![a](<my pic (1).png>)",
    "![a](my%20pic%20%281%29.png)",
    "![a](图%20表.png)",
    "![a](<图 表.png>)",
    f"![a]({quote('图 表.png')})",
    "![a](cafe\u0301.png)",
    "![a](100%25.png)",
    "![a][ref]\n\n[ref]: p.png",
    "![ref2]\n\n[ref2]: <my pic (1).png>",
    "[![a](p.png)](pics/deep/p.png)",
    "[data](data.csv)",
    "[data](data.csv#row=1)",
    "[data](data.csv?raw)",
    "[paper](paper.pdf)",
    "[shell](script.sh)",
    "[page](page.html)",
    "[data][d]\n\n[d]: data.csv",
    '<img src="p.png" alt="a">',
    "<img alt=a src='p.png'>",
    "<IMG SRC='p.png' alt='a'>",
    '<img src="my pic (1).png" alt="a">',
    '<img alt="a" srcset="p.png 1x, pics/deep/p.png 2x" src="p.png">',
    '<picture><source srcset="pics/deep/p.png"><img src="p.png" alt="a"></picture>',
    '<video src="film.mp4" poster="p.png"><track src="film.vtt"></video>',
    '<audio controls><source src="film.mp4"></audio>',
    '<iframe src="page.html" title="x"></iframe>',
    '<object data="paper.pdf">x</object>',
    '<embed src="paper.pdf">',
    "|a|\n|-|\n|![a](p.png)|",
    "- ![a](p.png)\n\n> ![a](pics/deep/p.png)",
    "文[^1]\n\n[^1]: ![a](p.png)",
    "![a](../images/above.png)",
    "![a](/images/above.png)",
    "![a](/root.png)",
    "![a](/static/root.png)",
    "![a](../static/root.png)",
    "[data](../data/above.csv)",
    '<img alt="a" srcset="../images/above.png 2x" src="../static/root.png">',
]


def make(write_blog: Write, **posts: str) -> Path:
    """Return a blog with the files and posts."""
    root = write_blog(posts)
    (root / "site.toml").write_text(SETTINGS, "utf-8")
    for path, content in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


def post(body: str, title: str = "题", head: str = "") -> str:
    """Return the text of a post."""
    return f"---\ntitle: {title}\n{head}---\n\n{body}\n"


def build(root: Path) -> Report:
    """Publish the blog."""
    return publish(BuildOptions(root, root / "_site", read_settings(root)))


def named(page: str, html: str) -> list[str]:
    """Return the paths below the site that a page names, as a browser asks for them."""
    article = html[html.index('class="prose') : html.index("</article>")]
    urls = [url for _, url in find_urls(article) if not url.startswith("#")]
    paths = [unquote(urlsplit(urljoin(f"{BASE}{page}", url)).path) for url in urls]
    return [path.removeprefix("/blog/") for path in paths]


def contents(root: Path) -> set[bytes]:
    """Return the contents of the published files."""
    return {path.read_bytes() for path in (root / "_site").rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a built blog with a post for each way to name a file."""
    root = tmp_path_factory.mktemp("ways")
    posts = {f"posts/2026-01-01-w{n}.md": post(way) for n, way in enumerate(WAYS)}
    make(lambda files: write(root, files), **posts)
    assert [] == [str(each) for each in build(root).problems]
    return root


def write(root: Path, files: dict[str, str]) -> Path:
    """Write files into a folder."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    return root


@pytest.mark.parametrize("number", range(len(WAYS)), ids=WAYS)
def test_a_file_that_a_page_names_is_published(ways: Path, number: int) -> None:
    """Whatever the page asks for is in the site."""
    page = f"/w{number}/"
    found = named(page, (ways / f"_site/w{number}/index.html").read_text("utf-8"))
    assert found
    assert [] == [path for path in found if not (ways / "_site" / path).is_file()]
    assert {(ways / "_site" / path).read_bytes() for path in found} <= set(FILES.values())


@pytest.fixture(scope="module")
def live(ways: Path) -> LiveSite:
    """Return the same blog in the preview."""
    return LiveSite(BuildOptions(ways, ways / "_site", read_settings(ways)))


@pytest.mark.parametrize("number", range(len(WAYS)), ids=WAYS)
def test_a_file_that_a_page_names_is_in_the_preview(live: LiveSite, number: int) -> None:
    """With the same content."""
    served = live.read(f"w{number}/index.html")
    assert served
    for path in named(f"/w{number}/", served.content.decode()):
        file = live.read(path)
        assert file and file.content in FILES.values(), path


def test_translations_share_the_files_of_the_original(write_blog: Write) -> None:
    """One copy, next to the page in the main language."""
    names = ("index.md", "index.zh.md")
    text = post("![a](shared.png) ![b](sub/c.png)")
    root = make(write_blog, **{f"posts/2026-01-02-bundle/{name}": text for name in names})
    assert () == build(root).problems
    pages = {"/bundle/": "bundle", "/zh/bundle/": "zh/bundle"}
    for page, folder in pages.items():
        html = (root / f"_site/{folder}/index.html").read_text("utf-8")
        assert ["bundle/shared.png", "bundle/sub/c.png"] == named(page, html)
    copies = [
        path for path in (root / "_site").rglob("*.png") if path.name in ("shared.png", "c.png")
    ]
    assert 2 == len(copies)


def test_the_picture_of_a_post_is_next_to_it(write_blog: Write) -> None:
    """Its address in lists and cards is complete."""
    texts = {
        "posts/2026-01-02-bundle/index.md": post("文", head="image: b.png\n"),
        "posts/2026-01-01-a.md": post(
            "文", "甲", head="image: {path: ../images/above.png, alt: 图}\n"
        ),
    }
    root = make(write_blog, **texts)
    assert () == build(root).problems
    home = (root / "_site/index.html").read_text("utf-8")
    page = (root / "_site/bundle/index.html").read_text("utf-8")
    other = (root / "_site/a/index.html").read_text("utf-8")
    assert f'<meta property="og:image" content="{BASE}/bundle/b.png">' in page
    assert f"{BASE}/images/above.png" in other
    assert "bundle/b.png" in page and '"b.png"' not in home
    assert FILES["images/above.png"] == (root / "_site/images/above.png").read_bytes()


def test_a_changed_file_is_published_again(write_blog: Write) -> None:
    """One that appears, changes or goes; the same file is not written again."""
    root = make(write_blog, **{"posts/2026-01-01-a.md": post("![a](new.png) ![b](../img/x.png)")})
    advice = "put the file next to the post, as the URL says"
    assert [
        f"posts/2026-01-01-a.md:5:6: there is no picture 'new.png': {advice}",
        f"posts/2026-01-01-a.md:5:20: there is no picture '../img/x.png': {advice}",
    ] == [str(problem) for problem in build(root).problems]
    (root / "img").mkdir()
    (root / "img/x.png").write_bytes(png(20))
    (root / "posts/new.png").write_bytes(png(21))
    assert () == build(root).problems
    assert png(20) == (root / "_site/img/x.png").read_bytes()
    assert 0 == build(root).written
    (root / "img/x.png").write_bytes(png(22))
    assert () == build(root).problems
    assert png(22) == (root / "_site/img/x.png").read_bytes()
    (root / "posts/new.png").unlink()
    assert 1 == len(build(root).problems)
    assert not (root / "_site/a/new.png").exists()


def test_nothing_outside_the_blog_and_nothing_hidden_is_published(tmp_path: Path) -> None:
    """Neither by its path, nor by a symlink, nor below static/."""
    (tmp_path / "outside.txt").write_text("secret")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/deep.txt").write_text("secret")
    root = tmp_path / "blog"
    hidden = [
        ".env",
        "posts/.hidden",
        ".git/config",
        ".cache/x.txt",
        "posts/.d/x.txt",
        "static/.env",
    ]
    outside = ["../../outside.txt", "../../../outside.txt", "../..%2foutside.txt"]
    links = ["link.txt", "folder/deep.txt", "chain.txt", "to-hidden.txt", "loop.txt"]
    names = [
        *outside,
        *links,
        "../.env",
        ".hidden",
        "../.git/config",
        "../.cache/x.txt",
        ".d/x.txt",
    ]
    names += [str(tmp_path / "outside.txt"), "/../outside.txt", "/.env", "/static/.env"]
    names += ["/static/out.txt", "/static/outdir/deep.txt", "../static/out.txt"]
    body = "\n".join(f"[{n}](<{name}>) ![x](<{name}>)" for n, name in enumerate(names))
    write(root, {"posts/2026-01-01-a.md": post(body), **dict.fromkeys(hidden, "secret")})
    (root / "site.toml").write_text(SETTINGS, "utf-8")
    (root / "posts/link.txt").symlink_to(tmp_path / "outside.txt")
    (root / "posts/chain.txt").symlink_to(root / "posts/link.txt")
    (root / "posts/folder").symlink_to(tmp_path / "outside")
    (root / "posts/to-hidden.txt").symlink_to(root / ".env")
    (root / "posts/loop.txt").symlink_to(root / "posts/loop.txt")
    (root / "static/out.txt").symlink_to(tmp_path / "outside.txt")
    (root / "static/outdir").symlink_to(tmp_path / "outside")
    report = build(root)
    assert [1] == [report.posts]
    assert not [text for text in contents(root) if b"secret" in text]
    live = LiveSite(BuildOptions(root, root / "_site", read_settings(root)))
    for name in names:
        file = live.read(f"a/{unquote(name)}")
        assert file is None or b"secret" not in file.content


def test_a_symlink_within_the_blog_is_followed(write_blog: Write) -> None:
    """Its content is published, not the link."""
    root = make(write_blog, **{"posts/2026-01-01-a.md": post("![a](l.png)")})
    (root / "posts/l.png").symlink_to("../images/above.png")
    assert () == build(root).problems
    published = root / "_site/a/l.png"
    assert FILES["images/above.png"] == published.read_bytes() and not published.is_symlink()


def test_static_is_the_root_of_the_site(write_blog: Write) -> None:
    """With what hosts ask for; a generated file of the same path wins, except the owner's own."""
    texts = {
        "posts/2026-01-01-a.md": post("文"),
        "static/CNAME": "example.org\n",
        "static/_headers": "/*\n",
        "static/robots.txt": "User-agent: *\n",
        "static/.well-known/x": "1",
        "static/.nojekyll": "",
        "static/js/自己.js": "let a = 1",
        "static/feed.xml": "mine",
        "static/a": "mine",
    }
    root = make(write_blog, **texts)
    problems = sorted(str(problem) for problem in build(root).problems)
    assert [
        "static/a: /a would be a file and a folder: this file is not published: rename it",
        "static/feed.xml: Evergreen makes a file /feed.xml: this file is not published: rename it",
    ] == problems
    kept = ("CNAME", "_headers", "robots.txt", ".well-known/x", ".nojekyll", "js/自己.js")
    for name in kept:
        assert texts[f"static/{name}"] == (root / "_site" / name).read_text("utf-8")
    (root / "static/CNAME").unlink()
    build(root)
    assert not (root / "_site/CNAME").exists()


MAKING = """```python
from pathlib import Path
from IPython.display import HTML, FileLink, Image, Markdown, display
Path("made").mkdir()
for name in ("a.svg", "made/b 图.svg", "c.csv", "prose.txt", "unnamed.txt"):
    Path(name).write_text(f"<svg>{name}</svg>")
Path("p.png").write_bytes(b"changed")
Path("up.txt").symlink_to("/etc/hostname")
display(HTML('<img src="a.svg" alt="a">'), Markdown("![b](<made/b 图.svg>)"), FileLink("c.csv"))
display(HTML('<img src="p.png" alt="p"><a href="up.txt">u</a>'), Image(url="pics/deep/p.png"))
```

[prose](prose.txt)
"""


def test_files_that_code_wrote_are_published(write_blog: Write) -> None:
    """Those that an output or the text names, also from the record; the run's own version of a
    file next to the post, and no symlink.
    """
    root = make(write_blog, **{"posts/2026-01-01-a.md": post(MAKING)})
    for _ in range(2):
        report = build(root)
        assert ["there is nothing at 'up.txt'"] == [each.message for each in report.problems]
        found = {
            path.relative_to(root / "_site/a").as_posix(): path.read_bytes()
            for path in (root / "_site/a").rglob("*")
            if path.is_file() and path.suffix not in (".html", ".md", ".ipynb", ".py")
        }
        written = ("a.svg", "made/b 图.svg", "c.csv", "prose.txt")
        assert {
            **{name: f"<svg>{name}</svg>".encode() for name in written},
            "p.png": b"changed",
            "pics/deep/p.png": FILES["posts/pics/deep/p.png"],
        } == found
        (root / ".cache/pages").rename(root / ".cache/gone") if report.ran else None


def test_a_notebook_names_files_and_has_attachments(write_blog: Write) -> None:
    """Both are published."""
    source = "![a](p.png) ![b](attachment:x.png)"
    picture = {"x.png": {"image/png": "iVBORw0KGgo="}}
    cells = [
        {"cell_type": "raw", "metadata": {}, "source": "---\ntitle: N\n---"},
        {"cell_type": "markdown", "metadata": {}, "source": source, "attachments": picture},
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    root = make(write_blog, **{"posts/2026-01-02-n.ipynb": json.dumps(notebook)})
    assert () == build(root).problems
    found = named("/n/", (root / "_site/n/index.html").read_text("utf-8"))
    assert 2 == len([path for path in found if path.endswith(".png")])
    assert all((root / "_site" / path).is_file() for path in found)


def test_a_link_to_a_notebook_that_is_a_post_leads_to_its_page(write_blog: Write) -> None:
    """Its source is not published."""
    cells = [{"cell_type": "raw", "metadata": {}, "source": "---\ntitle: N\n---"}]
    notebook = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4})
    texts = {
        "posts/2026-01-02-n.ipynb": notebook,
        "posts/2026-01-01-a.md": post("[n](2026-01-02-n.ipynb)"),
    }
    root = make(write_blog, **texts)
    assert () == build(root).problems
    assert ["n/"] == named("/a/", (root / "_site/a/index.html").read_text("utf-8"))


def test_the_preview_serves_what_is_there_now(write_blog: Write) -> None:
    """A changed file, and after its end nothing; also of static/."""
    root = make(write_blog, **{"posts/2026-01-01-a.md": post("![a](p.png)")})
    live = LiveSite(BuildOptions(root, root / "_site", read_settings(root)))

    def save(path: str, content: bytes | None) -> None:
        (root / path).unlink() if content is None else (root / path).write_bytes(content)
        list(live.rebuild({path}))

    def served(path: str) -> bytes | None:
        file = live.read(path)
        return file.content if file else None

    assert (FILES["posts/p.png"], FILES["static/root.png"]) == (
        served("a/p.png"),
        served("root.png"),
    )
    save("posts/p.png", png(30))
    save("static/root.png", png(31))
    save("static/more.txt", b"x")
    assert (png(30), png(31), b"x") == (served("a/p.png"), served("root.png"), served("more.txt"))
    save("posts/p.png", None)
    save("static/root.png", None)
    (root / "static/more.txt").rename(root / "static/other.txt")
    list(live.rebuild({"static/more.txt", "static/other.txt"}))
    assert [None, None, None, b"x"] == [
        served(path) for path in ("a/p.png", "root.png", "more.txt", "other.txt")
    ]


def test_code_reads_what_is_above_its_folder_in_the_blog(write_blog: Write) -> None:
    """As it does in the blog itself; what is not there, or hidden in a sandbox, is explained."""
    code = "```python\nprint(open('{}').read())\n```"
    root = make(write_blog, **{"posts/2026-01-01-a.md": post(code.format("../data/above.csv"))})
    assert () == build(root).problems
    (root / "posts/2026-01-01-a.md").write_text(post(code.format("../data/none.csv")), "utf-8")
    [problem] = build(root).problems
    assert (
        "the post finds no '../data/none.csv' in the blog; in a sandbox and on a worker it sees "
        "only its own folder: put the file, or a symlink to it, next to the post"
    ) == problem.advice


def test_a_temporary_folder_may_be_a_symlink(
    write_blog: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a post reads above its folder is named by its path in the blog, not in the run's."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "link"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    code = "```python\nprint(open('../data/above.csv').read())\n```"
    root = make(write_blog, **{"posts/2026-01-01-a.md": post(code)})
    assert (1, 0) == (len(build(root).ran), len(build(root).ran))
    (root / "data/above.csv").write_text("新", "utf-8")
    assert 1 == len(build(root).ran)
