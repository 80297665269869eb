"""Inside a Python kernel: the state outside of the post's names that its later cells observe.

Random generators, environment variables, the working directory, Matplotlib's parameters, the
options of pandas, the names that Keras has given: what `take` returns in one kernel, `put` sets in
another one. A library takes part if the post has imported it.

This file's text is sent to the kernel like `probe`'s. It uses the standard library, and what the
post has imported.
"""

from __future__ import annotations

import decimal
import importlib
import locale
import logging
import os
import random
import sys
import warnings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Part = tuple[str, Callable[[Any], Any], Callable[[Any, Any], object]]

_before: dict[str, str] = {}
"""The environment variables when the kernel began."""
_base = ""
_BASE = "\0base"
"""Stands for the folder of the run, which is another one in each."""


def begin(base: str) -> None:
    """Remember the environment; `base` is the folder of the run."""
    global _base
    _base = base
    _before.update(os.environ)


def take() -> dict[str, Any]:
    """Return the state, by the name of its part; values can be pickled."""
    return {
        name: take_part(module)
        for name, (of, take_part, _) in PARTS.items()
        if (module := sys.modules.get(of)) is not None
    }


def put(state: dict[str, Any]) -> None:
    """Set the state. Raises whatever a library raises."""
    for name, value in state.items():
        module, _, put_part = PARTS[name]
        put_part(importlib.import_module(module), value)


def warned() -> dict[str, dict[Any, Any]]:
    """Return which warnings were shown already, by module."""
    found = {}
    for name, module in list(sys.modules.items()):
        registry = getattr(module, "__dict__", {}).get("__warningregistry__")
        if registry:
            found[name] = {key: value for key, value in registry.items() if key != "version"}
    return found


def put_warned(found: dict[str, dict[Any, Any]]) -> None:
    """Let warnings that were shown already not be shown again."""
    version = _filters_version()
    for name, registry in found.items():
        if (module := sys.modules.get(name)) is not None:
            module.__dict__["__warningregistry__"] = {**registry, "version": version}


def _filters_version() -> Any:
    """Return the number that `warnings` gives to the filters as they are now."""
    registry: dict[Any, Any] = {}
    module: Any = warnings
    shown, module._showwarnmsg = module._showwarnmsg, lambda _: None
    try:
        warnings.warn_explicit("", UserWarning, "", 0, registry=registry)
    except UserWarning:  # filters may make exceptions of warnings
        pass
    finally:
        module._showwarnmsg = shown
    return registry.get("version", 0)


def _away(text: str) -> str:
    return _BASE + text[len(_base) :] if text.startswith(_base) else text


def _back(text: str) -> str:
    return _base + text[len(_BASE) :] if text.startswith(_BASE) else text


def shell() -> dict[str, Any]:
    """Return what is compared, since it cannot be set from here: IPython's configuration, and
    the handlers of loggers."""
    found: dict[str, Any] = {"loggers": _handlers()}
    ipython = sys.modules["IPython"].get_ipython()
    if ipython is not None:
        plain = ipython.display_formatter.formatters["text/plain"]
        found |= {
            "magics": sorted(ipython.magics_manager.magics["line"]),
            "cell magics": sorted(ipython.magics_manager.magics["cell"]),
            "extensions": sorted(ipython.extension_manager.loaded),
            "precision": repr(plain.float_precision),
            "interactivity": ipython.ast_node_interactivity,
            "traceback": ipython.InteractiveTB.mode,
            "formatters": sorted(
                f"{mime} {getattr(kind, '__module__', '')}.{getattr(kind, '__qualname__', kind)}"
                for mime, formatter in ipython.display_formatter.formatters.items()
                for kind in formatter.type_printers
                if formatter.enabled and getattr(kind, "__module__", "") != "matplotlib.figure"
            ),
            "inline": _inline(ipython),
        }
    return {name: repr(value) for name, value in found.items()}


def _inline(ipython: Any) -> Any:
    """Return how Matplotlib's figures are sent."""
    config = sys.modules.get("matplotlib_inline.config")
    if config is None or "matplotlib.pyplot" not in sys.modules:
        return None
    backend = config.InlineBackend.instance(parent=ipython)
    return sorted(backend.figure_formats), backend.print_figure_kwargs, backend.close_figures


def _handlers() -> list[Any]:
    """Return the types of the handlers of loggers that the post can have changed."""
    loggers = {"": logging.root, **_loggers()}
    return sorted(
        (name, [type(handler).__qualname__ for handler in logger.handlers])
        for name, logger in loggers.items()
        if logger.handlers and not name.startswith(("asyncio", "traitlets", "tornado"))
    )


def _loggers() -> dict[str, Any]:
    found = logging.root.manager.loggerDict.items()
    return {name: each for name, each in list(found) if isinstance(each, logging.Logger)}


# --- the parts: take(module) → value, put(module, value) ------------------------------------------


def _take_environ(_: Any) -> dict[str, str | None]:
    """Return what the post has set, and None for what it has removed."""
    now = dict(os.environ)
    changed: dict[str, str | None] = dict.fromkeys(_before.keys() - now.keys())
    changed |= {name: _away(text) for name, text in now.items() if _before.get(name) != text}
    return changed


def _put_environ(_: Any, value: dict[str, str | None]) -> None:
    for name, text in value.items():
        if text is None:
            os.environ.pop(name, None)
        elif os.environ.get(name) != _back(text):
            os.environ[name] = _back(text)


def _put_decimal(_: Any, value: tuple[Any, ...]) -> None:
    context = decimal.getcontext()
    context.prec, context.rounding, context.Emin, context.Emax, context.capitals = value[:5]
    context.clamp = value[5]
    context.traps.update({getattr(decimal, name): on for name, on in value[6].items()})
    context.flags.update({getattr(decimal, name): on for name, on in value[7].items()})


def _take_decimal(_: Any) -> tuple[Any, ...]:
    context = decimal.getcontext()
    plain = context.prec, context.rounding, context.Emin, context.Emax, context.capitals
    traps = {signal.__name__: on for signal, on in context.traps.items()}
    flags = {signal.__name__: on for signal, on in context.flags.items()}
    return *plain, context.clamp, traps, flags


def _take_loggers(_: Any) -> dict[str, tuple[int, bool, bool]]:
    found = {"": logging.root, **_loggers()}
    return {name: (each.level, each.disabled, each.propagate) for name, each in found.items()}


def _put_loggers(_: Any, value: dict[str, tuple[int, bool, bool]]) -> None:
    for name, (level, disabled, propagate) in value.items():
        logger = logging.getLogger(name) if name else logging.root
        logger.setLevel(level)
        logger.disabled, logger.propagate = disabled, propagate


def _put_path(_: Any, value: list[str]) -> None:
    sys.path[:] = map(_back, value)


def _put_locale(_: Any, value: str) -> None:
    locale.setlocale(locale.LC_ALL, value)


def _put_filters(module: Any, value: list[Any]) -> None:
    module.filters[:] = value
    module._filters_mutated()


def _take_backend(pyplot: Any) -> bool:
    """Return whether figures have been drawn: the backend is set up before the first."""
    return getattr(pyplot, "_backend_mod", None) is not None


def _put_backend(pyplot: Any, value: bool) -> None:
    if value and not _take_backend(pyplot):
        pyplot._get_backend_mod()


def _put_parameters(matplotlib: Any, value: dict[str, Any]) -> None:
    dict.update(matplotlib.rcParams, value)


def _put_colors(module: Any, value: dict[str, Any]) -> None:
    names = module._colors_full_map
    dict.clear(names)
    dict.update(names, value)
    names.cache.clear()


def _take_pandas(config: Any) -> dict[str, Any]:
    """Return the options that have been set: the others have the values of their definition."""
    return {
        key: config.get_option(key)
        for key, option in config._registered_options.items()
        if config.get_option(key) is not option.defval and config.get_option(key) != option.defval
    }


def _put_pandas(config: Any, value: dict[str, Any]) -> None:
    for key, each in value.items():
        config.set_option(key, each)


_OF_KERAS = ("floatx", "epsilon", "image_data_format")


def _take_keras(keras: Any) -> dict[str, Any]:
    state = sys.modules["keras.src.backend.common.global_state"]
    generator = state.get_global_attribute("global_seed_generator")
    config = keras.config
    return {
        "uids": dict(state.get_global_attribute("object_name_uids") or {}),
        "config": {name: getattr(config, name)() for name in _OF_KERAS},
        "policy": config.dtype_policy().name,
        "generator": None if generator is None else generator.state.numpy().tolist(),
    }


def _put_keras(keras: Any, value: dict[str, Any]) -> None:
    state = sys.modules["keras.src.backend.common.global_state"]
    config = keras.config
    for name, each in value["config"].items():
        getattr(config, f"set_{name}")(each)
    if config.dtype_policy().name != value["policy"]:
        config.set_dtype_policy(value["policy"])
    if value["generator"] is not None:
        generators = sys.modules["keras.src.random.seed_generator"]
        generators.global_seed_generator().state.assign(value["generator"])
    uids = state.get_global_attribute("object_name_uids", default={}, set_to_default=True)
    uids.clear()
    uids.update(value["uids"])


def _take_tensorflow(tensorflow: Any) -> dict[str, Any]:
    context = sys.modules["tensorflow.python.eager.context"].context()
    generator = getattr(context, "_rng", None)
    threading = tensorflow.config.threading
    return {
        "seed": getattr(context, "_seed", None),
        "rng": generator.getstate() if generator is not None else None,
        "eager": tensorflow.config.functions_run_eagerly(),
        "deterministic": tensorflow.config.experimental.get_op_determinism()
        if hasattr(tensorflow.config.experimental, "get_op_determinism")
        else sys.modules["tensorflow.python.framework.config"].is_op_determinism_enabled(),
        "threads": (
            threading.get_intra_op_parallelism_threads(),
            threading.get_inter_op_parallelism_threads(),
        ),
    }


def _put_tensorflow(tensorflow: Any, value: dict[str, Any]) -> None:
    context = sys.modules["tensorflow.python.eager.context"].context()
    threading = tensorflow.config.threading
    now = (
        threading.get_intra_op_parallelism_threads(),
        threading.get_inter_op_parallelism_threads(),
    )
    if now != tuple(value["threads"]):
        threading.set_intra_op_parallelism_threads(value["threads"][0])
        threading.set_inter_op_parallelism_threads(value["threads"][1])
    if value["deterministic"]:
        tensorflow.config.experimental.enable_op_determinism()
    if tensorflow.config.functions_run_eagerly() != value["eager"]:
        tensorflow.config.run_functions_eagerly(value["eager"])
    if value["seed"] is not None and getattr(context, "_seed", None) != value["seed"]:
        tensorflow.random.set_seed(value["seed"])
    if value["rng"] is not None:
        if getattr(context, "_rng", None) is None:
            context._rng = random.Random()
        context._rng.setstate(value["rng"])


def _by_calls(module: str, take: str, put: str, spread: bool = False) -> Part:
    """Return a part that one function of a module gives and another one sets."""

    def restore(found: Any, value: Any) -> None:
        function = getattr(found, put)
        function(**value) if spread else function(value)

    return module, lambda found: getattr(found, take)(), restore


PARTS: dict[str, Part] = {
    # In this order: what the later parts draw from the earlier ones is reset by `random` last.
    "environment": ("os", _take_environ, _put_environ),
    "folder": ("os", lambda _: _away(os.getcwd()), lambda _, value: os.chdir(_back(value))),
    "sys.path": ("sys", lambda _: list(map(_away, sys.path)), _put_path),
    "recursion": _by_calls("sys", "getrecursionlimit", "setrecursionlimit"),
    "digits": _by_calls("sys", "get_int_max_str_digits", "set_int_max_str_digits"),
    "warnings": ("warnings", lambda _: list(warnings.filters), _put_filters),
    "decimal": ("decimal", _take_decimal, _put_decimal),
    "locale": (
        "locale",
        lambda _: locale.setlocale(locale.LC_ALL),
        _put_locale,
    ),
    "logging": ("logging", _take_loggers, _put_loggers),
    "timeout": _by_calls("socket", "getdefaulttimeout", "setdefaulttimeout"),
    "csv": _by_calls("csv", "field_size_limit", "field_size_limit"),
    "numpy print": _by_calls("numpy", "get_printoptions", "set_printoptions", spread=True),
    "numpy errors": _by_calls("numpy", "geterr", "seterr", spread=True),
    "pyplot": ("matplotlib.pyplot", _take_backend, _put_backend),
    "matplotlib": ("matplotlib", lambda module: dict(module.rcParams), _put_parameters),
    "colors": (
        "matplotlib.colors",
        lambda module: dict(module._colors_full_map),
        _put_colors,
    ),
    "pandas": ("pandas._config.config", _take_pandas, _put_pandas),
    "sklearn": _by_calls("sklearn", "get_config", "set_config", spread=True),
    "tensorflow": ("tensorflow", _take_tensorflow, _put_tensorflow),
    "keras": ("keras", _take_keras, _put_keras),
    "numpy random": _by_calls("numpy.random", "get_state", "set_state"),
    "random": _by_calls("random", "getstate", "setstate"),
}
"""Name of a part → the module that it belongs to, how it is taken, how it is set."""
