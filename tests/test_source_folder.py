"""A Jekyll blog whose files are in the folder that `_config.yml` names as its `source`."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Write

from evergreen.build.cache import unchanged
from evergreen.build.migrate import migrate
from evergreen.build.options import read_options
from evergreen.build.pipeline import publish
from evergreen.content.jekyll.detect import config_folder, source_folder
from evergreen.paths import TICK
from evergreen.settings import settings_here

OCTOPRESS = {
    "_config.yml": "title: 老博客\nurl: http://blog.example\n"
    "permalink: /blog/:year/:month/:day/:title/\nsource: source   # 源\ndestination: public\n",
    "source/_posts/2012-08-18-协程.markdown": "---\ntitle: 协程\ncategories: 编程\n---\n\n"
    "{% include 页脚.html %}\n\n![图](/images/图.svg)\n",
    "source/_includes/页脚.html": "<p>来自 {{ site.title }}</p>",
    "source/images/图.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
    "plugins/date.rb": "# Ruby",
    "README.markdown": "---\n---\n自述",
}


def test_the_posts_have_the_addresses_of_jekyll(write_blog: Write) -> None:
    """The folder is no category, and what is outside it is not published."""
    root = write_blog(OCTOPRESS)
    report = publish(read_options(root))
    assert (report.posts, report.problems) == (1, ())
    page = (root / "_site/blog/2012/08/18/协程/index.html").read_text("utf-8")
    assert "来自 老博客" in page
    assert (root / "_site/images/图.svg").exists()
    assert not (root / "_site/README/index.html").exists()


def test_a_change_of_its_settings_is_seen(write_blog: Write) -> None:
    """They are above the folder of its files."""
    root = write_blog(OCTOPRESS)
    publish(read_options(root))
    time.sleep(2 * TICK / 1e9)
    publish(read_options(root))
    assert unchanged.unchanged(read_options(root))
    (root / "site.toml").write_text('title = "新博客"\n', "utf-8")
    options = read_options(root)
    assert options.site.title == "新博客"
    before = replace(options, site=settings_here(root / "source"))
    assert unchanged.unchanged(before) is None


def test_the_folder_of_its_files_is_the_same_blog(write_blog: Write) -> None:
    """`--root` may name either."""
    root = write_blog(OCTOPRESS)
    assert settings_here(root) == settings_here(root / "source")
    assert config_folder(root / "source") == root


@pytest.mark.parametrize("value", [".", "./", "没有", "..", "/", '""', ""])
def test_what_is_not_a_folder_inside_changes_nothing(value: str, write_blog: Write) -> None:
    """The blog then is where its settings are."""
    root = write_blog({"_config.yml": f"source: {value}\n", "_posts/2012-08-18-a.md": "正文"})
    assert source_folder(root) == root


def test_the_report_of_a_move_says_that_it_is_taken_over(write_blog: Write) -> None:
    """It was an option of Jekyll's program that had no meaning."""
    keys = {key.name: key.state for key in migrate(read_options(write_blog(OCTOPRESS))).keys}
    assert keys["source"] == "taken over"
    assert keys["destination"] == "no meaning here"


def test_a_blog_below_another_is_its_own(write_blog: Write, tmp_path: Path) -> None:
    """The settings above belong to another folder."""
    root = write_blog({**OCTOPRESS, "docs/_posts/2020-01-01-b.md": "正文"})
    assert config_folder(root / "docs") == root / "docs"
