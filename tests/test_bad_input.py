"""Bad input gives a message with its line, never a traceback, and affects no other post."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from bad_posts import BadPost, messages_of, read_corpus, read_page

BUILD = Path(__file__).parent.parent / "build.py"
CORPUS = read_corpus()
PATH = "posts/2026-01-02-x.md"
SITE = 'url = "https://example.org"\n'
GOOD = "---\ntitle: 好文章\ntags: [甲]\n---\n\n正文，一切都好。\n"
HEAD = b"---\ntitle: x\n---\n"


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python build.py …` as a process, with a time limit."""
    command = [sys.executable, str(BUILD), "--root", str(root), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    """Write a blog with these files and a good post."""
    for name, content in {"site.toml": SITE, "posts/2026-01-01-good.md": GOOD, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case.name)
def test_the_messages_of_each_post(case: BadPost) -> None:
    """Every problem of a post is reported as the corpus expects."""
    assert case.messages == messages_of(case.path, case.source)
    assert case.messages
    assert all(
        re.match(r"\d+(:\d+)?: .+: .+", line) or "did you mean" in line for line in case.messages
    )


BYTES = {
    "Latin-1": ("---\ntitle: é\n---\n".encode("latin-1"), "2:8: byte 11 (0xe9) is not UTF-8"),
    "GBK": ("---\ntitle: 中文\n---\n".encode("gbk"), "2:8: byte 11 (0xd6) is not UTF-8"),
    "Latin-1 behind Chinese": (
        HEAD + "一二三".encode() + b"\xe9\n",
        "4:4: byte 26 (0xe9) is not UTF-8",
    ),
    "cut in a character": (HEAD + b"\xe4\xb8", "4:1: byte 17 (0xe4) is not UTF-8"),
    "half a surrogate pair": (HEAD + b"\xed\xa0\x80", "4:1: byte 17 (0xed) is not UTF-8"),
    "an overlong NUL": (HEAD + b"\xc0\x80", "4:1: byte 17 (0xc0) is not UTF-8"),
    "UTF-16": ("---\ntitle: x\n---\n".encode("utf-16"), "1: the file is UTF-16"),
    "UTF-16, big end first": (
        b"\xfe\xff" + "---\n".encode("utf-16-be"),
        "1: the file is UTF-16",
    ),
    "UTF-16 without a mark": ("---\ntitle: x\n---\n".encode("utf-16-le"), "1: the file is UTF-16"),
    "UTF-32": ("---\ntitle: x\n---\n".encode("utf-32"), "1: the file is UTF-16"),
    "a NUL in the text": (HEAD + b"x\0y", "4:2: a control character (U+0000): remove it"),
    "a NUL in a title": (b"---\ntitle: a\0\n---\n", "2:9: a control character (U+0000)"),
    "a backspace": (HEAD + "一\b二".encode(), "4:2: a control character (U+0008)"),
    "an escape sequence": (HEAD + b"\x1b[31m", "4:1: a control character (U+001B)"),
    "a form feed": (HEAD + b"a\n\nb\x0c", "6:2: a control character (U+000C)"),
    "a delete sign": (HEAD + b"\x7f", "4:1: a control character (U+007F)"),
    "a C1 sign": (HEAD + "a\u0085b".encode(), "4:2: a control character (U+0085)"),
    "a sign that is no character": (HEAD + "\uffff".encode(), "4:1: a control character (U+FFFF)"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "1:1: byte 0 (0x89) is not UTF-8"),
    "11 MB": (HEAD + b"x" * 11_000_000, "the file has 11 MB: a post may have 10 MB"),
    "300 kB of front matter": (
        b"---\n" + b"a: b\n" * 60_000 + b"---\n",
        "2:1: 300 kB of YAML: keep at most 200 kB: move data to a file",
    ),
    "20,000 values": (
        b"---\nx: [" + b"1," * 20_000 + b"]\n---\n",
        "2:4: more than 20000 values: use fewer, and fewer aliases",
    ),
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes_that_are_not_a_post(name: str) -> None:
    """The first wrong byte or character is reported, with its column in characters."""
    source, expected = BYTES[name]
    [message] = messages_of(PATH, source)
    assert message.startswith(expected)


HARMLESS = {
    "a byte order mark": b"\xef\xbb\xbf" + HEAD + b"x",
    "Windows line ends": HEAD.replace(b"\n", b"\r\n") + b"x\r\n",
    "old Mac line ends": HEAD.replace(b"\n", b"\r") + b"x\r",
    "mixed line ends": b"---\r\ntitle: x\n---\r\nx\n\ry\r\n",
    "no line end": HEAD + b"x",
    "no text": HEAD,
    "an empty front matter": b"---\n---\n",
    "three dots": b"---\ntitle: x\n...\nx",
    "blanks behind the hyphens": b"--- \ntitle: x\n---\t\nx",
    "year 1": b"---\ndate: 0001-01-01 00:00 +0800\n---\n",
    "year 9999": b"---\ndate: 9999-12-31 23:59:59 -0800\n---\n",
    "a title of 10,000 signs": f"---\ntitle: {'题' * 10_000}\n---\n".encode(),
    "a title of two lines": b'---\ntitle: "a\\nb"\n---\n',
    "a title of markup": b"---\ntitle: '</title><script>alert(1)</script>'\n---\n",
    "a title that is a number": b"---\ntitle: 2026\n---\n",
    "empty keys": b"---\ntitle:\ntags:\nimage:\ndata:\nexecute:\njupyter:\nslug: ''\n---\n",
    "500 tags": f"---\ntags: [{', '.join(f't{n}' for n in range(500))}]\n---\n".encode(),
    "tags of odd signs": "---\ntags: ['..', '/', '%2e%2e', '👩‍🔬', 'a\\b', '?']\n---\n".encode(),
    "a tag of 1,000 bytes": f"---\ntags: [{'长' * 333}]\n---\n".encode(),
    "a line separator": "---\ntitle: a\u2028b\n---\na\u2028b\u2029c\n".encode(),
    "writing from right to left": "---\ntitle: \u202eabc\n---\n\u202eabc\n".encode(),
    "keys that are no words": b"---\n1: x\ntrue: x\nnull: x\n2026-01-01: x\n'': x\n---\n",
    "a Liquid include of another file": HEAD + b"{% include ../../etc/passwd %}\n",
}


@pytest.mark.parametrize("name", HARMLESS)
def test_unusual_but_valid(name: str) -> None:
    """Unusual files that are valid are accepted."""
    assert read_page(PATH, HARMLESS[name]).post.path == PATH


def test_columns_after_a_line_separator() -> None:
    """YAML counts it as a line, editors do not."""
    source = "---\ntitle: a\u2028b\n\ntags: {甲: 乙}\n---\n".encode()
    assert ("4:7: 'tags' is a mapping: write a list of words",) == messages_of(PATH, source)


# --- all at once ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole_corpus(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    """Build one blog of all malformed posts and two good ones; return it and its report."""
    bad = {case.path: case.source for case in CORPUS}
    bad |= {f"posts/2026-01-03-bytes-{n:02}.md": made for n, (made, _) in enumerate(BYTES.values())}
    root = write(tmp_path_factory.mktemp("corpus"), {**bad, "posts/2026-12-01-b.md": GOOD})
    done = run(root, "--json", "--future")
    assert (1, "") == (done.returncode, done.stderr)
    return root, json.loads(done.stdout)


def test_all_problems_of_a_blog_are_reported_together(
    whole_corpus: tuple[Path, dict[str, object]],
) -> None:
    """Each problem names its file; the good posts have none."""
    _, report = whole_corpus
    messages: dict[str, list[str]] = {}
    for problem in report["problems"]:  # type: ignore[attr-defined]
        messages.setdefault(problem["path"], []).append(problem["message"])
        assert problem["severity"] == "error"
    assert {case.path for case in CORPUS} < messages.keys()
    assert len(CORPUS) + len(BYTES) == len(messages) == len(report["failed"])  # type: ignore[arg-type]
    for case in CORPUS:
        assert len(case.messages) == len(messages[case.path])


def test_the_good_posts_of_a_bad_blog_are_published(
    whole_corpus: tuple[Path, dict[str, object]],
) -> None:
    """Only the good posts are published."""
    root, report = whole_corpus
    pages = {path.parent.name for path in (root / "_site").glob("*/index.html")}
    assert pages - {"archive", "tags", "search"} == {"good", "b"}
    assert 2 == report["posts"]


def test_the_corpus_is_large_enough() -> None:
    """The names of the cases are unique."""
    assert len({case.name for case in CORPUS}) == len(CORPUS)
    assert 240 <= len(CORPUS) + len(BYTES)


# --- files ----------------------------------------------------------------------------------------


def problems(root: Path, *arguments: str) -> list[str]:
    """Return the problems that a build reports; its good post must be published."""
    done = run(root, "--no-execute", *arguments)
    assert "Traceback" not in done.stdout + done.stderr
    assert 1 == done.returncode
    assert (root / "_site/good/index.html").is_file()
    return done.stdout.splitlines()[:-1]


def test_a_folder_with_the_name_of_a_post(tmp_path: Path) -> None:
    """The files in it are read as usual."""
    root = write(tmp_path, {"posts/2026-01-02-x.md/index.md": GOOD})
    expected = "posts/2026-01-02-x.md: is a folder, not a file: rename it"
    assert [expected] == problems(root)


def test_a_pipe_with_the_name_of_a_post(tmp_path: Path) -> None:
    """A named pipe is not opened for reading."""
    root = write(tmp_path, {})
    os.mkfifo(root / "posts/2026-01-02-x.md")
    expected = "posts/2026-01-02-x.md: is a pipe or a device, not a file: remove it"
    assert [expected] == problems(root)


def test_a_broken_symlink(tmp_path: Path) -> None:
    """A broken symlink is reported; an editor's lock file is ignored."""
    root = write(tmp_path, {})
    (root / "posts/2026-01-02-x.md").symlink_to("gone.md")
    (root / "posts/.#2026-01-01-good.md").symlink_to("me@machine.1:2")
    (root / "posts/2026-01-03-y.md").symlink_to("2026-01-03-y.md")
    assert [
        "posts/2026-01-02-x.md: cannot be read: No such file or directory: "
        "fix its permissions or symlink",
        "posts/2026-01-03-y.md: cannot be read: Too many levels of symbolic links: "
        "fix its permissions or symlink",
    ] == problems(root)


def test_a_symlink_within_the_blog_is_a_post(tmp_path: Path) -> None:
    """A symlink to another post is a post of its own."""
    root = write(tmp_path, {"notes/x.md": GOOD})
    (root / "posts/2026-01-02-x.md").symlink_to("../notes/x.md")
    assert 0 == run(root).returncode
    assert (root / "_site/x/index.html").is_file()


def test_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    """It is shown with replacement characters."""
    root = write(tmp_path, {})
    name = os.fsencode(root / "posts") + b"/2026-01-02-\xff.md"
    Path(os.fsdecode(name)).write_text(GOOD, "utf-8")
    expected = "posts/2026-01-02-\ufffd.md: the file's name is not UTF-8: rename it"
    assert [expected] == problems(root)


@pytest.mark.parametrize(
    ("name", "shown", "why"),
    [
        ("2026-01-02-a\nb.md", "2026-01-02-a\\nb.md", "has a control character"),
        ("2026-01-02-\x1b[31m.md", "2026-01-02-\\x1b[31m.md", "has a control character"),
        ("2026-01-02-a\\b.md", "2026-01-02-a\\b.md", "has a backslash"),
        ("2026-01-02-%2e%2e%2f.md", "2026-01-02-%2e%2e%2f.md", "has a part that means another"),
    ],
)
def test_names_with_special_characters(tmp_path: Path, name: str, shown: str, why: str) -> None:
    """Names that mean other files on other systems, or control the terminal, are refused."""
    root = write(tmp_path, {f"posts/{name}": GOOD})
    [messages] = problems(root)
    assert messages.startswith(f"posts/{shown}: the file's name {why}")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permissions(tmp_path: Path) -> None:
    """The system's reason is reported."""
    root = write(tmp_path, {"posts/2026-01-02-x.md": GOOD})
    (root / "posts/2026-01-02-x.md").chmod(0)
    [messages] = problems(root)
    assert messages.startswith("posts/2026-01-02-x.md: cannot be read: Permission denied: ")


def test_names_that_differ_in_case_or_form(tmp_path: Path) -> None:
    """Both posts of each pair are reported, and neither is published."""
    names = ("Abc", "abc", "caf\u00e9", "cafe\u0301")
    root = write(tmp_path, {f"posts/2026-01-02-{name}.md": GOOD for name in names})
    messages = sorted(problems(root))
    reasons = [line.rpartition(", but for ")[2] for line in messages]
    assert [
        "the case of letters",
        "the case of letters",
        "its Unicode form",
        "its Unicode form",
    ] == [reason.partition(":")[0] for reason in reasons]
    assert {"good"} == {p.parent.name for p in (root / "_site").glob("*/index.html")} - {
        *("archive", "tags", "search")
    }


# --- input that takes time ------------------------------------------------------------------------


@contextmanager
def no_hang() -> Iterator[None]:
    """Fail a test that takes too long."""
    import signal

    def stop(*_: object) -> None:
        raise AssertionError("no end in sight")

    previous = signal.signal(signal.SIGALRM, stop)
    signal.alarm(120)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)


SLOW = {
    "quotes": ">" * 10_000,
    "lists": "\n".join("  " * n + "* x" for n in range(500)),
    "brackets": "[" * 50_000,
    "links": "[a](" * 20_000,
    "backticks": " ".join("`" * n for n in range(1, 300)),
    "emphasis": "**a *b " * 5_000,
    "tags": "<a " * 20_000,
    "comments": "<!--" * 20_000,
    "attributes": "{: " + ".a" * 20_000 + "}",
    "footnotes": "".join(f"[^{n}]\n\n[^{n}]: [^{n + 1}]\n\n" for n in range(2_000)),
    "a table": "|" + "a|" * 2_000 + "\n|" + "-|" * 2_000 + "\n",
    "braces in a formula": "$$" + "{" * 5_000 + "$$",
    "open brackets in a formula": "$$" + "[" * 500 + "x$$",
    "open signs in a formula": "$$" + r"\langle(\lbrace" * 20 + "$$",
    "open fences in a formula": "$$" + r"\lvert(\llbracket⟨\bigl\lgroup" * 12 + "$$",
    "a formula of fractions": "$$" + r"\frac{1}{" * 3_000 + "}" * 3_000 + "$$",
    "quotes in code": "```python\n" + "'" * 100_000 + "\n```",
    "brackets in code": "```python\n" + "(" * 100_000 + "\n```",
    "markup in code": "```html\n" + "<a " * 3_000 + "\n```",
    "YAML in code": "```yaml\n" + ("- " * 2_000 + "\n") * 20 + "```",
    "shell in code": "```bash\n" + "$((" * 1_500 + "\n```",
    "Perl in code": "```perl\n" + "s/a" * 1_500 + "\n```",
    "C++ in code": "```cpp\n" + "template<" * 500 + "\n```",
    "a long line": "字" * 1_000_000,
    "long lines of code": "```\n" + "x" * 1_000_000 + "\n```",
}  # fmt: skip


@pytest.mark.parametrize("name", SLOW)
def test_text_with_quadratic_traps(name: str) -> None:
    """Every text becomes a page."""
    with no_hang():
        made = read_page(PATH, f"---\ntitle: x\n---\n\n{SLOW[name]}\n".encode())
    assert made.post.title == "x"
