"""Inside a kernel: seed random number generators, so that each run gives the same result
(`execute: seed: 42`).

The hash seed, thread counts and SOURCE_DATE_EPOCH are environment variables (see
`execution.kernel_request`). Each framework is seeded when the post imports it.
"""

from __future__ import annotations

import importlib.abc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

_shared: dict[str, Any] = sys.__dict__.setdefault("_evergreen", {})
"""State shared with a parent that imported packages ahead (see `kernels.importing`)."""


def begin(seed: int) -> None:
    """Seed Python now, and each framework when it is imported."""
    import random

    random.seed(seed)
    seeders = {
        "numpy": _seed_numpy,
        "tensorflow": _seed_tensorflow,
        "torch": _seed_torch,
        "matplotlib": _seed_matplotlib,
    }

    def imported(name: str) -> None:
        seed_framework = seeders.pop(name, None)
        if seed_framework:
            seed_framework(sys.modules[name], seed)

    # Modules that a parent imported ahead are restored by its own finder, which calls `imported`.
    ahead = [each for each in sys.meta_path if type(each).__name__ == "Restorer"]
    sys.meta_path.insert(len(ahead), _Seeder(seeders, imported))
    _shared["imported"] = imported


class _Seeder:
    """A meta path finder that delegates to the others and calls back after a module has run."""

    def __init__(self, names: Container[str], imported: Callable[[str], None]) -> None:
        self.names, self.imported = names, imported
        self.finding = False

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return the spec of another finder, with a loader that calls back."""
        if self.finding or fullname not in self.names:
            return None
        from importlib.util import find_spec

        self.finding = True
        try:
            spec = find_spec(fullname)
        finally:
            self.finding = False
        if spec is not None:
            spec.loader = _Loader(spec.loader, self.imported)
        return spec


class _Loader(importlib.abc.Loader):
    """Wraps a loader and calls back after it."""

    def __init__(self, loader: Any, imported: Callable[[str], None]) -> None:
        self.loader, self.imported = loader, imported

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Delegate to the wrapped loader."""
        module: ModuleType | None = self.loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Restore the wrapped loader, run the module, then call back."""
        spec: Any = module.__spec__
        spec.loader = module.__loader__ = self.loader
        self.loader.exec_module(module)
        self.imported(spec.name)


def _seed_numpy(numpy: Any, seed: int) -> None:
    numpy.random.seed(seed)


def _seed_tensorflow(tensorflow: Any, seed: int) -> None:
    threads = int(os.environ.get("OMP_NUM_THREADS", "2"))
    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(threads)
    tensorflow.keras.utils.set_random_seed(seed)
    tensorflow.config.experimental.enable_op_determinism()


def _seed_torch(torch: Any, seed: int) -> None:
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True, warn_only=True)


def _seed_matplotlib(matplotlib: Any, seed: int) -> None:
    matplotlib.rcParams["svg.hashsalt"] = str(seed)
