"""Places for photos that state none: from tracks, from other photos, accepted and taken back."""

import contextlib
import shutil
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from photofinder.catalogue.known_files import KnownFiles
from photofinder.core.errors import QueryProblem
from photofinder.core.mercator import chord_km, sphere
from photofinder.core.tracks import Trail
from photofinder.core.types import (
    Gps,
    How,
    Ingested,
    Metadata,
    PhotoFile,
    Role,
    Stamp,
    Taken,
    TakenSource,
    Unit,
    Volume,
)
from photofinder.library import accepting, browse, positions, proposing, zones
from photofinder.library.details import details
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.library.proposing import GIVEN_ZONE, SAME_CAMERA, STATED_ZONE, WALL_CLOCKS, Track, propose
from photofinder.library.search import search

NOON = datetime(2023, 10, 12, 12, 0)  # noqa: DTZ001 - on the wall in Nepal, UTC+05:45: 06:15 UTC
NOON_UTC_S = 1697091300.0
NEPAL_MIN = 345
NAMCHE = Gps(27.8057, 86.7130)
LUKLA = Gps(27.6869, 86.7298)


@pytest.fixture
def library(tmp_path):
    with Library(locations(tmp_path / "library"), create=True) as library:
        yield library


def record(library, name, minutes=0.0, *, gps=None, zone=None, camera="X100", source=None, photo_id=None):
    root = library.writer().add_root(Volume("mount:/", None, "/"), b"photos")
    unit = Unit(root.id, b"", (PhotoFile(name.encode(), Role.PRIMARY, Stamp(9, 1, 7)),))
    taken = Taken(NOON + timedelta(minutes=minutes), zone, source or TakenSource.EXIF_ORIGINAL)
    known = Metadata(taken=taken, gps=gps, model=camera)
    space_id = library.writer().space("digest", "mini", 8)
    item = Ingested(unit, photo_id, name.encode().ljust(16), known, "JPEG", 30, 20)
    library.writer().record([item], space_id, 1)
    return photo_id or library.reader.select("SELECT max(id) FROM photos")[0][0]


def track(*points, name="walk.gpx"):
    """Points: minutes from noon, latitude, longitude."""
    columns = np.array(points, np.float64)
    trail = Trail(NOON_UTC_S + columns[:, 0] * 60, columns[:, 1], columns[:, 2], np.full(len(points), 3440.0))
    return Track(name, (trail,))


def only_one(found):
    assert len(found.proposals) == 1
    return found.proposals


def photo(library, photo_id):
    return library.reader.photos([photo_id])[photo_id]


def found_by(library, query):
    return {hit.photo.id for hit in search(library, query, 50).hits}


# --- from a track


def test_a_photo_that_states_its_zone_is_on_the_track(library):
    photo_id = record(library, "a.jpg", 1, zone=NEPAL_MIN)
    made = only_one(propose(library, track((0, 27.80, 86.71), (4, 27.80, 86.75))))
    assert made.ids.tolist() == [photo_id]
    assert made.latitude[0] == pytest.approx(27.80, abs=1e-4)
    assert made.longitude[0] == pytest.approx(86.72, abs=1e-4)
    assert made.apart_s[0] == 60
    speed_m_s = 0.04 * 111_195 * np.cos(np.radians(27.8)) / 240
    assert made.confidence[0] == pytest.approx(STATED_ZONE / (1 + speed_m_s * 60 / 1000), rel=1e-3)
    proposal = proposing.proposals_of(library, made, [0])[photo_id]
    assert (proposal.how, proposal.source, proposal.gps.altitude_m) == (How.TRACK, "walk.gpx", 3440)


def test_a_zone_that_the_photo_does_not_state_is_the_users_to_say(library):
    record(library, "a.jpg", 0)
    path = track((0, 27.80, 86.71), (4, 27.80, 86.75))
    found = propose(library, path)
    assert (len(found.proposals), found.without_zone) == (0, 1)
    found = propose(library, path, offset_min=NEPAL_MIN)
    assert found.without_zone == 0
    assert only_one(found).confidence[0] == pytest.approx(GIVEN_ZONE)
    assert len(propose(library, path, offset_min=NEPAL_MIN + 60).proposals) == 0


def test_a_stated_zone_counts_more_than_the_given_one(library):
    record(library, "a.jpg", 0, zone=NEPAL_MIN)
    assert len(propose(library, track((0, 27.8, 86.7)), offset_min=-600).proposals) == 1


def test_the_zone_that_fits_is_suggested(library):
    for minutes in range(0, 60, 5):
        record(library, f"{minutes}.jpg", minutes)
    path = track(*((minutes, 27.8, 86.7) for minutes in range(-5, 70)))
    # Whole and half hours beside it fit nearly as well; the sun over Nepal stands nearest to UTC+05:45.
    assert propose(library, path).suggested_min == NEPAL_MIN
    assert propose(library, path, offset_min=0).suggested_min is None, "it was said already"
    assert propose(library, track((30 * 24 * 60, 27.8, 86.7))).suggested_min is None, "nothing fits"


def test_of_zones_that_fit_alike_the_one_that_other_photos_state_is_suggested(library):
    record(library, "a.jpg", 0)
    record(library, "phone.jpg", 600, zone=6 * 60, gps=NAMCHE)
    path = track(*((minutes, 27.8, 86.7) for minutes in range(-900, 900, 5)))
    assert propose(library, path).suggested_min == 6 * 60


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("+05:45", 345), ("UTC-03:30", -210), ("-3", -180), ("\u22123:30", -210), ("+05:44:30", 344.5)],
)
def test_offsets_as_people_write_them(text, minutes):
    assert zones.minutes(text) == minutes
    assert zones.minutes(zones.written(minutes)) == minutes


@pytest.mark.parametrize("text", ["", "5", "+5:99", "+49", "+05:45:61", "Nepal"])
def test_what_is_no_offset(text):
    with pytest.raises(QueryProblem, match="no distance from UTC"):
        zones.minutes(text)


@pytest.mark.parametrize("source", [TakenSource.FILE_DATE, TakenSource.EXIF_MODIFIED])
def test_when_a_file_was_written_says_nothing_of_where(library, source):
    record(library, "a.jpg", 0, zone=NEPAL_MIN, source=source)
    found = propose(library, track((0, 27.8, 86.7)))
    assert (len(found.proposals), found.without_place, found.without_time) == (0, 1, 1)


def test_a_day_without_a_time_is_no_midnight(library):
    record(library, "a.jpg", -12 * 60, zone=NEPAL_MIN, source=TakenSource.FILE_NAME)
    record(library, "b.jpg", -12 * 60, zone=NEPAL_MIN)
    assert propose(library, track((-12 * 60, 27.8, 86.7))).proposals.ids.tolist() == [2]


def test_a_file_that_is_no_track_is_named(library, tmp_path):
    path = tmp_path / "holiday.gpx"
    path.write_text("<kml/>")
    with pytest.raises(QueryProblem, match=r"holiday\.gpx cannot be used as a track"):
        proposing.read_track(path)


# --- from other photos


@pytest.mark.parametrize(
    ("camera", "mine", "theirs", "clock"),
    [
        ("phone", None, None, SAME_CAMERA),
        ("X100", NEPAL_MIN, NEPAL_MIN, STATED_ZONE),
        ("X100", None, NEPAL_MIN, WALL_CLOCKS),
        ("X100", None, None, WALL_CLOCKS),
    ],
)
def test_a_photo_taken_minutes_before_says_where(library, camera, mine, theirs, clock):
    witness = record(library, "IMG_1.HEIC", 0, gps=NAMCHE, zone=theirs, camera="phone")
    record(library, "a.jpg", 5, zone=mine, camera=camera)
    made = only_one(propose(library))
    assert made.confidence[0] == pytest.approx(clock / (1 + 300 * 4 / 1000))
    assert (made.neighbour_ids[0], made.apart_s[0]) == (witness, 300)
    proposal = proposing.proposals_of(library, made, [0])[2]
    assert (proposal.how, proposal.source, proposal.gps.altitude_m) == (How.NEIGHBOUR, "IMG_1.HEIC", None)
    assert proposal.gps.latitude == pytest.approx(NAMCHE.latitude, abs=1e-6)


def test_zones_apart_are_reckoned_with(library):
    record(library, "phone.jpg", 0, gps=NAMCHE, zone=NEPAL_MIN, camera="phone")
    at_home = record(library, "a.jpg", -NEPAL_MIN, zone=0)  # the same moment, on a camera still at UTC
    record(library, "b.jpg", 0, zone=0)
    assert propose(library).proposals.ids.tolist() == [at_home]


def test_between_two_photos_one_was_on_the_way_and_a_long_way_is_not_sure(library):
    record(library, "1.jpg", 0, gps=NAMCHE, camera="phone")
    record(library, "2.jpg", 8, gps=LUKLA, camera="phone")  # 13 km in 8 minutes: by air
    record(library, "a.jpg", 4, camera="phone")
    made = only_one(propose(library))
    assert made.latitude[0] == pytest.approx((NAMCHE.latitude + LUKLA.latitude) / 2, abs=1e-3)
    assert made.confidence[0] < 0.15


def test_the_surer_of_track_and_neighbour_wins(library):
    record(library, "1.jpg", 0, gps=NAMCHE, zone=NEPAL_MIN, camera="phone")
    record(library, "a.jpg", 0, zone=NEPAL_MIN)
    record(library, "b.jpg", 5, zone=NEPAL_MIN)
    found = propose(library, track((5, 27.9, 86.9)))
    assert found.proposals.neighbour_ids.tolist() == [1, -1]


def test_only_what_is_asked_for(library):
    record(library, "1.jpg", 0, gps=NAMCHE)
    ids = [record(library, f"{n}.jpg", n) for n in range(2, 5)]
    found = propose(library, only=[1, *ids[1:]])
    assert found.proposals.ids.tolist() == ids[1:]
    assert found.without_place == 2
    assert propose(library, within_min=1).proposals.ids.tolist() == []


def test_an_empty_library_has_nothing_to_propose(library):
    found = propose(library, track((0, 1, 2)))
    assert (len(found.proposals), found.without_place) == (0, 0)


# --- accepted


@pytest.fixture
def accepted(library):
    """A photo without GPS, its place accepted from a track."""
    photo_id = record(library, "a.jpg", 0, zone=NEPAL_MIN)
    path = track((0, NAMCHE.latitude, NAMCHE.longitude), name="trek.gpx")
    former = accepting.accept(library, propose(library, path).proposals)
    assert former == {photo_id: None}
    return photo_id, former


def everything_about(library, photo_id):
    return (
        photo(library, photo_id),
        browse.details(library, [photo_id])[photo_id],
        [(each.label, each.value) for each in details(library, photo_id)],
        positions.points(library).ids.tolist(),
        found_by(library, "near:27.8,86.7 within 5km"),
        found_by(library, "in:nepal"),
        found_by(library, "box:86.5,27.6,87.1,28.1"),
        found_by(library, '"Namche Bazaar"'),
        found_by(library, "has:gps"),
        library.reader.counts(),
    )


def test_an_accepted_place_counts_everywhere(library, accepted):
    photo_id, _ = accepted
    known, tile, told, on_map, *queries, counts = everything_about(library, photo_id)
    assert known.metadata.gps == Gps(NAMCHE.latitude, NAMCHE.longitude, 3440)
    assert known.place == "Namche Bazaar, Koshi, Nepal"
    assert tile.has_gps
    assert ("Place from", "proposed from trek.gpx, accepted; 0 s apart, confidence 95%") in told
    assert on_map == [photo_id]
    assert queries == [{photo_id}] * 5
    assert counts.with_gps == 1
    assert propose(library).without_place == 0


def test_taking_it_back_leaves_nothing(library, accepted):
    photo_id, former = accepted
    with_place = everything_about(library, photo_id)
    current = accepting.put(library, former)
    known, tile, told, on_map, *queries, counts = everything_about(library, photo_id)
    assert (known.metadata.gps, known.place, known.accepted) == (None, None, None)
    assert not tile.has_gps
    assert "Place from" not in dict(told)
    assert on_map == []
    assert queries == [set()] * 5
    assert counts.with_gps == 0
    accepting.put(library, current)
    assert everything_about(library, photo_id) == with_place
    assert accepting.withdraw(library) == current
    assert accepting.accepted_ids(library) == []


def test_reading_the_photo_anew_does_not_lose_it(library, accepted):
    photo_id, _ = accepted
    before = everything_about(library, photo_id)
    record(library, "a.jpg", 0, zone=NEPAL_MIN, photo_id=photo_id)
    assert everything_about(library, photo_id) == before


def test_what_the_file_says_later_comes_first(library, accepted):
    photo_id, _ = accepted
    record(library, "a.jpg", 0, zone=NEPAL_MIN, photo_id=photo_id, gps=LUKLA)
    accepting.place_photos(library)
    known = photo(library, photo_id)
    assert (known.metadata.gps, known.place, known.accepted) == (LUKLA, "Lukla, Koshi, Nepal", None)
    assert found_by(library, "near:27.6869,86.7298 within 1km") == {photo_id}
    assert "Place from" not in {each.label for each in details(library, photo_id)}
    assert library.reader.counts().with_gps == 1
    accepting.withdraw(library, [photo_id])
    assert photo(library, photo_id).place == "Lukla, Koshi, Nepal"


def test_a_copy_that_takes_the_place_of_a_photo_may_not_take_a_place_away(library):
    first, copy = record(library, "a.jpg", 0, zone=NEPAL_MIN), record(library, "b.jpg", 0, zone=NEPAL_MIN)
    library.writer()._connection.execute("UPDATE photos SET fingerprint = x'AA'")
    heirs = KnownFiles(library.reader).heirs
    assert heirs(first, 0) == [copy]
    made = propose(library, track((0, 27.8, 86.7))).proposals
    accepting.accept(library, made, [1])
    assert heirs(first, 0) == [], "what was said of the copy alone would be lost"
    accepting.accept(library, made, [0])
    assert heirs(first, 0) == [copy]


def test_forgotten_photos_take_their_places_with_them_and_unknown_ones_are_left_out(library, accepted):
    photo_id, _ = accepted
    proposal = photo(library, photo_id).accepted
    library.writer().forget([photo_id])
    assert accepting.accepted_ids(library) == []
    assert accepting.put(library, {photo_id: proposal, 999: None}) == {}


# --- on real photographs


@pytest.mark.corpus
def test_moved_photos_keep_their_places_and_originals_stay_as_they_are(corpus, tmp_path, library):
    source = corpus / "library/2013/Berlin"
    folder = tmp_path / "photos"
    shutil.copytree(source, folder / "one")
    index(library, [folder])
    ids = library.reader.photos([row[0] for row in library.reader.select("SELECT id FROM photos")])
    chosen = min(ids)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    _forget_gps(library)
    made = np.array([chosen])
    nothing = np.zeros(1)
    some = proposing.Proposals(
        made, made, nothing + 52.5, nothing + 13.4, nothing, made * 0 - 1, nothing, nothing + 1, "t.gpx"
    )
    accepting.accept(library, some)
    assert {path: path.read_bytes() for path in before} == before
    (folder / "one").rename(folder / "other")
    report = index(library, [])
    assert report.moved == len(ids)
    assert photo(library, chosen).accepted.source == "t.gpx"
    assert "other" in photo(library, chosen).path
    assert "Berlin" in photo(library, chosen).place


@pytest.mark.corpus
def test_confidence_keeps_its_word_on_a_real_trek(corpus, library):
    """Every second photo of a trek loses its position and has it proposed by the others: how far off is it?"""
    index(library, [corpus / "library/2023/Everest Base Camp trek"])
    truth = {key: photo.metadata.gps for key, photo in library.reader.photos(_ids(library)).items()}
    by_time = [
        row[0] for row in library.reader.select("SELECT id FROM photos WHERE latitude IS NOT NULL ORDER BY taken_ms")
    ]
    lost = by_time[1::2]
    _forget_gps(library, lost)
    made = propose(library).proposals
    assert set(made.ids.tolist()) <= set(lost)
    assert len(made) > len(lost) / 2
    own = np.array([(truth[key].latitude, truth[key].longitude) for key in made.ids.tolist()])
    chord = np.linalg.norm(sphere(own[:, 0], own[:, 1]) - sphere(made.latitude, made.longitude), axis=1)
    off_km = chord_km(chord)
    claimed_km = SAME_CAMERA / made.confidence - 1  # from the formula: it may be this far off
    assert (off_km <= np.maximum(claimed_km, 0.02)).mean() > 0.9
    assert off_km[made.confidence > 0.5].max() < 1


def _ids(library):
    return [row[0] for row in library.reader.select("SELECT id FROM photos")]


def _forget_gps(library, ids=None):
    ids = _ids(library) if ids is None else ids
    with contextlib.closing(sqlite3.connect(Path(library.reader.path), timeout=10)) as connection, connection:
        marks = ",".join("?" * len(ids))
        connection.execute(f"UPDATE photos SET latitude = NULL, longitude = NULL WHERE id IN ({marks})", ids)
