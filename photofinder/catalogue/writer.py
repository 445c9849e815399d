"""The one write connection: every change to the catalogue goes through here, in transactions."""

import contextlib
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from photofinder.catalogue import accepted, backup, clocks, marks, rows, schema
from photofinder.catalogue.connection import open_writing, transaction, translated
from photofinder.catalogue.sequence import sequence_of
from photofinder.core.types import Ingested, Marks, Proposal, Root, Unit, Vector, Volume

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Written:
    """What one batch changed in an embedding space: ids and vectors that came, ids that went."""

    generation: int
    ids: list[int] = field(default_factory=list[int])
    vectors: list[Vector] = field(default_factory=list[Vector])
    gone: list[int] = field(default_factory=list[int])


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What the catalogue knows no more: `count` photos, embeddings by space id, fingerprints no other photo has."""

    count: int
    embeddings: dict[int, list[int]]
    fingerprints: list[bytes]


class CatalogueWriter:
    """Any thread: each change waits until the one before is committed, some milliseconds while an ingest runs.

    A catalogue from an older program is brought up to date when it is opened, after a backup of it.
    Raises EnvironmentProblem for what the computer refuses.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = open_writing(path)
        try:
            if 0 < schema.version_of(self._connection, path) < schema.VERSION:
                backup.make(path, backup.Kind.BEFORE_UPDATE)
            schema.prepare(self._connection, path)
        except BaseException:
            self._connection.close()
            raise
        self._folders: dict[tuple[int, bytes], int] = {}
        self._one_at_a_time = threading.Lock()

    def close(self) -> None:
        """Fold the write-ahead log back into the file, and let go of it."""
        with self._one_at_a_time, translated(self.path):
            try:
                self._connection.execute("PRAGMA optimize")
            except sqlite3.Error as error:  # it only makes later questions quicker; everything is committed
                _log.info("The catalogue was not optimised: %s", error)
            finally:
                self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def set(self, key: str, value: str) -> None:
        """Remember a setting of this library."""
        with self._transaction():
            self._connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, value))

    def space(self, digest: str, bundle: str, dim: int) -> int:
        """The id of an embedding space, made if it is new."""
        with self._transaction():
            self._connection.execute(
                """INSERT INTO spaces (digest, bundle, dim) VALUES (?, ?, ?)
                ON CONFLICT (digest) DO UPDATE SET bundle = excluded.bundle""",
                (digest, bundle, dim),
            )
            (space_id,) = self._connection.execute("SELECT id FROM spaces WHERE digest = ?", (digest,)).fetchone()
            return int(space_id)

    def add_root(self, volume: Volume, relative: bytes) -> Root:
        """The root at a place of a volume, made if it is new; roots inside it become part of it, keeping everything."""
        mount = os.fsencode(volume.mount)
        with self._transaction():
            self._folders.clear()
            self._connection.execute(
                """INSERT INTO roots (volume_uuid, volume_label, mount, path, added_at_ms) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (volume_uuid, path)
                DO UPDATE SET volume_label = excluded.volume_label, mount = excluded.mount""",
                (volume.uuid, rows.text(volume.label), mount, relative, _now_ms()),
            )
            (root_id,) = self._connection.execute(
                "SELECT id FROM roots WHERE volume_uuid = ? AND path = ?", (volume.uuid, relative)
            ).fetchone()
            inner = self._connection.execute(
                "SELECT id, path FROM roots WHERE volume_uuid = ? AND id <> ?", (volume.uuid, root_id)
            ).fetchall()
            prefix = relative + b"/" if relative else b""
            for inner_id, inner_path in inner:
                if inner_path.startswith(prefix):
                    self._connection.execute(
                        """UPDATE folders SET root_id = ?, path = CAST(? || iif(path = x'', x'', x'2F') || path AS BLOB)
                        WHERE root_id = ?""",
                        (root_id, inner_path[len(prefix) :], inner_id),
                    )
                    self._connection.execute("DELETE FROM roots WHERE id = ?", (inner_id,))
        return Root(int(root_id), volume, relative, rows.joined(mount, relative))

    def record(self, batch: Sequence[Ingested], space_id: int, decoder_version: int) -> Written:
        """Record a batch in one transaction. Returns what it changed in the embedding space."""
        with self._transaction():
            written = Written(generation=0)
            for item in batch:
                photo_id = self._record_photo(item, space_id, decoder_version, written)
                self._replace_files(photo_id, item.unit)
                if item.vector is not None:
                    self._forget(photo_id, "AND space_id = ?", (space_id,), space_id, written)
                    cursor = self._connection.execute(
                        "INSERT INTO embeddings (space_id, photo_id, vector) VALUES (?, ?, ?)",
                        (space_id, photo_id, rows.packed(item.vector)),
                    )
                    assert cursor.lastrowid is not None
                    written.ids.append(cursor.lastrowid)
                    written.vectors.append(item.vector)
            if written.ids:
                self._raise_generation(space_id)
            (written.generation,) = self._connection.execute(
                "SELECT generation FROM spaces WHERE id = ?", (space_id,)
            ).fetchone()
        return written

    def embed(self, found: Sequence[tuple[int, bytes, Vector]], space_id: int) -> Written:
        """Give photos an embedding in a space: photo id, the fingerprint of the content it was made from, vector.

        A photo whose content is another by now, or that has an embedding already, is left as it is.
        """
        with self._transaction():
            written = Written(generation=0)
            for photo_id, fingerprint, vector in found:
                cursor = self._connection.execute(
                    """INSERT INTO embeddings (space_id, photo_id, vector) SELECT ?, id, ? FROM photos
                    WHERE id = ? AND fingerprint = ? ON CONFLICT (photo_id, space_id) DO NOTHING""",
                    (space_id, rows.packed(vector), photo_id, fingerprint),
                )
                if cursor.rowcount:
                    assert cursor.lastrowid is not None
                    written.ids.append(cursor.lastrowid)
                    written.vectors.append(vector)
            if written.ids:
                self._raise_generation(space_id)
            (written.generation,) = self._connection.execute(
                "SELECT generation FROM spaces WHERE id = ?", (space_id,)
            ).fetchone()
        return written

    def move(self, moves: Sequence[tuple[int, Unit]]) -> None:
        """The photos are now these files; everything else they have stays."""
        with self._transaction():
            for photo_id, unit in moves:
                self._replace_files(photo_id, unit)
                self._connection.execute("UPDATE photos SET missing_since_ms = NULL WHERE id = ?", (photo_id,))

    def mark_missing(self, photo_ids: Iterable[int]) -> None:
        """The files of these photos are gone. The photos stay, with all they have, and are left out of results."""
        with self._transaction():
            self._connection.executemany(
                "UPDATE photos SET missing_since_ms = ? WHERE id = ? AND missing_since_ms IS NULL",
                [(_now_ms(), photo_id) for photo_id in photo_ids],
            )

    def mark_present(self, photo_ids: Iterable[int]) -> None:
        """The files of these photos are back, as they were."""
        with self._transaction():
            self._connection.executemany(
                "UPDATE photos SET missing_since_ms = NULL WHERE id = ?",
                [(photo_id,) for photo_id in photo_ids],
            )

    def forget(self, photo_ids: Iterable[int]) -> Forgotten:
        """Drop photos with all that is known of them."""
        count, embeddings, fingerprints = 0, dict[int, list[int]](), set[bytes]()
        with self._transaction():
            for photo_id in photo_ids:
                for embedding_id, space_id in self._connection.execute(
                    "SELECT id, space_id FROM embeddings WHERE photo_id = ?", (photo_id,)
                ):
                    embeddings.setdefault(space_id, []).append(embedding_id)
                row = self._connection.execute("SELECT fingerprint FROM photos WHERE id = ?", (photo_id,)).fetchone()
                if row is not None:
                    count += 1
                    fingerprints.update(each for each in row if each is not None)
                    self._connection.execute("DELETE FROM photos WHERE id = ?", (photo_id,))
            for space_id in embeddings:
                self._raise_generation(space_id)
            unused = [
                each
                for each in sorted(fingerprints)
                if not self._connection.execute("SELECT 1 FROM photos WHERE fingerprint = ?", (each,)).fetchone()
            ]
        return Forgotten(count, embeddings, unused)

    def put_marks(self, wanted: Mapping[int, Marks]) -> dict[int, Marks]:
        """Give photos these marks. Returns what those had before that have changed."""
        with self._transaction():
            return marks.put(self._connection, wanted)

    def change_marks(self, photo_ids: Iterable[int], change: Callable[[Marks], Marks]) -> dict[int, Marks]:
        """Make new marks of the ones these photos have. Returns what those had before that have changed."""
        with self._transaction():
            former = marks.of_photos(self._connection, photo_ids)
            return marks.put(self._connection, {photo_id: change(before) for photo_id, before in former.items()})

    def put_accepted(self, wanted: Mapping[int, Proposal | None]) -> dict[int, Proposal | None]:
        """Give photos these accepted positions, or none. Returns what those had before that have changed."""
        with self._transaction():
            return accepted.put(self._connection, wanted, _now_ms())

    def put_clock_shifts(self, shifts_ms: Mapping[int, int]) -> dict[int, int]:
        """Move photos' clocks so far. Returns what those had before that have changed; undated photos are left out.

        Raises QueryProblem, with nothing changed, where a capture time would be none that a camera can have seen.
        """
        with self._transaction():
            return clocks.put(self._connection, shifts_ms)

    def shift_clocks(self, photo_ids: Iterable[int], by_ms: int) -> dict[int, int]:
        """Move photos' clocks farther. Returns and raises as `put_clock_shifts`."""
        with self._transaction():
            former = clocks.of_photos(self._connection, photo_ids)
            return clocks.put(self._connection, {photo_id: before + by_ms for photo_id, before in former.items()})

    def put_places(self, found: Sequence[tuple[str, str, str, str, int]]) -> None:
        """Record where photos were taken: place, region, country, its code (empty where unknown), photo id."""
        with self._transaction():
            self._connection.executemany(
                # What had a position when it was looked up may have none any more: an accepted one was taken back.
                """UPDATE photos SET place = ?, region = ?, country = ?, country_code = ? WHERE id = ? AND (
                latitude IS NOT NULL OR EXISTS (SELECT 1 FROM accepted_positions WHERE photo_id = photos.id))""",
                found,
            )

    def put_album(self, name: str, query: str) -> None:
        """Keep a query under a name; one of that name is replaced."""
        with self._transaction():
            self._connection.execute("INSERT OR REPLACE INTO albums VALUES (?, ?, ?)", (name, query, _now_ms()))

    def remove_album(self, name: str) -> None:
        """Forget the query of this name."""
        with self._transaction():
            self._connection.execute("DELETE FROM albums WHERE name = ?", (name,))

    def retry_failures(self) -> None:
        """Have the next ingest try every photo again that could not be read: as if older decoders had failed."""
        with self._transaction():
            self._connection.execute("UPDATE photos SET decoder_version = -1 WHERE failure_kind IS NOT NULL")

    def scanned(self, root_id: int) -> None:
        """A scan of the whole root came to its end."""
        with self._transaction():
            self._connection.execute("UPDATE roots SET scanned_at_ms = ? WHERE id = ?", (_now_ms(), root_id))

    def indexed(self, space_id: int, generation: int) -> None:
        """The vector index of a space, as it is at this generation, is on disk."""
        with self._transaction():
            self._connection.execute("UPDATE spaces SET indexed_generation = ? WHERE id = ?", (generation, space_id))

    def forget_embeddings(self, embedding_ids: Iterable[int]) -> None:
        """Drop embeddings that were found to be damaged; their photos are embedded anew by the next ingest."""
        with self._transaction():
            ids = [(embedding_id,) for embedding_id in embedding_ids]
            self._connection.executemany("DELETE FROM embeddings WHERE id = ?", ids)
            self._connection.execute("UPDATE spaces SET generation = generation + 1")

    def remake_indexes(self) -> None:
        """Make SQLite's own indexes anew from the tables. Raises EnvironmentProblem if the tables contradict them."""
        with self._transaction():
            self._connection.execute("REINDEX")

    @contextlib.contextmanager
    def _transaction(self) -> Generator[None]:
        with self._one_at_a_time:
            try:
                with translated(self.path), transaction(self._connection):
                    yield
            except BaseException:
                self._folders.clear()  # some of them may have gone with the transaction
                raise

    def _record_photo(self, item: Ingested, space_id: int, decoder_version: int, written: Written) -> int:
        values = rows.written_values(item, decoder_version)
        if item.photo_id is None:
            marks = ", ".join("?" * (len(rows.WRITTEN_COLUMNS) + 1))
            cursor = self._connection.execute(
                f"INSERT INTO photos ({', '.join(rows.WRITTEN_COLUMNS)}, added_at_ms) VALUES ({marks})",
                (*values, _now_ms()),
            )
            assert cursor.lastrowid is not None
            return cursor.lastrowid
        if item.failure is not None:
            # What was known of the photo while it could be read still helps to find it: only the failure is noted.
            self._connection.execute(
                """UPDATE photos SET failure_kind = ?, failure_reason = ?, decoder_version = ?, missing_since_ms = NULL
                WHERE id = ?""",
                (item.failure.kind.value, rows.text(item.failure.what), decoder_version, item.photo_id),
            )
            return item.photo_id
        (before,) = self._connection.execute("SELECT fingerprint FROM photos WHERE id = ?", (item.photo_id,)).fetchone()
        if before != item.fingerprint:
            self._forget(item.photo_id, "", (), space_id, written)
        assignments = ", ".join(
            f"{column} = ?{' + clock_shift_ms' if column == 'taken_ms' else ''}" for column in rows.WRITTEN_COLUMNS
        )
        self._connection.execute(
            f"UPDATE photos SET {assignments}, missing_since_ms = NULL WHERE id = ?", (*values, item.photo_id)
        )
        return item.photo_id

    def _replace_files(self, photo_id: int, unit: Unit) -> None:
        """The photo's files are these. A photo that loses its last file to this one counts as missing, not as gone."""
        folder_id = self._folder(unit.root_id, unit.folder)
        self._connection.execute("DELETE FROM files WHERE photo_id = ?", (photo_id,))
        self._connection.execute(
            "UPDATE photos SET sequence = :counted WHERE id = :id AND sequence <> :counted",
            {"id": photo_id, "counted": sequence_of(unit.primary.name)},
        )
        robbed: set[int] = set()
        for f in unit.files:
            robbed.update(
                owner
                for (owner,) in self._connection.execute(
                    "SELECT photo_id FROM files WHERE folder_id = ? AND name = ?", (folder_id, f.name)
                )
            )
            self._connection.execute(
                """INSERT OR REPLACE INTO files (folder_id, name, photo_id, role, size_bytes, mtime_ns, inode)
                VALUES (?, ?, ?, ?, ?, ?, ?)""",
                (
                    folder_id,
                    f.name,
                    photo_id,
                    f.role.value,
                    f.stamp.size_bytes,
                    f.stamp.mtime_ns,
                    f.stamp.inode,
                ),
            )
        for owner in robbed:
            self._connection.execute(
                """UPDATE photos SET missing_since_ms = ? WHERE id = ? AND missing_since_ms IS NULL
                AND NOT EXISTS (SELECT 1 FROM files WHERE photo_id = photos.id)""",
                (_now_ms(), owner),
            )

    def _folder(self, root_id: int, path: bytes) -> int:
        key = (root_id, path)
        if key not in self._folders:
            self._connection.execute("INSERT OR IGNORE INTO folders (root_id, path) VALUES (?, ?)", key)
            (folder_id,) = self._connection.execute(
                "SELECT id FROM folders WHERE root_id = ? AND path = ?", key
            ).fetchone()
            self._folders[key] = int(folder_id)
        return self._folders[key]

    def _forget(self, photo_id: int, condition: str, values: tuple[int, ...], space_id: int, written: Written) -> None:
        """Drop embeddings of a photo; the ids that left `space_id` are added to `written.gone`."""
        found = self._connection.execute(
            f"SELECT id, space_id FROM embeddings WHERE photo_id = ? {condition}", (photo_id, *values)
        ).fetchall()
        for embedding_id, of_space in found:
            self._connection.execute("DELETE FROM embeddings WHERE id = ?", (embedding_id,))
            self._raise_generation(of_space)
            if of_space == space_id:
                written.gone.append(embedding_id)

    def _raise_generation(self, space_id: int) -> None:
        self._connection.execute("UPDATE spaces SET generation = generation + 1 WHERE id = ?", (space_id,))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
