"""Real photos: every file of the zoo ends as it should, and every label of the library comes out right."""

import csv
import dataclasses
import hashlib
import os
import tarfile
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photofinder.core.errors import FailureKind, MediaProblem
from photofinder.core.types import TakenSource
from photofinder.media import heif
from photofinder.media.decode import decode
from photofinder.media.formats import is_ignored_name, is_photo_name
from photofinder.media.load import Loaded, load

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(
        "PHOTOFINDER_TEST_PHOTOS" not in os.environ,
        reason="PHOTOFINDER_TEST_PHOTOS names no folder of photos",
    ),
]

SKIPPED_BY_NAME = {
    # Documented choices: hidden, packages of other programs, no suffix.
    "names/.hidden.jpg",
    "names/.hidden-folder/inside.jpg",
    "names/album.photoslibrary/originals/x.jpg",
    "wrong-extension/mongolia",
}
FAILURES = {
    # Where the csv leaves a choice, or the kind is not plainly "unreadable".
    "broken/zero_bytes.jpg": FailureKind.EMPTY,
    "broken/empty.heic": FailureKind.EMPTY,
    "broken/cut_at_half.jpg": FailureKind.UNREADABLE,  # 48 % of it is there
    "broken/truncated_10k.jpg": FailureKind.UNREADABLE,  # 44 %
    "broken/cut.png": FailureKind.UNREADABLE,
    "broken/truncated_10k.png": FailureKind.UNREADABLE,
    "broken/truncated.gif": FailureKind.UNREADABLE,
    "metadata/huge_tag_exif.jpg": FailureKind.UNREADABLE,  # no picture follows the EXIF block
    "metadata/max_uint32_exif.jpg": FailureKind.UNREADABLE,
    "limits/bomb.ico": FailureKind.UNSUPPORTED,
    "formats/uncompressed.heif": FailureKind.UNSUPPORTED,
    "formats/hopper.ico": FailureKind.UNSUPPORTED,
    "formats/hopper.qoi": FailureKind.UNSUPPORTED,
    "formats/hopper.ppm": FailureKind.UNSUPPORTED,
}
SHOWN = {
    "broken/cut_heic.heic",  # by its thumbnail
    "broken/truncated.heic",
    "broken/flipped_bytes.jpg",
    "broken/missing_tail.jpg",
}


def photos() -> Path:
    return Path(os.environ["PHOTOFINDER_TEST_PHOTOS"])


def rows(name: str) -> list[dict[str, str]]:
    with (photos() / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def zoo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("zoo")
    with tarfile.open(photos() / "zoo.tar", errors="surrogateescape") as tar:
        tar.extractall(folder, filter="data")
    return folder / "zoo"


def expected_failure(row: dict[str, str]) -> FailureKind | None:
    if row["file"] in FAILURES:
        return FAILURES[row["file"]]
    if row["file"] in SHOWN:
        return None
    if row["expected"].startswith("does not decode"):
        return FailureKind.UNREADABLE
    if row["expected"].startswith("refused"):
        return FailureKind.TOO_LARGE
    return None


def test_every_file_of_the_zoo_ends_as_it_should(zoo):
    wrong: list[str] = []
    for row in rows("zoo.csv"):
        path = zoo / row["file"]
        offered = is_photo_name(path.name) and not any(map(is_ignored_name, Path(row["file"]).parts))
        not_a_photo = row["expected"].startswith(("not a photo", "skipped or rendered", "never runs"))
        if offered == (not_a_photo or row["file"] in SKIPPED_BY_NAME):
            wrong.append(f"{row['file']}: offered {offered}")
        before = hashlib.sha256(path.read_bytes()).digest(), path.stat().st_mtime_ns
        started = time.perf_counter()
        try:
            loaded = load(path)
        except MediaProblem as problem:
            kind, end = problem.kind, f"{problem.kind}: {problem.what}"
        else:
            kind, end = None, f"{loaded.picture}"
            if not min(loaded.picture.pixels.shape) or len(loaded.fingerprint) != 16:
                wrong.append(f"{row['file']}: nothing to see")
        if time.perf_counter() - started > 10:
            wrong.append(f"{row['file']}: took too long")
        if offered and kind is not expected_failure(row):
            wrong.append(f"{row['file']}: {end}; expected {row['expected']}")
        if (hashlib.sha256(path.read_bytes()).digest(), path.stat().st_mtime_ns) != before:
            wrong.append(f"{row['file']}: changed")
    assert not wrong


def test_zoo_sizes_and_places(zoo):
    wrong: list[str] = []
    no_place = {
        "metadata/gps_lat_213.jpg",  # impossible
        "metadata/gps_zero_zero.jpg",  # a phone without a fix
        "metadata/refs_missing.jpg",  # no letters for the hemispheres: no pin rather than a wrong one
    }
    for row in rows("zoo.csv"):
        try:
            found = load(zoo / row["file"])
        except MediaProblem:
            continue
        picture, gps = found.picture, found.metadata.gps
        size = (int(row["width"] or 0), int(row["height"] or 0))
        # The csv gives sizes as stored, of RAW files the preview's.
        known = size[0] and not row["file"].startswith("raw/")
        if known and sorted(size) != sorted((picture.width_px, picture.height_px)):
            wrong.append(f"{row['file']}: {picture}, not {size}")
        place = (float(row["lat"]), float(row["lon"])) if row["lat"] and row["file"] not in no_place else None
        if (place is None) != (gps is None) or (
            gps and place and max(abs(gps.latitude - place[0]), abs(gps.longitude - place[1])) > 1e-5
        ):
            wrong.append(f"{row['file']}: {gps}, not {place}")
    assert not wrong


@pytest.mark.parametrize(
    ("name", "source", "local"),
    [
        ("date_blank", TakenSource.FILE_DATE, None),
        ("date_zero", TakenSource.FILE_DATE, None),
        ("feb_30", TakenSource.FILE_DATE, None),
        ("gps_no_date", TakenSource.FILE_DATE, None),
        ("date_1919", TakenSource.EXIF_ORIGINAL, "1919-05-04T05:59:26"),
        ("date_subsec", TakenSource.EXIF_ORIGINAL, "2018-06-26T17:46:33.847000"),
        ("date_priority", TakenSource.EXIF_ORIGINAL, "2023-02-02T02:00:00"),
        ("future_2099", TakenSource.EXIF_ORIGINAL, "2099-12-31T23:59:59"),
        ("iso_date", TakenSource.EXIF_ORIGINAL, "2021-05-06T07:08:09"),
        ("tz_offset", TakenSource.EXIF_ORIGINAL, "2021-07-01T23:30:00"),
        ("burst_a", TakenSource.EXIF_ORIGINAL, "2021-07-01T10:00:00.010000"),
        ("burst_b", TakenSource.EXIF_ORIGINAL, "2021-07-01T10:00:00.450000"),
        ("epoch_1970", TakenSource.EXIF_ORIGINAL, "1970-01-01T00:00:00"),
    ],
)
def test_zoo_dates(zoo, name, source, local):
    taken = load(zoo / "metadata" / f"{name}.jpg").metadata.taken
    assert taken
    assert taken.source is source
    assert local in {None, taken.local.isoformat()}
    assert taken.offset_min == 540 if name == "tz_offset" else True


def test_zoo_words(zoo):
    iptc = load(zoo / "metadata/iptc_caption.jpg").metadata
    assert "Himalayans" in iptc.keywords
    assert (iptc.caption or "").startswith("Southern Himalayan Mountains")
    assert load(zoo / "metadata/picasa_tags.jpg").metadata.keywords == ("Frost", "Yard")
    assert load(zoo / "metadata/xmp_rating.jpg").metadata.rating == 3


def coarse(pixels):
    return np.asarray(Image.fromarray(pixels).resize((32, 32), Image.Resampling.BOX)).astype(int)


def test_orientation_set_shows_the_same_picture(zoo):
    first = coarse(decode(zoo / "orientation/landscape_1.jpg", 256).pixels)
    for n in range(2, 9):
        other = coarse(decode(zoo / f"orientation/landscape_{n}.jpg", 256).pixels)
        assert np.abs(other - first).mean() < 6, n  # all but the big digit


@pytest.mark.parametrize("name", ["canon_eos_6d.dng", "kodak_dc50_é.KDC"])
def test_raw_under_a_name_that_is_not_utf8(zoo, tmp_path, name):
    path = tmp_path / os.fsdecode(b"caf\xe9" + name[-4:].encode())
    path.write_bytes((zoo / "raw" / name).read_bytes())
    ours, plain = load(path), load(zoo / "raw" / name)
    assert ours.fingerprint == plain.fingerprint
    assert np.array_equal(ours.picture.pixels, plain.picture.pixels)
    assert ours.metadata.camera == plain.metadata.camera


def test_xyb_colours_come_out_of_their_profile(zoo):
    red, green, blue = decode(zoo / "formats/xyb.jpg", 256).pixels.reshape(-1, 3).mean(axis=0)
    assert red > green > blue  # straw; without the profile it is green and purple


@dataclasses.dataclass
class Labelled:
    row: dict[str, str]
    loaded: Loaded


@pytest.fixture(scope="module")
def library():
    return [Labelled(row, load(photos() / "library" / row["path"])) for row in rows("labels.csv")]


# The label was read past the NUL that ends the text in the file.
LABEL_CAMERAS = {
    "2000/Home/DSC05015.JPG": ("SONY", "MAVICA"),
    "2003/Garden/photo-0297.jpg": ("Trust.", "Gemini11"),
}


def test_library_cameras(library):
    for each in library:
        row, found = each.row, each.loaded.metadata
        make, model = LABEL_CAMERAS.get(row["path"], (" ".join(row["make"].split()), " ".join(row["model"].split())))
        assert (found.make or "", found.model or "") == (make, model), row["path"]


def test_library_dates(library):
    for each in library:
        row, taken = each.row, each.loaded.metadata.taken
        assert taken
        label = row["datetime_original"]
        if any(digit in label for digit in "123456789"):
            assert taken.local.strftime("%Y:%m:%d %H:%M:%S") == label[:19], row["path"]
            assert taken.source in {TakenSource.EXIF_ORIGINAL, TakenSource.EXIF_DIGITIZED}, row["path"]
        else:  # blank, zero or none: the labels do not know the date of the last change, which then counts
            assert taken.source not in {TakenSource.EXIF_ORIGINAL, TakenSource.EXIF_DIGITIZED}, row["path"]


def test_library_places(library):
    for each in library:
        row, gps = each.row, each.loaded.metadata.gps
        assert (gps is not None) == (row["gps"] == "1"), row["path"]
        if gps:
            assert gps.latitude == pytest.approx(float(row["lat"]), abs=1e-5), row["path"]
            assert gps.longitude == pytest.approx(float(row["lon"]), abs=1e-5), row["path"]


def test_library_sizes_are_upright(library):
    for each in library:
        row, picture = each.row, each.loaded.picture
        size = (int(row["width"]), int(row["height"]))
        if row["orientation"] in {"5", "6", "7", "8"}:
            size = size[::-1]
        if picture.format == "RAW":  # the label gives the embedded preview's
            assert picture.width_px > size[0]
        else:
            assert (picture.width_px, picture.height_px) == size, row["path"]
            assert picture.format == row["format"]
        height, width = picture.pixels.shape[:2]
        assert width / height == pytest.approx(picture.width_px / picture.height_px, rel=0.02), row["path"]


def test_heic_thumbnails_show_what_the_whole_picture_shows(monkeypatch):
    paths = sorted((photos() / "library").rglob("*.[hH][eE][iI][cC]"))[::8]
    with_thumbnail = [decode(path, 224) for path in paths]
    monkeypatch.setattr(heif, "_thumbnail", lambda *_: None)
    assert any(picture.pixels.shape[0] in {312, 416} for picture in with_thumbnail)
    for path, small in zip(paths, with_thumbnail, strict=True):
        whole = decode(path, 224)
        assert (small.width_px, small.height_px) == (whole.width_px, whole.height_px)
        assert np.abs(coarse(small.pixels) - coarse(whole.pixels)).mean() < 6, path.name
