"""The migration report of a Jekyll blog."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from evergreen.build.migrate import Migration, migrate
from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.cli import main
from evergreen.model.settings import CommentsOptions
from evergreen.settings import read_settings

FILES = {
    "_config.yml": "title: 长青\npaginate: 1\npaginate_path: /第:num页/\n"
    "plugins: [jekyll-feed, x]\n",
    "_layouts/post.html": "{{ content }}",
    "_posts/2020-01-01-甲.md": "---\nlayout: post\n---\n```python\nprint(1)\n```\n{% foo %}\n"
    "[x](/no/)\n",
    "_posts/2020-01-02-乙.md": "---\nexecute: true\n---\n```python\nprint(6 * 7)\n```\n",
    "_posts/2020-01-03-丙.md": "---\ntitle: 丙\n---\n好\n",
    "_posts/notes.txt": "no post",
    "图/a.png": "x",
    "index.html": "---\n---\n{% for post in site.posts %}{{ post.title }}{% endfor %}",
    "原样.xml": "---\n---\n<a>{{ site.title }}</a>",
    "文件.html": "---\nlayout: null\n---\n<!doctype html><title>{{ site.title }}</title>",
}


@pytest.fixture
def build(tmp_path: Path) -> BuildOptions:
    """Return the options of a small Jekyll blog."""
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    return BuildOptions(tmp_path, tmp_path / "_site", read_settings(tmp_path))


def test_notebooks_are_told(build: BuildOptions) -> None:
    """Also those that fastpages would convert: they would otherwise be missed only later."""
    for path in (
        "_posts/2020-02-01-本.ipynb",
        "_notebooks/2020-02-02-图.ipynb",
        "_notebooks/a.png",
    ):
        (build.root / path).parent.mkdir(exist_ok=True)
        (build.root / path).write_text("{}")
    why = (
        "is passed over: Jekyll has no notebooks: convert it with 'jupyter nbconvert --to markdown'"
    )
    told = [note for note in migrate(build).notes if "passed over" in note and "txt" not in note]
    assert [
        f"_posts/2020-02-01-本.ipynb {why}",
        f"_notebooks/2020-02-02-图.ipynb {why}",
    ] == told


def test_the_differences_of_each_post_are_reported(build: BuildOptions) -> None:
    """Unknown tags, dead links and blocks that could run are reported at their lines."""
    migration: Migration = migrate(build)
    found = {
        move.path: ([(each.line, each.message) for each in move.findings], move.blocks, move.runs)
        for move in migration.posts
    }
    first = [
        (7, "unknown Liquid tag 'foo'"),
        (8, "there is nothing at '/no/'"),
    ]
    given_way = [(1, "/ is a list that Evergreen makes: the list is published")]
    assert {
        "_posts/2020-01-01-甲.md": (first, 1, False),
        "_posts/2020-01-02-乙.md": ([], 1, True),
        "_posts/2020-01-03-丙.md": ([], 0, False),
        "index.html": (given_way, 0, False),
        "文件.html": ([], 0, False),
    } == found
    assert (
        "_layouts/post.html is not used (1 page): the templates are Evergreen's",
        "the plugin jekyll-feed: /feed.xml, and a feed for each tag here",
        "the plugin x does not run",
        "_posts/notes.txt is passed over: no post has such a name",
    ) == migration.notes
    assert not build.output.exists()


def test_another_markdown_dialect_is_reported(build: BuildOptions) -> None:
    """Old blogs use Redcarpet, whose headings need no space."""
    config = build.root / "_config.yml"
    config.write_text(config.read_text("utf-8") + "markdown: redcarpet\n", "utf-8")
    migration = migrate(replace(build, site=read_settings(build.root)))
    said = "the Markdown of redcarpet is not used: posts are read as kramdown reads them"
    assert said in migration.notes


def test_an_unknown_time_zone_is_reported(build: BuildOptions) -> None:
    """The report says that UTC is used instead."""
    config = build.root / "_config.yml"
    config.write_text(config.read_text("utf-8") + "timezone: Asia/Beijing\n", "utf-8")
    migration = migrate(replace(build, site=read_settings(build.root)))
    assert (
        "the time zone 'Asia/Beijing' is not known: times are UTC, as Jekyll takes them; a name "
        "like Asia/Shanghai gives the blog its own"
    ) in migration.notes


def test_the_blog_is_built_without_changing_its_files(build: BuildOptions) -> None:
    """One post runs; files are copied, with Liquid expanded; the list has Jekyll's pages."""
    report = publish(build)
    site = build.output
    assert ("_posts/2020-01-02-乙.md",) == report.ran
    assert "42" in (site / "2020/01/02/乙.html").read_text("utf-8")
    assert ["x", "<a>长青</a>", "<!doctype html><title>长青</title>"] == [
        (site / path).read_text("utf-8") for path in ("图/a.png", "原样.xml", "文件.html")
    ]
    assert (site / "第2页/index.html").exists()


def test_a_list_that_ours_replaces_is_not_a_warning(build: BuildOptions) -> None:
    """`migrate` reports it, a build does not, since every Jekyll blog has one."""
    (build.root / "tags.html").write_text(
        "---\npermalink: /archive/\n---\n{% for post in site.posts %}{{ post.title }}{% endfor %}",
        "utf-8",
    )
    told = [problem for problem in publish(build).problems if problem.path == "tags.html"]
    (move,) = [move for move in migrate(build).posts if move.path == "tags.html"]
    assert ([], ["/archive/ is a list that Evergreen makes: the list is published"]) == (
        told,
        [finding.message for finding in move.findings],
    )


def test_the_command_prints_text_or_json(
    build: BuildOptions, capsys: pytest.CaptureFixture[str]
) -> None:
    """The report is text or JSON; a blog that is not Jekyll's is refused."""
    assert 0 == main(["migrate", "--root", str(build.root)])
    last = capsys.readouterr().out.splitlines()[-1]
    assert (
        "5 posts and pages: 3 as in Jekyll, 2 with differences, 0 unreadable; "
        "1 block of 1 post could run; 1 dead link"
    ) == last
    assert 0 == main(["migrate", "--json", "--root", str(build.root)])
    assert 5 == len(json.loads(capsys.readouterr().out)["posts"])
    (build.root / "posts").mkdir()
    assert 2 == main(["migrate", "--root", str(build.root / "posts")])


def test_the_former_name_of_the_command_still_works(
    build: BuildOptions, capsys: pytest.CaptureFixture[str]
) -> None:
    """`moving-in` prints the same report as `migrate`."""
    main(["migrate", "--root", str(build.root)])
    expected = capsys.readouterr().out
    assert 0 == main(["moving-in", "--root", str(build.root)])
    assert expected == capsys.readouterr().out


def test_a_site_that_jekyll_built_is_left_alone(
    build: BuildOptions, capsys: pytest.CaptureFixture[str]
) -> None:
    """Our site is in a folder beside it, in the first build and the next."""
    (build.root / "_site").mkdir()
    (build.root / "_site/index.html").write_text("theirs")
    (build.root / "_posts/2020-01-02-乙.md").unlink()
    codes = [main(["--root", str(build.root), "--quiet"]) for _ in range(2)]
    capsys.readouterr()
    assert ([0, 0], "theirs") == (codes, (build.root / "_site/index.html").read_text())
    assert (build.root / "_evergreen/2020/01/03/丙.html").exists()


def test_keys_that_are_left_to_do_are_named(tmp_path: Path) -> None:
    """Comments whose settings are not complete are named until site.toml has them."""
    (tmp_path / "_posts").mkdir()
    (tmp_path / "_config.yml").write_text("disqus: {shortname: 我}\n")
    build = BuildOptions(tmp_path, tmp_path / "_site", read_settings(tmp_path))
    comments = "`disqus` of _config.yml is not taken over: write [comments] in site.toml"
    assert (comments,) == migrate(build).notes
    site = replace(build.site, comments=CommentsOptions(shortname="我"))
    assert () == migrate(replace(build, site=site)).notes


def test_each_key_of_the_config_is_in_the_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is taken over, left to the owner, or has no meaning here, with the reason."""
    (tmp_path / "_posts").mkdir()
    (tmp_path / "_posts/2020-01-01-a.md").write_text("---\n---\n{{ site.我的 }}{{ site.slogan }}\n")
    (tmp_path / "_config.yml").write_text(
        "title: 长青\ndisqus: {shortname: 我}\nlogo:\nport: 4000\nslogan: x\nskin: dark\n"
        "google_site_verification: abc\ngitalk: {id: a}\ntwitter_username: me\nba_track_id: a1\n"
        "google_adsense: ca-1\ngithub:\n"
    )
    assert 0 == main(["migrate", "--root", str(tmp_path)])
    lines = [each for each in capsys.readouterr().out.splitlines() if "_config.yml: " in each]
    assert [
        "_config.yml: title: taken over: as in Jekyll",
        "_config.yml: disqus: left to you: write [comments] in site.toml",
        "_config.yml: logo: no meaning here: only the theme or a plugin reads it",
        "_config.yml: port: no meaning here: an option of Jekyll's program",
        "_config.yml: slogan: taken over: Liquid in your pages reads site.slogan",
        "_config.yml: skin: no meaning here: only the theme or a plugin reads it",
        "_config.yml: google_site_verification: taken over: [head] in site.toml replaces it",
        "_config.yml: gitalk: left to you: write [comments] in site.toml, for giscus, utterances "
        "or Disqus",
        "_config.yml: twitter_username: left to you: the templates are Evergreen's: put it into "
        "templates/",
        "_config.yml: ba_track_id: left to you: write [analytics] in site.toml",
        "_config.yml: google_adsense: left to you: write its script to [head] in site.toml",
        "_config.yml: github: no meaning here: only the theme or a plugin reads it",
    ] == lines


@pytest.mark.parametrize(
    ("config", "meta"),
    [
        ("google_site_verification: a", {"google-site-verification": "a"}),
        ("baidu-site-verification: b", {"baidu-site-verification": "b"}),
        ("webmaster_verifications: {bing: c, google: }", {"msvalidate.01": "c"}),
        ("google_site_verification: false", {}),
    ],
)
def test_search_engines_still_know_the_owner(
    config: str, meta: dict[str, str], tmp_path: Path
) -> None:
    """The keys of themes, and those of jekyll-seo-tag, are metadata of each page."""
    (tmp_path / "_posts").mkdir()
    (tmp_path / "_config.yml").write_text(f"title: 长青\n{config}\n")
    assert meta == read_settings(tmp_path).head.meta
