"""Files, names and words made to do harm. All real: what is said here lies on the disk."""

import contextlib
import hashlib
import io
import json
import os
import shutil
import socket
import struct
import zlib

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from photofinder.cli.main import run as command_line
from photofinder.core.errors import BundleProblem, FailureKind, MediaProblem, QueryProblem
from photofinder.encoder import store
from photofinder.encoder.bundle import load_bundle, verify_bundle
from photofinder.encoder.sessions import ImageEncoder
from photofinder.library.browse import FolderScope, Order, listing
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.search import search
from photofinder.media.isolation import Limits
from photofinder.media.safely import Decoders

QUICK = Limits(seconds=10, seconds_per_mib=0, memory_bytes=1 << 30)


@pytest.fixture(scope="module")
def decoders(tmp_path_factory):
    made = Decoders(tmp_path_factory.mktemp("decoding"), QUICK)
    yield made
    made.close()


def encoded(kind, size=(64, 48), **options):
    out = io.BytesIO()
    image = Image.linear_gradient("L").convert("RGB").resize(size)
    if kind == "HEIF":
        pillow_heif.from_pillow(image).save(out, **options)
    else:
        image.save(out, kind, **options)
    return out.getvalue()


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(*chunks, size=(64, 48)):
    content = encoded("PNG", (64, 48))
    at = content.index(b"IDAT") - 4
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0))
    return content[:8] + header + b"".join(chunks) + content[at:]


def segment(marker, data):
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def jpeg(*segments):
    content = encoded("JPEG")
    return content[:2] + b"".join(segments) + content[2:]


def tiff(entries, after=b"", following=0):
    """A TIFF structure with one directory of (tag, type, count, value or offset)."""
    body = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + body + struct.pack("<I", following) + after


def exif(structure):
    return segment(0xE1, b"Exif\0\0" + structure)


def xmp(packet):
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)


def with_extent(content, width_px, height_px):
    """An ISO base media file whose pictures say that they are larger than they are."""
    at = content.find(b"ispe")
    while at >= 0:
        content = content[: at + 8] + struct.pack(">II", width_px, height_px) + content[at + 16 :]
        at = content.find(b"ispe", at + 4)
    return content


def resized_jpeg(width_px, height_px):
    content = encoded("JPEG")
    at = content.index(b"\xff\xc0")
    return content[: at + 5] + struct.pack(">HH", height_px, width_px) + content[at + 9 :]


# --- decompression bombs

STRIPS = [(256, 4, 1, 60_000), (257, 4, 1, 60_000), (258, 3, 1, 8), (259, 3, 1, 8), (262, 3, 1, 1), (277, 3, 1, 1)]
BOMBS = {
    "png.png": lambda: png(size=(50_000, 50_000)),
    "one-row.png": lambda: png(size=(2_000_000_000, 1)),
    "jpeg.jpg": lambda: resized_jpeg(65_500, 65_500),
    "tiff.tif": lambda: tiff([*STRIPS, (273, 4, 1, 8), (278, 4, 1, 60_000), (279, 4, 1, 100)]),
    "gif.gif": lambda: b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0x80, 0, 0) + encoded("GIF")[13:],
    "bmp.bmp": lambda: encoded("BMP")[:18] + struct.pack("<ii", 100_000, 100_000) + encoded("BMP")[26:],
    "heic.heic": lambda: with_extent(encoded("HEIF"), 60_000, 60_000),
    "avif.avif": lambda: with_extent(encoded("AVIF"), 60_000, 60_000),
    "psd.psd": lambda: b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 30_000, 30_000, 8, 3) + bytes(14),
    "raw.dng": lambda: tiff([*STRIPS, (50706, 1, 4, 0x0401), (273, 4, 1, 8), (279, 4, 1, 100)]) + bytes(20_000),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_in_words(decoders, tmp_path, name):
    (tmp_path / name).write_bytes(BOMBS[name]())
    with pytest.raises(MediaProblem) as caught:
        decoders.load(tmp_path / name, 240)
    assert caught.value.kind in {FailureKind.TOO_LARGE, FailureKind.UNREADABLE, FailureKind.UNSUPPORTED}
    if name not in {"gif.gif", "raw.dng"}:
        assert caught.value.kind is FailureKind.TOO_LARGE, caught.value.what
    assert caught.value.what


def test_a_bomb_in_a_text_or_a_profile_costs_only_itself(decoders, tmp_path):
    zeros = zlib.compress(bytes(200 << 20), 9)
    for name, content in {
        "text.png": png(chunk(b"zTXt", b"Comment\0\0" + zeros)),
        "itxt.png": png(chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zeros)),
        "profile.png": png(chunk(b"iCCP", b"icc\0\0" + zeros)),
    }.items():
        (tmp_path / name).write_bytes(content)
        loaded = decoders.load(tmp_path / name, 32)
        assert loaded.picture.pixels.shape == (48, 64, 3), name


def test_of_ten_thousand_frames_one_is_decoded(decoders, tmp_path):
    content = encoded("GIF")
    start = content.index(b",", 13 + 3 * 2 ** ((content[10] & 7) + 1))
    (tmp_path / "frames.gif").write_bytes(content[:start] + content[start:-1] * 10_000 + b";")
    assert decoders.load(tmp_path / "frames.gif", 32).picture.pixels.shape == (48, 64, 3)


def test_a_small_file_full_of_pixels_is_decoded_within_its_means(decoders, tmp_path):
    Image.new("L", (7000, 7000)).save(tmp_path / "a.png")  # 49 megapixels in 48 kB
    assert decoders.load(tmp_path / "a.png", 240).picture.width_px == 7000


# --- metadata that lies

SHOT = (0x9003, 2, 20, 100)
LIES = {
    "a directory that follows itself": exif(tiff([(0x0112, 3, 1, 1)], following=8)),
    "an EXIF directory that is the first": exif(tiff([(0x8769, 4, 1, 8), (0x8825, 4, 1, 8), (0xA005, 4, 1, 8)])),
    "counts without end": exif(tiff([(tag, kind, 0xFFFFFFFF, 8) for tag in (0x010F, 0x9003) for kind in (2, 5, 7)])),
    "offsets without end": exif(tiff([(0x010F, 2, 4000, 0xFFFFFFF0), (0x8769, 4, 1, 0xFFFFFFFE)])),
    "offsets that overflow": exif(tiff([(0x010F, 12, 0x20000001, 0x80000000), SHOT])),
    "unknown kinds": exif(tiff([(tag, 0xFFFF, 2, 2) for tag in range(200)])),
    "65535 entries": exif(b"II*\0\x08\0\0\0\xff\xff" + b"\x0f\x01\x02\0\xff\xff\xff\x7f\0\0\0\0" * 4000),
    "fractions by nothing": exif(tiff([(0x829A, 5, 1, 40), (0x8825, 4, 1, 8), (2, 5, 3, 40)], bytes(60))),
    "a long maker note": exif(
        tiff([(0x927C, 7, 0x7FFFFFFF, 26), (0x8769, 4, 1, 8)], b"Nikon\0\2\x10\0\0II*\0" + b"\xff" * 99)
    ),
    "a billion laughs": xmp(
        b'<?xml version="1.0"?><!DOCTYPE z [<!ENTITY a0 "ha">'
        + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 11))
        + b"]><z>&a10;</z>"
    ),
    "one large entity": xmp(b'<!DOCTYPE z [<!ENTITY a "%s">]><z>%s</z>' % (b"x" * 30_000, b"&a;" * 5000)),
    "an entity from a file": xmp(
        b'<!DOCTYPE z [<!ENTITY a SYSTEM "file:///etc/passwd">]><x:xmpmeta xmlns:x="adobe:ns:meta/" '
        b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        b"<rdf:Description><dc:title>&a;</dc:title></rdf:Description></x:xmpmeta>"
    ),
    "a definition from the network": xmp(b'<!DOCTYPE z SYSTEM "http://127.0.0.1:9/z.dtd"><z/>'),
    "deep nesting": xmp(b"<a>" * 9000 + b"</a>" * 9000),
    "a profile that says four gigabytes": segment(0xE2, b"ICC_PROFILE\0\1\1" + b"\xff\xff\xff\xff" + bytes(200)),
    "a profile with tags without end": segment(
        0xE2, b"ICC_PROFILE\0\1\1" + struct.pack(">I", 400) + bytes(8) + b"mntrRGB XYZ " + bytes(104) + b"\xff" * 272
    ),
    "a profile in 255 parts, one there": segment(0xE2, b"ICC_PROFILE\0\xff\xff" + bytes(100)),
    "segments of 32 MB": b"".join(segment(0xE0 + n % 16, bytes(65533)) for n in range(500)),
    "segments without content": segment(0xE1, b"") * 200,
    "captions of IPTC without end": segment(
        0xED, b"Photoshop 3.0\x008BIM\4\4\0\0\x7f\xff\xff\xff" + b"\x1c\2\x78\xff\xff" * 99
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", LIES)
def test_metadata_that_lies_does_not_cost_the_picture(decoders, tmp_path, what):
    (tmp_path / "a.jpg").write_bytes(jpeg(LIES[what]))
    loaded = decoders.load(tmp_path / "a.jpg", 32)
    assert loaded.picture.pixels.shape[2] == 3
    assert sorted(loaded.picture.pixels.shape[:2]) == [48, 64]
    said = json.dumps([loaded.metadata.title, loaded.metadata.caption, loaded.metadata.make])
    assert "root:" not in said
    assert len(said) < 100_000


@pytest.mark.parametrize("what", ["a billion laughs", "one large entity", "an entity from a file", "deep nesting"])
def test_hostile_sidecars_say_nothing(where, tmp_path, what):
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(encoded("JPEG"))
    (folder / "a.xmp").write_bytes(LIES[what][4:].partition(b"\0")[2])
    (folder / "b.jpg").write_bytes(encoded("JPEG", (50, 50)))
    (folder / "b.xmp").write_bytes(b"<a>" * 5_000_000)
    with Library(where, create=True) as library:
        report = index(library, [folder])
        assert (report.added, report.failed) == (2, [])
        assert library.locate(folder / "a.jpg").metadata.title is None


def test_profiles_that_lie_in_other_formats(decoders, tmp_path):
    lie = b"\xff\xff\xff\xff" + bytes(300)
    for kind, suffix in (("PNG", "png"), ("WEBP", "webp"), ("TIFF", "tif"), ("HEIF", "heic"), ("AVIF", "avif")):
        path = tmp_path / f"a.{suffix}"
        path.write_bytes(encoded(kind, icc_profile=lie))
        assert decoders.load(path, 32).picture.pixels.shape == (48, 64, 3), kind


@pytest.mark.parametrize(
    "content",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/><script>alert(1)</script></svg>',
        b'<?xml version="1.0"?><!DOCTYPE svg SYSTEM "http://127.0.0.1:9/"><svg/>',
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run\n",
        b"%PDF-1.7",
        b"#!/bin/sh\ntouch /tmp/photofinder-was-here\n",
        b"MZ" + bytes(500),
    ],
)
def test_what_is_no_photo_is_not_looked_into(decoders, tmp_path, content):
    for name in ("a.jpg", "a.png", "a.tif"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(MediaProblem) as caught:
            decoders.load(tmp_path / name, 32)
        assert caught.value.kind is FailureKind.UNREADABLE


# --- files that are none

needs_fifos = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes on this system")


@needs_fifos
@pytest.mark.timeout(60)
def test_pipes_sockets_devices_and_loops_hold_nothing_up(where, tmp_path, decoders, monkeypatch):
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "real.jpg").write_bytes(encoded("JPEG"))
    for name in ("fifo.jpg", "fifo.heic", "fifo.nef", "real.xmp", "fifo.mov"):
        os.mkfifo(folder / name)
    (folder / "loop.jpg").symlink_to("loop.jpg")
    (folder / "round").symlink_to(".")
    (folder / "device.jpg").symlink_to("/dev/zero")
    (folder / "fifo-link.jpg").symlink_to("fifo.jpg")
    monkeypatch.chdir(folder)  # names of sockets may not be long
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.jpg")
        with Library(where, create=True) as library:
            report = index(library, [folder])
            assert (report.added, report.failed) == (1, [])
        for name in ("fifo.jpg", "fifo.heic", "fifo.nef", "device.jpg", "fifo-link.jpg", "loop.jpg", "socket.jpg"):
            for load in (decoders.load, decoders.decode):
                with pytest.raises(MediaProblem) as caught:
                    load(folder / name, 32)
                assert caught.value.kind is FailureKind.UNREADABLE, name
            with pytest.raises(MediaProblem):
                decoders.load(folder / name, 32, failed_before=True)


# --- bundles


@pytest.fixture
def bundle(tmp_path):
    folder = tmp_path / "mini"
    shutil.copytree(store.bundled_dir() / "mini", folder)
    return folder


def redescribed(folder, name, content):
    """Put content in place of a bundle's file, with its description telling the truth about it."""
    (folder / name).write_bytes(content)
    path = folder / "bundle.json"
    document = json.loads(path.read_text("utf-8"))
    document["files"][name] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    path.write_text(json.dumps(document), "utf-8")


def test_a_bundle_whose_file_is_a_link_out_of_it_is_refused(bundle, tmp_path):
    outside = tmp_path / "outside.onnx"
    (bundle / "image.onnx").rename(outside)
    (bundle / "image.onnx").symlink_to(outside)
    with pytest.raises(BundleProblem, match=r"image\.onnx"):
        load_bundle(bundle)
    description = (bundle / "bundle.json").read_text("utf-8").replace('"name": "mini"', '"name": "mine"')
    (bundle / "bundle.json").write_text(description, "utf-8")
    (tmp_path / "bundles").mkdir()
    with pytest.raises(BundleProblem, match=r"image\.onnx is a link"):
        store.import_bundle(bundle, tmp_path / "bundles")
    assert not (tmp_path / "bundles" / "mine").exists()


@pytest.mark.parametrize(
    "name", ["../image.onnx", "/etc/passwd", "a/../../image.onnx", "..", "C:\\image.onnx", "image.onnx\0"]
)
def test_a_bundle_that_names_files_outside_of_it_is_refused(bundle, name):
    path = bundle / "bundle.json"
    document = json.loads(path.read_text("utf-8"))
    document["files"][name] = document["files"].pop("image.onnx")
    document["image"]["file"] = name
    path.write_text(json.dumps(document), "utf-8")
    with pytest.raises(BundleProblem):
        load_bundle(bundle)


def test_a_wrong_digest_is_found(bundle):
    content = bytearray((bundle / "image.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (bundle / "image.onnx").write_bytes(content)
    with pytest.raises(BundleProblem, match=r"image\.onnx is not what"):
        verify_bundle(load_bundle(bundle))


@pytest.mark.parametrize(
    "content",
    [b"\0" * 5000, b"GIF89a" + bytes(1000), b"#!/bin/sh\n", b"\x08\x07\x12\xff\xff\xff\xff\x7f" + bytes(100), None],
)
def test_what_is_no_network_is_a_problem_with_the_bundle(bundle, content):
    if content is None:
        whole = (bundle / "image.onnx").read_bytes()
        content = whole[: len(whole) // 2]
    redescribed(bundle, "image.onnx", content)
    opened = load_bundle(bundle)
    verify_bundle(opened)
    with pytest.raises(BundleProblem, match=r"image\.onnx"):
        ImageEncoder(opened).embed(np.zeros((1, 3, opened.image.size_px, opened.image.size_px), np.float32))


def test_a_network_that_reads_files_outside_of_its_bundle_is_refused(bundle, tmp_path):
    onnx = pytest.importorskip("onnx")
    (tmp_path / "secret").write_bytes(bytes(4 * 4))
    graph = onnx.load(bundle / "image.onnx", load_external_data=False)
    stolen = onnx.TensorProto(name="stolen", data_type=onnx.TensorProto.FLOAT, dims=[4])
    stolen.data_location = onnx.TensorProto.EXTERNAL
    stolen.external_data.add(key="location", value="../secret")
    graph.graph.initializer.append(stolen)
    graph.graph.node.append(onnx.helper.make_node("Identity", ["stolen"], ["told"]))
    graph.graph.output.append(onnx.helper.make_tensor_value_info("told", onnx.TensorProto.FLOAT, [4]))
    redescribed(bundle, "image.onnx", graph.SerializeToString())
    opened = load_bundle(bundle)
    with pytest.raises(BundleProblem, match=r"image\.onnx"):
        ImageEncoder(opened).embed(np.zeros((1, 3, opened.image.size_px, opened.image.size_px), np.float32))


# --- names and words

NAMES = [
    b"100%.jpg", b"100x.jpg", b"a_b.jpg", b"axb.jpg", b"it's \"quoted\".jpg", b"'; DROP TABLE photos; --.jpg",
    b"line\nfeed.jpg", b"tab\t\x1b[31mred.jpg", b"-rf.jpg", b"not \xff\xfe utf-8.jpg", "ﷺ\u202egpj.jpg".encode(),
    b"*?[a].jpg", b"$(id).jpg", b"{0}.jpg", b"%s%n.jpg",
]  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_any_name_is_only_a_name(where, tmp_path, capsys):
    folder = tmp_path / "photos"
    for number, name in enumerate(NAMES):
        for inner in (os.fsencode(folder), os.path.join(os.fsencode(folder), name[:-4])):
            os.makedirs(inner, exist_ok=True)
            with open(os.path.join(inner, name), "wb") as file:
                file.write(encoded("JPEG", (64, 33 + number)))
    with Library(where, create=True) as library:
        report = index(library, [folder])
        assert (report.added, report.failed) == (2 * len(NAMES), [])
        (root,) = library.reader.roots()
        for name in NAMES:
            found = listing(library, Order.OLDEST, folder=FolderScope(root.id, name[:-4])).ids
            assert len(found) == 1, name
            path = folder / os.fsdecode(name)
            assert library.locate(path).location == path
        again = index(library, [folder])
        assert (again.added, again.unchanged) == (0, 2 * len(NAMES))
    for name in NAMES:
        assert (
            command_line(["similar", os.fsdecode(folder / os.fsdecode(name)), "--library", str(where.data), "--json"])
            == 0
        )
        json.loads(capsys.readouterr().out)
        assert command_line(["show", str(folder / os.fsdecode(name)), "--library", str(where.data)]) == 0
        assert "\x1b" not in capsys.readouterr().out


WORDS = [
    "100%", "a_b", "it's", '"', "'; DROP TABLE photos; --", "line\nfeed", "nul\0here", "\ud800", 'file:"\ud800"',
    "%" * 5000, "\\", "*", "()", "NEAR/5", "a" * 100_000, "\u202e", "{}", "\x1b[31m", "🏔️" * 500,
]  # fmt: skip


def test_any_words_are_only_words(indexed, capsys):
    with Library(indexed) as library:
        before = len(library.reader.fingerprints())
        for words in WORDS:
            with contextlib.suppress(QueryProblem):  # refused in words is fine too
                hits = search(library, words).hits
                assert len(hits) == (0 if words.startswith("file:") else before), words
        assert len(library.reader.fingerprints()) == before
    for words in WORDS:
        assert command_line(["search", "--library", str(indexed.data), "--json", "--", words]) in {0, 1}
        capsys.readouterr()
