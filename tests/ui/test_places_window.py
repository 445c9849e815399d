"""Places in the real window: proposed, looked at, accepted, undone; and in the headings over days."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

from photofinder.library.accepting import accepted_ids
from photofinder.library.browse import Listing, Order
from photofinder.library.headings import SAMPLED
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.ui import heading_places
from tests.ui.programs import Programs, idle, photo, shown

WAIT_MS = 30_000
NAMCHE = (27.8057, 86.7130)


def taken_at(path, when, position=None, number=0):
    exif = Image.Exif()
    exif[0x0110] = "X100"
    exif.get_ifd(0x8769)[0x9003] = when
    if position is not None:
        degrees = {2: position[0], 4: position[1]}
        exif.get_ifd(0x8825).update({1: "N", 3: "E"} | {tag: (value, 0, 0) for tag, value in degrees.items()})
    Image.new("RGB", (300, 200), (40 * number, 90, 160)).save(path, exif=exif)


@pytest.fixture
def program(qtbot, tmp_path):
    """Three photos of one day without a place, one of another day with one, and a track past the three."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(3):
        taken_at(folder / f"{number}.jpg", f"2023:10:12 12:{number:02}:00", number=number)
    taken_at(folder / "paris.jpg", "2022:05:01 10:00:00", (48.8566, 2.3522), 4)
    points = "".join(
        f'<trkpt lat="{NAMCHE[0]}" lon="{NAMCHE[1]}"><time>2023-10-12T06:{minute}:00Z</time></trkpt>'
        for minute in (15, 16, 26)
    )
    (tmp_path / "trek.gpx").write_text(f"<gpx><trk><trkseg>{points}</trkseg></trk></gpx>")
    with Library(locations(tmp_path / "library"), create=True) as library:
        index(library, [folder])
    programs = Programs(tmp_path / "library")
    made = programs.start()
    qtbot.waitUntil(lambda: len(made.window.grid.photos.listing) == 4 and idle(made), timeout=WAIT_MS)
    yield made
    programs.close_all()


@pytest.fixture
def dialog(qtbot, program):
    program.window.grid.selectionModel().clear()
    program.window.do.places.trigger()
    return program.window.dialogs.open["places"]


def wait(qtbot, what):
    qtbot.waitUntil(what, timeout=WAIT_MS)


def lines(dialog):
    model = dialog.model
    return [
        [model.data(model.index(row, column)) for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def proposed(qtbot, program, dialog, tmp_path):
    dialog.set_track(tmp_path / "trek.gpx")
    wait(qtbot, lambda: "3 photos do not say" in dialog.note and dialog.use_offset.isVisible())
    dialog.use_offset.click()
    wait(qtbot, lambda: dialog.model.rowCount() == 3 and all(line[2] for line in lines(dialog)))


def test_places_are_proposed_looked_at_accepted_and_undone(qtbot, program, dialog, tmp_path):
    window = program.window
    wait(qtbot, lambda: "3 photos without a place" in dialog.said)
    assert dialog.model.rowCount() == 0
    assert not dialog.accept_all.isEnabled()
    proposed(qtbot, program, dialog, tmp_path)
    assert dialog.offset.text() == "+05:45"
    first = lines(dialog)[0]
    assert (first[0], first[2], first[3], first[4]) == ("0.jpg", "Namche Bazaar", "trek.gpx, 0 s", "90%")
    assert dialog.model.data(dialog.model.index(0, 0), Qt.ItemDataRole.DecorationRole) is not None

    dialog.least.setValue(88)  # the third photo is a minute from the nearest point
    assert dialog.model.rowCount() == 2
    assert "1 less sure" in dialog.said
    dialog.accept_all.click()
    wait(qtbot, lambda: len(accepted_ids(program.library)) == 2)
    wait(qtbot, lambda: "1 photo without a place" in dialog.said)
    assert photo(program, accepted_ids(program.library)[0]).place == "Namche Bazaar, Koshi, Nepal"
    window.top.search.field.setText("near:27.8,86.7")
    window.top.search.field.textEdited.emit("near:27.8,86.7")
    wait(qtbot, lambda: shown(program) == ["1.jpg", "0.jpg"])

    window.do.undo.trigger()
    wait(qtbot, lambda: shown(program) == [])
    assert accepted_ids(program.library) == []
    wait(qtbot, lambda: "3 photos without a place" in dialog.said)
    dialog.reject()


def test_some_are_accepted_and_taken_back_later(qtbot, program, dialog, tmp_path):
    proposed(qtbot, program, dialog, tmp_path)
    dialog.table.selectRow(1)
    assert dialog.accept_some.text() == "Accept 1 selected"
    dialog.accept_some.click()
    wait(qtbot, dialog.withdraw.isVisible)
    assert dialog.withdraw.text() == "Take back 1"
    dialog.withdraw.click()
    wait(qtbot, lambda: not accepted_ids(program.library) and not dialog.withdraw.isVisible())
    dialog.reject()


def test_a_file_that_is_no_track_and_an_offset_that_is_none_are_said(qtbot, program, dialog, tmp_path):
    (tmp_path / "no.gpx").write_text("<kml/>")
    dialog.set_track(tmp_path / "no.gpx")
    wait(qtbot, lambda: "no.gpx cannot be used" in dialog.said)
    dialog.offset.setText("Nepal")
    dialog.offset.textEdited.emit("Nepal")
    wait(qtbot, lambda: "+05:45" in dialog.note)
    dialog.reject()


def test_a_selection_is_all_that_is_asked_for(qtbot, program):
    window = program.window
    window.grid.select_ids(window.grid.photos.listing.ids[:2])
    window.do.places.trigger()
    dialog = window.dialogs.open["places"]
    wait(qtbot, lambda: "2 photos without a place" in dialog.said)
    dialog.reject()
    assert "places" not in window.dialogs.open


def titles(program):
    grid = program.window.grid
    return [grid.heading_of(section) for section in range(len(grid.grid.sections))]


def test_headings_name_the_place_of_most_photos_and_follow_what_changes(qtbot, program, dialog, tmp_path):
    program.window.grid.set_zoom(512)  # large thumbnails: a heading for each day
    wait(qtbot, lambda: titles(program)[-1] == "Paris, Sun 1 May 2022")
    program.window.grid.scroller.setValue(0)
    assert titles(program)[0] == "Thursday, 12 October 2023"
    proposed(qtbot, program, dialog, tmp_path)
    dialog.accept_all.click()
    wait(qtbot, lambda: titles(program)[0] == "Namche Bazaar, Thu 12 Oct 2023")
    program.window.do.undo.trigger()
    wait(qtbot, lambda: titles(program)[0] == "Thursday, 12 October 2023")
    dialog.reject()


def listing_of(count, order=Order.NEWEST):
    """Photos of the 12th of October 2023, more than there are."""
    ids = np.arange(1, count + 1, dtype=np.int64)
    when = np.full(count, 1_697_112_000_000, np.int64)
    return Listing(order, ids, when, when, np.full(count, 1.5, np.float32))


@pytest.fixture
def asked(monkeypatch):
    """What headings ask, answered by a made-up place."""
    asked = []

    def answering(place):
        def answer(_library, samples):
            asked.append(samples)
            return dict.fromkeys(samples, place)

        return answer

    monkeypatch.setattr(heading_places, "places_of_days", answering("Somewhere"))
    monkeypatch.setattr(heading_places, "places_of_months", answering("Nepal"))
    return asked


def test_of_a_large_heading_a_sample_is_asked_and_never_more(qtbot, asked, program):
    grid = program.window.grid
    grid.set_listing(listing_of(100_000))
    wait(qtbot, lambda: titles(program) == ["Somewhere, Thu 12 Oct 2023"])
    (samples,) = [each for each in asked if 19_642 in each]
    assert len(samples[19_642]) == SAMPLED
    assert samples[19_642][-1] - samples[19_642][0] == 100_000 - 1
    grid.scroller.setValue(5_000)
    grid.scroller.setValue(0)
    qtbot.wait(200)
    assert len([each for each in asked if 19_642 in each]) == 1, "what is known is not asked again"


def test_over_months_stands_the_country_and_over_what_is_sorted_otherwise_nothing(qtbot, asked, program):
    grid = program.window.grid
    grid.set_zoom(100)
    grid.set_listing(listing_of(500))
    wait(qtbot, lambda: titles(program) == ["Nepal, October 2023"])
    grid.set_listing(listing_of(500, Order.ADDED))
    assert titles(program) == ["October 2023"], "where photos were taken says nothing of when they came"
