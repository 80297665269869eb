"""Environment variables: those that change what installed libraries do, and those that never count.

Sources: the libraries' own documentation of their variables, named beside each group.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from evergreen.regex import regex

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
_BLAS = (*_THREADS, "OPENBLAS_CORETYPE", "MKL_CBWR", "NPY_DISABLE_CPU_FEATURES")
_CUDA = ("CUDA_VISIBLE_DEVICES", "NVIDIA_TF32_OVERRIDE", "CUBLAS_WORKSPACE_CONFIG")

BY_LIBRARY: Mapping[str, tuple[str, ...]] = {
    # numpy.org/doc/stable/reference/global_state.html, openblas.net, Intel oneMKL's guide
    "numpy": (*_BLAS, "NPY_PROMOTION_STATE"),
    "scipy": (*_THREADS, "SCIPY_ARRAY_API"),
    "scikit-learn": (*_THREADS, "SKLEARN_SEED", "SCIPY_ARRAY_API"),
    "numexpr": ("NUMEXPR_NUM_THREADS", "NUMEXPR_MAX_THREADS"),
    "numba": ("NUMBA_DISABLE_JIT", "NUMBA_NUM_THREADS", "NUMBA_CPU_NAME"),
    # tensorflow.org/api_docs, openxla.org/xla/flags_guidance,
    # github.com/NVIDIA/framework-reproducibility
    "tensorflow": (
        *(*_CUDA, "OMP_NUM_THREADS", "TF_ENABLE_ONEDNN_OPTS", "TF_DETERMINISTIC_OPS"),
        *("TF_CUDNN_DETERMINISTIC", "TF_XLA_FLAGS", "XLA_FLAGS", "TF_USE_LEGACY_KERAS"),
        *("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "TF_CPP_MIN_LOG_LEVEL"),
    ),
    # keras.io/api/config
    "keras": ("KERAS_BACKEND", "KERAS_HOME", "XLA_FLAGS"),
    # docs.pytorch.org/docs/stable/torch_environment_variables.html
    "torch": (*_CUDA, *_THREADS, "PYTORCH_ENABLE_MPS_FALLBACK", "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE"),
    # docs.jax.dev/en/latest/config_options.html
    "jax": (*_CUDA, "JAX_PLATFORMS", "JAX_ENABLE_X64", "XLA_FLAGS", "JAX_DEFAULT_MATMUL_PRECISION"),
    # matplotlib.org/stable/install/environment_variables_faq.html
    "matplotlib": ("MATPLOTLIBRC", "MPLCONFIGDIR"),
    "seaborn": ("SEABORN_DATA",),
    "pandas": ("TZ", "PANDAS_COPY_ON_WRITE"),
    "polars": ("POLARS_MAX_THREADS", "POLARS_FMT_MAX_ROWS", "POLARS_FMT_MAX_COLS", "TZ"),
    "xarray": ("NUMEXPR_MAX_THREADS",),
    "h5py": ("HDF5_USE_FILE_LOCKING", "HDF5_PLUGIN_PATH"),
    "netcdf4": ("HDF5_USE_FILE_LOCKING", "HDF5_PLUGIN_PATH"),
    "gdal": ("GDAL_DATA", "PROJ_DATA", "PROJ_LIB"),
    "pyproj": ("PROJ_DATA", "PROJ_LIB", "PROJ_NETWORK"),
    # docs.dask.org/en/stable/configuration.html
    "dask": ("DASK_CONFIG", "DASK_SCHEDULER__WORK_STEALING"),
    # huggingface.co/docs/huggingface_hub/package_reference/environment_variables
    "huggingface-hub": ("HF_HOME", "HF_HUB_CACHE", "HF_ENDPOINT", "HF_HUB_OFFLINE"),
    "transformers": ("HF_HOME", "TRANSFORMERS_OFFLINE", "TRANSFORMERS_CACHE"),
    "nltk": ("NLTK_DATA",),
    "opencv-python": ("OPENCV_OPENCL_DEVICE", "OPENCV_IO_MAX_IMAGE_PIXELS"),
    "opencv-python-headless": ("OPENCV_OPENCL_DEVICE", "OPENCV_IO_MAX_IMAGE_PIXELS"),
}
"""Normalised name of a distribution → variables that it, or compiled code in it, asks for."""

BY_MODULE: Mapping[str, tuple[str, ...]] = {
    # docs.python.org/3/library: what the C library asks for
    **dict.fromkeys(("time", "datetime", "zoneinfo", "calendar"), ("TZ",)),
    **dict.fromkeys(("locale", "gettext"), ("LANG", "LANGUAGE", "LC_ALL")),
}
"""Module that the code imports by name → the same."""

PYTHON = ("PYTHONHASHSEED", "PYTHONUTF8", "PYTHONOPTIMIZE", "PYTHONWARNINGS")
"""What every Python asks for. docs.python.org/3/using/cmdline.html#environment-variables"""

LOCALE = ("LANG", "LC_ALL", "LC_COLLATE", "LC_NUMERIC", "LC_TIME", "TZ")
"""What sorts and formats in programs and in R."""

BY_LANGUAGE: Mapping[str, tuple[str, ...]] = {
    "r": (*LOCALE, "R_LIBS", "R_LIBS_USER", "R_ENVIRON_USER", "R_PROFILE_USER", *_THREADS),
    "julia": ("JULIA_PROJECT", "JULIA_LOAD_PATH", "JULIA_DEPOT_PATH", "JULIA_NUM_THREADS", "TZ"),
    "bash": LOCALE,
}

_PERSONAL = frozenset(
    (
        *("_", "CI", "COLORTERM", "COLUMNS", "DISPLAY", "EDITOR", "FORCE_COLOR", "HISTFILE"),
        *("HOME", "HOSTNAME", "INVOCATION_ID", "JOURNAL_STREAM", "LESS", "LESSCLOSE", "LESSOPEN"),
        *("LINES", "LOGNAME", "LS_COLORS", "MAIL", "MANAGERPID", "MANPATH", "NO_COLOR", "OLDPWD"),
        *("PAGER", "PATH", "PS1", "PS2", "PWD", "SHELL", "SHLVL", "TERM", "TMP", "TEMP", "TMPDIR"),
        *("USER", "USERNAME", "VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT", "VISUAL", "WAYLAND_DISPLAY"),
        *("WINDOWID", "XAUTHORITY", "MPLBACKEND", "IPYTHONDIR", "PLOTLY_RENDERER", "RANDOM"),
        *("LINENO", "SECONDS", "UID", "EUID", "PPID", "BUILD_ID", "BUILD_NUMBER", "RUNNER_OS"),
        *("JENKINS_URL", "TEAMCITY_VERSION", "TRAVIS", "APPVEYOR", "BUILDKITE", "TF_BUILD"),
    )
)
_PERSONAL_PREFIXES = (
    *("BASH", "BUNDLED_", "CIRCLE", "CI_", "CLICOLOR", "CONDA_", "COVERAGE_", "DBUS_", "DESKTOP_"),
    *("EVERGREEN_", "GITHUB_", "GITLAB_", "GNOME_", "GPG_", "GTK_", "ITERM_", "JPY_", "KDE_"),
    *("KITTY_", "PIP_", "PYTEST_", "QT_", "RUNNER_", "SESSION_", "SSH_", "SUDO_", "SYSTEMD_"),
    *("TERM_", "TMUX", "TRAVIS_", "UV_", "VSCODE_", "VTE_", "WT_", "XDG_SESSION", "XDG_RUNTIME"),
    *("XDG_CURRENT", "XDG_VTNR", "XDG_SEAT", "PYENV_", "NVM_", "LC_TERMINAL", "GIT_"),
)

_NAMED = regex(
    r"\$\{?([A-Za-z_]\w*)"  # bash, and commands in IPython
    r"|^%(?:set_)?env[ \t]+(\w+)"
    r"|Sys\.getenv\(\s*['\"](\w+)"  # R
    r"|\bENV\[\s*\"(\w+)\"|\bget\(\s*ENV\s*,\s*\"(\w+)\""  # Julia
)
_SET = regex(r"(?:^|[;&|\s])(?:export\s+|local\s+|read\s+|for\s+)?([A-Za-z_]\w*)(?:=|\s+in\s)")


_WORD = regex(r"[A-Za-z_]\w+")
_ASKED = regex(
    r"(?:\benvironb?|\bENVIRON|getenv|\bENV|\bprocess\.env)(?:\.get)?"
    r"(?:\s*[\[({]\s*b?[\"']?|\.)([A-Za-z_]\w+)(?![\w.(])"
)


def counts(name: str) -> bool:
    """True for a variable that no terminal, login or CI service sets for its own purposes."""
    return name not in _PERSONAL and not name.startswith(_PERSONAL_PREFIXES)


def everything() -> str:
    """Return all variables that count, with their values, as one text."""
    return "\n".join(f"{name}={os.environ[name]}" for name in sorted(os.environ) if counts(name))


def named_in(source: str) -> set[str]:
    """Return the variables that code of bash, R or Julia names and does not set."""
    found = {next(filter(None, groups)) for groups in _NAMED.findall(source)}
    return found - set(_SET.findall(source))


def words_in(sources: Iterable[str]) -> set[str]:
    """Return the variables of this process whose names are words of some sources, and those that
    sources ask for in the way of Python, C, Node, Perl, Ruby and awk.
    """
    found: set[str] = set()
    for source in sources:
        found |= os.environ.keys() & set(_WORD.findall(source))
        found |= set(_ASKED.findall(source))
    return found


def of_libraries(distributions: Iterable[str], modules: Iterable[str]) -> set[str]:
    """Return the variables that some distributions and modules of the standard library ask for."""
    found = {name for each in distributions for name in BY_LIBRARY.get(each, ())}
    return found | {name for each in modules for name in BY_MODULE.get(each, ())}
