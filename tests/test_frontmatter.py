"""Splitting a source file into front matter and body."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evergreen.content.frontmatter import decode, read_front_matter
from evergreen.errors import EvergreenError

PATH = "posts/2026-01-01-文.md"


def problem(source: bytes) -> str:
    """Return the message for a source that is not valid."""
    with pytest.raises(EvergreenError) as caught:
        read_front_matter(PATH, source)
    return str(caught.value)


def test_values_lines_and_body() -> None:
    """The body begins on the line after the closing hyphens; each key has its line."""
    head = read_front_matter(PATH, "---\ntitle: 题\ntags: [一, 二]\n---\n\n正文\n".encode())
    assert {"title": "题", "tags": ["一", "二"]} == head.values
    assert {"title": 2, "tags": 3} == head.lines
    assert ("\n正文\n", 5, True) == (head.body, head.body_line, head.found)


def test_byte_order_mark_and_windows_line_ends() -> None:
    """A BOM is dropped and \\r\\n becomes \\n."""
    head = read_front_matter(PATH, b"\xef\xbb\xbf---\r\ntitle: x\r\n---\r\nbody\r\n")
    assert ({"title": "x"}, "body\n") == (head.values, head.body)


def test_no_front_matter() -> None:
    """A text without front matter is all body."""
    head = read_front_matter(PATH, b"just text\n")
    assert (False, "just text\n", 1) == (head.found, head.body, head.body_line)


def test_three_dots_close() -> None:
    """YAML's end mark `...` closes the front matter too."""
    assert "b" == read_front_matter(PATH, b"---\na: 1\n...\nb").body


def test_hyphens_in_the_body_stay() -> None:
    """Only the first closing line counts."""
    assert "a\n---\nb\n" == read_front_matter(PATH, b"---\n---\na\n---\nb\n").body


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"---\ntitle: x\n", "1: the front matter is not closed: end it with a line '---'"),
        (b"---\na: 1\na: 2\n---\n", "3:1: duplicate key 'a': remove one of them"),
        (b"---\na:\n  b: 1\n  b: 2\n---\n", "4:3: duplicate key 'b': remove one of them"),
        (b"---\n- a\n---\n", "2:1: this is not a mapping: write 'key: value' lines"),
        (
            b"---\na:\n\t- b\n---\n",
            "3:1: a tab in the indentation: indent with spaces, since YAML does not allow tabs",
        ),
        (b"---\ntitle: a: b\n---\n", "2:9: a second ':' in one value: quote the whole value"),
        (b"---\na: !!python/object:os.x\n---\n", "2:4: a tag: remove it: plain values only"),
        (b"---\n[a]: 1\n---\n", "2:1: a key is not a word"),
        (b"---\na: [" + b"[" * 5000 + b"\n---\n", "2:53: values nested too deeply: make it flat"),
        (b"---\na: \xff\n---\n", "2:4: byte 7 (0xff) is not UTF-8: save the file as UTF-8"),
        ("---\na: 1\n---\n".encode("utf-16"), "1: the file is UTF-16: save it as UTF-8"),
        (b"---\na: 1\n---\nx\x00y\n", "4:2: a control character (U+0000): remove it"),
        (b"x" * 21_000_000, "the file has 21 MB"),
    ],
)
def test_problems_are_reported_at_their_place(source: bytes, expected: str) -> None:
    """Messages have the form path:line:column: what is wrong: what to do."""
    said = problem(source)
    assert said.startswith(f"{PATH}:")
    assert expected in said


def test_aliases_that_multiply_are_refused() -> None:
    """Aliases that would expand to millions of values are refused."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    assert "more than 20000 values" in problem(f"---\n{chr(10).join(lines)}\n---\n".encode())


def test_an_anchor_can_be_defined_again() -> None:
    """An alias means the last anchor of its name, as in the menus of translated Jekyll themes."""
    source = b"---\na: &EN Archive\nb: *EN\nc: &EN [\xe5\x85\xb3\xe4\xba\x8e]\nd: *EN\n---\n"
    values = read_front_matter("a.md", source).values
    assert {"a": "Archive", "b": "Archive", "c": ["关于"], "d": ["关于"]} == values


def test_an_alias_to_its_parent_is_refused() -> None:
    """A value that contains itself is refused."""
    assert "more than 20000 values" in problem(b"---\na: &a [*a]\n---\n")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(source: bytes) -> None:
    """Any bytes give a result or an EvergreenError."""
    for each in (source, b"---\n" + source + b"\n---\nbody"):
        try:
            head = read_front_matter(PATH, each)
        except EvergreenError as error:
            assert str(error).startswith(PATH)
        else:
            assert isinstance(head.body, str)


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc")), max_size=50))
def test_text_is_decoded_unchanged(text: str) -> None:
    """Text without control characters is decoded to itself."""
    assert text.removeprefix("\ufeff") == decode(PATH, text.encode())


@pytest.mark.parametrize(
    ("text", "place"), [("title：全角\n", "2:6"), ("title: 题\ntags：[甲，乙]\n", "3:5")]
)
def test_a_wide_colon_is_told(text: str, place: str) -> None:
    """As an input method for Chinese types it, behind the key; in a value it is a text."""
    told = problem(f"---\n{text}---\n".encode())
    assert told.startswith(f"{PATH}:{place}: this is not a mapping: write '")
    assert told.endswith("the colon behind it is a wide one")
