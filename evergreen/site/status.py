"""The page of all verdicts: each post that ran, when and with what it was checked, how it went."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evergreen.dataclass import dataclass
from evergreen.model import Artifact, Environment, LastCheck, Page, Site
from evergreen.model.urls import path_of
from evergreen.render.languages import in_language
from evergreen.site.badges import OVERALL, count_tones, tone
from evergreen.site.jinja import LanguageMenu, SiteFrame, Templates, fill

STATUS = "/_status/"


_PACKAGES = {
    "tensorflow": "TensorFlow",
    "torch": "PyTorch",
    "jax": "JAX",
    "keras": "Keras",
    "scikit-learn": "scikit-learn",
    "statsmodels": "statsmodels",
    "polars": "Polars",
    "pandas": "pandas",
    "scipy": "SciPy",
    "numpy": "NumPy",
    "matplotlib": "Matplotlib",
}
"""Packages that say most about a run, the first first, with the names that readers know."""


@dataclass(frozen=True, slots=True)
class StatusRow:
    """A post on the page."""

    title: str
    url: str
    lang: str
    check: LastCheck | None
    """None: what it shows was not checked."""


def main_package(environment: Environment) -> str:
    """Return the package that says most of a run, `TensorFlow 2.21`, or Python; "" if unknown."""
    versions = {name.lower(): version for name, version in environment.packages}
    for name, shown in _PACKAGES.items():
        if name in versions:
            return f"{shown} {'.'.join(versions[name].split('.')[:2])}"
    python = ".".join(environment.python.split(".")[:2])
    return f"Python {python}" if python else ""


def has_status(site: Site, pages: Iterable[Page]) -> bool:
    """True if the site has the status page: a post was checked, and its address is free."""
    pages = list(pages)
    free = all(page.post.url != STATUS for page in pages)
    return site.check.status and free and any(page.check for page in pages)


def status_rows(pages: Iterable[Page]) -> tuple[StatusRow, ...]:
    """Return a row for each page that ran, those that changed first."""
    return tuple(
        StatusRow(page.post.title, page.post.url, page.post.lang, page.check)
        for page in sorted(pages, key=_order)
        if page.ran or page.check
    )


def _order(page: Page) -> int:
    return ("bad", "open", "good").index(tone(page.check)) if page.check else 3


def render_status(
    templates: Templates, site: Site, rows: Sequence[StatusRow], menu: LanguageMenu
) -> Artifact:
    """Render the status page."""
    site = in_language(site, site.lang)
    title = templates.language(site.lang).text("status_title")
    theme = str(site.extra.get("theme", ""))
    frame = SiteFrame(title, STATUS, site.lang, theme=theme, menu=menu, index=False)
    checked = [row.check for row in rows if row.check]
    values = {"rows": rows, "counts": count_tones(checked), "badge": f"/{OVERALL}"}
    text = fill(templates, site, "status.html", frame, values, STATUS)
    return Artifact(path_of(STATUS), text)
