"""Permissions and triggers of the blog's workflows."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parent.parent / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
CHECK = FOLDER / "check.yml"


def read(file: Path) -> dict[str, Any]:
    """Parse a workflow; in YAML 1.1 the key `on` is true."""
    value = yaml.safe_load(file.read_text("utf-8"))
    return {"on" if key is True else key: part for key, part in value.items()}


def permissions(file: Path) -> dict[str, dict[str, str]]:
    """Return the token permissions of each job."""
    workflow = read(file)
    jobs: dict[str, Any] = workflow["jobs"]
    return {name: job.get("permissions", workflow["permissions"]) for name, job in jobs.items()}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_actions_are_pinned_by_commit(file: Path) -> None:
    """A comment has the release, for readers and Dependabot."""
    uses = re.findall(r"uses: *(.*)", file.read_text("utf-8"))
    assert uses
    pinned = re.compile(r"actions/[a-z-]+(/restore)?@[0-9a-f]{40} # v\d+\.\d+\.\d+")
    assert [] == [each for each in uses if not pinned.fullmatch(each)]


def test_an_action_has_one_commit() -> None:
    """All workflows use the same commit of an action."""
    found = re.findall(
        r"uses: *(actions/[a-z-]+)\S*@(\S+)", "\n".join(file.read_text("utf-8") for file in FILES)
    )
    assert len({name for name, _ in found}) == len(set(found))


def test_jobs_that_run_posts_may_only_read() -> None:
    """Jobs with write permissions run no code of the blog."""
    assert {"build": {"contents": "read"}} == permissions(FOLDER / "pull-request.yml")
    assert {
        "address": {"pages": "read"},
        "build": {"contents": "read"},
        "deploy": {"pages": "write", "id-token": "write"},
    } == permissions(FOLDER / "publish.yml")
    assert {"check": {"contents": "read"}, "report": {"issues": "write"}} == permissions(CHECK)
    for file in FILES:
        for name, job in read(file)["jobs"].items():
            runs = [step["run"] for step in job["steps"] if "run" in step]
            assert not runs or {"contents": "read"} == permissions(file)[name]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_nothing_of_a_stranger_becomes_a_command(file: Path) -> None:
    """There are no secrets, stored tokens, expressions in scripts, or privileged events."""
    text = file.read_text("utf-8")
    assert [] == re.findall(r"secrets\.|pull_request_target|workflow_run:", text)
    for job in read(file)["jobs"].values():
        for step in job["steps"]:
            scripts = (step.get("run", ""), step.get("with", {}).get("script", ""))
            assert not any("${{" in script for script in scripts)
            if "checkout" in step.get("uses", ""):
                assert step["with"] == {"persist-credentials": False}


def test_when_they_run() -> None:
    """They run on a push, by a schedule, on a pull request; builds of one branch do not overlap."""
    assert {"push", "schedule", "workflow_dispatch"} == set(read(FOLDER / "publish.yml")["on"])
    assert {"schedule", "workflow_dispatch"} == set(read(CHECK)["on"])
    assert {"pull_request"} == set(read(FOLDER / "pull-request.yml")["on"])
    assert all("concurrency" in read(file) for file in FILES)


@pytest.mark.skipif(not shutil.which("node"), reason="needs Node.js")
@pytest.mark.parametrize(
    ("found", "issues", "calls"),
    [
        ("1", [], [("create", None, None)]),
        ("1", ["The posts' weekly check"], [("update", 1, "open")]),
        ("1", ["Another"], [("create", None, None)]),
        ("0", ["The posts' weekly check"], [("update", 1, "closed")]),
        ("0", [], []),
    ],
)
def test_one_issue_holds_the_report(
    tmp_path: Path, found: str, issues: list[str], calls: list[tuple[str, int | None, str | None]]
) -> None:
    """The issue is opened once, updated, and finally closed; the report is plain text in it."""
    (tmp_path / "report").mkdir()
    report = "posts/a.md:3: `x` ````\n@everybody ![](x)\n" + "长" * 70_000
    (tmp_path / "report/report.txt").write_text(report, "utf-8")
    said = json.loads(run_script(tmp_path, found, issues))
    assert calls == [(each["call"], each.get("issue_number"), each.get("state")) for each in said]
    for each in said:
        assert len(each["body"]) < 65_536
        assert "`````text\nposts/a.md:3: `x` ````\n@everybody" in each["body"]
        assert each["body"].rstrip().endswith("…\n`````")


def run_script(folder: Path, found: str, issues: list[str]) -> str:
    """Return the GitHub calls of the script, given the titles of open issues."""
    steps = read(CHECK)["jobs"]["report"]["steps"]
    script = next(step["with"]["script"] for step in steps if "script" in step.get("with", {}))
    listed = [{"title": title, "number": number} for number, title in enumerate(issues, 1)]
    host = f"""
    const calls = [];
    const note = (call) => async (values) => {{ calls.push({{ call, ...values }}); }};
    const issues = {{ listForRepo: null, update: note("update"), create: note("create") }};
    const github = {{ paginate: async () => {json.dumps(listed)}, rest: {{ issues }} }};
    const repo = {{ owner: "a", repo: "b" }};
    const context = {{ repo, serverUrl: "https://github.com", runId: 7 }};
    (async () => {{ {script} }})().then(() => console.log(JSON.stringify(calls)));
    """
    environ = {"FOUND": found, "PATH": "/usr/bin:/bin"}
    command = [shutil.which("node") or "node", "-e", host]
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, check=True)
    return done.stdout.decode()
