"""The photos of the grid as a Qt model: columns of numbers, and tiles only for what is or was lately seen."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractListModel,
    QDateTime,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimeZone,
    Signal,
)

from photofinder.core.types import Pick
from photofinder.library.browse import UNDATED_MS, Listing, Order, Tile
from photofinder.ui.grid_sections import Sections, sections_of
from photofinder.ui.listing_changes import Insertion, Rows, inserted, rows_of, taken

ID_ROLE = Qt.ItemDataRole.UserRole
TILE_ROLE = Qt.ItemDataRole.UserRole + 1
SCORE_ROLE = Qt.ItemDataRole.UserRole + 2

TILES_KEPT = 4_000
"""A tile takes about a kilobyte; a large screen shows some hundred."""

_MOST_RUNS = 256
"""Newcomers at more places than this are told as a reset: each place costs some calls in Qt."""

EMPTY = Listing(
    Order.NEWEST,
    np.empty(0, np.int64),
    np.empty(0, np.int64),
    np.empty(0, np.int64),
    np.empty(0, np.float32),
)
_NEAR = 1_000
Index = QModelIndex | QPersistentModelIndex


class PhotoModel(QAbstractListModel):
    """One row per photo. Lives on the window's thread; never asks the library anything itself.

    `tile` answers None until `keep_tiles` has been given the tile: painting never waits for the catalogue.
    """

    photos_inserted = Signal(object)
    """Rows (int64, ascending, counted with them) of photos that were sorted in. Comes after Qt's own signals."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._listing = EMPTY
        self._sections = sections_of(EMPTY)
        self._shown = 0
        self._tiles: OrderedDict[int, Tile] = OrderedDict()

    @property
    def listing(self) -> Listing:
        """The photos, in order."""
        return self._listing

    @property
    def sections(self) -> Sections:
        """The finest sections of the listing."""
        return self._sections

    def set_listing(self, listing: Listing, sections: Sections | None = None) -> None:
        """Show other photos, or the same ones in another order. Qt hears of a reset.

        `sections` are the listing's finest, if somebody has worked them out already.
        """
        self.beginResetModel()
        self._listing = listing
        self._sections = sections_of(listing) if sections is None else sections
        self._shown = len(listing)
        self.endResetModel()

    def insert(self, newcomers: Listing | Insertion) -> bool:
        """Sort photos in. `newcomers` is in the listing's own order; those already there are ignored.

        An `Insertion` into this very listing was worked out elsewhere before. False if they could not be sorted in
        (see `inserted`): ask for a new listing then. At very many places at once Qt hears of a reset.
        """
        if isinstance(newcomers, Listing):
            insertion = inserted(self._listing, self._sections, newcomers)
            if insertion is None:
                return False
        else:
            insertion = newcomers
            assert insertion.base is self._listing
        if not len(insertion.newcomers):
            return True
        if len(insertion.runs) > _MOST_RUNS:
            self.set_listing(insertion.listing, insertion.sections)
            return True
        self._listing, self._sections = insertion.listing, insertion.sections
        # From the end, so that the places of the runs before stay true. Between the steps only the number of rows is
        # told, and nobody but us connects to these signals and asks for more.
        for place, count in insertion.runs:
            self.beginInsertRows(QModelIndex(), place, place + count - 1)
            self._shown += count
            self.endInsertRows()
        self.photos_inserted.emit(insertion.rows)
        return True

    def remove(self, ids: Iterable[int]) -> None:
        """Take photos out. Ids that are not there are ignored. Qt hears of a reset if they are many."""
        rows = self.rows_of(ids)
        gone = np.unique(rows[rows >= 0])
        if not len(gone):
            return
        self.set_listing(taken(self._listing, np.delete(np.arange(len(self._listing)), gone)))

    def row_of(self, photo_id: int, near: int = 0) -> int | None:
        """Where a photo is, None if it is not there. Looks behind `near` first, then at all: a million take 0.5 ms."""
        ids = self._listing.ids
        found = np.flatnonzero(ids[near : near + _NEAR] == photo_id)
        if len(found):
            return near + int(found[0])
        found = np.flatnonzero(ids == photo_id)
        return int(found[0]) if len(found) else None

    def rows_of(self, ids: Iterable[int] | NDArray[np.int64]) -> Rows:
        """Rows of these photos, in the order of `ids`, -1 for those that are not there."""
        wanted = np.fromiter(ids, np.int64) if not isinstance(ids, np.ndarray) else ids.astype(np.int64)
        return rows_of(self._listing, wanted)

    # --- tiles

    def tile(self, row: int) -> Tile | None:
        """What is known of a photo, None if that was not fetched yet."""
        return self._tiles.get(int(self._listing.ids[row]))

    def keep_tiles(self, tiles: dict[int, Tile]) -> None:
        """Remember tiles; the oldest are forgotten when there are too many."""
        for photo_id, tile in tiles.items():
            self._tiles[photo_id] = tile
            self._tiles.move_to_end(photo_id)
        while len(self._tiles) > TILES_KEPT:
            self._tiles.popitem(last=False)

    def forget_tiles(self, ids: Sequence[int] | None = None) -> None:
        """Tiles of these photos (of all) have changed and are to be fetched again."""
        for photo_id in list(self._tiles) if ids is None else ids:
            self._tiles.pop(photo_id, None)

    # --- Qt

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """As Qt wants it."""
        return 0 if parent.isValid() else self._shown

    def flags(self, index: Index) -> Qt.ItemFlag:
        """As Qt wants it."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag
        return flags.ItemIsEnabled | flags.ItemIsSelectable | flags.ItemIsDragEnabled | flags.ItemNeverHasChildren

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """As Qt wants it. Nothing is fetched: None where no tile is known."""
        if not index.isValid() or index.row() >= len(self._listing):
            return None
        row = index.row()
        if role == ID_ROLE:
            return int(self._listing.ids[row])
        if role == SCORE_ROLE:
            return None if self._listing.scores is None else float(self._listing.scores[row])
        tile = self.tile(row)
        if role == TILE_ROLE:
            return tile
        if role == Qt.ItemDataRole.DisplayRole:
            return tile.name if tile else None
        if role in {Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole}:
            return self.described(row)
        return None

    def described(self, row: int) -> str:
        """A photo in words: for the tool tip, and for those who listen instead of look."""
        tile = self.tile(row)
        taken_ms = int(self._listing.taken_ms[row])
        words = [tile.name if tile else self.tr("Photo")]
        if taken_ms != UNDATED_MS:
            when = QDateTime.fromMSecsSinceEpoch(taken_ms, QTimeZone.utc())
            words.append(QLocale().toString(when, "d MMM yyyy hh:mm"))
        if tile and tile.width_px and tile.height_px:
            words.append(f"{tile.width_px} \N{MULTIPLICATION SIGN} {tile.height_px}")
        if tile and tile.rating is not None and tile.rating > 0:
            words.append(self.tr("rated {}").format(tile.rating))
        if tile and tile.pick is not Pick.NONE:
            words.append(self.tr("picked") if tile.pick is Pick.PICKED else self.tr("rejected"))
        if tile and tile.label is not None:
            words.append(self.tr("label {}").format(self.tr(tile.label.value)))
        if tile and tile.failure:
            words.append(tile.failure)
        elif tile and tile.away:
            words.append(self.tr("plug in {} to see it large").format(tile.away))
        return ", ".join(words)
