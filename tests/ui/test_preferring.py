"""What the user prefers takes effect at once and is there the next time: gentle work, and bounds of memory and disk."""

import os
import sys
import threading

import pytest
from PySide6.QtCore import Qt

from photofinder.ingest import priority, stages
from photofinder.library import indexing, pictures
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.ui.limits import Limits
from photofinder.ui.upkeep import State
from photofinder.ui.window_state import WindowState
from tests.ui.programs import WAIT_MS, idle
from tests.ui.viewer_photos import _save

COUNT = 6


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(COUNT):
        _save(folder / f"{number}.jpg", number)
    return folder


def watched_index(monkeypatch):
    """Whether each ingest was to be gentle: those that the user asked for, and those that looked for changes."""
    asked, looked = [], []

    def watching(ingest, told):
        def ingesting(*arguments, **options):
            told.append(options["gentle"])
            return ingest(*arguments, **options)

        return ingesting

    monkeypatch.setattr(indexing, "index", watching(indexing.index, asked))
    monkeypatch.setattr(indexing, "index_changes", watching(indexing.index_changes, looked))
    return asked, looked


def test_gentle_ingest_has_one_decoder_and_one_embedder_at_the_lowest_priority(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    asked, stepped_back = {}, {}
    make_stage, step_back = stages.Pipeline.stage, stages.step_back

    def stage(pipeline, name, *arguments, threads=1):
        asked[name] = threads
        make_stage(pipeline, name, *arguments, threads=threads)

    def watched():
        step_back()
        name = threading.current_thread().name
        linux = sys.platform == "linux"
        stepped_back[name] = os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) if linux else priority.NICENESS

    monkeypatch.setattr(stages.Pipeline, "stage", stage)
    monkeypatch.setattr(stages, "step_back", watched)
    for gentle, most in ((True, 1), (False, 3)):
        stepped_back.clear()
        with Library(locations(tmp_path / f"library-{gentle}"), create=True) as library:
            index(library, [folder], gentle=gentle)
        assert (asked["decoder"], asked["embedder"]) == (most, most)
        assert set(stepped_back.values()) == ({priority.NICENESS} if gentle else set())
        assert not gentle or {"decoder-0", "embedder-0"} <= set(stepped_back)


def test_the_switch_is_beside_the_progress_in_the_menu_and_in_the_preferences(programs, qtbot, folder, monkeypatch):
    asked, looked = watched_index(monkeypatch)
    for number in range(COUNT, 80):
        _save(folder / f"{number}.jpg", number % 10)
    program = programs.start()
    window = program.window
    window.take_arguments([str(folder)])
    qtbot.waitUntil(window.status._switch.isVisible, timeout=WAIT_MS)
    qtbot.mouseClick(window.status._switch, Qt.MouseButton.LeftButton)
    assert window.upkeep.gentle
    assert window.upkeep.state is State.RUNNING, "it goes on by itself"
    qtbot.waitUntil(lambda: idle(program) and len(window.grid.photos.listing) == 80, timeout=WAIT_MS)
    assert asked == [False, True]
    assert not window.status._switch.isVisible()

    window.do.preferences.trigger()
    page = window.dialogs.open["preferences"].work
    assert page.gentle.isChecked()
    page.gentle.click()
    assert not window.upkeep.gentle
    assert not window.do.gentle.isChecked()
    window.do.gentle.trigger()
    assert page.gentle.isChecked()
    window.dialogs.open["preferences"].close()
    programs.close(program)

    looked.clear()
    again = programs.start()
    assert again.window.upkeep.gentle
    assert again.window.do.gentle.isChecked()
    qtbot.waitUntil(lambda: bool(looked) and idle(again), timeout=WAIT_MS)
    assert looked == [True]


def test_limits_hold_at_once_and_the_next_time(programs, qtbot, folder, tmp_path):
    with Library(locations(tmp_path / "library"), create=True) as library:
        index(library, [folder])
    program = programs.start()
    window = program.window
    qtbot.waitUntil(lambda: idle(program) and len(window.grid.photos.listing) == COUNT, timeout=WAIT_MS)
    window.do.preferences.trigger()
    page = window.dialogs.open["preferences"].work
    qtbot.waitUntil(lambda: "on disk now" in page.used.text(), timeout=WAIT_MS)
    for box, megabytes in ((page.thumbnails, 48), (page.pictures, 1024), (page.previews, 500)):
        box.setCurrentIndex(box.findData(megabytes))
        box.activated.emit(box.currentIndex())
    assert window.grid.loader.cache._limit_bytes == 48_000_000
    assert window.viewing.viewer._loader._cache_bytes == 1_024_000_000
    window.dialogs.open["preferences"].close()
    programs.close(program)
    again = programs.start()
    assert again.state.limits == Limits(48, 1024, 500)
    assert again.window.grid.loader.cache._limit_bytes == 48_000_000
    qtbot.waitUntil(lambda: idle(again), timeout=WAIT_MS)


def test_limits_from_a_damaged_file_are_sensible(qapp, tmp_path):
    state = WindowState(tmp_path)
    state.set_number("pictures_mb", 999_999)
    state.set_number("thumbnails_mb", -3)
    assert WindowState(tmp_path).limits == Limits(thumbnails_mb=48, pictures_mb=2048)


def test_the_oldest_previews_go_when_there_are_too_many(folder, tmp_path):
    with Library(locations(tmp_path / "library"), create=True) as library:
        index(library, [folder])
        photos = library.reader.photos(range(1, COUNT + 1))
        for age, known in enumerate(photos.values()):
            pictures.preview(library, known.id)
            os.utime(library.thumbnails._preview_path(known.fingerprint), (10_000 + age, 10_000 + age))
        paths = [library.thumbnails._preview_path(known.fingerprint) for known in photos.values()]
        sizes = [path.stat().st_size for path in paths]
        assert library.thumbnails.bound_previews(sum(sizes)) == 0
        assert library.thumbnails.bound_previews(sum(sizes[2:])) == 2
        assert [path.exists() for path in paths] == [False, False, True, True, True, True]
        assert all(library.thumbnails.read(known.fingerprint) for known in photos.values()), "thumbnails stay"
