"""Report, post by post, how a Jekyll blog will differ; nothing is published."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from evergreen.cli.arguments import add_running, read_build
from evergreen.cli.build_report import counted, problem_lines
from evergreen.cli.exit_codes import FAILED, SUCCESS
from evergreen.cli.printing import print_json, print_lines
from evergreen.dataclass import replace
from evergreen.errors import Problem, SettingsError

if TYPE_CHECKING:
    from evergreen.build.migrate import Migration, PostMigration
    from evergreen.build.migrate_runs import TrialRun

HELP = "report how a Jekyll blog will differ when Evergreen builds it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options about running posts; the report is about the whole blog."""
    text = "also run the posts with Python code, with what is installed here or else with the"
    text += " releases of their days, and say what happened; posts that call a shell do not run"
    parser.add_argument("--run", action="store_true", help=text)
    text = "with --run: in a sandbox, without network and other files (needs bubblewrap)"
    parser.add_argument("--untrusted", action="store_true", help=text)
    add_running(parser)


def run(options: argparse.Namespace) -> int:
    """Print the report; return 1 if a post cannot be read. Raises SettingsError if it is not a
    Jekyll blog.
    """
    build = read_build(options)
    if not build.site.jekyll:
        message, advice = (
            "not a Jekyll blog",
            "use --root DIR, a folder with _config.yml or _posts/",
        )
        raise SettingsError(Problem(str(options.root), 0, 0, message, advice))
    from evergreen.build.migrate import migrate

    migration = migrate(build)
    if options.run:
        from evergreen.build.migrate_runs import try_posts
        from evergreen.cli.progress import show_progress

        with show_progress(options.quiet or options.json) as progress:
            runs = try_posts(build, progress, options.untrusted)
        migration = replace(migration, runs=runs)
    if options.json:
        print_json(migration)
    else:
        print_lines(migration_lines(migration))
    return FAILED if migration.problems else SUCCESS


def migration_lines(migration: Migration) -> Iterator[str]:
    """Format each post with findings, then the notes about the whole blog."""
    for problem in migration.problems:
        yield from problem_lines(problem)
    runs = {each.path: each for each in migration.runs}
    for move in migration.posts:
        if move.findings or move.blocks:
            yield f"{move.path} → {move.url}"
            yield from (f"  {line}" for line in _post_lines(move))
        if trial := runs.get(move.path):
            yield f"  {run_line(trial)}"
    yield from (f"_config.yml: {key.name}: {key.state}: {key.reason}" for key in migration.keys)
    yield from (f"the blog: {note}" for note in migration.notes)
    yield closing_line(migration)


def closing_line(migration: Migration) -> str:
    """Format `327 posts and pages: 301 as in Jekyll, 26 with differences, …; 3 dead links`."""
    from evergreen.check.link_client import BROKEN  # late, like the work itself

    dead = sum(each.rule in BROKEN for move in migration.posts for each in move.findings)
    differ = sum(any(f.rule not in BROKEN for f in move.findings) for move in migration.posts)
    could = [move.blocks for move in migration.posts if move.blocks and not move.runs]
    parts = [
        f"{len(migration.posts)} posts and pages: {len(migration.posts) - differ} as in Jekyll",
        f"{differ} with differences",
        f"{len(migration.problems)} unreadable",
    ]
    blocks = f"{counted(sum(could), 'block')} of {counted(len(could), 'post')} could run"
    ran = f"; {_run_counts(migration.runs)}" if migration.runs else ""
    return f"{', '.join(parts)}; {blocks}; {counted(dead, 'dead link')}{ran}"


def run_line(trial: TrialRun) -> str:
    """Format what happened when a post ran."""
    place = f"{trial.line}: " if trial.line else ""
    if trial.outcome == "works":
        return "ran: it works with what is installed here"
    if trial.outcome == "works as of its day":
        works = f"it works with the releases of {trial.day}: write 'execute: {{as_of: date}}'"
        return f"ran: {works} (here: {place}{trial.reason})"
    return f"{'ran: it fails' if trial.outcome == 'fails' else 'not run'}: {place}{trial.reason}"


def _run_counts(runs: Sequence[TrialRun]) -> str:
    """Format `5 work, 2 as of their days, 1 fails, 1 not run`."""
    counts = Counter(str(each.outcome) for each in runs)
    names = {"works": "work", "works as of its day": "as of their days", "fails": "fail"}
    names["not run"] = "not run"
    return ", ".join(f"{counts[key]} {name}" for key, name in names.items())


def _post_lines(move: PostMigration) -> Iterator[str]:
    for finding in move.findings:
        place = f"{finding.line}: " if finding.line else ""
        yield place + ": ".join(part for part in (finding.message, finding.advice) if part)
    if move.blocks:
        blocks = counted(move.blocks, "block")
        yield f"{blocks} run" if move.runs else f"{blocks} could run: write 'execute: true'"
