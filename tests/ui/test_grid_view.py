"""The grid as its user meets it: mouse, keys, selection, arrivals."""

import threading

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QContextMenuEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from photofinder.library import browse
from photofinder.library.browse import Order
from photofinder.ui import grid_drag, photo_grid
from photofinder.ui.photo_grid import PhotoGrid
from tests.ui.grid_samples import fill, library, listing  # noqa: F401 - a fixture

Key, Mod, Button = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton


@pytest.fixture
def grid(qtbot, library):  # noqa: F811
    grid = PhotoGrid(library)
    qtbot.addWidget(grid)
    grid.resize(900, 600)
    grid.show()
    qtbot.waitExposed(grid)
    yield grid
    assert grid.close_loader()


def middle(grid, row):
    return grid.visualRect(grid.photos.index(row, 0)).center()


def click(qtbot, grid, row, modifier=Mod.NoModifier):
    qtbot.mouseClick(grid.viewport(), Button.LeftButton, modifier, middle(grid, row))


def press(qtbot, grid, *keys, modifier=Mod.NoModifier):
    for key in keys:
        qtbot.keyClick(grid, key, modifier)


def selected(grid):
    return [grid.photos.row_of(photo_id) for photo_id in grid.selected_ids().tolist()]


def place_of(grid, photo_id):
    return grid.visualRect(grid.photos.index(grid.photos.row_of(photo_id), 0))


def test_clicking_selects_ctrl_adds_and_shift_spans(qtbot, grid):
    grid.set_listing(listing(100))
    counts = []
    grid.selection_changed.connect(counts.append)
    click(qtbot, grid, 2)
    assert selected(grid) == [2]
    click(qtbot, grid, 5, Mod.ControlModifier)
    assert selected(grid) == [2, 5]
    click(qtbot, grid, 9, Mod.ShiftModifier)
    assert selected(grid) == [2, 5, 6, 7, 8, 9]
    click(qtbot, grid, 7, Mod.ControlModifier)
    assert selected(grid) == [2, 5, 6, 8, 9]
    assert counts[-1] == 5


def test_a_rubber_band_selects_what_it_touches(qtbot, grid):
    grid.set_justified(False)
    grid.set_listing(listing(100, per_day=1_000))
    cells = [grid.visualRect(grid.photos.index(row, 0)) for row in range(100)]
    start, end = QPoint(4, cells[0].center().y()), cells[grid.grid.frame.columns + 1].center()
    qtbot.mousePress(grid.viewport(), Button.LeftButton, pos=start)
    qtbot.mouseMove(grid.viewport(), (start + end) / 2)
    qtbot.mouseMove(grid.viewport(), end)
    touched = [row for row, cell in enumerate(cells) if cell.intersects(QRect(start, end))]
    assert selected(grid) == touched == [0, 1, grid.grid.frame.columns, grid.grid.frame.columns + 1]
    grid.grab()  # with the band in it
    qtbot.mouseRelease(grid.viewport(), Button.LeftButton, pos=end)
    assert selected(grid) == touched


def test_a_click_beside_the_photos_clears_the_selection(qtbot, grid):
    grid.set_listing(listing(10))
    click(qtbot, grid, 1)
    qtbot.mouseClick(grid.viewport(), Button.LeftButton, pos=QPoint(3, grid.viewport().height() - 3))
    assert selected(grid) == []


def test_a_heading_selects_its_section(qtbot, grid):
    grid.set_listing(listing(100, per_day=10))
    assert len(grid.grid.sections) == 11
    (_, place), *_ = grid.grid.headings_between(0, 300)
    qtbot.mouseClick(grid.viewport(), Button.LeftButton, pos=QPoint(place.x + 20, place.y + 20))
    assert selected(grid) == list(range(int(grid.grid.sections.starts[1])))


def test_a_million_photos_are_selected_at_once(qtbot, grid):
    grid.set_listing(listing(1_000_000, per_day=130))
    counts = []
    grid.selection_changed.connect(counts.append)
    press(qtbot, grid, Key.Key_A, modifier=Mod.ControlModifier)
    assert counts == [1_000_000]
    assert len(grid.selectionModel().selection()) == 1
    assert len(grid.selected_ids()) == 1_000_000


def test_the_keys_lead_everywhere(qtbot, grid):
    grid.set_justified(False)
    grid.set_listing(listing(1_000, per_day=2_000))
    columns = grid.grid.frame.columns
    click(qtbot, grid, 0)
    press(qtbot, grid, Key.Key_Right, Key.Key_Down)
    assert selected(grid) == [columns + 1]
    press(qtbot, grid, Key.Key_Left, Key.Key_Up, Key.Key_Up, Key.Key_Left)
    assert selected(grid) == [0]
    press(qtbot, grid, Key.Key_End)
    assert selected(grid) == [999]
    assert grid.scroller.value() == grid.scroller.maximum()
    press(qtbot, grid, Key.Key_Right, Key.Key_Down)
    assert selected(grid) == [999]
    press(qtbot, grid, Key.Key_PageUp)
    (row,) = selected(grid)
    assert 999 - 10 * columns < row < 999 - columns
    press(qtbot, grid, Key.Key_PageDown)
    assert grid.grid.line_of(selected(grid)[0]) == grid.grid.line_of(999)
    press(qtbot, grid, Key.Key_Home)
    assert selected(grid) == [0]
    assert grid.scroller.value() == 0
    press(qtbot, grid, Key.Key_Down, Key.Key_Right, modifier=Mod.ShiftModifier)
    assert selected(grid) == list(range(columns + 2))
    press(qtbot, grid, Key.Key_End, modifier=Mod.ShiftModifier)
    assert len(grid.selected_ids()) == 1_000


def test_up_and_down_keep_to_their_column_where_lines_differ(qtbot, grid):
    grid.set_listing(listing(200, per_day=50))
    for row in range(40, 80):
        cell = grid.grid.cell(row)
        down = grid.grid.cell(photo_grid.grid_selection.target(grid.grid, row, grid.CursorAction.MoveDown, 600))
        assert down.y > cell.y
        x = cell.x + cell.width // 2
        below = [c for c in grid.grid.cells(grid.grid.line_of(row) + 1) if c.x <= x <= c.x + c.width]
        assert below in ([], [down])


def test_a_key_reaches_a_photo_and_its_heading(qtbot, grid):
    grid.set_listing(listing(400, per_day=20))
    click(qtbot, grid, 0)
    press(qtbot, grid, *[Key.Key_Down] * 30)
    (row,) = selected(grid)
    assert grid.viewport().rect().contains(grid.visualRect(grid.photos.index(row, 0)))
    press(qtbot, grid, *[Key.Key_Up] * 40)
    assert grid.scroller.value() <= grid.grid.frame.margin_px  # the first heading shows


def test_enter_and_double_click_activate(qtbot, grid):
    grid.set_listing(listing(50))
    with qtbot.waitSignal(grid.photo_activated) as activated:
        qtbot.mouseDClick(grid.viewport(), Button.LeftButton, pos=middle(grid, 3))
    assert activated.args == [47]
    click(qtbot, grid, 4)
    with qtbot.waitSignal(grid.photo_activated) as activated:
        press(qtbot, grid, Key.Key_Return)
    assert activated.args == [46]


def test_plain_characters_are_left_to_the_window(qtbot, grid):
    grid.set_listing(listing(50))
    event = photo_grid.QKeyEvent(photo_grid.QKeyEvent.Type.KeyPress, Key.Key_3, Mod.NoModifier, "3")
    QApplication.sendEvent(grid, event)
    assert not event.isAccepted()


def test_the_context_menu_is_for_the_photo_under_the_mouse_or_the_selection(qtbot, grid):
    grid.set_listing(listing(50))
    asked = []
    grid.context_requested.connect(lambda photo_id, _: asked.append((photo_id, len(grid.selected_ids()))))

    def context(point, reason=QContextMenuEvent.Reason.Mouse):
        event = QContextMenuEvent(reason, point, grid.viewport().mapToGlobal(point), Mod.NoModifier)
        QApplication.sendEvent(grid.viewport(), event)

    context(middle(grid, 3))
    click(qtbot, grid, 0)
    click(qtbot, grid, 4, Mod.ShiftModifier)
    context(middle(grid, 2))
    context(QPoint(2, 2))  # beside
    context(QPoint(0, 0), QContextMenuEvent.Reason.Keyboard)
    assert asked == [(47, 1), (48, 5), (46, 5)]


@pytest.mark.parametrize("count", [1, 64])
@pytest.mark.parametrize("justified", [False, True])
def test_newcomers_do_not_move_what_is_looked_at(qtbot, grid, count, justified):
    grid.set_justified(justified)
    photos = listing(20_000)
    came = np.random.default_rng(count).choice(20_000, count, replace=False)
    kept = np.setdiff1d(np.arange(20_000), came)
    columns = (photos.ids, photos.taken_ms, photos.keys, photos.aspects)
    grid.set_listing(browse.Listing(Order.NEWEST, *(column[kept] for column in columns)))
    grid.scroller.setValue(grid.scroller.maximum() // 2 + 13)
    click(qtbot, grid, grid.rows_in_view()[len(grid.rows_in_view()) // 2])
    first, chosen = int(grid.visible_ids()[0]), grid.current_id()
    before = place_of(grid, first).y()
    came.sort()
    assert grid.insert(browse.Listing(Order.NEWEST, *(column[came] for column in columns)))
    assert place_of(grid, first).y() == before
    assert grid.current_id() == chosen
    assert grid.selected_ids().tolist() == [chosen]
    assert grid.photos.listing.ids.tolist() == photos.ids.tolist()


def test_at_the_top_newcomers_come_into_view(qtbot, grid):
    grid.set_listing(listing(500))
    assert grid.insert(listing(10, first_id=501))
    assert grid.scroller.value() == 0
    assert grid.visible_ids()[0] == 510


def test_the_rest_of_a_listing_arrives_under_what_is_looked_at(qtbot, grid):
    whole = listing(5_000)
    page = browse.Listing(Order.NEWEST, *(c[:300] for c in (whole.ids, whole.taken_ms, whole.keys, whole.aspects)))
    grid.set_listing(page)
    grid.scroller.setValue(700)
    click(qtbot, grid, grid.rows_in_view()[9])
    chosen, place = grid.current_id(), place_of(grid, grid.current_id()).y()
    grid.set_listing(whole, keep_position=True)
    assert (grid.current_id(), grid.selected_ids().tolist()) == (chosen, [chosen])
    assert abs(place_of(grid, chosen).y() - place) <= grid.grid.cell(0).height
    grid.set_listing(whole)
    assert (grid.scroller.value(), grid.current_id()) == (0, None)


def test_what_is_taken_out_does_not_move_the_rest(qtbot, grid):
    grid.set_listing(listing(2_000))
    grid.scroller.setValue(5_000)
    first = int(grid.visible_ids()[0])
    before = place_of(grid, first).y()
    grid.remove([2_000, 1_999, 1_990])
    assert place_of(grid, first).y() == before


def test_a_narrower_window_keeps_its_place(qtbot, grid):
    grid.set_listing(listing(3_000, per_day=100))
    grid.scroller.setValue(9_000)
    first = int(grid.visible_ids()[0])
    grid.resize(500, 600)
    qtbot.waitUntil(lambda: grid.grid.frame.width_px == grid.viewport().width())
    assert first in grid.visible_ids()


def test_zooming_keeps_the_photo_under_the_mouse(qtbot, grid):
    grid.set_listing(listing(3_000, per_day=100))
    grid.scroller.setValue(9_000)
    row = grid.rows_in_view()[len(grid.rows_in_view()) // 2]
    place = middle(grid, row)
    sizes = []
    grid.zoom_changed.connect(sizes.append)
    for degrees in (120, 120, -120, -240, 600):
        wheel = QWheelEvent(
            place,
            grid.viewport().mapToGlobal(place),
            QPoint(),
            QPoint(0, degrees),
            Button.NoButton,
            Mod.ControlModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        was = middle(grid, row).y()
        at = middle(grid, row)
        grid.set_zoom(round(grid.zoom_px * 1.15 ** (degrees / 120)), at) if degrees > 500 else QApplication.sendEvent(
            grid.viewport(), wheel
        )
        held = grid.grid.row_at(place.x(), place.y() + grid.scroller.value())
        assert held is not None or abs(middle(grid, row).y() - was) <= 2
    assert sizes
    press(qtbot, grid, Key.Key_0, modifier=Mod.ControlModifier)
    assert grid.zoom_px == photo_grid.USUAL_PX
    press(qtbot, grid, Key.Key_Plus, modifier=Mod.ControlModifier)
    press(qtbot, grid, *[Key.Key_Minus] * 30, modifier=Mod.ControlModifier)
    assert grid.zoom_px == photo_grid.LEAST_PX


def test_thumbnails_and_badges_are_painted(qtbot, grid, library):  # noqa: F811
    ids = fill(library, 60)
    grid.set_listing(browse.listing(library))
    qtbot.waitUntil(lambda: all(grid.loader.cache.get(int(i)) for i in grid.visible_ids()), timeout=10_000)
    picture = grid.grab().toImage()
    for photo_id in grid.visible_ids().tolist():
        place = place_of(grid, photo_id)
        if grid.viewport().rect().contains(place):
            hue = ids.index(photo_id) * 37 % 360
            found = picture.pixelColor(grid.viewport().mapTo(grid, place.center()))
            assert abs((found.hsvHue() - hue + 180) % 360 - 180) < 12
    (rated,) = [row for row in grid.rows_in_view() if grid.photos.tile(row).rating][:1]
    place = grid.visualRect(grid.photos.index(rated, 0))
    corner = picture.pixelColor(place.left() + 7, place.bottom() - 8)
    assert corner.value() < 120  # the badge's dark ground


def test_nothing_is_loaded_of_what_flies_by_and_all_where_it_ends(qtbot, grid, library):  # noqa: F811
    fill(library, 2_000)
    grid.set_listing(browse.listing(library))
    qtbot.waitUntil(lambda: all(grid.loader.cache.get(int(i)) for i in grid.visible_ids()), timeout=10_000)
    step, wanted = 2 * grid.viewport().height(), []
    want, grid.loader.want = grid.loader.want, lambda wants, known: wanted.append([want.photo_id for want in wants])
    for page in range(1, 9):
        grid.scroller.setValue(page * step)
        with qtbot.waitSignal(grid.wanting.timeout):
            pass
    assert wanted[0], "a single jump may end there"
    assert not any(wanted[1:8])
    grid.loader.want = want
    qtbot.waitUntil(lambda: all(grid.loader.cache.get(int(i)) for i in grid.visible_ids()), timeout=10_000)


def test_what_changed_is_fetched_again(qtbot, grid, library):  # noqa: F811
    (photo_id,) = fill(library, 1)
    grid.set_listing(browse.listing(library))
    qtbot.waitUntil(lambda: grid.loader.cache.get(photo_id) is not None)
    library.writer()._connection.execute("UPDATE photos SET rating = 2")
    grid.refresh([photo_id])
    qtbot.waitUntil(lambda: grid.photos.tile(0) is not None and grid.photos.tile(0).rating == 2)
    qtbot.waitUntil(lambda: grid.loader.cache.get(photo_id) is not None)


def test_an_empty_grid_says_what_to_do(qtbot, grid):
    grid.set_listing(listing(0))
    plain = grid.grab().toImage()
    grid.set_empty_text("No photos yet", "Add a folder.")
    assert grid.grab().toImage() != plain
    press(qtbot, grid, Key.Key_Down, Key.Key_End, Key.Key_Return)
    assert grid.current_id() is None


def test_photos_are_carried_out_as_files(qtbot, grid, library, monkeypatch):  # noqa: F811
    ids = fill(library, 8)
    grid.set_listing(browse.listing(library))
    grid.select_ids(ids[:3])
    carried = []
    monkeypatch.setattr(grid_drag.QDrag, "exec", lambda drag, action: carried.append((drag.mimeData().urls(), action)))
    grid.startDrag(Qt.DropAction.CopyAction)
    ((urls, action),) = carried
    paths = [browse.details(library, [photo_id])[photo_id].path for photo_id in reversed(ids[:3])]
    assert [url.toLocalFile() for url in urls] == paths
    assert action is Qt.DropAction.CopyAction


@pytest.mark.parametrize("held", [True, False])
def test_where_thousands_are_is_asked_elsewhere_and_carried_if_the_button_is_still_held(
    qtbot,
    grid,
    library,  # noqa: F811
    monkeypatch,
    held,
):
    ids = fill(library, grid_drag.AT_ONCE + 1)
    grid.set_listing(browse.listing(library))
    grid.select_ids(ids)
    carried, asked_on = [], []
    found = grid_drag._found
    monkeypatch.setattr(grid_drag, "_found", lambda *of: asked_on.append(threading.current_thread().name) or found(*of))
    monkeypatch.setattr(grid_drag.QDrag, "exec", lambda drag, action: carried.append(drag.mimeData().urls()))
    button = Qt.MouseButton.LeftButton if held else Qt.MouseButton.NoButton
    monkeypatch.setattr(grid_drag.QGuiApplication, "mouseButtons", staticmethod(lambda: button))
    grid.startDrag(Qt.DropAction.CopyAction)
    assert grid.cursor().shape() is Qt.CursorShape.BusyCursor
    qtbot.waitUntil(lambda: grid.cursor().shape() is not Qt.CursorShape.BusyCursor)
    assert asked_on == ["dragging"]
    assert [len(urls) for urls in carried] == ([len(ids)] if held else [])


def test_the_scroller_says_the_date(qtbot, grid):
    grid.set_listing(listing(20_000, per_day=20))
    words = grid.words_at(grid.scroller.maximum() // 2)
    assert words == "9 June 2012"
    qtbot.mouseMove(grid.scroller, QPoint(5, 300))
    assert grid.scroller.bubble.isVisible()
    assert "20" in grid.scroller.bubble.text
    grid.scroller.bubble.grab()
    grid.set_listing(listing(0))
    assert grid.words_at(0) == ""


def test_those_who_listen_hear_photos_in_a_list(qtbot, grid, library):  # noqa: F811
    fill(library, 30)
    grid.set_listing(browse.listing(library))
    qtbot.waitUntil(lambda: grid.photos.tile(2) is not None)
    click(qtbot, grid, 2)
    heard = QAccessible.queryAccessibleInterface(grid)
    assert (heard.role(), heard.childCount()) == (QAccessible.Role.List, 30)
    assert heard.text(QAccessible.Text.Name) == "Photos"
    photo = heard.child(2)
    assert photo.role() == QAccessible.Role.ListItem
    assert photo.text(QAccessible.Text.Name).startswith("00027.jpg, 2 Jan 2020")
    assert photo.state().selected
    assert not heard.child(3).state().selected
    assert photo.rect().center() == grid.viewport().mapToGlobal(middle(grid, 2))
    assert heard.indexOfChild(photo) == 2
    assert heard.childAt(photo.rect().center().x(), photo.rect().center().y()).text(
        QAccessible.Text.Name
    ) == photo.text(QAccessible.Text.Name)
    assert heard.child(30) is None


def test_scores_and_orders_without_dates_are_shown(qtbot, grid, library):  # noqa: F811
    ids = fill(library, 12)
    grid.set_listing(browse.listing(library, Order.RELEVANCE, only=ids[::2], scores=np.linspace(0.4, 0.2, 6)))
    assert grid.look_of(0, selected=False, focused=False).score == pytest.approx(0.4)
    assert grid.grid.headings_between(0, 500) == []
    found = browse.listing(library, Order.FOLDER)
    grid.set_listing(found, headings=browse.folder_names(library, found.keys))
    assert grid.heading_of(0) == "photos"
    grid.set_listing(browse.listing(library, Order.RATING))
    assert [grid.heading_of(section) for section in range(2)] == ["★★★★★", "Unrated"]
    grid.grab()
