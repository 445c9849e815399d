"""Questions to the catalogue, on read-only connections: one per thread, so that reading never waits for writing."""

import os
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photofinder.catalogue import rows, schema
from photofinder.catalogue.connection import open_reading, translated
from photofinder.core.types import Photo, PhotoFile, Role, Root, Stamp, Unit, Volume

CHUNK = 10_000
"""Ids in one statement: SQLite's variables are limited to 32,766."""

_Row = tuple[Any, ...]
_Values = Sequence[Any] | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Space:
    """An embedding space.

    `generation` rises with every change to its embeddings; `indexed_generation` is that of the vector index on disk.
    """

    id: int
    digest: str
    bundle: str
    dim: int
    generation: int
    indexed_generation: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How many photos there are, by state. `present` leaves out the missing ones and includes the failed ones."""

    present: int
    failed: int
    missing: int
    with_gps: int
    dated: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A photo that could not be read."""

    path: str
    kind: str
    reason: str


class CatalogueReader:
    """Any thread may use it; each gets a connection of its own. Raises EnvironmentProblem."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        schema.check(self._connection, path)

    def close(self) -> None:
        """Close the connection of the calling thread; those of other threads close with their threads."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            del self._local.connection

    @property
    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = open_reading(self.path)
            self._local.connection = connection
        return connection

    def setting(self, key: str) -> str | None:
        """A remembered setting of this library."""
        row = self._one("SELECT value FROM settings WHERE key = ?", (key,))
        return None if row is None else str(row[0])

    def unplaced(self, limit: int) -> list[tuple[int, float, float]]:
        """Ids, latitudes and longitudes of photos whose position was not looked up yet."""
        return self.select(
            """SELECT id, latitude, longitude FROM photos WHERE latitude IS NOT NULL AND country_code IS NULL
            UNION ALL SELECT id, accepted.latitude, accepted.longitude FROM accepted_positions AS accepted
            CROSS JOIN photos ON id = photo_id WHERE photos.latitude IS NULL AND country_code IS NULL LIMIT ?""",
            (limit,),
        )

    def albums(self) -> list[tuple[str, str]]:
        """Names and queries of the saved searches, by name."""
        return self.select("SELECT name, query FROM albums ORDER BY lower(name), name")

    def roots(self) -> list[Root]:
        """All roots, in the order they were added."""
        return [
            Root(row[0], Volume(row[1], row[2], os.fsdecode(row[3])), row[4], rows.joined(row[3], row[4]))
            for row in self.select("SELECT id, volume_uuid, volume_label, mount, path FROM roots ORDER BY id")
        ]

    def spaces(self) -> list[Space]:
        """All embedding spaces."""
        query = "SELECT id, digest, bundle, dim, generation, indexed_generation FROM spaces ORDER BY id"
        return [Space(*row) for row in self.select(query)]

    def space(self, digest: str) -> Space | None:
        """The embedding space of a bundle, if any photo was ever embedded in it."""
        return next((space for space in self.spaces() if space.digest == digest), None)

    def embedding_count(self, space_id: int) -> int:
        """How many photos are embedded in a space."""
        row = self._one("SELECT count(*) FROM embeddings WHERE space_id = ?", (space_id,))
        assert row is not None
        return int(row[0])

    def counts(self) -> Counts:
        """How many photos there are, by state."""
        row = self._one(
            """SELECT count(*) FILTER (WHERE missing_since_ms IS NULL),
            count(*) FILTER (WHERE missing_since_ms IS NULL AND failure_kind IS NOT NULL),
            count(*) FILTER (WHERE missing_since_ms IS NOT NULL),
            count(*) FILTER (WHERE missing_since_ms IS NULL AND latitude IS NOT NULL) + (
                SELECT count(*) FROM accepted_positions CROSS JOIN photos AS own ON own.id = photo_id
                WHERE own.latitude IS NULL AND own.missing_since_ms IS NULL),
            count(*) FILTER (WHERE missing_since_ms IS NULL AND taken_source <> 'file date') FROM photos"""
        )
        assert row is not None
        return Counts(*row)

    # --- for ingest

    def photo_ids_under(self, root_id: int) -> list[int]:
        """The photos of a root."""
        query = "SELECT DISTINCT photo_id FROM files JOIN folders ON folders.id = folder_id WHERE root_id = ?"
        return [photo_id for (photo_id,) in self.select(query, (root_id,))]

    def unit(self, photo_id: int) -> Unit | None:
        """The files of a photo; None if it has none."""
        found = self.select(
            """SELECT root_id, path, name, role, size_bytes, mtime_ns, inode FROM files
            JOIN folders ON folders.id = folder_id WHERE photo_id = ? ORDER BY role <> 'primary', name""",
            (photo_id,),
        )
        if not found:
            return None
        return Unit(found[0][0], found[0][1], tuple(PhotoFile(row[2], Role(row[3]), Stamp(*row[4:])) for row in found))

    def fingerprint(self, photo_id: int) -> bytes | None:
        """A photo's fingerprint; None where its content was never read."""
        row = self._one("SELECT fingerprint FROM photos WHERE id = ?", (photo_id,))
        return None if row is None else row[0]

    def has_failed(self, photo_id: int) -> bool:
        """Whether a photo could not be read when it was last tried."""
        return self._one("SELECT 1 FROM photos WHERE id = ? AND failure_kind IS NOT NULL", (photo_id,)) is not None

    def embedding_of(self, fingerprint: bytes, space_id: int) -> NDArray[np.float16] | None:
        """The embedding of any photo with this very content: content seen before costs no inference."""
        # CROSS JOIN: left to itself SQLite goes through all embeddings of the space, for every photo that comes.
        row = self._one(
            """SELECT vector FROM photos CROSS JOIN embeddings ON photo_id = photos.id
            WHERE fingerprint = ? AND space_id = ? LIMIT 1""",
            (fingerprint, space_id),
        )
        return None if row is None else np.frombuffer(row[0], dtype=np.float16)

    def is_embedded(self, photo_id: int, fingerprint: bytes, space_id: int) -> bool:
        """Whether a photo has an embedding in a space, made from this very content."""
        row = self._one(
            """SELECT 1 FROM photos JOIN embeddings ON photo_id = photos.id
            WHERE photos.id = ? AND fingerprint = ? AND space_id = ?""",
            (photo_id, fingerprint, space_id),
        )
        return row is not None

    def photos_to_embed(self, space_id: int, root_ids: Iterable[int]) -> list[tuple[int, bytes, int]]:
        """Readable photos of these roots without an embedding in a space: photo id, fingerprint, root id."""
        wanted = set(root_ids)
        found = self.select(
            """SELECT photos.id, fingerprint, root_id FROM photos
            CROSS JOIN files ON files.photo_id = photos.id AND role = 'primary'
            CROSS JOIN folders ON folders.id = folder_id
            WHERE fingerprint IS NOT NULL AND failure_kind IS NULL AND missing_since_ms IS NULL AND NOT EXISTS (
                SELECT 1 FROM embeddings WHERE photo_id = photos.id AND space_id = ?)""",
            (space_id,),
        )
        return [row for row in found if row[2] in wanted]

    # --- for search

    def photos(self, photo_ids: Sequence[int]) -> dict[int, Photo]:
        """Photos by id, each with its files; ids that are not known are left out."""
        found: dict[int, Photo] = {}
        for chunk in _chunks(photo_ids):
            marks = ",".join("?" * len(chunk))
            files: dict[int, list[tuple[str, Role]]] = {}
            for row in self.select(
                f"""SELECT photo_id, role, mount, roots.path, folders.path, name FROM files
                CROSS JOIN folders ON folders.id = folder_id CROSS JOIN roots ON roots.id = root_id
                WHERE photo_id IN ({marks}) ORDER BY role <> 'primary', name""",
                chunk,
            ):
                files.setdefault(row[0], []).append((rows.joined(*row[2:]), Role(row[1])))
            for row in self.select(
                f"SELECT {rows.PHOTO_COLUMNS} FROM {rows.PHOTOS_KNOWN} WHERE photos.id IN ({marks})", chunk
            ):
                own = files.get(row[0], [])
                found[row[0]] = rows.photo_from(row, own[0][0] if own else "", tuple(own))
        return found

    def copies(self, photo_id: int) -> list[str]:
        """Where the other photos with this very content are, by path; those that are missing left out."""
        found = self.select(
            """SELECT mount, roots.path, folders.path, name FROM photos
            CROSS JOIN files ON files.photo_id = photos.id AND role = 'primary'
            CROSS JOIN folders ON folders.id = folder_id CROSS JOIN roots ON roots.id = root_id
            WHERE fingerprint = (SELECT fingerprint FROM photos WHERE id = :id) AND photos.id <> :id
            AND missing_since_ms IS NULL""",
            {"id": photo_id},
        )
        return sorted(rows.joined(*row) for row in found)

    def photo_at(self, root_id: int, folder: bytes, name: bytes) -> Photo | None:
        """The photo that a file belongs to."""
        row = self._one(
            """SELECT photo_id FROM files JOIN folders ON folders.id = folder_id
            WHERE root_id = ? AND path = ? AND name = ?""",
            (root_id, folder, name),
        )
        return None if row is None else self.photos([row[0]]).get(row[0])

    def photos_with(self, fingerprint: bytes) -> list[int]:
        """Ids of the photos with this very content."""
        return [
            row[0] for row in self.select("SELECT id FROM photos WHERE fingerprint = ? ORDER BY id", (fingerprint,))
        ]

    def fingerprints_of(self, photo_ids: Sequence[int]) -> dict[int, bytes]:
        """Photo id → fingerprint, leaving out photos whose content was never read."""
        found: dict[int, bytes] = {}
        for chunk in _chunks(photo_ids):
            marks = ",".join("?" * len(chunk))
            query = f"SELECT id, fingerprint FROM photos WHERE id IN ({marks}) AND fingerprint IS NOT NULL"
            found.update(self.select(query, chunk))
        return found

    def photos_of_embeddings(self, embedding_ids: Sequence[int]) -> dict[int, int]:
        """Embedding id → photo id, leaving out photos that are missing."""
        found: dict[int, int] = {}
        for chunk in _chunks(embedding_ids):
            marks = ",".join("?" * len(chunk))
            found.update(
                self.select(
                    # CROSS JOIN: these few first. SQLite would rather go through all photos that are not missing.
                    f"""SELECT embeddings.id, photo_id FROM embeddings CROSS JOIN photos ON photos.id = photo_id
                    WHERE embeddings.id IN ({marks}) AND missing_since_ms IS NULL""",
                    chunk,
                )
            )
        return found

    def embedding(self, photo_id: int, space_id: int) -> tuple[int, NDArray[np.float16]] | None:
        """A photo's embedding id and vector, shape (dim,)."""
        row = self._one("SELECT id, vector FROM embeddings WHERE photo_id = ? AND space_id = ?", (photo_id, space_id))
        return None if row is None else (row[0], np.frombuffer(row[1], dtype=np.float16))

    def spaces_of(self, photo_id: int) -> list[str]:
        """Names of the bundles that a photo is embedded with."""
        query = "SELECT bundle FROM embeddings JOIN spaces ON spaces.id = space_id WHERE photo_id = ? ORDER BY bundle"
        return [row[0] for row in self.select(query, (photo_id,))]

    # --- for the vector index

    def embedding_ids(self, space_id: int) -> NDArray[np.int64]:
        """All embedding ids of a space, ascending."""
        found = self.select("SELECT id FROM embeddings WHERE space_id = ? ORDER BY id", (space_id,))
        return np.fromiter((row[0] for row in found), dtype=np.int64, count=len(found))

    def embeddings_after(
        self, space: Space, embedding_id: int
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float16]]]:
        """Embeddings newer than an id, ascending, in chunks: ids (n,), vectors (n, dim). Damaged ones are left out."""
        with translated(self.path):
            cursor = self._connection.execute(
                "SELECT id, vector FROM embeddings WHERE space_id = ? AND id > ? AND length(vector) = ? ORDER BY id",
                (space.id, embedding_id, 2 * space.dim),
            )
            while chunk := cursor.fetchmany(CHUNK):
                ids = np.array([row[0] for row in chunk], dtype=np.int64)
                vectors = np.frombuffer(b"".join(row[1] for row in chunk), np.float16).reshape(len(chunk), space.dim)
                sound = is_unit(vectors)
                yield ids[sound], vectors[sound]

    # --- for status and doctor

    def failures(self, under: Iterable[int] | None = None) -> list[Failure]:
        """Photos that could not be read, by path; of these roots, or of all."""
        wanted = None if under is None else set(under)
        found = self.select(
            """SELECT root_id, mount, roots.path, folders.path, name, failure_kind, failure_reason FROM photos
            CROSS JOIN files ON files.photo_id = photos.id AND role = 'primary'
            CROSS JOIN folders ON folders.id = folder_id
            CROSS JOIN roots ON roots.id = root_id WHERE failure_kind IS NOT NULL AND missing_since_ms IS NULL"""
        )
        return sorted(
            (Failure(rows.joined(*row[1:5]), row[5], row[6]) for row in found if wanted is None or row[0] in wanted),
            key=lambda failure: failure.path,
        )

    def fingerprints(self) -> list[tuple[int, bytes]]:
        """Photo id and fingerprint of every readable photo that is present."""
        return self.select(
            """SELECT id, fingerprint FROM photos
            WHERE fingerprint IS NOT NULL AND failure_kind IS NULL AND missing_since_ms IS NULL"""
        )

    def missing_since(self, before_ms: int, root_ids: Collection[int]) -> list[int]:
        """Photos missing since then or longer, from these roots or with no files left at all."""
        query = f"""SELECT id FROM photos WHERE missing_since_ms <= ? AND (
            NOT EXISTS (SELECT 1 FROM files WHERE photo_id = photos.id)
            OR EXISTS (SELECT 1 FROM files JOIN folders ON folders.id = folder_id WHERE photo_id = photos.id
                AND root_id IN ({",".join("?" * len(root_ids))})))"""
        return [photo_id for (photo_id,) in self.select(query, (before_ms, *root_ids))]

    def missing(self) -> list[tuple[str, int]]:
        """Photos whose files are gone, by path, and since when (ms since 1970)."""
        found = self.select(
            """SELECT mount, roots.path, folders.path, name, missing_since_ms FROM photos
            CROSS JOIN files ON files.photo_id = photos.id AND role = 'primary'
            CROSS JOIN folders ON folders.id = folder_id CROSS JOIN roots ON roots.id = root_id
            WHERE missing_since_ms IS NOT NULL"""
        )
        return sorted((rows.joined(*row[:4]), row[4]) for row in found)

    def integrity(self) -> list[str]:
        """What SQLite's own checks find wrong with the file; empty when all is well."""
        with translated(self.path):
            try:
                found = [str(row[0]) for row in self._connection.execute("PRAGMA integrity_check")]
                orphans = self._connection.execute("PRAGMA foreign_key_check").fetchall()
            except sqlite3.DatabaseError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CORRUPT:
                    raise
                return [str(error)]
        return [line for line in found if line != "ok"] + [
            f"row {row[1]} of {row[0]} refers to nothing" for row in orphans
        ]

    def damaged_embeddings(self, space: Space) -> list[int]:
        """Embeddings that are not unit vectors of the right length."""
        damaged: list[int] = []
        with translated(self.path):
            for embedding_id, blob in self._connection.execute(
                "SELECT id, vector FROM embeddings WHERE space_id = ?", (space.id,)
            ):
                if len(blob) != 2 * space.dim or not is_unit(np.frombuffer(blob, np.float16)):
                    damaged.append(embedding_id)
        return damaged

    def select(self, query: str, values: _Values = ()) -> list[_Row]:
        """All rows of a query: for this package's own modules, which put questions together."""
        with translated(self.path):
            return self._connection.execute(query, values).fetchall()

    def _one(self, query: str, values: _Values = ()) -> _Row | None:
        with translated(self.path):
            return self._connection.execute(query, values).fetchone()


def is_unit(vectors: NDArray[np.float16]) -> NDArray[np.bool_]:
    """Which vectors (…, dim) are of unit length, as all embeddings are that were not damaged; NaN is not."""
    return np.abs(np.linalg.norm(vectors.astype(np.float32), axis=-1) - 1) < 0.01


def is_of_an_index(damage: str) -> bool:
    """Whether a line of `integrity` concerns only an index, which can be made again (SQLite's pragma.c words it so)."""
    return " missing from index " in damage or damage.startswith("wrong # of entries in index ")


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
