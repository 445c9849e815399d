"""What the catalogue knows of files: the questions of a scan."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from photofinder.catalogue import rows
from photofinder.catalogue.reader import CatalogueReader
from photofinder.core.errors import FailureKind
from photofinder.core.types import Stamp

KnownFile = tuple[bytes, int, int, int, int, str]
"""name, size_bytes, mtime_ns, inode, photo_id, role: a plain row, because a folder may hold thousands."""

_NO_PLACE_OF_ITS_OWN = """(EXISTS (SELECT 1 FROM accepted_positions WHERE photo_id = {})
    OR NOT EXISTS (SELECT 1 FROM accepted_positions WHERE photo_id = photos.id))"""


class KnownFiles:
    """Any thread may use it, as its reader. Raises EnvironmentProblem."""

    def __init__(self, reader: CatalogueReader) -> None:
        self._reader = reader

    def folders(self, root_id: int) -> dict[bytes, int]:
        """The folders known under a root: relative path → folder id."""
        return dict(self._reader.select("SELECT path, id FROM folders WHERE root_id = ?", (root_id,)))

    def folder_files(self, folder_id: int) -> dict[bytes, KnownFile]:
        """The files known in one folder, by name."""
        return {
            row[0]: row
            for row in self._reader.select(
                "SELECT name, size_bytes, mtime_ns, inode, photo_id, role FROM files WHERE folder_id = ?",
                (folder_id,),
            )
        }

    def folder_stamps(self, folder_id: int) -> tuple[dict[bytes, tuple[int, int]], int]:
        """Size and modification time of the files known in one folder, by name; and how many photos they make.

        All that most of a rescan needs. SQLite strings each column together, and one row comes back: fetching a row
        for every file takes three times as long. No name holds a "/".
        """
        (row,) = self._reader.select(
            """SELECT CAST(group_concat(name, '/') AS BLOB), group_concat(size_bytes), group_concat(mtime_ns),
            count(*) FILTER (WHERE role = 'primary') FROM files WHERE folder_id = ?""",
            (folder_id,),
        )
        if row[0] is None:
            return {}, 0
        sizes, times = (np.fromstring(column, np.int64, sep=",").tolist() for column in row[1:3])
        return dict(zip(row[0].split(b"/"), zip(sizes, times, strict=True), strict=True)), row[3]

    def missing_by_folder(self) -> dict[int, int]:
        """Folder id → how many of its photos are missing; folders without are left out."""
        return dict(
            self._reader.select(
                """SELECT folder_id, count(*) FROM photos JOIN files ON photo_id = photos.id AND role = 'primary'
                WHERE missing_since_ms IS NOT NULL GROUP BY folder_id"""
            )
        )

    def missing_ids(self) -> set[int]:
        """Photos whose files were gone when last looked for."""
        return {
            photo_id for (photo_id,) in self._reader.select("SELECT id FROM photos WHERE missing_since_ms IS NOT NULL")
        }

    def size_is_known(self, size_bytes: int) -> bool:
        """Whether any photo has this size: without one, a new file cannot be a moved photo."""
        # INDEXED BY: where many photos are of one size, SQLite would rather look through all files for another.
        query = "SELECT 1 FROM files INDEXED BY files_by_size WHERE size_bytes = ? AND role = 'primary' LIMIT 1"
        return bool(self._reader.select(query, (size_bytes,)))

    def primaries_of_size(self, size_bytes: int) -> list[tuple[int, int, str, Stamp, bytes | None]]:
        """Photos of a size: photo id, root id, path, stamp, fingerprint."""
        return [
            (row[0], row[1], rows.joined(*row[2:6]), Stamp(size_bytes, row[6], row[7]), row[8])
            for row in self._reader.select(
                """SELECT photos.id, roots.id, mount, roots.path, folders.path, name, mtime_ns, inode, fingerprint
                FROM files JOIN photos ON photos.id = photo_id JOIN folders ON folders.id = folder_id
                JOIN roots ON roots.id = root_id WHERE size_bytes = ? AND role = 'primary'""",
                (size_bytes,),
            )
        ]

    def orphans(self, since_ms: int) -> dict[bytes, int]:
        """Fingerprint → id of the photos whose every place was taken by others since then: the first half of a swap."""
        query = """SELECT fingerprint, id FROM photos WHERE missing_since_ms >= ? AND fingerprint IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM files WHERE photo_id = photos.id AND role = 'primary') ORDER BY id DESC"""
        return dict(self._reader.select(query, (since_ms,)))

    def heirs(self, photo_id: int, since_ms: int) -> list[int]:
        """Photos, present or not, of the same content, that came after this one and after `since_ms`, unmarked.

        A shifted clock is a mark, too, and so is a place that was accepted for the copy alone: what the user said of a
        copy is not to be lost with it.
        """
        query = f"""SELECT photos.id FROM photos LEFT JOIN marks ON marks.photo_id = photos.id
            WHERE fingerprint = (SELECT fingerprint FROM photos WHERE id = :id) AND photos.id > :id
            AND added_at_ms >= :since_ms AND marks.photo_id IS NULL AND clock_shift_ms = 0
            AND {_NO_PLACE_OF_ITS_OWN.format(":id")} ORDER BY photos.id"""
        return [heir_id for (heir_id,) in self._reader.select(query, {"id": photo_id, "since_ms": since_ms})]

    def elders(self, heir_ids: Iterable[int], since_ms: int) -> dict[int, int]:
        """For those of these photos that are unmarked and came after `since_ms`: who went since then, being the same.

        By the id of the one that went; of its heirs the first.
        """
        query = f"""SELECT elder.id, min(photos.id) FROM photos JOIN photos AS elder USING (fingerprint)
            LEFT JOIN marks ON marks.photo_id = photos.id
            WHERE photos.id IN (SELECT value FROM json_each(:heirs)) AND elder.id < photos.id
            AND photos.added_at_ms >= :since_ms AND elder.missing_since_ms >= :since_ms AND marks.photo_id IS NULL
            AND photos.clock_shift_ms = 0 AND {_NO_PLACE_OF_ITS_OWN.format("elder.id")}
            GROUP BY elder.id ORDER BY elder.id"""
        return dict(self._reader.select(query, {"heirs": json.dumps(sorted(heir_ids)), "since_ms": since_ms}))

    def unfinished(self, root_id: int, space_id: int, decoder_version: int) -> list[int]:
        """Photos of a root with work left: no embedding in the space yet, or a failure worth another try.

        A failure is tried again when the decoders have changed since, or when it was the computer's doing.
        """
        values = {"root": root_id, "space": space_id, "version": decoder_version, "denied": FailureKind.DENIED.value}
        again = self._present_photos(
            "failure_kind IS NOT NULL AND (decoder_version <> :version OR failure_kind = :denied)", values
        )
        # Counting first: after nearly every scan nothing is left, and counts come from indexes.
        without_embedding, failed_without = self._reader.select(
            """SELECT (SELECT count(*) FROM photos) - (SELECT count(*) FROM embeddings WHERE space_id = :space),
            (SELECT count(*) FROM photos WHERE failure_kind IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM embeddings WHERE photo_id = photos.id AND space_id = :space))""",
            values,
        )[0]
        if without_embedding == failed_without:
            return again
        return again + self._present_photos(
            """failure_kind IS NULL AND NOT EXISTS (
                SELECT 1 FROM embeddings WHERE photo_id = photos.id AND space_id = :space)""",
            values,
        )

    def _present_photos(self, condition: str, values: Mapping[str, Any]) -> list[int]:
        found = self._reader.select(
            # CROSS JOIN is SQLite's way to say: in this order, the few photos first.
            f"""SELECT DISTINCT photos.id FROM photos
            CROSS JOIN files ON files.photo_id = photos.id AND role = 'primary'
            CROSS JOIN folders ON folders.id = folder_id
            WHERE root_id = :root AND missing_since_ms IS NULL AND {condition}""",
            values,
        )
        return [photo_id for (photo_id,) in found]
