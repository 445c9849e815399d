"""The model: columns instead of objects, newcomers sorted in, tiles only for what is looked at."""

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from photofinder.core.types import Pick
from photofinder.library.browse import UNDATED_MS, Listing, Order, Tile
from photofinder.ui import photo_model
from photofinder.ui.photo_model import PhotoModel
from tests.ui.grid_samples import listing


def tile(photo_id, **known):
    usual = dict.fromkeys(Tile.__dataclass_fields__)
    usual |= {
        "id": photo_id,
        "path": f"/p/{photo_id}.jpg",
        "has_gps": False,
        "has_raw": False,
        "has_video": False,
        "lacks_video": False,
    }
    return Tile(
        **usual | {"lacks_video": False, "stack_count": 1, "missing": False, "away": False, "pick": Pick.NONE} | known
    )


def parted(photos, came):
    def pick(rows):
        columns = (photos.ids, photos.taken_ms, photos.keys, photos.aspects)
        return Listing(photos.order, *(column[rows] for column in columns))

    return pick(np.setdiff1d(np.arange(len(photos)), came)), pick(np.array(came))


@pytest.fixture
def model(qtbot):
    return PhotoModel()


@pytest.mark.parametrize("order", [Order.NEWEST, Order.OLDEST])
@pytest.mark.parametrize("came", [[0], [499], [3, 4, 5, 6], [0, 17, 18, 200, 499]])
def test_newcomers_come_to_where_a_new_listing_would_have_them(model, order, came):
    photos = listing(500, order=order)
    old, new = parted(photos, came)
    model.set_listing(old)
    told = []
    model.photos_inserted.connect(lambda rows: told.append(rows.tolist()))
    assert model.insert(new)
    assert model.listing.ids.tolist() == photos.ids.tolist()
    assert model.listing.keys.tolist() == photos.keys.tolist()
    assert model.listing.aspects.tolist() == photos.aspects.tolist()
    assert model.rowCount() == 500
    assert told == [came]


def test_newcomers_are_no_reset_and_persistent_indexes_follow(model, qtbot):
    old, new = parted(listing(500), [0, 1, 250, 499])
    model.set_listing(old)
    index = QPersistentModelIndex(model.index(300, 0))
    photo_id = model.data(model.index(300, 0), photo_model.ID_ROLE)
    selection = QItemSelectionModel(model)
    selection.select(model.index(300, 0), QItemSelectionModel.SelectionFlag.Select)
    with qtbot.assertNotEmitted(model.modelReset):
        model.insert(new)
    assert index.row() == 303
    assert model.data(model.index(index.row(), 0), photo_model.ID_ROLE) == photo_id
    assert [index.row() for index in selection.selectedIndexes()] == [303]


def test_one_run_of_newcomers_satisfies_qts_own_checks(model):
    checker = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    old, new = parted(listing(50), [10, 11, 12])
    model.set_listing(old)
    model.insert(new)
    model.remove([5])
    assert checker.model() is model


def test_newcomers_at_very_many_places_are_a_reset(model, qtbot):
    photos = listing(2_000)
    old, new = parted(photos, list(range(0, 2_000, 3)))
    model.set_listing(old)
    with qtbot.waitSignal(model.modelReset):
        assert model.insert(new)
    assert model.listing.ids.tolist() == photos.ids.tolist()


def test_photos_that_are_there_already_are_ignored(model):
    photos = listing(30)
    model.set_listing(photos)
    assert model.insert(parted(photos, [2, 3])[1])
    assert model.rowCount() == 30


def test_an_order_that_does_not_know_their_places_refuses_newcomers(model):
    by_name = Listing(Order.NAME, *(getattr(listing(9), name) for name in ("ids", "taken_ms", "keys", "aspects")))
    model.set_listing(by_name)
    assert not model.insert(by_name)
    model.set_listing(listing(9))
    assert not model.insert(listing(9, order=Order.OLDEST, first_id=100))
    assert model.rowCount() == 9


def test_the_first_photos_of_an_empty_library_can_be_newcomers(model):
    assert model.insert(listing(20))
    assert model.rowCount() == 20


def test_photos_can_be_taken_out(model):
    model.set_listing(listing(10))
    model.remove([3, 99, 4])
    assert model.listing.ids.tolist() == [10, 9, 8, 7, 6, 5, 2, 1]
    assert len(model.sections.keys) == 2


def test_rows_are_found_by_id(model):
    model.set_listing(listing(1_000))
    assert model.row_of(1_000) == 0
    assert model.row_of(5_000) is None
    assert model.rows_of([1, 5_000, 999]).tolist() == [999, -1, 1]
    assert model.rows_of([]).tolist() == []


def test_nothing_is_known_until_tiles_are_given_and_few_are_kept(model, monkeypatch):
    monkeypatch.setattr(photo_model, "TILES_KEPT", 3)
    model.set_listing(listing(10))
    assert model.tile(0) is None
    assert model.data(model.index(0, 0)) is None
    model.keep_tiles({photo_id: tile(photo_id) for photo_id in range(1, 11)})
    assert [model.tile(row) is not None for row in range(10)] == [True] * 3 + [False] * 7
    assert model.data(model.index(0, 0)) == "10.jpg"
    model.forget_tiles([10])
    assert model.tile(0) is None


def test_a_photo_is_described_in_words(model):
    zero = np.zeros(1, np.int64)
    model.set_listing(Listing(Order.NEWEST, zero + 7, zero, zero, np.ones(1, np.float32)))
    assert model.described(0) == "Photo, 1 Jan 1970 00:00"
    model.keep_tiles({7: tile(7, width_px=40, height_px=30, rating=3, away="ARCHIVE-2")})
    words = model.data(model.index(0, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert words == "7.jpg, 1 Jan 1970 00:00, 40 \N{MULTIPLICATION SIGN} 30, rated 3, plug in ARCHIVE-2 to see it large"
    model.keep_tiles({7: tile(7, pick=Pick.REJECTED, failure="It is torn.")})
    assert model.described(0) == "7.jpg, 1 Jan 1970 00:00, rejected, It is torn."
    undated = zero + UNDATED_MS
    model.set_listing(Listing(Order.NEWEST, zero + 8, undated, undated, np.ones(1, np.float32)))
    assert model.described(0) == "Photo"
