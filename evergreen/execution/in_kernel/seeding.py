"""What runs inside a Python kernel whose run is to be the same every time: `execute: seed: 42`.

This file's text is sent to the kernel like `probe`'s, and uses the standard library alone. The hash
seed, thread counts and SOURCE_DATE_EPOCH are variables of the kernel's environment (see
`execution`); here each framework is settled when it is imported.
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
"""What is shared with a parent that imported packages ahead (see `kernels.importing`)."""


def begin(seed: int) -> None:
    """Seed Python now, and each framework when it is imported."""
    import random

    random.seed(seed)
    kits = {
        "numpy": _seed_numpy,
        "tensorflow": _seed_tensorflow,
        "torch": _seed_torch,
        "matplotlib": _settle_matplotlib,
    }

    def imported(name: str) -> None:
        kit = kits.pop(name, None)
        if kit:
            kit(sys.modules[name], seed)

    # Modules that a parent imported ahead come back by its finder, which calls back by itself.
    ahead = [each for each in sys.meta_path if type(each).__name__ == "Restorer"]
    sys.meta_path.insert(len(ahead), _Seeder(kits, imported))
    _shared["imported"] = imported


class _Seeder:
    """Lets the other finders find, and calls back after a module has run."""

    def __init__(self, names: Container[str], imported: Callable[[str], None]) -> None:
        self.names, self.imported = names, imported
        self.finding = False

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The spec that another finder gives, with a loader that calls back."""
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
    """Another loader, and a call after it."""

    def __init__(self, loader: Any, imported: Callable[[str], None]) -> None:
        self.loader, self.imported = loader, imported

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """As the other."""
        module: ModuleType | None = self.loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        """As the other, which is the module's loader again, then the call."""
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


def _settle_matplotlib(matplotlib: Any, seed: int) -> None:
    matplotlib.rcParams["svg.hashsalt"] = str(seed)
