"""References from one post to what has a label in another."""

from __future__ import annotations

from pathlib import Path

import pytest

from evergreen.build.pipeline import BuildOptions, publish
from evergreen.build.report import Report
from evergreen.preview.blog.sources import Sources
from evergreen.settings import read_settings

B = (
    "---\ntitle: 乙\n---\n\n{}![图]({}){{#fig-a}}\n\n"
    "$$\nx\n$$ {{#eq-a}}\n\n## 节 {{#sec-a}}\n\n## 自动\n"
)
PICTURE = "data:image/gif;base64,R0lGODlhAQABAAAAACw="


def write(root: Path, name: str, text: str) -> None:
    """Write a post."""
    path = root / "posts" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, "utf-8")


def build(root: Path) -> Report:
    """Publish the blog."""
    (root / "site.toml").write_text(
        'title = "博"\nurl = "https://b.example"\nlang = "en"\n', "utf-8"
    )
    return publish(BuildOptions(root, root / "_site", read_settings(root)))


def page(root: Path, slug: str) -> str:
    """Return a page of the site."""
    return next((root / "_site").rglob(f"{slug}/index.html")).read_text("utf-8")


def messages(report: Report) -> list[str]:
    """Return the errors and warnings."""
    return [str(each) for each in report.problems]


def test_a_reference_leads_to_the_post_that_has_the_label(tmp_path: Path) -> None:
    """With its number and the title of the post; a link with a text keeps the text."""
    write(tmp_path, "2026-01-02-b.md", B.format("", PICTURE))
    refers = (
        "@fig-a，[-@fig-a]，\\eqref{eq-a}，[](#sec-a)，[文](#sec-a)，![@fig-a](" + PICTURE + ")\n"
    )
    write(tmp_path, "2026-01-03-a.md", f"---\ntitle: 甲\n---\n\n{refers}")
    assert not messages(build(tmp_path))
    shown = page(tmp_path, "a")
    url = "/b/"
    assert f'<a href="{url}#fig-a" title="乙">Figure 1 (乙)</a>' in shown
    assert f'<a href="{url}#fig-a" title="乙">1</a>' in shown
    assert 'title="乙">(1)</a>' in shown
    assert f'<a href="{url}#sec-a" title="乙">节</a>' in shown
    assert f'<a href="{url}#sec-a">文</a>' in shown


def test_an_edit_of_the_other_post_makes_the_page_anew(tmp_path: Path) -> None:
    """Its number, its title, its address, its end; also where the label moves to a third post."""
    write(tmp_path, "2026-01-02-b.md", B.format("", PICTURE))
    write(tmp_path, "2026-01-03-a.qmd", "---\ntitle: 甲\n---\n\n见 @fig-a。\n")
    write(tmp_path, "2026-01-04-c.md", "---\ntitle: 丙\n---\n\n话。\n")
    build(tmp_path)
    write(tmp_path, "2026-01-02-b.md", B.format(f"![一]({PICTURE}){{#fig-0}}\n\n", PICTURE))
    build(tmp_path)
    assert "Figure 2 (乙)" in page(tmp_path, "a")
    (tmp_path / "posts/2026-01-02-b.md").unlink()
    assert "nothing has the label 'fig-a'" in "".join(messages(build(tmp_path)))
    write(tmp_path, "2026-01-04-c.md", f"---\ntitle: 丙\n---\n\n![图]({PICTURE}){{#fig-a}}\n")
    assert not messages(build(tmp_path))
    assert 'href="/c/#fig-a" title="丙">Figure 1 (丙)' in page(tmp_path, "a")


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        (
            "@fig-aa",
            ":5:5: nothing has the label 'fig-aa': did you mean 'fig-a' of posts/2026-01-02-b.md",
        ),
        ("[](#自动)", ":5:8: nothing has the label '自动'"),
        (
            "@fig-c",
            ":5:5: the label 'fig-c' is in 2 other posts: posts/2026-01-04-c4.md, posts",
        ),
    ],
)
def test_a_label_that_is_not_clear_is_an_error(
    tmp_path: Path, reference: str, message: str
) -> None:
    """With the nearest one; those that are made of headings are of their post alone."""
    write(tmp_path, "2026-01-02-b.md", B.format("", PICTURE))
    for day in (4, 5):
        text = f"---\ntitle: 丙\n---\n\n![图]({PICTURE}){{#fig-c}}\n"
        write(tmp_path, f"2026-01-04-c{day}.md", text)
    write(tmp_path, "2026-01-03-a.md", f"---\ntitle: 甲\n---\n\n见 ({reference})\n")
    assert message in "".join(messages(build(tmp_path)))


def test_a_post_prefers_the_label_in_its_language(tmp_path: Path) -> None:
    """Translations have the same labels."""
    for lang in ("en", "zh"):
        text = f"---\ntitle: {lang}\nlang: {lang}\n---\n\n![图]({PICTURE}){{#fig-a}}\n"
        write(tmp_path, f"2026-01-02-b.{lang}.md", text)
    write(tmp_path, "2026-01-03-a.md", "---\ntitle: 甲\nlang: zh\n---\n\n@fig-a\n")
    assert not messages(build(tmp_path))
    assert "图 1（zh）" in page(tmp_path, "a")


def test_labels_of_myst_belong_to_all_posts(tmp_path: Path) -> None:
    """Of a title, a figure, a formula; in capitals or not."""
    write(
        tmp_path,
        "2026-01-02-b.md",
        "---\njupytext: {text_representation: {format_name: myst}}\n---\n(The_Post)=\n# 乙\n\n"
        f"文\n\n```{{figure}} {PICTURE}\n:name: Fig_A\n:alt: 图\n甲 {{ref}}`The_Post`\n```\n\n"
        "$$\nx\n$$ (Eq_A)\n",
    )
    write(
        tmp_path,
        "2026-01-03-a.md",
        "---\ntitle: 甲\njupytext: {text_representation: {format_name: myst}}\n---\n"
        "{ref}`The_Post` {numref}`Fig_A` {eq}`Eq_A` {ref}`文 <fig_a>` [](#Fig_A)\n",
    )
    assert not messages(build(tmp_path))
    shown = page(tmp_path, "a")
    url = "/b/"
    assert f'<a href="{url}" title="乙">乙</a>' in shown
    assert shown.count(f'<a href="{url}#fig_a" title="乙">Figure 1 (乙)</a>') == 2
    assert f'<a href="{url}#fig_a">文</a>' in shown
    assert 'title="乙">(1)</a>' in shown


def test_the_preview_follows_the_other_post(tmp_path: Path) -> None:
    """A new number, and a label that a refused post waited for."""
    write(tmp_path, "2026-01-02-b.md", B.format("", PICTURE))
    for day, label in ((3, "fig-a"), (4, "fig-0")):
        write(tmp_path, f"2026-01-03-a{day}.md", f"---\ntitle: 甲\n---\n\n见 @{label}。\n")
    build(tmp_path)
    sources = Sources(BuildOptions(tmp_path, tmp_path / "_site", read_settings(tmp_path)))
    waits, refers = "posts/2026-01-03-a4.md", "posts/2026-01-03-a3.md"
    assert sources.posts[waits].page is None
    write(tmp_path, "2026-01-02-b.md", B.format(f"![一]({PICTURE}){{#fig-0}}\n\n", PICTURE))
    sources.refresh({"posts/2026-01-02-b.md"})
    assert "Figure 2 (乙)" in sources.whole(refers).content
    assert "Figure 1 (乙)" in sources.whole(waits).content


def test_an_empty_link_to_a_post_names_what_has_the_label(tmp_path: Path) -> None:
    """As in MyST; a heading's own id has its text, anything else the title of the post."""
    write(tmp_path, "2026-01-02-b.md", B.format("", PICTURE))
    links = "".join(f"[](2026-01-02-b.md{end}) " for end in ("#fig-a", "#sec-a", "#自动", ""))
    write(tmp_path, "2026-01-03-a.md", f"---\ntitle: 甲\n---\n\n{links}\n")
    assert not messages(build(tmp_path))
    shown = page(tmp_path, "a")
    for text in ('#fig-a">Figure 1', '#sec-a">节', '">自动', '/b/">乙'):
        assert f"{text}</a>" in shown
