"""Shifted clocks: in the catalogue alone, whatever is scanned, edited or moved; and bursts in their order."""

import json
import shutil
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photofinder.catalogue import schema
from photofinder.catalogue.connection import open_writing
from photofinder.catalogue.sequence import sequence_of
from photofinder.cli.main import run
from photofinder.core.errors import QueryProblem
from photofinder.core.types import (
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
from photofinder.library import browse, clocks
from photofinder.library.browse import Order
from photofinder.library.clocks import Step
from photofinder.library.details import details
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.library.ranking import ranking

HOUR = timedelta(hours=1)


@pytest.fixture
def library(tmp_path):
    with Library(locations(tmp_path / "library"), create=True) as library:
        yield library


def at(text):
    return datetime.fromisoformat(text)


def record(library, name, when=None, photo_id=None, source=TakenSource.EXIF_ORIGINAL, fingerprint=None):
    """One photo; its id."""
    root = library.writer().add_root(Volume("mount:/", None, "/"), b"photos")
    unit = Unit(root.id, b"", (PhotoFile(name, Role.PRIMARY, Stamp(9, 1, 7)),))
    meta = Metadata(taken=Taken(at(when), None, source) if when else None)
    item = Ingested(unit, photo_id, fingerprint or name.ljust(16), meta, "JPEG", 30, 20)
    library.writer().record([item], library.writer().space("digest", "mini", 8), 1)
    return photo_id or library.reader.select("SELECT max(id) FROM photos")[0][0]


def taken(library, photo_id):
    return library.reader.photos([photo_id])[photo_id].metadata.taken


@pytest.fixture
def three(library):
    """Photos of 10:00, 10:30 and 12:00 on a day."""
    times = ("10:00:00.120", "10:30:00", "12:00:00")
    return [record(library, b"%d.jpg" % number, f"2023-05-17T{time}") for number, time in enumerate(times)]


def test_a_shift_moves_the_photo_in_every_listing_count_and_query(library, three):
    clocks.shift(library, three[:1], timedelta(days=1))
    assert browse.listing(library, Order.OLDEST).ids.tolist() == [three[1], three[2], three[0]]
    assert browse.listing(library, Order.NEWEST).ids.tolist() == [three[0], three[2], three[1]]
    (year,) = browse.date_counts(library)
    assert [(each.name, each.photo_count) for each in year.children[0].children] == [("18", 1), ("17", 2)]
    assert ranking(library, "date:2023-05-18", None).photo_ids.tolist() == three[:1]
    assert browse.details(library, three[:1])[three[0]].taken_ms % 1000 == 120
    assert taken(library, three[0]) == Taken(
        at("2023-05-18T10:00:00.120"), None, TakenSource.EXIF_ORIGINAL, 24 * 3_600_000
    )


def test_the_inspector_says_that_the_clock_was_shifted(library, three):
    clocks.shift(library, three[:1], HOUR)
    said = {each.label: each.value for each in details(library, three[0])}
    assert said["When"] == "Wed 17 May 2023, 11:00:00"
    assert said["Source"] == "from the camera (clock shifted by +1 h)"
    assert {each.label: each.value for each in details(library, three[1])}["Source"] == "from the camera"


def test_shifts_add_up_and_undo_gives_every_photo_back_its_own(library, three):
    assert clocks.shift(library, three[:1], HOUR) == {three[0]: 0}
    former = clocks.shift(library, three, -2 * HOUR)
    assert former == {three[0]: 3_600_000, three[1]: 0, three[2]: 0}
    assert taken(library, three[0]).local == at("2023-05-17T09:00:00.120")
    assert clocks.put(library, former) == {three[0]: -3_600_000, three[1]: -7_200_000, three[2]: -7_200_000}
    assert [taken(library, each).local.hour for each in three] == [11, 10, 12]
    assert clocks.as_in_files(library, three) == {three[0]: 3_600_000}
    assert [taken(library, each).shift_ms for each in three] == [0, 0, 0]
    assert clocks.as_in_files(library, three) == {}, "nothing more to change"


def test_a_shift_is_added_to_what_the_file_says_later(library, three):
    clocks.shift(library, three[:1], HOUR)
    record(library, b"0.jpg", "2023-05-17T10:00:00.120", three[0])
    assert taken(library, three[0]).local == at("2023-05-17T11:00:00.120"), "a rescan"
    record(library, b"0.jpg", "2023-05-17T20:00:00", three[0], fingerprint=b"edited".ljust(16))
    assert taken(library, three[0]).local == at("2023-05-17T21:00:00"), "an edit of the file"
    record(library, b"0.jpg", None, three[0])
    assert taken(library, three[0]) is None
    record(library, b"0.jpg", "2023-05-17T10:00:00", three[0])
    assert taken(library, three[0]).local == at("2023-05-17T11:00:00"), "it says its time again"


def test_a_shift_follows_its_photo_when_it_moves(library, three):
    clocks.shift(library, three[:1], HOUR)
    root = library.reader.roots()[0]
    library.writer().move([(three[0], Unit(root.id, b"x", (PhotoFile(b"new.jpg", Role.PRIMARY, Stamp(1, 1, 1)),)))])
    library.writer().mark_missing(three[:1])
    library.writer().mark_present(three[:1])
    assert taken(library, three[0]).shift_ms == 3_600_000


def test_undated_photos_stay_undated(library, three):
    by_file = record(library, b"f.jpg", "2020-01-01T00:00:00", source=TakenSource.FILE_DATE)
    unknown = record(library, b"u.jpg")
    assert clocks.shift(library, [by_file, unknown, three[0], 999], HOUR) == {three[0]: 0}
    assert taken(library, by_file).local == at("2020-01-01")
    assert sorted(browse.listing(library, days=browse.UNDATED).ids.tolist()) == [by_file, unknown]
    assert clocks.anchor(library, [by_file, unknown, three[1], three[0]]).id == three[1]
    assert clocks.anchor(library, [by_file, 999]) is None


@pytest.mark.parametrize("days", [-200 * 366, 200 * 366])
def test_what_no_camera_can_have_seen_is_refused_as_a_whole(library, three, days):
    with pytest.raises(QueryProblem, match="before 1826 or after 2199"):
        clocks.shift(library, three, timedelta(days=days))
    assert [taken(library, each).shift_ms for each in three] == [0, 0, 0]


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("+1h", "2023-05-17T23:30:00", "2023-05-18T00:30:00"),
        ("-2d12h", "2023-05-17T13:00:00", "2023-05-15T01:00:00"),
        ("1y 3m 4s", "2023-05-17T13:00:00", "2024-05-17T13:03:04"),
        ("-1Y", "2024-02-29T13:00:00", "2023-03-01T13:00:00"),
        ("+4y", "2024-02-29T13:00:00", "2028-02-29T13:00:00"),
    ],
)
def test_steps_as_they_are_written(text, before, after):
    assert at(before) + clocks.parse_step(text).from_(at(before)) == at(after)


@pytest.mark.parametrize("text", ["", "+", "1", "h", "1h1d", "0s", "+-1h", "soon"])
def test_what_is_no_step_is_said(text):
    with pytest.raises(QueryProblem, match="no time to shift by"):
        clocks.parse_step(text)


@pytest.mark.parametrize("step", [Step(years=9_000), Step(years=2_100, back=True), Step(days=10**9 - 1)])
def test_steps_beyond_the_calendar_are_refused(step):
    with pytest.raises(QueryProblem, match="not in the calendar"):
        step.from_(at("2023-05-17"))


@given(st.datetimes(at("1990-01-01"), at("2030-01-01")), st.datetimes(at("1990-01-01"), at("2030-01-01")))
def test_a_photo_is_then_taken_when_it_was(taken, wanted):
    wanted = wanted.replace(microsecond=0)
    assert (taken + clocks.difference(taken, wanted)).replace(microsecond=0) == wanted
    assert (taken + clocks.difference(taken, wanted)).microsecond == taken.microsecond, "bursts stay in order"


@pytest.mark.parametrize(
    ("by", "words"),
    [
        (HOUR, "+1 h"),
        (-HOUR, "-1 h"),
        (timedelta(days=400, minutes=5), "+400 d 5 min"),
        (timedelta(seconds=-90.25), "-1 min 30.25 s"),
        (timedelta(), "0 s"),
    ],
)
def test_a_difference_in_words(by, words):
    assert clocks.said(by) == words


# --- bursts


@pytest.mark.parametrize(
    "names",
    [
        ("IMG_0009.JPG", "IMG_0010.JPG", "IMG_0100.JPG", "IMG_1000.JPG"),
        ("20230517_140322_001.jpg", "20230517_140322_002.jpg", "20230517_140322_010.jpg"),
        ("PXL_20230517_140322_BURST001.jpg", "PXL_20230517_140322_BURST010_COVER.jpg"),
        ("20230517_140322(0).jpg", "20230517_140322(1).jpg", "20230517_140322(10).jpg"),
        ("DSC_0001.NEF", "DSC_0001-2.NEF", "DSC_0001 (3).NEF", "DSC_0002.NEF"),
        ("no number.jpg", "scan 9.jpg", "scan 10.jpg", "scan 100.jpg"),
    ],
)
def test_names_count_as_cameras_do(names):
    found = [sequence_of(name.encode()) for name in names]
    assert found == sorted(set(found))


@given(st.binary(max_size=300))
def test_any_name_has_a_number_that_the_catalogue_can_hold(name):
    assert 0 <= sequence_of(name) < 2**63


def test_photos_of_one_moment_stand_as_their_names_count_not_as_they_came(library):
    ids = {name: record(library, name, "2023-05-17T10:00:00") for name in (b"I_0003.jpg", b"I_0001.jpg", b"I_0002.jpg")}
    in_order = [ids[b"I_0001.jpg"], ids[b"I_0002.jpg"], ids[b"I_0003.jpg"]]
    assert browse.listing(library, Order.OLDEST).ids.tolist() == in_order
    assert browse.listing(library, Order.NEWEST).ids.tolist() == in_order[::-1]
    assert browse.listing(library, Order.RATING).ids.tolist() == in_order[::-1]
    root = library.reader.roots()[0]
    renamed = Unit(root.id, b"", (PhotoFile(b"I_0004.jpg", Role.PRIMARY, Stamp(1, 1, 1)),))
    library.writer().move([(in_order[0], renamed)])
    assert browse.listing(library, Order.OLDEST).ids.tolist() == [*in_order[1:], in_order[0]]


def test_listings_are_still_read_from_one_index(library, three):
    (plan,) = library.reader.select(
        """EXPLAIN QUERY PLAN SELECT id, taken_ms, width_px, height_px FROM photos WHERE missing_since_ms IS NULL
        ORDER BY taken_ms DESC, sequence DESC, photos.id DESC"""
    )
    assert plan[3] == "SEARCH photos USING COVERING INDEX photos_listed (missing_since_ms=?)"


def test_a_catalogue_from_before_has_its_bursts_in_order_too(tmp_path):
    path = tmp_path / "catalogue.sqlite"
    before = next(number for number, (name, _) in enumerate(schema.STEPS) if name == "clocks")
    old = open_writing(path)
    schema.prepare(old, path, schema.STEPS[:before])
    old.execute("INSERT INTO roots VALUES (1, 'mount:/', NULL, x'2F', x'70', 1, NULL)")
    old.execute("INSERT INTO folders VALUES (1, 1, x'')")
    for number, name in enumerate((b"I_0010.jpg", b"I_0009.jpg"), start=1):
        old.execute("INSERT INTO photos (id, added_at_ms, decoder_version, taken_ms) VALUES (?, 1, 1, 5000)", (number,))
        old.execute("INSERT INTO files VALUES (1, ?, ?, 'primary', 1, 1, 1)", (name, number))
    old.close()
    with Library(locations(tmp_path)) as library:
        assert browse.listing(library, Order.OLDEST).ids.tolist() == [2, 1]
        clocks.shift(library, [1], -HOUR)
        assert browse.listing(library, Order.OLDEST).ids.tolist() == [1, 2]


# --- real files


def jpeg(path, when, subsec=None):
    exif = Image.Exif()
    details = exif.get_ifd(0x8769)
    if when:
        details[0x9003] = when
    if subsec is not None:
        details[0x9291] = subsec
    pixels = np.random.default_rng(len(path.name)).integers(0, 255, (240, 320, 3), np.uint8)
    Image.fromarray(pixels).save(path, exif=exif)


@pytest.fixture
def burst(tmp_path):
    """Five frames of one second; the first three with SubSecTimeOriginal, their names the wrong way round."""
    folder = tmp_path / "photos"
    folder.mkdir()
    second = "2023:05:17 10:00:00"
    for name, subsec in (("z1.jpg", "05"), ("y2.jpg", "3"), ("x3.jpg", "875"), ("b_11.jpg", None), ("b_9.jpg", None)):
        jpeg(folder / name, second, subsec)
    jpeg(folder / "before.jpg", "2023:05:17 09:59:59", "999999")
    jpeg(folder / "scan.jpg", None)
    return folder


@pytest.fixture
def call(tmp_path, capsys, burst):
    def run_it(*arguments, expect=0):
        capsys.readouterr()
        code = run([*map(str, arguments), "--library", str(tmp_path / "library"), "--json"])
        out, err = capsys.readouterr()
        assert code == expect, err
        return json.loads(out) if not expect else err

    run_it("index", burst)
    return run_it


def names_by_time(tmp_path):
    with Library(locations(tmp_path / "library")) as library:
        ids = browse.listing(library, Order.OLDEST).ids.tolist()
        known = library.reader.photos(ids)
        return [known[photo_id].location.name for photo_id in ids]


def test_a_burst_stands_by_sub_seconds_then_by_names(call, tmp_path):
    # Undated photos come before everything where the oldest are first.
    expected = ["scan.jpg", "before.jpg", "b_9.jpg", "b_11.jpg", "z1.jpg", "y2.jpg", "x3.jpg"]
    assert names_by_time(tmp_path) == expected


def test_the_command_line_shifts_and_the_files_stay_as_they_are(call, burst, tmp_path):
    before = {path.name: path.read_bytes() for path in burst.iterdir()}
    one, other, scan = burst / "x3.jpg", burst / "z1.jpg", burst / "scan.jpg"
    done = call("shift-time", scan, one, other, "--by=-1h")
    assert done == {"by_s": -3600, "shifted": 2, "undated": 1}
    shown = call("show", one)
    assert (shown["taken"], shown["clock_shift_s"]) == ("2023-05-17T09:00:00.875", -3600)
    assert names_by_time(tmp_path)[1:3] == ["z1.jpg", "x3.jpg"]
    done = call("shift-time", one, other, "--taken-at", "2024-01-01T00:00:00")
    assert done["by_s"] == (at("2024-01-01") - at("2023-05-17T09:00:00")).total_seconds()
    assert call("show", other)["taken"] == "2024-01-01T00:00:00.050"
    assert call("index")["unchanged"] == 7
    shutil.move(one, burst / "moved.jpg")
    jpeg(other, "2023:05:17 11:00:00")
    call("index")
    assert call("show", burst / "moved.jpg")["taken"] == "2024-01-01T00:00:00.875", "it follows the photo"
    assert call("show", other)["taken"] == "2024-01-01T01:00:00", "the file says an hour more now"
    assert call("shift-time", other, "--as-in-file") == {"by_s": None, "shifted": 1, "undated": 0}
    shown = call("show", other)
    assert (shown["taken"], shown["clock_shift_s"]) == ("2023-05-17T11:00:00", None)
    before.pop(other.name)
    before["moved.jpg"] = before.pop(one.name)
    assert {path.name: path.read_bytes() for path in burst.iterdir() if path != other} == before


def test_a_copy_with_a_shift_of_its_own_is_not_given_away_as_a_photo_that_moved(call, burst):
    first, copy = burst / "x3.jpg", burst / "copy.jpg"
    call("shift-time", first, "--by=-2h")
    shutil.copyfile(first, copy)
    call("index")
    assert call("show", copy)["clock_shift_s"] is None, "another photo"
    call("shift-time", copy, "--by", "+1h")
    first.unlink()
    call("index")
    assert call("show", copy)["clock_shift_s"] == 3600


def test_the_command_line_says_what_cannot_be_shifted(call, burst):
    assert "nothing to shift" in call("shift-time", burst / "scan.jpg", "--by", "+1h", expect=1)
    assert "not in the library" in call("shift-time", burst / "none.jpg", "--by", "+1h", expect=1)
    assert "no time to shift by" in call("shift-time", burst / "x3.jpg", "--by", "tomorrow", expect=1)
    assert "no date and time" in call("shift-time", burst / "x3.jpg", "--taken-at", "noon", expect=1)
