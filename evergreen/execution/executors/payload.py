"""A job as it travels to a machine that shares no disk with this one.

A parcel is a folder's files by name: the job itself, what stands beside the post as one archive,
and the declared data. There, `open_parcel` makes a job of the same meaning of that folder.
"""

from __future__ import annotations

import io
import os
import pickle
import tarfile
import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from evergreen.execution.workspace import Job
from evergreen.records.bundle import copy_bundle

JOB, BUNDLE, DATA = "job", "bundle", "data"

CARRIED = (
    *("LANG", "LANGUAGE", "LC_ALL", "LC_COLLATE", "LC_CTYPE", "LC_MESSAGES", "LC_MONETARY"),
    *("LC_NUMERIC", "LC_TIME", "TZ", "PYTHONHASHSEED", "SOURCE_DATE_EPOCH"),
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"),
)
"""Variables that change results and belong to no machine. A Dask nanny sets the last ones to 1."""


@dataclass(frozen=True, slots=True)
class RemoteJob:
    """What the worker's own process is told."""

    job: Job
    """Its paths are relative to the parcel."""
    variables: Mapping[str, str | None]
    """Environment variables as they are here; None: not set."""
    prewarm: bool


def write_order(job: Job, prewarm: bool) -> bytes:
    """The parcel's file JOB."""
    away = replace(
        job,
        bundle=Path(BUNDLE) if job.bundle else None,
        data={name: Path(DATA, path.name) for name, path in job.data.items()},
        preload=(),  # a parent of a single kernel saves nothing
    )
    names = (*CARRIED, *job.options.env)
    return pickle.dumps(RemoteJob(away, {name: os.environ.get(name) for name in names}, prewarm))


def enclosures(job: Job) -> dict[str, Callable[[], bytes]]:
    """The parcel's other files, to be read when they are needed."""
    found: dict[str, Callable[[], bytes]] = {
        f"{DATA}/{path.name}": path.read_bytes for path in job.data.values()
    }
    bundle = job.bundle
    if bundle and bundle.is_dir():
        found[BUNDLE] = lambda: pack(bundle, job.posts)
    return found


def open_parcel(folder: Path) -> RemoteJob:
    """The order of a parcel whose files are in a folder; its job's paths are good here."""
    order: RemoteJob = pickle.loads((folder / JOB).read_bytes())
    job, bundle = order.job, folder / "beside"
    bundle.mkdir()
    if (folder / BUNDLE).is_file():
        unpack((folder / BUNDLE).read_bytes(), bundle)
    data = {name: folder / path for name, path in job.data.items()}
    return replace(order, job=replace(job, bundle=bundle if job.bundle else None, data=data))


def pack(folder: Path, excluded: Collection[str] = ()) -> bytes:
    """A tar archive of what stands in a folder (see `bundle`), less some names; the same bytes for
    the same files, wherever they stand and whoever owns them.
    """
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory() as copy:
        copy_bundle(folder, excluded, Path(copy))
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            archive.add(copy, ".", filter=_plain)
    return buffer.getvalue()


def unpack(content: bytes, folder: Path) -> None:
    """Put what `pack` has packed into a folder."""
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        archive.extractall(folder, filter="fully_trusted")


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """An entry without its owner, a folder also without its time, which the copying has changed."""
    time, mode = (0, 0o755) if entry.isdir() else (entry.mtime, entry.mode)
    return entry.replace(mtime=time, mode=mode, uid=0, gid=0, uname="", gname="", deep=False)
