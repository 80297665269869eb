"""Publish a blog: the stages of a build in order, each from values to new values."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import replace
from functools import partial

from evergreen import publish as destination
from evergreen.build.assemble import AssembledSite, assemble_site
from evergreen.build.cache import unchanged
from evergreen.build.cache.pages import CachedPage
from evergreen.build.cache.unchanged import PostFacts
from evergreen.build.load import LoadedPosts
from evergreen.build.options import BuildOptions
from evergreen.build.project import Project
from evergreen.build.published import PendingInspection, inspect_later, inspecting_beside
from evergreen.build.report import (
    make_report,
    named_files,
    next_due,
    post_facts,
    renamed_files,
    warn_if_unwritten,
    without_expiry,
)
from evergreen.check.links import LinkTargets, find_broken
from evergreen.errors import EvergreenError, paths_with_errors
from evergreen.execution.progress import Progress, SilentProgress
from evergreen.execution.scratch import sweep, temporary_folder
from evergreen.model import Report
from evergreen.model.urls import file_of


def publish(
    options: BuildOptions,
    progress: Progress | None = None,
    stamps: unchanged.SourceStamps | None = None,
) -> Report:
    """Build the blog and publish it; the report says what was done and what is wrong.

    A post that fails keeps its last good page. `stamps` are those of the files that may be read, if
    they were taken just before. Raises EvergreenError if the site as a whole cannot be made:
    nothing is then changed.
    """
    sweep(temporary_folder())
    with destination.lock(options.cache):
        stamps = stamps or unchanged.take(options)  # before anything is read, plugins too
        with inspecting_beside(options.output) as inspection:
            shown = progress or SilentProgress()
            work = partial(_publish, stamps=stamps, inspection=inspection, progress=shown)
            return Project.open(options).retrying(work)


def _publish(
    project: Project,
    stamps: unchanged.SourceStamps,
    inspection: PendingInspection,
    progress: Progress,
    is_second: bool = False,
) -> Report:
    """Publish a project; a second time if a run has changed what others show or have used."""
    start = time.monotonic()
    options = project.options
    loaded = project.load(stamps.settled)
    if loaded.parsed_posts:
        inspection.finish()  # if it is refused, then before code runs
    runs = project.runs.run(loaded.parsed_posts, progress) if loaded.parsed_posts else {}
    problems = [*loaded.problems, *(each for run in runs.values() for each in run.problems)]
    pages, unmade = project.render(loaded, runs)
    problems += unmade
    try:
        failed = paths_with_errors(problems)
        site, published = _assemble(project, pages, failed, loaded, inspection)
        # Jekyll publishes what its author's disk tells apart.
        exact = bool(options.site.jekyll) and sys.platform == "linux"
        switched = destination.publish(site.artifacts, options.output, seen=published, exact=exact)
    except EvergreenError as error:  # everything that is wrong is reported at once
        raise EvergreenError(*problems, *error.problems) from error
    problems += warn_if_unwritten(lambda: project.save(site.published(switched.files), site.tasks))
    good = {path: page for path, page in pages.items() if path not in site.failed}
    shown = [page.summary.page_links for path, page in good.items() if path in site.pages]
    problems += [
        *renamed_files(),
        *site.problems,
        *switched.warnings,
        *find_broken(shown, _link_targets(options, loaded, site)),
    ]
    report = make_report(good, runs, loaded, switched, problems)
    report = replace(report, seconds=time.monotonic() - start)
    facts = post_facts(project, good, runs)
    used = list(facts.values())
    due = next_due(loaded.held_back)
    files, named = switched.files, named_files(good)
    lasting = frozenset(report.failed) <= loaded.lasting | site.conflicts
    unkept = warn_if_unwritten(
        lambda: unchanged.keep(options, stamps, report, used, due, files, named, lasting)
    )
    report = replace(report, problems=(*report.problems, *unkept))
    if report.ran and (
        project.shows_old_results(good) or (not is_second and _is_outdated(options, report, facts))
    ):
        again = project.reopened(), unchanged.take(options), inspect_later(options.output)
        return _joined(report, _publish(*again, progress, is_second=True))
    return report


def _is_outdated(options: BuildOptions, report: Report, facts: Mapping[str, PostFacts]) -> bool:
    """True if the result of a post does not hold any more: what it read was changed by another post
    that ran, or by somebody, meanwhile."""
    used = [facts[path] for path in report.reused if path in facts]
    if len(report.ran) > 1:
        used += (without_expiry(facts[path]) for path in report.ran if path in facts)
    return not unchanged.hold(options, used)


def _assemble(
    project: Project,
    pages: Mapping[str, CachedPage],
    failed: Set[str],
    loaded: LoadedPosts,
    inspection: PendingInspection,
) -> tuple[AssembledSite, destination.PublishedSite]:
    """Return the site that is to be published, and the published one.

    While another process still looks whether the published files are as they were written, the site
    is made as if they were; if one is not, it is made again.
    """
    assemble = partial(assemble_site, project, pages, failed, loaded)
    site, published = assemble(inspection.listing.files), inspection.finish()
    is_as_listed = published.files == inspection.listing.files
    return site if is_as_listed else assemble(published.files), published


def _joined(first: Report, second: Report) -> Report:
    """Return the report of a build that was made twice."""
    anew = second.remade.keys()
    return replace(
        second,
        ran=tuple(dict.fromkeys((*first.ran, *second.ran))),
        reused=tuple(path for path in first.reused if path not in second.ran),
        cleaned=dict(Counter(first.cleaned) + Counter(second.cleaned)),
        written=first.written + second.written,
        written_files=tuple(dict.fromkeys((*first.written_files, *second.written_files))),
        removed=first.removed + second.removed,
        removed_files=(*first.removed_files, *second.removed_files),
        remade={**second.remade, **first.remade},
        seconds=first.seconds + second.seconds,
        problems=tuple(
            dict.fromkeys(
                [
                    *(each for each in first.problems if each.path not in anew),
                    *second.problems,
                ]
            )
        ),
    )


def _link_targets(options: BuildOptions, loaded: LoadedPosts, site: AssembledSite) -> LinkTargets:
    """Return the possible targets of links in the published site."""
    pages: Iterable[CachedPage] = site.pages.values()
    return LinkTargets(
        files=frozenset(artifact.path for artifact in site.artifacts),
        pages={page.summary.page_links.file: page.summary.page_links for page in pages},
        held_back={file_of(post): post.path for post in loaded.held_back},
        root="" if options.site.jekyll else "static/",
        read=partial(destination.read, options.output),
    )
