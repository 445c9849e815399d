"""What photographers' computers do to a program: each time the window says so, stays of use, and loses nothing."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMessageBox

from photofinder.catalogue import backup, connection
from photofinder.catalogue.reader import CatalogueReader
from photofinder.core.errors import DamagedCatalogue
from photofinder.library.backups import listed
from photofinder.library.indexing import Place, index
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.ui import app
from tests.ui.programs import WAIT_MS, idle, photo, shown
from tests.ui.viewer_photos import _save

COUNT = 5


@pytest.fixture
def folder(tmp_path):
    for inner in ("a", "b"):
        (tmp_path / "photos" / inner).mkdir(parents=True)
    for number in range(COUNT):
        _save(tmp_path / "photos" / "ab"[number % 2] / f"{number}.jpg", number)
    return tmp_path / "photos"


@pytest.fixture
def filled(programs, tmp_path, folder):
    """A library with the photos in it, and nobody who has it open."""
    with Library(locations(tmp_path / "library"), create=True) as library:
        index(library, [folder])
    return programs


@pytest.fixture
def closed_to_us(monkeypatch):
    """Makes a folder one that we may not look into. Nothing is closed to the administrator: there listing refuses."""
    closed, opened = set(), []
    list_it = os.scandir

    def refusing(path="."):
        if not isinstance(path, int) and os.fsdecode(path) in closed:
            raise PermissionError(13, "Permission denied", os.fsdecode(path))
        return list_it(path)

    def close(path):
        if os.name == "posix" and os.geteuid() != 0:
            path.chmod(0)
            opened.append(path)
        else:
            closed.add(str(path))
            monkeypatch.setattr(os, "scandir", refusing)

    yield close
    for path in opened:
        path.chmod(0o755)


def settled(qtbot, program, count):
    qtbot.waitUntil(lambda: idle(program) and len(program.window.grid.photos.listing) == count, timeout=WAIT_MS)


def notice(qtbot, program):
    """The words of the notice that comes; it is closed again."""
    boxes = []

    def come():
        boxes[:] = [box for box in program.window.findChildren(QMessageBox) if box.isVisible()]
        return bool(boxes)

    qtbot.waitUntil(come, timeout=WAIT_MS)
    (box,) = boxes
    words = f"{box.text()} {box.informativeText()}"
    box.accept()
    return words


@pytest.mark.expects_log("cannot be read (Permission denied)")
def test_a_folder_without_permission(programs, qtbot, folder, tmp_path, closed_to_us):
    secret = tmp_path / "secret"
    secret.mkdir()
    closed_to_us(secret)
    program = programs.start()
    program.window.take_arguments([str(folder)])
    settled(qtbot, program, COUNT)
    program.window.take_arguments([str(secret)])
    words = notice(qtbot, program)
    assert str(secret) in words
    assert "may be read" in words
    settled(qtbot, program, COUNT)


def test_a_folder_inside_without_permission(programs, qtbot, folder, closed_to_us):
    program = programs.start()
    program.window.take_arguments([str(folder)])
    settled(qtbot, program, COUNT)
    closed_to_us(folder / "b")
    with qtbot.waitSignal(program.window.upkeep.ingest_ended, timeout=WAIT_MS):
        program.window.do.look.trigger()
    qtbot.waitUntil(program.window.status._failures.isVisible, timeout=WAIT_MS)
    assert program.window.status._failures.text() == "1 folder could not be read"
    settled(qtbot, program, COUNT)
    qtbot.mouseClick(program.window.status._failures, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "failures" in program.window.dialogs.open, timeout=WAIT_MS)
    listed = program.window.dialogs.open["failures"]
    line = listed.tree.topLevelItem(0).child(0)
    assert (line.text(0), line.text(1)) == ("b", "Permission denied")
    listed.close()


def test_a_watched_folder_without_permission_is_listed_and_interrupts_nobody(programs, qtbot, folder, closed_to_us):
    program = programs.start()
    program.window.take_arguments([str(folder)])
    settled(qtbot, program, COUNT)
    closed_to_us(folder)
    (root,) = program.library.reader.roots()
    with qtbot.waitSignal(program.window.upkeep.ingest_ended, timeout=WAIT_MS):
        program.window.upkeep.catch_up([Place(root)])
    qtbot.waitUntil(program.window.status._failures.isVisible, timeout=WAIT_MS)
    assert program.window.surroundings.closed_folders == [(str(folder), "Permission denied")]
    assert not program.window.findChildren(QMessageBox)
    settled(qtbot, program, COUNT)


def test_a_drive_is_unplugged_during_ingest(programs, qtbot, folder, tmp_path):
    for number in range(COUNT, 120):
        _save(folder / "ab"[number % 2] / f"{number}.jpg", number)
    program = programs.start()
    window = program.window
    window.take_arguments([str(folder)])
    qtbot.waitUntil(lambda: len(window.grid.photos.listing) > 0, timeout=WAIT_MS)
    folder.rename(tmp_path / "unplugged")
    qtbot.waitUntil(lambda: idle(program), timeout=WAIT_MS)
    kept = set(window.grid.photos.listing.ids.tolist())
    assert 0 < len(kept) < 120, "unplugged too late"
    qtbot.waitUntil(window.status._away.isVisible, timeout=WAIT_MS)
    assert window.status._away.text() == "photos is away"
    with qtbot.waitSignal(window.upkeep.ingest_ended, timeout=WAIT_MS):
        window.do.look.trigger()
    assert kept <= set(window.grid.photos.listing.ids.tolist()), "nothing is forgotten"

    (tmp_path / "unplugged").rename(folder)
    window.do.look.trigger()
    settled(qtbot, program, 120)
    assert kept <= set(window.grid.photos.listing.ids.tolist())
    qtbot.waitUntil(lambda: not window.status._away.isVisible(), timeout=WAIT_MS)


def test_a_text_file_is_dropped(filled, qtbot, tmp_path):
    program = filled.start()
    settled(qtbot, program, COUNT)
    window = program.window
    text = tmp_path / "notes.txt"
    text.write_text("no picture")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(text))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, buttons, keys)
    window.dragEnterEvent(entering)
    assert entering.isAccepted()
    window.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, buttons, keys))
    qtbot.waitUntil(lambda: "notes.txt" in window.grid._empty[1], timeout=WAIT_MS)
    window.do.back.trigger()
    settled(qtbot, program, COUNT)


def test_a_panorama_of_300_megapixels(filled, qtbot, folder):
    Image.new("L", (30_000, 10_000), 90).save(folder / "a" / "panorama.jpg", quality=50)
    program = filled.start()
    window = program.window
    settled(qtbot, program, COUNT + 1)
    (failure,) = program.library.reader.failures()
    assert "300 megapixels" in failure.reason
    qtbot.waitUntil(window.status._failures.isVisible, timeout=WAIT_MS)
    assert window.status._failures.text() == "1 photo could not be read"
    place = shown(program).index("panorama.jpg")
    window.grid.photo_activated.emit(int(window.grid.photos.listing.ids[place]))
    notice_of_viewer = window.viewing.viewer.canvas.notice
    qtbot.waitUntil(lambda: "300 megapixels" in notice_of_viewer.words, timeout=WAIT_MS)
    assert "smaller copy" in notice_of_viewer.words, "what to do about it"
    window.do.back.trigger()


@pytest.mark.qt_log_ignore("JPEG", "Huffman", extend=True)  # what Qt says of torn thumbnails
def test_a_corrupt_thumbnail_cache(filled, qtbot, tmp_path):
    cached = list(locations(tmp_path / "library").thumbnails.rglob("*.jpg"))
    assert len(cached) == COUNT
    for number, path in enumerate(cached):
        torn = path.read_bytes()[2 : 100 * number]
        path.write_bytes(b"\xff\xd8" + torn + b"\xff\xd9")
    program = filled.start()
    settled(qtbot, program, COUNT)
    grid = program.window.grid
    ids = grid.photos.listing.ids.tolist()
    qtbot.waitUntil(lambda: all(grid.loader.cache.get(photo_id) for photo_id in ids), timeout=WAIT_MS)
    assert not program.told
    assert all(len(path.read_bytes()) > 200 for path in cached), "they were made anew"


@pytest.mark.expects_log("thumbnails")
def test_a_thumbnail_cache_that_is_no_folder(filled, qtbot, tmp_path):
    cache = locations(tmp_path / "library").thumbnails
    shutil.rmtree(cache)
    cache.write_bytes(b"a file in its place")
    program = filled.start()
    words = notice(qtbot, program)
    assert str(cache) in words
    settled(qtbot, program, COUNT)


@pytest.mark.expects_log("Another PhotoFinder is changing the library")
def test_a_library_that_another_photofinder_changes(filled, qtbot, tmp_path):
    holder = (
        "import sys; from photofinder.library.library import Library; from photofinder.library.locations import *;"
        "from pathlib import Path; library = Library(locations(Path(sys.argv[1]))); library.writer();"
        "print('held', flush=True); sys.stdin.read(); library.close()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", holder, str(tmp_path / "library")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with other:
        assert other.stdout.readline().strip() == b"held"
        program = filled.start()
        words = notice(qtbot, program)
        assert "Another PhotoFinder" in words
        settled(qtbot, program, COUNT)
        other.stdin.close()
        assert other.wait() == 0
    with qtbot.waitSignal(program.window.upkeep.ingest_ended, timeout=WAIT_MS):
        program.window.do.look.trigger()


@pytest.mark.expects_log("Another program is using the catalogue")
def test_a_catalogue_that_another_program_has_locked(filled, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_MS", 200)
    program = filled.start()
    window = program.window
    settled(qtbot, program, COUNT)
    first = int(window.grid.photos.listing.ids[0])
    window.grid.show_photo(first)
    with contextlib.closing(sqlite3.connect(locations(tmp_path / "library").catalogue, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        window.do.marks.stars[3].trigger()
        assert "Close it and try again" in notice(qtbot, program)
        assert photo(program, first).metadata.rating is None
        assert len(shown(program)) == COUNT
        other.execute("ROLLBACK")
    window.do.marks.stars[3].trigger()
    qtbot.waitUntil(lambda: photo(program, first).metadata.rating == 3, timeout=WAIT_MS)


@pytest.mark.expects_log("The catalogue is damaged")
def test_a_catalogue_that_is_damaged_names_the_backup_to_put_back(filled, qtbot, tmp_path):
    where = locations(tmp_path / "library")
    program = filled.start()
    settled(qtbot, program, COUNT)
    with pytest.MonkeyPatch.context() as patch:

        def damaged(self):
            raise DamagedCatalogue("The catalogue is damaged.", "Run: photofinder doctor")

        patch.setattr(CatalogueReader, "failures", damaged)
        program.window.dialogs.show_failures()
        words = notice(qtbot, program)
    (kept,) = listed(where)
    assert f"photofinder restore {kept.number}" in words
    assert f"{kept.made_at:%Y-%m-%d}" in words


def test_a_catalogue_that_cannot_be_opened_names_the_backup_to_put_back(filled, qapp, tmp_path, monkeypatch):
    where = locations(tmp_path / "library")
    with where.catalogue.open("rb+") as file:
        file.write(b"\xa5" * 4096)
    told = []
    monkeypatch.setattr(app, "Collector", lambda _: None)  # it would go on until the application ends
    monkeypatch.setattr(app.QMessageBox, "exec", lambda box: told.append(box.text() + box.informativeText()))
    assert app.run(qapp, where, []) == 1
    (kept,) = listed(where)
    assert "damaged" in told[0]
    assert f"photofinder restore {kept.number}" in told[0]


@pytest.mark.expects_log("No backup")
def test_a_backup_for_which_there_is_no_room_is_told_of_once(programs, qtbot, folder, monkeypatch):
    monkeypatch.setattr(backup, "SPARE_BYTES", 1 << 60)
    program = programs.start()
    told = []
    monkeypatch.setattr(program.window.status, "tell", lambda *said: told.append(said))
    program.window.take_arguments([str(folder)])
    settled(qtbot, program, COUNT)
    with qtbot.waitSignal(program.window.upkeep.ingest_ended, timeout=WAIT_MS):
        program.window.do.look.trigger()
    (words, more) = next(said for said in told if "backup" in said[0])
    assert words.startswith(f"{COUNT} added, the weekly backup was not made")
    assert "Free some space" in more
    assert sum("backup" in said[0] for said in told) == 1
