"""Check a theme: build a reference blog with it, look at its files, and weigh them."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from evergreen.build.blog import Blog
from evergreen.build.options import BuildOptions
from evergreen.build.theme_files import check_files
from evergreen.dataclass import dataclass, replace
from evergreen.errors import EvergreenError, Problem
from evergreen.model import Site
from evergreen.packaged import THEMES
from evergreen.regex import regex
from evergreen.site.assets import FACES
from evergreen.site.fonts import find_font
from evergreen.site.themes import DEFAULT, find_theme

LIMIT = 40_000
"""Bytes of a post's page with its style sheet and scripts, compressed, without pictures."""
PAGES = {
    "home": "index.html",
    "post": "a-reference-post/index.html",
    "tag": "tags/reference/index.html",
    "archive": "archive/index.html",
    "missing": "404.html",
}
"""The kinds of page that are weighed and validated."""
_FACES = "assets/" + FACES.removesuffix("css")
"""How the path of the style sheet of fonts begins; pages do not wait for it."""
_NOT_FOR_US = regex(
    "Content-Security-Policy"
    "|Attribute .(?:displaystyle|scriptlevel|mathsize|mathcolor|mathbackground). not allowed on"
)
"""What the Nu checker says of the CSP is for served pages; its schema is that of MathML 3, where
some attributes are of a few elements only. MathML Core, which browsers have, allows them on all
(https://www.w3.org/TR/mathml-core/#global-attributes)."""
_EXPRESSION = regex(r"\{[{%#].*?[}%#]\}")
_LOADED = regex(rb'<(?:link rel="stylesheet" href|script (?:defer )?src)="/(assets/[^"]+)"')
_CELL = "```python\nprint(sum(range(10)))\n```"
_POST = f"""---
title: {{title}}
lang: {{lang}}
slug: a-reference-post
tags: [reference, 参考]
categories: [kinds]
series: Reference
author: 甲, B
image: {{{{path: a.svg, alt: A triangle, credit: Nobody}}}}
references:
- {{{{id: knuth, title: Literate Programming, authors: [Donald Knuth], year: 1984}}}}
---

The first paragraph, with **bold**, *italic*, `code`, <kbd>Ctrl</kbd>, a [link](/archive/), a
note.[^1] 中文与 Latin。[@knuth]

## A heading 标题

$$\\int_0^1 x^2\\,dx = \\tfrac13$$

| left | right |
|---|---:|
| a | 1 |

> A quote
{{{{: .prompt-info}}}}

### Code

{_CELL}

- a list
  1. in a list

![A triangle](a.svg)

[^1]: The text of the note, with $x$ in it.
"""
_SETTINGS = """title = "Reference"
url = "https://me.example"
languages = ["zh"]
permalink = "/:title/"
search = false
timezone = "UTC"
"""
_PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 4"><path d="M0 4 4 0l4 4z"/></svg>'
)


@dataclass(frozen=True, slots=True)
class PageWeight:
    """The size of a page with its style sheet and scripts, in bytes."""

    page: str
    plain: int
    compressed: int


@dataclass(frozen=True, slots=True)
class ThemeReport:
    """What the check of a theme found."""

    name: str
    weights: tuple[PageWeight, ...]
    usual: tuple[PageWeight, ...]
    """Those of the built-in theme."""
    problems: tuple[Problem, ...]
    skipped: tuple[str, ...]
    """Programs that are not installed, and how to install them."""


def check_theme(options: BuildOptions, name: str) -> ThemeReport:
    """Check a theme of the blog. Raises SettingsError if there is none of the name."""
    folder = find_theme(options.root, name)
    with TemporaryDirectory(prefix="evergreen-theme-") as base:
        problems = check_files(folder, name) if folder else []
        problems += _build(Path(base) / name, options, name, folder)
        plain = BuildOptions(Path(), Path(), Site())
        usual = _build(Path(base) / DEFAULT, plain, DEFAULT, None) if name != DEFAULT else []
        site = Path(base) / name / "_site"
        weights = tuple(_weights(site))
        found, skipped = _validate(site, options.root)
        found = [at_template(each, site, folder, name) for each in found] if folder else found
        problems += [*found, *_too_heavy(weights), *usual]
        before = tuple(_weights(Path(base) / DEFAULT / "_site"))
    problems += _without_files(options, name)
    return ThemeReport(name, weights, before, tuple(dict.fromkeys(problems)), skipped)


def _without_files(options: BuildOptions, name: str) -> Iterator[Problem]:
    """Yield a warning for each font of the blog's options that it has no files of."""
    if name != (options.site.theme or DEFAULT):
        return
    for key, value in options.site.theme_options.items():
        if key.endswith("_font") and value and not find_font(options.root, value):
            what = f"'theme_options.{key}': the blog has no files of the font '{value}'"
            advice = "readers see it where it is installed; the page on themes says how to add it"
            yield Problem("site.toml", 0, 0, what, advice, "warning", rule="theme")


def at_template(problem: Problem, site: Path, folder: Path, name: str) -> Problem:
    """Return a validator's finding at the line of the theme's template that has its markup."""
    page = site / problem.path
    lines = page.read_text("utf-8").splitlines() if problem.line and page.is_file() else []
    wanted = lines[problem.line - 1].strip() if problem.line <= len(lines) and lines else ""
    for path in sorted(folder.rglob("*.html")) if wanted else ():
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
            if _gives(line, wanted):
                place = f"{THEMES}/{name}/{path.relative_to(folder).as_posix()}"
                message = f"{problem.message} (in {problem.path}:{problem.line})"
                return replace(problem, path=place, line=number, message=message)
    return problem


def _gives(line: str, shown: str) -> bool:
    """True if a line of a template may have given a line of a page: what is between expressions is
    there, in its order, and a tag is among it."""
    parts = [part.strip() for part in _EXPRESSION.split(line) if part.strip()]
    return "<" in "".join(parts) and bool(re.search(".*".join(map(re.escape, parts)), shown))


def _build(root: Path, options: BuildOptions, name: str, folder: Path | None) -> list[Problem]:
    """Write the reference blog and publish it without running code; return what is wrong."""
    (root / "posts").mkdir(parents=True)
    (root / "pages").mkdir()
    (root / "posts/a.svg").write_text(_PICTURE)
    (root / "posts/2026-01-01-a.md").write_text(_POST.format(title="A reference post", lang="en"))
    (root / "posts/2026-01-01-a.zh.md").write_text(_POST.format(title="参考文章", lang="zh"))
    for day in range(2, 14):
        text = f"---\ntitle: Post {day}\nseries: Reference\ntags: [reference]\n---\n\nText {day}.\n"
        (root / f"posts/2026-01-{day:02}-post-{day}.md").write_text(text)
    (root / "pages/about.md").write_text("---\ntitle: About\n---\n\nAbout.\n")
    if folder:
        shutil.copytree(folder, root / THEMES / name)
    site = options.site
    own = site.theme_options if name == (site.theme or DEFAULT) else {}
    values = "".join(f"{json.dumps(key)} = {json.dumps(value)}\n" for key, value in own.items())
    settings = f'{_SETTINGS}theme = "{name}"\n[theme_options]\n{values}'
    if own:
        _bring_fonts(options.root, root)
    (root / "site.toml").write_text(settings, "utf-8")
    try:
        report = Blog(root).build(execute=False)
        broken = Blog(root).broken_links()
    except EvergreenError as error:
        return list(error.problems)
    return [replace(each, severity="error") for each in (*report.problems, *broken)]


def _bring_fonts(blog: Path, root: Path) -> None:
    """Give the reference blog the fonts of the blog: they are a part of what its pages weigh."""
    if (blog / "node_modules").is_dir():
        (root / "node_modules").symlink_to((blog / "node_modules").resolve())
    if (fonts := blog / "templates/assets/fonts").is_dir():
        shutil.copytree(fonts, root / "templates/assets/fonts")


def _weights(site: Path) -> Iterator[PageWeight]:
    """Yield the size of each kind of page that is there, with the styles and scripts it loads."""
    for kind, path in PAGES.items():
        if (site / path).is_file():
            page = (site / path).read_bytes()
            names = [name.decode() for name in _LOADED.findall(page)]
            loaded = [name for name in names if not name.startswith(_FACES)]
            parts = [page, *((site / name).read_bytes() for name in loaded)]
            compressed = sum(len(gzip.compress(part, mtime=0)) for part in parts)
            yield PageWeight(kind, sum(map(len, parts)), compressed)
    for sheet in site.glob(f"{_FACES}*.css"):
        rules = sheet.read_bytes()
        yield PageWeight("fonts", len(rules), len(gzip.compress(rules, mtime=0)))


def _too_heavy(weights: tuple[PageWeight, ...]) -> Iterator[Problem]:
    for each in weights:
        if each.compressed > LIMIT and each.page != "fonts":
            message = f"the {each.page} page has {each.compressed / 1000:.0f} kB, compressed"
            yield Problem("theme", 0, 0, message, f"keep it below {LIMIT // 1000} kB")


def _validate(site: Path, root: Path) -> tuple[list[Problem], tuple[str, ...]]:
    """Return what the validators that are installed find, and which are not."""
    pages = [path for path in PAGES.values() if (site / path).is_file()]
    problems: list[Problem] = []
    skipped: list[str] = []
    if command := _nu(root):
        problems += _nu_problems(command, site, pages)
    else:
        skipped.append("the Nu checker: npm install vnu-jar")
    axe = root / "node_modules/axe-core/axe.min.js"
    try:
        problems += _axe_problems(axe.read_text("utf-8"), site, pages)
    except (ImportError, OSError):
        missing = ["npm install axe-core"] if not axe.is_file() else []
        missing += ["pip install playwright"] if find_spec("playwright") is None else []
        missing += [] if missing else ["playwright install chromium"]
        skipped.append(f"axe: {'; '.join(missing)}")
    return problems, tuple(skipped)


def _nu(root: Path) -> list[str]:
    """Return the command of the Nu checker; [] if there is none."""
    if program := shutil.which("vnu"):
        return [program]
    jar = root / "node_modules/vnu-jar/build/dist/vnu.jar"
    return ["java", "-jar", str(jar)] if jar.is_file() and shutil.which("java") else []


def _nu_problems(command: list[str], site: Path, pages: list[str]) -> Iterator[Problem]:
    """Yield the errors that the Nu checker finds, but for `_NOT_FOR_US`."""
    files = [str(site / page) for page in pages]
    done = subprocess.run([*command, "--format", "json", *files], capture_output=True, text=True)
    for each in json.loads(done.stderr or '{"messages": []}')["messages"]:
        text = str(each["message"])
        if each["type"] == "error" and not _NOT_FOR_US.search(text):
            page = Path(each["url"].removeprefix("file:")).relative_to(site).as_posix()
            yield Problem(page, int(each.get("lastLine", 0)), 0, text, rule="nu")


def _axe_problems(script: str, site: Path, pages: list[str]) -> Iterator[Problem]:
    """Yield what axe finds in a light and a dark page, wide and narrow. Raises ImportError, OSError
    if there is no browser."""
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        except Error as error:
            raise OSError(str(error)) from None
        for scheme in ("light", "dark"):
            for width in (1440, 360):
                context = browser.new_context(
                    viewport={"width": width, "height": 900},
                    color_scheme=scheme,
                    bypass_csp=True,
                )
                for page in pages:
                    tab = context.new_page()
                    tab.route("https://me.example/**", lambda route: _serve(route, site))
                    tab.goto(f"https://me.example/{page}")
                    tab.evaluate(script)
                    for each in tab.evaluate("axe.run()")["violations"]:
                        what = f"{each['help']}: {each['nodes'][0]['html'][:120]}"
                        yield Problem(page, 0, 0, f"{scheme}, {width} px: {what}", rule="axe")
                    tab.close()
        browser.close()


def _serve(route: object, site: Path) -> None:
    """Answer a request of the browser with a file of the site."""
    path = site / route.request.url.removeprefix("https://me.example/")  # type: ignore[attr-defined]
    if path.is_file():
        route.fulfill(path=path)  # type: ignore[attr-defined]
    else:
        route.fulfill(status=404)  # type: ignore[attr-defined]
