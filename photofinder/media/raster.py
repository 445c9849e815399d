"""The formats that go through Pillow: PNG, WebP, TIFF, GIF, BMP, AVIF, Photoshop, JPEG 2000.

Of animations and of several pages the first is shown. None of these codecs scales while decoding, so photos
above 40 megapixels are decoded one at a time.
"""

import io
import warnings
from typing import BinaryIO, Final, cast

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    Jpeg2KImagePlugin,
    PngImagePlugin,
    PsdImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from photofinder.media.boxes import largest_extent
from photofinder.media.colour import shrinkable, to_srgb
from photofinder.media.guard import check_size, decoding, large_alone
from photofinder.media.iptc import iim_of_photoshop
from photofinder.media.original import Original
from photofinder.media.picture import Decoded, Embedded, Need, finished, reduced
from photofinder.media.tiff_tags import IPTC, PHOTOSHOP, XMP, first_directory, orientation

# Pillow's own bomb guard warns through process-wide state from half its limit on; `check_size` does its work
# here, after the header and before the pixels.
Image.MAX_IMAGE_PIXELS = None
# Pillow comments on oddities of TIFF and EXIF tags on standard error; a photo that it can read is fine.
warnings.filterwarnings("ignore", module=r"PIL\.")

_OPENERS: Final[dict[str, type[ImageFile.ImageFile]]] = {
    "PNG": PngImagePlugin.PngImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
    "PSD": PsdImagePlugin.PsdImageFile,
    "JPEG2000": Jpeg2KImagePlugin.Jpeg2KImageFile,
}
_PSD_IPTC, _PSD_EXIF, _PSD_XMP = 0x0404, 0x0422, 0x0424
_PNG_SAYINGS: Final = frozenset({b"tEXt", b"zTXt", b"iTXt", b"iCCP"})


def decode_raster(original: Original, content_format: str, need: Need) -> Decoded:
    """Decode what `sniff` called `content_format`, a key of `_OPENERS`.

    Raises: `MediaProblem` (UNREADABLE, UNSUPPORTED, TOO_LARGE); OSError of the disk while a TIFF is read.
    """
    with decoding(content_format):
        # TIFF and PSD can be gigabytes of layers and pages, and are read in places; the others come as a
        # whole.
        if content_format in {"TIFF", "PSD"}:
            original.file.seek(0)
            file: BinaryIO = original.file
        else:
            file = io.BytesIO(original.content())
        if content_format == "AVIF" and (extent := largest_extent(original.content())):
            check_size(*extent)
        with _opened(content_format, file) as image:
            width_px, height_px = image.size
            check_size(width_px, height_px)
            with large_alone(width_px, height_px):
                image.load()
                exif, embedded = _embedded(content_format, image, original)
                small = reduced(shrinkable(image), need)
            icc = cast("bytes | None", image.info.get("icc_profile"))
        # Pillow has already turned a TIFF.
        turn = orientation(io.BytesIO(exif)) if exif and content_format != "TIFF" else 1
        return Decoded(finished(to_srgb(small, icc), width_px, height_px, turn, content_format), embedded)


def _opened(content_format: str, file: BinaryIO) -> ImageFile.ImageFile:
    opener = _OPENERS[content_format]
    try:
        return opener(file)
    except ValueError:
        if content_format != "PNG":
            raise
        # A text or a colour profile that unpacks to more than Pillow allows; the picture does not need it.
        file.seek(0)
        return opener(io.BytesIO(_without_sayings(file.read())))


def _without_sayings(content: bytes) -> bytes:
    kept = [content[:8]]
    at = 8
    while at + 12 <= len(content):
        end = at + 12 + int.from_bytes(content[at : at + 4], "big")
        if content[at + 4 : at + 8] not in _PNG_SAYINGS:
            kept.append(content[at:end])
        at = end
    return b"".join(kept)


def _embedded(content_format: str, image: ImageFile.ImageFile, original: Original) -> tuple[bytes | None, Embedded]:
    """The EXIF block (for the orientation) and all blocks, of a loaded image."""
    if content_format == "TIFF":
        found = first_directory(original.file, frozenset({XMP, IPTC, PHOTOSHOP}))
        iptc = found.get(IPTC) or iim_of_photoshop(found.get(PHOTOSHOP, b""))
        return None, Embedded(original.file, found.get(XMP), iptc)
    exif = cast("bytes | None", image.info.get("exif"))
    xmp = cast("bytes | str | None", image.info.get("xmp"))
    iptc = None
    if isinstance(image, PsdImagePlugin.PsdImageFile):
        listed = cast("list[tuple[int, str, bytes]]", image.resources)  # pyright: ignore[reportUnknownMemberType]
        resources = {number: data for number, _, data in listed}
        exif, xmp, iptc = (resources.get(n) for n in (_PSD_EXIF, _PSD_XMP, _PSD_IPTC))
    if isinstance(xmp, str):
        xmp = xmp.encode("utf-8", "surrogateescape")
    if exif:
        exif = exif.removeprefix(b"Exif\x00\x00")
    return exif, Embedded(io.BytesIO(exif) if exif else None, xmp, iptc)
