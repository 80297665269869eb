"""A blog in English, Chinese, Japanese, Korean and German, and what its readers ask."""

from __future__ import annotations

SETTINGS = 'title = "Notes"\nlang = "en"\nlanguages = ["zh", "ja", "ko", "de"]\nurl = "https://a.example"\n'

_POSTS = {
    "gradient-descent": (
        "en",
        "Gradient descent, step by step",
        """A ball rolls downhill. Gradient descent does the same with the loss of a model.

## Choosing the learning rate

A large learning rate overshoots; a small one crawls. Warm restarts help.

## Momentum

Momentum remembers the last steps, so that the ball does not stop in a dent.
""",
    ),
    "sourdough": (
        "en",
        "A sourdough diary",
        """Flour, water and salt. The starter needs feeding twice a day.

## Proofing overnight

The dough rests in the refrigerator. A poor crumb means that it was underproofed.

I train my patience, not a network; the learning rate of a baker is low.
""",
    ),
    "convolutions": (
        "en",
        "Convolutional networks from scratch",
        """A convolution slides a small kernel over an image. Pooling makes the image smaller.

```python
def convolve(image, kernel):
    return einsum_windows(image, kernel)


load("parser:7")
```

## Why padding matters

Without padding the borders of the picture vanish.
""",
    ),
    "git-bisect": (
        "en",
        "Finding a regression with git bisect",
        """Binary search over commits: mark a good one and a bad one.

```bash
git bisect start --first-parent
```

## Automating the hunt

Give the command a script and drink tea.
""",
    ),
    "regression": (
        "en",
        "Linear regression with NumPy",
        """Least squares in four lines. The residuals should look like noise.

## The normal equation

It inverts a matrix; a QR decomposition is more stable.
""",
    ),
    "cpp-pointers": (
        "en",
        "Smart pointers in C++",
        """A unique_ptr owns its object; a shared_ptr counts references.
C++ has no garbage collector.
""",
    ),
    "rust": (
        "en",
        "Why I rewrote it in Rust",
        """The borrow checker complained, and it was right. The old program was written in C.
""",
    ),
    "cafes": (
        "en",
        "Cafés of Zürich",
        """Crème brûlée near the lake, and an espresso that is worth the walk.
""",
    ),
    "backups": (
        "en",
        "Backups that you have tested",
        """A backup that nobody restored is a hope. I don't trust mine until it has booted.

## Three copies, two media

One of them lives in another city.
""",
    ),
    "bicycle": (
        "en",
        "Repairing a bicycle chain",
        """Quick links make it easy. Clean the derailleur and oil each roller. Runners say hello.
""",
    ),
    "tokyo": (
        "en",
        "Ten days in Tokyo",
        """Ramen at midnight, gardens at dawn. The trains run on time.
""",
    ),
    "keyboards": (
        "en",
        "A keyboard of my own",
        """Tactile switches, a split layout, firmware in an evening. Rowing the columns, I ran late.
""",
    ),
    "juanji": (
        "zh",
        "卷积神经网络入门",
        """卷积核在图片上滑动，池化让特征图变小。

## 感受野

层数越多，感受野越大。

## 手写数字识别

用卷积网络识别手写数字，准确率超过百分之九十九。
""",
    ),
    "sunshi": (
        "zh",
        "损失函数与收敛",
        """交叉熵是最常用的损失函数。学习率太大，训练就不收敛。

## 学习率怎么选

先大后小，配合预热。
""",
    ),
    "c-yuyan": (
        "zh",
        "笔记：指针",
        """这段程序用C语言和Python3写成，Python教程很多，指针却难懂。
""",
    ),
    "chaye": (
        "zh",
        "春天的茶",
        """明前龙井只用八十度的水。一杯茶，一本书，一个下午。
""",
    ),
    "huangshan": (
        "zh",
        "黄山日出",
        """凌晨四点上光明顶，云海在脚下翻腾。下山走了三个小时。
""",
    ),
    "zhengze": (
        "zh",
        "正则表达式速查",
        """用正则表达式匹配邮箱，贪婪与非贪婪的区别在于问号。

```python
re.compile(r"[\\w.]+@[\\w.]+")
```
""",
    ),
    "zhuangshiqi": (
        "zh",
        "Python装饰器详解",
        """装饰器是返回函数的函数。functools.wraps 保留原来的名字。

## 带参数的装饰器

再包一层就行。
""",
    ),
    "docker": (
        "zh",
        "用Docker部署博客",
        """镜像要小，层要少。GitHub Actions 构建，服务器只拉取镜像。
""",
    ),
    "shujuku": (
        "zh",
        "数据库索引为什么快",
        """B+树的每个结点放很多键，查找只要三次磁盘读取。

## 覆盖索引

要查的列都在索引里，就不必回表。
""",
    ),
    "tatami": (
        "ja",
        "畳み込みニューラルネットワーク入門",
        """画像の特徴を取り出すために、カーネルを画像の上で動かします。

## プーリングとは

特徴マップを小さくする処理です。
""",
    ),
    "gakushu": (
        "ja",
        "学習率の決め方",
        """学習率が大きすぎると発散します。グラフを見ながら調整しましょう。値を動かす。
""",
    ),
    "ramen": (
        "ja",
        "ラーメン日記",
        """博多の豚骨ラーメンは麺が細い。替え玉を頼むのがコツです。
""",
    ),
    "gengo": (
        "ja",
        "プログラミング言語の選びかた",
        """ガベージコレクションのある言語は楽です。Rustは速いけれど難しい。データベースも使います。
""",
    ),
    "hanabi": (
        "ja",
        "隅田川の花火大会",
        """夏の夜、浴衣で出かけた。ビルの間から花火が見えた。
""",
    ),
    "hapseong": (
        "ko",
        "합성곱 신경망 기초",
        """이미지 위로 작은 커널을 움직이며 특징을 뽑아냅니다.

## 풀링

특징 맵의 크기를 줄입니다.
""",
    ),
    "sonsil": (
        "ko",
        "손실 함수란 무엇인가",
        """교차 엔트로피는 분류 문제에서 가장 많이 쓰는 손실 함수입니다. 학습률도 중요합니다.
""",
    ),
    "kimchi": (
        "ko",
        "김치찌개 끓이기",
        """묵은지와 돼지고기를 볶다가 물을 붓습니다. 두부는 마지막에 넣습니다.
""",
    ),
    "seoul": (
        "ko",
        "서울 지하철 여행",
        """2호선을 타고 한강을 건넜습니다. 파이썬으로 노선도를 그렸습니다.
""",
    ),
    "verlust": (
        "de",
        "Die Verlustfunktion verstehen",
        """Die Verlustfunktion misst, wie falsch ein Modell liegt.
Das Training senkt sie Schritt für Schritt.

## Überanpassung vermeiden

Mehr Daten, weniger Parameter, früher Abbruch.
""",
    ),
    "schluessel": (
        "de",
        "Schlüssel und Schlösser",
        """Wie ein Zylinderschloss funktioniert, und warum der Schlüssel klemmt.
Straße und Haus bleiben zu.
""",
    ),
    "wandern": (
        "de",
        "Wandern im Schwarzwald",
        """Vom Feldberg zum Titisee in zwei Tagen. Die Wälder sind still, die Hütten gemütlich.
""",
    ),
    "brot": (
        "de",
        "Roggenbrot mit Sauerteig",
        """Der Sauerteig reift über Nacht. Das Brot backt eine Stunde bei fallender Hitze.
""",
    ),
    "deploy": (
        "en",
        "Deploying a blog with GitHub Actions",
        """A workflow builds the site and uploads it. Caching makes it quick.
The trees are not cached.
""",
    ),
    "trees": (
        "en",
        "Trees of the northern forest",
        """Spruce, pine, birch. A tree keeps its needles because winter comes early.
""",
    ),
    "tuning": (
        "en",
        "Tuning a piano by ear",
        """The fork gives 440 Hz. A spectrum of 28 × 28 bins shows the dataset of beats.
""",
    ),
    "jincheng": (
        "zh",
        "操作系统的进程与线程",
        """线程共享内存。

## 死锁的四个条件

用C语言的字符串时要小心，L1缓存和L2缓存都小。K均值聚类在后台运行。
""",
    ),
    "debugging": (
        "ja",
        "バグとデバッグの話",
        """ブレークポイントを置いて、変数の値を見る。
""",
    ),
    "tamsaek": (
        "ko",
        "그래프 탐색 알고리즘",
        """너비 우선 탐색은 큐를 쓴다. 최단 경로를 찾는다.
""",
    ),
    "releases": (
        "en",
        "Building old releases",
        """Version 3.13 of the parser needs 4 minutes and 0 patches,
its C# port 2 hours and 7 patches. The back end wants C++17.
No photons were used.

```sh
git checkout v2.4.0 && rm -f list
```
""",
    ),
    "fahrrad": (
        "de",
        "Fahrradschlauch flicken",
        """Blasen suchen, dann flicken. Den Müll trennen nicht vergessen;
ein Klavierstimmer hilft nicht.
""",
    ),
}

POSTS = {
    f"posts/2024-{1 + n % 12:02}-{1 + n % 28:02}-{slug}.md": (
        f'---\ntitle: "{title}"\nlang: {lang}\nslug: {slug}\nexecute: false\n---\n\n{body}'
    )
    for n, (slug, (lang, title, body)) in enumerate(_POSTS.items())
}

QUESTIONS = (
    # English: words of titles and texts, forms of words, accents, quotes, whole sentences
    ("gradient descent", "gradient-descent"),
    ("learning rate", "gradient-descent"),
    ('"learning rate"', "gradient-descent"),
    ("momentum", "gradient-descent"),
    ("sourdough starter", "sourdough"),
    ("proofing", "sourdough"),
    ("convolutional", "convolutions"),
    ("convolution", "convolutions"),
    ("How does padding work?", "convolutions"),
    ("git bisect", "git-bisect"),
    ("regression", "regression"),
    ("finding regressions", "git-bisect"),
    ("C++", "cpp-pointers"),
    ("smart pointer", "cpp-pointers"),
    ("cafe zurich", "cafes"),
    ("Crème brûlée", "cafes"),
    ("don't", "backups"),
    ("backup", "backups"),
    ("bicycles", "bicycle"),
    ("tree", "trees"),
    # One slip
    ("gradeint", "gradient-descent"),
    ("sourdogh", "sourdough"),
    ("bycicle chain", "bicycle"),
    ("keybord", "keyboards"),
    ("fotons", "releases"),
    # Chinese
    ("卷积", "juanji"),
    ("手写数字", "juanji"),
    ("感受野", "juanji"),
    ("损失函数", "sunshi"),
    ("“损失函数”", "sunshi"),
    ("收敛。", "sunshi"),
    ("学习率怎么选？", "sunshi"),
    ("茶", "chaye"),
    ("《黄山日出》", "huangshan"),
    ("正则表达式", "zhengze"),
    ("什么是覆盖索引？", "shujuku"),
    # Chinese beside Latin letters and digits
    ("C语言", "c-yuyan"),
    ("Python教程", "c-yuyan"),
    ("Python 装饰器", "zhuangshiqi"),
    ("Docker部署", "docker"),
    ("B+树", "shujuku"),
    ("GitHub Actions 镜像", "docker"),
    # Japanese
    ("畳み込み", "tatami"),
    ("ニューラルネットワーク", "tatami"),
    ("プーリングとは？", "tatami"),
    ("学習率", "gakushu"),
    ("グラフ", "gakushu"),
    ("ガベージコレクション", "gengo"),
    ("「替え玉」", "ramen"),
    ("ﾃﾞｰﾀﾍﾞｰｽ", "gengo"),
    ("花火大会", "hanabi"),
    # Korean
    ("합성곱", "hapseong"),
    ("손실 함수", "sonsil"),
    ("신경망", "hapseong"),
    ("김치찌개", "kimchi"),
    ("지하철은", "seoul"),
    # German
    ("Verlustfunktion", "verlust"),
    ("Schluessel", "schluessel"),
    ("strasse", "schluessel"),
    ("Sauerteig", "brot"),
    ("Wälder im Schwarzwald", "wandern"),
    # Two words of the text as one, and one as two
    ("440Hz", "tuning"),
    ("28x28", "tuning"),
    ("data set", "tuning"),
    ("Klavier stimmen", "fahrrad"),
    ("최단경로", "tamsaek"),
    # Words of a question that no post has beside each other, or that only ask
    ("死锁的条件有哪些？", "jincheng"),
    ("C语言字符串", "jincheng"),
    ("L1和L2缓存", "jincheng"),
    ("ブレークポイントの置きかた", "debugging"),
    ("최단 경로는 어디에서 찾나요?", "tamsaek"),
    ("死锁怎么解决？", "jincheng"),
    ("字符串怎么用", "jincheng"),
    ("如何处理死锁", "jincheng"),
    # A run whose pairs are all in a post, but apart
    ("変数の話", "debugging"),
    # A verb whose form another post has
    ("カーネルを動かす", "tatami"),
    ("死锁之后线程怎么办", "jincheng"),
    # Names and numbers with their signs
    ("C#", "releases"),
    ("C++17", "releases"),
    ("parser 3.13", "releases"),
    ("v2.4.0", "releases"),
    ("parser v2.4.0", "releases"),
    ("parser:7", "convolutions"),
    # German: the last part of a compound, a form of a verb
    ("Schlauch", "fahrrad"),
    ("Wie trennt man Müll?", "fahrrad"),
    ("Trennung", "fahrrad"),
    # Three words, of which one is nowhere
    ("piano fork tuner", "tuning"),
)

NOWHERE = (
    "aardvark", "theremin", "zeppelin", "quaternion", "insomnia", "runway", "textile", "xylophone",
    "区块链", "量子", "字数写手", "积卷", "ブロックチェーン", "かぎ", "양자역학", "로봇",
    "Quantenphysik", "Schmetterling", "2024-01", "Fortran语言",
    "均K值", "经路短最", "hose pipe", "441Hz", "轮胎的条件", "runs way",
    "F#", "2.7", "4.2", "git.checkout.patch", "git 4.2", "内存缓存", "轮胎怎么解决",
)  # fmt: skip
