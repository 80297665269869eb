"""The search index: words, sections, and that an amended index is the one made as a whole."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Write
from sample_pages import SITE, post

from evergreen.build.pipeline import BuildOptions, publish
from evergreen.model import Page, Site
from evergreen.site.search.index import (
    FOLDER,
    INDEX,
    PostChange,
    SearchIndex,
    amend_index,
    make_index,
    read_contents,
)
from evergreen.site.search.post import IndexedPost, index_post
from evergreen.site.search.sections import Section, read_sections
from evergreen.site.search.shards import read_shard, spellings, write_shard
from evergreen.site.search.words import fold, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't use C++, C# or F#.", "don t use c++ c# or f#".split()),
        ("C++17, n+1, x++y, issue#12", "c++ 17 n 1 x y issue 12".split()),
        ("scikit-learn 1.9, cross_entropy", "scikit learn 1 9 cross entropy".split()),
        ("“Naïve” Größe – C++17’s Привет, Λόγος", "naive grosse c++ 17 s привет λογοσ".split()),
        ("Crème BRÛLÉE, Straße, Łódź", "creme brulee strasse lodz".split()),
        ("用C语言", ["c", "用", "语言", "言"]),
        ("损失函数", ["损失", "失函", "函数", "数"]),
        ("がか ｶﾞ", ["がか", "か", "ガ"]),
        ("학습률은", ["학습", "습률", "률은", "은"]),
        ("Ｃ２ ①", ["c2", "1"]),
        ("हिन्दी भाषा।", ["हिन्दी", "भाषा"]),
        ("。，！？ -- ・", []),
    ],
)
def test_words(text: str, words: list[str]):
    """Accents are dropped, voiced kana are kept; runs of characters are pairs and a last one."""
    assert words == words_of(fold(text))


def test_sections_are_named_and_code_is_apart():
    """Outputs, formulas and footnotes' marks are left out; captions are text."""
    body = (
        "<p>One <em>t</em>wo<sup><a class='footnote' href='#fn'>1</a></sup> &lt;b&gt;</p>"
        "<h2 id='数据'>The <code>data</code> <math><mi>x</mi></math></h2><p>多<br>行</p>"
        "<pre><code>a <span class='o'>=</span> 1\n</code></pre>"
        "<pre class='output'>0.1</pre><div class='output html'><div>2</div>3</div>"
        "<figure class='output figure'><figcaption>Caption</figcaption></figure>"
    )
    expected = [
        Section("", "", "One two <b>"),
        Section("数据", "The data", "多 行 Caption", "a = 1\n"),
    ]
    assert expected == read_sections(body)


@pytest.mark.parametrize(
    "part",
    ["<a ", "<a '", "<", "<pre>", "<h2>", "<div class='output html'>", "<!--", "<math", "据"],
)
def test_long_broken_bodies_take_linear_time(part: str):
    """Of a megabyte of beginnings without an end something is read."""
    assert read_sections(part * (1_000_000 // len(part)))


@pytest.mark.parametrize("text", ["", 'a\t0,2\t"%\nb\t5\t#'])
def test_a_shard_is_what_it_was(text: str):
    """Reading and writing undo each other."""
    assert text == write_shard(read_shard(text))


def test_a_word_can_be_corrected_by_its_beginning_or_its_end():
    """It is in the shards of its first two and its last two letters; short words are in none."""
    assert {"gradient"} == {*spellings(["gradient", "loss", "损失函数的", "x1y2z3"], 1)[0]}
    assert 2 == sum(words == ["gradient"] for words in spellings(["gradient"], 1 << 12))


WORDS = "gradient loss 损失函数 学习率 network 畳み込み Verlust C++ tree 训练".split()


def some_post(chooser: random.Random, number: int, lang: str = "en") -> IndexedPost:
    """Index a short post of a few words."""
    body = " ".join(chooser.choice(WORDS) + chooser.choice(["", "s", "x"]) for _ in range(12))
    content = f"<p>{body}</p><h2 id='a'>{chooser.choice(WORDS)}</h2><pre>{body[:20]}</pre>"
    return index_post(SITE, Page(post(f"p{number}", chooser.choice(WORDS), 1, lang=lang), content))


def reader(index: SearchIndex):
    """Return a function that reads a file of an index."""
    return index.new.__getitem__


@pytest.mark.parametrize("seed", range(12))
def test_an_amended_index_is_the_index(seed: int):
    """After any edits, new posts and removals at the end: byte by byte the one made as a whole."""
    chooser = random.Random(seed)
    posts = [some_post(chooser, n, chooser.choice(["en", "zh"])) for n in range(6)]
    index = make_index(posts)
    for _ in range(8):
        after = list(posts)
        for number in chooser.sample(range(len(posts)), 2):
            after[number] = some_post(chooser, number, posts[number].lang)
        after += [some_post(chooser, len(after), "zh")] * chooser.randint(0, 1)
        if chooser.random() < 0.3 and len(after) > 4:
            after = after[:-2]
        length = max(len(posts), len(after))
        pairs = zip(*(each + [None] * (length - len(each)) for each in (posts, after)), strict=True)
        changes = [PostChange(n, a, b) for n, (a, b) in enumerate(pairs) if a != b]
        amended, whole = amend_index(changes, reader(index)), make_index(after)
        assert amended and whole.paths == amended.paths
        known = {**index.new, **amended.new}
        assert whole.new == {path: known[path] for path in amended.paths}
        posts, index = after, whole


def test_a_damaged_index_is_not_amended():
    """It is made as a whole then."""
    chooser = random.Random(1)
    before, after = some_post(chooser, 0), some_post(chooser, 1)
    index = make_index([before])
    for path in (path for path in index.new if path.startswith(f"{FOLDER}/")):
        damaged = {**index.new, path: index.new[path][:-9]}
        read = damaged.__getitem__
        amended = amend_index([PostChange(0, before, after)], read)
        assert (
            amended is None or make_index([after]).new.items() <= {**damaged, **amended.new}.items()
        )
    assert None is amend_index([PostChange(0, before, after)], lambda path: b"")


def test_what_a_result_shows_is_not_searched():
    """The date, the language and the slug of a post are no words of it."""
    page = Page(post("slug-of-it", "题", 1, lang="zh"), "<p>云杉</p>")
    indexed = index_post(SITE, page)
    assert {"题", "云杉", "杉", "articles"} == {*indexed.words}


TEXT = """---
title: 题 {n}
---

云杉四季常青。Number {n}.

## 树

Trees.
"""


def site_files(root: Path) -> dict[str, bytes]:
    """Return the published files of the index, by path."""
    folder = root / "_site" / FOLDER
    return {p.relative_to(root / "_site").as_posix(): p.read_bytes() for p in folder.iterdir()}


def test_the_index_follows_the_pages(write_blog: Write, tmp_path_factory: pytest.TempPathFactory):
    """An edit writes the parts it changes; then the index is that of a first build elsewhere."""
    texts = {f"posts/2026-01-{n:02}-p{n}.md": TEXT.format(n=n) for n in range(1, 21)}
    root = write_blog(texts)
    build = BuildOptions(root, root / "_site", Site(lang="zh"))
    publish(build)
    before = site_files(root)
    assert 0 == publish(build).written
    changed = {
        "posts/2026-01-05-p5.md": TEXT.format(n=5).replace("云杉", "红松"),
        "posts/2026-01-21-p21.md": TEXT.format(n=21),
    }
    write_blog(changed)
    publish(build)
    after = site_files(root)
    texts_and_spellings = 19 + 1
    assert texts_and_spellings == len(before.keys() & after.keys() - {INDEX})
    other = tmp_path_factory.mktemp("other")
    for path, text in (texts | changed).items():
        (other / path).parent.mkdir(exist_ok=True)
        (other / path).write_text(text, "utf-8")
    publish(replace(build, root=other, output=other / "_site"))
    assert after == site_files(other)
    (root / "posts/2026-01-01-p1.md").unlink()
    publish(build)
    assert 20 == len(read_contents(site_files(root)[INDEX]).posts)
    publish(replace(build, site=Site(lang="zh", search=False)))
    assert not (root / "_site" / FOLDER).exists()


def test_a_lost_file_of_the_index_is_made_again(write_blog: Write):
    """Whichever it is, whoever took it away."""
    root = write_blog({f"posts/2026-01-{n:02}-p{n}.md": TEXT.format(n=n) for n in (1, 2)})
    build = BuildOptions(root, root / "_site", Site(lang="zh"))
    publish(build)
    files = site_files(root)
    for path in files:
        (root / "_site" / path).unlink()
        publish(build)
        assert files == site_files(root)
