"""Camera RAW: the picture that the camera embedded; developing the sensor's data only where there is none.

The embedded preview is what the photographer saw on the camera and costs a tenth of the time.
"""

import io
import os
from typing import Final, cast

import numpy as np
import rawpy
from PIL import Image

from photofinder.core.errors import FailureKind, MediaProblem
from photofinder.core.types import Picture, Pixels
from photofinder.media.boxes import canon_directories
from photofinder.media.guard import check_size, decoding, large_alone
from photofinder.media.iptc import iim_of_photoshop
from photofinder.media.jpeg import decode_jpeg
from photofinder.media.jpeg_segments import walk
from photofinder.media.original import Original
from photofinder.media.picture import Decoded, Embedded, Need, finished, reduced
from photofinder.media.tiff_tags import IPTC, ORIENTATION, PHOTOSHOP, XMP, first_directory, orientation

_EXIF_OF_FLIP: Final = {0: 1, 3: 3, 5: 8, 6: 6}
_LEAST_RAW_BYTES: Final = 16 << 10
_MAX_CR3_HEAD_BYTES: Final = 1 << 20


def decode_raw(original: Original, need: Need) -> Decoded:
    """Decode a camera RAW file: embedded preview, else developed at half size where that is enough.

    Raises: `MediaProblem` (UNREADABLE, UNSUPPORTED, TOO_LARGE).
    """
    with decoding("RAW"):
        try:
            raw = _open(original)
        except rawpy.LibRawIOError as error:
            raise MediaProblem(FailureKind.UNREADABLE, "This RAW photo is cut off.") from error
        except rawpy.LibRawFileUnsupportedError as error:
            if original.size_bytes < _LEAST_RAW_BYTES:
                raise MediaProblem(FailureKind.UNREADABLE, "This RAW photo is cut off.") from error
            raise MediaProblem(
                FailureKind.UNSUPPORTED,
                "It is damaged, or a RAW photo of a camera that PhotoFinder does not know.",
            ) from error
        with raw:
            sizes = raw.sizes
            check_size(max(sizes.width, sizes.raw_width), max(sizes.height, sizes.raw_height))
            turn = _EXIF_OF_FLIP.get(sizes.flip, 1)
            preview, blocks = _preview(raw, need, turn)
            if preview is not None and need.met_by(preview.pixels.shape[1], preview.pixels.shape[0]):
                picture = preview
            else:
                picture = _developed(raw, need, preview)
            width_px, height_px = sizes.width, sizes.height
            if turn in {6, 8}:
                width_px, height_px = height_px, width_px
        return Decoded(Picture(picture.pixels, width_px, height_px, "RAW"), _embedded(original, blocks))


def _open(original: Original) -> rawpy.RawPy:
    """By path, so that only what is needed is read; whole where rawpy cannot pass the name on (not UTF-8)."""
    path = os.fspath(original.path)
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        original.file.seek(0)
        return rawpy.imread(original.file)
    return rawpy.imread(path)


def _preview(raw: rawpy.RawPy, need: Need, turn: int) -> tuple[Picture | None, Embedded]:
    """The embedded preview, upright, and the metadata blocks in it.

    It is turned as its own EXIF says, else as the RAW file says, unless its shape shows that the camera
    already did. (LibRaw adds an EXIF block to previews without one: both sources may be wrong.)
    """
    try:
        thumbnail = raw.extract_thumb()
    except rawpy.LibRawError:
        return None, Embedded()
    if thumbnail.format == rawpy.ThumbFormat.BITMAP:
        pixels = cast("Pixels", thumbnail.data)
        height_px, width_px = pixels.shape[:2]
        turn = _still_to_turn(raw, turn, width_px, height_px)
        return finished(pixels, width_px, height_px, turn, "RAW"), Embedded()
    content = cast("bytes", thumbnail.data)
    found = walk(content)
    if found.exif and ORIENTATION in first_directory(io.BytesIO(found.exif), frozenset({ORIENTATION})):
        turn = orientation(io.BytesIO(found.exif))
    try:
        turn = _still_to_turn(raw, turn, found.width_px, found.height_px)
        decoded = decode_jpeg(content, need, turn)
    except MediaProblem:
        return None, Embedded()
    return decoded.picture, decoded.embedded


def _still_to_turn(raw: rawpy.RawPy, turn: int, width_px: int, height_px: int) -> int:
    already = (raw.sizes.width >= raw.sizes.height) != (width_px >= height_px)
    return 1 if turn in {5, 6, 7, 8} and already else turn


def _developed(raw: rawpy.RawPy, need: Need, instead: Picture | None) -> Picture:
    """Demosaic, at half size where enough; LibRaw turns it. A damaged one falls back to its small preview."""
    sizes = raw.sizes
    try:
        with large_alone(sizes.raw_width, sizes.raw_height):
            half = need.met_by(sizes.width // 2, sizes.height // 2)
            pixels = raw.postprocess(half_size=half, use_camera_wb=True, output_bps=8)
            image = reduced(Image.fromarray(pixels), need)
    except rawpy.LibRawError as error:
        if "memory" in str(error).lower():
            raise MemoryError from error
        if instead is not None:
            return instead
        raise MediaProblem(FailureKind.UNREADABLE, "This RAW photo is damaged and holds no preview.") from error
    return finished(np.asarray(image), image.width, image.height, 1, "RAW")


def _embedded(original: Original, preview: Embedded) -> Embedded:
    """The RAW file's own blocks where it is built like a TIFF or is a CR3, else those of its preview."""
    if original.head[:2] in {b"II", b"MM"}:
        found = first_directory(original.file, frozenset({XMP, IPTC, PHOTOSHOP}))
        iptc = found.get(IPTC) or iim_of_photoshop(found.get(PHOTOSHOP, b""))
        return Embedded(original.file, found.get(XMP) or preview.xmp, iptc or preview.iptc)
    if original.head[4:12] == b"ftypcrx ":
        original.file.seek(0)
        directories = canon_directories(original.file.read(_MAX_CR3_HEAD_BYTES))
        if directories:
            first, *others = (io.BytesIO(each) for each in directories)
            return Embedded(first, preview.xmp, preview.iptc, tuple(others))
    return preview
