"""GPUs: how they are described, and what another one means for a record and a check."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from drift_samples import PUBLISHED
from reuse_blog import put
from sample_pages import SITE, render_site, sample_pages

from evergreen.build.planning.reasons import of_fact
from evergreen.check.drift import compare
from evergreen.execution.executors.routing import is_remote
from evergreen.execution.surroundings import gpu_facts
from evergreen.execution.trace import Trace
from evergreen.model import Cell, CheckOptions, Execution, Notebook, Stream
from evergreen.records import gpus
from evergreen.records.facts import FactLookup, first_difference

TEMPLATES = Path(__file__).parent.parent / "templates"
H200, A100 = "NVIDIA H200, driver 550.54.14", "NVIDIA A100-SXM4-80GB, driver 575.57.08"


@pytest.fixture
def driver(tmp_path: Path) -> Path:
    """Write the files of a driver with two GPUs."""
    for place, model, minor in (("0000:01:00.0", "H200", 1), ("0000:c1:00.0", "L40S", 0)):
        text = f"Model: \t\t NVIDIA {model}\nIRQ:   \t\t 130\nDevice Minor: \t {minor}\n"
        put(tmp_path / f"gpus/{place}/information", text)
    kernel = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22 01:44:30 UTC\n"
    put(tmp_path / "version", f"{kernel}GCC version:  gcc version 12.2.0 (Debian 12.2.0-14)\n")
    return tmp_path


@pytest.mark.parametrize(
    ("minor", "expected"), [("0", "NVIDIA L40S, driver 550.54.14"), ("1", H200), ("2", "")]
)
def test_a_gpu_is_described_by_its_device_file(driver: Path, minor: str, expected: str) -> None:
    """The number of the device file decides, not the order on the bus."""
    assert expected == gpus.describe(minor, driver)


def test_the_open_driver_names_its_release_in_another_order(driver: Path) -> None:
    """`Open Kernel Module for x86_64` comes before the release."""
    line = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  575.57.08  Release Build\n"
    put(driver / "version", line)
    assert "NVIDIA L40S, driver 575.57.08" == gpus.describe("0", driver)


def test_a_machine_without_a_driver_has_no_gpu(tmp_path: Path) -> None:
    """A program that only looks for a GPU leaves no fact."""
    assert "" == gpus.describe("0", tmp_path / "nowhere")
    assert {} == gpu_facts(Trace(gpus=("97",)))


@pytest.mark.parametrize(
    ("now", "expected"), [(A100, ("gpu 0", H200, A100)), (H200, None), ("", None)]
)
def test_only_another_gpu_makes_a_record_invalid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: str, expected: object
) -> None:
    """A machine without any keeps the result."""
    monkeypatch.setattr(gpus, "describe", lambda minor: now)
    assert expected == first_difference({"gpu 0": H200}, FactLookup(tmp_path))


def test_the_gpu_of_another_machine_is_not_looked_for_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record of a post that runs on a worker stays valid beside another GPU."""
    monkeypatch.setattr(gpus, "describe", lambda minor: A100)
    assert first_difference({"gpu 0": H200}, FactLookup(tmp_path, is_remote=True)) is None


@pytest.mark.parametrize(
    ("resources", "expected"), [(("gpu: 1",), True), ((), False), (("memory: 2 GiB",), False)]
)
def test_a_post_is_remote_where_its_executor_is(resources: tuple[str, ...], expected: bool) -> None:
    """Only posts that ask for a GPU go to the machine for it."""
    assert expected == is_remote(resources, {"gpu": "tls://gpu-box:8786", "default": "local"})


def test_a_reason_names_both_gpus() -> None:
    """`why` says what changed."""
    assert f"GPU {H200} → {A100}" == of_fact("gpu 0", H200, A100)


@pytest.mark.parametrize(
    ("gpu", "text", "options", "verdict"),
    [
        (A100, "loss 0.4126", CheckOptions(), "within tolerance"),
        ("", "loss 0.4126", CheckOptions(), "within tolerance"),
        (H200, "loss 0.4126", CheckOptions(), "drifted"),
        (A100, "loss 0.4312", CheckOptions(), "drifted"),
        (A100, "loss 0.4126", CheckOptions(compare="exact"), "drifted"),
    ],
)
def test_another_gpu_computes_within_a_tolerance(
    gpu: str, text: str, options: CheckOptions, verdict: str
) -> None:
    """One percent, unless the post asks for exact results."""

    def ran(text: str, gpu: str) -> Execution:
        facts = {"gpu 0": gpu} if gpu else {}
        return Execution(((Stream("stdout", text),),), finished=PUBLISHED, facts=facts)

    notebook, now = Notebook((Cell("train()", 3),)), ran(text, gpu)
    assert verdict == compare(notebook, ran("loss 0.4112", H200), now, options, [now]).verdict


def test_the_page_names_the_gpu() -> None:
    """Beside the packages, in the record of the run."""
    page = replace(sample_pages()[0], gpus=(H200,))
    made = render_site(SITE, [page], [TEMPLATES])
    shown = next(
        file.content for file in made.artifacts if file.path.endswith("tf-mnist/index.html")
    )
    assert f"<dt>GPU</dt><dd>{H200}</dd>".encode() in shown
