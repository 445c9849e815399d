"""What photos say about themselves: dates, places, cameras, words; and what they say wrongly."""

import io
import struct
from datetime import datetime
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from photofinder.core.errors import FailureKind, MediaProblem
from photofinder.core.types import Gps, Metadata, Taken, TakenSource
from photofinder.media import apple, dates, exif, iptc, xmp
from photofinder.media.boxes import canon_directories
from photofinder.media.load import load
from photofinder.media.metadata import merge, read_metadata
from photofinder.media.picture import Embedded

AT = datetime(2021, 7, 1, 23, 30)  # noqa: DTZ001


def block(main=(), gps=(), exif_ifd=()):
    made = Image.Exif()
    for tag, value in main:
        made[tag] = value
    made.get_ifd(0x8769).update(exif_ifd)
    made.get_ifd(0x8825).update(gps)
    return io.BytesIO(made.tobytes().removeprefix(b"Exif\0\0"))


def taken(found: Metadata) -> Taken:
    assert found.taken
    return found.taken


def metadata(name="a.jpg", mtime_ns=0, **blocks):
    return read_metadata(Embedded(**blocks), name, mtime_ns)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021:07:01 23:30:00", AT),
        ("2021-07-01T23:30:00", AT),
        ("2021:07:01 23:30", AT),
        ("2021:07:01", datetime(2021, 7, 1)),  # noqa: DTZ001
        ("2018:06:26 17:46:33.847", datetime(2018, 6, 26, 17, 46, 33, 847000)),  # noqa: DTZ001
        ("    :  :     :  :  ", None),
        ("0000:00:00 00:00:00", None),
        ("2021:02:30 10:00:00", None),
        ("2021:07:01 25:00:00", None),
        ("", None),
        (None, None),
        ("yesterday", None),
    ],
)
def test_dates(text, expected):
    when = dates.parse(text)
    assert (when[0] if when else None) == expected


def test_fractions_and_zones():
    assert dates.parse("2021:07:01 23:30:00", "45", "+09:00") == (AT.replace(microsecond=450_000), 540)
    assert dates.parse("2021-07-01T23:30:00.25-05:30", "9", "+09:00") == (
        AT.replace(microsecond=250_000),
        -330,
    )
    assert dates.parse("2021-07-01T23:30:00Z") == (AT, 0)
    assert dates.parse("2021:07:01 23:30:00", " junk ", "+99:00") == (AT, None)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("IMG_20181124_101422.jpg", datetime(2018, 11, 24, 10, 14, 22)),  # noqa: DTZ001
        ("PXL_20210506_070809123.jpg", datetime(2021, 5, 6, 7, 8, 9, 123000)),  # noqa: DTZ001
        ("2019-08-30 12.30.45.jpg", datetime(2019, 8, 30, 12, 30, 45)),  # noqa: DTZ001
        ("Screenshot 2020-01-02 at 13.14.15.png", datetime(2020, 1, 2, 13, 14, 15)),  # noqa: DTZ001
        ("20181124101422.jpg", datetime(2018, 11, 24, 10, 14, 22)),  # noqa: DTZ001
        ("IMG-20190830-WA0001.jpg", datetime(2019, 8, 30)),  # noqa: DTZ001
        ("IMG_1234.jpg", None),
        ("DSC20210231.jpg", None),
        ("120181124_101422.jpg", None),
        ("photo-12345678.jpg", None),
    ],
)
def test_dates_in_names(name, expected):
    assert dates.parse_name(name) == expected


def test_most_trusted_valid_date_wins():
    original, digitized, modified = (
        (0x9003, "2021:02:30 10:00:00"),
        (0x9004, "2021:07:01 23:30:00"),
        (0x0132, "2022:01:01 00:00:00"),
    )
    found = metadata(exif=block([modified], exif_ifd=dict([original, digitized, (0x9012, "+09:00"), (0x9292, "5")])))
    assert found.taken == Taken(AT.replace(microsecond=500_000), 540, TakenSource.EXIF_DIGITIZED)
    packet = rdf(
        '<photoshop:DateCreated xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/">2021-07-01T23:30:00</photoshop:DateCreated>'
    )
    records = iim({55: b"20210701", 60: b"233000+0900"})
    assert taken(metadata(exif=block([modified]), xmp=packet, iptc=records)).source is TakenSource.XMP
    assert metadata(exif=block([modified]), iptc=records).taken == Taken(AT, 540, TakenSource.IPTC)
    assert taken(metadata("IMG_20181124_101422.jpg", exif=block([modified]))).source is TakenSource.EXIF_MODIFIED
    assert taken(metadata("IMG_20181124_101422.jpg")).source is TakenSource.FILE_NAME
    assert taken(metadata("IMG_1.jpg", 1_600_000_000 * 10**9)).source is TakenSource.FILE_DATE


def degrees(value):
    return (value, 0.0, 0.0)


@pytest.mark.parametrize(
    ("gps", "expected"),
    [
        ({1: "N", 2: (48.0, 30.0, 0.0), 3: "W", 4: degrees(16.0)}, Gps(48.5, -16.0)),
        ({1: "S", 2: degrees(54.0), 3: "E", 4: degrees(0.0), 5: b"\1", 6: 12.5}, Gps(-54.0, 0.0, -12.5)),
        ({1: "N", 2: degrees(0.0), 3: "E", 4: degrees(0.0)}, None),  # a receiver without a fix
        ({1: "N", 2: degrees(213.0), 3: "E", 4: degrees(10.0)}, None),
        ({2: degrees(48.0), 4: degrees(16.0)}, None),  # which hemisphere?
        ({1: "N", 2: degrees(48.0)}, None),
        ({1: "N", 2: degrees(48.0), 3: "E", 4: degrees(16.0), 6: 1e9}, Gps(48.0, 16.0)),
    ],
)
def test_places(gps, expected):
    assert metadata(exif=block(gps=gps)).gps == expected


def test_camera_and_exposure():
    found = metadata(
        exif=block(
            [(0x010F, " Canon \0junk"), (0x0110, "EOS\t6D  "), (0x010E, "OLYMPUS DIGITAL CAMERA         ")],
            exif_ifd={0xA434: "EF 50mm", 0x829A: 0.004, 0x829D: 2.8, 0x8827: 400, 0x920A: 50.0},
        )
    )
    assert (found.make, found.model, found.camera, found.caption) == ("Canon", "EOS 6D", "Canon EOS 6D", None)
    assert (found.lens, found.iso) == ("EF 50mm", 400)
    assert (found.exposure_s, found.f_number, found.focal_mm) == pytest.approx((0.004, 2.8, 50))


def rdf(inside, attributes=""):
    return (
        '<?xpacket begin="\ufeff"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/" '
        'xmlns:MicrosoftPhoto="http://ns.microsoft.com/photo/1.0/">'
        f'<rdf:Description rdf:about="" {attributes}>{inside}</rdf:Description></rdf:RDF></x:xmpmeta>'
    ).encode()


def test_xmp_words():
    found = xmp.read(
        rdf(
            "<dc:subject><rdf:Bag><rdf:li>Zürich</rdf:li>"
            "<rdf:li>lake</rdf:li><rdf:li>lake</rdf:li></rdf:Bag></dc:subject>"
            '<dc:title><rdf:Alt><rdf:li xml:lang="de">See</rdf:li>'
            '<rdf:li xml:lang="x-default">Lake</rdf:li></rdf:Alt></dc:title>'
            "<dc:description><rdf:Alt><rdf:li>At dawn</rdf:li></rdf:Alt></dc:description>",
            'xmp:Rating="4" exif:GPSLatitude="47,21.5N" exif:GPSLongitude="8,32,30E" exif:GPSAltitude="408/1"',
        )
    )
    assert found.keywords == ("Zürich", "lake")
    assert (found.title, found.caption, found.rating) == ("Lake", "At dawn", 4)
    assert found.gps
    assert (found.gps.latitude, found.gps.longitude, found.gps.altitude_m) == pytest.approx((47.358333, 8.541667, 408))


@pytest.mark.parametrize(
    ("attributes", "rating"),
    [
        ('xmp:Rating="-1"', -1),
        ('xmp:Rating="5.0"', 5),
        ('xmp:Rating="17"', None),
        ('xmp:Rating="many"', None),
        ('MicrosoftPhoto:Rating="75"', 4),
        ('MicrosoftPhoto:Rating="99"', 5),
        ('MicrosoftPhoto:Rating="1"', 1),
        ('MicrosoftPhoto:Rating="0"', 0),
        ("", None),
    ],
)
def test_ratings(attributes, rating):
    assert xmp.read(rdf("", attributes)).rating == rating


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize("packet", [b"", b"<", b"not xml", BOMB, rdf("") + b" " * (2 << 20), "<x/>".encode("utf-16")])
def test_xmp_that_is_none_says_nothing(packet):
    assert xmp.read(packet) == Metadata()


def iim(records):
    return b"".join(
        b"\x1c\2" + bytes([n]) + struct.pack(">H", len(v)) + v
        for n, values in records.items()
        for v in (values if isinstance(values, list) else [values])
    )


def test_iptc():
    found = iptc.read(
        iim({5: b"T", 120: "Ünder".encode("latin-1"), 25: [b"sea", "Möwe".encode(), b"sea"], 55: b"20210701"})
    )
    assert (found.title, found.caption, found.keywords) == ("T", "Ünder", ("sea", "Möwe"))
    assert found.taken == Taken(datetime(2021, 7, 1), None, TakenSource.IPTC)  # noqa: DTZ001
    photoshop = b"8BIM\4\x25\0\0\0\0\0\1x\0" + b"8BIM\4\4\0\0" + struct.pack(">I", 8) + iim({25: b"sea"})
    assert iptc.iim_of_photoshop(photoshop) == iim({25: b"sea"})
    assert iptc.iim_of_photoshop(photoshop[:20]) is None


def test_people_s_words_from_xmp_first_and_keywords_from_all():
    packet = rdf("<dc:subject><rdf:Bag><rdf:li>a</rdf:li></rdf:Bag></dc:subject>", 'xmp:Rating="0"')
    found = metadata(
        exif=block([(0x010E, "from exif"), (0x4746, 3)]),
        xmp=packet,
        iptc=iim({25: [b"b", b"a"], 5: b"title"}),
    )
    assert (found.keywords, found.rating, found.title, found.caption) == (("a", "b"), 0, "title", "from exif")


def test_sidecar_wins(tmp_path):
    base = Metadata(
        Taken(AT.replace(microsecond=5), 60, TakenSource.EXIF_ORIGINAL),
        rating=1,
        title="old",
        keywords=("x",),
    )
    path = tmp_path / "a.xmp"
    path.write_bytes(
        rdf(
            "<dc:subject><rdf:Bag><rdf:li>y</rdf:li></rdf:Bag></dc:subject>",
            'xmp:Rating="5" exif:DateTimeOriginal="2021-07-01T23:30:00"',
        )
    )
    merged = merge(base, xmp.read_sidecar(path))
    assert (merged.rating, merged.title, merged.keywords, merged.taken) == (5, "old", ("y",), base.taken)
    path.write_bytes(rdf("", 'exif:DateTimeOriginal="2020-01-01T00:00:00"'))
    assert taken(merge(base, xmp.read_sidecar(path))).source is TakenSource.XMP
    assert merge(base, Metadata(rating=0)).rating == 0
    with pytest.raises(MediaProblem) as caught:
        xmp.read_sidecar(tmp_path / "gone.xmp")
    assert caught.value.kind is FailureKind.VANISHED


@pytest.mark.parametrize("content_format", ["jpg", "png", "webp", "tif", "avif"])
def test_metadata_is_found_in_every_container(tmp_path, content_format):
    made = Image.Exif()
    made[0x010F] = "Maker"
    path = tmp_path / f"a.{content_format}"
    packet = rdf("", 'xmp:Rating="3"')
    options: dict[str, Any] = {"xmp": packet}
    if content_format == "png":
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", packet.decode())
        options = {"pnginfo": text}
    elif content_format == "tif":
        made[0x02BC] = packet
        options = {}
    Image.new("RGB", (64, 48)).save(path, exif=made, **options)
    found = load(path, 32).metadata
    assert found.make == "Maker"
    assert found.rating == 3
    assert taken(found).source is TakenSource.FILE_DATE


def test_endless_directories_are_given_up():
    # 60,000 entries that each claim 999 numbers: reading them all would take a minute.
    entry = struct.pack("<HHII", 0x9999, 4, 999, 8)
    hostile = io.BytesIO(struct.pack("<2sHIH", b"II", 42, 8, 60_000) + entry * 60_000)
    assert exif.read(hostile)[0].make is None


def test_canon_cr3_directories():
    def box(kind, body):
        return struct.pack(">I", 8 + len(body)) + kind + body

    parts = [
        block([(0x010F, "Canon"), (0x0110, "Canon EOS R5")]).getvalue(),
        block([(0x9003, "2021:07:01 23:30:00"), (0x8827, 800)]).getvalue(),
        block([(1, "N"), (2, degrees(48.0)), (3, "E"), (4, degrees(16.0))]).getvalue(),
    ]
    uuid = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
    inside = b"".join(box(b"CMT%d" % n, part) for n, part in zip((1, 2, 4), parts, strict=True))
    found = canon_directories(box(b"ftyp", b"crx ") + box(b"moov", box(b"uuid", uuid + inside)))
    assert found == parts
    first, *others = (io.BytesIO(part) for part in found)
    read = metadata(exif=first, more_exif=tuple(others))
    assert (read.camera, read.iso, read.gps, taken(read).local) == ("Canon EOS R5", 800, Gps(48.0, 16.0), AT)


def apple_notes(order, entries):
    """Maker notes as iPhones write them; `entries` are tag, kind, length, place."""
    packed = b"".join(struct.pack(f"{order}HHII", *entry) for entry in entries)
    head = b"Apple iOS\0\0\1" + (b"MM" if order == ">" else b"II") + struct.pack(f"{order}H", len(entries))
    return head + packed + b"0A2F6C4E-7B1D-4C7E-9A55-0123456789AB\0"


@pytest.mark.parametrize("order", "><")
def test_stills_of_live_photos(order):
    behind = 16 + 2 * 12
    named = apple_notes(order, [(1, 9, 1, 14), (17, 2, 37, behind)])
    assert apple.is_live_photo(b"Exif" * 5 + named)
    for other in (
        b"",
        named[:20],
        named[:-30],
        apple_notes(order, [(1, 9, 1, 14), (18, 2, 37, behind)]),
        apple_notes(order, [(1, 9, 1, 14), (17, 4, 1, behind)]),
        apple_notes(order, [(1, 9, 1, 14), (17, 2, 37, 4_000_000_000)]),
        named.replace(b"MM" if order == ">" else b"II", b"XX"),
        named.replace(b"iOS", b"tvS"),
    ):
        assert not apple.is_live_photo(other)


def test_a_live_photo_keeps_that_with_its_sidecar():
    still = Metadata(is_live=True, rating=3)
    assert merge(still, Metadata(rating=0)) == Metadata(is_live=True, rating=0)


@pytest.mark.parametrize("make", ["Apple", "Other"])
def test_a_photo_from_a_phone_is_known_as_a_live_photo(make):
    notes = apple_notes(">", [(17, 2, 37, 28)])
    embedded = Embedded(exif=block(main=[(0x010F, make)], exif_ifd={0x927C: notes}))
    assert read_metadata(embedded, "a.jpg", 0).is_live is (make == "Apple")
