"""The rules of plugins for `check`: what they find wrong with pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evergreen.dataclass import replace
from evergreen.errors import EvergreenError, Problem
from evergreen.model import Page, PluginError, Site


def check_rules(site: Site, pages: Iterable[Page]) -> list[Problem]:
    """Return what the rules of plugins find in whole pages, sorted."""
    rules = site.hooks.named("rules")
    return sorted(problem for page in pages for name in rules for problem in _ask(site, page, name))


def _ask(site: Site, page: Page, name: str) -> Iterator[Problem]:
    try:
        found = site.hooks.named("rules")[name](page, site)
    except PluginError as error:
        yield from error.at(page.post.path).problems
    except EvergreenError as error:
        yield from error.problems
    else:
        for problem in found:
            path, line = problem.path or page.post.path, problem.line or 1
            message = f"{problem.message} (rule '{name}')"
            yield replace(problem, path=path, line=line, message=message, rule=problem.rule or name)
