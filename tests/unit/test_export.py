"""Copies: as large as asked for, saying what was asked for, and never over anything."""

import errno
import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from photofinder.core.cancel import CancelToken
from photofinder.core.errors import EnvironmentProblem
from photofinder.core.types import Label
from photofinder.library import marks
from photofinder.library.export import Saying, Wanted, export
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.media.load import load

NAMES = ("sideways.jpg", "small.png", "broken.jpg")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("originals")
    noise = np.random.default_rng(1).integers(0, 255, (30, 40, 3), dtype=np.uint8)
    sideways = Image.fromarray(noise).resize((2400, 1800), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F], exif[0x0110] = "Canon", "Canon EOS 80D"
    exif[0x013B], exif[0x8298] = "Zo\u00eb".encode(), "\u00a9 Zo\u00eb".encode()
    exif.get_ifd(0x8769).update(
        {0x829A: 1 / 250, 0x829D: 2.8, 0x8827: 400, 0x920A: 35.0, 0x9003: "2018:11:24 10:14:22", 0xA431: "SERIAL7"}
    )
    exif.get_ifd(0x8769)[0x9011] = "-03:30"
    exif.get_ifd(0x8825).update({1: "S", 2: (54.0, 48.0, 7.5), 3: "W", 4: (68.0, 18.0, 0.0), 5: b"\1", 6: 12.5})
    xmp = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject><rdf:Bag><rdf:li>caf\u00e9 &amp; sea'
        "</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    sideways.save(folder / NAMES[0], exif=exif, quality=90, xmp=xmp.encode())
    Image.fromarray(noise).save(folder / NAMES[1])
    (folder / NAMES[2]).write_bytes(b"\xff\xd8\xff\xe0 this is no photo")
    return folder


@pytest.fixture(scope="module")
def library(folder, tmp_path_factory):
    with Library(locations(tmp_path_factory.mktemp("export-library")), create=True) as opened:
        index(opened, [folder])
        yield opened


@pytest.fixture
def ids(library, folder):
    return [library.locate(folder / name).id for name in NAMES]


def size_of(path):
    with Image.open(path) as copy:
        return copy.size


def test_a_copy_is_upright_smaller_and_in_srgb(library, ids, tmp_path):
    done = export(library, ids[:1], Wanted(tmp_path, long_px=1000, quality=80))
    (path,) = done.copies
    assert path == tmp_path / "sideways.jpg"
    assert done.size_bytes == path.stat().st_size
    with Image.open(path) as copy:
        assert (copy.format, copy.size) == ("JPEG", (750, 1000))
        assert copy.getexif().get(0x0112, 1) == 1, "turned already"
        profile = ImageCms.getOpenProfile(io.BytesIO(copy.info["icc_profile"]))
        assert "sRGB" in ImageCms.getProfileDescription(profile)


def test_photos_are_never_enlarged_and_keep_their_size_if_asked(library, ids, tmp_path):
    done = export(library, ids[:2], Wanted(tmp_path, long_px=5000))
    done.copies += export(library, ids[:2], Wanted(tmp_path)).copies
    sizes = [size_of(path) for path in done.copies]
    assert sizes == [(1800, 2400), (40, 30)] * 2


def test_a_copy_shows_what_the_photo_shows(library, folder, ids, tmp_path):
    (path,) = export(library, ids[:1], Wanted(tmp_path, quality=95)).copies
    copy, original = (load(each, 2000).picture.pixels.astype(int) for each in (path, folder / NAMES[0]))
    assert np.abs(copy - original).mean() < 2


def test_a_copy_says_what_is_known_and_nothing_else(library, folder, ids, tmp_path):
    original = library.reader.photos(ids[:1])[ids[0]].metadata
    marks.rate(library, ids[:1], 4)
    marks.label(library, ids[:1], Label.GREEN)
    (path,) = export(library, ids[:1], Wanted(tmp_path)).copies
    said = load(path).metadata
    assert said.taken == original.taken
    assert (said.camera, said.keywords, said.rating) == (original.camera, original.keywords, 4)
    assert (said.exposure_s, said.f_number, said.iso, said.focal_mm) == pytest.approx((0.004, 2.8, 400, 35.0))
    assert (said.gps.latitude, said.gps.longitude) == pytest.approx((-54.80208, -68.3), abs=1e-5)
    assert said.gps.altitude_m == pytest.approx(-12.5)
    content = path.read_bytes()
    assert b'xmp:Label="Green"' in content
    assert content.count("\u00a9 Zo\u00eb".encode()) == 2, "authorship goes along, in EXIF and XMP"
    assert b"SERIAL7" not in content


def test_the_place_can_be_kept_back(library, ids, tmp_path):
    (path,) = export(library, ids[:1], Wanted(tmp_path, saying=Saying.NO_PLACE)).copies
    said = load(path).metadata
    assert said.gps is None
    assert said.camera == "Canon EOS 80D"


def test_a_copy_can_say_nothing_at_all(library, ids, tmp_path):
    (path,) = export(library, ids[:1], Wanted(tmp_path, saying=Saying.NOTHING)).copies
    content = path.read_bytes()
    assert all(word not in content for word in (b"Exif", b"Canon", b"adobe", "Zo\u00eb".encode(), b"2018"))


def test_nothing_is_ever_replaced(library, ids, folder, tmp_path):
    (tmp_path / "sideways.jpg").write_bytes(b"mine")
    (tmp_path / "sideways-2.jpg").symlink_to(tmp_path / "nowhere")
    first = export(library, ids[:1], Wanted(tmp_path, long_px=100)).copies
    again = export(library, ids[:1], Wanted(tmp_path, long_px=100)).copies
    assert [path.name for path in first + again] == ["sideways-3.jpg", "sideways-4.jpg"]
    assert (tmp_path / "sideways.jpg").read_bytes() == b"mine"
    assert not (tmp_path / "nowhere").exists()


def test_originals_are_only_read(library, ids, folder, tmp_path):
    def state():
        found = sorted(folder.iterdir())
        return [(path, hashlib.sha256(path.read_bytes()).digest(), path.stat().st_mtime_ns) for path in found]

    before = state()
    export(library, ids, Wanted(tmp_path))
    assert state() == before
    export(library, ids[:1], Wanted(folder, long_px=64))  # beside the original
    (folder / "sideways-2.jpg").unlink()
    assert state() == before


def test_a_photo_that_cannot_be_read_does_not_stop_the_others(library, ids, tmp_path):
    heard = []
    done = export(library, [ids[2], 99_999, ids[1]], Wanted(tmp_path / "new" / "folder"), on_progress=heard.append)
    assert [path.name for path in done.copies] == ["small.jpg"]
    assert [name for name, _ in done.failed] == ["broken.jpg", "99999"]
    assert heard == [1, 2, 3]


def test_a_cancelled_export_keeps_what_is_done(library, ids, tmp_path):
    cancel = CancelToken()
    done = export(library, ids[:2], Wanted(tmp_path, long_px=64), on_progress=lambda _: cancel.cancel(), cancel=cancel)
    assert done.stopped
    assert len(done.copies) == len(list(tmp_path.glob("*.jpg"))) == 1


def test_a_full_disk_is_told_and_leaves_no_torn_copy(library, ids, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("photofinder.library.export.os.fsync", full)
    with pytest.raises(EnvironmentProblem, match="full"):
        export(library, ids[:1], Wanted(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(library, ids, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(EnvironmentProblem, match="cannot be written"):
        export(library, ids[:1], Wanted(tmp_path / "file" / "below"))


@pytest.mark.corpus
def test_real_photos_of_every_kind_become_copies(corpus, tmp_path):
    """RAW, HEIC, TIFF and the rest, with whatever metadata cameras write."""
    kinds: dict[str, Path] = {}
    for path in sorted((corpus / "library").rglob("*")):
        if path.is_file():
            kinds.setdefault(path.suffix.lower(), path)
    with Library(locations(tmp_path / "library"), create=True) as library:
        photos = tmp_path / "photos"
        photos.mkdir()
        for path in kinds.values():
            (photos / path.name).write_bytes(path.read_bytes())
        report = index(library, [photos])
        found = library.reader.select("SELECT id FROM photos WHERE failure_kind IS NULL")
        done = export(library, [photo_id for (photo_id,) in found], Wanted(tmp_path / "copies", long_px=800))
        assert done.failed == []
        assert len(done.copies) == len(found) == report.added > 3
        for path in done.copies:
            assert max(size_of(path)) <= 800
            assert load(path).metadata.taken is not None
