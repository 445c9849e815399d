"""The first screen: which folders, what will happen, and that nothing leaves this computer."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QStandardPaths, Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from photofinder.library.bundles import Listed
from photofinder.ui import icons, theme, wording

WIDTH_PX = 620
ICON_PX = 22


def suggested_folder() -> Path | None:
    """The user's own folder for pictures, if there is one and it is not the whole home."""
    found = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    home = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.HomeLocation)
    folder = Path(found)
    return folder if found and folder != Path(home) and folder.is_dir() else None


class FirstRun(QScrollArea):
    """Shown until there is a folder. Window's thread. Folders are chosen, suggested, or dropped anywhere on it."""

    folders_chosen = Signal(list, str)
    """These folders (Path), and the name of a better encoder to be installed, or ""."""

    def __init__(self, offered: Listed | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._folders: list[Path] = []
        self._offered = offered
        self._icons: list[tuple[QLabel, str]] = []

        mark = QLabel()
        mark.setPixmap(icons.program_icon().pixmap(64, 64))
        title = QLabel(self.tr("Find your photos by describing them"))
        title.setStyleSheet("font-size: 26px; font-weight: 600;")
        title.setWordWrap(True)
        subtitle = QLabel(self.tr("PhotoFinder looks at your photos once. After that, words find them."))
        subtitle.setProperty("dim", True)
        subtitle.setStyleSheet("font-size: 15px;")
        subtitle.setWordWrap(True)

        self._rows = QVBoxLayout()
        self._rows.setSpacing(4)
        self._hint = QLabel(self.tr("Drop folders here, or choose them."))
        self._hint.setProperty("dim", True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint.setMinimumHeight(44)
        choose = QPushButton(self.tr("Choose a folder…"))
        icons.put_on(choose, "folder-add")
        choose.clicked.connect(self._choose)
        self.start = QPushButton(self.tr("Start"))
        self.start.setProperty("primary", True)
        self.start.setMinimumWidth(140)
        self.start.clicked.connect(self._start)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(self.start)
        box = QFrame()
        box.setObjectName("framed")
        inner = QVBoxLayout(box)
        inner.setContentsMargins(16, 14, 16, 14)
        inner.setSpacing(12)
        inner.addWidget(_caps(self.tr("Your folders")))
        inner.addLayout(self._rows)
        inner.addWidget(self._hint)
        inner.addWidget(choose, 0, Qt.AlignmentFlag.AlignLeft)

        column = QWidget()
        column.setMaximumWidth(WIDTH_PX)
        layout = QVBoxLayout(column)
        layout.setContentsMargins(24, 32, 24, 32)
        layout.setSpacing(10)
        layout.addWidget(mark)
        layout.addSpacing(6)
        layout.addWidget(title)
        layout.addWidget(subtitle)
        layout.addSpacing(12)
        layout.addWidget(box)
        layout.addSpacing(4)
        self.better = self._offer(layout)
        layout.addLayout(buttons)
        layout.addSpacing(14)
        for icon, head, text in (
            (
                "photos",
                self.tr("Your photos stay as they are."),
                self.tr("They are only ever read; what PhotoFinder learns is kept in a library of its own."),
            ),
            (
                "privacy",
                self.tr("Nothing leaves this computer."),
                self.tr("No account, no cloud, no statistics. It works without a network."),
            ),
            (
                "search",
                self.tr("Search from the first minute."),
                self.tr("Photos appear as they are looked at, and can be found at once. Pause whenever you like."),
            ),
        ):
            layout.addLayout(self._promise(icon, head, text))
        page = QWidget()
        page.setObjectName("ground")
        outer = QVBoxLayout(page)
        outer.addStretch(2)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(column, 1)
        row.addStretch()
        outer.addLayout(row)
        outer.addStretch(3)
        self.setWidget(page)
        suggestion = suggested_folder()
        self.set_folders([suggestion] if suggestion else [])
        self._dress()

    @property
    def folders(self) -> list[Path]:
        """The folders to be looked at."""
        return list(self._folders)

    def set_folders(self, folders: Sequence[Path]) -> None:
        """Show these folders as chosen."""
        self._folders = list(dict.fromkeys(folders))
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for folder in self._folders:
            self._rows.addWidget(self._row(folder))
        self._hint.setVisible(not self._folders)
        self.start.setEnabled(bool(self._folders))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take folders."""
        if _folders_in(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Add dropped folders; of a dropped picture, the folder it lies in."""
        self.set_folders([*self._folders, *_folders_in(event)])
        event.acceptProposedAction()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() is QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _offer(self, layout: QVBoxLayout) -> QCheckBox | None:
        if self._offered is None:
            return None
        box = QCheckBox(
            self.tr("Also get the better encoder, {0} ({1} download)").format(
                self._offered.title, wording.size(self._offered.size_bytes)
            )
        )
        note = QLabel(
            self.tr("The one that came with PhotoFinder works at once. This one understands far more, and can also be ")
            + self.tr("installed later in the preferences. Fetching it is the only time the network is used.")
        )
        note.setProperty("dim", True)
        note.setWordWrap(True)
        note.setContentsMargins(26, 0, 0, 6)
        layout.addWidget(box)
        layout.addWidget(note)
        return box

    def _row(self, folder: Path) -> QWidget:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        picture = QLabel()
        picture.setPixmap(icons.pixmap("folder", theme.current().accent, 20, self.devicePixelRatioF()))
        name = QLabel(str(folder))
        name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        remove = QToolButton()
        icons.put_on(remove, "close")
        remove.setToolTip(self.tr("Leave {} out").format(folder.name))
        remove.setAccessibleName(remove.toolTip())
        remove.clicked.connect(lambda: self.set_folders([each for each in self._folders if each != folder]))
        layout.addWidget(picture)
        layout.addWidget(name, 1)
        layout.addWidget(remove)
        return row

    def _promise(self, icon: str, head: str, text: str) -> QHBoxLayout:
        picture = QLabel()
        self._icons.append((picture, icon))
        label = QLabel(f"<b>{head}</b> {text}")
        label.setWordWrap(True)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(label, 1)
        return row

    def _dress(self) -> None:
        for label, name in self._icons:
            label.setPixmap(icons.pixmap(name, theme.current().accent, ICON_PX, self.devicePixelRatioF()))

    @Slot()
    def _choose(self) -> None:
        start = str(self._folders[-1] if self._folders else Path.home())
        chosen = QFileDialog.getExistingDirectory(self, self.tr("Choose a folder with photos"), start)
        if chosen:
            self.set_folders([*self._folders, Path(chosen)])

    @Slot()
    def _start(self) -> None:
        wanted = self._offered.name if self._offered and self.better and self.better.isChecked() else ""
        self.folders_chosen.emit(self.folders, wanted)


def _folders_in(event: QDropEvent) -> list[Path]:
    paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
    return list(dict.fromkeys(path if path.is_dir() else path.parent for path in paths if path.exists()))


def _caps(text: str) -> QLabel:
    label = QLabel(text.upper())
    label.setProperty("caps", True)
    return label
