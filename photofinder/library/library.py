"""The one object that the command line and the window hold."""

import functools
import os
import shutil
import threading
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np

from photofinder.catalogue import backup, schema
from photofinder.catalogue.reader import CatalogueReader, Space
from photofinder.catalogue.writer import CatalogueWriter, Forgotten, Written
from photofinder.core.cancel import CancelToken
from photofinder.core.errors import EnvironmentProblem, QueryProblem
from photofinder.core.types import Photo, Root
from photofinder.encoder import catalog
from photofinder.encoder.bundle import Bundle
from photofinder.ingest import volumes
from photofinder.library.kept_encoder import KeptEncoder
from photofinder.library.locations import Locations
from photofinder.library.lock import lock_of, take

if TYPE_CHECKING:  # what they load takes a third of a second, and a window that opens needs none of it
    from photofinder.encoder.sessions import ImageEncoder, TextEncoder
    from photofinder.media.safely import Decoders
    from photofinder.media.thumbnails import ThumbnailCache
    from photofinder.vectors.index import VectorIndex

TAIL_LIMIT = 50_000
"""Embeddings kept outside the HNSW file while an ingest runs; past that they are folded in."""

TEXT_ENCODERS = 2
"""Kept open at most: the one that answers, and the one that is about to."""


class Library:
    """An open library. Searching is safe on any thread; changing is for one process.

    Of its threads only one ingests; marks may be changed on another meanwhile.

    Raises EnvironmentProblem where the computer is in the way and QueryProblem where the question is.
    """

    def __init__(self, where: Locations, *, create: bool = False) -> None:
        self.where = where
        self._lock = lock_of(where.data)
        self._opening = threading.Lock()
        self._writer: CatalogueWriter | None = None
        self._vectors: dict[str, VectorIndex] = {}
        self._vectors_lock = threading.Lock()
        self._counted: dict[int, tuple[int, int]] = {}  # space id → generation, embeddings
        self._text_encoders: dict[Bundle, TextEncoder] = {}
        self._text_lock = threading.Lock()
        self.kept_encoder = KeptEncoder(lambda bundle: self.image_encoder(bundle, threads=1))
        """The photo side of the bundle that photos are embedded with, on the threads that embed."""
        self._decoders: Decoders | None = None
        self._decoders_lock = threading.Lock()
        if not where.catalogue.exists():
            if backup.backups(where.catalogue):
                raise EnvironmentProblem(
                    f"The catalogue of the library at {where.data} is gone, but there are backups of it.",
                    "Put one back: photofinder restore",
                )
            if not create:
                raise QueryProblem(
                    f"There is no library at {where.data} yet.",
                    "Make one by indexing a folder: photofinder index FOLDER",
                )
            try:
                where.data.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise EnvironmentProblem(
                    f"The folder {where.data} cannot be made ({error.strerror}).",
                    "Name another with --library.",
                ) from error
            self.writer()
        elif schema.is_outdated(where.catalogue):
            self.writer()
            self._end_writing()  # others may want to, and this library may only be looked at
        try:
            self.reader = CatalogueReader(where.catalogue)
        except BaseException:
            self._end_writing()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of everything. The reader's first: the last connection to close tidies the write-ahead log."""
        with self._decoders_lock:
            decoders, self._decoders = self._decoders, None
        if decoders is not None:
            decoders.close()
        self.kept_encoder.let_go()
        self.reader.close()
        self._end_writing()
        with self._vectors_lock, self._text_lock:
            self._vectors.clear()
            self._text_encoders.clear()

    def _end_writing(self) -> None:
        writer, self._writer = self._writer, None
        try:
            if writer is not None:
                writer.close()
        finally:
            self._lock.release()

    def writer(self) -> CatalogueWriter:
        """The write connection, opened when first needed, under the library's lock. Any thread."""
        with self._opening:
            return self._opened_writer()

    def _opened_writer(self) -> CatalogueWriter:
        if self._writer is None:
            take(self._lock, self.where.data)
            try:
                self._writer = CatalogueWriter(self.where.catalogue)
                self.thumbnails.sweep()
            except BaseException:
                self._end_writing()
                raise
        return self._writer

    @functools.cached_property
    def thumbnails(self) -> "ThumbnailCache":
        """Thumbnails and previews of this library's photos."""
        from photofinder.media.thumbnails import ThumbnailCache  # loads the decoders, which a search does not use

        return ThumbnailCache(self.where.thumbnails)

    def decoders(self) -> "Decoders":
        """What decodes this library's photos, made when first needed. Any thread."""
        from photofinder.media.safely import Decoders  # as above

        with self._decoders_lock:
            if self._decoders is None:
                self._decoders = Decoders(self.where.cache / "decoding")
            return self._decoders

    # --- which encoder

    @functools.cached_property
    def bundle(self) -> Bundle:
        """The bundle that photos are to be embedded with."""
        name = self.reader.setting("bundle")
        return catalog.find(name, self.where.bundles) if name else catalog.default(self.where.bundles)

    def use_bundle(self, name: str) -> Bundle:
        """Embed with another bundle from the next ingest on; what other bundles made of the photos is kept."""
        bundle = catalog.find(name, self.where.bundles)
        self.writer().set("bundle", bundle.name)
        self.__dict__.pop("bundle", None)
        return bundle

    def space(self, bundle: Bundle) -> Space:
        """The embedding space of a bundle, made if it is new. Needs the writer."""
        found = self.reader.space(bundle.space)
        if found is None:
            self.writer().space(bundle.space, bundle.name, bundle.embedding_dim)
            found = self.reader.space(bundle.space)
        assert found is not None
        return found

    def serving(self) -> tuple[Bundle, Space]:
        """The bundle that answers searches, and its space.

        It is the chosen one, or, while that has not seen all photos yet, the one that has seen most.
        """
        chosen = self.bundle
        spaces = {space.digest: space for space in self.reader.spaces()}
        counts = {space.digest: self._embedded(space) for space in spaces.values()}
        if counts.get(chosen.space, 0) > 0 and counts[chosen.space] == max(counts.values()):
            return chosen, spaces[chosen.space]
        candidates = [chosen, *(b for b in catalog.installed(self.where.bundles) if b.name != chosen.name)]
        usable = [b for b in candidates if counts.get(b.space)]
        if not usable:
            raise QueryProblem(
                "No photo of this library is searchable yet.", "Index a folder: photofinder index FOLDER"
            )
        best = max(usable, key=lambda b: counts[b.space])  # the first of equals: the chosen one
        return best, spaces[best.space]

    def _embedded(self, space: Space) -> int:
        """How many photos are embedded in a space; counted again when its generation has moved on."""
        kept = self._counted.get(space.id)
        if kept is None or kept[0] != space.generation:
            kept = self._counted[space.id] = space.generation, self.reader.embedding_count(space.id)
        return kept[1]

    def text_encoder(self, bundle: Bundle) -> "TextEncoder":
        """The text side of a bundle, with a session of its own so that a query never waits for a batch of photos."""
        from photofinder.encoder.sessions import TextEncoder

        with self._text_lock:
            if bundle not in self._text_encoders:
                if len(self._text_encoders) >= TEXT_ENCODERS:
                    self._text_encoders.clear()
                self._text_encoders[bundle] = TextEncoder(bundle)
            return self._text_encoders[bundle]

    def image_encoder(self, bundle: Bundle, threads: int = 0) -> "ImageEncoder":
        """The photo side of a bundle; `threads` 0 lets the runtime choose."""
        from photofinder.encoder.sessions import ImageEncoder

        return ImageEncoder(bundle, threads=threads)

    # --- vectors

    def vectors(self, space: Space) -> "VectorIndex":
        """The vector index of a space, caught up with the catalogue."""
        with self._vectors_lock:
            index = self._vectors.get(space.digest)
            if index is None:
                index = self._open_vectors(space)
                if index.generation != space.generation:
                    self._catch_up(index, space)
                self._vectors[space.digest] = index
            return index

    def _open_vectors(self, space: Space) -> "VectorIndex":
        """The index file of a space if it is this catalogue's own, else an empty index, which the catalogue fills.

        It is not if a catalogue was put back from a backup: its next ids mean other photos than they do in the file.
        """
        from photofinder.vectors.index import VectorIndex

        index = VectorIndex.open(self._vector_folder(space), space.dim)
        current = self.reader.space(space.digest)  # asked after opening: another process may just have moved both on
        if current is None or index.generation == current.indexed_generation:
            return index
        if self._writer is not None:
            shutil.rmtree(self._vector_folder(space), ignore_errors=True)
        return VectorIndex(self._vector_folder(space), space.dim, None)

    def _catch_up(self, index: "VectorIndex", space: Space) -> None:
        live = self.reader.embedding_ids(space.id)
        newest = index.highest_id
        index.discard(np.setdiff1d(index.ids(), live))
        for ids, found in self.reader.embeddings_after(space, newest):
            index.add(ids, found)

    def apply(self, written: Written, space: Space) -> None:
        """Bring the vector index along with what was just committed."""
        index = self.vectors(space)
        index.discard(np.array(written.gone, dtype=np.int64))
        if written.ids:
            index.add(np.array(written.ids, dtype=np.int64), np.stack(written.vectors))
        if index.behind > TAIL_LIMIT:
            self._write_index(index, space, written.generation)

    def let_go(self, forgotten: Forgotten) -> None:
        """Take photos that were forgotten out of the vector indexes and the thumbnails."""
        for space in self.reader.spaces():
            if space.id in forgotten.embeddings:
                self.vectors(space).discard(np.array(forgotten.embeddings[space.id], dtype=np.int64))
        for fingerprint in forgotten.fingerprints:
            self.thumbnails.remove(fingerprint)

    def consolidate(self, space: Space, cancel: CancelToken | None = None) -> None:
        """Write the vector index of a space to disk if it has fallen behind the catalogue.

        That needs memory: the encoder of photos is let go of.
        """
        current = self.reader.space(space.digest)
        assert current is not None
        index = self.vectors(current)
        if index.generation != current.generation:
            self.kept_encoder.let_go()
            self._write_index(index, current, current.generation, cancel)

    def _write_index(
        self, index: "VectorIndex", space: Space, generation: int, cancel: CancelToken | None = None
    ) -> None:
        index.consolidate(generation, cancel, threads=os.cpu_count())
        self.writer().indexed(space.id, generation)

    def index_on_disk(self, space: Space) -> "VectorIndex":
        """The vector index as its file has it, not caught up: for looking at, not for searching."""
        from photofinder.vectors.index import VectorIndex

        return VectorIndex.open(self._vector_folder(space), space.dim)

    def rebuild(self, space: Space) -> None:
        """Make the vector index of a space anew from the catalogue's embeddings."""
        with self._vectors_lock:
            shutil.rmtree(self._vector_folder(space), ignore_errors=True)  # a cache; what stays is overwritten
            self._vectors.pop(space.digest, None)
        self.consolidate(space)

    def _vector_folder(self, space: Space) -> Path:
        return self.where.vectors / space.digest[:16]

    # --- places

    def locate(self, path: Path) -> Photo | None:
        """The photo that a path belongs to, if it is in the library."""
        full = os.fsencode(Path(os.path.realpath(path.parent)) / path.name)
        for root in self.reader.roots():
            top = os.fsencode(root.path).rstrip(b"/\\") + os.sep.encode()
            if full.startswith(top):
                folder, _, name = full[len(top) :].replace(os.sep.encode(), b"/").rpartition(b"/")
                photo = self.reader.photo_at(root.id, folder, name)
                if photo is not None:
                    return photo
        return None

    def absent_roots(self) -> list[Root]:
        """Roots whose drive is not plugged in, or whose folder is gone."""
        return [root for root in self.reader.roots() if not volumes.is_present(root)]
