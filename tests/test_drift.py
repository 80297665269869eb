"""Drift: what is caught, what is let pass, and how it is told."""

from __future__ import annotations

import io
import json
import time
from dataclasses import replace

import pytest
from drift_samples import (
    NOW,
    PLOT,
    PUBLISHED,
    TABLE,
    Sample,
    changes,
    plot,
    printed,
    shown,
    variants,
)
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from evergreen.check.drift import Comparison, compare
from evergreen.check.figures import beside
from evergreen.model import Cell, CellError, CheckOptions, Display, Execution, Notebook, Stream


def verdict(sample: Sample, **options: object) -> Comparison:
    """What comes of a sample's comparison."""
    notebook = Notebook((Cell(sample.source, 3),))
    then = Execution((sample.then,), finished=PUBLISHED)
    now = Execution((sample.now,), finished=NOW)
    again = Execution((sample.now if sample.again is None else sample.again,), finished=NOW)
    return compare(notebook, then, now, replace(CheckOptions(), **options), [again])  # type: ignore[arg-type]


def test_changes_are_caught() -> None:
    """At least 250 of all kinds, 99 in a hundred of them."""
    samples = changes()
    missed = [each.name for each in samples if verdict(each).verdict != "drifted"]
    print(f"{len(samples)} changes, missed: {missed}")
    assert len({each.name for each in samples}) >= 250
    assert len(missed) <= len(samples) / 100, missed


def test_harmless_variants_pass() -> None:
    """At least 150 of all kinds; one in a hundred may be flagged."""
    samples = variants()
    flagged = [each.name for each in samples if verdict(each).verdict == "drifted"]
    print(f"{len(samples)} variants, flagged: {flagged}")
    assert len({each.name for each in samples}) >= 150
    assert len(flagged) <= len(samples) / 100, flagged


def test_ids_in_names_are_random_and_hashes_are_results() -> None:
    """As Matplotlib's animations and maps have them; of a file's hash every digit counts."""
    one, other = "23bf714699134ccc9657ab94b5251585", "f7f0fb0824314f6e984d8422fe983601"
    html = '<button onclick="anim{0}.play()">▶</button><script>_anim_img{0} = map_{0}</script>'
    verdicts = [
        verdict(Sample("x", *(shown("text/html", html.format(each)) for each in (one, other)))),
        verdict(Sample("x", printed(f"md5 {one}\n"), printed(f"md5 {other}\n"))),
        verdict(Sample("x", printed(f"{one}{one}\n"), printed(f"{one}{other}\n"))),
    ]
    assert ["same", "drifted", "drifted"] == [each.verdict for each in verdicts]


SOUP = st.text("<>![]-/=\"' &;:{}()abid0159.,e+\n", max_size=60)
FORMS = ("text/html", "image/svg+xml", "text/plain", "text/latex", "application/json", "image/png")


@given(st.sampled_from(FORMS), SOUP, SOUP)
def test_nothing_that_code_shows_is_too_odd(form: str, then: str, now: str) -> None:
    """Malformed markup, JSON and pictures have a verdict; what is equal is the same."""
    pair = [each.encode() if form == "image/png" else each for each in (then, now)]
    outputs = [(Display({form: each}),) for each in pair]
    assert "same" == verdict(Sample("", outputs[0], outputs[0])).verdict
    verdict(Sample("", outputs[0], outputs[1]))
    verdict(Sample("", printed(then), printed(now)))
    verdict(Sample("", (CellError(then, now),), (CellError(now, then),)))


@pytest.mark.parametrize(
    ("then", "now", "message"),
    [
        (
            printed("a\n精度 0.91\n"),
            printed("a\n精度 0.83\n"),
            "'精度 0.91' is '精度 0.83' now",
        ),
        (printed("a\nb\n"), printed("a\n"), "the line 'b' is gone"),
        (printed("a\n"), printed("a\nb\nc\n"), "the line 'b' is new (and 1 more)"),
        (printed("a  b"), printed("a b"), "the white space has changed"),
        (printed("'甲'"), printed("'甲 '"), "the white space has changed"),
        (printed("{'a': 1}"), printed("{'a ': 1}"), "the white space has changed"),
        (
            printed("0 红\n1 绿\n2 红"),
            printed("0 绿\n1 红\n2 红"),
            "'0 红' is '0 绿' now (and 1 more)",
        ),
        (printed("a"), (), "the cell gives nothing, it gave text"),
        ((CellError("A", "x"),), (CellError("B", "x"),), "the exception A is B now"),
        ((CellError("A", "x 1"),), (CellError("A", "x 2"),), "'A: x 1' is 'A: x 2' now"),
        (
            shown("text/html", TABLE.to_html()),
            shown("text/html", TABLE.assign(人口=[1, 2487, 1868]).to_html()),
            "row 1, column '人口': 2189 is 1 now",
        ),
        (
            shown("text/html", TABLE.to_html()),
            shown("text/html", TABLE.iloc[:2].to_html()),
            "the table has 3 rows, it had 4 rows",
        ),
        (
            shown("application/json", json.dumps(PLOT)),
            shown("application/json", json.dumps(PLOT).replace("0.25", "0.75")),
            "data[0].y[1]: 0.25 is 0.75 now",
        ),
        (
            shown("image/png", plot()),
            shown("image/png", plot(dpi=50)),
            "the figure has 210 × 160 pixels, it had 420 × 320",
        ),
    ],
)
def test_a_difference_is_told_in_a_line(
    then: tuple[Stream, ...], now: tuple[Stream, ...], message: str
) -> None:
    """With what was there and what is there now."""
    assert message == verdict(Sample("", then, now)).differences[0].message


@pytest.mark.parametrize(
    ("then", "now"),
    [("it's  5", "it's 5"), ("['a' 'bb']", "['a'  'bb']"), ("x:  'a'", "x: 'a'")],
)
def test_white_space_that_aligns_is_no_matter(then: str, now: str) -> None:
    """Beside quotation marks, not in them; an apostrophe is none."""
    assert verdict(Sample("", printed(then), printed(now))).verdict in ("same", "within tolerance")


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [
        (" *\n* *\n   *", " *\n* *\n  *", "drifted"),
        (" *\n* *\n   *", "  *\n * *\n    *", "same"),
        ("n  x\n   1\n   ...", "n  x\n  1\n  ...", "same"),
    ],
)
def test_a_drawing_of_signs_has_places(then: str, now: str, expected: str) -> None:
    """Unless all of it moves, or white space only aligns columns."""
    assert expected == verdict(Sample("", printed(then), printed(now))).verdict


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [
        ("{'a': 1, 'b': 2}", "{'b': 2, 'a': 1}", "drifted"),
        ("n = {1: {'x': 0, 'y': 0}}", "n = {1: {'y': 0, 'x': 0}}", "drifted"),
        ('{"a": 1, "b": 2}', '{"b": 2, "a": 1}', "within tolerance"),
        ("{'a': {'x', 'y'}}", "{'a': {'y', 'x'}}", "within tolerance"),
        ("{'a': 0.30000000000000004}", "{'a': 0.3}", "within tolerance"),
    ],
)
def test_the_keys_of_a_dict_have_an_order(then: str, now: str, expected: str) -> None:
    """Those of JSON have none, nor have the elements of a set."""
    assert expected == verdict(Sample("", printed(then), printed(now))).verdict


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [
        ("in /home/alice/.cache/x", "in /Users/bob.b/.cache/x", "same"),
        (r"in C:\Users\甲\x.csv", r"in C:\Users\乙\x.csv", "same"),
        ("in /home/alice/a.csv", "in /home/alice/b.csv", "drifted"),
        ("/opt/v/lib/python3.11/site-packages/a.py:1: B", "~/v/site-packages/a.py:2: B", "same"),
        ("/opt/v/site-packages/a.py:1: B", "/opt/v/site-packages/c.py:1: B", "drifted"),
        ('"/usr/lib/python3.11/json/a.py", B', '"/opt/py/lib/python3.13/json/a.py", B', "same"),
        ("/data/a/x.csv", "/data/b/x.csv", "drifted"),
    ],
)
def test_where_things_are_installed_is_no_matter(then: str, now: str, expected: str) -> None:
    """The user's home folder, and the folders above packages and Python's own modules."""
    assert expected == verdict(Sample("", printed(then), printed(now))).verdict


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [
        ("\x1b[32mready\x1b[0m", "\x1b[31mready\x1b[0m", "drifted"),
        ("\x1b[42mA\x1b[0mB\x1b[42mC", "\x1b[42mA\x1b[0mB\x1b[43mC", "drifted"),
        ("\x1b[38;5;9mready\x1b[39m", "\x1b[38;5;10mready\x1b[39m", "drifted"),
        ("\x1b[1;32mready\x1b[0m", "\x1b[32mready\x1b[m ", "same"),
        ("\x1b[32mready\x1b[0m", "ready", "same"),
        ("\x1b[31m10%\r\x1b[32m99%\x1b[0m", "\x1b[32m99%\x1b[0m", "same"),
    ],
)
def test_the_colours_of_a_text_count(then: str, now: str, expected: str) -> None:
    """As a terminal shows them in the end; weights do not, nor whether there are colours."""
    assert expected == verdict(Sample("", printed(then), printed(now))).verdict


def _grey(size: int, bright: int, level: int = 255) -> bytes:
    """A black picture with one pixel that is not."""
    picture = Image.new("L", (size, size))
    picture.putpixel((bright, 5), level)
    picture.save(out := io.BytesIO(), "PNG")
    return out.getvalue()


def test_each_pixel_of_a_small_picture_counts() -> None:
    """As in a written digit; but not the rounding of its grey."""
    then = shown("image/png", _grey(28, 5))
    others = [_grey(28, 9), _grey(28, 5, 252)]
    verdicts = [verdict(Sample("", then, shown("image/png", each))).verdict for each in others]
    assert ["drifted", "within tolerance"] == verdicts


def _menu(options: list[str], module: str = "2.0.0") -> dict[str, str | bytes]:
    """A drop-down list."""
    state = {"_options_labels": options, "index": 0, "_model_module_version": module}
    models = {"state": {"m": {"model_name": "DropdownModel", "state": state}}}
    return {
        "application/vnd.jupyter.widget-view+json": json.dumps({"model_id": "m"}),
        "application/vnd.jupyter.widget-state+json": json.dumps(models),
    }


def test_the_choices_of_a_widget_are_compared() -> None:
    """Their names begin as those of its protocol do, whose version is no matter."""
    then = (Display(_menu(["甲", "乙"])),)
    others = [_menu(["甲", "丙"]), _menu(["甲", "乙"], "2.1.0")]
    verdicts = [verdict(Sample("", then, (Display(each),))).verdict for each in others]
    assert ["drifted", "same"] == verdicts


PI = "3.14159265358979323846264338327950288419716939937510"


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [
        ("Decimal('0.10')", "Decimal('0.1')", "drifted"),
        ("['01234']", "['1234']", "drifted"),
        ("agent 007", "agent 7", "drifted"),
        ("'0.1234567890'", "'0.1234567891'", "within tolerance"),
        ("1,024 rows", "1024 rows", "within tolerance"),
        (PI, f"{PI[:-2]}11", "drifted"),
        (f"{0.1 + 0.2:.50f}", f"{0.3:.50f}", "within tolerance"),
    ],
)
def test_digits_that_no_rounding_explains_count(then: str, now: str, expected: str) -> None:
    """Zeros of a quoted number and in front of a code, and digits beyond those of a machine's
    numbers; the exact value of such a number is rounded by its 17th digit.
    """
    assert expected == verdict(Sample("", printed(then), printed(now))).verdict


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [
        ("[1 2 3\n 4 5]\n6", "[1 2\n 3 4 5]\n6", "same"),
        ("[1 2 3\n 4 5]\n6", "[1 2\n 3 5 4]\n6", "drifted"),
        ("[[1 2]\n [3]]", "[[1]\n [2 3]]", "drifted"),
        (":(\na\n  b\nc", ":(\na\n  b\n  c", "drifted"),
    ],
)
def test_a_value_may_be_broken_into_other_lines(then: str, now: str, expected: str) -> None:
    """Inside brackets that are closed."""
    assert expected == verdict(Sample("", printed(then), printed(now))).verdict


ESTIMATOR = """<style>#a {{}}</style><div class="sk-top-container"><div
class="sk-text-repr-fallback"><pre>SVC()</pre></div><div data-param-prefix="svc__"><table>
<tr class="default"><td><i onclick="copyToClipboard('C')"></i></td><td class="param">
<a href="/{release}/#C">C <span class="param-doc-description">C: float<br>{release}</span></a></td>
<td class="value">{c}&nbsp;</td></tr>{more}</table>
<table><tr class="default"><td class="param">coef_</td>
<td>float64</td><td>[{fitted}]</td></tr></table></div></div>"""


@pytest.mark.parametrize(
    ("now", "message"),
    [
        ({"c": "0.5"}, "'svc__C = 1.0' is 'svc__C = 0.5' now"),
        ({"fitted": "1.6"}, "'svc__coef_ = float64 [1.5]' is 'svc__coef_ = float64 [1.6]' now"),
        ({"release": "1.8"}, ""),
        ({"more": '<tr class="default"><td class="param">nu</td><td>1</td></tr>'}, ""),
    ],
)
def test_the_parameters_of_an_estimator_are_compared(now: dict[str, str], message: str) -> None:
    """Those that are left at their default too, and what was fitted; a release changes the rest."""
    then = {"release": "1.7", "c": "1.0", "fitted": "1.5", "more": ""}
    sides = [shown("text/html", ESTIMATOR.format(**each)) for each in (then, then | now)]
    assert message == "".join(each.message for each in verdict(Sample("", *sides)).differences)


TABLES = '<style>#T_1 {{ {} }}</style><table><tr><td id="T_1">{}</td><td>1.0</td></tr></table>'


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [
        (TABLES.format("font-weight: bold", 1), TABLES.format("color: red", 1), "drifted"),
        (TABLES.format("", "2.22e-16"), TABLES.format("", "-1.11e-16"), "within tolerance"),
        (TABLES.format("", "2.22e-16"), TABLES.format("", "2.22e-6"), "drifted"),
        ('<p style="width:8%;background:red">x', '<p style="width:4%;background:red">x', "drifted"),
        ('<p style="transform:rotate(9deg)">→', '<p style="transform:rotate(5deg)">→', "drifted"),
        ("<details><p>x</details>", "<details open><p>x</details>", "drifted"),
        ("<p hidden>x", "<p>x", "drifted"),
        ("<ol><li>甲<li>乙</ol>", "<ul><li>甲<li>乙</ul>", "drifted"),
        ("<ul><li>甲<ol><li>乙</ol></ul>", "<ul><li>甲<ul><li>乙</ul></ul>", "drifted"),
        ('<ol class="a1"><li>甲</ol><ul><li>乙</ul>', "<ol><li>甲</ol><ul><li>乙</ul>", "same"),
        ('<script src="a-2.1.0.js"></script>x', '<script src="a-2.2.0.js"></script>x', "same"),
        ('<script src="a-2.1.0.js"></script>x', '<script src="b-2.1.0.js"></script>x', "drifted"),
        ('<p style="width:800px">x', '<p style="width:760px">x', "same"),
    ],
)
def test_marks_in_html_count(then: str, now: str, expected: str) -> None:
    """A weight, the length of a bar, what is open and whether a list is numbered do; the width of a
    text, rounding in a table, and the version of a script do not.
    """
    pair = shown("text/html", then), shown("text/html", now)
    assert expected == verdict(Sample("", *pair)).verdict


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([0.25, 0.5], "same"),
        ([0.25, 0.75], "drifted"),
    ],
)
def test_an_array_may_be_written_in_two_forms(value: list[float], expected: str) -> None:
    """Plotly writes one of NumPy in base64."""
    packed = {"dtype": "f8", "bdata": "AAAAAAAA0D8AAAAAAADgPw=="}
    mime = "application/vnd.plotly.v1+json"
    sides = [json.dumps({"data": [{"y": y}], "layout": {}}) for y in (packed, value)]
    assert expected == verdict(Sample("", *(shown(mime, each) for each in sides))).verdict


def test_a_cell_may_ask_for_figures_alone() -> None:
    """What it prints is then no matter."""
    figure, other = shown("image/png", plot()), shown("image/png", plot(bars=(3, 1, 2)))
    text = Sample("", printed("1") + figure, printed("2") + figure)
    picture = Sample("", printed("1") + figure, printed("1") + other)
    assert "same" == verdict(text, compare="image").verdict
    assert "drifted" == verdict(picture, compare="image").verdict


def test_a_figure_with_data_is_another_output() -> None:
    """The page shows a chart in the place of the picture then."""
    old = Display({"image/png": b"x"})
    new = Display({"image/png": b"x", "application/vnd.vegalite.v5+json": "{}"})
    (told,) = verdict(Sample("", (old,), (new,))).differences
    assert "the cell gives a figure and data, it gave a figure" == told.message


def test_exact_figures_have_equal_pixels() -> None:
    """Other bytes of the same picture are the same."""
    picture = Image.open(io.BytesIO(plot()))
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    repacked = shown("image/png", out.getvalue())
    picture.putpixel((5, 5), (250, 255, 255, 255))
    picture.save(out := io.BytesIO(), "PNG")
    then = shown("image/png", plot())
    assert "same" == verdict(Sample("", then, repacked), compare="exact").verdict
    other = Sample("", then, shown("image/png", out.getvalue()))
    assert "drifted" == verdict(other, compare="exact").verdict
    assert "within tolerance" == verdict(other).verdict


def test_two_figures_are_drawn_beside_each_other() -> None:
    """And what has changed beside them, also where their sizes differ."""
    picture = Image.open(io.BytesIO(beside(plot(), plot(dpi=50))))
    assert (3 * 420 + 40, 320 + 20) == picture.size


def test_hostile_texts_take_no_square_time() -> None:
    """A number of very many digits, a word of as many letters, brackets without end."""
    start = time.process_time()
    for piece in ("7", "f", "[", "1 ", "took ", "{'a': "):
        text = piece * 20_000
        assert "drifted" == verdict(Sample("", printed(text), printed(text + "5"))).verdict
    assert time.process_time() - start < 60
