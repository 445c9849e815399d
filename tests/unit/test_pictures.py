"""One photo to look at, out of a real library."""

import io
import shutil

import numpy as np
import pytest
from PIL import Image

from photofinder.core.errors import FailureKind, MediaProblem, QueryProblem
from photofinder.library.details import details, shared_details
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.library.pictures import full, preview, thumbnail


@pytest.fixture
def library(samples, tmp_path):
    """A large photo taken sideways, a small one, and one that is none."""
    folder = tmp_path / "photos"
    folder.mkdir()
    noise = np.random.default_rng(1).integers(0, 255, (30, 40, 3), dtype=np.uint8)
    sideways = Image.fromarray(noise).resize((2400, 1800), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F], exif[0x0110] = "Canon", "Canon EOS 80D"
    exif.get_ifd(0x8769).update(
        {0x829A: 1 / 250, 0x829D: 2.8, 0x8827: 400, 0x920A: 35.0, 0x9003: "2018:11:24 10:14:22"}
    )
    sideways.save(folder / "sideways.jpg", exif=exif, quality=90)
    shutil.copy2(samples / "chelsea.png", folder)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 this is no photo")
    with Library(locations(tmp_path / "library"), create=True) as opened:
        index(opened, [folder])
        yield opened


@pytest.fixture
def ids(library, tmp_path):
    names = ("sideways.jpg", "chelsea.png", "broken.jpg")
    return [library.locate(tmp_path / "photos" / name).id for name in names]


def test_pictures_grow_from_thumbnail_to_all_pixels(library, ids):
    small, middle = (Image.open(io.BytesIO(read(library, ids[0]))) for read in (thumbnail, preview))
    assert small.size == (240, 320)
    assert middle.size == (768, 1024)
    assert full(library, ids[0], 100_000_000).shape == (2400, 1800, 3)


def test_full_is_bounded(library, ids):
    height_px, width_px, _ = full(library, ids[0], 1_200_000).shape
    assert (width_px, height_px) == (900, 1200)


def test_a_lost_thumbnail_is_made_from_the_preview(library, ids):
    library.thumbnails.remove(library.reader.fingerprint(ids[0]))
    assert Image.open(io.BytesIO(thumbnail(library, ids[0]))).size == (768, 1024)


def test_a_broken_photo_says_why(library, ids):
    for read in (thumbnail, preview, lambda *which: full(*which, 1000)):
        with pytest.raises(MediaProblem) as caught:
            read(library, ids[2])
        assert caught.value.kind is FailureKind.UNREADABLE
    told = {(each.group, each.label): each.value for each in details(library, ids[2])}
    assert told["Cannot be read", "Reason"] == caught.value.what
    assert "copy" in told["Cannot be read", "What to do"]


def test_a_photo_whose_original_is_gone_keeps_its_thumbnail(library, ids, tmp_path):
    (tmp_path / "photos" / "sideways.jpg").unlink()
    assert thumbnail(library, ids[0])
    with pytest.raises(MediaProblem) as caught:
        full(library, ids[0], 1_000_000)
    assert caught.value.kind is FailureKind.VANISHED


def test_an_unknown_photo_is_no_bug(library):
    with pytest.raises(QueryProblem):
        details(library, 99)


def test_details_are_worded_and_in_order(library, ids):
    told = details(library, ids[0])
    values = {each.label: each.value for each in told}
    assert list(dict.fromkeys(each.group for each in told)) == ["Photo", "Taken", "Camera", "Search"]
    assert values["Name"] == "sideways.jpg"
    assert values["Size"] == "1800 \u00d7 2400 (4.3 MP)"
    assert values["Camera"] == "Canon EOS 80D"
    assert (values["Exposure"], values["Aperture"], values["Sensitivity"]) == ("1/250 s", "f/2.8", "ISO 400")
    assert values["When"] == "Sat 24 Nov 2018, 10:14:22"
    assert values["Source"] == "from the camera"


def test_several_photos_show_what_they_share(library, ids):
    values = {each.label: each.value for each in shared_details(library, ids[:2])}
    assert values["Name"] == "2 different"
    assert values["Folder"].endswith("photos")
    assert values["Aperture"] == "2 different"  # one of them does not say


def test_among_several_it_is_counted_which_cannot_be_read(library, ids):
    told = shared_details(library, [ids[2], ids[0], ids[1]])  # the broken one, which says least, first
    assert (told[0].group, told[0].value) == ("Cannot be read", "1 of these 3 photos")
    groups = [each.group for each in told]
    assert list(dict.fromkeys(groups)) == ["Cannot be read", "Photo", "Taken", "Camera", "Search"]
    assert groups == sorted(groups, key=list(dict.fromkeys(groups)).index)
