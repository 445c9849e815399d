"""Clocks put right in the real window: the dialog, the order of the grid, the timeline, undo."""

from datetime import datetime, timedelta

import pytest
from PIL import Image
from PySide6.QtCore import QDateTime, QTimeZone

from tests.ui.programs import WAIT_MS, idle, photo, shown

TAKEN = {
    "a.jpg": "2023:05:17 10:00:00",
    "b.jpg": "2023:05:17 11:00:00",
    "c.jpg": "2023:05:17 12:00:00",
    "scan.jpg": None,
}


@pytest.fixture
def program(qtbot, programs, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, (name, when) in enumerate(TAKEN.items()):
        exif = Image.Exif()
        if when:
            exif.get_ifd(0x8769)[0x9003] = when
        Image.new("RGB", (320, 240), (60 * number, 120, 90)).save(folder / name, exif=exif)
    made = programs.start()
    made.window.viewing.folders_chosen.emit([folder], "")
    qtbot.waitUntil(lambda: len(made.window.grid.photos.listing) == 4 and idle(made), timeout=WAIT_MS)
    return made


def ids(program):
    return dict(zip(shown(program), program.window.grid.photos.listing.ids.tolist(), strict=True))


def taken(program, photo_id):
    return photo(program, photo_id).metadata.taken


def asked(qtbot, program, *names):
    """The dialog about these photos."""
    known, window = ids(program), program.window
    window.grid.show_photo(known[names[0]])
    window.grid.select_ids([known[name] for name in names])
    window.do.shift.trigger()
    qtbot.waitUntil(lambda: window.shifting.dialog is not None, timeout=WAIT_MS)
    return window.shifting.dialog


def finds(qtbot, program, *names):
    qtbot.waitUntil(lambda: shown(program) == list(names), timeout=WAIT_MS)


def test_photos_are_moved_by_a_time_and_back(qtbot, program):
    window, known = program.window, ids(program)
    window.do.timeline.trigger()
    dialog = asked(qtbot, program, "a.jpg", "scan.jpg")
    assert not dialog.go.isEnabled(), "nothing is said yet"
    dialog.parts["days"].setValue(1)
    dialog.parts["minutes"].setValue(30)
    assert dialog.result_words.text().endswith("18 May 2023 10:30:00  (+1 d 30 min)")
    dialog.accept()
    finds(qtbot, program, "a.jpg", "c.jpg", "b.jpg", "scan.jpg")
    assert window.shifting.dialog is None
    assert window.grid.selected_ids().tolist() == [known["a.jpg"], known["scan.jpg"]], "the selection stays"
    assert taken(program, known["a.jpg"]).shift_ms == 88_200_000
    view = window.timeline_place.view
    qtbot.waitUntil(lambda: len(view.shown.extent or ()) == 2, timeout=WAIT_MS)
    assert window.do.undo.text() == "Undo: shifted by +1 d 30 min"
    window.do.undo.trigger()
    finds(qtbot, program, "c.jpg", "b.jpg", "a.jpg", "scan.jpg")
    assert taken(program, known["a.jpg"]).shift_ms == 0


def test_photos_are_moved_by_when_one_of_them_was_taken(qtbot, program):
    known = ids(program)
    dialog = asked(qtbot, program, "b.jpg", "a.jpg")
    dialog.moment.setDateTime(QDateTime(2023, 5, 17, 13, 0, 1, 0, QTimeZone.utc()))
    assert dialog.ways.checkedId() == 1
    assert dialog.by == timedelta(hours=2, seconds=1)
    dialog.accept()
    finds(qtbot, program, "b.jpg", "a.jpg", "c.jpg", "scan.jpg")
    assert taken(program, known["a.jpg"]).local == datetime(2023, 5, 17, 12, 0, 1)  # noqa: DTZ001
    again = asked(qtbot, program, "b.jpg", "a.jpg")
    again.ways.button(2).setChecked(True)
    assert again.result_words.text().endswith("17 May 2023 11:00:00  (as in the file)")
    again.accept()
    finds(qtbot, program, "c.jpg", "b.jpg", "a.jpg", "scan.jpg")


@pytest.mark.expects_log("before 1826")
def test_earlier_and_beyond_the_calendar(qtbot, program):
    dialog = asked(qtbot, program, "c.jpg")
    dialog.direction.setCurrentIndex(1)
    dialog.parts["hours"].setValue(1)
    assert dialog.by == -timedelta(hours=1)
    dialog.parts["years"].setValue(200)
    dialog.accept()
    qtbot.waitUntil(lambda: bool(program.told), timeout=WAIT_MS)
    assert "before 1826" in program.told[0].what
    assert taken(program, ids(program)["c.jpg"]).shift_ms == 0
    assert not program.window.do.undo.isEnabled()


def test_photos_without_any_capture_time_are_told_of(qtbot, program):
    window, said = program.window, []
    window.shifting.told.connect(said.append)
    window.grid.select_ids([ids(program)["scan.jpg"]])
    window.do.shift.trigger()
    qtbot.waitUntil(lambda: bool(said), timeout=WAIT_MS)
    assert "nothing to shift" in said[0]
    assert window.shifting.dialog is None
