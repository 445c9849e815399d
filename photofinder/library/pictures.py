"""One photo to look at: its thumbnail, its preview, all of its pixels, ready to be painted."""

import functools
import math

from photofinder.core.errors import FailureKind, MediaProblem, QueryProblem
from photofinder.core.types import Photo, Picture, Pixels
from photofinder.library.library import Library
from photofinder.library.roots import drive_to_plug_in
from photofinder.media import screen
from photofinder.media.picture import THUMBNAIL_LONG_PX
from photofinder.media.screen import ScreenPixels, rendered

__all__ = [
    "OutOfReach",
    "ScreenPixels",
    "bound_previews",
    "find",
    "full",
    "levels",
    "preview",
    "readable",
    "rendered",
    "small",
    "thumbnail",
]

_ENOUGH = 0.95
"""The picture a camera puts into a RAW file may be a few pixels smaller than the sensor's; that is the full one."""


class OutOfReach(MediaProblem):
    """The photo is on a drive that is away; `drive` is what a person calls it."""

    def __init__(self, drive: str) -> None:
        super().__init__(FailureKind.VANISHED, f"Its drive {drive} is away.")
        self.drive = drive


def find(library: Library, photo_id: int) -> Photo:
    """What the catalogue knows of a photo. Any thread. Raises QueryProblem if it is no longer in the library."""
    photo = library.reader.photos([photo_id]).get(photo_id)
    if photo is None:
        raise QueryProblem("This photo is no longer in the library.")
    return photo


def thumbnail(library: Library, photo_id: int) -> bytes:
    """A small JPEG, sRGB and upright: the cached thumbnail, or the preview where there is none.

    Any thread. Raises MediaProblem where the photo cannot be read, QueryProblem, EnvironmentProblem.
    """
    fingerprint = library.reader.fingerprint(photo_id)
    content = None if fingerprint is None else library.thumbnails.read(fingerprint)
    return preview(library, photo_id) if content is None else content


def preview(library: Library, photo_id: int) -> bytes:
    """A JPEG of at most 1024 px on the long side, sRGB and upright; kept, so that the second time costs nothing.

    Any thread; the first time costs a decode. Raises MediaProblem where the photo cannot be read (also where ingest
    has found that out before; OutOfReach where its drive is away), QueryProblem, EnvironmentProblem.
    """
    photo = readable(find(library, photo_id))
    if photo.fingerprint is None:
        raise MediaProblem(FailureKind.UNREADABLE, "It has not been read yet.")
    decode = functools.partial(_decoded, library, photo)
    return library.thumbnails.preview(photo.fingerprint, decode)


def full(library: Library, photo_id: int, max_pixels: int) -> Pixels:
    """All of a photo's pixels, sRGB and upright; of one with more than `max_pixels`, every side divided alike.

    Any thread; may take seconds. A RAW photo with a full-size picture from its camera shows that one, others are
    developed. Raises MediaProblem where the photo cannot be read (OutOfReach where its drive is away), QueryProblem,
    EnvironmentProblem.
    """
    photo = readable(find(library, photo_id))
    width_px, height_px = photo.width_px or 1, photo.height_px or 1
    # A whole number, because that is how decoders reduce; one more than enough beats one less than bounded.
    divisor = math.ceil(math.sqrt(width_px * height_px / max_pixels))
    share = 1 / divisor if divisor > 1 else _ENOUGH
    short_px, long_px = sorted((width_px, height_px))
    return _decoded(library, photo, max(1, int(short_px * share)), max(1, int(long_px * share))).pixels


def _decoded(library: Library, photo: Photo, short_px: int, long_px: int) -> Picture:
    try:
        return library.decoders().decode(photo.location, short_px, long_px)
    except MediaProblem as problem:
        drive = drive_to_plug_in(library, photo.path) if problem.kind is FailureKind.VANISHED else None
        if drive is None:
            raise
        raise OutOfReach(drive) from problem


def bound_previews(library: Library, most_bytes: int) -> int:
    """Delete the oldest previews until the others take no more than this; how many went. Any thread; walks the cache.

    Raises EnvironmentProblem if the cache cannot be read or changed.
    """
    return library.thumbnails.bound_previews(most_bytes)


def small(content: bytes) -> list[ScreenPixels]:
    """Decode a thumbnail or a preview for the screen, with halves of it. Any thread.

    Raises MediaProblem where it is damaged.
    """
    return screen.halves(screen.from_jpeg(content), THUMBNAIL_LONG_PX // 4)


def levels(pixels: Pixels) -> list[ScreenPixels]:
    """Pixels for the screen, and halves of them down to about a preview. Any thread; 0.1 s for 12 megapixels.

    Scaling down starts at the level just above, so that it costs the same however large the photo is.
    """
    from photofinder.media.thumbnails import PREVIEW_LONG_PX

    return screen.halves(screen.from_pixels(pixels), PREVIEW_LONG_PX // 2)


def readable(photo: Photo) -> Photo:
    """The photo itself. Raises the MediaProblem that ingest has recorded for it, if any."""
    if photo.failure_kind is not None:
        raise MediaProblem(FailureKind(photo.failure_kind), photo.failure_reason or "It cannot be read.")
    if not photo.files:
        raise MediaProblem(FailureKind.VANISHED, "It is no longer where it was.")
    return photo
