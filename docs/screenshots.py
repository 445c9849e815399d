"""`make screenshots`: pictures of the window for README and user guide, and the states that its tests look at.

Everything shown comes with scikit-image or is computed: nobody's own photos.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from bench.ui.driver import Driver
from docs.sample_photos import make_photos, make_track
from photofinder.ui.map_pane import MapPane
from photofinder.ui.places_dialog import PlacesDialog
from photofinder.ui.upkeep import State

SETTLE_S = 1.2
"""After something has changed: for what comes without being waited for, like the inspector or a full decode."""
SHOWN = ("grid", "results", "parts", "timeline", "places", "viewer", "compare", "first-run", "map", "map-search")
JPEG_QUALITY = 88
BRUSHED = range(18_748, 18_779)
"""May 2021, as days since 1970."""


def scenes(driver: Driver, photos: Path) -> Iterator[tuple[str, QPixmap]]:
    """The main states of the window, one after another, beginning with an empty library. Window's thread."""
    window, grid = driver.window, driver.grid
    window.show()
    driver.run(SETTLE_S)
    yield "first-run", _grabbed(window, photos)

    count = sum(1 for path in photos.rglob("*.jpg"))
    window.viewing.folders_chosen.emit([photos], "")
    driver.until(lambda: window.upkeep.state is State.IDLE and len(grid.photos.listing) == count)
    grid.show_photo(int(grid.photos.listing.ids[2]))
    grid.setFocus()
    driver.until_painted()
    driver.run(SETTLE_S)
    yield "grid", _grabbed(window, photos)

    driver.type_words("a cat")
    grid.show_photo(int(grid.photos.listing.ids[0]))
    driver.run(SETTLE_S)
    yield "results", _grabbed(window, photos)

    best = grid.photos.listing.ids[:3].tolist()
    grid.show_photo(best[0])
    window.do.view.trigger()
    driver.run(2 * SETTLE_S)
    yield "viewer", _grabbed(window, photos)
    window.do.back.trigger()

    grid.select_ids(best)
    window.do.compare.trigger()
    driver.run(2 * SETTLE_S)
    yield "compare", _grabbed(window, photos)
    window.do.back.trigger()

    driver.type_words('landscape -people date:2021 "travel"')
    driver.run(SETTLE_S)
    yield "parts", _grabbed(window, photos)

    window.top.search.clear()
    driver.until_painted(lambda: grid.photos.listing.scores is None)
    yield "timeline", _timeline(driver, photos)

    window.top.search.clear()
    driver.until_painted(lambda: len(grid.photos.listing) == count)
    grid.selectionModel().clear()
    window.do.places.trigger()
    places = window.dialogs.open["places"]
    assert isinstance(places, PlacesDialog)
    places.offset.setText("+02:00")
    places.set_track(make_track(photos.parent / "Jungfrau region.gpx"))
    driver.until(lambda: places.model.rowCount() > 0)
    driver.run(SETTLE_S)
    yield "places", _over(_grabbed(window, photos), _grabbed(places, photos))
    places.close()
    window.do.preferences.trigger()
    driver.run(SETTLE_S)
    dialog = window.dialogs.open["preferences"]
    yield "preferences", _over(_grabbed(window, photos), _grabbed(dialog, photos))
    dialog.close()
    yield from _map_scenes(driver, photos)


def _map_scenes(driver: Driver, photos: Path) -> Iterator[tuple[str, QPixmap]]:
    """The map below all photos, and below the hits of a search with a place."""
    window = driver.window
    window.do.map.trigger()
    driver.until(lambda: window.map_place.pane is not None)
    pane = window.map_place.pane
    assert pane is not None
    _settle(driver, pane)
    yield "map", _grabbed(window, photos)
    driver.type_words('mountain near:"Namche Bazaar" within 15km')
    window.grid.clearSelection()
    _settle(driver, pane)
    yield "map-search", _grabbed(window, photos)
    window.top.search.clear()
    window.do.map.trigger()


def _settle(driver: Driver, pane: MapPane) -> None:
    """Until the map has its ground, its names and its thumbnails."""
    for _ in range(2):
        driver.run(SETTLE_S)
        driver.until(lambda: pane.map.tiles.idle)
    driver.run(SETTLE_S)


def _timeline(driver: Driver, photos: Path) -> QPixmap:
    """The timeline with a brush over a month, which the search has in it."""
    window, grid = driver.window, driver.grid
    window.do.timeline.trigger()
    view = window.timeline_place.view
    assert view is not None
    driver.until(lambda: view.shown.dated > 0)
    view.days_chosen.emit(BRUSHED)
    driver.until_painted(lambda: view.brush == BRUSHED)
    grid.show_photo(int(grid.photos.listing.ids[0]))
    driver.run(SETTLE_S)
    picture = _grabbed(window, photos)
    window.do.timeline.trigger()
    return picture


def _grabbed(window: QWidget, photos: Path) -> QPixmap:
    """A picture of a window, with a made-up home where a folder of this computer would be read."""
    real = photos.parent
    for label in window.findChildren(QLabel):
        words = label.text().replace("\N{ZERO WIDTH SPACE}", "")
        if str(real) in words:
            label.setText(words.replace(str(real), "/home/ada"))
    for _ in range(3):  # shorter words make lines go, and each layout tells the one around it
        QApplication.processEvents()
    return window.grab()


def _over(window: QPixmap, dialog: QPixmap) -> QPixmap:
    """A dialog over its window, as on a screen that dims what waits."""
    painter = QPainter(window)
    painter.fillRect(window.rect(), QColor(0, 0, 0, 110))
    corner = QPoint(window.width() - dialog.width(), window.height() - dialog.height()) / 2
    painter.drawPixmap(corner, dialog)
    painter.end()
    return window


def main(folder: Path) -> None:
    """Make the pictures that the documentation shows."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    work = Path(tempfile.mkdtemp())
    try:
        os.environ["HOME"] = str(work)  # no path of this computer in a picture
        photos = make_photos(work / "Pictures")
        driver = Driver(work / "library")
        folder.mkdir(parents=True, exist_ok=True)
        for name, picture in scenes(driver, photos):
            if name in SHOWN:
                picture.save(str(folder / f"{name}.jpg"), "JPEG", JPEG_QUALITY)
        ended = driver.close()
    finally:
        shutil.rmtree(work)
    if driver.complaints or not ended:
        sys.exit("\n".join(driver.complaints) or "The window's threads did not end.")


if __name__ == "__main__":
    main(Path(__file__).parent / "pictures")
