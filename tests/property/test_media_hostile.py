"""Whatever a file holds: nothing but a MediaProblem, and soon."""

import contextlib
import io
import tempfile
from pathlib import Path

import pillow_heif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from photofinder.core.errors import MediaProblem
from photofinder.core.types import Metadata
from photofinder.media import dates, exif, iptc, xmp
from photofinder.media.boxes import canon_directories, largest_extent, same_turn
from photofinder.media.formats import companion_role, describe_foreign, is_ignored_name, is_photo_name, sniff
from photofinder.media.jpeg_segments import walk
from photofinder.media.load import Loaded, load
from photofinder.media.tiff_tags import first_directory, orientation

LIMITS = settings(max_examples=60, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _sample(content_format):
    made = Image.Exif()
    made[0x010F] = "Maker"
    made[0x0112] = 6
    made.get_ifd(0x8769)[0x9003] = "2021:07:01 23:30:00"
    made.get_ifd(0x8825).update({1: "N", 2: (48.0, 12.0, 0.0), 3: "E", 4: (16.0, 0.0, 0.0)})
    image = Image.linear_gradient("L").convert("RGB").resize((96, 64))
    out = io.BytesIO()
    if content_format == "HEIF":
        pillow_heif.from_pillow(image).save(out, exif=made.tobytes(), thumbnails=[48])
    else:
        image.save(out, content_format, exif=made)
    return out.getvalue()


SAMPLES = {each: _sample(each) for each in ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "HEIF", "AVIF")}
EXIF = walk(SAMPLES["JPEG"]).exif or b""


@st.composite
def mutated(draw, content: bytes):
    """A valid photo with some bytes changed, a piece cut out, or its end cut off."""
    changed = bytearray(content)
    for _ in range(draw(st.integers(0, 12))):
        at = draw(st.integers(0, min(len(changed), 600) - 1) | st.integers(0, len(changed) - 1))
        changed[at] = draw(st.integers(0, 255))
    if draw(st.booleans()):
        at = draw(st.integers(0, len(changed)))
        del changed[at : at + draw(st.integers(1, 200))]
    return bytes(changed[: draw(st.integers(1, len(changed)))] if draw(st.booleans()) else changed)


def load_bytes(content, name="a.jpg"):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        found: Loaded | None = None
        with contextlib.suppress(MediaProblem):
            found = load(path, 32)
        assert found is None or found.picture.pixels.shape[2] == 3
        assert path.read_bytes() == content


@pytest.mark.parametrize("content_format", SAMPLES)
@given(data=st.data())
@LIMITS
def test_mutated_photos(content_format, data):
    load_bytes(data.draw(mutated(SAMPLES[content_format])))


@given(content=st.binary(max_size=300))
@LIMITS
def test_random_bytes(content):
    for name in ("a.jpg", "a.nef"):
        load_bytes(content, name)


@given(
    start=st.sampled_from([b"II*\0\x10\0\0\0CR\2\0", b"FUJIFILMCCD-RAW", b"IIU\0", b"\0\0\0\x18ftypcrx "]),
    rest=st.binary(max_size=500),
)
@LIMITS
def test_random_raw(start, rest):
    load_bytes(start + rest, "a.raw")


@given(content=mutated(EXIF) | st.binary(max_size=400))
@LIMITS
def test_exif(content):
    metadata, taken = exif.read(io.BytesIO(content))
    assert isinstance(metadata, Metadata)
    assert 1 <= orientation(io.BytesIO(content)) <= 8
    assert all(1826 <= each.local.year <= 2200 for each in taken)
    if metadata.gps:
        assert abs(metadata.gps.latitude) <= 90
        assert abs(metadata.gps.longitude) <= 180


PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
    b'xmlns:dc="http://purl.org/dc/elements/1.1/" xmp:Rating="4">'
    b"<dc:subject><rdf:Bag><rdf:li>sea</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"
)


@given(content=mutated(PACKET) | st.binary(max_size=400))
@LIMITS
def test_xmp(content):
    found = xmp.read(content)
    assert found.rating is None or -1 <= found.rating <= 5


@given(content=st.binary(max_size=400))
@settings(max_examples=200)
def test_small_parsers(content):
    walk(b"\xff\xd8" + content)
    sniff(content)
    assert describe_foreign(content)
    assert isinstance(iptc.read(content), Metadata)
    iptc.read(b"\x1c\x02\x19" + content)
    iptc.iim_of_photoshop(b"8BIM" + content)
    first_directory(io.BytesIO(b"II*\0\x08\0\0\0" + content), frozenset(range(65536)))
    for data in (content, b"\0\0\0\0meta" + content):
        largest_extent(data)
        same_turn(data)
        canon_directories(data)


@given(text=st.text(max_size=60) | st.from_regex(r"\d{4}[:-]\d\d[:-]\d\d \d\d:\d\d:\d\d.*", fullmatch=True))
@settings(max_examples=200)
def test_dates_and_names(text):
    dates.parse(text, text, text)
    dates.parse_iptc(text, text)
    dates.parse_name(text)
    assert is_photo_name(text) in {True, False}
    assert is_ignored_name(text) in {True, False}
    companion_role(text)
