"""Stars, flags and labels: the user's own, whatever ingest reads, and whatever runs beside."""

import threading

import pytest

from photofinder.core.types import (
    Ingested,
    Label,
    Marks,
    Metadata,
    PhotoFile,
    Pick,
    Role,
    Stamp,
    Unit,
    Volume,
)
from photofinder.library import browse, marks
from photofinder.library.browse import Order
from photofinder.library.details import details
from photofinder.library.library import Library
from photofinder.library.locations import locations


@pytest.fixture
def library(tmp_path):
    with Library(locations(tmp_path / "library"), create=True) as library:
        yield library


def ingested(library, name, rating=None, photo_id=None):
    root = library.writer().add_root(Volume("mount:/", None, "/"), b"photos")
    unit = Unit(root.id, b"", (PhotoFile(name, Role.PRIMARY, Stamp(9, 1, 7)),))
    return Ingested(unit, photo_id, name.ljust(16), Metadata(rating=rating), "JPEG", 30, 20)


def record(library, *items):
    space_id = library.writer().space("digest", "mini", 8)
    library.writer().record(items, space_id, 1)
    return library.reader.select("SELECT max(id) FROM photos")[0][0]


def photo(library, photo_id):
    return library.reader.photos([photo_id])[photo_id]


def tile(library, photo_id):
    return browse.details(library, [photo_id])[photo_id]


def test_the_users_stars_stand_whatever_ingest_reads_later(library):
    photo_id = record(library, ingested(library, b"a.jpg", rating=2))
    assert photo(library, photo_id).metadata.rating == 2
    assert marks.rate(library, [photo_id], 5) == {photo_id: Marks()}
    record(library, ingested(library, b"a.jpg", rating=1, photo_id=photo_id))
    assert photo(library, photo_id).metadata.rating == 5
    assert tile(library, photo_id).rating == 5
    assert "★★★★★" in [each.value for each in details(library, photo_id)]


def test_no_stars_is_something_to_say(library):
    photo_id = record(library, ingested(library, b"a.jpg", rating=4))
    marks.rate(library, [photo_id], 0)
    assert photo(library, photo_id).metadata.rating == 0
    with pytest.raises(ValueError, match="6 stars"):
        marks.rate(library, [photo_id], 6)


def test_photos_are_sorted_by_the_users_stars(library):
    low = record(library, ingested(library, b"a.jpg", rating=5))
    high = record(library, ingested(library, b"b.jpg"))
    marks.rate(library, [low], 1)
    marks.rate(library, [high], 3)
    found = browse.listing(library, Order.RATING)
    assert found.ids.tolist() == [high, low]
    assert found.keys.tolist() == [3, 1]


def test_a_photo_that_calls_itself_rejected_is_so_until_the_user_says_otherwise(library):
    photo_id = record(library, ingested(library, b"a.jpg", rating=-1))
    assert photo(library, photo_id).pick is tile(library, photo_id).pick is Pick.REJECTED
    marks.flag(library, [photo_id], Pick.NONE)
    assert photo(library, photo_id).pick is Pick.NONE
    assert photo(library, photo_id).metadata.rating is None
    other = record(library, ingested(library, b"b.jpg", rating=-1))
    marks.rate(library, [other], 3)
    assert (photo(library, other).pick, photo(library, other).metadata.rating) == (Pick.NONE, 3)


def test_flags_stars_and_labels_do_not_disturb_each_other(library):
    photo_id = record(library, ingested(library, b"a.jpg"))
    marks.rate(library, [photo_id], 4)
    marks.flag(library, [photo_id], Pick.PICKED)
    marks.label(library, [photo_id], Label.GREEN)
    found = photo(library, photo_id)
    assert (found.metadata.rating, found.pick, found.label) == (4, Pick.PICKED, Label.GREEN)
    shown = tile(library, photo_id)
    assert (shown.rating, shown.pick, shown.label) == (4, Pick.PICKED, Label.GREEN)


def test_a_label_again_takes_it_away_once_all_have_it(library):
    one, other = (record(library, ingested(library, name)) for name in (b"a.jpg", b"b.jpg"))
    marks.label(library, [one], Label.RED)
    assert marks.label(library, [one, other], Label.RED) == {other: Marks()}
    marks.label(library, [one, other], Label.RED)
    assert (photo(library, one).label, photo(library, other).label) == (None, None)


def test_undo_gives_every_photo_back_its_own(library):
    ids = [record(library, ingested(library, b"%d.jpg" % number)) for number in range(3)]
    marks.rate(library, ids[:1], 2)
    marks.flag(library, ids[1:2], Pick.REJECTED)
    before = [tile(library, photo_id) for photo_id in ids]
    former = marks.rate(library, ids, 5)
    marks.put(library, former)
    assert [tile(library, photo_id) for photo_id in ids] == before
    assert library.reader.select("SELECT count(*) FROM marks") == [(2,)], "a photo without marks has no row"


def test_only_what_changed_is_returned_and_unknown_photos_are_left_out(library):
    photo_id = record(library, ingested(library, b"a.jpg"))
    marks.rate(library, [photo_id], 3)
    assert marks.rate(library, [photo_id, 999], 3) == {}
    assert marks.put(library, {999: Marks(rating=1)}) == {}


def test_rating_while_an_ingest_writes(library):
    """The writer is shared: neither loses anything, neither fails."""
    first = record(library, ingested(library, b"a.jpg"))
    space_id = library.writer().space("digest", "mini", 8)
    batches = [[ingested(library, b"%d-%d.jpg" % (batch, n)) for n in range(8)] for batch in range(25)]
    bugs = []
    rated = threading.Event()

    def ingest():
        try:
            for batch in batches:
                rated.wait(10)  # so that the two take turns however busy the computer is
                rated.clear()
                library.writer().record(batch, space_id, 1)
        except Exception as bug:
            bugs.append(bug)

    thread = threading.Thread(target=ingest)
    thread.start()
    count = 0
    while thread.is_alive():
        count += 1
        marks.rate(library, [first], count % 6)
        rated.set()
    thread.join()
    assert not bugs
    assert count >= len(batches)
    assert photo(library, first).metadata.rating == count % 6
    assert library.reader.counts().present == 201


def test_the_library_can_be_changed_again_after_another_thread_opened_it_for_writing(tmp_path):
    where = locations(tmp_path / "library")
    first = Library(where, create=True)
    first._end_writing()
    thread = threading.Thread(target=first.writer)
    thread.start()
    thread.join()
    first.close()
    with Library(where) as library:
        library.writer()


def test_a_catalogue_from_before_marks_is_brought_up_to_date(tmp_path, monkeypatch):
    from photofinder.catalogue import schema
    from photofinder.catalogue.connection import open_writing

    path = tmp_path / "catalogue.sqlite"
    before = next(number for number, (name, _) in enumerate(schema.STEPS) if name == "marks")
    old = open_writing(path)
    schema.prepare(old, path, schema.STEPS[:before])
    old.close()
    where = locations(tmp_path)
    with Library(where) as library:
        photo_id = record(library, ingested(library, b"a.jpg", rating=2))
        marks.flag(library, [photo_id], Pick.PICKED)
        assert photo(library, photo_id).pick is Pick.PICKED
