"""Files of a post that readers can download: the notebook, the script, the lock of its packages.

The notebook runs in an empty folder: it fetches the files and the data that the post used.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from evergreen.content.notebook import write_ipynb, write_script
from evergreen.content.portable import Value, portable
from evergreen.content.portable_text import PortableNames
from evergreen.model import Artifact, Download, Execution, LockedPackages, Notebook, Post, Site
from evergreen.model.urls import absolute


def make_downloads(
    site: Site,
    post: Post,
    notebook: Notebook,
    execution: Execution | None,
    values: Sequence[Value],
    packages: LockedPackages | None,
    names: PortableNames,
) -> tuple[tuple[Download, ...], tuple[Artifact, ...]]:
    """Return links and files of the notebook, the script and the lock of a post that ran."""
    if not execution:
        return (), ()
    folder = post.url if post.url.endswith("/") else post.url.rpartition("/")[0] + "/"
    base = folder.lstrip("/") + post.slug
    archive = f"/{quote(base)}.zip"
    setup = setup_code(post, execution, absolute(site, archive) if site.url else "")
    notebook = portable(notebook, post.title, values, names, setup)
    files = [
        Artifact(f"{base}.ipynb", write_ipynb(notebook, execution, packages).encode()),
        Artifact(f"{base}.py", write_script(notebook, packages).encode()),
    ]
    links = [Download(kind, f"{site.baseurl}/{quote(base)}.{kind}") for kind in ("ipynb", "py")]
    if packages:
        name = f"{folder.lstrip('/')}pylock.{post.slug.replace('.', '-')}.toml"
        files.append(Artifact(name, packages.lock.encode()))
        links.append(Download("lock", f"{site.baseurl}/{quote(name)}"))
    if site.github:
        colab = "https://colab.research.google.com/github"
        address = f"{colab}/{site.github}/blob/{site.branch}/{quote(base)}.ipynb"
        links.append(Download("colab", address))
    return tuple(links), tuple(files)


def setup_code(post: Post, execution: Execution, archive: str = "") -> str:
    """Return code that fetches the files and the declared data that are missing, and seeds what the
    post used, as its run did; "" without any. `archive` is the address of the post's ZIP, or ""."""
    if post.language != "python":
        return ""
    parts = (_unpacking(execution, archive), _fetching(post), _seeding(post, execution))
    return "\n".join(filter(None, parts))


def _unpacking(execution: Execution, archive: str) -> str:
    facts = (fact.partition(" ") for fact, value in execution.facts.items() if value)
    names = sorted(name for kind, _, name in facts if kind == "file" and name[:2] != "..")
    return _UNPACK.format(names=names, archive=archive) if archive and names else ""


def _fetching(post: Post) -> str:
    rows = [(file.name, file.urls, file.sha256) for file in post.data if file.urls]
    if not rows:
        return ""
    return _FETCH.format(files="".join(f"    {row!r},\n" for row in rows))


def _seeding(post: Post, execution: Execution) -> str:
    seed = post.execute.seed
    if seed is None:
        return ""
    used = {name.lower() for name, _ in execution.environment.packages}
    lines = ["# The seed of the published run.", "import random", "", f"random.seed({seed})"]
    for package, (imported, call) in _SEEDS.items():
        if package in used:
            lines += [f"import {imported}", "", f"{call}({seed})"]
    return "\n".join(lines)


_UNPACK = """\
# The files of the published run, unless they are here already.
import io
import pathlib
import urllib.request
import zipfile

if not all(pathlib.Path(name).exists() for name in {names!r}):
    try:
        content = urllib.request.urlopen({archive!r}, timeout=60).read()
    except OSError as error:
        print("The files of the published run could not be downloaded:", error)
    else:
        files = zipfile.ZipFile(io.BytesIO(content))
        files.extractall(members=[n for n in files.namelist() if not pathlib.Path(n).exists()])
"""
_FETCH = """\
# The data of the published run, unless it is here already.
import hashlib
import pathlib
import urllib.request

for name, urls, sha256 in [
{files}]:
    path = pathlib.Path(name)
    for url in urls:
        if path.is_file():
            break
        try:
            content = urllib.request.urlopen(url, timeout=60).read()
        except OSError:
            continue
        if hashlib.sha256(content).hexdigest() == sha256:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
"""
_SEEDS = {
    "numpy": ("numpy", "numpy.random.seed"),
    "tensorflow": ("tensorflow", "tensorflow.random.set_seed"),
    "torch": ("torch", "torch.manual_seed"),
}
"""Package → its import, and its function that seeds."""
