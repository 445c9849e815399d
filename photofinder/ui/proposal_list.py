"""Proposed places as a table: which photo, when, where, from what, how sure. Fetches nothing itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QAbstractTableModel,
    QDateTime,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimeZone,
)
from PySide6.QtGui import QImage, QPixmap

from photofinder.core.types import How
from photofinder.library.proposing import Proposals

THUMBNAIL_PX = 44
_KEPT = 4_000
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of one proposal besides its numbers; `thumbnail` is None where there is none."""

    name: str
    place: str
    how: How
    source: str
    thumbnail: QImage | None


class ProposalModel(QAbstractTableModel):
    """Those proposals that are sure enough. Window's thread. `keep` brings what `missing` says is to be fetched."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._found: Proposals | None = None
        self._rows = np.empty(0, np.int64)
        self._shown: dict[int, tuple[Shown, QPixmap | None]] = {}

    @property
    def rows(self) -> NDArray[np.int64]:
        """The proposals that are shown, as rows of all."""
        return self._rows

    @property
    def proposals(self) -> Proposals | None:
        """All proposals, also those that are not sure enough."""
        return self._found

    def show_proposals(self, found: Proposals | None, least: float) -> None:
        """Show these, from a confidence (0 to 1) on."""
        self.beginResetModel()
        if found is not self._found:
            self._shown.clear()
        self._found = found
        self._rows = np.empty(0, np.int64) if found is None else np.flatnonzero(found.confidence >= least)
        self.endResetModel()

    def missing(self, first: int, last: int) -> list[int]:
        """The proposals between two lines of the table of which nothing is known yet, as rows of all."""
        return [row for row in self._rows[first : last + 1].tolist() if row not in self._shown]

    def keep(self, found: Proposals, shown: dict[int, Shown]) -> None:
        """What is shown of some proposals; ignored if others are shown by now."""
        if found is not self._found or not shown:
            return
        if len(self._shown) > _KEPT:
            self._shown.clear()
        for row, each in shown.items():
            self._shown[row] = each, None if each.thumbnail is None else QPixmap.fromImage(each.thumbnail)
        first, last = (int(np.searchsorted(self._rows, row)) for row in (min(shown), max(shown)))
        self.dataChanged.emit(self.index(first, 0), self.index(min(last, len(self._rows) - 1), self.columnCount() - 1))

    def chosen(self, indexes: Sequence[QModelIndex]) -> list[int]:
        """The proposals in these lines, as rows of all."""
        return [int(self._rows[index.row()]) for index in indexes]

    # --- Qt

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """As Qt wants it."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """As Qt wants it."""
        return 0 if parent.isValid() else 5

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | Qt.AlignmentFlag | None:
        """As Qt wants it."""
        if section == 4 and role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if orientation is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return (self.tr("Photo"), self.tr("Taken"), self.tr("Place"), self.tr("From"), self.tr("Confidence"))[section]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """As Qt wants it. Texts are empty until they are brought."""
        if self._found is None or not index.isValid():
            return None
        row = int(self._rows[index.row()])
        shown, pixmap = self._shown.get(row, (None, None))
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            return pixmap
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == 4:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            return self._text(row, index.column(), shown)
        return None

    def _text(self, row: int, column: int, shown: Shown | None) -> str:
        assert self._found is not None
        if column == 1:
            when = QDateTime.fromMSecsSinceEpoch(int(self._found.wall_ms[row]), QTimeZone.utc())
            return QLocale().toString(when, "d MMM yyyy hh:mm")
        if column == 4:
            return f"{self._found.confidence[row]:.0%}"
        if shown is None:
            return ""
        if column == 3:
            apart_s = float(self._found.apart_s[row])
            apart = f"{apart_s:.0f} s" if apart_s < 90 else f"{apart_s / 60:.0f} min"
            return f"{shown.source}, {apart}"
        return shown.name if column == 0 else shown.place
