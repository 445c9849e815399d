"""A window that opens shows a page of photos before it knows all of them, and begins with nothing else before."""

import dataclasses
import gc
import threading

import numpy as np
import pytest

from photofinder.ui import app, asking, browsing
from photofinder.ui.app import Collector
from photofinder.ui.grid_arrangement import arranged, arrived
from photofinder.ui.main_window import MainWindow
from photofinder.ui.photo_grid import PhotoGrid
from tests.ui.grid_samples import fill, library, listing  # noqa: F401 - a fixture
from tests.ui.programs import WAIT_MS, Programs

COUNT, PAGE = 200, 60


@pytest.fixture
def looks(monkeypatch):
    """Windows at the moments at which they begin to look for changes, which would find the sample photos gone."""
    begun = []

    def watch(window):
        begun.append(window)

    monkeypatch.setattr(MainWindow, "_watch", watch)
    return begun


@pytest.fixture
def programs(qtbot, library, looks):  # noqa: F811
    fill(library, COUNT)
    made = Programs(library.where.data)
    yield made
    made.close_all()


@pytest.fixture
def whole(monkeypatch):
    """Set it to let whole listings come."""
    go_on, answer = threading.Event(), browsing.answer

    def waiting(*given):
        assert go_on.wait(20)
        return answer(*given)

    monkeypatch.setattr(asking, "FIRST_PAGE", PAGE)
    monkeypatch.setattr(browsing, "answer", waiting)
    yield go_on
    go_on.set()


def test_a_page_comes_first_and_what_is_looked_at_stays_when_the_rest_comes(qtbot, programs, whole):
    program = programs.start()
    grid, status = program.window.grid, program.window.status
    qtbot.waitUntil(lambda: len(grid.photos.listing) == PAGE, timeout=WAIT_MS)
    assert status._shown.text() == "", "nobody knows yet how many there are"
    grid.scroller.setValue(grid.scroller.maximum() // 2)
    first = int(grid.visible_ids()[0])
    top = grid.visualRect(grid.photos.index(grid.photos.row_of(first), 0)).top()
    chosen = grid.visible_ids()[[1, 3]].tolist()
    grid.select_ids(chosen)
    whole.set()
    qtbot.waitUntil(lambda: len(grid.photos.listing) == COUNT, timeout=WAIT_MS)
    assert grid.visualRect(grid.photos.index(grid.photos.row_of(first), 0)).top() == top
    assert grid.selected_ids().tolist() == chosen
    grid.select_ids([])
    assert status._shown.text() == f"{COUNT} photos"


def test_what_was_selected_the_last_time_is_selected_when_it_is_there(qtbot, programs, whole):
    whole.set()
    program = programs.start()
    grid = program.window.grid
    qtbot.waitUntil(lambda: len(grid.photos.listing) == COUNT, timeout=WAIT_MS)
    beyond = grid.photos.listing.ids[[PAGE + 40, PAGE + 41]].tolist()
    grid.select_ids(beyond)
    programs.close(program)
    whole.clear()
    grid = programs.start().window.grid
    qtbot.waitUntil(lambda: len(grid.photos.listing) == PAGE, timeout=WAIT_MS)
    assert not len(grid.selected_ids())
    whole.set()
    qtbot.waitUntil(lambda: len(grid.photos.listing) == COUNT, timeout=WAIT_MS)
    assert grid.selected_ids().tolist() == beyond
    assert beyond[0] in grid.visible_ids()


def test_what_can_wait_waits_for_the_first_thumbnails(qtbot, programs, looks, monkeypatch):
    shown = []
    monkeypatch.setattr(
        MainWindow,
        "_watch",
        lambda window: shown.append(
            [window.grid.loader.cache.get(i) is not None for i in window.grid.visible_ids().tolist()]
        ),
    )
    program = programs.start()
    assert not shown
    qtbot.waitUntil(lambda: bool(shown), timeout=WAIT_MS)
    assert shown[0]
    assert all(shown[0])
    qtbot.waitUntil(lambda: program.window.grid.loader.cache.held_bytes > 0)
    qtbot.wait(1200)  # the latest moment goes by as well
    assert len(shown) == 1


def test_an_answer_for_a_window_of_another_size_is_arranged_again(qtbot, programs, whole, monkeypatch):
    monkeypatch.setattr(browsing, "ARRANGED_HERE", 1)
    program = programs.start()
    window = program.window
    qtbot.waitUntil(lambda: len(window.grid.photos.listing) == PAGE, timeout=WAIT_MS)
    answers = []
    window.browsing.answered.connect(answers.append)
    window.resize(window.width() - 300, window.height())
    whole.set()
    qtbot.waitUntil(lambda: len(window.grid.photos.listing) == COUNT, timeout=WAIT_MS)
    assert len(answers) == 1
    assert answers[0].arrangement.frame == window.grid.frame
    assert window.grid.arrangement is answers[0].arrangement


@pytest.fixture
def grid(qtbot, library):  # noqa: F811
    grid = PhotoGrid(library)
    qtbot.addWidget(grid)
    grid.resize(700, 500)
    grid.show()
    yield grid
    assert grid.close_loader()


def test_newcomers_sorted_in_on_another_thread_are_the_same_and_need_the_same_photos(qtbot, grid):
    photos = listing(500)
    come = dataclasses.replace(listing(40, per_day=1, first_id=2_000), taken_ms=photos.taken_ms[50:90].copy())
    come = dataclasses.replace(come, keys=come.taken_ms)
    grid.set_listing(photos)
    early = arrived(grid.arrangement, come)
    assert grid.insert(early)
    assert grid.arrangement is early.arrangement
    expected = arranged(grid.photos.listing, grid.frame)
    assert grid.arrangement.sections.starts.tolist() == expected.sections.starts.tolist()
    assert [grid.grid.cell(row) for row in range(540)] == [expected.geometry.cell(row) for row in range(540)]
    assert np.all(np.diff(grid.photos.listing.keys) <= 0)

    grid.set_listing(photos)  # another one of the same photos: what was worked out for the first does not fit
    assert grid.insert(early)
    assert len(grid.photos.listing) == grid.photos.rowCount() == grid.grid.count == 540
    assert grid.arrangement is not early.arrangement


def test_what_was_loaded_is_left_out_of_the_collectors_rounds_until_the_end(qtbot, qapp, monkeypatch):
    monkeypatch.setattr(app, "FREEZE_AFTER_MS", 1)
    before = gc.get_freeze_count()
    collector = Collector(qapp)
    try:
        qtbot.waitUntil(lambda: gc.get_freeze_count() > before + 10_000)
    finally:
        collector.close()
    assert gc.get_freeze_count() == 0
    assert gc.isenabled()
    collector.setParent(None)


def test_menus_draw_their_icons_when_they_open(qtbot, programs):
    window = programs.start().window
    assert window.do.add_folder.icon().isNull()
    menu = window.do.main_menu()
    menu.aboutToShow.emit()
    assert not window.do.add_folder.icon().isNull()
    menu.deleteLater()
    assert not window.do.back.icon().isNull(), "its button shows from the beginning"
    about_photos = window.do.context_menu(1)
    assert not window.do.trash.icon().isNull()
    about_photos.deleteLater()
