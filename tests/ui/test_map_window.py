"""The map in the real window: it shows what the grid shows, selects in it, and narrows the search to a box."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt

from photofinder.core.clusters import View
from photofinder.core.mercator import project
from photofinder.ui import theme
from photofinder.ui.map_place import with_place, without_place
from tests.ui.programs import WAIT_MS, idle, shown

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
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
    assert not pane.clear_area.isVisible()
    pane.map.box_drawn.emit(80.0, 20.0, 90.0, 30.0)
    qtbot.waitUntil(lambda: shown(program) == ["namche.jpg"], timeout=WAIT_MS)
    assert window.top.search.words == "box:80,20,90,30"
    qtbot.mouseClick(pane.clear_area, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(shown(program)) == 4, timeout=WAIT_MS)
    assert window.top.search.words == ""
    assert not pane.clear_area.isVisible()


def drag(qtbot, widget, points, modifier):
    qtbot.mousePress(widget, Qt.MouseButton.LeftButton, modifier, points[0])
    for point in points[1:]:
        qtbot.mouseMove(widget, point)
    qtbot.mouseRelease(widget, Qt.MouseButton.LeftButton, modifier, points[-1])


def one_set(qtbot, program, pane, expected):
    """The grid, the map and the words for both show these photos, and no others."""
    window = program.window
    qtbot.waitUntil(lambda: sorted(shown(program)) == expected, timeout=WAIT_MS)
    located = [name for name in expected if name != "nowhere.jpg"]
    qtbot.waitUntil(lambda: names(program, pane.map.points.ids) == located, timeout=WAIT_MS)
    of = "" if len(expected) == 4 else f" of {len(expected)}"
    assert pane.note.text() == f"{len(located)}{of} photos say where they were taken"
    pane.map.grab()
    pictured = [pane.map.clusters.ids(number) for number in range(len(pane.map.clusters._found.shown))]
    assert names(program, np.concatenate(pictured)) == located
    said = window.top.search.words
    assert ("box:" in said or "area:" in said) == pane.clear_area.isVisible() == (len(expected) < 4)


@pytest.mark.parametrize("how", ["box", "lasso"])
def test_a_drawn_box_or_lasso_narrows_grid_map_and_counts_alike(qtbot, program, how):
    pane = show_map(qtbot, program)
    one_set(qtbot, program, pane, sorted(["nowhere.jpg", *PLACES]))
    namche = at(pane, "namche.jpg")
    if how == "box":
        drag(qtbot, pane.map, [namche - QPoint(30, 30), namche, namche + QPoint(30, 30)], SHIFT)
    else:
        turn = np.linspace(0, 2 * np.pi, 60)
        circle = [namche + QPoint(round(35 * np.cos(t)), round(35 * np.sin(t))) for t in turn]
        drag(qtbot, pane.map, circle, CONTROL)
    one_set(qtbot, program, pane, ["namche.jpg"])
    qtbot.mouseClick(pane.clear_area, Qt.MouseButton.LeftButton)
    one_set(qtbot, program, pane, sorted(["nowhere.jpg", *PLACES]))


def test_a_lasso_narrows_a_search_and_leaves_the_search_when_it_is_cleared(qtbot, program):
    window, pane = program.window, show_map(qtbot, program)
    window.do.search.trigger()
    qtbot.keyClicks(window.top.search.field, "type:jpeg")
    qtbot.waitUntil(lambda: window.browsing.query.words == "type:jpeg" and idle(program), timeout=WAIT_MS)
    pane.map.lasso_drawn.emit([(47.0, 1.0), (50.0, 1.0), (50.0, 4.0)])
    qtbot.waitUntil(lambda: sorted(shown(program)) == ["paris-2.jpg", "paris.jpg"], timeout=WAIT_MS)
    assert window.top.search.words == "type:jpeg area:47,1;50,1;50,4"
    qtbot.mouseClick(pane.clear_area, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(shown(program)) == 4, timeout=WAIT_MS)
    assert window.top.search.words == "type:jpeg"


def test_a_lasso_goes_over_the_date_line(qtbot, programs, tmp_path):
    folder = tmp_path / "sea"
    folder.mkdir()
    for number, (name, lat, lon) in enumerate((("fiji", -17, 178.5), ("taveuni", -17, -179.9), ("perth", -32, 116))):
        photo_at(folder / f"{name}.jpg", lat, lon, (60 * number, 80, 90))
    program = programs.start()
    program.window.viewing.folders_chosen.emit([folder], "")
    qtbot.waitUntil(lambda: len(program.window.grid.photos.listing) == 3 and idle(program), timeout=WAIT_MS)
    program.window.grid.setFocus()
    pane = show_map(qtbot, program)
    x, y = project(np.array(-17.0), np.array(180.0))
    pane.map.show_view(View(float(x) - 0.02, float(y) - 0.02, float(x) + 0.02, float(y) + 0.02))
    pane.map.grab()
    middle = pane.map.rect().center()
    reach = round(4 / 360 * pane.map.camera.world)
    corners = [(-reach, -20), (reach, -20), (reach, 20), (0, 25), (-reach, 20)]
    drag(qtbot, pane.map, [middle + QPoint(*corner) for corner in corners], CONTROL)
    qtbot.waitUntil(lambda: sorted(shown(program)) == ["fiji.jpg", "taveuni.jpg"], timeout=WAIT_MS)
    longitudes = [float(corner.split(",")[1]) for corner in program.window.top.search.words[5:].split(";")]
    assert min(longitudes) < -170 < 170 < max(longitudes)


def test_pointing_at_a_cluster_shows_its_thumbnails(qtbot, program):
    pane = show_map(qtbot, program)
    spot = at(pane, "paris.jpg")
    before = pane.map.grab().toImage()
    qtbot.mouseMove(pane.map, spot)
    assert pane.map._hovered.count == 2
    colours = {(60 * n, 90, 200 - 40 * n) for n in (0, 1)}

    def strip():
        image = pane.map.grab().toImage()
        return [
            image.pixelColor(x, y).getRgb()[:3]
            for x in range(max(0, spot.x() - 120), min(image.width(), spot.x() + 120), 4)
            for y in range(0, image.height(), 4)
            if image.pixelColor(x, y) != before.pixelColor(x, y)
        ]

    def shows_both():
        seen = strip()
        return all(
            any(all(abs(one - other) < 14 for one, other in zip(pixel, colour, strict=True)) for pixel in seen)
            for colour in colours
        )

    qtbot.waitUntil(shows_both, timeout=WAIT_MS)
    qtbot.mouseMove(pane.map, QPoint(3, 3))
    assert pane.map._hovered is None


def test_what_is_selected_in_the_grid_has_pins(qtbot, program):
    window, pane = program.window, show_map(qtbot, program)
    ids = {photo: number for number in window.grid.photos.listing.ids.tolist() for photo in names(program, [number])}
    window.grid.select_ids(np.array([ids["namche.jpg"], ids["nowhere.jpg"]]))
    qtbot.waitUntil(lambda: len(pane.map._pins[0]) == 1, timeout=WAIT_MS)
    pin = at(pane, "namche.jpg") - QPoint(0, 20)
    assert pane.map.grab().toImage().pixelColor(pin) == theme.current().accent
    window.grid.clearSelection()
    qtbot.waitUntil(lambda: len(pane.map._pins[0]) == 0, timeout=WAIT_MS)


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
        ("", "box:1,2,3,4"),
        ("a cat", "a cat box:1,2,3,4"),
        ("box:9,9,9,9 a cat", "a cat box:1,2,3,4"),
        ("cat OR dog", "(cat OR dog) box:1,2,3,4"),
        ("area:1,2;3,4;5,6 a cat", "a cat box:1,2,3,4"),
        ("(cat OR dog) box:9,9,9,9", "(cat OR dog) box:1,2,3,4"),
    ],
)
def test_a_box_takes_the_place_of_another_and_holds_for_every_alternative(words, boxed):
    assert with_place(words, "box:1,2,3,4") == boxed
    assert "box:" not in without_place(boxed)
