"""Generate blogs of any size for benchmarks, with the same posts for every generator.

    python bench/blogs.py FOLDER 1000      posts/*.md below FOLDER

Each post has 600 to 900 words, some Chinese, three headings, lists, a table, reference links, a
quote, a footnote and three code blocks that do not run; there are 50 tags. The content of a post
only depends on its number, which is its seed.
"""

from __future__ import annotations

import random
import sys
from datetime import datetime, timedelta
from pathlib import Path

WORDS = (
    "model data loss batch epoch weight bias layer tensor matrix vector gradient step rate error "
    "test train image digit label softmax kernel pixel value number curve figure code cell run "
    "result page post reader author table list note word sentence time day year forest tree leaf"
).split()
CHINESE = (
    "模型 数据 损失 批次 权重 偏置 梯度 学习 图像 数字 "
    "标签 结果 曲线 代码 运行 文章 读者 作者 时间 森林"
).split()
TAGS = [f"tag{n}" for n in range(50)]
CODE = (
    """```python
import numpy as np

def step(weights, gradient, rate={value}):
    # one step downhill
    return weights - rate * np.asarray(gradient)
```""",
    """```python
with open("{name}.csv", encoding="utf-8") as file:
    rows = [line.split(",") for line in file if not line.startswith("#")]
print(f"{{len(rows)}} 行", max(rows, key=len), {value})
```""",
    """```bash
# fetch and unpack, seed {value}
curl -sSLO "https://example.org/{name}.tar.gz" && tar -xzf {name}.tar.gz
for file in *.csv; do wc -l "$file"; done
```""",
)


def write_blog(folder: Path, count: int) -> None:
    """Write `count` posts into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (folder / f"{stem(number)}.md").write_text(make_post(number), "utf-8")


def stem(number: int) -> str:
    """Return the file name of a post, without suffix."""
    return f"{_date(number):%Y-%m-%d}-post-{number}"


def make_post(number: int) -> str:
    """Return the text of a post."""
    chance = random.Random(number)
    title = f"Post {number}: {_words(chance, 3)} {_chinese(chance, 2)}"
    tags = ", ".join(chance.sample(TAGS, 3))
    head = f'---\ntitle: "{title}"\ndate: {_date(number):%Y-%m-%d %H:%M:%S}\n'
    head += f"categories: articles\ntags: [{tags}]\nexecute: false\n---\n\n"
    parts = [
        _paragraph(chance),
        f"See [the source][one] and [more][two].[^1]\n\n> {_sentence(chance)}",
    ]
    for part, code in enumerate(CODE):
        parts += [
            f"## {_words(chance, 3).capitalize()} {part}",
            _paragraph(chance),
            _list("1." if part == 1 else "*", chance),
            code.format(value=chance.random(), name=chance.choice(WORDS)),
            _paragraph(chance),
        ]
    rows = "\n".join(f"| {_words(chance, 2)} | {chance.random():.4f} |" for _ in range(4))
    parts.append(f"| name | value |\n|---|---|\n{rows}")
    parts.append("".join(f"{_chinese(chance, 5)}，{_chinese(chance, 7)}。" for _ in range(3)))
    parts.append(f"[^1]: {_sentence(chance)}")
    parts.append("[one]: https://example.org/one\n[two]: https://example.org/two")
    return head + "\n\n".join(parts) + "\n"


def _date(number: int) -> datetime:
    return datetime(2010, 1, 1) + timedelta(hours=12 * number)


def _words(chance: random.Random, count: int) -> str:
    return " ".join(chance.choices(WORDS, k=count))


def _chinese(chance: random.Random, count: int) -> str:
    return "".join(chance.sample(CHINESE, count))


def _sentence(chance: random.Random) -> str:
    words = chance.choices(WORDS, k=chance.randint(7, 12))
    words[3] = f"*{words[3]}*"
    return " ".join(words).capitalize() + "."


def _paragraph(chance: random.Random) -> str:
    return " ".join(_sentence(chance) for _ in range(chance.randint(7, 10)))


def _list(mark: str, chance: random.Random) -> str:
    return "\n".join(f"{mark} {_sentence(chance)}" for _ in range(4))


if __name__ == "__main__":
    write_blog(Path(sys.argv[1]) / "posts", int(sys.argv[2]))
