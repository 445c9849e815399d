"""How hard PhotoFinder works in the background, and how much memory and disk it takes for quickness."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QWidget

from photofinder.library.library import Library
from photofinder.ui import wording
from photofinder.ui.bridge import Bridge
from photofinder.ui.limits import PICTURES_MB, PREVIEWS_MB, THUMBNAILS_MB, Limits
from photofinder.ui.pages import dim, page_layout
from photofinder.ui.upkeep import Upkeep

MEGABYTE = 1_000_000


class WorkPage(QWidget):
    """Window's thread. What is changed holds at once."""

    limits_chosen = Signal(object)
    """Limits."""

    def __init__(self, bridge: Bridge, upkeep: Upkeep, limits: Limits) -> None:
        super().__init__()
        self._limits = limits
        layout = page_layout(
            self, self.tr("Work and memory"), self.tr("How much of this computer PhotoFinder may have for itself.")
        )
        self.gentle = QCheckBox(self.tr("Work gently in the background"))
        self.gentle.setChecked(upkeep.gentle)
        self.gentle.toggled.connect(upkeep.set_gentle)
        upkeep.gentle_changed.connect(self._show_gentle)
        layout.addWidget(self.gentle)
        layout.addWidget(
            _below(
                self.tr(
                    "Photos are looked at one at a time, and every other program comes first. It takes longer: about "
                    "as many times as this computer has cores."
                )
            )
        )
        layout.addSpacing(10)
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        self.thumbnails = self._row(
            grid,
            self.tr("Thumbnails in memory"),
            self.tr("More of them: scrolling back shows photos at once. 96 MB are about thirty screens full."),
            THUMBNAILS_MB,
            limits.thumbnails_mb,
            lambda chosen: self._limits._replace(thumbnails_mb=chosen),
        )
        self.pictures = self._row(
            grid,
            self.tr("Photos in the viewer"),
            self.tr("More: neighbours and comparisons stay sharp. A photo of 24 megapixels takes about 130 MB."),
            PICTURES_MB,
            limits.pictures_mb,
            lambda chosen: self._limits._replace(pictures_mb=chosen),
        )
        self.previews = self._row(
            grid,
            self.tr("Previews on disk"),
            self.tr("Kept of photos that were opened, so that they open at once. 1 GB holds about 5,000 of them."),
            PREVIEWS_MB,
            limits.previews_mb,
            lambda chosen: self._limits._replace(previews_mb=chosen),
        )
        layout.addLayout(grid)
        self.used = dim("")
        layout.addWidget(self.used)
        layout.addStretch()
        library = bridge.library
        bridge.errand(lambda: _size_bytes(library), self._show_used, owner=self)

    def _row(
        self,
        grid: QGridLayout,
        name: str,
        why: str,
        choices: Sequence[int],
        chosen: int,
        with_choice: Callable[[int], Limits],
    ) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        box.setMinimumWidth(120)
        for megabytes in sorted({*choices, chosen}):
            box.addItem(wording.size(megabytes * MEGABYTE), megabytes)
        box.setCurrentIndex(box.findData(chosen))
        box.activated.connect(lambda _: self._choose(with_choice(int(box.currentData()))))
        row = grid.rowCount()
        grid.addWidget(QLabel(name), row, 0)
        grid.addWidget(box, row, 2)
        grid.addWidget(dim(why), row + 1, 0, 1, 3)
        grid.setRowMinimumHeight(row + 2, 8)
        return box

    def _choose(self, limits: Limits) -> None:
        self._limits = limits
        self.limits_chosen.emit(limits)

    def _show_used(self, size_bytes: int) -> None:
        self.used.setText(self.tr("Thumbnails and previews take {} on disk now.").format(wording.size(size_bytes)))

    @Slot(bool)
    def _show_gentle(self, gentle: bool) -> None:
        with QSignalBlocker(self.gentle):
            self.gentle.setChecked(gentle)


def _below(text: str) -> QLabel:
    label = dim(text)
    label.setContentsMargins(26, 0, 0, 0)
    return label


def _size_bytes(library: Library) -> int:
    return library.thumbnails.size_bytes()
