"""Inside a kernel: seed random number generators, so that each run gives the same result
(`execute: seed: 42`).

The hash seed, thread counts and SOURCE_DATE_EPOCH are environment variables (see
`execution.kernel_request`). Each framework is seeded after the post has imported it.

A framework is seeded only when no installed module is being executed. Keras imports TensorFlow in
the middle of its own import; TensorFlow's lazy modules would then import a Keras that is only half
initialised. Keras itself needs no seed: it draws its seeds from `random`. What an installed module
draws from `random` or NumPy during its import is given back, so that a kernel whose parent imported
the module ahead continues with the same numbers.
"""

from __future__ import annotations

import os
import random
import sys
import warnings
from importlib.machinery import ModuleSpec
from importlib.util import find_spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

_shared: dict[str, Any] = sys.__dict__.setdefault("_evergreen", {})
"""State shared with a parent that imported packages ahead (see `kernels.importing`)."""


def begin(seed: int) -> None:
    """Seed Python now, and each framework after it has been imported."""
    random.seed(seed)
    seeder = _Seeder(seed, os.path.join(os.getcwd(), ""))
    # Modules that a parent imported ahead are restored by its own finder, which calls `imported`.
    restorer = _shared.get("restorer")
    place = sys.meta_path.index(restorer) + 1 if restorer in sys.meta_path else 0
    sys.meta_path.insert(place, seeder)
    _shared["imported"] = seeder.settle


class _Seeder:
    """A meta path finder that delegates to the others and watches the specs that they return."""

    def __init__(self, seed: int, folder: str) -> None:
        self.seed = seed
        self.folder = folder
        """The post's working directory: modules below it are the post's own code."""
        self.waiting: dict[str, Callable[[Any, int], None]] = {
            "numpy.random": _seed_numpy,
            "tensorflow": _seed_tensorflow,
            "torch": _seed_torch,
            "matplotlib": _seed_matplotlib,
        }
        self.give_back: Callable[[], None] | None = None
        """Resets the generators to their states before the current import."""
        self.finding = False

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return the watched spec of another finder; None for a module of the post."""
        if self.finding or ("." in fullname and fullname not in self.waiting):
            return None
        self.finding = True
        try:
            spec = find_spec(fullname)
        finally:
            self.finding = False
        if spec is None or self.is_own(spec):
            return None
        if self.importer() is None:
            self.give_back = _remember_states()
        self.watch(spec)
        return spec

    def is_own(self, spec: ModuleSpec) -> bool:
        """True for a module of the post, which may draw numbers while it is loaded."""
        return (spec.origin or "").startswith(self.folder)

    def watch(self, spec: ModuleSpec) -> None:
        """Call `settle` at the end of the load of a module.

        The import system sets `_initializing` to False then, whether the load failed or not.
        Neither a loader nor a function is wrapped: a module that fails has its usual traceback.
        """
        if type(spec) is ModuleSpec:
            spec.__class__ = _WatchedSpec
            vars(spec)["_seeder"] = self

    def settle(self, *_: object) -> None:
        """Seed the loaded frameworks, or watch the module whose load has to end first."""
        if spec := self.importer():
            self.watch(spec)
            return
        if self.give_back:
            self.give_back()
            self.give_back = None
        for name in [name for name in self.waiting if _is_loaded(name)]:
            seed = self.waiting.pop(name)
            try:
                seed(sys.modules[name], self.seed)
            except Exception as error:  # another release: an import must not fail for it
                warnings.warn(f"{name} could not be seeded: {error}", stacklevel=2)

    def importer(self) -> ModuleSpec | None:
        """Return the outermost installed module that this thread is loading, or None.

        A module of the post counts as the post's own code: the search ends there.
        """
        outermost = None
        for spec in _loading():
            if self.is_own(spec):
                break
            outermost = spec
        return outermost


class _WatchedSpec(ModuleSpec):
    """A spec that calls its `_Seeder` when the load of its module has ended."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "_initializing" and not value:
            self.__class__ = ModuleSpec  # type: ignore[assignment]
            vars(self).pop("_seeder").settle()


def _loading() -> Iterator[ModuleSpec]:
    """Yield the specs of the modules that this thread is loading, the innermost first."""
    frame = sys._getframe()
    while frame := frame.f_back:  # type: ignore[assignment]
        code = frame.f_code
        if code.co_name == "_load_unlocked" and code.co_filename.startswith("<frozen importlib"):
            spec = frame.f_locals["spec"]
            if getattr(spec, "_initializing", False):
                yield spec


def _is_loaded(name: str) -> bool:
    """True if a module is fully loaded; another thread may still be loading it."""
    spec = getattr(sys.modules.get(name), "__spec__", None)
    return name in sys.modules and not getattr(spec, "_initializing", False)


def _remember_states() -> Callable[[], None]:
    """Return a function that resets `random` and NumPy to their current states."""
    python, numpy = random.getstate(), sys.modules.get("numpy.random")
    state = numpy.get_state() if numpy and _is_loaded("numpy.random") else None

    def give_back() -> None:
        random.setstate(python)
        if numpy and state:
            numpy.set_state(state)

    return give_back


def _seed_numpy(numpy_random: Any, seed: int) -> None:
    numpy_random.seed(seed)


def _seed_tensorflow(tensorflow: Any, seed: int) -> None:
    threads = int(os.environ.get("OMP_NUM_THREADS", "2"))
    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(threads)
    tensorflow.random.set_seed(seed)
    tensorflow.config.experimental.enable_op_determinism()


def _seed_torch(torch: Any, seed: int) -> None:
    torch.manual_seed(seed)
    # What use_deterministic_algorithms does, but for importing the compiler to tell it, too.
    torch._C._set_deterministic_algorithms(True, warn_only=True)


def _seed_matplotlib(matplotlib: Any, seed: int) -> None:
    matplotlib.rcParams["svg.hashsalt"] = str(seed)
