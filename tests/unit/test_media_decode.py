"""Pixels: every format upright, in sRGB, reduced; and what is refused."""

import io
import os
import struct
import threading
import zlib
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pillow_heif
import pytest
import rawpy
from PIL import Image, ImageCms

from photofinder.core.errors import FailureKind, MediaProblem
from photofinder.media import guard, raw
from photofinder.media.boxes import same_turn
from photofinder.media.decode import decode
from photofinder.media.picture import Need

CORNERS = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]], np.uint8)  # red green / blue white
# How a picture must be stored so that the given EXIF orientation shows it upright.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def corners(width=96, height=64):
    return Image.fromarray(CORNERS).resize((width, height), Image.Resampling.NEAREST)


def save(image, path, **options):
    image.save(path, **options)
    return path


def assert_corners(picture, tolerance=60):
    height, width = picture.pixels.shape[:2]
    found = picture.pixels[[[height // 4] * 2, [height * 3 // 4] * 2], [[width // 4, width * 3 // 4]] * 2]
    assert np.abs(found.astype(int) - CORNERS).max() < tolerance


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "avif"])
def test_orientation_is_applied_exactly_once(tmp_path, suffix, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = corners()
    if STORED[orientation] is not None:
        image = image.transpose(STORED[orientation])
    picture = decode(save(image, tmp_path / f"a.{suffix}", exif=exif), 32)
    assert (picture.width_px, picture.height_px) == (96, 64)
    assert picture.pixels.shape == (64, 96, 3)
    assert_corners(picture)


@pytest.mark.parametrize("orientation", [0, 9, 40000])
def test_impossible_orientation_counts_as_none(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert_corners(decode(save(corners(), tmp_path / "a.jpg", exif=exif), 32))


def test_heif_is_not_turned_a_second_time_by_its_exif(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    heif = pillow_heif.from_pillow(corners())
    heif.save(tmp_path / "a.heic", exif=exif.tobytes(), quality=90)
    expected = pillow_heif.open_heif(tmp_path / "a.heic").size
    picture = decode(tmp_path / "a.heic", 32)
    assert (picture.width_px, picture.height_px) == expected


def test_heif_thumbnail_serves_where_it_is_enough(tmp_path):
    path = tmp_path / "a.heic"
    pillow_heif.from_pillow(corners(1200, 800)).save(path, thumbnails=[600], quality=80)
    assert same_turn(path.read_bytes())
    small = decode(path, 400)
    assert (small.width_px, small.height_px) == (1200, 800)
    assert small.pixels.shape == (400, 600, 3)
    assert_corners(small)
    assert decode(path, 401).pixels.shape == (800, 1200, 3)


def box(kind, body):
    return struct.pack(">I", 8 + len(body)) + kind + body


def heif_meta(of_primary, of_thumbnail, properties):
    """The boxes of a HEIF: item 1 is the picture, item 2 its thumbnail, each with its property numbers."""
    items = ((1, of_primary), (2, of_thumbnail))
    ipma = struct.pack(">II", 0, 2) + b"".join(struct.pack(">HB", n, len(of)) + bytes(of) for n, of in items)
    iprp = box(b"ipco", b"".join(properties)) + box(b"ipma", ipma)
    iref = bytes(4) + box(b"thmb", struct.pack(">HHH", 2, 1, 1))
    meta = bytes(4) + box(b"pitm", struct.pack(">IH", 0, 1)) + box(b"iprp", iprp) + box(b"iref", iref)
    return box(b"ftyp", b"heic") + box(b"meta", meta)


def test_heif_thumbnail_that_is_turned_otherwise_is_not_used():
    properties = [box(b"irot", b"\2"), box(b"irot", b"\0"), box(b"clap", bytes(32)), box(b"irot", b"\2")]
    assert same_turn(heif_meta([0x81], [0x81], properties))
    assert same_turn(heif_meta([1], [4], properties))
    assert same_turn(heif_meta([], [], properties))
    assert not same_turn(heif_meta([1], [], properties))
    assert not same_turn(heif_meta([1], [2], properties))
    assert not same_turn(heif_meta([1, 3], [1], properties))  # cropped
    assert not same_turn(heif_meta([1], [1], properties).replace(b"thmb", b"auxl"))
    assert not same_turn(b"")


def test_pictures_are_reduced_but_stay_large_enough(tmp_path):
    for suffix in ("jpg", "png", "webp", "tif", "heic"):
        path = tmp_path / f"a.{suffix}"
        if suffix == "heic":
            pillow_heif.from_pillow(corners(3000, 2000)).save(path)
        else:
            save(corners(3000, 2000), path)
        picture = decode(path, 256)
        assert 256 <= picture.pixels.shape[0] < 512
        assert (picture.width_px, picture.height_px) == (3000, 2000)
        assert picture.pixels.flags.c_contiguous
        assert_corners(picture)


def test_long_side_is_large_enough_for_a_thumbnail(tmp_path):
    assert decode(save(corners(3000, 3000), tmp_path / "a.jpg"), 100).pixels.shape[0] >= 320


@pytest.mark.parametrize("size", [(30000, 8), (8, 30000), (1, 1), (1, 900)])
@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_strips_keep_their_pixels(tmp_path, size, suffix):
    picture = decode(save(Image.new("RGB", size, "red"), tmp_path / f"a.{suffix}"), 256)
    height, width = picture.pixels.shape[:2]
    assert min(height, width) == min(size)
    assert max(height, width) >= min(320, max(size))
    assert (picture.width_px, picture.height_px) == size


def test_small_pictures_are_not_enlarged(tmp_path):
    assert decode(save(corners(40, 20), tmp_path / "a.jpg"), 256).pixels.shape == (20, 40, 3)


def test_content_decides_not_the_name(tmp_path):
    path = tmp_path / "a.jpg"
    corners().save(path, "PNG")
    assert decode(path, 32).format == "PNG"


@pytest.mark.parametrize("name", [b"caf\xe9.jpg", b"caf\xe9.heic", b"caf\xe9.tif", b"\xff\xfe.png"])
def test_names_that_are_not_utf8(tmp_path, name):
    path = tmp_path / os.fsdecode(name)
    try:
        path.touch()
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    content = io.BytesIO()
    if name.endswith(b"heic"):
        pillow_heif.from_pillow(corners()).save(content)
    else:
        corners().save(content, {"jpg": "JPEG", "tif": "TIFF", "png": "PNG"}[name.decode("latin-1")[-3:]])
    path.write_bytes(content.getvalue())
    assert_corners(decode(path, 32))


def test_cmyk_is_not_inverted(tmp_path):
    path = save(Image.new("CMYK", (64, 64), (0, 255, 255, 0)), tmp_path / "a.jpg", quality=95)
    red, green, blue = decode(path, 32).pixels[32, 32]
    assert red > 200
    assert green < 60
    assert blue < 60


def test_sixteen_bit_grey_is_scaled_not_clipped(tmp_path):
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[None].repeat(64, axis=0)
    for suffix in ("png", "tif"):
        pixels = decode(save(Image.fromarray(ramp), tmp_path / f"a.{suffix}"), 32).pixels
        assert np.abs(pixels[10, :, 0].astype(int) - np.arange(256)).max() <= 1


def test_floating_point_grey_from_black_to_white(tmp_path):
    ramp = np.linspace(0, 1, 256, dtype=np.float32)[None].repeat(64, axis=0)
    pixels = decode(save(Image.fromarray(ramp), tmp_path / "a.tif"), 32).pixels
    assert pixels[0, 0, 0] == 0
    assert pixels[0, 255, 0] == 255


def test_transparency_lies_on_white(tmp_path):
    clear = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    assert (decode(save(clear, tmp_path / "a.png"), 32).pixels == 255).all()
    palette = Image.new("P", (64, 64), 3)
    path = save(palette, tmp_path / "b.gif", transparency=3)
    assert (decode(path, 32).pixels == 255).all()


def test_first_frame_of_animations(tmp_path):
    path = tmp_path / "a.gif"
    Image.new("RGB", (64, 64), "red").save(path, save_all=True, append_images=[Image.new("RGB", (64, 64), "blue")])
    red, _, blue = decode(path, 32).pixels[5, 5]
    assert red > 250
    assert blue < 5


def test_wide_gamut_profiles_are_converted(tmp_path, p3_profile):
    image = Image.new("RGB", (64, 64), (200, 60, 60))
    for suffix in ("jpg", "png", "tif", "webp"):
        path = save(image, tmp_path / f"a.{suffix}", icc_profile=p3_profile, quality=95)
        red, green, _ = decode(path, 32).pixels[32, 32].astype(int)
        assert red > 208  # the same red has a larger number in the smaller gamut
        assert green < 60


def test_srgb_under_any_name_and_broken_profiles_change_nothing(tmp_path):
    image = Image.new("RGB", (64, 64), (200, 60, 60))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (srgb, b"not a profile at all", srgb[:200]):
        path = save(image, tmp_path / "a.png", icc_profile=profile)
        assert decode(path, 32).pixels[0, 0].tolist() == [200, 60, 60]


@pytest.fixture
def p3_profile():
    """Display P3: a matrix profile made of sRGB's by exchanging its primaries."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    primaries = {
        b"rXYZ": (0.5151, 0.2412, -0.0011),
        b"gXYZ": (0.2919, 0.6922, 0.0419),
        b"bXYZ": (0.1572, 0.0666, 0.7841),
    }
    for n in range(int.from_bytes(profile[128:132], "big")):
        name, offset, _ = struct.unpack_from(">4sII", profile, 132 + 12 * n)
        if name in primaries:
            struct.pack_into(">3i", profile, offset + 8, *(round(v * 65536) for v in primaries[name]))
    return bytes(profile)


def failure(path, kind, content=None):
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MediaProblem) as caught:
        decode(path, 256)
    assert caught.value.kind is kind
    assert path.name not in caught.value.what
    assert caught.value.what.endswith(".")
    return caught.value.what


def jpeg_bytes(size=(400, 300), **options):
    rng = np.random.default_rng(1)
    out = io.BytesIO()
    noise = Image.fromarray(rng.integers(0, 255, (size[1] // 8, size[0] // 8, 3), np.uint8))
    noise.resize(size).save(out, "JPEG", **options)
    return out.getvalue()


def test_mostly_whole_jpeg_is_shown(tmp_path):
    content = jpeg_bytes()
    path = tmp_path / "a.jpg"
    path.write_bytes(content[: len(content) * 4 // 5])
    assert decode(path, 256).width_px == 400
    assert "%" in failure(path, FailureKind.UNREADABLE, content[: len(content) // 5])


def test_cut_progressive_jpeg_is_shown_coarsely(tmp_path):
    content = jpeg_bytes(progressive=True)
    path = tmp_path / "a.jpg"
    path.write_bytes(content[: len(content) // 3])
    assert decode(path, 256).pixels.std() > 10


def test_cut_jpeg_shows_the_thumbnail_in_its_exif(tmp_path):
    small = io.BytesIO()
    corners(80, 60).save(small, "JPEG")
    # An EXIF block whose second directory holds the thumbnail.
    tiff = struct.pack("<2sHIHI", b"II", 42, 8, 0, 14) + struct.pack("<H", 2)
    tiff += struct.pack("<HHII", 0x0201, 4, 1, 44) + struct.pack("<HHII", 0x0202, 4, 1, len(small.getvalue()))
    exif = b"Exif\0\0" + tiff + struct.pack("<I", 0) + small.getvalue()
    content = jpeg_bytes(exif=exif)
    path = tmp_path / "a.jpg"
    path.write_bytes(content[: content.rfind(b"\xff\xda") + 60])
    picture = decode(path, 256)
    assert (picture.width_px, picture.height_px) == (400, 300)
    assert picture.pixels.shape == (60, 80, 3)
    assert_corners(picture)


@pytest.mark.parametrize("content_format", ["PNG", "GIF", "WEBP", "TIFF", "AVIF", "BMP"])
def test_other_cut_photos_are_unreadable(tmp_path, content_format):
    out = io.BytesIO()
    Image.open(io.BytesIO(jpeg_bytes())).save(out, content_format)
    failure(tmp_path / "a.png", FailureKind.UNREADABLE, out.getvalue()[: len(out.getvalue()) // 2])


def test_refused_kinds(tmp_path):
    path = tmp_path / "a.jpg"
    failure(path, FailureKind.EMPTY, b"")
    failure(path, FailureKind.UNREADABLE, b"hello")
    failure(path, FailureKind.UNREADABLE, b"\0" * 4096)
    failure(path, FailureKind.UNSUPPORTED, b"qoif" + b"\0" * 100)
    failure(tmp_path / "gone.jpg", FailureKind.VANISHED)
    failure(tmp_path, FailureKind.UNREADABLE)
    failure(tmp_path / "a.nef", FailureKind.UNREADABLE, b"II*\0\x08\0\0\0" + b"\0" * 100)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    failure(tmp_path / "pipe.jpg", FailureKind.UNREADABLE)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the administrator may read everything")
def test_no_permission(tmp_path):
    path = save(corners(), tmp_path / "a.jpg")
    path.chmod(0)
    failure(path, FailureKind.DENIED)


def test_bombs_are_refused_before_their_pixels(tmp_path):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 20000, 20000, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    assert "400" in failure(tmp_path / "a.png", FailureKind.TOO_LARGE, png)
    jpeg = bytearray(jpeg_bytes())
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = struct.pack(">HH", 60000, 60000)
    failure(tmp_path / "a.jpg", FailureKind.TOO_LARGE, bytes(jpeg))


class FakeRaw:
    """As much of LibRaw as the preview needs: a sensor lying on its side, and a preview in it."""

    def __init__(self, image, exif_orientation=None):
        out = io.BytesIO()
        exif = Image.Exif()
        if exif_orientation:
            exif[0x0112] = exif_orientation
        image.save(out, "JPEG", exif=exif)
        self.thumbnail = SimpleNamespace(format=rawpy.ThumbFormat.JPEG, data=out.getvalue())
        self.sizes = SimpleNamespace(width=6000, height=4000)

    def extract_thumb(self):
        return self.thumbnail


@pytest.mark.parametrize(
    ("stored", "exif_orientation", "turn"),
    [
        (STORED[6], None, 6),  # as the sensor saw it: the RAW file says how to turn it
        (STORED[6], 6, 1),  # it says so itself
        (None, None, 6),  # the camera has turned it already
        (None, 6, 6),  # likewise, and LibRaw has added an EXIF block
        (STORED[3], None, 3),
    ],
)
def test_raw_preview_is_turned_once(stored, exif_orientation, turn):
    image = corners(60, 90) if turn == 6 or exif_orientation == 6 else corners(90, 60)
    if stored is not None:
        image = image.transpose(stored)
    picture, _ = raw._preview(cast("Any", FakeRaw(image, exif_orientation)), Need(32), turn)
    assert picture
    assert picture.height_px == (60 if turn == 3 else 90)
    assert_corners(picture)


def test_memory_errors_and_disk_errors_are_told_apart():
    with pytest.raises(MediaProblem) as caught, guard.decoding("TIFF"):
        raise MemoryError
    assert caught.value.kind is FailureKind.TOO_LARGE
    with pytest.raises(MediaProblem) as caught, guard.reading(), guard.decoding("TIFF"):
        raise OSError(5, "Input/output error")
    assert caught.value.kind is FailureKind.UNREADABLE
    assert "disk" in caught.value.what


def test_only_one_large_photo_at_a_time():
    inside, most, lock = 0, 0, threading.Lock()
    gate = threading.Barrier(4)

    def work():
        nonlocal inside, most
        gate.wait()
        with guard.large_alone(10_000, 10_000):
            with lock:
                inside += 1
                most = max(most, inside)
            threading.Event().wait(0.01)
            with lock:
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_png_text_that_unpacks_to_too_much_does_not_matter(tmp_path):
    out = io.BytesIO()
    corners().save(out, "PNG")
    body = b"Comment\0\0" + zlib.compress(b"x" * (80 << 20))
    text = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    (tmp_path / "a.png").write_bytes(out.getvalue()[:33] + text + out.getvalue()[33:])
    assert_corners(decode(tmp_path / "a.png", 32))
