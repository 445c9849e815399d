"""Embedding known photos with another encoder from what is cached of them: originals need not be there, nor be read.

    reader(1) ─photos→ preparers(cores) ─tensors→ embedders(n) ─vectors→ writer(1)

A thumbnail or preview serves where it has the pixels that the encoder takes, or very nearly, or where the original is
away; the other photos are left to the ordinary ingest, which decodes their originals.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photofinder.catalogue.reader import CatalogueReader
from photofinder.catalogue.writer import CatalogueWriter, Written
from photofinder.core.cancel import CancelToken
from photofinder.core.types import Vector
from photofinder.ingest.ingest import BATCH_PHOTOS, BATCH_S, EMBED_BATCH, EMBED_WAIT_S, TICK_S, Embedder, Encoding
from photofinder.ingest.stages import Channel, Pipeline
from photofinder.media.thumbnails import ThumbnailCache

ENOUGH: Final = 0.95
"""The thumbnail of a 3:2 photo is 213 px high; enlarging it to 224 costs less than what JPEG has cost already."""


@dataclass(frozen=True, slots=True)
class _Item:
    photo_id: int
    fingerprint: bytes
    tensor: NDArray[np.float32] | None = None
    vector: Vector | None = None


class Reembedding:
    """One run over photos that lack an embedding in a space. Make it and call `run` once, on one thread.

    Threads and callbacks as with `Ingest`: `on_written` after each commit on the writer's thread, `on_progress` with
    photos looked at and photos in all on the caller's.
    """

    def __init__(
        self,
        reader: CatalogueReader,
        writer: CatalogueWriter,
        thumbnails: ThumbnailCache,
        encoding: Encoding,
        *,
        on_written: Callable[[Written], None] = lambda _: None,
        on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._thumbnails = thumbnails
        self._encoding = encoding
        self._on_written = on_written
        self._on_progress = on_progress
        self._pipeline = Pipeline(gentle=encoding.gentle)
        stop = self._pipeline.stop
        self._photos: Channel[tuple[_Item, bool]] = Channel(4 * EMBED_BATCH, stop)
        self._tensors: Channel[_Item] = Channel(2 * EMBED_BATCH, stop)
        self._vectors: Channel[_Item] = Channel(2 * BATCH_PHOTOS, stop)
        self._embedder: Embedder | None = None
        self._lock = threading.Lock()
        self._done = 0
        self._embedded = 0

    def run(self, roots: Iterable[int], away: frozenset[int], cancel: CancelToken) -> int:
        """Embed what can be embedded from thumbnails, of the photos of these roots; how many that were.

        `away` are the roots that are not there. Raises EnvironmentProblem or Cancelled: what is committed stays, and
        the next run goes on from there.
        """
        wanted = self._reader.photos_to_embed(self._encoding.space.id, roots)
        if not wanted:
            return 0

        def tick() -> None:
            cancel.check()
            self._on_progress(self._done, len(wanted))

        self._pipeline.stage("photos", lambda: self._hand_out(wanted, away), self._photos)
        self._pipeline.stage("preparer", self._prepare, self._tensors, self._vectors, threads=self._encoding.workers)
        self._pipeline.stage("embedder", self._embed, self._vectors, threads=self._encoding.workers)
        self._pipeline.stage("writer", self._write)
        self._pipeline.run(TICK_S, tick)
        return self._embedded

    def _hand_out(self, wanted: Sequence[tuple[int, bytes, int]], away: frozenset[int]) -> None:
        for photo_id, fingerprint, root_id in wanted:
            self._photos.put((_Item(photo_id, fingerprint), root_id in away))

    def _prepare(self) -> None:
        try:
            for item, is_away in self._photos:
                ready = self._prepared(item, is_away)
                if ready is not None:
                    (self._tensors if ready.vector is None else self._vectors).put(ready)
                with self._lock:
                    self._done += 1
        finally:
            self._reader.close()

    def _prepared(self, item: _Item, is_away: bool) -> _Item | None:
        known = self._reader.embedding_of(item.fingerprint, self._encoding.space.id)
        if known is not None:
            return replace(item, vector=known.astype(np.float32))
        enough_px = ENOUGH * self._encoding.size_px
        pixels = self._thumbnails.pixels(item.fingerprint, enough_px)
        if pixels is None or (min(pixels.shape[:2]) < enough_px and not is_away):
            return None
        return replace(item, tensor=self._encoding.prepare(pixels))

    def _embed(self) -> None:
        for first in self._tensors:
            batch = [first]
            while len(batch) < EMBED_BATCH and (more := self._tensors.get(EMBED_WAIT_S)) is not None:
                batch.append(more)
            tensors = [item.tensor for item in batch if item.tensor is not None]
            vectors = self._opened_embedder().embed(np.stack(tensors))
            for item, vector in zip(batch, vectors, strict=True):
                self._vectors.put(replace(item, tensor=None, vector=vector))

    def _opened_embedder(self) -> Embedder:
        with self._lock:
            if self._embedder is None:
                self._embedder = self._encoding.open_embedder()
            return self._embedder

    def _write(self) -> None:
        try:
            for first in self._vectors:
                batch = [first]
                until = time.monotonic() + BATCH_S
                try:
                    while len(batch) < BATCH_PHOTOS:
                        more = self._vectors.get(max(0.0, until - time.monotonic()))
                        if more is None:
                            break
                        batch.append(more)
                finally:
                    self._store(batch)  # also when stopped: what is finished is kept
        finally:
            self._reader.close()

    def _store(self, batch: Sequence[_Item]) -> None:
        found = [(item.photo_id, item.fingerprint, item.vector) for item in batch if item.vector is not None]
        written = self._writer.embed(found, self._encoding.space.id)
        self._embedded += len(written.ids)
        self._on_written(written)
