"""The user's own map file as the ground: painted where it has tiles, the built-in map elsewhere; chosen, remembered."""

import os
import time

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QColor, QPixmap

from photofinder.core.mercator import project
from photofinder.library.map_files import open_map_file
from photofinder.ui import theme
from photofinder.ui.map_choice import ChosenGround
from photofinder.ui.map_file_ground import FileGround
from photofinder.ui.map_ground import DARK, Tile, ground
from photofinder.ui.map_view import MapView
from photofinder.ui.preferences import Preferences
from tests.ui.programs import WAIT_MS, idle
from tests.unit.test_map_files import mbtiles, picture, pmtiles

EUROPE = (4, 8, 5)  # zoom, column, row: Germany, Poland


def tile(zoom, column, row, side_px=256):
    return Tile(zoom, column, row, side_px, 1.0, dark=True)


def colours(image):
    return {image.pixelColor(x, y).name() for x in range(2, image.width(), 16) for y in range(2, image.height(), 16)}


def painted(path, *wanted):
    file_ground = FileGround(open_map_file(path))
    images = [file_ground(each) for each in wanted]
    file_ground.close()
    return images


@pytest.mark.parametrize("make", [mbtiles, pmtiles])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_tile_of_the_file_is_painted_in_its_place_and_the_built_in_map_beside_it(tmp_path, qapp, make, kind):
    path = make(tmp_path / "map", {EUROPE: picture((0, 128, 0), kind)})
    here, beside = painted(path, tile(*EUROPE), tile(4, 7, 5))
    greens = [QColor(name) for name in colours(here)]
    assert all(each.green() > 120 > 10 > max(each.red(), each.blue()) for each in greens)
    assert beside == ground(tile(4, 7, 5))


def test_where_there_are_no_finer_tiles_the_finest_are_enlarged(tmp_path, qapp):
    halves = Image.new("RGB", (256, 256), "red")
    halves.paste("blue", (128, 0, 256, 256))
    halves.save(tmp_path / "halves.png")
    path = mbtiles(tmp_path / "map", {EUROPE: (tmp_path / "halves.png").read_bytes()})
    west, east = painted(path, tile(5, 16, 10), tile(5, 17, 11))
    assert colours(west) == {"#ff0000"}
    assert colours(east) == {"#0000ff"}


def test_on_sharp_screens_finer_tiles_are_taken(tmp_path, qapp):
    zoom, column, row = EUROPE
    four = {(zoom + 1, 2 * column + x, 2 * row + y): picture((100 * x, 100 * y, 0)) for x in (0, 1) for y in (0, 1)}
    path = mbtiles(tmp_path / "map", four | {EUROPE: picture("white")})
    usual, sharp = painted(path, tile(*EUROPE), tile(*EUROPE, side_px=512))
    assert colours(usual) == {"#ffffff"}
    assert colours(sharp) == {"#000000", "#640000", "#006400", "#646400"}


def test_half_transparent_tiles_lie_on_the_built_in_map(tmp_path, qapp):
    path = mbtiles(tmp_path / "map", {EUROPE: picture_of_rails()})
    (image,) = painted(path, tile(*EUROPE))
    assert image.pixelColor(128, 10) == QColor("yellow")
    assert image.pixelColor(30, 60) == ground(tile(*EUROPE)).pixelColor(30, 60)


def picture_of_rails():
    import io

    rails = Image.new("RGBA", (256, 256), (0, 0, 0, 0))
    rails.paste((255, 255, 0, 255), (120, 0, 136, 256))
    packed = io.BytesIO()
    rails.save(packed, "PNG")
    return packed.getvalue()


@pytest.fixture
def view(qtbot):
    theme.use(theme.DARK)
    shown = MapView(lambda photo_id: QPixmap())
    shown.resize(600, 500)
    qtbot.addWidget(shown)
    shown.show()
    yield shown
    assert shown.close_map()


def look_at_europe(view):
    x, y = project(np.array(49.0), np.array(26.0))
    view.camera = type(view.camera)(float(x), float(y), 256.0 * 2**4, view.camera.size)
    view.step = 16


def test_a_damaged_tile_is_told_once_and_the_built_in_map_shown(qtbot, view, tmp_path):
    broken = {
        (zoom, column, row): b"\x89PNG\r\n\x1a\nno"
        for zoom, column, row in [(4, c, r) for c in range(16) for r in range(16)]
    }
    told = []
    view.problem_met.connect(told.append)
    file_ground = FileGround(open_map_file(mbtiles(tmp_path / "alps.mbtiles", broken)))
    view.use_ground(file_ground)
    look_at_europe(view)
    qtbot.waitUntil(lambda: view.grab().toImage().pixelColor(300, 250) == DARK.land, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: view.tiles.idle, timeout=WAIT_MS)
    assert [str(each).split(" is")[0] for each in told] == ["A tile of the map file alps.mbtiles"]
    view.tiles.run(file_ground.released)


def test_frames_do_not_wait_for_the_file(qtbot, view):
    """However slow the file is: what is there is painted meanwhile."""

    def slow(wanted, _breathe):
        time.sleep(0.4)
        return ground(wanted)

    view.use_ground(slow)
    look_at_europe(view)
    began = time.thread_time(), time.perf_counter()
    for _ in range(3):
        view.move_by(300, 0)
        view.grab()
    assert not view.tiles.idle
    assert time.perf_counter() - began[1] < 3 * 0.4 * 4, "twelve tiles would take far longer"


def start(qtbot, programs, tmp_path):
    folder = tmp_path / "photos"
    if not folder.exists():
        folder.mkdir()
        Image.new("RGB", (320, 240), "olive").save(folder / "one.jpg")
    program = programs.start()
    if not len(program.window.grid.photos.listing):
        program.window.viewing.folders_chosen.emit([folder], "")
    qtbot.waitUntil(lambda: len(program.window.grid.photos.listing) == 1 and idle(program), timeout=WAIT_MS)
    if not program.window.do.map.isChecked():
        program.window.do.map.trigger()
    qtbot.waitUntil(lambda: program.window.map_place.pane is not None, timeout=WAIT_MS)
    return program


def is_red(pane):
    image = pane.map.grab().toImage()
    return image.pixelColor(image.width() // 2, image.height() // 2) == QColor("red")


def test_a_map_file_is_chosen_in_the_preferences_and_remembered(qtbot, programs, tmp_path):
    path = mbtiles(
        tmp_path / "topo.mbtiles",
        {(z, c, r): picture("red") for z in range(4) for c in range(1 << z) for r in range(1 << z)},
        attribution="Ada",
    )
    program = start(qtbot, programs, tmp_path)
    pane = program.window.map_place.pane
    program.window.do.preferences.trigger()
    preferences = program.window.dialogs.open["preferences"]
    assert isinstance(preferences, Preferences)
    preferences.map.try_file(path)
    qtbot.waitUntil(lambda: is_red(pane), timeout=WAIT_MS)
    assert pane.map.attribution == "Ada · Natural Earth, GeoNames"
    assert "topo.mbtiles" in preferences.map.chosen.text()
    preferences.map.named.click()
    assert not program.window.map_place._state.ground.named
    preferences.close()
    programs.close(program)
    again = start(qtbot, programs, tmp_path)
    pane = again.window.map_place.pane
    qtbot.waitUntil(lambda: is_red(pane), timeout=WAIT_MS)
    assert not pane.map._named
    again.window.map_place.choose_ground(ChosenGround())
    qtbot.waitUntil(lambda: not is_red(pane), timeout=WAIT_MS)
    assert pane.map._named


def test_a_file_that_cannot_be_used_is_refused_with_the_reason(qtbot, programs, tmp_path):
    program = start(qtbot, programs, tmp_path)
    program.window.do.preferences.trigger()
    page = program.window.dialogs.open["preferences"].map
    page.try_file(mbtiles(tmp_path / "streets.mbtiles", {(0, 0, 0): b"\x1a"}, format="pbf"))
    qtbot.waitUntil(lambda: not page.problem.isHidden(), timeout=WAIT_MS)
    assert "vector tiles" in page.problem.text()
    assert "built-in map is used" in page.chosen.text()
    assert program.window.map_place._state.ground == ChosenGround()
    program.window.dialogs.open["preferences"].close()


def test_a_file_that_is_away_at_the_next_start_leaves_the_built_in_map_and_is_still_chosen(qtbot, programs, tmp_path):
    path = mbtiles(tmp_path / "topo.mbtiles", {(0, 0, 0): picture("red")})
    program = start(qtbot, programs, tmp_path)
    program.window.map_place.choose_ground(ChosenGround(path))
    pane = program.window.map_place.pane
    qtbot.waitUntil(lambda: is_red(pane), timeout=WAIT_MS)
    programs.close(program)
    os.rename(path, tmp_path / "elsewhere")
    again = start(qtbot, programs, tmp_path)
    pane = again.window.map_place.pane
    qtbot.waitUntil(lambda: not pane.ground_note.isHidden(), timeout=WAIT_MS)
    assert pane.ground_note.text() == "topo.mbtiles cannot be shown"
    assert "plugged in" in pane.ground_note.toolTip()
    assert not is_red(pane)
    assert again.window.map_place._state.ground.path == path
