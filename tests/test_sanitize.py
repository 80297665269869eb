"""What is removed from outputs before they are stored, and what is counted."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from executing import execute, printed
from hypothesis import given
from hypothesis import strategies as st

from evergreen.execution.sanitize import CUT, clean, is_cut, join, make_rules
from evergreen.model import CellError, Display, ExecuteOptions, Output, Stream

CWD = Path("/tmp/evergreen-x1/run")
HOME = str(Path.home())
FOLDERS = (Path("/srv/我的 blog"), Path("/srv/我的 blog/.cache/environments/1a2b"))
"""Of a blog, and of a post's environment in it."""
SECRETS = {
    "API_TOKEN": "a<b>&c'd\"e",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7",
    "LONGER_KEY": "wJalrXUtnFEMI/K7-and-more",
    "SHORT_KEY": "abc",
    "PORT_KEY": "123456789",
    "LANG": "zh_CN.UTF-8",
}
TENSORFLOW = """\
WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795238149.575022   18746 port.cc:153] oneDNN custom operations are on.
2026-11-21 05:14:13.123456: I tensorflow/core/util/port.cc:153] oneDNN custom operations are on.
2026-11-21 05:14:13.123456: E external/local_xla/xla/cuda_fft.cc:467] Unable to register cuFFT
To enable the following instructions: AVX2 FMA, in other operations, rebuild TensorFlow with the \
appropriate compiler flags.
2026-11-21 05:14:14.437303: E tensorflow/core/framework/node_def_util.cc:676] NodeDef mentions attr
E0000 00:00:1795238162.300309   18746 cuda_platform.cc:52] failed call to cuInit: INTERNAL
"""


def cleaned(
    output: Output, environ: Mapping[str, str] = SECRETS, drop: tuple[str, ...] = ()
) -> tuple[Output | None, dict[str, int]]:
    """Return one sanitized output, and the counts."""
    outputs, counts = clean([output], make_rules(CWD, drop, FOLDERS, environ))
    return (outputs[0] if outputs else None), dict(+counts)


def text(value: str, name: str = "stdout") -> str:
    """Return a stream's sanitized text."""
    output, _ = cleaned(Stream(name, value))  # type: ignore[arg-type]
    return output.text if isinstance(output, Stream) else ""


def test_framework_logs_are_dropped_and_counted() -> None:
    """TensorFlow's startup lines are dropped, a message of the post is kept."""
    output = Stream("stderr", f"{TENSORFLOW}真的警告\n{TENSORFLOW}")
    assert (Stream("stderr", "真的警告\n"), {"framework log line": 14}) == cleaned(output)
    assert (None, {"framework log line": 7}) == cleaned(Stream("stderr", TENSORFLOW))


def test_the_font_cache_of_a_slow_machine_is_not_told() -> None:
    """Matplotlib logs it once, in the first run on a machine."""
    line = "Matplotlib is building the font cache; this may take a moment.\n"
    for prefix in ("", "WARNING:matplotlib.font_manager:", "12:00:01 [字体] "):
        output = Stream("stderr", f"{prefix}{line}字体缺失\n")
        assert (Stream("stderr", "字体缺失\n"), {"framework log line": 1}) == cleaned(output)
    assert line == text(line)


def test_printed_text_is_not_a_log() -> None:
    """Only standard error is searched for logs."""
    assert TENSORFLOW == text(TENSORFLOW)


def test_own_patterns_drop_whole_lines() -> None:
    """`drop_stderr` of the settings drops whole lines."""
    output = Stream("stderr", "DEBUG 一\nnot DEBUG\nDEBUG 二\n")
    assert (Stream("stderr", "not DEBUG\n"), {"framework log line": 2}) == cleaned(
        output, drop=("DEBUG .*",)
    )


def test_a_wrong_pattern_is_an_error_of_re() -> None:
    """A wrong pattern raises re.error; the settings reject it before."""
    with pytest.raises(re.error):
        make_rules(CWD, ("(",))


def test_progress_bars_are_reduced_and_counted() -> None:
    """A progress bar counts once per output."""
    assert (Stream("stderr", "100%\n"), {"overwritten text": 1}) == cleaned(
        Stream("stderr", "\r 50%\r100%\n")
    )


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        (f"{CWD}/数据.csv", "./数据.csv"),
        (f"('{CWD}',)", "('.',)"),
        (f"{CWD.parent}/x", "/tmp/x"),
        (f"{HOME}/blog", "~/blog"),
        (f"file://{HOME}/blog", "file://~/blog"),
        (f"HOME={HOME}", "HOME=~"),
        (f"{HOME}x/y", f"{HOME}x/y"),
        (f"/data{HOME}/y", f"/data{HOME}/y"),
        (
            f"{sys.prefix}/lib/python3/site-packages/numpy/x.py",
            "lib/python3/site-packages/numpy/x.py",
        ),
        (f"\x1b[32m{sys.prefix}/lib/x.py\x1b[39m:3", "\x1b[32mlib/x.py\x1b[39m:3"),
        ("/tmp/ipykernel_123/456.py:1: UserWarning", "cell:1: UserWarning"),
        ('File "/tmp/ipykernel_123/456.py", line 2', 'File "cell", line 2'),
        (
            '<a href="file:///tmp/ipykernel_1/2.py#3" target="_blank">3</a>',
            '<a target="_blank">3</a>',
        ),
        (f"{HOME} {HOME}", "~ ~"),
        ("/srv/我的 blog/data/x.csv", "data/x.csv"),
        ("in '/srv/我的 blog'.", "in '…'."),
        ("/srv/我的 blog/.cache/environments/1a2b/lib/tqdm/__init__.py", "lib/tqdm/__init__.py"),
        ("file:///srv/%E6%88%91%E7%9A%84%20blog/a.html", "file://a.html"),
        (f"prefix = {sys.prefix}", "prefix = …"),
        ("/srv/我的 blog-2/a", "/srv/我的 blog-2/a"),
        ("https://example.org/srv/x", "https://example.org/srv/x"),
    ],
)
def test_paths(given_: str, expected: str) -> None:
    """Paths of this machine are replaced."""
    assert (Stream("stdout", expected), 0 < (expected != given_)) == (
        cleaned(Stream("stdout", given_))[0],
        cleaned(Stream("stdout", given_))[1].get("path", 0) > 0,
    )


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("k = a<b>&c'd\"e!", "k = [API_TOKEN]!"),
        ("<b>a&lt;b&gt;&amp;c&#x27;d&quot;e</b>", "<b>[API_TOKEN]</b>"),
        ('{"k": "a<b>&c\'d\\"e"}', '{"k": "[API_TOKEN]"}'),
        ("?k=wJalrXUtnFEMI%2FK7", "?k=[AWS_SECRET_ACCESS_KEY]"),
        ("wJalrXUtnFEMI/K7-and-more", "[LONGER_KEY]"),
        ("abc 123456789 zh_CN.UTF-8", "abc 123456789 zh_CN.UTF-8"),
        ("https://我:geheim99@example.org/x", "https://…@example.org/x"),
        ("https://example.org:80/x@y", "https://example.org:80/x@y"),
    ],
)
def test_secrets(given_: str, expected: str) -> None:
    """Values of secret-looking variables, and passwords in URLs, are replaced."""
    assert expected == text(given_)


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("<function f at 0x7f3b2c1d4e50>", "<function f at 0x…>"),
        ("&lt;A object at 0x55D0A1B2C3D4&gt;", "&lt;A object at 0x…&gt;"),
        ("<Thread(Thread-1 (f), started 140237465126592)>", "<Thread(Thread-1 (f), started 0x…)>"),
        ("<Thread(T, started daemon 140237465126592)>", "<Thread(T, started 0x…)>"),
        ("0xdeadbeef", "0xdeadbeef"),
        ("look at 0xff", "look at 0xff"),
    ],
)
def test_addresses(given_: str, expected: str) -> None:
    """Addresses of objects, which differ in every run, are replaced."""
    assert expected == text(given_)


def test_every_kind_of_output_is_sanitized() -> None:
    """Displays in all text formats and errors are sanitized, pictures are not."""
    dirty = f"{HOME}/x at 0x7f3b2c1d4e50"
    data = {"text/plain": dirty, "text/html": dirty, "application/json": dirty, "image/png": b"1"}
    expected = {**dict.fromkeys(data, "~/x at 0x…"), "image/png": b"1"}
    counts = {"path": 3, "address": 3}
    assert (Display(expected, "{}", True), counts) == cleaned(Display(data, "{}", True))
    assert (CellError("E", "~/x at 0x…", "~/x at 0x…", 3), {"path": 2, "address": 2}) == cleaned(
        CellError("E", dirty, dirty, 3)
    )


@given(st.text(), st.sampled_from(["stdout", "stderr"]))
def test_sanitized_outputs_stay(value: str, name: str) -> None:
    """Sanitizing twice gives the same as once."""
    once, _ = cleaned(Stream(name, value))  # type: ignore[arg-type]
    assert once is None or once == cleaned(once)[0]


@given(st.text(st.sampled_from("ab/ \n中"), max_size=20), st.text(max_size=5))
def test_no_secret_stays(before: str, after: str) -> None:
    """A secret is replaced in any surrounding text."""
    for value in (SECRETS["AWS_SECRET_ACCESS_KEY"], SECRETS["API_TOKEN"]):
        assert value not in text(before + value + after)


STREAMS = st.lists(
    st.builds(Stream, st.sampled_from(["stdout", "stderr"]), st.text(min_size=1))
    | st.just(Display({"text/plain": "x"}))
)


@given(STREAMS)
def test_joined_streams_lose_nothing(outputs: list[Output]) -> None:
    """Between two displays there is at most one stream of each kind, standard output first."""
    joined = join(outputs)
    for name in ("stdout", "stderr"):
        before = "".join(o.text for o in outputs if isinstance(o, Stream) and o.name == name)
        assert before == "".join(o.text for o in joined if isinstance(o, Stream) and o.name == name)
    assert joined == join(joined)
    names = "".join(o.name[3] if isinstance(o, Stream) else "|" for o in joined)
    assert set(names.split("|")) <= {"", "o", "e", "oe"}


def test_cut_outputs_are_recognised() -> None:
    """A cut output is recognised by its mark."""
    mark = f"{CUT} more than 9 characters]"
    assert [True, True, True, False] == [
        is_cut(Stream("stdout", mark)),
        is_cut(Display({"text/plain": mark})),
        is_cut(CellError("E", mark)),
        is_cut(Display({"image/png": b""})),
    ]


# --- in a kernel ----------------------------------------------------------------------------------


def test_a_progress_bar_does_not_reach_the_limit() -> None:
    """However often it moves, only its last state counts."""
    code = "for n in range(3000):\n    print(f'\\r进度 {n:04}', end='', flush=n % 500 == 0)"
    assert "进度 2999" == printed(execute(code, options=ExecuteOptions(max_output=1000)))


def test_tqdm_ends_in_its_last_state() -> None:
    """tqdm's bar on standard error is reduced to its last state."""
    pytest.importorskip("tqdm")
    code = "from tqdm import tqdm\nfor _ in tqdm(range(300), bar_format='{n}/{total}'): pass"
    assert ((Stream("stderr", "300/300\n"),),) == execute(code).outputs


@pytest.mark.parametrize("wait", [True, False])
def test_cleared_outputs_are_gone(wait: bool) -> None:
    """Cleared text and displays are removed, and do not count towards the limit."""
    code = (
        "from IPython.display import clear_output, display\nfor n in range(1200):\n"
        f"    clear_output(wait={wait})\n    print('第', n, 'x' * 100)\n    display(n)"
    )
    stream, display = execute(code, options=ExecuteOptions(max_output=2000)).outputs[0]
    assert (Stream("stdout", f"第 1199 {'x' * 100}\n"), "1199") == (
        stream,
        display.data["text/plain"] if isinstance(display, Display) else "",
    )


def test_an_updated_display_has_its_last_value() -> None:
    """An updated display stays at its first position."""
    code = (
        "from IPython.display import display\nhandle = display('一', display_id=True)\n"
        "print('后')\nhandle.update('二')"
    )
    first, second = execute(code).outputs[0]
    assert ("'二'", "后\n") == (
        first.data["text/plain"] if isinstance(first, Display) else "",
        second.text if isinstance(second, Stream) else "",
    )


def test_nothing_of_this_machine_is_in_an_execution(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No kind of output contains folders or secrets of this machine."""
    monkeypatch.setenv("MY_TOKEN", "geheimnis-ß-123")
    (tmp_path / "助.py").write_text("def f():\n    raise ValueError(__file__)")
    execution = execute(
        "import os, 助\nprint(os.getcwd(), os.path.expanduser('~'), os.environ['MY_TOKEN'])",
        "from IPython.display import HTML\nHTML(f'<p>{os.environ[\"MY_TOKEN\"]}{os.getcwd()}</p>')",
        "助.f()",
        bundle=tmp_path,
    )
    found = repr((execution.outputs, execution.failure))
    home = str(Path.home())
    assert [] == [s for s in ("geheimnis", "/evergreen-", f"'{home}", f" {home}") if s in found]
    assert {"path", "secret"} <= set(execution.cleaned)
