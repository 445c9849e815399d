"""Scan → decode → embed → store: the whole way of a photo into the library.

    scanner(1) ─tasks→ decoders(k) ─tensors→ embedders(n) ─rows→ writer(1)

On the CPU each embedder runs the network on one thread and there are as many as cores: the cores are then shared by
the system between decoding and embedding as each needs, with nobody waiting for nobody. A GPU gets one embedder.
"""

import dataclasses
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from photofinder.catalogue.reader import CatalogueReader, Failure, Space
from photofinder.catalogue.writer import CatalogueWriter, Forgotten, Written
from photofinder.core.cancel import CancelToken
from photofinder.core.errors import FailureKind, MediaProblem
from photofinder.core.types import Ingested, Metadata, Pixels, Role, Vector
from photofinder.ingest.changes import Change, Moved, Place, Returned, Task, Vanished
from photofinder.ingest.scan import Scan
from photofinder.ingest.stages import Channel, Pipeline
from photofinder.ingest.volumes import is_present
from photofinder.media.decode import DECODER_VERSION
from photofinder.media.fingerprint import fingerprint_of
from photofinder.media.metadata import merge
from photofinder.media.safely import Decoders
from photofinder.media.thumbnails import ThumbnailCache
from photofinder.media.xmp import read_sidecar

MIN_SHORT_PX = 240
"""Short side of what is decoded, at least: a 320 px thumbnail of a 4:3 photo; 224 px encoders need less, and the
thumbnails inside iPhone HEICs (312 px) are enough."""

BATCH_PHOTOS = 64
BATCH_S = 0.5
EMBED_BATCH = 8
EMBED_WAIT_S = 0.05
TICK_S = 0.1


class Embedder(Protocol):
    """What ingest needs of an encoder: tensors (n, 3, s, s) in, unit vectors (n, dim) out. Any thread."""

    def embed(self, batch: NDArray[np.float32]) -> Vector: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Encoding:
    """How photos become embeddings. `open_embedder` is called once, when the first photo needs it.

    `workers` is the number of threads for each of decoding and embedding; `gentle` ones let others come first.
    """

    space: Space
    size_px: int
    prepare: Callable[[Pixels], NDArray[np.float32]]
    open_embedder: Callable[[], Embedder]
    workers: int
    gentle: bool = False


@dataclass(slots=True)
class Progress:
    """How far an ingest has come. `found` still grows while `scanning`."""

    found: int = 0
    done: int = 0
    failed: int = 0
    scanning: bool = True


@dataclass(slots=True)
class Report:
    """What an ingest did.

    `added` includes what had been missing and `returned`. `growing` lists files that were still being written, and wait
    for the next time. `failed` lists every photo below the places that cannot be read, also from earlier times;
    `unreadable_folders` folders that cannot be listed, roots among them, with the reason; `away` the folders that were
    not looked at because their drive is not there; `backup_problem` says why the weekly backup was not made though due.
    """

    added: int = 0
    changed: int = 0
    moved: int = 0
    vanished: int = 0
    returned: int = 0
    unchanged: int = 0
    embedded: int = 0
    forgotten: int = 0
    failed_anew: int = 0
    failed: list[Failure] = field(default_factory=list[Failure])
    unreadable_folders: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    growing: list[str] = field(default_factory=list[str])
    away: list[str] = field(default_factory=list[str])
    backup_problem: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _Decoded:
    task: Task
    row: Ingested
    tensor: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Done:
    task: Task
    row: Ingested


class Ingest:
    """One run over some places. Make it and call `run` once, on one thread; it makes its own threads.

    `on_written` and `on_forgotten` are called on the writer's thread after each commit, `on_progress` on the caller's
    about ten times a second. Everything committed stays whatever happens; the next run goes on from there.
    """

    def __init__(
        self,
        reader: CatalogueReader,
        writer: CatalogueWriter,
        thumbnails: ThumbnailCache,
        decoders: Decoders,
        encoding: Encoding,
        *,
        on_written: Callable[[Written], None] = lambda _: None,
        on_forgotten: Callable[[Forgotten], None] = lambda _: None,
        on_progress: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._thumbnails = thumbnails
        self._encoding = encoding
        self._on_written = on_written
        self._on_forgotten = on_forgotten
        self._on_progress = on_progress
        self._decoders = decoders
        self._progress = Progress()
        self._report = Report()
        self._pipeline = Pipeline(gentle=encoding.gentle)
        stop = self._pipeline.stop
        self._tasks: Channel[Task] = Channel(4 * encoding.workers, stop)
        self._tensors: Channel[_Decoded] = Channel(2 * EMBED_BATCH, stop)
        self._rows: Channel[_Done | Moved | Vanished | Returned] = Channel(2 * BATCH_PHOTOS, stop)
        self._embedder: Embedder | None = None
        self._embedder_lock = threading.Lock()

    def run(
        self,
        places: Sequence[Place],
        cancel: CancelToken,
        absent_roots: frozenset[int] = frozenset(),
        *,
        waits: bool = True,
    ) -> Report:
        """Bring the library up to date with these places. Raises EnvironmentProblem or Cancelled; both lose nothing.

        Without `waits`, files that may still be written are left for later at once.
        """
        began = time.perf_counter()
        scan = Scan(
            self._reader,
            places,
            self._encoding.space.id,
            DECODER_VERSION,
            absent_roots,
            self._pipeline.stop,
            is_there=is_present,
            waits=waits,
        )

        def tick() -> None:
            cancel.check()
            self._on_progress(self._progress)

        self._pipeline.stage("scanner", lambda: self._scan(scan), self._tasks, self._rows)
        self._pipeline.stage("decoder", self._decode, self._tensors, self._rows, threads=self._encoding.workers)
        self._pipeline.stage("embedder", self._embed, self._rows, threads=self._encoding.workers)
        self._pipeline.stage("writer", self._write)
        try:
            self._pipeline.run(TICK_S, tick)
        finally:
            self._decoders.rest()
        for place in places:
            if place.is_root and place.root.id not in scan.went_away | scan.closed:
                self._writer.scanned(place.root.id)
        self._report.unchanged = scan.unchanged
        self._report.unreadable_folders = scan.unreadable
        self._report.growing = scan.growing
        self._report.away = [place.root.path for place in places if place.root.id in scan.went_away]
        self._report.failed = self._reader.failures({place.root.id for place in places})
        self._report.seconds = time.perf_counter() - began
        return self._report

    def _scan(self, scan: Scan) -> None:
        try:
            for found in scan.run():
                if isinstance(found, Task):
                    self._progress.found += 1
                    self._tasks.put(found)
                else:
                    self._rows.put(found)
        finally:
            self._reader.close()
        self._progress.scanning = False

    def _decode(self) -> None:
        try:
            for task in self._tasks:
                decoded = self._decoded(task)
                if isinstance(decoded, _Decoded):
                    self._tensors.put(decoded)
                elif decoded is not None:
                    self._rows.put(decoded)
                else:
                    self._progress.done += 1
        finally:
            self._reader.close()

    def _decoded(self, task: Task) -> _Decoded | _Done | None:
        try:
            loaded = self._decoders.load(
                Path(task.path),
                max(MIN_SHORT_PX, self._encoding.size_px),
                failed_before=task.photo_id is not None and self._reader.has_failed(task.photo_id),
                stop=self._pipeline.stop,
            )
        except MediaProblem as problem:
            if problem.kind is FailureKind.VANISHED:
                return None  # the next scan says what became of it
            return _Done(task, Ingested(task.unit, task.photo_id, _try_fingerprint(task.path), failure=problem))
        picture = loaded.picture
        self._thumbnails.store(loaded.fingerprint, picture.pixels)
        row = Ingested(
            task.unit,
            task.photo_id,
            loaded.fingerprint,
            _with_sidecars(loaded.metadata, task),
            picture.format,
            picture.width_px,
            picture.height_px,
        )
        space_id = self._encoding.space.id
        if task.photo_id is not None and self._reader.is_embedded(task.photo_id, loaded.fingerprint, space_id):
            return _Done(task, row)
        known = self._reader.embedding_of(loaded.fingerprint, space_id)
        if known is not None:
            return _Done(task, dataclasses.replace(row, vector=known.astype(np.float32)))
        return _Decoded(task, row, self._encoding.prepare(picture.pixels))

    def _embed(self) -> None:
        for first in self._tensors:
            batch = [first]
            while len(batch) < EMBED_BATCH and (more := self._tensors.get(EMBED_WAIT_S)) is not None:
                batch.append(more)
            vectors = self._opened_embedder().embed(np.stack([item.tensor for item in batch]))
            for item, vector in zip(batch, vectors, strict=True):
                self._rows.put(_Done(item.task, dataclasses.replace(item.row, vector=vector)))

    def _opened_embedder(self) -> Embedder:
        with self._embedder_lock:
            if self._embedder is None:
                self._embedder = self._encoding.open_embedder()
            return self._embedder

    def _write(self) -> None:
        try:
            for first in self._rows:
                batch = [first]
                until = time.monotonic() + BATCH_S
                try:
                    while len(batch) < BATCH_PHOTOS:
                        more = self._rows.get(max(0.0, until - time.monotonic()))
                        if more is None:
                            break
                        batch.append(more)
                finally:
                    self._store(batch)  # also when stopped: what is finished is kept
        finally:
            self._reader.close()

    def _store(self, batch: Sequence[_Done | Moved | Vanished | Returned]) -> None:
        moves = [item for item in batch if isinstance(item, Moved)]
        if moves:
            heirs = {item.heir_id for item in moves if item.heir_id is not None}
            if heirs:
                self._on_forgotten(self._writer.forget(heirs))
            self._writer.move([(item.photo_id, item.unit) for item in moves if item.photo_id not in heirs])
            self._report.moved += len(moves)
        for item in batch:
            if isinstance(item, Vanished):
                self._writer.mark_missing(item.photo_ids)
                self._report.vanished += len(item.photo_ids)
            elif isinstance(item, Returned):
                self._writer.mark_present(item.photo_ids)
                self._report.added += len(item.photo_ids)
                self._report.returned += len(item.photo_ids)
        done = [item for item in batch if isinstance(item, _Done)]
        if not done:
            return
        written = self._writer.record([item.row for item in done], self._encoding.space.id, DECODER_VERSION)
        self._report.embedded += len(written.ids)
        for item in done:
            self._progress.done += 1
            if item.row.failure is not None:
                self._progress.failed += 1
                self._report.failed_anew += 1
            elif item.task.change is Change.ADDED:
                self._report.added += 1
            elif item.task.change is Change.CHANGED:
                self._report.changed += 1
        self._on_written(written)


def _with_sidecars(metadata: Metadata, task: Task) -> Metadata:
    for file in task.unit.files:
        if file.role is Role.SIDECAR:
            path = Path(task.path).parent / os.fsdecode(file.name)
            try:
                metadata = merge(metadata, read_sidecar(path))
            except MediaProblem:
                continue  # gone or locked at this moment: its photo must not wait for it, and a change is seen again
    return metadata


def _try_fingerprint(path: str) -> bytes | None:
    """The fingerprint of a photo that cannot be decoded, so that it is still known when it moves."""
    try:
        return fingerprint_of(Path(path))
    except MediaProblem:
        return None
