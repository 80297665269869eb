"""Drift on the scenes: what a reader would call a change, and what not."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from drift_samples import NOW, PUBLISHED
from drift_scenes import Case, cases

from evergreen.check.drift import compare
from evergreen.model import Cell, CheckOptions, Execution, Notebook

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # fonts without Chinese


def verdict(case: Case) -> str:
    """Compare a case's outputs, with its second run."""
    published = Execution((case.then,), finished=PUBLISHED)
    now = Execution((case.now,), finished=NOW)
    again = Execution((case.again,), finished=NOW + timedelta(seconds=40))
    notebook = Notebook((Cell("f()", 3),))
    return compare(notebook, published, now, CheckOptions(), [again]).verdict


def test_scenes() -> None:
    """Of harmful changes 98 in a hundred are found, of harmless ones 2 in a hundred are flagged."""
    found = [(case, verdict(case) == "drifted") for case in cases()]
    counts = Counter(case.harmful for case, _ in found)
    missed = [case.name for case, drifted in found if case.harmful and not drifted]
    flagged = [case.name for case, drifted in found if drifted and not case.harmful]
    print(f"{counts[True]} harmful, missed {missed}; {counts[False]} harmless, flagged {flagged}")
    assert counts[True] >= 400
    assert counts[False] >= 250
    assert len(missed) <= 0.02 * counts[True], missed
    assert len(flagged) <= 0.02 * counts[False], flagged
