"""Columns of the photos in memory: numbers by photo id, so that a filter over a million photos takes a millisecond.

SQLite's row engine needs more than a tenth of a microsecond a row, whatever the index: a filter that leaves half of a
million photos would take longer than everything else of a search together. So a column that a filter asks for is read
once, and then kept in step by the catalogue's log of changes.
"""

import json
import threading
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photofinder.catalogue import rows
from photofinder.catalogue.listing import parsed
from photofinder.catalogue.reader import CatalogueReader

Mask = NDArray[np.bool_]
"""By photo id: true for the photos that are meant. Ids that do not exist are false."""

UNKNOWN: Final = -(2**62)
"""Stands for NULL."""

_MOST_CHANGES: Final = 10_000
_BETWEEN: Final = "\x1f"

GROUPS: Final[dict[str, tuple[str, dict[str, str]]]] = {
    # group: what it is read from, and its columns as SQL of whole numbers
    "state": ("photos", {"present": "missing_since_ms IS NULL", "embeddable": "failure_kind IS NULL"}),
    "taken": ("photos", {"taken_ms": "taken_ms", "dated": "taken_source <> 'file date'"}),
    "position": (
        f"photos {rows.WITH_ACCEPTED}",
        {
            "latitude_e7": f"CAST(round({rows.LATITUDE} * 1e7) AS INT)",
            "longitude_e7": f"CAST(round({rows.LONGITUDE} * 1e7) AS INT)",
        },
    ),
    "exposure": (
        "photos",
        {
            "iso": "iso",
            "f_e4": "CAST(round(f_number * 1e4) AS INT)",
            "exposure_ns": "CAST(round(min(exposure_s, 1e6) * 1e9) AS INT)",
            "focal_um": "CAST(round(min(focal_mm, 1e6) * 1e3) AS INT)",
        },
    ),
    "marks": (rows.PHOTOS_MARKED, {"rating": rows.RATING, "pick": rows.PICK}),
    "shape": ("photos", {"width_px": "width_px", "height_px": "height_px"}),
    "texts": (
        "photos",
        {"title": "title IS NOT NULL", "caption": "caption IS NOT NULL", "keywords": "keywords IS NOT NULL"},
    ),
    "folder": ("photos JOIN files ON photo_id = photos.id AND role = 'primary'", {"folder": "folder_id"}),
}

NAMES: Final[dict[str, tuple[str, str]]] = {
    # Columns of few different words: read as texts, kept as numbers.
    "camera": ("photos", "ifnull(make, '') || ' ' || ifnull(model, '')"),
    "lens": ("photos", "lens"),
    "format": ("photos", "format"),
    "label": (rows.PHOTOS_MARKED, "label"),
    "country": ("photos", "country_code"),
    "region": ("photos", "region"),
    "place": ("photos", "place"),
}

_GROUP_OF: Final = {column: group for group, (_, columns) in GROUPS.items() for column in columns}


@dataclass(slots=True)
class _Held:
    """What was read up to one change. Never altered: a search keeps what it began with."""

    seq: int
    size: int
    columns: dict[str, NDArray[np.int64]] = field(default_factory=dict[str, NDArray[np.int64]])
    words: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])


class PhotoColumns:
    """Columns of one catalogue, read when first asked for. Any thread. Raises EnvironmentProblem."""

    def __init__(self, reader: CatalogueReader) -> None:
        self._reader = reader
        self._lock = threading.Lock()
        self._held = _Held(-1, 0)

    def refresh(self) -> None:
        """Catch up with the catalogue: once at the beginning of a search."""
        with self._lock:
            seq, size = self._reader.select(
                """SELECT (SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = 'changes'),
                (SELECT ifnull(max(id), 0) + 1 FROM photos)"""
            )[0]
            held = self._held
            if (seq, size) == (held.seq, held.size):
                return
            fresh = _Held(seq, max(size, held.size))
            changed = self._changed_since(held.seq)
            if changed is not None:
                self._take_over(held, fresh, changed)
            self._held = fresh

    @property
    def size(self) -> int:
        """Length of masks: one more than the highest photo id."""
        return self._held.size

    def numbers(self, column: str) -> NDArray[np.int64]:
        """A column of GROUPS, by photo id; UNKNOWN where the photo does not say and where there is no photo."""
        return self._column(column, _GROUP_OF[column])

    def codes(self, column: str) -> tuple[NDArray[np.int64], dict[str, int]]:
        """A column of NAMES, by photo id, and what its numbers stand for; UNKNOWN as in `numbers`."""
        values = self._column(column, column)
        return values, self._held.words[column]

    def _column(self, column: str, group: str) -> NDArray[np.int64]:
        with self._lock:
            found = self._held.columns.get(column)
            if found is None:
                self._read(self._held, group, None)
                found = self._held.columns[column]
            return found

    def _changed_since(self, seq: int) -> list[int] | None:
        """Ids of photos that changed after `seq`; None where there are too many, or nobody knows."""
        if seq < 0:
            return None
        (oldest,) = self._reader.select("SELECT ifnull(min(seq), 0) FROM changes")[0]
        found = self._reader.select(
            "SELECT DISTINCT photo_id FROM changes WHERE seq > ? LIMIT ?", (seq, _MOST_CHANGES + 1)
        )
        if oldest > seq + 1 or len(found) > _MOST_CHANGES:
            return None
        return [photo_id for (photo_id,) in found]

    def _take_over(self, held: _Held, fresh: _Held, changed: list[int]) -> None:
        known = np.array([photo_id for photo_id in changed if photo_id < fresh.size], np.int64)
        for column, values in held.columns.items():
            grown = np.full(fresh.size, UNKNOWN, np.int64)
            grown[: len(values)] = values
            grown[known] = UNKNOWN
            fresh.columns[column] = grown
        fresh.words = {name: dict(words) for name, words in held.words.items()}
        for group in {_GROUP_OF.get(column, column) for column in held.columns}:
            self._read(fresh, group, changed)

    def _read(self, held: _Held, group: str, only: list[int] | None) -> None:
        where = "" if only is None else "WHERE photos.id IN (SELECT value FROM json_each(?))"
        values = () if only is None else (json.dumps(only),)
        if group in NAMES:
            source, text = NAMES[group]
            (found,) = self._reader.select(
                f"""SELECT group_concat(photos.id), group_concat(replace({text}, char(31), ' '), char(31)) FROM {source}
                {where or "WHERE true"} AND {text} IS NOT NULL""",
                values,
            )
            words = held.words.setdefault(group, {})
            codes = np.array(
                [words.setdefault(word, len(words)) for word in (found[1] or "").split(_BETWEEN)] if found[0] else [],
                np.int64,
            )
            self._put(held, group, parsed(found[0]), codes)
            return
        source, columns = GROUPS[group]
        listed = ", ".join(f"group_concat(ifnull({sql}, {UNKNOWN}))" for sql in columns.values())
        (found,) = self._reader.select(f"SELECT group_concat(photos.id), {listed} FROM {source} {where}", values)
        ids = parsed(found[0])
        for column, text in zip(columns, found[1:], strict=True):
            self._put(held, column, ids, parsed(text))

    def _put(self, held: _Held, column: str, ids: NDArray[np.int64], values: NDArray[np.int64]) -> None:
        kept = ids < held.size  # photos recorded after the look at the log: the next refresh brings them
        target = held.columns.setdefault(column, np.full(held.size, UNKNOWN, np.int64))
        target[ids[kept]] = values[kept]
