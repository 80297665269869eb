"""Write, save, see: the preview in Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import chromium, needs_chromium
from previewing import Preview, looking, serve

pytestmark = needs_chromium

PARAGRAPHS = "\n\n".join(f"第 {n} 段。" + "长文字，" * 60 for n in range(40))
HEAD = "---\ntitle: 预览\ntags: [甲]\n---\n\n"
FOLD = "<details id='fold'><summary>折</summary>\n\n里面\n\n</details>\n\n"
TEXT = f"{HEAD}开头的一段。\n\n{FOLD}<button id='knob'>按</button>\n\n{PARAGRAPHS}\n\n结尾。\n"
TEXT_POST = "posts/2026-01-01-yulan.md"
TEXT_URL = "yulan/"
CODE = """---
title: 代码
---

```python
import time
data = list(range(5))
```

```python
print("训练", flush=True)
time.sleep(1.2)
print("完成", len(data))
```

```python
print("图", sum(data))
```

数值是 `{python} len(data)`。
"""
CODE_POST = "posts/2026-01-02-daima.md"
CODE_URL = "daima/"


@pytest.fixture(scope="module")
def browser():
    """Chromium without a window."""
    with chromium() as launched:
        yield launched


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    """A preview of a blog that all tests share."""
    root = tmp_path_factory.mktemp("preview") / "blog"
    (root / "posts").mkdir(parents=True)
    (root / "site.toml").write_text('title = "预览"\nlang = "zh"\n', "utf-8")
    (root / TEXT_POST).write_text(TEXT, "utf-8")
    (root / CODE_POST).write_text(CODE, "utf-8")
    with serve(root) as preview:
        yield preview


@pytest.fixture
def preview(running: Preview) -> Iterator[Preview]:
    """The preview, with its posts as they were afterwards."""
    yield running
    for path, text in ((TEXT_POST, TEXT), (CODE_POST, CODE)):
        if not (running.root / path).exists() or (running.root / path).read_text("utf-8") != text:
            running.write(path, text)


def test_an_edit_is_patched_in_place(browser, preview: Preview) -> None:
    """Scroll, an open fold, focus, the theme and a script's own marks stay; the text is new."""
    with looking(browser, preview.address + TEXT_URL) as screen:
        screen.until("document.body.innerText.includes('第 3 段')")
        screen.look(
            "(() => { fold.open = true; knob.focus(); window.kept = 1; knob.dataset.own = 'x';"
            " document.documentElement.dataset.theme = 'dark'; scrollTo(0, 2000) })()"
        )
        found = (
            "[...document.querySelectorAll('p')].find((p) => p.innerText.startsWith('第 30 段'))"
        )
        place = f"{found}.getBoundingClientRect().top"
        before = screen.look(place)
        preview.write(TEXT_POST, TEXT.replace("开头的一段。", "新的开头，\n\n有两段。\n\n第三段。"))
        screen.until("document.body.innerText.includes('新的开头')")
        screen.page.wait_for_timeout(300)
        kept = (
            "[window.kept, fold.open, document.activeElement.id, knob.dataset.own,"
            " document.documentElement.dataset.theme]"
        )
        assert [1, True, "knob", "x", "dark"] == screen.look(kept)
        assert abs(screen.look(place) - before) <= 2
        assert [] == screen.said


def test_styles_are_swapped_without_a_reload(browser, preview: Preview) -> None:
    """The page has the new colour, and is the same document."""
    with looking(browser, preview.address + TEXT_URL) as screen:
        screen.look("window.kept = 1")
        own = preview.root / "templates/assets/evergreen.css"
        preview.write("templates/assets/evergreen.css", "body { color: rgb(1, 2, 3) }\n")
        screen.until("getComputedStyle(document.body).color === 'rgb(1, 2, 3)'")
        own.unlink()
        screen.until("getComputedStyle(document.body).color !== 'rgb(1, 2, 3)'")
        assert 1 == screen.look("window.kept")
        assert 1 == screen.look(
            "document.querySelectorAll('link[href*=\"assets/evergreen\"]').length"
        )


def test_a_template_is_seen_and_its_fault_told(browser, preview: Preview) -> None:
    """A broken template leaves the page beneath; a good one is shown; both without a reload."""
    with looking(browser, preview.address + TEXT_URL) as screen:
        screen.look("window.kept = 1")
        preview.write("templates/partials/footer.html", "<footer>{{ nichts.da }}</footer>")
        screen.wait(lambda: any("footer.html:1" in text for text in screen.panels))
        assert "开头的一段" in screen.text
        preview.write("templates/partials/footer.html", "<footer>新的页脚</footer>")
        screen.until("document.body.innerText.includes('新的页脚')")
        screen.wait(lambda: not screen.panels)
        (preview.root / "templates/partials/footer.html").unlink()
        screen.until("!document.body.innerText.includes('新的页脚')")
        assert 1 == screen.look("window.kept")


def test_broken_front_matter_is_told_over_the_last_good_page(browser, preview: Preview) -> None:
    """With its line and a link to the editor; mended, the fault is gone."""
    with looking(browser, preview.address + TEXT_URL) as screen:
        preview.write(TEXT_POST, TEXT.replace("tags: [甲]", "tags: [甲"))
        screen.wait(lambda: screen.panels)
        assert f"{TEXT_POST}:3" in screen.panels[0]
        link = screen.bar("querySelector('.panel a').href")
        assert f"vscode://file{preview.root}/{TEXT_POST}:3" == link
        assert "开头的一段" in screen.text
        preview.write(TEXT_POST, TEXT)
        screen.wait(lambda: not screen.panels)


def test_posts_come_move_and_go(browser, preview: Preview) -> None:
    """A new post is on the open list; renamed, its reader is led on; deleted, it is gone."""
    text = TEXT.replace("title: 预览", "title: 新来的")
    new, renamed = "posts/2026-02-01-xin.md", "posts/2026-02-01-gai.md"
    with looking(browser, preview.address) as home:
        preview.write(new, text)
        home.until("document.body.innerText.includes('新来的')")
        with looking(browser, preview.address + "xin/") as screen:
            (preview.root / new).rename(preview.root / renamed)
            screen.until("location.pathname === '/gai/'")
            screen.until("document.body.innerText.includes('开头的一段')")
            (preview.root / renamed).unlink()
            screen.until("!document.body.innerText.includes('开头的一段')")
        home.until("!document.body.innerText.includes('新来的')")


def test_a_page_that_is_not_there_yet_comes(browser, preview: Preview) -> None:
    """Who waits at an address sees the post when it is written."""
    with looking(browser, preview.address + "later/") as screen:
        preview.write("posts/2026-03-01-later.md", TEXT)
        screen.until("document.body.innerText.includes('开头的一段')")
        (preview.root / "posts/2026-03-01-later.md").unlink()


def test_drafts_are_marked(browser, preview: Preview) -> None:
    """On the page, and in the bar."""
    path = "posts/2026-03-02-gao.md"
    preview.write(path, TEXT.replace("title:", "draft: true\ntitle:"))
    with looking(browser, preview.address + "gao/") as screen:
        screen.until("document.querySelector('strong.draft')")
        screen.wait(lambda: "a draft" in str(screen.bar("querySelector('.mark').textContent")))
        (preview.root / path).unlink()


OUTPUTS = "[...document.querySelectorAll('.cell-outputs')].map((each) => each.innerText.trim())"


def test_code_runs_in_sight_and_from_the_edited_cell(browser, preview: Preview) -> None:
    """Lines come while a cell runs; an edit behind it runs without it, as a draft, until a clean
    run has confirmed it.
    """
    slow = CODE.replace("sleep(1.2)", "sleep(3)")  # long enough to be seen on a busy machine
    preview.write(CODE_POST, slow)
    with looking(browser, preview.address + CODE_URL) as screen:
        screen.until(f"{OUTPUTS}[0] === '训练'")
        screen.wait(lambda: screen.status == "clean run")
        assert ["训练\n完成 5", "图 10"] == screen.look(OUTPUTS)
        preview.write(CODE_POST, slow.replace('"图"', '"新图"'))
        screen.until(f"{OUTPUTS}[1] === '新图 10'")
        screen.wait(lambda: screen.status.startswith("draft: cells 1–2 kept from a warm kernel"))
        assert "训练" not in preview.said
        screen.wait(lambda: screen.status == "clean run")
        assert ["训练\n完成 5", "新图 10"] == screen.look(OUTPUTS)
        assert "cell 3 ran in the kept kernel" in preview.said


def test_waiting_cells_are_dimmed_not_blank(browser, preview: Preview) -> None:
    """While a cell runs, those behind it show what they last gave."""
    with looking(browser, preview.address + CODE_URL) as screen:
        screen.wait(lambda: screen.status in ("clean run", "from a kept run"), seconds=60)
        preview.write(CODE_POST, CODE.replace("range(5)", "range(6)"))
        screen.until("document.querySelectorAll('.evergreen-waiting').length > 0")
        assert "图 10" == screen.look(f"{OUTPUTS}.at(-1)")
        screen.until(f"{OUTPUTS}.at(-1) === '图 15'")
        screen.until("document.querySelectorAll('.evergreen-waiting').length === 0")


def test_prose_runs_no_code(browser, preview: Preview) -> None:
    """The text is new at once; nothing runs."""
    with looking(browser, preview.address + CODE_URL) as screen:
        screen.wait(lambda: screen.status in ("clean run", "from a kept run"), seconds=60)
        ran = preview.said.count("ran")
        preview.write(CODE_POST, CODE.replace("数值是", "新的数值是"))
        screen.until("document.body.innerText.includes('新的数值是')")
        screen.page.wait_for_timeout(500)
        assert ran == preview.said.count("ran")


def test_a_fault_of_code_stands_at_its_cell(browser, preview: Preview) -> None:
    """post:line, what it is, below the cell; the cell still shows its last good output."""
    with looking(browser, preview.address + CODE_URL) as screen:
        screen.wait(lambda: screen.status in ("clean run", "from a kept run"), seconds=60)
        preview.write(CODE_POST, CODE.replace("sum(data)", "sum(daten)"))
        screen.wait(lambda: screen.panels)
        assert f"{CODE_POST}:17" in screen.panels[0]
        assert "NameError" in screen.panels[0]
        screen.wait(lambda: screen.look(f"{OUTPUTS}.at(-1)") == "图 10")
        below = "document.querySelector('#cell-3').getBoundingClientRect().bottom"
        panel = "querySelector('.panel').getBoundingClientRect().top"
        screen.wait(lambda: 0 <= screen.bar(panel) - screen.look(below) < 40)
        preview.write(CODE_POST, CODE)
        screen.wait(lambda: not screen.panels)


def test_a_panel_shows_the_end_of_a_traceback(browser, preview: Preview) -> None:
    """What the cell printed before is above it."""
    with looking(browser, preview.address + CODE_URL) as screen:
        screen.wait(lambda: screen.status in ("clean run", "from a kept run"), seconds=60)
        loud = "sum(data, *print('行\\n' * 40, end='') or daten)"
        preview.write(CODE_POST, CODE.replace("sum(data)", loud))
        screen.wait(lambda: any("NameError" in text for text in screen.panels))
        pre = "querySelector('.panel pre')"
        ends = [
            screen.bar(f"{pre}.{name}") for name in ("scrollTop", "clientHeight", "scrollHeight")
        ]
        assert ends[0] > 0
        assert abs(ends[0] + ends[1] - ends[2]) <= 1
        preview.write(CODE_POST, CODE)
        screen.wait(lambda: not screen.panels)


def test_a_cell_can_be_interrupted(browser, preview: Preview) -> None:
    """The button ends it; the fault says so; mended, it runs."""
    with looking(browser, preview.address + CODE_URL) as screen:
        screen.wait(lambda: screen.status in ("clean run", "from a kept run"), seconds=60)
        preview.write(CODE_POST, CODE.replace("sleep(1.2)", "sleep(60)"))
        screen.wait(lambda: screen.status == "running cell 2…")
        screen.press("interrupt")
        screen.wait(lambda: any("KeyboardInterrupt" in text for text in screen.panels))
        preview.write(CODE_POST, CODE)
        screen.wait(lambda: not screen.panels)


def test_an_edit_overtakes_a_long_cell(browser, preview: Preview) -> None:
    """Nobody waits for what is not wanted any more."""
    with looking(browser, preview.address + CODE_URL) as screen:
        screen.wait(lambda: screen.status in ("clean run", "from a kept run"), seconds=60)
        preview.write(CODE_POST, CODE.replace("sleep(1.2)", "sleep(600)"))
        screen.wait(lambda: screen.status == "running cell 2…")
        preview.write(CODE_POST, CODE.replace("sleep(1.2)", "sleep(0.1)"))
        screen.wait(lambda: screen.status.startswith("draft"), seconds=20)
        assert ["训练\n完成 5", "图 10"] == screen.look(OUTPUTS)


def test_restart_runs_all(browser, preview: Preview) -> None:
    """In a fresh kernel: what it gives is a clean run."""
    with looking(browser, preview.address + CODE_URL) as screen:
        screen.wait(lambda: screen.status in ("clean run", "from a kept run"), seconds=60)
        screen.page.keyboard.press("Alt+Shift+KeyR")
        screen.wait(lambda: screen.status == "running cell 2…")
        screen.wait(lambda: screen.status == "clean run")


def test_a_picture_that_is_saved_is_seen(browser, preview: Preview) -> None:
    """One that was missing comes; one that has the same address is the new one; both in place."""
    circle = "<svg xmlns='http://www.w3.org/2000/svg' width='{0}' height='{0}'/>"
    with looking(browser, preview.address + TEXT_URL) as screen:
        screen.look("window.kept = 1")
        preview.write(TEXT_POST, f"{HEAD}![图](图/圆.svg)\n")
        screen.until("document.querySelector('img[alt=图]')")
        for size in (20, 30):
            preview.write("posts/图/圆.svg", circle.format(size))
            screen.until(f"document.querySelector('img[alt=图]').naturalWidth === {size}")
        assert 1 == screen.look("window.kept")


def test_what_leads_nowhere_is_a_warning(browser, preview: Preview) -> None:
    """A picture that goes, a page that is not there, a heading of another page; until it is."""
    with looking(browser, preview.address + TEXT_URL) as screen:
        picture, circle = "posts/图/方.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>"
        preview.write(picture, circle)
        preview.write(TEXT_POST, f"{HEAD}![方](图/方.svg)\n\n[代码](/daima/) [无](/wu/)\n")
        screen.wait(lambda: "1 warning" in screen.warnings)
        assert f"{TEXT_POST}:8: there is nothing at '/wu/'" in screen.warnings
        (preview.root / picture).unlink()
        screen.wait(lambda: "there is no picture '图/方.svg'" in screen.warnings)
        preview.write(picture, circle)
        screen.wait(lambda: "1 warning" in screen.warnings)
        preview.write(TEXT_POST, f"{HEAD}# 头\n\n[章](/daima/#wu) [头](#头)\n")
        screen.wait(lambda: "/daima/ has no '#wu'" in screen.warnings)
        preview.write(TEXT_POST, f"{HEAD}[代码](/daima/)\n")
        screen.wait(lambda: screen.bar("querySelector('details').hidden"))
