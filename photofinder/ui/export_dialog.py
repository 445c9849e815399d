"""How copies are to be, then how far they are, then what came of them."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QSlider,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from photofinder.core.errors import PhotoFinderError
from photofinder.library.export import Exported, Saying, Wanted
from photofinder.ui import icons, wording
from photofinder.ui.exporting import Exporting
from photofinder.ui.picture_bar import ElidedLabel

LONG_SIDES_PX = (None, 6000, 4096, 3000, 2048, 1600, 1080)
LEAST_QUALITY = 50
MOST_NAMED = 8


def usual_folder() -> Path:
    """Where copies go if nothing else was chosen yet."""
    pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    return Path(pictures or Path.home()) / "PhotoFinder"


class ExportForm(QWidget):
    """Folder, size, quality, and what copies say. Window's thread."""

    def __init__(self, before: Wanted, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = before.folder
        self._folder_name = ElidedLabel(str(before.folder))
        self._folder_name.setToolTip(str(before.folder))
        choose = QPushButton(self.tr("Choose…"))
        icons.put_on(choose, "folder")
        choose.clicked.connect(self._choose)
        self.long_side = QComboBox()
        self.long_side.setAccessibleName(self.tr("Size"))
        for long_px in LONG_SIDES_PX:
            words = self.tr("Long side {} pixels").format(long_px) if long_px else self.tr("As large as the photo")
            self.long_side.addItem(words, long_px)
        known = before.long_px if before.long_px in LONG_SIDES_PX else None
        self.long_side.setCurrentIndex(LONG_SIDES_PX.index(known))
        self.quality = QSlider(Qt.Orientation.Horizontal)
        self.quality.setRange(LEAST_QUALITY, 100)
        self.quality.setAccessibleName(self.tr("Quality"))
        self._quality_words = QLabel()
        self._quality_words.setMinimumWidth(110)
        self.quality.valueChanged.connect(self._say_quality)
        self.quality.setValue(max(LEAST_QUALITY, before.quality))
        self._say_quality(self.quality.value())
        self._saying = QButtonGroup(self)
        says = QVBoxLayout()
        says.setSpacing(0)
        for number, (saying, words) in enumerate(
            (
                (Saying.ALL, self.tr("When, where and with what they were taken, and your words and stars")),
                (Saying.NO_PLACE, self.tr("All of that but the place")),
                (Saying.NOTHING, self.tr("Nothing")),
            )
        ):
            button = QRadioButton(words)
            button.setChecked(saying is before.saying)
            self._saying.addButton(button, number)
            says.addWidget(button)
        folder = QHBoxLayout()
        folder.addWidget(self._folder_name, 1)
        folder.addWidget(choose)
        quality = QHBoxLayout()
        quality.addWidget(self.quality, 1)
        quality.addSpacing(12)
        quality.addWidget(self._quality_words)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(14)
        grid.setColumnStretch(1, 1)
        for row, (name, what) in enumerate(
            (
                (self.tr("Folder"), folder),
                (self.tr("Size"), self.long_side),
                (self.tr("Quality"), quality),
                (self.tr("They say"), says),
            )
        ):
            title = QLabel(name)
            title.setProperty("dim", True)
            title.setContentsMargins(0, 7, 0, 0)
            grid.addWidget(title, row, 0, Qt.AlignmentFlag.AlignTop)
            if isinstance(what, QWidget):
                grid.addWidget(what, row, 1)
            else:
                grid.addLayout(what, row, 1)

    @property
    def wanted(self) -> Wanted:
        """What the user has chosen."""
        saying = tuple(Saying)[self._saying.checkedId()]
        return Wanted(self._folder, LONG_SIDES_PX[self.long_side.currentIndex()], self.quality.value(), saying)

    def set_folder(self, folder: Path) -> None:
        """Write the copies there."""
        self._folder = folder
        self._folder_name.setText(str(folder))
        self._folder_name.setToolTip(str(folder))

    @Slot()
    def _choose(self) -> None:
        nearest = next((each for each in (self._folder, *self._folder.parents) if each.is_dir()), Path.home())
        chosen = QFileDialog.getExistingDirectory(self, self.tr("Folder for the copies"), str(nearest))
        if chosen:
            self.set_folder(Path(chosen))

    @Slot(int)
    def _say_quality(self, quality: int) -> None:
        words = self.tr("finest") if quality >= 95 else self.tr("fine") if quality >= 85 else self.tr("good")
        self._quality_words.setText(f"{quality} · {words if quality >= 70 else self.tr('small')}")


class ExportDialog(QDialog):
    """Window's thread. Does not hold up the window; closing it while copies are written stops that."""

    reveal_requested = Signal(str)
    """Show this path in the file manager."""

    def __init__(self, exporting: Exporting, ids: Sequence[int], before: Wanted, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._exporting = exporting
        self._ids = list(ids)
        self._copies: list[Path] = []
        self.setWindowTitle(self.tr("Export copies"))
        self.setModal(False)
        self.setMinimumWidth(560)
        heading = QLabel(self.tr("Copies of {}").format(wording.photos(len(self._ids))))
        heading.setProperty("heading", True)
        self.form = ExportForm(before)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress of the copies"))
        self._said = QLabel()
        self._said.setWordWrap(True)
        self._said.setTextFormat(Qt.TextFormat.PlainText)
        self._said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        course = QWidget()
        inner = QVBoxLayout(course)
        inner.setContentsMargins(0, 6, 0, 0)
        inner.setSpacing(12)
        inner.addWidget(self._bar)
        inner.addWidget(self._said)
        inner.addStretch()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.form)
        self._pages.addWidget(course)
        self._note = QLabel(self.tr("JPEG, in sRGB. The photos stay as they are, and nothing is ever replaced."))
        self._note.setProperty("dim", True)
        self.go = QPushButton(self.tr("Export"))
        self.go.setProperty("primary", True)
        self.go.setDefault(True)
        self.go.clicked.connect(self._start)
        self.show_copies = QPushButton(self.tr("Show the copies"))
        icons.put_on(self.show_copies, "folder")
        self.show_copies.clicked.connect(self._reveal)
        self.show_copies.hide()
        self.end = QPushButton(self.tr("Cancel"))
        self.end.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addWidget(self.show_copies)
        buttons.addStretch()
        buttons.addWidget(self.end)
        buttons.addWidget(self.go)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(16)
        for widget in (heading, self._pages, self._note):
            layout.addWidget(widget)
        layout.addLayout(buttons)
        exporting.progressed.connect(self._progressed)
        exporting.ended.connect(self._ended)
        exporting.failed.connect(self._failed)

    @property
    def said(self) -> str:
        """How far it is, or what came of it."""
        return self._said.text()

    def reject(self) -> None:
        """Qt's: Esc, Cancel, Stop, and the window's own button."""
        self._exporting.stop()
        super().reject()

    @Slot()
    def _start(self) -> None:
        self._pages.setCurrentIndex(1)
        self._progressed(0, len(self._ids))
        self.go.hide()
        self.end.setText(self.tr("Stop"))
        self._exporting.start(self._ids, self.form.wanted)

    @Slot(int, int)
    def _progressed(self, count: int, total: int) -> None:
        self._bar.setRange(0, total)
        self._bar.setValue(count)
        self._said.setText(self.tr("{0} of {1}").format(wording.count(count), wording.photos(total)))

    @Slot(object)
    def _ended(self, done: Exported) -> None:
        self._bar.hide()
        self._copies = done.copies
        self.show_copies.setVisible(bool(done.copies))
        copies = self.tr("1 copy") if len(done.copies) == 1 else self.tr("{} copies").format(len(done.copies))
        where = self.form.wanted.folder
        lines = [self.tr("{0}, {1}, in {2}").format(copies, wording.size(done.size_bytes), where)]
        if done.stopped:
            lines[0] = self.tr("Stopped: {}").format(lines[0])
        if done.failed:
            lines.append(self.tr("{} could not be copied:").format(wording.photos(len(done.failed))))
            lines += [f"{name}: {reason}" for name, reason in done.failed[:MOST_NAMED]]
            if len(done.failed) > MOST_NAMED:
                lines.append(self.tr("and {} more").format(wording.count(len(done.failed) - MOST_NAMED)))
        self._finish("\n".join(lines))

    @Slot(object)
    def _failed(self, problem: PhotoFinderError) -> None:
        self._bar.hide()
        self._finish(f"{problem.what}\n{problem.remedy}".strip())

    def _finish(self, words: str) -> None:
        self._said.setText(words)
        self.end.setText(self.tr("Close"))
        self.end.setDefault(True)

    @Slot()
    def _reveal(self) -> None:
        self.reveal_requested.emit(str(self._copies[0]))
