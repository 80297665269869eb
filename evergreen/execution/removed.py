"""Names that libraries have removed, and what replaces them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evergreen.dataclass import dataclass
from evergreen.regex import regex

# From the release notes of the projects. A name without a replacement has a reason instead.
_TABLE = """
numpy.bool bool
numpy.int int
numpy.float float
numpy.complex complex
numpy.object object
numpy.str str
numpy.float_ numpy.float64
numpy.complex_ numpy.complex128
numpy.unicode_ numpy.str_
numpy.string_ numpy.bytes_
numpy.Inf numpy.inf
numpy.Infinity numpy.inf
numpy.NaN numpy.nan
numpy.NAN numpy.nan
numpy.alltrue numpy.all
numpy.sometrue numpy.any
numpy.product numpy.prod
numpy.cumproduct numpy.cumprod
numpy.row_stack numpy.vstack
numpy.in1d numpy.isin
numpy.trapz numpy.trapezoid
numpy.asfarray numpy.asarray
numpy.round_ numpy.round
numpy.msort numpy.sort
numpy.cast numpy.asarray
numpy.find_common_type numpy.result_type
scipy.integrate.simps scipy.integrate.simpson
scipy.integrate.trapz scipy.integrate.trapezoid
scipy.integrate.cumtrapz scipy.integrate.cumulative_trapezoid
scipy.misc.imread imageio.imread
scipy.misc.comb scipy.special.comb
scipy.misc.factorial scipy.special.factorial
scipy.misc.logsumexp scipy.special.logsumexp
scipy.interpolate.interp2d scipy.interpolate.RegularGridInterpolator
scipy.stats.itemfreq numpy.unique
DataFrame.append pandas.concat
Series.append pandas.concat
DataFrame.iteritems DataFrame.items
Series.iteritems Series.items
DataFrame.ix DataFrame.loc
DataFrame.applymap DataFrame.map
DataFrame.as_matrix DataFrame.to_numpy
Series.as_matrix Series.to_numpy
DataFrame.get_value DataFrame.at
DataFrame.sort DataFrame.sort_values
pandas.Panel xarray.DataArray
pandas.rolling_mean Series.rolling
pandas.Int64Index pandas.Index
pandas.Float64Index pandas.Index
pandas.datetime datetime.datetime
pandas.np numpy
pandas.util.testing pandas.testing
matplotlib.cm.get_cmap matplotlib.colormaps
matplotlib.finance mplfinance
matplotlib.pyplot.hold
PIL.Image.ANTIALIAS PIL.Image.Resampling.LANCZOS
seaborn.distplot seaborn.histplot
seaborn.tsplot seaborn.lineplot
seaborn.factorplot seaborn.catplot
sklearn.cross_validation sklearn.model_selection
sklearn.grid_search sklearn.model_selection
sklearn.externals.joblib joblib
sklearn.externals.six six
sklearn.preprocessing.Imputer sklearn.impute.SimpleImputer
sklearn.datasets.load_boston sklearn.datasets.fetch_california_housing
sklearn.datasets.fetch_mldata sklearn.datasets.fetch_openml
sklearn.metrics.plot_confusion_matrix sklearn.metrics.ConfusionMatrixDisplay.from_estimator
sklearn.metrics.plot_roc_curve sklearn.metrics.RocCurveDisplay.from_estimator
CountVectorizer.get_feature_names CountVectorizer.get_feature_names_out
TfidfVectorizer.get_feature_names TfidfVectorizer.get_feature_names_out
tensorflow.examples keras.datasets
tensorflow.contrib tensorflow_addons
tensorflow.placeholder tensorflow.compat.v1.placeholder
tensorflow.Session tensorflow.compat.v1.Session
tensorflow.InteractiveSession tensorflow.compat.v1.InteractiveSession
tensorflow.ConfigProto tensorflow.compat.v1.ConfigProto
tensorflow.global_variables_initializer tensorflow.compat.v1.global_variables_initializer
tensorflow.get_variable tensorflow.compat.v1.get_variable
tensorflow.reset_default_graph tensorflow.compat.v1.reset_default_graph
tensorflow.random_normal tensorflow.random.normal
tensorflow.truncated_normal tensorflow.random.truncated_normal
tensorflow.log tensorflow.math.log
tensorflow.set_random_seed tensorflow.random.set_seed
keras.utils.np_utils keras.utils
keras.preprocessing.text keras.layers.TextVectorization
keras.wrappers.scikit_learn scikeras.wrappers
networkx.info
networkx.from_numpy_matrix networkx.from_numpy_array
networkx.to_numpy_matrix networkx.to_numpy_array
networkx.connected_component_subgraphs networkx.connected_components
networkx.write_gpickle pickle.dump
networkx.read_gpickle pickle.load
collections.Mapping collections.abc.Mapping
collections.Iterable collections.abc.Iterable
collections.Callable collections.abc.Callable
collections.Sequence collections.abc.Sequence
time.clock time.perf_counter
inspect.getargspec inspect.getfullargspec
imp importlib
distutils setuptools
pipes shlex
"""
_MISSING = (
    regex(r"module '([\w.]+)' has no attribute '(\w+)'"),
    regex(r"cannot import name '(\w+)' from '([\w.]+)'"),
    regex(r"'(\w+)' object has no attribute '(\w+)'"),
    regex(r"type object '(\w+)' has no attribute '(\w+)'"),
)
_NO_MODULE = regex(r"No module named '([\w.]+)'")


@dataclass(frozen=True, slots=True)
class RemovedName:
    """A name that a library has removed."""

    name: str
    """With its module or class: `numpy.trapz`."""
    replacement: str
    """What its release notes recommend; "" if nothing replaces it."""


def find_removed(message: str) -> RemovedName | None:
    """Return the removed name of an exception's text; None if none is known."""
    known = _known()
    return next((RemovedName(name, known[name]) for name in _named(message) if name in known), None)


def _named(message: str) -> Iterator[str]:
    for pattern in _MISSING:
        if found := pattern.search(message):
            first, second = found.groups()
            yield f"{second}.{first}" if "import name" in pattern.pattern else f"{first}.{second}"
    if found := _NO_MODULE.search(message):
        parts = found[1].split(".")
        yield from (".".join(parts[:end]) for end in range(len(parts), 0, -1))


def _known() -> Mapping[str, str]:
    lines = (line.partition(" ") for line in _TABLE.split("\n") if line)
    return {name: replacement for name, _, replacement in lines}
