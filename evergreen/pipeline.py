"""The spine: the stages in their order, each from values to new values."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from evergreen import memo, records, snapshot
from evergreen.build import Build
from evergreen.data import fetch_data, places
from evergreen.destination import Published, lock
from evergreen.destination import publish as publish_artifacts
from evergreen.errors import Problem
from evergreen.executors import open_executor
from evergreen.languages import find_language, read_languages
from evergreen.markdown import Document, parse
from evergreen.model import Notebook, Page, Post, Report
from evergreen.notebook import read_notebook
from evergreen.plan import Desk, Fetch, Outlook, make_outlook, make_plans
from evergreen.posts import find_posts, read_branch, read_posts
from evergreen.progress import Progress, Silent
from evergreen.records import execution_key
from evergreen.render import render_page
from evergreen.runs import Run, carry_out
from evergreen.templates import render_site


@dataclass(frozen=True, slots=True)
class Manuscript:
    """A post whose text is parsed and cut into cells."""

    post: Post
    document: Document
    notebook: Notebook


def publish(build: Build, progress: Progress | None = None) -> Report:
    """Build the blog and publish it; the report says what was done and what is wrong.

    A post that fails keeps its last good page. Raises EvergreenError when the site as a whole
    cannot be made: nothing is then changed.
    """
    start = time.monotonic()
    seen = snapshot.take(build)
    with lock(build.cache):
        posts, problems = read_posts(build.root, build.site)
        wanted = [post for post in posts if is_wanted(post, build)]
        manuscripts, faults = read_manuscripts(wanted)
        runs = execute(build, manuscripts, progress or Silent())
        pages, warnings = render(build, manuscripts, runs)
        broken = {problem.path for problem in (*problems, *faults) if problem.severity == "error"}
        broken |= {run.plan.post.path for run in runs.values() if run.problem}
        artifacts = render_site(build.site, [*pages, *_last_pages(build, broken)], build.templates)
        published = publish_artifacts(artifacts, build.output)
        memo.keep_pages(build.cache / "pages", pages)
    faults = [*problems, *faults, *(run.problem for run in runs.values() if run.problem), *warnings]
    report = _report(pages, runs, published, faults)
    held_back = [post for post in posts if post not in wanted]
    report = replace(report, held_back=len(held_back), seconds=time.monotonic() - start)
    snapshot.keep(build, seen, report, _machine_facts(runs), _next_due(held_back))
    return report


def is_wanted(post: Post, build: Build) -> bool:
    """Whether a post is published: no draft, nothing of the future, unless these are asked for."""
    if (post.draft or not post.published) and not build.drafts:
        return False
    return build.future or post.date <= datetime.now(UTC)


def read_manuscripts(posts: Sequence[Post]) -> tuple[list[Manuscript], list[Problem]]:
    """The posts, parsed and cut into cells; those with a wrong cell option are left out."""
    manuscripts, problems = [], []
    for post in posts:
        document = parse(post.body)
        notebook, faults = read_notebook(post, document)
        problems += faults
        if not faults:
            manuscripts.append(Manuscript(post, document, notebook))
    return manuscripts, problems


def execute(build: Build, manuscripts: Sequence[Manuscript], progress: Progress) -> dict[str, Run]:
    """The runs of all posts with code, by path: reused where a record holds, else done now."""
    fetch = partial(
        fetch_data, cache=build.cache / "data", asked_first=places(), progress=progress.download
    )
    desk = _desk(build, fetch if build.execute else None)
    plans = make_plans(desk, _work(manuscripts))
    executor = open_executor(build.executor, build.jobs, build.prewarm)
    return carry_out(plans, build.store, executor, progress)


def preview_plans(build: Build) -> Outlook:
    """What a publish would run, and why; nothing is fetched, run or written."""
    posts, problems = read_posts(build.root, build.site)
    manuscripts, faults = read_manuscripts([post for post in posts if is_wanted(post, build)])
    plans = make_plans(_desk(build, None), _work(manuscripts))
    idle = [m.post.path for m in manuscripts if m.post.path not in {p.post.path for p in plans}]
    return make_outlook(plans, idle, [*problems, *faults])


def prune(build: Build, branches: Sequence[str] = ()) -> int:
    """Remove the records that neither the posts nor those of the branches need; how many."""
    posts, _ = read_posts(build.root, build.site)
    for branch in branches:
        posts += read_branch(build.root, branch, build.site)
    manuscripts, _ = read_manuscripts(posts)
    keys = {execution_key(m.notebook, m.post.execute) for m in manuscripts}
    with lock(build.cache):
        return records.prune(build.store, keys)


def render(
    build: Build, manuscripts: Sequence[Manuscript], runs: Mapping[str, Run]
) -> tuple[list[Page], list[Problem]]:
    """The pages of the posts that did not fail, and warnings."""
    languages = read_languages(build.templates)
    pages, warnings = [], []
    for manuscript in manuscripts:
        post, run = manuscript.post, runs.get(manuscript.post.path)
        if run and run.problem:
            continue
        page, found = render_page(
            build.site,
            post,
            manuscript.notebook,
            manuscript.document,
            run.execution if run else None,
            find_language(languages, post.lang),
        )
        pages.append(page)
        warnings += found
    return pages, warnings


def _machine_facts(runs: Mapping[str, Run]) -> dict[str, str]:
    """All that the published executions used and no file of the blog shows."""
    executions = [run.execution for run in runs.values() if run.execution]
    return {fact: value for execution in executions for fact, value in execution.facts.items()}


def _next_due(held_back: Sequence[Post]) -> datetime | None:
    """When the next post of the future is to be published."""
    now = datetime.now(UTC)
    return min((post.date for post in held_back if post.date > now), default=None)


def _work(manuscripts: Sequence[Manuscript]) -> list[tuple[Post, Notebook]]:
    """Those with code that may run."""
    return [
        (manuscript.post, manuscript.notebook)
        for manuscript in manuscripts
        if manuscript.notebook.steps and manuscript.post.execute.enabled
    ]


def _desk(build: Build, fetch: Fetch | None) -> Desk:
    posts = find_posts(build.root)
    return Desk(build.root, build.store, posts, fetch, build.execute, build.force)


def _last_pages(build: Build, paths: set[str]) -> list[Page]:
    """The last good pages of posts that cannot be published now."""
    pages = (memo.last_page(build.cache / "pages", path) for path in sorted(paths))
    return [page for page in pages if page]


def _report(
    pages: Sequence[Page],
    runs: Mapping[str, Run],
    published: Published,
    problems: Sequence[Problem],
) -> Report:
    done = runs.values()
    return Report(
        posts=len(pages),
        ran=tuple(run.plan.post.path for run in done if run.plan.job and not run.problem),
        reused=tuple(run.plan.post.path for run in done if run.plan.execution),
        failed=tuple(sorted({p.path for p in problems if p.severity == "error"})),
        blocks=sum(page.blocks for page in pages),
        blocks_run=sum(page.ran for page in pages),
        stand_ins=tuple(page.post.path for page in pages if page.stand_ins),
        written=published.written,
        removed=published.removed,
        problems=tuple(problems),
    )
