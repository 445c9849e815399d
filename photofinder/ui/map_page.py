"""The page of the preferences where the map's ground is chosen. Window's thread."""

from html import escape
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QFileDialog, QHBoxLayout, QLabel, QPushButton, QWidget

from photofinder.core.errors import PhotoFinderError
from photofinder.library.map_files import SUFFIXES, TileFile, open_map_file
from photofinder.ui import icons
from photofinder.ui.bridge import Bridge
from photofinder.ui.map_choice import ChosenGround
from photofinder.ui.pages import dim, page_layout


class MapPage(QWidget):
    """What is chosen is looked at first; a file that cannot be used is refused with the reason, and nothing changes."""

    ground_chosen = Signal(object)
    """A ChosenGround."""

    def __init__(self, bridge: Bridge, ground: ChosenGround) -> None:
        super().__init__()
        self._bridge = bridge
        self._ground = ground
        layout = page_layout(
            self,
            self.tr("Map"),
            self.tr(
                "A map comes with PhotoFinder. A more detailed one can be drawn from a file of your own: MBTiles or "
                "PMTiles with raster tiles (PNG, JPEG, WebP). Nothing is fetched from a network, so nobody learns "
                "where your photos were taken."
            ),
        )
        self.chosen = QLabel()
        self.chosen.setWordWrap(True)
        layout.addWidget(self.chosen)
        choose = QPushButton(self.tr("Choose a map file…"))
        icons.put_on(choose, "map")
        choose.clicked.connect(self._choose)
        self.built_in = QPushButton(self.tr("Use the built-in map"))
        self.built_in.clicked.connect(lambda: self._use(ChosenGround()))
        buttons = QHBoxLayout()
        buttons.addWidget(choose)
        buttons.addWidget(self.built_in)
        buttons.addStretch()
        layout.addLayout(buttons)
        self.problem = QLabel()
        self.problem.setWordWrap(True)
        self.problem.setProperty("warning", True)
        self.problem.hide()
        layout.addWidget(self.problem)
        self.named = QCheckBox(self.tr("Write the names of places over it"))
        self.named.setChecked(ground.named)
        self.named.toggled.connect(self._name)
        layout.addWidget(self.named)
        layout.addWidget(
            dim(
                self.tr(
                    "For aerial pictures, which have no names. The built-in map always has them, and is shown wherever "
                    "the file has nothing."
                )
            )
        )
        layout.addStretch()
        self._show()

    def try_file(self, path: Path) -> None:
        """Look whether a file can be used, and use it, or say why not."""

        def look() -> TileFile:
            opened = open_map_file(path)
            opened.close()
            return opened

        self._bridge.errand(
            look, lambda _: self._use(ChosenGround(path, self.named.isChecked())), self._refuse, owner=self
        )

    @Slot()
    def _choose(self) -> None:
        kinds = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        before = str(self._ground.path.parent if self._ground.path else Path.home())
        found, _ = QFileDialog.getOpenFileName(
            self,
            self.tr("Choose a map file"),
            before,
            self.tr("Map files ({})").format(kinds) + ";;" + self.tr("All files (*)"),
        )
        if found:
            self.try_file(Path(found))

    def _use(self, ground: ChosenGround) -> None:
        self._ground = ground
        self.problem.hide()
        self._show()
        self.ground_chosen.emit(ground)

    def _refuse(self, problem: PhotoFinderError) -> None:
        self.problem.setText(str(problem))
        self.problem.show()

    @Slot(bool)
    def _name(self, named: bool) -> None:
        self._use(self._ground._replace(named=named))

    def _show(self) -> None:
        path = self._ground.path
        shown = (
            self.tr("The built-in map is used.")
            if path is None
            else f"<b>{escape(path.name)}</b><br>{escape(str(path.parent))}"
        )
        self.chosen.setText(shown)
        self.built_in.setEnabled(path is not None)
        self.named.setEnabled(path is not None)
