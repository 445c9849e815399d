"""The map: what it paints, what hands do to it, and that it shows the same photos as everything else."""

import threading

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QPixmap, QWheelEvent
from PySide6.QtWidgets import QApplication

from photofinder.core.clusters import View
from photofinder.core.mercator import project
from photofinder.core.outline import enclosed
from photofinder.ui import theme
from photofinder.ui.map_boxes import meeting, nearest
from photofinder.ui.map_ground import DARK, Tile, ground, with_heat
from photofinder.ui.map_labels import placed
from photofinder.ui.map_marks import short
from photofinder.ui.map_view import MapView, Tool

HOME = ("Paris", 48.857, 2.352), ("Berlin", 52.517, 13.389), ("Namche", 27.805, 86.71)


def square(lat, lon, degrees=1.0):
    (left, right), (bottom, top) = project(
        np.array([lat - degrees, lat + degrees]), np.array([lon - degrees, lon + degrees])
    )
    return View(left, top, right, bottom)


@pytest.fixture
def view(qtbot):
    theme.use(theme.DARK)
    red = QPixmap(64, 64)
    red.fill("red")
    shown = MapView(lambda photo_id: red if photo_id < 100 else None)
    shown.resize(800, 600)
    qtbot.addWidget(shown)
    shown.show()
    yield shown
    assert shown.close_map()


def give(view, count=60):
    """Photos 0 to count - 1, a third of them at each place."""
    ids = np.arange(count)
    lat, lon = (np.array([HOME[n % 3][axis] for n in range(count)]) for axis in (1, 2))
    view.show_points(ids, lat, lon)
    return ids


def at(view, number):
    x, y = project(np.array(HOME[number][1]), np.array(HOME[number][2]))
    return view.camera.on_widget(float(x), float(y)).toPoint()


def colour_of(tile_box_lat_lon, zoom=5):
    """What is painted at a place."""
    x, y = (float(axis) * 2**zoom for axis in project(*(np.array(degree) for degree in tile_box_lat_lon)))
    image = ground(Tile(zoom, int(x), int(y), 256, 1.0, dark=True))
    return image.pixelColor(int(x % 1 * 256), int(y % 1 * 256))


@pytest.mark.parametrize("zoom", [1, 4, 8])
def test_land_is_land_and_sea_is_sea(zoom):
    assert colour_of((49.0, 26.0), zoom) == DARK.land
    assert colour_of((-75.0, 100.0), zoom) == DARK.land  # around the pole
    assert colour_of((66.9, 179.5), zoom) == DARK.land  # Chukotka, on both sides of the 180th meridian
    assert colour_of((66.9, -179.0), zoom) == DARK.land
    assert colour_of((30.0, -40.0), zoom) == DARK.sea


def test_lakes_are_water():
    assert colour_of((-1.5, 33.0), 5) == DARK.sea  # Lake Victoria, off the border in it


def test_tiles_meet_without_a_seam():
    """The coast leaves one tile where it enters the next."""
    left, right = (ground(Tile(4, column, 5, 256, 1.0, dark=True)) for column in (7, 8))
    differing = sum(left.pixelColor(255, y) != right.pixelColor(0, y) for y in range(256))
    assert differing < 40
    changes = [y for y in range(1, 256) if left.pixelColor(255, y) != left.pixelColor(255, y - 1)]
    assert len(changes) > 2, "the border between the tiles was meant to cross coasts"


def test_heat_glows_where_photos_are_many_and_only_there(view):
    random = np.random.default_rng(0)
    view.show_points(np.arange(5000), random.normal(48, 0.2, 5000), random.normal(10, 0.2, 5000))
    tile = Tile(4, 8, 5, 256, 1.0, dark=True)
    cold = ground(tile)
    hot = with_heat(cold, tile, view.points)
    (x, y) = (int(float(axis) * 16 % 1 * 256) for axis in project(np.array(48.0), np.array(10.0)))
    assert hot.pixelColor(x, y).red() > cold.pixelColor(x, y).red() + 30
    assert hot.pixelColor(5, 250) == cold.pixelColor(5, 250)
    far = Tile(4, 2, 5, 256, 1.0, dark=True)
    image = ground(far)
    assert with_heat(image, far, view.points) is image


def test_names_do_not_meet(view):
    x, y = project(np.array([60.0, 40.0]), np.array([-5.0, 25.0]))
    labels = placed(View(x[0], y[0], x[1], y[1]), 5.5, 1.0, view.font(), dark=True)
    names = [label.text for label in labels]
    assert {"Berlin", "Paris", "Germany"} <= set(names)
    assert len(names) == len(set(names)) > 25
    world = 256 * 2**5.5
    boxes = []
    for label in labels:
        left, top = label.x * world + label.offset.x(), label.y * world + label.offset.y()
        boxes.append((left, top, left + label.image.width(), top + label.image.height()))
    for number, one in enumerate(boxes):
        for other in boxes[number + 1 :]:
            assert one[0] >= other[2] or other[0] >= one[2] or one[1] >= other[3] or other[1] >= one[3]


def test_photos_are_brought_into_view_and_painted(view, qtbot):
    give(view)

    def all_painted():  # pictures of clusters may take more than one frame
        image = view.grab().toImage()
        return all(image.pixelColor(at(view, number)) == QColor("red") for number in range(3))

    qtbot.waitUntil(all_painted)
    view.show_view(square(*HOME[0][1:]))
    assert view.rect().contains(at(view, 0))
    assert not view.rect().contains(at(view, 1))


def test_the_ground_comes(view, qtbot):
    give(view)
    view.show_view(square(49.0, 26.0, 3.0))
    middle = view.rect().center()
    qtbot.waitUntil(lambda: view.grab().toImage().pixelColor(middle) == DARK.land, timeout=20_000)


def test_a_click_gives_the_photos_of_a_cluster(view, qtbot):
    ids = give(view)
    view.grab()
    with qtbot.waitSignal(view.cluster_chosen) as chosen:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=at(view, 2))
    assert sorted(chosen.args[0].tolist()) == ids[2::3].tolist()


def test_the_pointer_over_a_cluster_gives_its_photos(view, qtbot):
    ids = give(view)
    view.grab()
    with qtbot.waitSignal(view.cluster_hovered) as hovered:
        qtbot.mouseMove(view, at(view, 2))
    assert sorted(hovered.args[0].tolist()) == ids[2::3].tolist()
    with qtbot.waitSignal(view.cluster_hovered) as left:
        qtbot.mouseMove(view, QPoint(2, 2))
    assert len(left.args[0]) == 0


def drag(qtbot, view, points, modifier=Qt.KeyboardModifier.NoModifier):
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, modifier, points[0])
    for point in points[1:]:
        qtbot.mouseMove(view, point)
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, modifier, points[-1])


def test_a_box_gives_degrees(view, qtbot):
    give(view)
    paris, berlin = at(view, 0), at(view, 1)
    corners = [QPoint(paris.x() - 10, berlin.y() - 10), paris, QPoint(berlin.x() + 10, paris.y() + 10)]
    with qtbot.waitSignal(view.box_drawn) as drawn:
        drag(qtbot, view, corners, Qt.KeyboardModifier.ShiftModifier)
    west, south, east, north = drawn.args
    assert west < 2.352 < 13.389 < east
    assert south < 48.857 < 52.517 < north


def test_a_lasso_holds_what_is_inside_and_not_what_is_in_its_box(view, qtbot):
    give(view)
    view.tool = Tool.LASSO
    paris, berlin = at(view, 0), at(view, 1)
    around = [  # around Berlin, with Paris in the lasso's box and outside of the lasso
        paris + QPoint(-20, -60),
        berlin + QPoint(0, -40),
        berlin + QPoint(40, 0),
        berlin + QPoint(20, 60),
        berlin + QPoint(-6, 12),
    ]
    with qtbot.waitSignal(view.lasso_drawn) as drawn:
        drag(qtbot, view, around)
    (corners,) = drawn.args
    assert corners[0] == pytest.approx((50.5, 0.5), abs=6)  # degrees, latitude first, west of Paris
    lat, lon = (np.array([place[axis] for place in HOME]) for axis in (1, 2))
    assert enclosed(lat, lon, corners).tolist() == [False, True, False]


def test_a_lasso_of_a_thousand_points_is_told_in_few(view, qtbot):
    give(view)
    turn = np.linspace(0, 2 * np.pi, 1000)
    circle = [
        QPoint(round(400 + 150 * x), round(300 + 150 * y)) for x, y in zip(np.cos(turn), np.sin(turn), strict=True)
    ]
    with qtbot.waitSignal(view.lasso_drawn) as drawn:
        drag(qtbot, view, circle, Qt.KeyboardModifier.ControlModifier)
    assert 12 < len(drawn.args[0]) <= 40


def test_clusters_are_found_ahead_and_the_old_ones_stand_in(view, qtbot):
    """However far the map is pushed, what is painted in the end is what is there."""
    random = np.random.default_rng(0)
    ids, lat, lon = np.arange(100, 4100), random.uniform(-40, 60, 4000), random.uniform(-170, 170, 4000)
    view.show_points(ids, lat, lon)
    view.zoom_by(8)
    qtbot.waitUntil(lambda: not view.gliding)
    view.grab()
    for _ in range(40):
        view.move_by(37, 11)
        view.grab()
    qtbot.waitUntil(lambda: view.tiles.idle, timeout=20_000)
    view.grab()
    level = int(view.camera.zoom + 1.9)
    there = view.points.clusters(view.camera.view(), level)
    x, y = there.x * view.camera.world - view.camera.left, there.y * view.camera.world - view.camera.top
    inner = (x > 100) & (x < view.width() - 100) & (y > 100) & (y < view.height() - 100)
    assert inner.sum() > 5
    for number in np.flatnonzero(inner):
        found = view.clusters.at(view.camera, QPointF(x[number], y[number]))
        assert found is not None


def test_where_the_view_is_wider_than_the_world_photos_are_shown_once(view, qtbot):
    view.resize(1600, 220)
    view.show_points(np.arange(4), np.array([-40.0, 60.0, 0.0, 0.0]), np.array([-120.0, 0.0, 0.0, 120.0]))
    view.fit()
    assert view.camera.world < 800, "there is room for two worlds"

    def all_painted():
        image = view.grab().toImage()
        reds = [x for x in range(1600) if any(image.pixelColor(x, y) == QColor("red") for y in range(0, 220, 6))]
        return reds and view.camera.world / 2 < max(reds) - min(reds) < view.camera.world + 60

    qtbot.waitUntil(lambda: bool(all_painted()))
    under = [view.clusters.at(view.camera, QPointF(x, y)) for x in range(0, 1600, 8) for y in range(0, 220, 8)]
    found = [number for number in set(under) if number is not None]
    assert sorted(np.concatenate([view.clusters.ids(number) for number in found]).tolist()) == [0, 1, 2, 3]


def test_names_do_not_lie_on_photos(view, qtbot):
    give(view)
    view.show_view(square(50.5, 8.0, 5.0))
    view.grab()

    def all_there():
        view.grab()
        return view.tiles.idle and len(view._names._placed) > 0

    qtbot.waitUntil(all_there, timeout=20_000)
    names = view._names
    left = np.round(nearest(view.camera.view(), names._x) * view.camera.world) - view.camera.left + names._offsets[:, 0]
    top = np.round(names._y * view.camera.world) - view.camera.top + names._offsets[:, 1]
    boxes = np.stack([left, top, left + names._sizes[:, 0], top + names._sizes[:, 1]], axis=1)
    assert not meeting(boxes, view.clusters.edges(view.camera)).any()
    assert "Paris" in {label.text for label in placed(view.camera.view(), 6, 1.0, view.font(), dark=True)}
    paris = at(view, 0)
    below = (np.abs((left + names._sizes[:, 0] / 2) - paris.x()) < 3) & (top > paris.y())
    assert below.sum() == 1, "the name of what lies under photos stands below them"


def test_dragging_moves_the_map_with_the_pointer(view, qtbot):
    give(view)
    before = at(view, 1)
    drag(qtbot, view, [QPoint(400, 300), QPoint(420, 310), QPoint(450, 330)])
    moved = at(view, 1) - before
    assert abs(moved.x() - 50) <= 1
    assert abs(moved.y()) <= 31  # the poles may stop it


def test_the_wheel_zooms_around_the_pointer(view, qtbot):
    give(view)
    view.zoom_by(8)
    qtbot.waitUntil(lambda: not view._glide.isActive())
    pointer = QPointF(300, 200)
    before, world = view.camera.on_world(pointer), view.camera.world
    view.wheelEvent(
        QWheelEvent(
            pointer,
            view.mapToGlobal(pointer),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
    )
    while view.gliding:
        view._glide_on()  # thousands of frames: what each is off by would add up
    assert view.camera.world > world * 1.3
    after = view.camera.on_world(pointer)
    assert after == pytest.approx(before, abs=1 / world)


def test_keys_move_and_zoom_and_go_home(view, qtbot):
    give(view)
    start = view.camera
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    qtbot.waitUntil(lambda: not view._glide.isActive())
    assert view.camera.world > start.world
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.camera.x > start.x
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.camera == start


def test_a_double_click_opens_a_single_photo_and_goes_into_a_cluster(view, qtbot):
    view.show_points(np.array([7]), np.array([48.857]), np.array([2.352]))
    view.grab()
    with qtbot.waitSignal(view.photo_activated) as opened:
        qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=at(view, 0))
    assert opened.args == [7]
    give(view)
    view.grab()
    world = view.camera.world
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=at(view, 2))
    qtbot.waitUntil(lambda: not view._glide.isActive())
    assert view.camera.world > 3 * world


def test_selected_photos_get_pins(view):
    give(view)
    view.show_view(square(*HOME[0][1:]))
    tip = at(view, 0)
    view.show_points(np.array([500]), np.array([HOME[0][1]]), np.array([HOME[0][2] + 0.9]))
    view.show_view(square(*HOME[0][1:]))
    view.select(np.array([500, 123456]))
    pin = at(view, 0) + QPoint(round(0.9 / 360 * view.camera.world), -20)
    assert view.rect().contains(tip)
    assert view.grab().toImage().pixelColor(pin) == theme.current().accent


def test_thumbnails_are_asked_for(view, qtbot):
    with qtbot.waitSignal(view.thumbnails_wanted) as wanted:
        view.show_points(np.array([200, 300]), np.array([0.0, 10.0]), np.array([0.0, 40.0]))
        view.grab()
    assert sorted(wanted.args[0]) == [200, 300]


def test_an_empty_map_is_a_map(view):
    view.show_points(np.empty(0, np.int64), np.empty(0), np.empty(0))
    view.select(np.array([1]))
    assert not view.grab().isNull()


@pytest.mark.parametrize(
    ("count", "text"),
    [(2, "2"), (999, "999"), (1000, "1.0k"), (1234, "1.2k"), (9960, "10k"), (999_400, "999k"), (1_234_567, "1.2M")],
)
def test_counts_are_short(count, text):
    assert short(count) == text


def test_it_is_painted_anew_in_another_look(view):
    give(view)
    dark = view.grab().toImage().pixelColor(790, 590)
    theme.use(theme.LIGHT)
    QApplication.processEvents()
    assert view.grab().toImage().pixelColor(790, 590).lightness() > dark.lightness() + 50
    theme.use(theme.DARK)


def _geotagged(folder, names):
    from PIL import Image

    for number, (name, lat, lon) in enumerate(names):
        exif = Image.Exif()
        exif.get_ifd(0x8825).update({1: "N", 2: (int(lat), 0, 0), 3: "E", 4: (int(lon), 0, 0)})
        Image.new("RGB", (300, 200), (200, 40 * number, 30)).save(folder / f"{name}.jpg", exif=exif)
    Image.new("RGB", (300, 200), "blue").save(folder / "nowhere.jpg")


def test_the_pane_shows_the_listed_photos_with_their_thumbnails(qtbot, tmp_path):
    from photofinder.library.browse import listing
    from photofinder.library.indexing import index
    from photofinder.library.library import Library
    from photofinder.library.locations import locations
    from photofinder.ui.bridge import Bridge
    from photofinder.ui.map_pane import MapPane

    theme.use(theme.DARK)
    (tmp_path / "photos").mkdir()
    _geotagged(tmp_path / "photos", (("Paris", 48, 2), ("Cairo", 30, 31), ("Namche", 27, 86)))
    with Library(locations(tmp_path / "library"), create=True) as library:
        index(library, [tmp_path / "photos"])
        ids = listing(library).ids
        paris = library.locate(tmp_path / "photos" / "Paris.jpg").id
        bridge = Bridge(library)
        pane = MapPane(bridge)
        qtbot.addWidget(pane)
        pane.resize(700, 500)
        pane.show()
        pane.show_listing(ids)
        qtbot.waitUntil(lambda: len(pane.map.points) == 3)
        assert pane.note.text() == "3 of 4 photos say where they were taken"
        spot = pane.map.camera.on_widget(*(float(axis) for axis in project(np.array(48.0), np.array(2.0)))).toPoint()

        def has_its_thumbnail():
            colour = pane.map.grab().toImage().pixelColor(spot)
            return abs(colour.red() - 200) < 12 and colour.blue() < 60

        qtbot.waitUntil(has_its_thumbnail, timeout=15_000)
        with qtbot.waitSignal(pane.photos_chosen) as chosen:
            qtbot.mouseClick(pane.map, Qt.MouseButton.LeftButton, pos=spot)
        assert chosen.args[0].tolist() == [paris]
        pane.show_listing(np.array([paris]))
        qtbot.waitUntil(lambda: len(pane.map.points) == 1)
        pane.show_listing(None)
        qtbot.waitUntil(lambda: len(pane.map.points) == 3)
        assert pane.close_pane()
        assert bridge.close()


def test_the_worker_draws_nothing_while_a_frame_is_painted(view, qtbot):
    """Drawing keeps the interpreter's lock: the frame would wait for it."""
    qtbot.waitUntil(lambda: view.tiles.idle)
    begun = threading.Event()
    with view.tiles.standing_aside():
        view.tiles.run(lambda: begun.set)
        assert not begun.wait(0.1)
        qtbot.wait(50)
        assert not begun.is_set()
    qtbot.waitUntil(begun.is_set)
    with pytest.raises(ZeroDivisionError), view.tiles.standing_aside():
        raise ZeroDivisionError  # a frame that fails does not stop it for good
    begun.clear()
    view.tiles.run(lambda: begun.set)
    qtbot.waitUntil(begun.is_set)
