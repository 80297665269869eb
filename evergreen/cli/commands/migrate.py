"""Report, post by post, how a Jekyll blog will differ; nothing is run or written."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from evergreen.cli.arguments import read_build
from evergreen.cli.build_report import counted, problem_lines
from evergreen.cli.exit_codes import FAILED, SUCCESS
from evergreen.cli.printing import print_json, print_lines
from evergreen.errors import Problem, SettingsError

if TYPE_CHECKING:
    from evergreen.build.migrate import Migration, PostMigration

HELP = "report how a Jekyll blog will differ when Evergreen builds it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: the report is about the whole blog."""


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
    if options.json:
        print_json(migration)
    else:
        print_lines(migration_lines(migration))
    return FAILED if migration.problems else SUCCESS


def migration_lines(migration: Migration) -> Iterator[str]:
    """Format each post with findings, then the notes about the whole blog."""
    for problem in migration.problems:
        yield from problem_lines(problem)
    for move in migration.posts:
        if move.findings or move.blocks:
            yield f"{move.path} → {move.url}"
            yield from (f"  {line}" for line in _post_lines(move))
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
    return f"{', '.join(parts)}; {blocks}; {counted(dead, 'dead link')}"


def _post_lines(move: PostMigration) -> Iterator[str]:
    for finding in move.findings:
        place = f"{finding.line}: " if finding.line else ""
        yield place + ": ".join(part for part in (finding.message, finding.advice) if part)
    if move.blocks:
        blocks = counted(move.blocks, "block")
        yield f"{blocks} run" if move.runs else f"{blocks} could run: write 'execute: true'"
