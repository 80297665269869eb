"""The blog of the reuse table: each post uses one thing, and runs once for all cases."""

from __future__ import annotations

import json
import os
import sqlite3
from hashlib import sha256
from pathlib import Path

PACKAGES = {"eg_used": "1.0", "eg_below": "2.0", "eg_unused": "3.0", "eg_local": "4.0"}
"""Distributions made for the table, each with a module of the same name."""

DATA, LATER = "数 1 2 3\n".encode(), "后来才有\n".encode()
"""Declared data: one file exists from the start, one does not."""
PNG = (
    "import base64, IPython.display\n"
    "png = base64.b64decode('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgAB"
    "SK+kcQAAAABJRU5ErkJggg==')\n"
    "IPython.display.display({'image/png': png, 'text/plain': '图'}, raw=True)"
)

FRONT = {
    "variable": "execute: {env: [EG_DECLARED]}",
    "seeded": "execute: {seed: 7}",
    "given": "data: [{name: 数/真.txt, sha256: SHA, stand_in: 替身.py}]",
    "substituted": "data: [{name: 数/无.txt, sha256: NOSHA, stand_in: 替身.py}]",
    "kernel": "jupyter: {kernelspec: {name: eg-python, language: python}}",
    "foreign": "jupyter: {kernelspec: {name: eg-echo, language: echo}}",
}
"""Front matter of some posts."""

CODE = {
    "plain": ["print('甲')", "print('乙')\nprint('丙')"],
    "figure": [PNG],
    "module": ["from lib.plots import shout\nprint(shout('好'))"],
    "package": ["import deep.inner.core as core\nprint(core.VALUE)"],
    "open": ["print(open('资料/列.csv', encoding='utf-8').read())"],
    "numpy": ["import numpy as np\nprint(np.load('读/数.npy'), np.fromfile('读/原.bin', 'u1'))"],
    "pandas": ["import pandas as pd\nprint(pd.read_csv('读/表.csv'))"],
    "mmap": [
        "import mmap\nwith open('读/映.bin', 'rb') as f:\n"
        "    print(mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)[:])"
    ],
    "sqlite": ["import sqlite3\nprint(*sqlite3.connect('读/库.db').execute('select n from t'))"],
    "child": ["import subprocess\nprint(subprocess.check_output(['cat', '读/子.txt']).decode())"],
    "path": ["from pathlib import Path\nprint(Path('读/径.json').read_text('utf-8'))"],
    "chdir": ["import os\nos.chdir('读')\nprint(open('移.txt', encoding='utf-8').read())"],
    "absent": [
        "import os\nprint(os.path.exists('缺一.csv'))\n"
        "try:\n    open('缺二.csv')\nexcept FileNotFoundError:\n    print('没有')"
    ],
    "rewrite": [
        "text = open('写/改.txt', encoding='utf-8').read()\n"
        "open('写/改.txt', 'w', encoding='utf-8').write(text + '尾')\n"
        "open('写/新.txt', 'w').write('new')\nprint(text, open('写/新.txt').read())"
    ],
    "listdir": ["import os\nprint(sorted(os.listdir('列一')))"],
    "glob": ["import glob\nprint(sorted(glob.glob('列二/*.txt')))"],
    "iterdir": ["from pathlib import Path\nprint(sorted(map(str, Path('列三').iterdir())))"],
    "ls": ["import subprocess\nprint(subprocess.check_output(['ls', '列四']).decode())"],
    "ls-top": ["import subprocess\nprint(subprocess.check_output(['ls']).decode())"],
    "outside": ["print(open('OUTSIDE/外.txt', encoding='utf-8').read())"],
    "outside-gone": ["print(open('OUTSIDE/去.txt', encoding='utf-8').read())"],
    "outside-list": ["import os\nprint(sorted(os.listdir('OUTSIDE/夹')))"],
    "site": ["print(open('BLOG/posts/资料/站.txt', encoding='utf-8').read())"],
    "used": ["import eg_used\nprint(eg_used.VALUE)"],
    "used-too": ["import eg_below\nprint('二', eg_below.VALUE)"],
    "local": ["import eg_local\nprint(eg_local.VALUE)"],
    "editable": ["import eg_editable\nprint(eg_editable.VALUE)"],
    "optional": ["try:\n    import eg_optional\nexcept ImportError:\n    print('没有')"],
    "variable": ["import os\nprint(os.environ.get('EG_DECLARED'), os.environ.get('EG_OTHER'))"],
    "seeded": ["import random\nprint(random.random())"],
    "raises": ["#| tags: [raises-exception]\n1 / 0", "print('之后')"],
    "given": ["print(open('数/真.txt', encoding='utf-8').read())"],
    "substituted": ["print(open('数/无.txt', encoding='utf-8').read())"],
    "pair": ["print('双语')"],
    "stderr": ["import sys\nprint('警告', file=sys.stderr)"],
    "long": ["print('长' * 1_000_001)"],
    "inline": ["n = 2"],
    "kernel": ["import eg_used\nprint('核', eg_used.VALUE)"],
    "foreign": ["读/核.txt"],
}
"""The cells of each post."""

PROSE = {"inline": "一共 `{python} n + 1` 个，两倍是 `{python} n * 2`。"}


def post_path(name: str) -> str:
    """Return the path of a post of the table."""
    return f"posts/2026-01-01-{name}.md"


def write_blog(root: Path, outside: Path) -> None:
    """Write the blog and the files outside it."""
    for name, cells in CODE.items():
        language = "echo" if name == "foreign" else "python"
        fences = "".join(f"```{language}\n{code}\n```\n\n说明。\n\n" for code in cells)
        text = f"---\ntitle: {name}\n{FRONT.get(name, '')}\n---\n\n{fences}{PROSE.get(name, '')}\n"
        text = text.replace("OUTSIDE", str(outside)).replace("BLOG", str(root))
        text = text.replace("NOSHA", sha256(LATER).hexdigest()).replace(
            "SHA", sha256(DATA).hexdigest()
        )
        put(root / post_path(name), text)
    translation = (root / post_path("pair")).read_text("utf-8").replace("说明。", "Words.")
    put(root / post_path("pair.en"), translation)
    put(root / "site.toml", 'lang = "zh"\nlanguages = ["en"]\n')
    _write_files(root / "posts")
    for name in ("外.txt", "去.txt", "夹/一.txt", "given/真.txt", "editable/eg_editable.py"):
        put(outside / name, "VALUE = 1\n")
    (outside / "given/真.txt").write_bytes(DATA)


def write_packages(folder: Path, outside: Path) -> None:
    """Return a folder of installed packages, one of them local and one editable."""
    for name, version in PACKAGES.items():
        install(folder, name, version)
    put(folder / "eg_used.py", "from eg_below import VALUE\n")
    url = json.dumps({"url": "file:///src", "dir_info": {}})
    put(folder / "eg_local-4.0.dist-info/direct_url.json", url)
    install(folder, "eg_editable", "5.0")
    (folder / "eg_editable.py").unlink()
    put(folder / "eg_editable-5.0.dist-info/top_level.txt", "eg_editable\n")
    put(folder / "eg_editable-5.0.dist-info/direct_url.json", url)
    put(folder / "eg_editable-5.0.dist-info/RECORD", "")
    editable = str(outside / "editable")
    put(folder / "sitecustomize.py", f"import sys\nsys.path.append({editable!r})\n")


def install(folder: Path, name: str, version: str) -> None:
    """Install a distribution with one module into a folder, replacing another version."""
    for old in folder.glob(f"{name}-*.dist-info/*"):
        old.unlink()
    for old in folder.glob(f"{name}-*.dist-info"):
        old.rmdir()
    module = f"VALUE = '{name} {version}'\n"
    put(folder / f"{name}.py", module)
    info = folder / f"{name}-{version}.dist-info"
    put(info / "METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    digest = sha256(module.encode()).hexdigest()
    put(info / "RECORD", f"{name}.py,sha256={digest},{len(module)}\n")


def write_kernels(folder: Path, python: str, packages: Path) -> None:
    """Make two kernels: a Python with its own packages, and one of another language."""
    install(packages, "eg_used", "1.0")
    argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "Py", "language": "python"}
    spec["env"] = {"PYTHONPATH": str(packages)}
    put(folder / "kernels/eg-python/kernel.json", json.dumps(spec))
    echo = folder / "echo.py"
    put(echo, ECHO)
    argv = [python, str(echo), "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "Echo", "language": "echo"}
    put(folder / "kernels/eg-echo/kernel.json", json.dumps(spec))


ECHO = '''"""A kernel whose code is the name of a file, which it prints."""

import sys

sys.path[:] = [entry for entry in sys.path if entry]
from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel


class Echo(Kernel):
    implementation, implementation_version, banner = "echo", "1", ""
    language_info = {"name": "echo", "mimetype": "text/plain", "file_extension": ".txt"}

    def do_execute(self, code, silent, *rest, **options):
        text = open(code.strip(), encoding="utf-8").read()
        self.send_response(self.iopub_socket, "stream", {"name": "stdout", "text": text})
        count = self.execution_count
        return {"status": "ok", "execution_count": count, "payload": [], "user_expressions": {}}


IPKernelApp.launch_instance(kernel_class=Echo)
'''


def put(path: Path, text: str) -> None:
    """Write a file and its parent folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def _write_files(posts: Path) -> None:
    import numpy

    put(posts / "lib/__init__.py", "")
    put(posts / "lib/plots.py", "from lib import words\nshout = lambda x: x + words.END\n")
    put(posts / "lib/words.py", "END = '！'\n")
    put(posts / "lib/idle.py", "pass\n")
    for name in ("deep/__init__.py", "deep/inner/__init__.py"):
        put(posts / name, "")
    put(posts / "deep/inner/core.py", "from . import leaf\nVALUE = leaf.VALUE\n")
    put(posts / "deep/inner/leaf.py", "VALUE = 5\n")
    for name in ("资料/列.csv", "资料/闲.csv", "资料/站.txt", "读/表.csv", "写/改.txt"):
        put(posts / name, "甲,乙\n1,2\n")
    for name in ("读/子.txt", "读/径.json", "读/移.txt", "读/核.txt", "读/映.bin", "读/原.bin"):
        put(posts / name, '"内容"\n')
    for name in ("列一/一.txt", "列二/一.txt", "列二/二.md", "列三/一.txt", "列四/一.txt"):
        put(posts / name, "一\n")
    numpy.save(posts / "读/数.npy", numpy.arange(3))
    with sqlite3.connect(posts / "读/库.db") as base:
        base.execute("create table t as select 1 as n")
    base.close()
    put(posts / "替身.py", STAND_IN)
    put(posts / "替身词.py", "TEXT = '替身'\n")


STAND_IN = """import sys

from 替身词 import TEXT

for name in sys.argv[1:]:
    open(name, "w", encoding="utf-8").write(TEXT)
"""


def environment(packages: Path, kernels: Path, outside: Path) -> dict[str, str]:
    """Return the environment variables of the table's builds."""
    return {
        "PYTHONPATH": str(packages),
        "JUPYTER_PATH": str(kernels),
        "EVERGREEN_DATA": str(outside / "given"),
        "EG_DECLARED": "一",
        "EG_OTHER": "二",
        "HOME": os.environ["HOME"],
    }
