"""A corpus of Markdown, with the HTML of kramdown as Jekyll sets it up.

It nests constructs in each other in pairs, and puts them directly below each other in pairs; some
whole posts are in files. `python -m tests.kramdown_corpus` runs kramdown (Debian: ruby-kramdown,
ruby-kramdown-parser-gfm, ruby-rouge) and rewrites the stored results.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from itertools import product
from pathlib import Path

FIXTURES = Path(__file__).parent / "fixtures" / "kramdown"
EXPECTED = FIXTURES / "expected.json"
POSTS = FIXTURES / "posts"
IDIOMS = FIXTURES / "idioms.txt"
"""What old blogs are full of, a piece each between lines of `%%%%`."""

BLOCKS = {
    "paragraph": "一段文字，*强调*与 `代码`。\n第二行 text.",
    "lazy-indent": "文字\n    缩进的续行\n\t又一行",
    "atx": "## 标题 with `code` 与 “引号”",
    "atx-closed": "### 收尾的标题 ###",
    "atx-id": "## 有 id 的标题 {#own-id}",
    "atx-no-space": "#没有空格的井号",
    "setext": "下划线标题 A -- B\n===",
    "setext-2": "另一个标题\n---",
    "rule": "* * *",
    "rule-tight": "***",
    "fence": '```python\nprint("你好")\n\n\tindented\n```',
    "tilde": "~~~ sh\necho $HOME | less\n~~~",
    "fence-plain": "```\n<b>不是标签</b> **也不强调**\n\n\n```",
    "fence-long": "````markdown\n```python\nx = 1\n```\n````",
    "fence-open": "```python\nx = 1",
    "indented": "    x = 1\n\n    y\t= 2",
    "quote": "> 引文第一行\n懒续行\n>\n> 第二段",
    "quote-attributes": "> 引文\n{: .Quotes}",
    "list": "* 一\n* 二\n* 三",
    "list-loose": "* 一\n\n* 二\n\n* 三",
    "list-mixed": "* 一\n* 二\n\n* 三",
    "list-nested": "- 一\n  - 二\n    - 三\n- 四",
    "list-4": "- 一\n    - 二\n        - 三",
    "list-tab": "-\t一\n\t- 二",
    "ordered": "1. 一\n2. 二\n   - 甲\n   - 乙\n3. 三",
    "ordered-wide": "8. 八\n9. 九\n10. 十\n    续",
    "list-code": "1. 先装：\n\n   ```sh\n   pip install x\n   ```\n\n2. 再跑",
    "list-fence-tight": "1. 先装：\n   ```sh\n   pip install x\n   ```\n2. 再跑",
    "list-attributes": "* {: .first} 一\n* 二\n{: #the-list .plain}",
    "tasks": "- [ ] 未完\n- [x] 完成",
    "definition": "术语\n: 解释一\n: 解释二\n\n另一个\n\n: 宽松的解释",
    "table": "| 名 | 值 |\n|:--|--:|\n| `a|b` | 1 |\n| 丙 | **2** |",
    "table-bare": "a | b\n--|--\nc | d\\|e",
    "table-foot": "| a | b |\n|---|---|\n| c | d |\n|===|===|\n| e | f |",
    "table-headless": "| a | b |\n| c | d |\n{: .table}",
    "math": "$$\nx^2 + y_1 < 3\n$$",
    "math-line": "$$ \\alpha *b* $$",
    "html": "<div class=x>\n  <p>原样 *不强调*</p>\n</div>",
    "html-markdown": '<div markdown="1">\n里面 *强调*\n\n* 项\n</div>',
    "html-span-model": '<p markdown="1">里面 *强调*</p>',
    "html-comment": "<!-- more -->",
    "html-void": '<hr class="x">\n<img src="a.png">',
    "html-open": "<center>没有关",
    "script": "<script>\nif (a < b && c > d) { x(*y*); }\n</script>",
    "details": "<details>\n<summary>展开</summary>\n内容\n</details>",
    "figure": '<figure>\n<img src="a.png" alt="图">\n<figcaption>图 1</figcaption>\n</figure>',
    "image": '![图](/a.png "题"){: .center width="50"}',
    "standalone": "![图](a.png){:standalone}",
    "attributes-before": "{: .note #n}\n文字",
    "attributes-after": '文字\n{: .note title="甲 乙"}',
    "attribute-definition": "{:ref: .a #b}\n\n文字\n{: ref}",
    "toc": "* 目录\n{:toc}\n\n# 甲\n\n## 乙\n\n## 丙\n{: .no_toc}\n\n# 甲",
    "reference": '[甲][id] 与 [id] 与 [未定义][x]\n\n[id]:http://e.org/a_(b)  "题"',
    "reference-slash": "[维基][wiki/甲]\n\n[wiki/甲]: <http://e.org/x y>\n  'T'",
    "footnote": "文[^1]，再[^1]\n\n[^1]: 注 *强调*\n\n    第二段",
    "abbreviation": "HTML 与 XHTML\n\n*[HTML]: 超文本",
    "comment": "{::comment}\n*不见*\n{:/comment}",
    "nomarkdown": "{::nomarkdown}\n<b>*原样*</b>\n{:/}",
    "end-of-block": "* 一\n^\n* 二",
    "hard-break": "一行  \n二行\\\n三行\\\\\n四行",
    "entities": "&copy; &amp; &lt;b&gt; &#20013; &foo; AT&T 3 < 4 > 2",
    "typography": "破折 -- 号 --- 省略... <<引>> \"双\" '单' it's '80s",
    "ideographic": "　　全角缩进的段落\n　　又一段",
    "closing-tag": "</div>",
    "pipe": "不是表 | 的一行\n下一行没有",
    "number-dot": "2018. 年份开头",
    "plus": "+ 加号\n+ 列表",
}

CONTAINERS = {
    "quote": lambda text: _prefixed("> ", "> ", text),
    "item": lambda text: _prefixed("* ", "  ", text),
    "item-after-text": lambda text: "* 项\n\n" + _prefixed("  ", "  ", text) + "\n\n* 末项",
    "item-below-text": lambda text: "1. 项\n" + _prefixed("   ", "   ", text) + "\n2. 末项",
    "item-four": lambda text: _prefixed("-   ", "    ", text) + "\n-   末项",
    "nested-item": lambda text: "- 外\n" + _prefixed("  - ", "    ", text),
    "quoted-item": lambda text: _prefixed("> * ", ">   ", text),
    "div": lambda text: f'<div markdown="1">\n{text}\n</div>',
    "footnote": lambda text: "文[^n]\n\n" + _prefixed("[^n]: ", "    ", text),
    "definition": lambda text: "术语\n" + _prefixed(": ", "  ", text),
    "attributes": lambda text: f"{{: .before}}\n{text}\n{{: .after}}",
}

SPANS = {
    "text": "中文",
    "em": "*斜*",
    "em-under": "_斜_",
    "strong": "**粗**",
    "strong-under": "__粗__",
    "both": "***粗斜***",
    "del": "~~删~~",
    "code": "`a*b`",
    "code-2": "`` a`b ``",
    "link": '[文](http://e.org/?a=1&b=2 "题")',
    "link-angle": "[文](<a b>)",
    "link-reference": "[文][r]",
    "link-collapsed": "[r][]",
    "link-undefined": "[文][无]",
    "image": "![图](a.png)",
    "image-reference": "![图][r]",
    "autolink": "<http://e.org/a_b>",
    "mail": "<a@e.org>",
    "math": "$$a_1*b_1$$",
    "html": '<b class="x">粗</b>',
    "html-code": "<code>*a*</code>",
    "html-void": "<br>",
    "entity": "&mdash;",
    "quote": '"引"',
    "escape": "\\*不\\*",
    "attributes": "*斜*{: .c #i}",
    "footnote": "[^1]",
    "break": "行  \n行",
    "comment": "<!-- 注 -->",
    "extension": "{::comment}无{:/comment}",
    "dash": "a--b",
    "word": "snake_case_name",
    "open-em": "*开",
    "open-strong": "**开",
    "open-bracket": "[开",
    "open-code": "`开",
    "spaced-star": "3 * 4 * 5",
}

AROUND = {
    "em": "*前{}后*",
    "em-under": "_前 {} 后_",
    "strong": "**前{}后**",
    "strong-under": "__{}__",
    "em-strong": "***{}** 后*",
    "del": "~~前{}后~~",
    "link": "[前{}后](http://e.org)",
    "link-reference": "[前{}后][r]",
    "image": "![前{}后](a.png)",
    "quote": '"{}"。',
    "html": "<span>{}</span>",
    "html-raw": "<kbd>{}</kbd>",
    "heading": "## 前{}后",
    "cell": "| {} | b |\n|---|---|\n| c | {} |",
    "cjk": "中文，{}。**重点。**{}然后",
    "brackets": "[{}] ({})",
}
DEFINITIONS = '\n\n[r]: http://r.org/ "R"\n\n[^1]: 注\n'

CHOICES = {
    "info string with spaces": '```python title="a.py"\nx = 1\n```',
    "info string of a chunk": "```{r, echo=FALSE}\nx <- 1\n```",
    "footnote with a Chinese name": "文[^注]。\n\n[^注]: 脚注",
    "bare address with dashes": "见 http://example.com/a--b/c...d 页",
}
"""Where another result than kramdown's is wanted."""

PAIRED = (
    "paragraph atx setext rule fence indented quote list list-loose ordered definition table math"
    " html html-comment html-markdown image attributes-after reference footnote abbreviation"
    " comment end-of-block".split()
)


def corpus() -> dict[str, str]:
    """Return name → Markdown: each construct alone, in each container, and below each other; each
    span in each; idioms alone and among others; and the whole posts."""
    texts = {f"block {name}": text for name, text in BLOCKS.items()}
    for (outer, wrap), (inner, text) in product(CONTAINERS.items(), BLOCKS.items()):
        texts[f"block {inner} in {outer}"] = wrap(text)
    for upper, lower in product(PAIRED, PAIRED):
        texts[f"block {lower} below {upper}"] = f"{BLOCKS[upper]}\n{BLOCKS[lower]}"
    for name, text in SPANS.items():
        texts[f"span {name}"] = f"前{text}后 {text} end" + DEFINITIONS
    for (outer, around), (inner, text) in product(AROUND.items(), SPANS.items()):
        texts[f"span {inner} in {outer}"] = around.replace("{}", text) + DEFINITIONS
    idioms = IDIOMS.read_text("utf-8").removesuffix("\n").split("\n%%%%\n")
    for number, text in enumerate(idioms):
        texts[f"idiom {number}"] = text
        texts[f"idiom {number} in a post"] = f"{text}\n\n文字\n{idioms[number - 7]}\n{text}"
    texts |= {f"choice {name}": text for name, text in CHOICES.items()}
    for path in sorted(POSTS.glob("*.md")):
        texts[f"post {path.stem}"] = path.read_text("utf-8")
    return texts


def expected() -> dict[str, str]:
    """Return name → stored HTML of kramdown."""
    kept: dict[str, str] = json.loads(EXPECTED.read_text("utf-8"))
    return kept


def kramdown(texts: list[str]) -> list[str] | None:
    """Return the HTML of the installed kramdown for the texts, None if there is none."""
    if not shutil.which("ruby"):
        return None
    run = subprocess.run(
        ["ruby", FIXTURES / "kramdown.rb"],
        input=json.dumps(texts),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if "LoadError" in run.stderr:
        return None
    html: list[str] = json.loads(run.stdout)
    return html


def rewrite() -> int:
    """Store the results of kramdown; return the number of texts."""
    texts = corpus()
    html = kramdown(list(texts.values()))
    if html is None:
        raise SystemExit("kramdown is not here: apt install ruby-kramdown-parser-gfm ruby-rouge")
    content = json.dumps(dict(zip(texts, html, strict=True)), ensure_ascii=False, indent=0)
    EXPECTED.write_text(content + "\n", "utf-8")
    return len(texts)


def _prefixed(first: str, others: str, text: str) -> str:
    head, *lines = text.split("\n")
    return "\n".join([first + head, *((others + line) if line else line for line in lines)])


if __name__ == "__main__":
    print(f"{rewrite()} texts")
