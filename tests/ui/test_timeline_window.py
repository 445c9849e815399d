"""The timeline in the real window: it shows what the grid shows, and narrows the search to what is brushed."""

from datetime import date

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QToolTip

from photofinder.library.browse import DAY_MS, UNDATED, UNDATED_MS
from photofinder.ui.timeline_counts import counted
from photofinder.ui.timeline_scale import Unit
from tests.ui.programs import WAIT_MS, idle, shown

TAKEN = {
    "a-2021.jpg": "2021:03:10 10:00:00",
    "b-2023.jpg": "2023:10:07 08:00:00",
    "c-2023.jpg": "2023:10:07 09:00:00",
    "d-2023.jpg": "2023:10:20 09:00:00",
    "e-2024.jpg": "2024:02:01 12:00:00",
    "scan.jpg": None,
}


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "photos"
    made.mkdir()
    for number, (name, when) in enumerate(TAKEN.items()):
        exif = Image.Exif()
        if when:
            exif.get_ifd(0x8769)[0x9003] = when
        Image.new("RGB", (320, 240), (40 * number, 90, 200 - 30 * number)).save(made / name, exif=exif)
    return made


@pytest.fixture
def program(qtbot, programs, folder):
    made = programs.start()
    made.window.viewing.folders_chosen.emit([folder], "")
    qtbot.waitUntil(lambda: len(made.window.grid.photos.listing) == len(TAKEN) and idle(made), timeout=WAIT_MS)
    made.window.grid.setFocus()
    return made


@pytest.fixture
def view(qtbot, program):
    window = program.window
    assert window.timeline_place.view is None, "a window that opens does not wait for it"
    qtbot.keyClick(window.grid, Qt.Key.Key_T)
    made = window.timeline_place.view
    qtbot.waitUntil(lambda: made.shown.dated == 5 and made.width() > 300, timeout=WAIT_MS)
    made.fit()
    assert made.isVisible()
    assert made.shown.undated == 1
    return made


def day(*when):
    return (date(*when) - date(1970, 1, 1)).days


def at(view, *when, part=0.5):
    """A point on the bar of a day."""
    bars = view._places().bars
    bar = view.scale.bin_at(view.scale.x_of(day(*when) + 0.5))
    return QPoint(round(bars.left() + view.scale.x_of(bar.start + part * len(bar))), round(bars.center().y()))


def drag(qtbot, view, one, other, keys=Qt.KeyboardModifier.NoModifier):
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, keys, one)
    for share in (0.3, 0.7, 1.0):
        qtbot.mouseMove(view, one + (other - one) * share)
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, keys, other)


def finds(qtbot, program, *names):
    qtbot.waitUntil(lambda: shown(program) == list(names), timeout=WAIT_MS)


ALL = ("e-2024.jpg", "d-2023.jpg", "c-2023.jpg", "b-2023.jpg", "a-2021.jpg", "scan.jpg")
OF_2023 = ALL[1:4]


def test_dragging_narrows_to_whole_bars_and_clearing_widens_again(qtbot, program, view):
    window = program.window
    assert view.scale.unit is Unit.MONTH
    assert view.caption == "March 2021 \N{EN DASH} February 2024: 5 photos"
    assert not view.clear.isVisible()
    drag(qtbot, view, at(view, 2023, 11, 3), at(view, 2023, 9, 28))
    finds(qtbot, program, *OF_2023)
    assert window.top.search.words == "date:2023-09..2023-11"
    qtbot.waitUntil(lambda: view.shown.dated == 3, timeout=WAIT_MS)
    assert view.around.dated == 5, "the other photos stay in sight, so that one can go on to them"
    assert view.brush == range(day(2023, 9, 1), day(2023, 12, 1))
    qtbot.mouseClick(view.clear, Qt.MouseButton.LeftButton)
    finds(qtbot, program, *ALL)
    assert window.top.search.words == ""
    qtbot.waitUntil(lambda: view.brush is None and not view.clear.isVisible(), timeout=WAIT_MS)


def test_a_time_joins_other_words_and_takes_the_place_of_another_time(qtbot, program, view):
    window = program.window
    window.browsing.enter_words("file:*-202?.jpg date:2021")
    finds(qtbot, program, "a-2021.jpg")
    qtbot.waitUntil(lambda: view.brush == range(day(2021, 1, 1), day(2022, 1, 1)), timeout=WAIT_MS)
    assert (view.around.dated, view.around.undated) == (5, 0), "the scan has another name"
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=at(view, 2023, 10, 20))
    finds(qtbot, program, *OF_2023)
    assert window.top.search.words == "file:*-202?.jpg date:2023-10"
    qtbot.waitUntil(lambda: view.shown.dated == 3, timeout=WAIT_MS)
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=at(view, 2022, 6, 1))
    finds(qtbot, program, *ALL[:5])
    assert window.top.search.words == "file:*-202?.jpg"


def test_the_brush_is_dragged_by_its_middle_and_by_its_ends(qtbot, program, view):
    drag(qtbot, view, at(view, 2023, 9, 15), at(view, 2023, 11, 15))
    qtbot.waitUntil(lambda: view.shown.dated == 3, timeout=WAIT_MS)
    bars = view._places().bars
    y = round(bars.center().y())
    stop = QPoint(round(bars.left() + view.scale.x_of(view.brush.stop)), y)
    drag(qtbot, view, stop, at(view, 2024, 2, 15))
    assert view.brush == range(day(2023, 9, 1), day(2024, 3, 1))
    finds(qtbot, program, *ALL[:4])
    qtbot.waitUntil(lambda: view.shown.dated == 4, timeout=WAIT_MS)
    drag(qtbot, view, at(view, 2023, 12, 15), at(view, 2023, 11, 15))
    assert view.brush == range(day(2023, 8, 1), day(2024, 2, 1)), "as many months, one earlier"
    finds(qtbot, program, *OF_2023)


def test_undated_photos_have_a_bar_of_their_own(qtbot, program, view):
    undated = view._places().undated.center().toPoint()
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=undated)
    finds(qtbot, program, "scan.jpg")
    assert program.window.top.search.words == "is:undated"
    qtbot.waitUntil(lambda: view.shown.dated == 0, timeout=WAIT_MS)
    assert (view.brush, view.around.dated) == (UNDATED, 5)
    assert view.said(UNDATED) == "Undated: 1 photo"
    drag(qtbot, view, at(view, 2021, 3, 1), at(view, 2021, 5, 1))
    finds(qtbot, program, "a-2021.jpg")
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=undated)
    finds(qtbot, program, "scan.jpg")
    qtbot.waitUntil(lambda: view.shown.undated == 1, timeout=WAIT_MS)
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=undated)
    finds(qtbot, program, *ALL)


def test_the_wheel_zooms_at_the_pointer_and_home_shows_all(qtbot, view):
    place = at(view, 2023, 10, 7, part=6.5 / 31)
    x = place.x() - view._places().bars.left()
    before, fitting = view.scale.day_at(x), view.scale
    for _ in range(12):
        turn = QPoint(0, 120)
        event = QWheelEvent(
            QPointF(place), view.mapToGlobal(QPointF(place)), QPoint(), turn, Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(view, event)
    assert view.scale.unit is Unit.DAY
    assert view.scale.day_at(x) == pytest.approx(before, abs=0.01)
    assert view.said(view._bar_at(QPointF(place))) == "7 October 2023: 2 photos"
    moved = view.scale.left
    drag(qtbot, view, place, place + QPoint(100, 0), Qt.KeyboardModifier.ShiftModifier)
    assert view.scale.left < moved
    assert view.brush is None
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.scale == fitting


def test_the_tool_tip_says_when_and_how_many(qtbot, view):
    place = at(view, 2023, 10, 7)
    QApplication.sendEvent(view, QHelpEvent(QEvent.Type.ToolTip, place, view.mapToGlobal(place)))
    assert QToolTip.text() == "October 2023: 3 photos"
    QToolTip.hideText()


def test_all_of_it_is_done_with_keys_too(qtbot, program, view):
    view.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(view.hasFocus, timeout=WAIT_MS)
    assert view.caption == "February 2024: 1 photo", "they begin with the latest"
    assert view.accessibleDescription() == view.caption
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert view.caption == "January 2024: no photos"
    qtbot.keyClick(view, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert view.caption == "October 2023: 3 photos"
    qtbot.keyClick(view, Qt.Key.Key_Return)
    finds(qtbot, program, *OF_2023)
    qtbot.waitUntil(lambda: view.shown.dated == 3, timeout=WAIT_MS)
    qtbot.keyClick(view, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert view.caption == "March 2021 \N{EN DASH} October 2023: 4 photos"
    qtbot.keyClick(view, Qt.Key.Key_Enter)
    finds(qtbot, program, *ALL[1:5])
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    finds(qtbot, program, *ALL)
    wide = view.scale.days
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.scale.days < wide
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert view.scale.days == pytest.approx(wide)
    for _ in range(4):
        qtbot.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert view.caption == "Undated: 1 photo"
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert view.caption == "February 2024: 1 photo"


def test_photos_that_leave_the_grid_leave_the_bars(qtbot, program, view):
    window = program.window
    window.grid.remove(window.grid.photos.listing.ids[:1].tolist())
    qtbot.waitUntil(lambda: view.shown.dated == 4, timeout=WAIT_MS)


def test_it_is_there_again_the_next_time(qtbot, program, programs, view):
    drag(qtbot, view, at(view, 2023, 9, 15), at(view, 2023, 11, 15))
    finds(qtbot, program, *OF_2023)
    programs.close(program)
    again = programs.start()
    assert again.window.timeline_place.view is None, "the first photos do not wait for it"
    qtbot.waitUntil(lambda: again.window.timeline_place.view is not None, timeout=WAIT_MS)
    made = again.window.timeline_place.view
    qtbot.waitUntil(lambda: (made.shown.dated, made.around.dated) == (3, 5), timeout=WAIT_MS)
    again.window.do.timeline.trigger()
    assert not made.isVisible()


def test_keys_go_on_from_where_was_clicked(qtbot, program, view):
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=at(view, 2023, 10, 20))
    finds(qtbot, program, *OF_2023)
    qtbot.mouseMove(view, QPoint(2, 2))
    qtbot.keyClick(view, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert view.caption == "March 2021: 1 photo"


def test_inside_the_brush_the_number_is_the_grids(qtbot, view):
    noon = day(2023, 10, 7) * DAY_MS
    october = range(day(2023, 10, 1), day(2023, 11, 1))
    view.show_counts(counted(np.full(5, noon)), counted(np.array([noon, 0, UNDATED_MS])), october, anew=True)
    assert view.caption == "October 2023: 5 photos"
    assert view.said(range(1)) == "1 January 1970: 1 photo"
    assert view.said(UNDATED) == "Undated: 1 photo"


@pytest.mark.parametrize("width", [200, 640, 2_000])
def test_it_paints_at_every_zoom_and_size(qtbot, view, width):
    view.resize(width, view.height())
    for _ in range(40):
        view.zoom_by(1.4)
        view.grab()
    for _ in range(60):
        view.zoom_by(0.7)
        view.grab()
