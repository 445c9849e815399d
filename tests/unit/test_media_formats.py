import pytest

from photofinder.core.types import Role
from photofinder.media.formats import (
    companion_role,
    describe_foreign,
    is_ignored_name,
    is_photo_name,
    is_raw_name,
    sniff,
)


@pytest.mark.parametrize("name", ["a.jpg", "UPPER.JPEG", "x.HeIc", "b.png.tif", "c.DNG", "icon.ico", "d.jxl", " .jpg"])
def test_offered_as_photos(name):
    assert is_photo_name(name)


@pytest.mark.parametrize(
    "name", ["mongolia", ".jpg", "a.jpg.crdownload", "clip.mp4", "logo.svg", "Thumbs.db", "x.xmp", "a.", ""]
)
def test_not_offered_as_photos(name):
    assert not is_photo_name(name)


def test_raw_names():
    assert is_raw_name("IMG_1.CR3")
    assert not is_raw_name("IMG_1.JPG")


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("IMG_1.MOV", Role.VIDEO),
        ("a.mp4", Role.VIDEO),
        ("a.AAE", Role.EDITS),
        ("a.jpg.xmp", Role.SIDECAR),
        ("a.jpg", None),
    ],
)
def test_companions(name, role):
    assert companion_role(name) is role


@pytest.mark.parametrize(
    "name",
    [
        ".hidden",
        "._IMG.JPG",
        "@eaDir",
        "$recycle.bin",
        "Album.photoslibrary",
        "X Previews.lrdata",
        "THUMBS.DB",
    ],
)
def test_never_looked_at(name):
    assert is_ignored_name(name)


@pytest.mark.parametrize("name", ["2019", "My.Photos", "photoslibrary", "...dots...jpg.jpg", "-rf.jpg"])
def test_looked_at(name):
    assert not is_ignored_name(name)


@pytest.mark.parametrize(
    ("head", "content_format"),
    [
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIF"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", "AVIF"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1heicavif", "HEIF"),
        (b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom", "RAW"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", None),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", None),
        (b"II*\0\x10\0\0\0CR\2\0", "RAW"),
        (b"II*\0\x08\0\0\0", "TIFF"),
        (b"P6\n128 128\n", "PNM"),
        (b"<html>", None),
        (b"", None),
    ],
)
def test_content_is_told_by_its_first_bytes(head, content_format):
    assert sniff(head) == content_format


@pytest.mark.parametrize(
    ("head", "word"),
    [
        (b"\0" * 4096, "zeros"),
        (b"\n<!DOCTYPE html>", "web page"),
        (b"PK\5\6", "archive"),
        (b"%PDF-1.4", "PDF"),
        (b"\0\0\0\x14ftypqt  ", "video"),
        (b"?", "not a picture"),
    ],
)
def test_foreign_content_is_described(head, word):
    assert word in describe_foreign(head)
