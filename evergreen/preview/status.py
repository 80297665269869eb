"""The status of an open post's code, for the bar."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from evergreen.dataclass import dataclass
from evergreen.model import Output

Phase = Literal["kept", "starting", "running", "draft", "confirming", "clean", "failed"]


@dataclass(frozen=True, slots=True)
class PreviewState:
    """Cells are named by their numbers on the page, from 1."""

    phase: Phase = "kept"
    running: int = 0
    """The cell that runs; 0: none, or one in the prose."""
    waiting: tuple[int, ...] = ()
    """Cells whose outputs are those of another run."""
    kept: tuple[int, ...] = ()
    """Cells that a draft has not run again."""
    differing: tuple[int, ...] = ()
    """Cells that gave something else in a clean run."""
    note: str = ""
    """A sentence more."""

    @property
    def text(self) -> str:
        """Return what the bar says."""
        return " ".join(filter(None, (self._phase(), self._difference(), self.note)))

    def _phase(self) -> str:
        match self.phase:
            case "starting":
                return "starting a kernel…"
            case "running":
                return f"running cell {self.running}…" if self.running else "running…"
            case "draft":
                return f"draft: {self._kept()}"
            case "confirming":
                return f"draft: {self._kept()}; a clean run is under way"
            case "clean":
                return "clean run"
            case "failed":
                return "failed"
        return "from a kept run"

    def _kept(self) -> str:
        if not self.kept:
            return "run in a warm kernel"
        return f"{cells(self.kept)} kept from a warm kernel"

    def _difference(self) -> str:
        if not self.differing:
            return ""
        return f"· {cells(self.differing)} gave something else before: hidden state, or chance."


def cells(numbers: Iterable[int]) -> str:
    """Format cell numbers: `cell 3`, `cells 1–3`, `cells 1–3 and 5`."""
    ordered = sorted(set(numbers) - {0})
    spans: list[list[int]] = []
    for number in ordered:
        if spans and spans[-1][-1] == number - 1:
            spans[-1].append(number)
        else:
            spans.append([number])
    words = [str(s[0]) if len(s) == 1 else f"{s[0]}–{s[-1]}" for s in spans]
    listed = " and ".join(filter(None, (", ".join(words[:-1]), words[-1] if words else "")))
    if not listed:
        return "the prose"
    return f"cell{'s' if len(ordered) > 1 else ''} {listed}"


def differing(
    drafted: Sequence[tuple[Output, ...]],
    clean: Sequence[tuple[Output, ...]],
    names: Sequence[int],
) -> tuple[int, ...]:
    """Return the cells whose outputs differ between a draft and a clean run."""
    pairs = zip(names, drafted, clean, strict=False)
    return tuple(dict.fromkeys(name for name, a, b in pairs if a != b))
