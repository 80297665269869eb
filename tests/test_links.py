"""Broken links, found where they stand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Write
from linked_blog import healthy, with_broken_links

from evergreen.build.linkcheck import check_addresses
from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.check.links import LinkTargets
from evergreen.check.site_files import find_in_file
from evergreen.cli import main
from evergreen.errors import Problem
from evergreen.model import Site
from evergreen.settings import read_settings

RULES = ("link", "anchor", "picture", "case")


def found(root: Path) -> list[Problem]:
    """What a publish says of links."""
    report = publish(BuildOptions(root, root / "_site", read_settings(root)))
    assert () == report.failed
    return [problem for problem in report.problems if problem.rule in RULES]


def test_nothing_is_invented(write_blog: Write) -> None:
    """A blog with good links of every kind, in every surrounding, gets no finding."""
    assert [] == found(write_blog(healthy()))


@pytest.mark.parametrize("seed", [1, 2])
def test_every_broken_link_is_found_at_its_line(write_blog: Write, seed: int) -> None:
    """A hundred of all kinds, and no other."""
    sown = with_broken_links(100, seed)
    assert 100 == len(sown.broken)
    problems = found(write_blog(sown.files))
    assert sown.broken == {(each.path, each.line, each.rule) for each in problems}
    assert {"warning"} == {each.severity for each in problems}


@pytest.mark.parametrize("text", ["[空]()", "[空]( )", '<a href="">空</a>', "![图]()"])
def test_a_link_without_an_address(write_blog: Write, text: str) -> None:
    """It leads to the page that it stands on, which nobody means."""
    root = write_blog({"posts/2026-01-01-a.md": f"---\ntitle: 题\n---\n\n一\n\n{text}\n"})
    advice = "an empty address: give the link an address"
    assert [f"posts/2026-01-01-a.md:7: {advice}"] == [str(each) for each in found(root)]


def test_what_outputs_link_to_stands_in_the_code(write_blog: Write) -> None:
    """At the address in it, else where the cell starts."""
    code = (
        "from IPython.display import HTML, display\n"
        "display(HTML('<a href=\"/没有/\">x</a>'))\n"
        "HTML('<img src=\"/%s.png\">' % 'keine')"
    )
    text = f"---\ntitle: 题\n---\n\n一\n\n```python\n{code}\n```\n"
    problems = found(write_blog({"posts/2026-01-01-a.md": text}))
    assert [(8, "picture"), (9, "link")] == [(each.line, each.rule) for each in problems]


def test_what_no_browser_follows_is_no_link(write_blog: Write) -> None:
    """Code, comments, scripts and style sheets."""
    text = (
        '`[a](/没有/)`\n\n```html\n<a href="/没有/">\n```\n\n'
        "<!-- [a](/没有/) <a href='/没有/'> -->\n\n"
        "<script>\nconst a = '<a href=\"/没有/\">';\n</script>\n\n"
        '<style>\na[href="/没有/"] { color: red }\n</style>\n\n\\[a](/没有/)\n\n'
        '{::comment}\n[a](/没有/)\n{:/comment}\n\n[k]: /没有/\n\n<p data-x="<a href=/x/>">x</p>\n'
    )
    root = write_blog({"posts/2026-01-01-a.md": f"---\ntitle: 题\n---\n\n{text}"})
    assert [] == found(root)


def test_a_repeated_address_is_told_at_each_line(write_blog: Write) -> None:
    """Once where it is defined for several links, once a line elsewhere."""
    text = "[一](/x/) [二](/x/)\n\n[三][k] [四][k]\n\n[五](/x/)\n\n[k]: /y/\n"
    root = write_blog({"posts/2026-01-01-a.md": f"---\ntitle: 题\n---\n{text}"})
    assert [(4, "'/x/'"), (8, "'/x/'"), (10, "'/y/'")] == [
        (each.line, each.message.rpartition(" ")[2]) for each in found(root)
    ]


def test_files_put_into_the_site_by_hand_are_there(write_blog: Write) -> None:
    """Whoever put them; and what is refused as a path is not looked for."""
    text = "[一](/手册/) [二](/手册/#有) [三](/手册/#没有) [四](/%2e%2e/site.toml)\n"
    root = write_blog(
        {
            "posts/2026-01-01-a.md": f"---\ntitle: 题\n---\n{text}",
            "site.toml": 'title = "题"\n',
        }
    )
    found(root)
    (root / "_site/手册").mkdir()
    (root / "_site/手册/index.html").write_text('<h1 id="有">手册</h1>', "utf-8")
    (root / "posts/2026-01-01-a.md").touch()
    assert ["anchor", "link"] == [each.rule for each in found(root)]


def test_links_are_checked_when_their_target_goes(write_blog: Write) -> None:
    """Though the page with the link is not made again."""
    root = write_blog(
        {
            "posts/2026-01-01-a.md": "---\ntitle: 一\n---\n[二](/b/#甲)\n",
            "posts/2026-01-02-b.md": "---\ntitle: 二\n---\n## 甲\n",
        }
    )
    assert [] == found(root)
    write_blog({"posts/2026-01-02-b.md": "---\ntitle: 二\n---\n## 乙\n"})
    assert ["anchor"] == [each.rule for each in found(root)]
    (root / "posts/2026-01-02-b.md").unlink()
    assert ["link"] == [each.rule for each in found(root)]
    assert ["link"] == [each.rule for each in found(root)]


def test_a_check_finds_what_a_publish_does(write_blog: Write) -> None:
    """Without a site, from the sources alone, and as errors."""
    sown = with_broken_links(60, seed=5)
    root = write_blog(sown.files)
    _, broken = check_addresses(BuildOptions(root, root / "_site", read_settings(root)))
    assert sown.broken == {(each.path, each.line, each.rule) for each in broken}
    assert {"error"} == {each.severity for each in broken}
    assert not (root / "_site").exists()


def test_a_check_knows_the_figures_of_records(write_blog: Write) -> None:
    """And asks of the named posts only."""
    options = "#| label: fig-a\n#| fig-alt: 线\n"
    code = f"```python\n{options}import matplotlib.pyplot as plt\n_ = plt.plot([1])\n```\n"
    root = write_blog(
        {
            "posts/2026-01-01-a.md": f"---\ntitle: 一\n---\n{code}\n[图](#fig-a) [无](#fig-b)\n",
            "posts/2026-01-02-b.md": "---\ntitle: 二\n---\n[无](/没有/)\n",
        }
    )
    assert [11, 4] == [each.line for each in found(root)]
    _, broken = check_addresses(BuildOptions(root, root / "_site", read_settings(root)), ["a"])
    assert [11] == [each.line for each in broken]


def test_the_command_tells_links(write_blog: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1 with a broken one, in all forms of the report; 0 when it is mended."""
    post = "posts/2026-01-01-a.md"
    root = write_blog({post: "---\ntitle: 题\n---\n[无](/没有/)\n"})
    files = [root / "junit.xml", root / "check.sarif"]
    arguments = ["check", "--root", str(root), "--junit", str(files[0]), "--sarif", str(files[1])]
    assert 1 == main(arguments)
    said = capsys.readouterr().out
    assert f"{post}:4:5: there is nothing at '/没有/'" in said
    assert "; 1 broken link; " in said
    assert all(post in file.read_text("utf-8") for file in files)
    assert 1 == main([*arguments, "--json"])
    assert "link" == json.loads(capsys.readouterr().out)["findings"][0]["rule"]
    write_blog({post: "---\ntitle: 题\n---\n[有](/)\n"})
    assert 0 == main(arguments)
    assert not any(post in file.read_text("utf-8") for file in files)


def test_a_check_reads_what_templates_link_to(write_blog: Write) -> None:
    """At the template's line, once for all pages; an address that a value makes in the file."""
    menu = '<nav>\n<a href="/no-such/">x</a>\n<a href="{{ link(\'/nor\' ~ root) }}">y</a>\n</nav>\n'
    root = write_blog(
        healthy() | {"templates/partials/footer.html": f'{menu}<a href="#main">z</a>\n'}
    )
    _, broken = check_addresses(BuildOptions(root, root / "_site", read_settings(root)))
    told = [
        (each.path.rpartition("/")[2], each.line, each.message.partition(" (in "))
        for each in broken
    ]
    nothing = "there is nothing at"
    assert ("footer.html", 2, f"{nothing} '/no-such/'") in [(*at, said[0]) for *at, said in told]
    made = {f"{nothing} '/blog/nor/'", f"{nothing} '/blog/nor/en/'"}
    assert {f"{nothing} '/no-such/'", *made} == {said[0] for *_, said in told}
    assert all(said[2].endswith(" files)") for *_, said in told)


def test_a_check_of_a_healthy_blog_finds_nothing(write_blog: Write) -> None:
    """In its feeds, its sitemap and its lists neither."""
    root = write_blog(healthy())
    assert [] == check_addresses(BuildOptions(root, root / "_site", read_settings(root)))[1]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("feed.xml", '<feed><link rel="self" href="/no.xml" /><id>urn:x</id></feed>'),
        ("sitemap.xml", "<urlset><url><loc>https://a.b/no.xml</loc></url></urlset>"),
        ("en/feed.json", '{"feed_url": "/feed.xml", "items": [{"url": "/no.xml", "id": "/x"}]}'),
        ("tags/index.html", '<link rel="alternate" hreflang="en" href="../no.xml">'),
    ],
)
def test_files_that_crawlers_read(path: str, text: str) -> None:
    """Feeds, sitemaps and translations name what is there."""
    site = Site(url="https://a.b")
    link_targets = LinkTargets(frozenset(["feed.xml"]))
    found = find_in_file(site, path, text.encode(), link_targets)
    assert ["link"] == [each.fault.rule for each in found]
    assert [] == find_in_file(site, path, text.replace("no.xml", "feed.xml").encode(), link_targets)


@pytest.mark.parametrize("text", ["[1]", "{", '{"items": 1, "url": [2]}', '{"items": ["/no/"]}'])
def test_a_file_that_is_only_called_a_feed(text: str) -> None:
    """An author may have one; there is nothing to follow in it."""
    link_targets = LinkTargets(frozenset(["feed.xml"]))
    assert [] == find_in_file(Site(), "data/my-feed.json", text.encode(), link_targets)


def test_lines_of_a_jekyll_blog(write_blog: Write) -> None:
    """Liquid moves lines and HTML has its own; pictures stand where Jekyll copies them from."""
    missing = "![无]({{ '/no.png' | relative_url }})"
    one = f"{{% if true %}}\n一\n{{% endif %}}\n![有](/b/images/a.png) {missing}\n"
    two = '<p>\n<a href="/无/">x</a>\n<a\n href="/无/">y</a></p>\n'
    root = write_blog(
        {
            "_config.yml": "title: 老博客\nbaseurl: /b\n",
            "images/a.png": "GIF89a",
            "_posts/2018-01-01-one.md": f"---\ntitle: 一\n---\n{one}",
            "_posts/2018-01-02-two.html": f"---\ntitle: 二\n---\n{two}",
        }
    )
    expected = [("one.md", 7, "picture"), ("two.html", 5, "link"), ("two.html", 7, "link")]
    _, broken = check_addresses(BuildOptions(root, root / "_site", read_settings(root)))
    for problems in (found(root), broken):
        assert expected == [(each.path[18:], each.line, each.rule) for each in problems]


@pytest.mark.parametrize(
    ("url", "count"),
    [
        ("https://me.github.io/other-project/a.html", 0),
        ("https://me.github.io/other-project/", 0),
        ("https://me.github.io/posts/gone.html", 1),
        ("https://me.github.io/gone", 0),
        ("/other-project/", 1),
    ],
)
def test_other_projects_at_a_shared_host(url: str, count: int) -> None:
    """A host of pages has each project in a folder of its own; within our folders all is ours."""
    site = Site(url="https://me.github.io")
    link_targets = LinkTargets(frozenset(["posts/a.html"]))
    text = f'<feed><link rel="alternate" href="{url}" /></feed>'
    assert count == len(find_in_file(site, "feed.xml", text.encode(), link_targets))
