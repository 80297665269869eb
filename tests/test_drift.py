"""Drift: what is caught, what is let pass, and how it is told."""

from __future__ import annotations

from dataclasses import replace

from drift_samples import NOW, PUBLISHED, Sample, changes, variants

from evergreen.check.drift import Comparison, compare
from evergreen.model import Cell, CheckOptions, Execution, Notebook


def verdict(sample: Sample, **options: object) -> Comparison:
    """What comes of a sample's comparison."""
    notebook = Notebook((Cell(sample.source, 3),))
    then = Execution((sample.then,), finished=PUBLISHED)
    now = Execution((sample.now,), finished=NOW)
    return compare(notebook, then, now, replace(CheckOptions(), **options))  # type: ignore[arg-type]


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
