"""Which names are offered as photos, and what a file's first bytes say it is. Standard library only.

The name decides what the scanner offers; the content decides how it is decoded, so a HEIC called `.jpg` is
read as HEIC. Formats that are photos but that we cannot read are offered too: they end as a failure that the
user can see.
"""

from typing import Final

from photofinder.core.types import Role

RAW_SUFFIXES: Final = frozenset({
    ".3fr", ".ari", ".arw", ".bay", ".cap", ".cr2", ".cr3", ".crw", ".dcr", ".dcs", ".dng", ".drf",
    ".eip", ".erf", ".fff", ".gpr", ".iiq", ".k25", ".kdc", ".mdc", ".mef", ".mos", ".mrw", ".nef",
    ".nrw", ".orf", ".pef", ".ptx", ".pxn", ".raf", ".raw", ".rw2", ".rwl", ".rwz", ".sr2", ".srf",
    ".srw", ".x3f",
})  # fmt: skip
_READABLE_SUFFIXES: Final = frozenset({
    ".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".mpo", ".png", ".apng", ".webp", ".tif", ".tiff",
    ".gif", ".bmp", ".dib", ".heic", ".heif", ".hif", ".heics", ".heifs", ".avif", ".avifs", ".psd",
    ".jp2", ".j2k", ".jpf", ".jpx", ".j2c", ".jpc",
})  # fmt: skip
_KNOWN_UNSUPPORTED_SUFFIXES: Final = frozenset({
    ".ico", ".qoi", ".ppm", ".pgm", ".pbm", ".pnm", ".pam", ".pfm", ".jxl", ".jxr", ".wdp", ".hdp",
    ".exr", ".hdr", ".psb", ".tga", ".dds", ".xcf",
})  # fmt: skip
PHOTO_SUFFIXES: Final = _READABLE_SUFFIXES | RAW_SUFFIXES | _KNOWN_UNSUPPORTED_SUFFIXES

COMPANION_SUFFIXES: Final = {
    ".mov": Role.VIDEO,
    ".mp4": Role.VIDEO,
    ".aae": Role.EDITS,
    ".xmp": Role.SIDECAR,
}
_IGNORED_NAMES: Final = frozenset(
    name.casefold()
    for name in (
        "@eaDir",  # Synology thumbnails
        "#recycle",
        "$RECYCLE.BIN",
        "RECYCLER",
        "System Volume Information",
        "lost+found",
        "__MACOSX",  # AppleDouble twins inside unpacked archives
        "Thumbs.db",
        "desktop.ini",
    )
)
_PACKAGE_SUFFIXES: Final = (
    # Another program's own store: originals in it move without notice, most of the rest are derivatives.
    ".photoslibrary",
    ".photolibrary",
    ".aplibrary",
    ".migratedphotolibrary",
    ".lrdata",
    ".lrlibrary",
    ".cocatalogdb",
    ".app",
)

SUPPORTED: Final = frozenset({"JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "HEIF", "AVIF", "RAW", "PSD", "JPEG2000"})
"""What `sniff` may answer and `decode` can read; its other answers are photos that we cannot."""

_HEIF_BRANDS: Final = frozenset(
    {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"mif2", b"msf1"}
)
_AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
_MAGIC: Final = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II\x2a\x00\x10\x00\x00\x00CR", "RAW"),  # Canon CR2; before TIFF
    (b"II\x2a\x00", "TIFF"),  # also most RAW files: the name tells those apart
    (b"MM\x00\x2a", "TIFF"),
    (b"II\x2b\x00", "TIFF"),  # BigTIFF
    (b"MM\x00\x2b", "TIFF"),
    (b"IIU\x00", "RAW"),  # Panasonic, Leica
    (b"IIRO", "RAW"),  # Olympus
    (b"IIRS", "RAW"),
    (b"MMOR", "RAW"),
    (b"II\x1a\x00\x00\x00HEAPCCDR", "RAW"),  # Canon CRW
    (b"FUJIFILMCCD-RAW", "RAW"),
    (b"\x00MRM", "RAW"),  # Minolta
    (b"FOVb", "RAW"),  # Sigma
    (b"8BPS\x00\x01", "PSD"),
    (b"8BPS\x00\x02", "PSB"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG2000"),
    (b"\xff\x4f\xff\x51", "JPEG2000"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"II\xbc\x01", "JPEG XR"),
    (b"qoif", "QOI"),
    (b"\x76\x2f\x31\x01", "OpenEXR"),
    (b"#?RADIANCE", "Radiance HDR"),
    (b"gimp xcf", "XCF"),
    (b"DDS ", "DDS"),
)


def _suffix(name: str) -> str:
    stem, dot, suffix = name.rpartition(".")
    return f".{suffix.lower()}" if dot and stem else ""


def is_photo_name(name: str) -> bool:
    """Whether a file of this name is offered as a photo. A name without a suffix is not."""
    return _suffix(name) in PHOTO_SUFFIXES


def is_raw_name(name: str) -> bool:
    """Whether the name is that of a camera RAW file."""
    return _suffix(name) in RAW_SUFFIXES


def companion_role(name: str) -> Role | None:
    """What a file of this name is to the photo beside it, if it is not a photo itself."""
    return COMPANION_SUFFIXES.get(_suffix(name))


def is_ignored_name(name: str) -> bool:
    """Whether a file or folder of this name is never looked at (nor into).

    Hidden ones (leading dot, so AppleDouble `._*` too), folders of systems and storage boxes, and folders
    that are another program's library.
    """
    folded = name.casefold()
    hidden = name.startswith(".") and not name.startswith("..")  # "...and so on.jpg" is only a title
    return hidden or folded in _IGNORED_NAMES or folded.endswith(_PACKAGE_SUFFIXES)


def sniff(head: bytes) -> str | None:
    """What the content is by its first bytes (64 are plenty), or None if no picture begins like this.

    A TIFF may be a camera RAW file: those share the magic number.
    """
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        return _sniff_boxes(head)
    if head[:2] == b"BM" and len(head) > 18 and head[14] in {12, 16, 40, 52, 56, 64, 108, 124}:
        return "BMP"
    if head[:4] == b"\x00\x00\x01\x00" and len(head) > 5 and head[4] + head[5]:
        return "ICO"
    if len(head) > 2 and head[:1] == b"P" and head[1] in b"1234567Ff" and head[2] in b" \t\r\n#":
        return "PNM"
    return None


def _sniff_boxes(head: bytes) -> str | None:
    """Tell the ISO base media families apart by their brands; videos answer None."""
    size = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, size - 3, 4))]
    if brands[0] == b"crx ":
        return "RAW"  # Canon CR3
    if brands[0] in _AVIF_BRANDS:
        return "AVIF"
    if brands[0] in _HEIF_BRANDS or not _HEIF_BRANDS.isdisjoint(brands):
        hevc = {b"heic", b"heix", b"hevc", b"hevx"}
        return "AVIF" if not _AVIF_BRANDS.isdisjoint(brands) and hevc.isdisjoint(brands) else "HEIF"
    return None


def describe_foreign(head: bytes) -> str:
    """Say in a sentence what content that `sniff` does not know seems to be."""
    start = head.lstrip()[:64].lower()
    if not head.strip(b"\x00"):
        return "It holds only zeros, as an interrupted copy or download leaves behind."
    if start.startswith((b"<!doctype html", b"<html", b"<head")):
        return "It is a web page, not a photo."
    if start.startswith((b"<?xml", b"<svg", b"{")):
        return "It is a text document, not a photo."
    if head.startswith(b"PK"):
        return "It is an archive, not a photo."
    if head.startswith(b"%PDF"):
        return "It is a PDF document, not a photo."
    if head[4:8] in {b"ftyp", b"moov", b"mdat", b"wide"}:
        return "It is a video, not a photo."
    return "What is in it is not a picture of any kind that PhotoFinder knows, or its beginning is damaged."
