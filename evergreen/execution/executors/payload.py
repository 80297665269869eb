"""A job, serialised for a machine that shares no disk with this one.

A payload maps file names to contents: the pickled job, the post's bundle as one archive, and the
declared data. On the other machine it is written to a folder, from which `open_payload` restores
an equivalent job.
"""

from __future__ import annotations

import io
import os
import pickle
import tarfile
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from evergreen.dataclass import dataclass, replace
from evergreen.execution.bundle_copy import copy_bundle
from evergreen.execution.job import Job
from evergreen.execution.scratch import scratch_folder
from evergreen.model.hashing import sha256
from evergreen.tar import extract_own

JOB, BUNDLE, DATA, SETTING = "job", "bundle", "data", "setting"

CARRIED = (
    *("LANG", "LANGUAGE", "LC_ALL", "LC_COLLATE", "LC_CTYPE", "LC_MESSAGES", "LC_MONETARY"),
    *("LC_NUMERIC", "LC_TIME", "TZ", "PYTHONHASHSEED", "SOURCE_DATE_EPOCH"),
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"),
)
"""Environment variables that affect results and are not machine-specific. Dask's nanny would set
the thread counts to 1."""


@dataclass(frozen=True, slots=True)
class RemoteJob:
    """A job, as the worker's process reads it."""

    job: Job
    """Its paths are relative to the payload's folder."""
    variables: Mapping[str, str | None]
    """Environment variables of this machine; None: not set."""
    prewarm: bool


def write_job(job: Job, prewarm: bool) -> bytes:
    """Serialise the payload's file JOB."""
    away = replace(
        job,
        bundle=Path(BUNDLE) if job.bundle else None,
        data={name: Path(DATA, path.name) for name, path in job.data.items()},
        checkpoints=None,  # they are on this machine
        preload=(),  # preloading gains nothing for a single kernel
    )
    names = (*CARRIED, *job.options.env)
    return pickle.dumps(RemoteJob(away, {name: os.environ.get(name) for name in names}, prewarm))


def setting(job: Job, prewarm: bool) -> bytes:
    """Return what is equal for jobs that one process can run: a hash of its variables."""
    names = sorted({*CARRIED, *job.options.env})
    return sha256(repr([prewarm, *((name, os.environ.get(name)) for name in names)])).encode()


def attachments(job: Job) -> dict[str, Callable[[], bytes]]:
    """Return functions that read the payload's other files."""
    found: dict[str, Callable[[], bytes]] = {
        f"{DATA}/{path.name}": path.read_bytes for path in job.data.values()
    }
    bundle = job.bundle
    if bundle and bundle.is_dir():
        found[BUNDLE] = lambda: pack(bundle, job.posts)
    return found


def open_payload(folder: Path) -> RemoteJob:
    """Restore the job from a payload's folder, with paths that are valid on this machine."""
    remote: RemoteJob = pickle.loads((folder / JOB).read_bytes())
    job, bundle = remote.job, folder / "beside"
    bundle.mkdir()
    if (folder / BUNDLE).is_file():
        unpack((folder / BUNDLE).read_bytes(), bundle)
    data = {name: folder / path for name, path in job.data.items()}
    return replace(remote, job=replace(job, bundle=bundle if job.bundle else None, data=data))


def pack(folder: Path, excluded: Collection[str] = ()) -> bytes:
    """Return a tar archive of the files in a folder, without some names; equal files give equal
    bytes, wherever they are and whoever owns them.
    """
    buffer = io.BytesIO()
    with scratch_folder() as copy:
        copy_bundle(folder, excluded, copy)
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            archive.add(copy, ".", filter=_plain)
    return buffer.getvalue()


def unpack(content: bytes, folder: Path) -> None:
    """Extract an archive of `pack` into a folder."""
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        extract_own(archive, folder)


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Remove the owner from an entry, and the time from a folder, which copying has changed."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    if entry.isdir():
        entry.mtime, entry.mode = 0, 0o755
    return entry
