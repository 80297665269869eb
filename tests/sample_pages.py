"""Sample pages: a long Chinese post with all kinds of content, its translation, and others.

The markup of cells and outputs is that of evergreen.render.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from evergreen.build.site_builder import MemoryFiles, SiteBuilder, WholePages
from evergreen.errors import Problem, paths_with_errors
from evergreen.model import (
    Artifact,
    Download,
    Environment,
    Heading,
    HeroImage,
    Page,
    Post,
    Reference,
    Series,
    Site,
)
from evergreen.site.jinja import read_templates

SITE = Site(
    title="长青",
    description="会运行的文章：页面上的每个数字，都是代码真正算出来的。",
    url="https://blog.example.org",
    lang="zh",
    languages=("en",),
    author="林木",
    paginate=3,
)
SERIES = Series("TensorFlow 从头学", "/series/tensorflow/")


def code(source: str, language: str = "python") -> str:
    """Return a highlighted block, as evergreen.markdown.highlight renders it."""
    spans = highlight(source, get_lexer_by_name(language), HtmlFormatter(nowrap=True))
    classes = f'class="language-{language}"'
    return f'<div class="highlight"><pre><code {classes}>{spans.rstrip()}</code></pre></div>'


def cell(number: int, source: str, *outputs: str, classes: str = "") -> str:
    """Return a cell with its outputs."""
    results = f'<div class="cell-outputs">\n{"".join(outputs)}\n</div>' if outputs else ""
    return (
        f'<div class="cell{classes}" id="cell-{number}">\n'
        f'<div class="cell-input">{code(source)}</div>\n{results}\n</div>'
    )


def png(width: int, height: int) -> bytes:
    """Return a picture with white and green stripes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    row = b"\0" + b"".join(
        b"\xff\xff\xff" if x // 20 % 2 else b"\x1b\x6a\x46" for x in range(width)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (b"IHDR", header), (b"IDAT", zlib.compress(row * height)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


FIGURE = Artifact("assets/figures/0123456789abcdef0123.png", png(640, 320))

_MATH = (
    '<math display="block"><mrow><mi>p</mi><mo stretchy="false">(</mo><mi>y</mi><mo>=</mo><mi>k'
    '</mi><mo>∣</mo><mi>x</mi><mo stretchy="false">)</mo><mo>=</mo><mfrac><msup><mi>e</mi><msub>'
    "<mi>z</mi><mi>k</mi></msub></msup><mrow><munder><mo>∑</mo><mi>j</mi></munder><msup><mi>e</mi>"
    "<msub><mi>z</mi><mi>j</mi></msub></msup></mrow></mfrac></mrow></math>"
)
_FRAME = (
    '<div class="output html"><table border="1" class="dataframe"><thead><tr><th></th><th>loss</th>'
    "<th>accuracy</th><th>seconds</th><th>examples</th><th>batch_size</th><th>learning_rate</th>"
    "</tr></thead><tbody>"
    + "".join(
        f"<tr><th>{epoch}</th><td>{0.61 / epoch:.4f}</td><td>{0.93 - 0.05 / epoch:.4f}</td>"
        f"<td>{1.2 + epoch / 10:.2f}</td><td>60000</td><td>128</td><td>0.5</td></tr>"
        for epoch in range(1, 6)
    )
    + "</tbody></table></div>"
)
_TRACEBACK = (
    '<span class="ansi-red-fg">---------------------------------------------------------</span>\n'
    '<span class="ansi-red-fg">ValueError</span>            Traceback (most recent call last)\n'
    'Cell <span class="ansi-green-fg">In[5], line 1</span>\n'
    '<span class="ansi-green-fg">----&gt; 1</span> tf.matmul(images, weights)\n\n'
    '<span class="ansi-red-fg">ValueError</span>: 形状 (128, 28, 28) 与 (784, 10) 不能相乘'
)


_READ = cell(
    1,
    """from lib.idx import read_idx

train_images = read_idx("mnist/train-images-idx3-ubyte.gz") / 255.0
train_labels = read_idx("mnist/train-labels-idx1-ubyte.gz")
print(train_images.shape, train_labels.shape, train_images.dtype)
print("第一张图是数字", train_labels[0])""",
    '<pre class="output stdout">(60000, 28, 28) (60000,) float64\n第一张图是数字 5\n</pre>',
    '<pre class="output stderr">WARNING: 内存映射不可用，改为整体读入\n</pre>',
)
_LOOK = cell(
    2,
    """figure, axes = plt.subplots(2, 8, figsize=(8, 2.4))
for axis, image in zip(axes.flat, train_images):
    axis.imshow(image, cmap="gray_r")""",
    '<figure class="output figure" id="fig-digits">'
    '<img src="/assets/figures/0123456789abcdef0123.png" width="640" height="320"'
    ' alt="十六张手写数字" loading="lazy">'
    "<figcaption>训练集的前十六张图片，灰度取反。</figcaption></figure>",
)
_STEP = cell(
    3,
    '''@tf.function
def step(images, labels, rate=0.5):
    """One step of minibatch SGD; returns the loss."""
    with tf.GradientTape() as tape:
        logits = images @ weights + bias
        loss = tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        )
    for variable, gradient in zip((weights, bias), tape.gradient(loss, (weights, bias))):
        variable.assign_sub(rate * gradient)
    return loss


history = pd.DataFrame([epoch(step) for _ in range(5)])
history''',
    _FRAME,
)
_WRONG = cell(4, "tf.matmul(images, weights)", f'<pre class="output error">{_TRACEBACK}</pre>')
_LONG = "".join(f"[{row:3d} {'  0' * 30}]" + chr(10) for row in range(40))
_READ_EN = cell(
    1,
    """train_images = read_idx("mnist/train-images-idx3-ubyte.gz") / 255.0
print(train_images.shape)""",
    '<pre class="output stdout">(60000, 28, 28)\n</pre>',
)


def chinese_body() -> str:
    """Return the body of a long Chinese post."""
    return f"""<ul id="markdown-toc">
<li><a href="#数据">数据</a><ul><li><a href="#看一看">看一看</a></li></ul></li>
<li><a href="#模型">模型</a></li><li><a href="#结果">结果</a></li></ul>
<p>上一篇里我们用 TensorFlow 拟合了一条直线。这一篇换一个更像样的任务：识别手写数字。数据集叫 <a
href="https://en.wikipedia.org/wiki/MNIST_database">MNIST</a>，共有 70000 张 28×28 的灰度图
<a href="#reference-1">[1]</a>，模型只有一层，却能认对
<span class="value">91.64%</span> 的测试图片。
<strong>先看数据，再写模型。</strong>这是一条值得一直守着的规矩<sup id="fnref:1"><a href="#fn:1"
class="footnote" rel="footnote" role="doc-noteref">1</a></sup>。</p>
<h2 id="数据">数据</h2>
<p>安装只要一行命令，下面的代码块只展示、不运行：</p>
{code("pip install tensorflow matplotlib  # 约 600 MB", "sh")}
<p>读入四个文件，把像素从 <code>0…255</code> 缩放到 <code>0…1</code>：</p>
{_READ}
<h3 id="看一看">看一看</h3>
<p>数字之前先有图。把前几张画出来，能看出笔画的粗细差别很大：</p>
{_LOOK}
<h2 id="模型">模型</h2>
<p>对每个类别 <math><mi>k</mi></math> 算出一个得分，再用 softmax 变成概率：</p>
{_MATH}
<p>其中 <math><mi>z</mi><mo>=</mo><mi>W</mi><mi>x</mi><mo>+</mo><mi>b</mi></math>。
训练时最小化交叉熵。</p>
<blockquote class="Quotes"><p>所有模型都是错的，但有些是有用的。</p></blockquote>
<blockquote class="Tips"><p>学习率太大时损失会来回跳动；先试 <code>0.1</code>，再慢慢加到
<code>0.5</code>。</p></blockquote>
<blockquote class="Notes"><p>这里的 <code>tf.function</code> 把函数编译成计算图。</p></blockquote>
<blockquote class="Warning"><p>同一个随机种子在不同版本上结果可能略有不同。</p></blockquote>
{_STEP}
<p>下面这一格故意写错形状，看看报错长什么样：</p>
{_WRONG}
<div class="cell" id="cell-5">
<details class="cell-fold"><summary>显示代码</summary>
<div class="cell-input">{code("confusion = tf.math.confusion_matrix(labels, guesses)")}</div>
</details>
<div class="cell-outputs"><pre class="output text">{_LONG}</pre></div>
</div>
<div class="cell not-run"><div class="cell-input">{code("model.fit(images, labels, epochs=1000)")}
</div></div>
<h2 id="结果">结果</h2>
<table><thead><tr><th>模型</th><th>参数</th><th>测试准确率</th></tr></thead><tbody>
<tr><td>Softmax 回归（手写）</td><td>7850</td><td>0.9164</td></tr>
<tr><td>Softmax 回归（Keras）</td><td>7850</td><td>0.9220</td></tr>
<tr><td>卷积网络</td><td>34826</td><td>0.9912</td></tr></tbody></table>
<ol><li>先看数据；</li><li>再写模型：<ul><li>从最简单的开始，</li><li>每次只改一处；</li></ul></li>
<li>最后看错在哪里。</li></ol>
<p><img src="/assets/figures/0123456789abcdef0123.png" alt="一张图" width="300" height="60"></p>
<div class="footnotes" role="doc-endnotes"><ol><li id="fn:1"><p>错得最多的是 4 和 9。
<a href="#fnref:1" class="reversefootnote" role="doc-backlink">↩</a></p></li></ol></div>"""


def english_body() -> str:
    """Return the body of the English translation."""
    return f"""<p>Last time we fitted a straight line. This time the task is a real one: reading
handwritten digits. The data set is <a href="https://en.wikipedia.org/wiki/MNIST_database">MNIST</a>,
70,000 grey pictures of 28 by 28 pixels<a href="#reference-1">[1]</a>; the model is a single layer,
and it still gets <span class="value">91.64%</span> of the test pictures right. Look at the data
first, then write the model — “a rule worth keeping”, as they say.</p>
<h2 id="the-data">The data</h2>
<p>Read the four files and scale the pixels from <code>0…255</code> to <code>0…1</code>:</p>
{_READ_EN}
<h2 id="the-model">The model</h2>
<p>Each class gets a score; softmax turns the scores into probabilities:</p>
{_MATH}
<blockquote class="Tips"><p>A large learning rate makes the loss jump about.</p></blockquote>
<blockquote class="Quotes"><p>All models are wrong, but some are useful.</p></blockquote>
<p>What is left are the digits it gets wrong, and most of them are fours that look like
nines. A second layer helps; a convolution helps more, and the next part is about that.</p>"""


def sample_pages() -> list[Page]:
    """Return four Chinese posts, a translation, a draft and a static page."""
    toc = (
        Heading(2, "数据", "数据", (Heading(3, "看一看", "看一看"),)),
        Heading(2, "模型", "模型"),
        Heading(2, "结果", "结果"),
    )
    environment = Environment(
        "3.11.4",
        "Linux x86_64",
        (("matplotlib", "3.10.1"), ("numpy", "2.2.0"), ("tensorflow", "2.21.0")),
    )
    run = {
        "blocks": 6,
        "ran": 5,
        "executed": True,
        "environment": environment,
        "finished": datetime(2026, 11, 20, 8, 30, tzinfo=UTC),
        "seconds": 31.42,
        "artifacts": (FIGURE,),
        "figure": f"/{FIGURE.path}",
    }
    downloads = tuple(
        Download(kind, f"/articles/tf-mnist/tf-mnist.{kind}") for kind in ("ipynb", "py")
    )
    colab = Download("colab", "https://colab.research.google.com/github/a/b/blob/main/x.ipynb")
    return [
        Page(
            post(
                "tf-mnist",
                "用 TensorFlow 识别手写数字：从 Softmax 回归开始",
                26,
                tags=("TensorFlow", "深度学习", "Python"),
                modified=datetime(2026, 11, 2, tzinfo=UTC),
                series=SERIES,
                references=(
                    Reference("1", "The MNIST database", "http://yann.lecun.com/exdb/mnist/"),
                    Reference("2", "深度学习，第 6 章"),
                ),
                redirect_from=("/2026/10/mnist.html",),
            ),
            chinese_body(),
            "只有一层的模型能认对多少手写数字？从数据看起，写出 softmax 回归，再看它错在哪里。",
            toc,
            downloads=(*downloads, colab),
            stand_ins=("mnist/train-images-idx3-ubyte.gz", "mnist/train-labels-idx1-ubyte.gz"),
            **run,
        ),
        Page(
            post(
                "tf-mnist",
                "Reading handwritten digits with TensorFlow",
                26,
                lang="en",
                tags=("TensorFlow", "Deep learning"),
                series=Series("TensorFlow from scratch", "/series/tensorflow/"),
                references=(Reference("1", "The MNIST database", "http://yann.lecun.com/"),),
            ),
            english_body(),
            "How many handwritten digits can a model of one layer read?",
            (Heading(2, "the-data", "The data"), Heading(2, "the-model", "The model")),
            downloads=downloads,
            **(run | {"ran": 6}),
        ),
        Page(
            post("tf-up-and-running", "TensorFlow 起步", 12, tags=("TensorFlow",), series=SERIES),
            "<p>张量、矩阵乘法与梯度。</p>",
            "张量、矩阵乘法与梯度。",
        ),
        Page(
            post(
                "evergreen-trees",
                "雪线上的云杉",
                5,
                month=3,
                tags=("随笔",),
                image=HeroImage(
                    "/assets/figures/0123456789abcdef0123.png",
                    "从空中看的山谷",
                    "林木",
                    "https://earth.example.com/a?b=1&c=2",
                ),
            ),
            f"<p>山谷里的云杉四季常青。</p>{code('x = 1')}",
            "山谷里的云杉四季常青。",
            blocks=1,
        ),
        Page(
            post("notes", "草稿：关于梯度的几点笔记", 8, year=2025, tags=("深度学习",), draft=True),
            "<p>还没写完。</p>",
            "还没写完。",
        ),
        Page(
            post("about", "关于", 1, layout="page", url="/about/", path="pages/about.md"),
            "<p>这里的文章都会运行。</p>",
            "这里的文章都会运行。",
        ),
    ]


def post(slug: str, title: str, day: int, **fields: object) -> Post:
    """Return a post of October 2026; its URL is below the folder of its language."""
    lang = str(fields.get("lang", "zh"))
    root = "" if lang == "zh" else f"/{lang}"
    date = datetime(int(fields.pop("year", 2026)), int(fields.pop("month", 10)), day, tzinfo=UTC)
    values = {
        "path": f"posts/{date:%Y-%m-%d}-{escape(slug)}{'' if lang == 'zh' else '.' + lang}.md",
        "slug": slug,
        "title": title,
        "date": date,
        "url": f"{root}/articles/{slug}/",
        "body": "",
        "body_line": 1,
        "lang": "zh",
        "categories": ("articles",),
        "author": SITE.author,
    }
    return Post(**(values | fields))


@dataclass(frozen=True)
class RenderedSite:
    """The files of a site that was made in memory, and what is wrong with it."""

    artifacts: tuple[Artifact, ...]
    problems: tuple[Problem, ...]

    @property
    def failed(self) -> frozenset[str]:
        """Return the paths of the posts whose own page cannot be made."""
        return paths_with_errors(self.problems)


def render_site(
    site: Site,
    pages: Sequence[Page],
    folders: Sequence[Path],
    before: Mapping[str, Page] | None = None,
) -> RenderedSite:
    """Make every file of a site; `before` are the last good pages of posts, by path."""
    source = WholePages({page.post.path: page for page in pages}, before or {})
    builder = SiteBuilder(site, read_templates(folders), source, MemoryFiles())
    builder.arrange(pages)
    made = builder.make_all()
    own = dict.fromkeys(file for page in builder.shown for file in page.artifacts)
    return RenderedSite((*made, *own), builder.problems)
