"""The map of the photos that the grid lists: brings their places and thumbnails to the view. Window's thread."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPixmap
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from photofinder.core.clusters import Points
from photofinder.library import positions
from photofinder.library.browse import Tile
from photofinder.ui.bridge import Bridge
from photofinder.ui.map_view import MapView, Tool
from photofinder.ui.thumbnail_loader import ThumbnailLoader, Want

Ids = NDArray[np.int64]

THUMBNAIL_PX = 64
CACHE_BYTES = 24_000_000
_WANTED_AT_MOST = 400
_TOOLS = (
    (Tool.MOVE, "Move", "Drag the map; the wheel zooms, Home shows all photos"),
    (Tool.BOX, "Box", "Draw a box around photos to list only them (shift and dragging)"),
    (Tool.LASSO, "Lasso", "Draw a line around photos to list only them (control and dragging)"),
)


class MapPane(QWidget):
    """Give it what the grid lists (`show_listing`) and what is selected (`select`); close it with `close_pane`."""

    photos_chosen = Signal(object)
    """int64[n]: the photos of a cluster that was clicked. To be selected."""
    box_drawn = Signal(float, float, float, float)
    """West, south, east, north, in degrees, for a query that stays true when photos come."""
    lasso_drawn = Signal(object)
    """list of (latitude, longitude) along a line around an area, for such a query too."""
    area_cleared = Signal()
    """The query is to have no box and no area any more."""
    photo_activated = Signal(int)
    open_wanted = Signal()
    """Enter: what is selected is to be seen large."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._asked = 0
        self._tiles: dict[int, Tile] = {}
        self.loader = ThumbnailLoader(bridge.library, self, cache_bytes=CACHE_BYTES, threads=1)
        self.map = MapView(self._thumbnail, self)
        self.note = QLabel(self)
        self.note.setProperty("dim", True)
        self.tools = QButtonGroup(self)
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 4, 8, 4)
        for number, (tool, name, tip) in enumerate(_TOOLS):
            button = QToolButton(self)
            button.setText(name)
            button.setToolTip(tip)
            button.setCheckable(True)
            button.setChecked(tool is Tool.MOVE)
            self.tools.addButton(button, number)
            bar.addWidget(button)
        self.clear_area = QPushButton(self.tr("Clear the area"), self)
        self.clear_area.setProperty("link", True)
        self.clear_area.clicked.connect(self.area_cleared)
        self.clear_area.hide()
        bar.addWidget(self.clear_area)
        bar.addStretch(1)
        bar.addWidget(self.note)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addWidget(self.map, 1)
        self.tools.idClicked.connect(self._use_tool)
        self.loader.tiles_fetched.connect(self._take_tiles)
        self.loader.thumbnails_loaded.connect(self.map.thumbnails_changed)
        self.loader.problem_met.connect(bridge.problem_met)
        self.map.problem_met.connect(bridge.problem_met)
        self.map.thumbnails_wanted.connect(self._want)
        self.map.cluster_chosen.connect(self._choose)
        self.map.box_drawn.connect(self.box_drawn)
        self.map.lasso_drawn.connect(self.lasso_drawn)
        self.map.photo_activated.connect(self.photo_activated)

    def show_listing(self, ids: Ids | None) -> None:
        """Show these photos, of those that say where they were taken; all of the library without a list."""
        self._asked += 1
        asked, listed = self._asked, None if ids is None else len(ids)

        def take(points: Points) -> None:
            if asked == self._asked:
                self.map.show_sorted(points)
                of = "" if listed is None else f" of {listed:,}"
                self.note.setText(f"{len(points):,}{of} photos say where they were taken")

        self._bridge.errand(lambda: positions.points(self._bridge.library, ids), take, owner=self)

    def select(self, ids: Ids) -> None:
        """Put pins where these photos were taken."""
        self.map.select(ids)

    def show_area(self, *, has_area: bool) -> None:
        """Offer to take the query's box or area away, if it has one."""
        self.clear_area.setVisible(has_area)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt's: Enter, which the map itself has no use for."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.open_wanted.emit()
        else:
            super().keyPressEvent(event)

    def close_pane(self) -> bool:
        """End the threads of map and thumbnails; whether they ended in time."""
        ended = self.map.close_map()
        return self.loader.close() and ended

    def _thumbnail(self, photo_id: int) -> QPixmap | None:
        painted = self.loader.cache.get(photo_id)
        return None if painted is None else painted.pixmap

    @Slot(int)
    def _use_tool(self, number: int) -> None:
        self.map.tool = _TOOLS[number][0]

    @Slot(object)
    def _want(self, ids: list[int]) -> None:
        side = round(THUMBNAIL_PX * self.devicePixelRatioF())
        wants = [Want(photo_id, side, side, visible=True) for photo_id in ids[:_WANTED_AT_MOST]]
        self.loader.want(wants, self._tiles)

    @Slot(object)
    def _take_tiles(self, tiles: dict[int, Tile]) -> None:
        if len(self._tiles) > 20_000:
            self._tiles.clear()
        self._tiles |= tiles

    @Slot(object)
    def _choose(self, ids: Ids) -> None:
        if len(ids):
            self.photos_chosen.emit(ids)
