"""Which files make one photo."""

from photofinder.core.types import Role
from photofinder.ingest.units import group


def grouped(*names: str) -> list[dict[str, Role]]:
    found = {name.encode("utf-8", "surrogateescape"): (1, 2, 3) for name in names}
    return [{f.name.decode("utf-8", "surrogateescape"): f.role for f in unit} for unit in group(found)]


def test_a_raw_and_its_jpeg_are_one_photo_shown_by_the_jpeg():
    assert grouped("IMG_1.CR2", "IMG_1.JPG") == [{"IMG_1.JPG": Role.PRIMARY, "IMG_1.CR2": Role.RAW}]


def test_a_live_photo_is_one_photo():
    assert grouped("IMG_1.HEIC", "IMG_1.MOV", "IMG_1.AAE") == [
        {"IMG_1.HEIC": Role.PRIMARY, "IMG_1.AAE": Role.EDITS, "IMG_1.MOV": Role.VIDEO}
    ]


def test_both_ways_of_naming_a_sidecar_are_understood():
    assert grouped("a.jpg", "a.xmp") == [{"a.jpg": Role.PRIMARY, "a.xmp": Role.SIDECAR}]
    assert grouped("a.jpg", "a.jpg.xmp") == [{"a.jpg": Role.PRIMARY, "a.jpg.xmp": Role.SIDECAR}]
    units = grouped("a.jpg", "a.png", "a.png.xmp")
    assert {"a.png": Role.PRIMARY, "a.png.xmp": Role.SIDECAR} in units


def test_a_raw_with_two_renderings_pairs_with_the_jpeg():
    assert grouped("a.dng", "a.heic", "a.jpg") == [{"a.jpg": Role.PRIMARY, "a.dng": Role.RAW}, {"a.heic": Role.PRIMARY}]


def test_the_sidecar_of_a_pair_belongs_to_it_whatever_it_is_named_after():
    pair = {"a.jpg": Role.PRIMARY, "a.nef": Role.RAW, "a.nef.xmp": Role.SIDECAR}
    assert grouped("a.jpg", "a.nef", "a.nef.xmp") == [pair]


def test_photos_that_only_share_a_stem_stay_apart():
    assert grouped("a.jpg", "a.png") == [{"a.jpg": Role.PRIMARY}, {"a.png": Role.PRIMARY}]
    assert grouped("a.cr2", "a.dng") == [{"a.cr2": Role.PRIMARY}, {"a.dng": Role.PRIMARY}]


def test_companions_without_a_photo_are_left_out():
    assert grouped("film.mov", "lonely.xmp", "a.jpg") == [{"a.jpg": Role.PRIMARY}]


def test_upper_and_lower_case_are_the_same_stem():
    assert grouped("Img_1.jpg", "IMG_1.CR2") == [{"Img_1.jpg": Role.PRIMARY, "IMG_1.CR2": Role.RAW}]


def test_names_that_are_not_utf8_are_kept():
    name = b"\xff.jpg"
    assert [f.name for f in group({name: (1, 2, 3)})[0]] == [name]
