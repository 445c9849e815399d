"""The map in the real window: it shows what the grid shows, selects in it, and narrows the search to a box."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

from photofinder.core.mercator import project
from photofinder.ui.map_place import with_box, without_box
from tests.ui.programs import WAIT_MS, Programs, idle, shown

PLACES = {"paris.jpg": (48.857, 2.352), "paris-2.jpg": (48.86, 2.35), "namche.jpg": (27.805, 86.71)}


def photo_at(path, lat, lon, colour):
    exif = Image.Exif()
    exif[0x8825] = {
        1: "N" if lat >= 0 else "S",
        2: (abs(lat), 0.0, 0.0),
        3: "E" if lon >= 0 else "W",
        4: (abs(lon), 0.0, 0.0),
    }
    Image.new("RGB", (320, 240), colour).save(path, exif=exif)


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "photos"
    made.mkdir()
    for number, (name, (lat, lon)) in enumerate(PLACES.items()):
        photo_at(made / name, lat, lon, (60 * number, 90, 200 - 40 * number))
    Image.new("RGB", (320, 240), "olive").save(made / "nowhere.jpg")
    return made


@pytest.fixture
def programs(qtbot, tmp_path):
    made = Programs(tmp_path / "library")
    yield made
    made.close_all()


@pytest.fixture
def program(qtbot, programs, folder):
    made = programs.start()
    made.window.viewing.folders_chosen.emit([folder], "")
    qtbot.waitUntil(lambda: len(made.window.grid.photos.listing) == 4 and idle(made), timeout=WAIT_MS)
    made.window.grid.setFocus()
    return made


def names(program, ids):
    known = program.library.reader.photos([int(each) for each in ids])
    return sorted(photo.location.name for photo in known.values())


def show_map(qtbot, program, points=3):
    window = program.window
    qtbot.keyClick(window.grid, Qt.Key.Key_M)
    qtbot.waitUntil(lambda: window.map_place.pane is not None, timeout=WAIT_MS)
    pane = window.map_place.pane
    qtbot.waitUntil(lambda: len(pane.map.points) == points, timeout=WAIT_MS)
    pane.map.grab()  # paints, and so knows where clusters are
    return pane


def at(pane, name):
    x, y = project(*(np.array(degrees) for degrees in PLACES[name]))
    return pane.map.camera.on_widget(float(x), float(y)).toPoint()


def test_the_map_is_made_when_it_is_wanted_and_shows_what_the_grid_shows(qtbot, program):
    window = program.window
    assert window.map_place.pane is None
    pane = show_map(qtbot, program)
    assert pane.isVisible()
    window.do.search.trigger()
    qtbot.keyClicks(window.top.search.field, "file:namche*")
    qtbot.waitUntil(lambda: len(pane.map.points) == 1, timeout=WAIT_MS)
    window.top.search.clear()
    qtbot.waitUntil(lambda: len(pane.map.points) == 3, timeout=WAIT_MS)
    window.do.map.trigger()
    assert not pane.isVisible()


def test_clicks_select_in_the_grid_and_the_selection_has_pins(qtbot, program):
    window, pane = program.window, show_map(qtbot, program)
    qtbot.mouseClick(pane.map, Qt.MouseButton.LeftButton, pos=at(pane, "paris.jpg"))
    qtbot.waitUntil(lambda: len(window.grid.selected_ids()) == 2, timeout=WAIT_MS)
    assert names(program, window.grid.selected_ids()) == ["paris-2.jpg", "paris.jpg"]
    assert len(pane.map._pins[0]) == 2
    pane.map.setFocus()
    qtbot.keyClick(pane.map, Qt.Key.Key_Return)
    assert window.viewing.is_viewing
    assert names(program, [window.viewing.viewer.photo_id])[0].startswith("paris")
    window.do.back.trigger()
    qtbot.mouseDClick(pane.map, Qt.MouseButton.LeftButton, pos=at(pane, "namche.jpg"))
    assert names(program, [window.viewing.viewer.photo_id]) == ["namche.jpg"]


def test_a_box_narrows_the_query_and_is_cleared_again(qtbot, program):
    window, pane = program.window, show_map(qtbot, program)
    assert not pane.clear_box.isVisible()
    pane.map.box_drawn.emit(80.0, 20.0, 90.0, 30.0)
    qtbot.waitUntil(lambda: shown(program) == ["namche.jpg"], timeout=WAIT_MS)
    assert window.top.search.words == "box:80.0000,20.0000,90.0000,30.0000"
    qtbot.mouseClick(pane.clear_box, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(shown(program)) == 4, timeout=WAIT_MS)
    assert window.top.search.words == ""
    assert not pane.clear_box.isVisible()


def test_the_map_is_there_again_the_next_time_after_the_photos(qtbot, program, programs):
    show_map(qtbot, program)
    programs.close(program)
    again = programs.start()
    assert again.window.map_place.pane is None, "the first photos do not wait for it"
    qtbot.waitUntil(lambda: again.window.map_place.pane is not None, timeout=WAIT_MS)
    pane = again.window.map_place.pane
    qtbot.waitUntil(lambda: len(pane.map.points) == 3, timeout=WAIT_MS)


@pytest.mark.parametrize(
    ("words", "boxed"),
    [
        ("", "box:1.0000,2.0000,3.0000,4.0000"),
        ("a cat", "a cat box:1.0000,2.0000,3.0000,4.0000"),
        ("box:9,9,9,9 a cat", "a cat box:1.0000,2.0000,3.0000,4.0000"),
        ("cat OR dog", "(cat OR dog) box:1.0000,2.0000,3.0000,4.0000"),
        ("(cat OR dog) box:9,9,9,9", "(cat OR dog) box:1.0000,2.0000,3.0000,4.0000"),
    ],
)
def test_a_box_takes_the_place_of_another_and_holds_for_every_alternative(words, boxed):
    assert with_box(words, (1, 2, 3, 4)) == boxed
    assert "box:" not in without_box(boxed)
