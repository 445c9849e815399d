"""From any photo to pixels: sniff what it is, hand it to its codec, get a reduced, upright sRGB picture."""

from pathlib import Path
from typing import Final

from photofinder.core.errors import FailureKind, MediaProblem
from photofinder.core.types import Picture
from photofinder.media.formats import SUPPORTED, describe_foreign, is_raw_name, sniff
from photofinder.media.guard import reading
from photofinder.media.heif import decode_heif
from photofinder.media.jpeg import decode_jpeg
from photofinder.media.original import Original
from photofinder.media.picture import THUMBNAIL_LONG_PX, Decoded, Need
from photofinder.media.raster import decode_raster
from photofinder.media.raw import decode_raw

DECODER_VERSION: Final = 1
"""Raised when more photos can be read than before: failures recorded under a lower number are tried again."""

_STURDY: Final = frozenset({"JPEG", "PNG", "WEBP", "GIF", "BMP"})


def decode_original(original: Original, need: Need) -> Decoded:
    """Decode an open original. Raises: `MediaProblem`; OSError of the disk. Thread: any."""
    content_format = sniff(original.head)
    # Most RAW files are TIFFs by their first bytes, some begin like nothing else; only then the name decides.
    if content_format == "RAW" or (content_format in {"TIFF", None} and is_raw_name(original.path.name)):
        return decode_raw(original, need)
    if content_format is None:
        raise MediaProblem(FailureKind.UNREADABLE, describe_foreign(original.head))
    if content_format not in SUPPORTED:
        raise MediaProblem(FailureKind.UNSUPPORTED, f"PhotoFinder cannot read {content_format} pictures.")
    if content_format == "JPEG":
        return decode_jpeg(original.content(), need)
    if content_format == "HEIF":
        return decode_heif(original.content(), need)
    return decode_raster(original, content_format, need)


def picture_of(original: Original, min_short_px: int, min_long_px: int = THUMBNAIL_LONG_PX) -> Picture:
    """`decode` an original that is open. Raises: `MediaProblem`; OSError of the disk. Thread: any."""
    return decode_original(original, Need(min_short_px, min_long_px)).picture


def is_sturdy(original: Original) -> bool:
    """Whether its decoder may run in the program's own process, being one that half the world feeds with anything.

    What is no photo at all is sturdy too: it is refused by its first bytes.
    """
    content_format = sniff(original.head)
    if content_format is None:
        return not is_raw_name(original.path.name)
    return content_format in _STURDY or content_format not in SUPPORTED


def decode(path: Path, min_short_px: int, min_long_px: int = THUMBNAIL_LONG_PX) -> Picture:
    """Decode, with at least `min_short_px` on its short and `min_long_px` on its long side, if it has them.

    In this very process: where the photo is the user's, `safely` decides about that.

    Raises: `MediaProblem`, and nothing else whatever the file holds. Thread: any, several at once.
    """
    with reading(), Original(path) as original:
        return picture_of(original, min_short_px, min_long_px)
