"""Folders, encoder, appearance, map, privacy: what the user may decide."""

from html import escape
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from photofinder.core.types import Root
from photofinder.library.locations import Locations
from photofinder.library.roots import watched
from photofinder.library.watching import How
from photofinder.ui import icons
from photofinder.ui.bridge import Bridge
from photofinder.ui.encoder_page import EncoderPage
from photofinder.ui.installing import Installing
from photofinder.ui.limits import Limits
from photofinder.ui.map_choice import ChosenGround
from photofinder.ui.map_page import MapPage
from photofinder.ui.pages import clear, dim, open_at, page_layout
from photofinder.ui.theme import Choice
from photofinder.ui.upkeep import Upkeep
from photofinder.ui.watching import in_words, said_at_length
from photofinder.ui.work_page import WorkPage


class Preferences(QDialog):
    """Window's thread. What is changed here holds at once; there is nothing to confirm."""

    theme_chosen = Signal(object)
    """A Choice."""
    limits_chosen = Signal(object)
    """Limits."""
    ground_chosen = Signal(object)
    """A ChosenGround."""

    def __init__(
        self,
        bridge: Bridge,
        upkeep: Upkeep,
        installing: Installing,
        choice: Choice,
        limits: Limits,
        ground: ChosenGround,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Preferences"))
        open_at(self, 820, 580)
        self.pages = QStackedWidget()
        self._names = QListWidget()
        self._names.setFixedWidth(180)
        self._names.setIconSize(QSize(20, 20))
        self._names.setAccessibleName(self.tr("Pages"))
        self._icon_names: list[str] = []
        self.folders = FoldersPage(bridge, upkeep)
        self.encoder = EncoderPage(bridge, upkeep, installing)
        appearance = AppearancePage(choice)
        appearance.theme_chosen.connect(self.theme_chosen)
        self.work = WorkPage(bridge, upkeep, limits)
        self.work.limits_chosen.connect(self.limits_chosen)
        self.map = MapPage(bridge, ground)
        self.map.ground_chosen.connect(self.ground_chosen)
        for icon, name, page in (
            ("folder", self.tr("Folders"), self.folders),
            ("encoder", self.tr("Encoder"), self.encoder),
            ("work", self.tr("Work and memory"), self.work),
            ("appearance", self.tr("Appearance"), appearance),
            ("map", self.tr("Map"), self.map),
            ("privacy", self.tr("Privacy"), PrivacyPage(bridge.library.where)),
        ):
            self._add(icon, name, page)
        self._names.currentRowChanged.connect(self.pages.setCurrentIndex)
        self._names.setCurrentRow(0)

        close = QPushButton(self.tr("Close"))
        close.clicked.connect(self.accept)
        close.setDefault(True)
        right = QVBoxLayout()
        right.setContentsMargins(4, 18, 20, 18)
        right.addWidget(self.pages, 1)
        right.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 0, 0, 0)
        layout.setSpacing(16)
        left = QVBoxLayout()
        left.setContentsMargins(0, 18, 0, 18)
        left.addWidget(self._names)
        layout.addLayout(left)
        layout.addLayout(right, 1)

    def open_page(self, number: int) -> None:
        """Show a page: 0 folders, 1 encoder, 2 work and memory, 3 appearance, 4 map, 5 privacy."""
        self._names.setCurrentRow(number)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() is QEvent.Type.PaletteChange:
            for row, name in enumerate(self._icon_names):
                self._names.item(row).setIcon(icons.icon(name))
        super().changeEvent(event)

    def _add(self, icon: str, name: str, page: QWidget) -> None:
        item = QListWidgetItem(icons.icon(icon), name)
        item.setSizeHint(QSize(0, 36))
        self._names.addItem(item)
        self._icon_names.append(icon)
        scroller = QScrollArea()
        scroller.setWidgetResizable(True)
        scroller.setFrameShape(QFrame.Shape.NoFrame)
        scroller.setAccessibleName(name)
        scroller.setWidget(page)
        self.pages.addWidget(scroller)


class FoldersPage(QWidget):
    """The watched folders. Window's thread."""

    def __init__(self, bridge: Bridge, upkeep: Upkeep) -> None:
        super().__init__()
        self._bridge = bridge
        self._upkeep = upkeep
        self._rows = QVBoxLayout()
        self._rows.setSpacing(6)
        add = QPushButton(self.tr("Add a folder…"))
        icons.put_on(add, "folder-add")
        add.clicked.connect(self._add)
        look = QPushButton(self.tr("Look for changes now"))
        icons.put_on(look, "retry")
        look.clicked.connect(self._look)
        buttons = QHBoxLayout()
        buttons.addWidget(add)
        buttons.addWidget(look)
        buttons.addStretch()
        layout = page_layout(
            self,
            self.tr("Folders"),
            self.tr("PhotoFinder looks at the photos in these folders and all folders inside them."),
        )
        layout.addLayout(self._rows)
        layout.addLayout(buttons)
        layout.addStretch()
        upkeep.roots_changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Ask which folders there are."""
        library = self._bridge.library
        self._bridge.errand(
            lambda: watched(library),
            self._show,
            owner=self,
        )

    def _show(self, roots: list[Root]) -> None:
        clear(self._rows)
        for root in roots:
            row = QFrame()
            row.setObjectName("framed")
            layout = QHBoxLayout(row)
            layout.setContentsMargins(12, 8, 8, 8)
            name = QLabel(root.path)
            name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            layout.addWidget(name, 1)
            known = self._upkeep.watch_states.get(root.id)
            if known is not None:
                state = QLabel(in_words(known))
                state.setToolTip(said_at_length(known))
                state.setProperty("dim" if known.how is How.WATCHED else "warning", True)
                layout.addWidget(state)
            remove = QPushButton(self.tr("Stop watching"))
            remove.clicked.connect(lambda _=False, root=root: self._ask_to_remove(root))
            layout.addWidget(remove)
            self._rows.addWidget(row)
        if not roots:
            self._rows.addWidget(dim(self.tr("There are none yet.")))

    @Slot()
    def _add(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, self.tr("Choose a folder with photos"), str(Path.home()))
        if chosen:
            self._upkeep.ingest([Path(chosen)])

    @Slot()
    def _look(self) -> None:
        self._upkeep.ingest()

    def _ask_to_remove(self, root: Root) -> None:
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(self.tr("Stop watching {}?").format(root.path))
        box.setInformativeText(
            self.tr(
                "Its photos no longer show up in PhotoFinder. The photos themselves are not touched, and if you add "
                "the folder again, everything known of them is back at once."
            )
        )
        stop = box.addButton(self.tr("Stop watching"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        stop.clicked.connect(lambda: self._upkeep.stop_watching(root))
        box.open()


class AppearancePage(QWidget):
    """The theme. Window's thread."""

    theme_chosen = Signal(object)

    def __init__(self, choice: Choice) -> None:
        super().__init__()
        layout = page_layout(
            self,
            self.tr("Appearance"),
            self.tr(
                "Photos are judged best on a dark, neutral ground. If the system asks for high contrast, it gets it."
            ),
        )
        self._group = QButtonGroup(self)
        for each, name in (
            (Choice.DARK, self.tr("Dark")),
            (Choice.LIGHT, self.tr("Light")),
            (Choice.SYSTEM, self.tr("As the system has it")),
        ):
            button = QRadioButton(name)
            button.setChecked(each is choice)
            button.toggled.connect(lambda on, each=each: on and self.theme_chosen.emit(each))
            self._group.addButton(button)
            layout.addWidget(button)
        layout.addStretch()


class PrivacyPage(QWidget):
    """What is kept and where, and that nothing leaves. Window's thread."""

    def __init__(self, where: Locations) -> None:
        super().__init__()
        layout = page_layout(self, self.tr("Privacy"), self.tr("Nothing leaves this computer."))
        for text in (
            self.tr("Photos are only ever read, never changed, moved or uploaded."),
            self.tr("Searching and looking at photos happen on this computer and need no network."),
            self.tr(
                "The one time the network is used is when you install an encoder: its files are fetched, checked "
                "against known fingerprints, and nothing about you or your photos is sent."
            ),
            self.tr("There is no account, no statistics, and no report is ever sent by itself."),
            self.tr(
                "What PhotoFinder knows of your photos lies in {0}, their thumbnails in {1}; deleting these two "
                "folders forgets it all."
            ).format(f"<b>{escape(str(where.data))}</b>", f"<b>{escape(str(where.cache))}</b>"),
        ):
            label = QLabel(f"<p style='line-height: 140%'>{text}</p>")
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            layout.addWidget(label)
        layout.addStretch()
