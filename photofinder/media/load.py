"""A photo as ingest needs it: an original is opened once, read once, and never written to."""

from dataclasses import dataclass, field
from pathlib import Path

from photofinder.core.types import Metadata, Picture
from photofinder.media.decode import decode_original
from photofinder.media.fingerprint import fingerprint
from photofinder.media.guard import reading
from photofinder.media.metadata import read_metadata
from photofinder.media.original import Original
from photofinder.media.picture import Need


@dataclass(frozen=True, slots=True)
class Loaded:
    """A photo as ingest needs it: pixels to embed and for the thumbnail, what it says, and its identity."""

    picture: Picture
    metadata: Metadata
    fingerprint: bytes = field(repr=False)


def load(path: Path, min_short_px: int = 256) -> Loaded:
    """Decode, describe and fingerprint a photo.

    The picture has at least `min_short_px` on its short side, and 320 on its long side for the thumbnail, if
    the photo has them. Ask for no more than the encoder takes: the thumbnail inside an iPhone's HEIC is 312
    pixels high, and below that a photo costs 15 ms instead of 300.

    In this very process: where the photo is the user's, `safely` decides about that.

    Raises: `MediaProblem`, and nothing else whatever the file holds. Thread: any, several at once.
    """
    with reading(), Original(path) as original:
        return load_original(original, min_short_px)


def load_original(original: Original, min_short_px: int) -> Loaded:
    """`load` an original that is open. Raises: `MediaProblem`; OSError of the disk. Thread: any."""
    decoded = decode_original(original, Need(min_short_px))
    metadata = read_metadata(decoded.embedded, original.path.name, original.mtime_ns)
    return Loaded(decoded.picture, metadata, fingerprint(original.source))
