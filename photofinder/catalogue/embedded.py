"""Whose embedding is which: photo ids by embedding id, in memory."""

import threading

import numpy as np
from numpy.typing import NDArray

from photofinder.catalogue.listing import parsed
from photofinder.catalogue.reader import CatalogueReader


class Owners:
    """The photo of each embedding of a space. Any thread. Raises EnvironmentProblem.

    An embedding id is never used twice and never changes its photo, so what is known stays right; what is gone since is
    left out by the vector index.
    """

    def __init__(self, reader: CatalogueReader, space_id: int) -> None:
        self._reader = reader
        self._space_id = space_id
        self._lock = threading.Lock()
        self._photo_ids = np.empty(0, np.int64)

    def photo_ids(self) -> NDArray[np.int64]:
        """By embedding id: the photo, -1 where there is none. Up to date. Not to be changed."""
        with self._lock:
            known = len(self._photo_ids)
            # The index on (photo_id, space_id) has all that is asked for; the table's rows are long.
            rows = "embeddings NOT INDEXED" if known else "embeddings INDEXED BY sqlite_autoindex_embeddings_1"
            (found,) = self._reader.select(
                f"SELECT group_concat(id), group_concat(photo_id) FROM {rows} WHERE space_id = ? AND id >= ?",
                (self._space_id, known),
            )
            ids, photo_ids = parsed(found[0]), parsed(found[1])
            if len(ids):
                grown = np.full(int(ids.max()) + 1, -1, np.int64)
                grown[:known] = self._photo_ids
                grown[ids] = photo_ids
                self._photo_ids = grown
            return self._photo_ids
