"""The viewer as its user meets it: leafing, zooming, turning, errors, keys."""

import threading
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from photofinder.library import pictures
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.library.roots import away
from photofinder.ui.picture_frame import Quality
from photofinder.ui.viewer import Viewer
from tests.ui.viewer_photos import *  # noqa: F403 - fixtures
from tests.ui.viewer_photos import HEIGHT_PX, WIDTH_PX, _save


@pytest.fixture
def viewer(qtbot, viewer_library):
    before = set(threading.enumerate())
    made = Viewer(viewer_library)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    yield made
    made.close_down()
    assert set(threading.enumerate()) <= before


def settled(viewer, quality=Quality.FULL):
    """Whether the screen shows the final picture."""
    frame = viewer.canvas.frame
    return frame is not None and frame.quality is quality and viewer.canvas.drawn_well


def grabbed(canvas):
    """The screen's pixels: height x width x 3, red first."""
    image = canvas.grab().toImage().convertToFormat(canvas.grab().toImage().Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).astype(int)


def expected(canvas, x, y):
    """Red and green of the test photo at a point of the screen: its place, by how they were painted."""
    (across, down), turn = canvas.view.at((x + 0.5, y + 0.5)), canvas.view.turn
    across, down = (down, HEIGHT_PX - across) if turn == 1 else (across, down)
    return across * 255 / WIDTH_PX, down * 255 / HEIGHT_PX


def assert_true_picture(canvas):
    """The final picture lies exactly where the geometry says."""
    pixels = grabbed(canvas)
    x0, y0, width, height = canvas.view.shown()
    for share_x, share_y in ((0.1, 0.1), (0.5, 0.5), (0.9, 0.3), (0.3, 0.9)):
        x, y = x0 + int(width * share_x), y0 + int(height * share_y)
        assert np.abs(pixels[y, x, :2] - expected(canvas, x, y)).max() <= 5, (x, y)


def wheel(canvas, x, y, notches):
    where = QPointF(x, y)
    QApplication.sendEvent(
        canvas,
        QWheelEvent(
            where,
            canvas.mapToGlobal(where),
            QPoint(),
            QPoint(0, 120 * notches),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        ),
    )


def test_a_photo_is_shown_whole_and_true(qtbot, viewer, sequence):
    shown = []
    viewer.photo_shown.connect(shown.append)
    viewer.show_photo(sequence, 2)
    qtbot.waitUntil(lambda: settled(viewer))
    assert shown == [int(sequence[2])]
    assert viewer.canvas.view.is_fit
    assert_true_picture(viewer.canvas)


@pytest.mark.parametrize("notches", [3, 9, -2])
def test_the_wheel_keeps_the_point_under_the_cursor(qtbot, viewer, sequence, notches):
    viewer.show_photo(sequence, 0)
    qtbot.waitUntil(lambda: settled(viewer))
    canvas = viewer.canvas
    canvas.zoom_to(1.5)
    cursor = (canvas.width() * 0.45, canvas.height() * 0.55)
    before = canvas.view.at(cursor)
    wheel(canvas, *cursor, notches)
    assert canvas.view.zoom != 1.5
    assert canvas.view.at(cursor) == pytest.approx(before, abs=0.51 / canvas.view.zoom)
    qtbot.waitUntil(lambda: settled(viewer))
    assert_true_picture(canvas)


def test_turning_and_panning_show_the_right_part(qtbot, viewer, sequence):
    viewer.show_photo(sequence, 0)
    qtbot.waitUntil(lambda: settled(viewer))
    qtbot.keyClick(viewer.canvas, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: settled(viewer))
    assert viewer.canvas.view.turn == 1
    assert_true_picture(viewer.canvas)
    qtbot.keyClick(viewer.canvas, Qt.Key.Key_Z)
    assert viewer.canvas.view.zoom == 1.0
    before = viewer.canvas.view.y
    qtbot.keyClick(viewer.canvas, Qt.Key.Key_Down)
    assert viewer.canvas.view.y > before
    qtbot.waitUntil(lambda: settled(viewer))
    assert_true_picture(viewer.canvas)
    qtbot.keyClick(viewer.canvas, Qt.Key.Key_R, Qt.KeyboardModifier.ShiftModifier)
    assert viewer.canvas.view.turn == 0


def test_dragging_moves_the_photo_with_the_hand(qtbot, viewer, sequence):
    viewer.show_photo(sequence, 0)
    qtbot.waitUntil(lambda: settled(viewer))
    canvas = viewer.canvas
    canvas.zoom_to(2.0)
    held = canvas.view.at((300, 300))
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(300, 300))
    qtbot.mouseMove(canvas, QPoint(340, 270))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(340, 270))
    assert canvas.view.at((340, 270)) == pytest.approx(held, abs=0.51)


def test_a_double_click_goes_to_hundred_percent_and_back(qtbot, viewer, sequence):
    viewer.show_photo(sequence, 0)
    qtbot.waitUntil(lambda: settled(viewer))
    qtbot.mouseDClick(viewer.canvas, Qt.MouseButton.LeftButton, pos=QPoint(400, 300))
    assert viewer.canvas.view.zoom == 1.0
    qtbot.mouseDClick(viewer.canvas, Qt.MouseButton.LeftButton, pos=QPoint(400, 300))
    assert viewer.canvas.view.is_fit


def test_leafing_by_keys_stops_at_the_ends(qtbot, viewer, sequence):
    shown = []
    viewer.photo_shown.connect(shown.append)
    viewer.show_photo(sequence, 0)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Space, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
        qtbot.keyClick(viewer.canvas, key)
    qtbot.keyClick(viewer.canvas, Qt.Key.Key_Space, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(viewer.canvas, Qt.Key.Key_End)
    qtbot.keyClick(viewer.canvas, Qt.Key.Key_Right)
    assert shown == [int(sequence[position]) for position in (0, 1, 2, 3, 2, 1, 7)]
    qtbot.waitUntil(lambda: settled(viewer))


def test_the_next_photo_is_there_at_once(qtbot, viewer, sequence):
    viewer.show_photo(sequence, 0)
    loader = viewer._loader
    qtbot.waitUntil(lambda: loader.frame(int(sequence[1]), Quality.FULL) is not None)
    viewer.step(1)
    assert viewer.canvas.frame.quality is Quality.FULL


def test_photos_of_one_size_keep_zoom_and_place(qtbot, viewer, sequence):
    viewer.show_photo(sequence, 0)
    qtbot.waitUntil(lambda: settled(viewer))
    viewer.canvas.zoom_to(1.0, (100, 100))
    place = (viewer.canvas.view.x, viewer.canvas.view.y)
    qtbot.keyClick(viewer.canvas, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: settled(viewer))
    assert viewer.canvas.view.zoom == 1.0
    assert (viewer.canvas.view.x, viewer.canvas.view.y) == place
    assert_true_picture(viewer.canvas)


def test_similar_and_leaving(qtbot, viewer, sequence):
    viewer.show_photo(sequence, 3)
    similar, closed = [], []
    viewer.similar_requested.connect(similar.append)
    viewer.closed.connect(lambda: closed.append(True))
    for key in (Qt.Key.Key_S, Qt.Key.Key_Escape):
        qtbot.keyClick(viewer.canvas, key)
    photo_id = int(sequence[3])
    assert similar == [photo_id]
    assert closed == [True]
    assert viewer._loader.cached_bytes == 0


def test_full_screen_and_back_by_escape(qtbot, viewer, sequence):
    viewer.show_photo(sequence, 3)
    changes = []
    viewer.full_screen_changed.connect(changes.append)
    qtbot.keyClick(viewer.canvas, Qt.Key.Key_F)
    assert viewer.isFullScreen()
    qtbot.keyClick(viewer.canvas, Qt.Key.Key_Escape)
    assert not viewer.isFullScreen()
    assert changes == [True, False]


def test_a_broken_photo_says_why_and_what_to_do(qtbot, viewer, photo_ids, sequence):
    viewer.show_photo(np.array([sequence[0], photo_ids["broken"], sequence[1]]), 0)
    qtbot.waitUntil(lambda: settled(viewer))
    viewer.step(1)
    qtbot.waitUntil(lambda: "damaged" in viewer.canvas.notice.words or "JPEG" in viewer.canvas.notice.words)
    assert "copy" in viewer.canvas.notice.words
    assert viewer.canvas.frame is None
    viewer.step(1)
    qtbot.waitUntil(lambda: settled(viewer))
    assert not viewer.canvas.notice.words


def test_a_photo_that_is_away_shows_its_thumbnail_and_says_so(qtbot, viewer, photo_ids):
    viewer.show_photo(np.array([photo_ids["away"]]), 0)
    qtbot.waitUntil(lambda: "no longer where it was" in viewer.canvas.notice.words)
    qtbot.waitUntil(lambda: settled(viewer, Quality.THUMBNAIL))


def test_a_photo_whose_drive_is_away_names_it_and_shows_the_preview(qtbot, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    for number in range(2):
        _save(photos / f"{number}.jpg", number)
    with Library(locations(tmp_path / "library"), create=True) as library:
        index(library, [photos])
        (root,) = library.reader.roots()
        library.writer().add_root(replace(root.volume, label="ARCHIVE-2"), root.relative)
        seen, unseen = sorted(library.reader.photos([1, 2]))
        pictures.preview(library, seen)
        photos.rename(tmp_path / "unplugged")
        away(library, anew=True)
        viewer = Viewer(library)
        qtbot.addWidget(viewer)
        viewer.show()
        viewer.show_photo(np.array([seen, unseen]), 0)
        words = "Plug in ARCHIVE-2 Until then only its preview can be shown."
        qtbot.waitUntil(lambda: viewer.canvas.notice.words == words and viewer.canvas.frame is not None)
        qtbot.waitUntil(lambda: viewer.canvas.frame.quality is Quality.PREVIEW)
        viewer.step(1)
        qtbot.waitUntil(lambda: viewer.canvas.notice.words == words and viewer.canvas.frame is not None)
        assert viewer.canvas.frame.quality is Quality.THUMBNAIL
        library.thumbnails.remove(library.reader.fingerprint(unseen))
        viewer.leave()
        viewer.show_photo(np.array([unseen]), 0)
        qtbot.waitUntil(
            lambda: viewer.canvas.notice.words == "Plug in ARCHIVE-2 Until then this photo cannot be shown."
        )
        viewer.close_down()


def test_the_strip_costs_the_same_for_a_million(qtbot, viewer, sequence):
    ids = np.resize(sequence, 1_000_000)
    viewer.show_photo(ids, 500_000)
    qtbot.waitUntil(lambda: settled(viewer))
    strip = viewer._filmstrip
    assert strip._loader.cached_bytes < 48 << 20
    assert len(strip._in_view(strip._centre)) < 16
    middle = QPoint(strip.width() // 2 + 90, strip.height() // 2)
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=middle)
    assert viewer._position == 500_001
    qtbot.waitUntil(lambda: strip._centre == 500_001)
    strip.grab()
    assert strip.thumbnail(int(ids[500_001])) is not None


def test_the_window_may_change_its_size(qtbot, viewer, sequence):
    viewer.show_photo(sequence, 0)
    qtbot.waitUntil(lambda: settled(viewer))
    viewer.resize(600, 500)
    qtbot.waitUntil(lambda: settled(viewer))
    assert viewer.canvas.view.is_fit
    assert_true_picture(viewer.canvas)


def test_while_another_page_is_shown_nothing_is_held(qtbot, viewer, sequence):
    viewer.show_photo(sequence, 2)
    qtbot.waitUntil(lambda: settled(viewer))
    viewer.hide()
    assert viewer._loader.cached_bytes == 0
    assert viewer.canvas.frame is None
    viewer.show()
    qtbot.waitUntil(lambda: settled(viewer))
    assert_true_picture(viewer.canvas)
