"""Which posts are translations of each other, and names in either Unicode form."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

from evergreen.build.options import BuildOptions
from evergreen.build.pipeline import publish
from evergreen.content.post import parse_post
from evergreen.model import Site
from evergreen.site.translations import translation_keys

SITE = Site(url="https://x.example", lang="en", languages=("de", "zh"), search=False)


def keys(**posts: str) -> list[list[str]]:
    """The posts of each text, by their file names; front matter by file name."""
    parsed = [
        parse_post(f"posts/2026-01-01-{name}.md", f"---\ntitle: x\n{head}---\n".encode(), SITE)
        for name, head in posts.items()
    ]
    found: dict[str, list[str]] = {}
    for path, key in translation_keys(parsed).items():
        found.setdefault(key, []).append(path[len("posts/2026-01-01-") : -len(".md")])
    return sorted(found.values())


@pytest.mark.parametrize(
    ("posts", "expected"),
    [
        ({"tree": "", "tree.de": "slug: baum\n"}, [["tree", "tree.de"]]),
        ({"tree": "slug: trees\n", "tree.de": ""}, [["tree", "tree.de"]]),
        (
            {"tree": "", "tree.zh": "slug: 树\n", "tree.de": "slug: baum\n"},
            [["tree", "tree.zh", "tree.de"]],
        ),
        ({"tree": "", "baum": "slug: tree\nlang: de\n"}, [["tree", "baum"]]),
        (
            {"tree": "", "baum": "slug: tree\nlang: de\n", "baum.zh": "slug: 树\n"},
            [["tree", "baum", "baum.zh"]],
        ),
        ({"tree": "", "bush": ""}, [["bush"], ["tree"]]),
        ({"node.js": "", "node": ""}, [["node"], ["node.js"]]),
    ],
)
def test_translations_have_one_slug_or_one_file_name(
    posts: dict[str, str], expected: list[list[str]]
) -> None:
    """Whichever of them is given; posts that share neither are two."""
    assert expected == keys(**posts)


def test_a_translation_with_a_slug_of_its_own(tmp_path: Path) -> None:
    """It is not listed beside the original, and each page names the other."""
    (tmp_path / "posts").mkdir()
    (tmp_path / "posts/2026-01-01-tree.md").write_text("---\ntitle: Tree\n---\n")
    (tmp_path / "posts/2026-01-01-tree.de.md").write_text("---\ntitle: Baum\nslug: baum\n---\n")
    assert () == publish(BuildOptions(tmp_path, tmp_path / "_site", SITE)).problems
    home = (tmp_path / "_site/index.html").read_text()
    assert (1, 0) == (home.count("Tree</a>"), home.count("Baum</a>"))
    for page, other in (("tree", "de/baum"), ("de/baum", "tree")):
        text = (tmp_path / "_site" / page / "index.html").read_text()
        linked = re.findall(r'<link rel="alternate" hreflang="\w+" href="([^"]+)"', text)
        assert f"https://x.example/{other}/" in linked
    sitemap = (tmp_path / "_site/sitemap.xml").read_text()
    assert 4 == len(re.findall(r'hreflang="(?:de|en)" href="[^"]+/(?:tree|baum)/"', sitemap))


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("written", ["NFC", "NFD"])
def test_names_are_found_in_either_unicode_form(form: str, written: str, tmp_path: Path) -> None:
    """A file that macOS has named is linked from a text that an editor has written, and the other
    way round; its address is composed."""
    name = unicodedata.normalize(form, "2026-01-01-café-が.md")  # type: ignore[arg-type]
    link = unicodedata.normalize(written, "2026-01-01-café-が")  # type: ignore[arg-type]
    (tmp_path / "posts").mkdir()
    (tmp_path / "posts" / name).write_text("---\ntitle: x\n---\n", "utf-8")
    text = f"---\ntitle: a\n---\n\n[a]({link}.md) [b]({{% post_url {link} %}})\n"
    (tmp_path / "posts/2026-01-02-a.md").write_text(text, "utf-8")
    assert () == publish(BuildOptions(tmp_path, tmp_path / "_site", SITE)).problems
    page = (tmp_path / "_site/a/index.html").read_text("utf-8")
    hrefs = re.findall(r'<a href="([^"]+)">[ab]</a>', page)
    assert ["/caf%C3%A9-%E3%81%8C/"] * 2 == hrefs
    assert (tmp_path / "_site/café-が/index.html").is_file()
