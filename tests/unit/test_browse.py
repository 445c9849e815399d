"""Looking through a library: orders, narrowing, tiles, folders and dates."""

import sqlite3
from datetime import datetime

import numpy as np
import pytest

from photofinder.catalogue import listing as catalogue
from photofinder.catalogue import schema
from photofinder.core.errors import FailureKind, MediaProblem
from photofinder.core.types import Gps, Ingested, Metadata, PhotoFile, Role, Stamp, Taken, TakenSource, Unit, Volume
from photofinder.library import browse
from photofinder.library.browse import FolderScope, Order
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.library.ranking import ranking


@pytest.fixture
def library(tmp_path):
    with Library(locations(tmp_path / "library"), create=True) as library:
        yield library


@pytest.fixture
def root(library, tmp_path):
    return library.writer().add_root(Volume("mount:/", None, "/"), bytes(tmp_path).lstrip(b"/"))


def dated_by_file(*when):
    return Taken(datetime(*when), None, TakenSource.FILE_DATE)  # noqa: DTZ001


def taken(*when):
    return Taken(datetime(*when), None, TakenSource.EXIF_ORIGINAL)  # noqa: DTZ001


def record(library, root, name, when=None, folder=b"", roles=(Role.PRIMARY,), size=(4000, 3000), **known):
    """One photo; its id. Further roles get names of their own."""
    names = [name, *(name.rpartition(b".")[0] + b"." + role.encode() for role in roles[1:])]
    files = tuple(PhotoFile(n, role, Stamp(9, 1, 7)) for n, role in zip(names, roles, strict=True))
    said = {name: known.pop(name) for name in ("gps", "rating", "is_live") if name in known}
    metadata = Metadata(taken=when, **said)
    if "failure" not in known:
        known = {"picture_format": "JPEG", "width_px": size[0], "height_px": size[1]} | known
    item = Ingested(Unit(root.id, folder, files), None, fingerprint=name.ljust(16), metadata=metadata, **known)
    space_id = library.writer().space("digest", "mini", 8)
    library.writer().record([item], space_id, 1)
    return library.reader.select("SELECT max(id) FROM photos")[0][0]


@pytest.fixture
def four(library, root):
    """Ids of photos of 2020, 1969, none, 2021."""
    return [
        record(library, root, b"b.jpg", taken(2020, 5, 1), b"trips/rome", rating=3),
        record(library, root, b"A.jpg", taken(1969, 12, 31), b"trips", size=(3000, 4000)),
        record(library, root, b"c.jpg", None, b"trips2", rating=-1),
        record(library, root, b"d.jpg", taken(2021, 1, 1, 0, 0, 1), b"", rating=5),
    ]


@pytest.mark.parametrize(
    ("order", "places"),
    [
        (Order.NEWEST, [3, 0, 1, 2]),
        (Order.OLDEST, [2, 1, 0, 3]),
        (Order.ADDED, [3, 2, 1, 0]),
        (Order.NAME, [1, 0, 2, 3]),
        (Order.FOLDER, [3, 1, 0, 2]),
        (Order.RATING, [3, 0, 1, 2]),
    ],
)
def test_photos_come_in_the_order_asked_for(library, four, order, places):
    found = browse.listing(library, order)
    assert found.ids.tolist() == [four[place] for place in places]
    assert found.ids.dtype == found.taken_ms.dtype == found.keys.dtype == np.int64
    if order.by_date:
        steps = np.diff(found.keys)
        assert (steps >= 0).all() if order.ascending else (steps <= 0).all()


def test_columns_say_when_and_how_wide(library, four):
    found = browse.listing(library, Order.OLDEST)
    assert found.taken_ms.tolist() == [browse.UNDATED_MS, -browse.DAY_MS, 1_588_291_200_000, 1_609_459_201_000]
    assert found.aspects.tolist() == pytest.approx([1.33, 0.75, 1.33, 1.33])


def test_a_photo_of_unknown_size_gets_a_usual_shape(library, root):
    record(library, root, b"x.jpg", failure=MediaProblem(FailureKind.UNREADABLE, "It is torn."))
    assert browse.listing(library).aspects.tolist() == [1.5]


def test_a_limit_gives_the_first_page(library, four):
    assert browse.listing(library, limit=2).ids.tolist() == [four[3], four[0]]


def test_an_empty_library_has_an_empty_listing(library):
    found = browse.listing(library)
    assert len(found) == 0
    assert found.ids.dtype == np.int64


def test_a_folder_means_what_lies_below_it_and_no_neighbour(library, root, four):
    def within(path):
        return browse.listing(library, Order.OLDEST, folder=FolderScope(root.id, path)).ids.tolist()

    assert within(b"trips") == [four[1], four[0]]
    assert within(b"trips/rome") == [four[0]]
    assert within(b"") == [four[2], four[1], four[0], four[3]]
    assert within(b"nowhere") == []


def test_days_are_half_open_and_work_before_1970(library, four):
    assert browse.listing(library, days=range(-1, 0)).ids.tolist() == [four[1]]
    day = 1_588_291_200_000 // browse.DAY_MS
    assert browse.listing(library, days=range(day, day + 1)).ids.tolist() == [four[0]]
    assert browse.listing(library, days=range(day - 1, day)).ids.tolist() == []


def test_hits_keep_their_order_and_their_scores(library, four):
    asked = [four[1], four[3], four[0]]
    found = browse.listing(library, Order.RELEVANCE, only=asked, scores=[0.9, 0.8, 0.7])
    assert found.ids.tolist() == asked
    assert found.scores.tolist() == pytest.approx([0.9, 0.8, 0.7])
    found = browse.listing(library, Order.RELEVANCE, only=asked, scores=[0.9, 0.8, 0.7], limit=2)
    assert found.ids.tolist() == asked[:2]
    found = browse.listing(library, Order.NEWEST, only=np.array(asked), scores=[0.9, 0.8, 0.7])
    assert found.ids.tolist() == [four[3], four[0], four[1]]
    assert found.scores.tolist() == pytest.approx([0.8, 0.7, 0.9])
    assert len(browse.listing(library, Order.RELEVANCE, only=[], scores=[])) == 0


def test_newcomers_alone_can_be_asked_for(library, root, four):
    assert browse.listing(library, after_id=four[1]).ids.tolist() == [four[3], four[2]]


def test_missing_photos_are_left_out(library, four):
    library.writer().mark_missing([four[0]])
    assert four[0] not in browse.listing(library).ids
    assert browse.details(library, four)[four[0]].missing


def test_long_columns_are_parsed_in_pieces(monkeypatch):
    monkeypatch.setattr(catalogue, "PARSED_CHARACTERS", 3)
    numbers = [5, -70, 800, 9_000, browse.UNDATED_MS, 1]
    assert catalogue.parsed(",".join(map(str, numbers))).tolist() == numbers


def test_a_tile_tells_what_the_badges_show(library, root, tmp_path):
    raw = record(library, root, b"p.jpg", roles=(Role.PRIMARY, Role.RAW, Role.SIDECAR), gps=Gps(1, 2), rating=4)
    live = record(library, root, b"l.heic", taken(2022, 2, 2), b"phone", roles=(Role.PRIMARY, Role.VIDEO))
    alone = record(library, root, b"s.heic", is_live=True)
    failed = record(library, root, b"f.jpg", failure=MediaProblem(FailureKind.UNREADABLE, "It is torn."))
    tiles = browse.details(library, [raw, live, alone, failed, 999])
    assert set(tiles) == {raw, live, alone, failed}
    assert (tiles[raw].has_raw, tiles[raw].has_gps, tiles[raw].rating, tiles[raw].stack_count) == (True, True, 4, 2)
    assert (tiles[live].has_video, tiles[live].has_raw, tiles[live].stack_count) == (True, False, 2)
    assert [tiles[each].lacks_video for each in (raw, live, alone)] == [False, False, True]
    assert tiles[live].path == str(tmp_path / "phone" / "l.heic")
    assert tiles[live].name == "l.heic"
    assert tiles[failed].failure == "It is torn."
    assert not tiles[raw].away


def test_photos_of_an_absent_drive_are_away(library, tmp_path):
    gone = library.writer().add_root(Volume("uuid-of-no-drive", "ARCHIVE", str(tmp_path / "nothing")), b"x")
    photo_id = record(library, gone, b"x.jpg")
    assert browse.details(library, [photo_id])[photo_id].away


def test_a_lost_thumbnail_is_made_again(library, root, samples, tmp_path):
    (tmp_path / "coffee.png").write_bytes((samples / "coffee.png").read_bytes())
    photo_id = record(library, root, b"coffee.png")
    tile = browse.details(library, [photo_id])[photo_id]
    assert library.thumbnails.read(tile.fingerprint) is None
    assert browse.thumbnail(library, tile).startswith(b"\xff\xd8")
    assert library.thumbnails.read(tile.fingerprint) is not None
    assert len(browse.preview(library, tile)) > len(browse.thumbnail(library, tile))


def test_a_photo_that_cannot_be_read_has_no_thumbnail(library, root):
    failed = record(library, root, b"f.jpg", failure=MediaProblem(FailureKind.UNREADABLE, "It is torn."))
    lost = record(library, root, b"lost.jpg")
    tiles = browse.details(library, [failed, lost])
    assert browse.thumbnail(library, tiles[failed]) is None
    with pytest.raises(MediaProblem):
        browse.thumbnail(library, tiles[lost])


def test_folders_count_what_lies_below(library, root, four):
    (top,) = browse.folder_tree(library)
    assert (top.key, top.photo_count) == (FolderScope(root.id, b""), 4)
    assert [(node.name, node.photo_count) for node in top.children] == [("trips", 2), ("trips2", 1)]
    (rome,) = top.children[0].children
    assert (rome.name, rome.key, rome.photo_count) == ("rome", FolderScope(root.id, b"trips/rome"), 1)


def test_a_root_without_photos_is_shown_all_the_same(library, root):
    assert [(node.photo_count, node.children) for node in browse.folder_tree(library)] == [(0, [])]


def test_dates_nest_and_lead_to_their_photos(library, four):
    years = browse.date_counts(library)
    assert [(year.name, year.photo_count) for year in years] == [("2021", 1), ("2020", 1), ("1969", 1), ("", 1)]
    assert years.pop().key == browse.UNDATED
    for year in years:
        for node in (year, *year.children, *year.children[0].children):
            assert len(browse.listing(library, days=node.key)) == node.photo_count
    assert [node.name for node in (years[1].children[0], years[1].children[0].children[0])] == ["05", "01"]
    assert years[1].children[0].key.stop - years[1].children[0].key.start == 31


def test_a_files_own_date_is_no_capture_time(library, root, four):
    by_file = record(library, root, b"e.jpg", dated_by_file(2020, 5, 1))
    assert browse.listing(library).ids.tolist()[-2:] == [by_file, four[2]], "undated photos come last"
    assert browse.details(library, [by_file])[by_file].taken_ms is None
    undated = browse.date_counts(library)[-1]
    assert (undated.key, undated.photo_count) == (browse.UNDATED, 2)
    assert sorted(browse.listing(library, days=undated.key).ids.tolist()) == [four[2], by_file]
    known = library.reader.photos([by_file])[by_file].metadata.taken
    assert known == dated_by_file(2020, 5, 1), "the file's date is still told"


def test_a_query_reaches_the_undated_photos_that_the_navigation_lists(library, root, four):
    by_file = record(library, root, b"e.jpg", dated_by_file(2020, 5, 1))
    gone = record(library, root, b"gone.jpg")
    library.writer().mark_missing([gone])
    listed = sorted(browse.listing(library, days=browse.UNDATED).ids.tolist())
    assert sorted(ranking(library, "is:undated", None).photo_ids.tolist()) == listed == [four[2], by_file]
    dated = [four[3], four[0], four[1]]
    assert ranking(library, "has:date", None).photo_ids.tolist() == dated
    assert ranking(library, "-is:undated", None).photo_ids.tolist() == dated
    assert sorted(ranking(library, "is:undated OR date:2020", None).photo_ids.tolist()) == [four[0], four[2], by_file]


def test_file_dates_of_an_older_library_become_undated(library, root, four):
    by_file = record(library, root, b"e.jpg", dated_by_file(2020, 5, 1))
    where = library.where
    library.close()
    step = next(number for number, (name, _) in enumerate(schema.STEPS) if "file's own date" in name)
    with sqlite3.connect(where.catalogue, isolation_level=None) as connection:  # as it was before that step
        connection.execute("UPDATE photos SET taken_ms = file_date_ms WHERE file_date_ms IS NOT NULL")
        connection.execute("ALTER TABLE photos DROP COLUMN file_date_ms")
        for statement in schema.STEPS[step][1]:  # alone: later steps do not care
            connection.execute(statement)
    connection.close()
    with Library(where) as again:
        assert sorted(browse.listing(again, days=browse.UNDATED).ids.tolist()) == [four[2], by_file]
        assert again.reader.photos([by_file])[by_file].metadata.taken == dated_by_file(2020, 5, 1)


def test_folder_names_are_below_the_root(library, root, four, tmp_path):
    found = browse.listing(library, Order.FOLDER)
    names = browse.folder_names(library, np.unique(found.keys))
    assert [names[int(key)] for key in found.keys] == [tmp_path.name, "trips", "trips/rome", "trips2"]


def test_a_library_of_an_older_program_is_brought_up_to_date_when_opened(tmp_path):
    where = locations(tmp_path / "old")
    where.data.mkdir()
    with sqlite3.connect(where.catalogue, isolation_level=None) as connection:
        schema.prepare(connection, where.catalogue, schema.STEPS[:1])
    connection.close()
    with Library(where) as old, Library(where) as second:
        assert len(browse.listing(old)) == 0
        second.writer()  # the first holds no lock


def test_a_day_that_no_calendar_has_is_left_out(library, root):
    photo_id = record(library, root, b"a.jpg", taken(2020, 5, 1))
    record(library, root, b"b.jpg", taken(2020, 5, 2))
    with sqlite3.connect(library.where.catalogue) as connection:
        connection.execute("UPDATE photos SET taken_ms = ? WHERE id = ?", (9_000_000 * browse.DAY_MS, photo_id))
    connection.close()
    (year,) = browse.date_counts(library)
    assert (year.name, year.photo_count) == ("2020", 1)


def test_few_photos_are_found_by_their_ids_however_many_there_are(library, root):
    ids = [record(library, root, b"%d.jpg" % number, taken(2020, 5, 1)) for number in range(300)]
    steps = []
    library.reader._connection.set_progress_handler(lambda: steps.append(1), 10)
    try:
        assert browse.listing(library, Order.RELEVANCE, only=ids[7:9]).ids.tolist() == ids[7:9]
        few = len(steps)
        library.reader.photos_of_embeddings([1, 2])
    finally:
        library.reader._connection.set_progress_handler(None, 0)
    assert few < 60
    assert len(steps) - few < 60
