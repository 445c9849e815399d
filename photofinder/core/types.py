"""The values that layers hand to each other. All immutable; safe on any thread."""

import enum
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from photofinder.core.errors import MediaProblem

Pixels = NDArray[np.uint8]
"""H x W x 3, sRGB, upright."""

Vector = NDArray[np.float32]
"""One embedding, unit length, shape (dim,); a batch of them has shape (n, dim)."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells, without reading a file, whether it changed."""

    size_bytes: int
    mtime_ns: int
    inode: int


class TakenSource(enum.StrEnum):
    """Where a capture time came from, most trusted first. Stored in the catalogue; values never change."""

    EXIF_ORIGINAL = "exif original"
    EXIF_DIGITIZED = "exif digitized"
    XMP = "xmp"
    IPTC = "iptc"
    EXIF_MODIFIED = "exif modified"
    FILE_NAME = "file name"
    FILE_DATE = "file date"


@dataclass(frozen=True, slots=True)
class Taken:
    """When a photo was taken, as the clock on the wall showed it there.

    `local` has no time zone; `offset_min` is the zone's distance from UTC in minutes where the photo states it.
    `shift_ms` is how far the user has moved the clock; `local` has that in it already.
    """

    local: datetime
    offset_min: int | None
    source: TakenSource
    shift_ms: int = 0


@dataclass(frozen=True, slots=True)
class Gps:
    """WGS 84 degrees (north and east positive) and metres above sea level."""

    latitude: float
    longitude: float
    altitude_m: float | None = None


class How(enum.StrEnum):
    """How a place was found for a photo that does not state one. Stored in the catalogue; values never change."""

    TRACK = "track"
    NEIGHBOUR = "neighbour"


@dataclass(frozen=True, slots=True)
class Proposal:
    """Where a photo that does not say so was probably taken.

    `source` names the track, or the photo taken shortly before or after; `apart_s` are the seconds between the photo
    and the nearest moment for which the place is known; `confidence` goes from 0 to 1 (formula: `library.proposing`).
    """

    gps: Gps
    how: How
    source: str
    apart_s: float
    confidence: float


class Pick(enum.IntEnum):
    """The flag of a photo. Stored in the catalogue; values never change."""

    REJECTED = -1
    NONE = 0
    PICKED = 1


class Label(enum.StrEnum):
    """The colour label of a photo. Stored in the catalogue; values never change."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Marks:
    """What the user said of a photo in this program. None means: nothing; the photo's own metadata stands."""

    rating: int | None = None  # 0 to 5
    pick: Pick | None = None
    label: Label | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a photo says about itself. None means that it does not say."""

    taken: Taken | None = None
    gps: Gps | None = None
    make: str | None = None
    model: str | None = None
    lens: str | None = None
    exposure_s: float | None = None
    f_number: float | None = None
    iso: int | None = None
    focal_mm: float | None = None
    rating: int | None = None  # 0 to 5; -1 is "rejected", as XMP has it
    title: str | None = None
    caption: str | None = None
    keywords: tuple[str, ...] = ()
    is_live: bool = False  # the still of a Live Photo, wherever its video may be

    @property
    def camera(self) -> str | None:
        """Make and model as one name, without saying the make twice ("NIKON", "NIKON D90" → "NIKON D90")."""
        if self.make and self.model:
            first = self.make.split()[0].casefold()
            return self.model if self.model.casefold().startswith(first) else f"{self.make} {self.model}"
        return self.model or self.make


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded photo, reduced: short side at least what was asked for, unless the photo itself is smaller.

    `width_px` and `height_px` are the whole photo's, upright; `format` is what the content is, whatever the name says.
    """

    pixels: Pixels = field(repr=False)
    width_px: int
    height_px: int
    format: str


class Role(enum.StrEnum):
    """What a file is to its photo. Stored in the catalogue; values never change."""

    PRIMARY = "primary"
    RAW = "raw"
    VIDEO = "video"
    EDITS = "edits"
    SIDECAR = "sidecar"


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """One file of a photo, in its folder: the name as the file system's bytes, so that any name is kept exactly."""

    name: bytes
    role: Role
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Unit:
    """The files that make one photo (RAW+JPEG, Live Photo, sidecars), primary first.

    `folder` is relative to the root, "/"-separated, empty for the root itself.
    """

    root_id: int
    folder: bytes
    files: tuple[PhotoFile, ...]

    @property
    def primary(self) -> PhotoFile:
        """The file that is shown and embedded."""
        return self.files[0]


@dataclass(frozen=True, slots=True)
class Ingested:
    """What ingest found out about one photo, ready to be recorded.

    Either `picture_format` and sizes, or `failure`, is set. `photo_id` names the photo that these files belonged to
    before, None for a new one. `vector` is the embedding, shape (dim,); None where the known embedding still holds or
    where the photo failed.
    """

    unit: Unit
    photo_id: int | None
    fingerprint: bytes | None = None
    metadata: Metadata = field(default_factory=Metadata)
    picture_format: str | None = None
    width_px: int | None = None
    height_px: int | None = None
    vector: Vector | None = None
    failure: MediaProblem | None = None


@dataclass(frozen=True, slots=True)
class Volume:
    """A file system as the operating system knows it: `uuid` survives unplugging, `mount` is where it is now."""

    uuid: str
    label: str | None
    mount: str


@dataclass(frozen=True, slots=True)
class Root:
    """A watched folder: a place on a volume. `path` is where it was last seen on this computer."""

    id: int
    volume: Volume
    relative: bytes
    path: str


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo as the catalogue knows it.

    `metadata.rating` and `pick` are the user's where the user has said something, else what the photo itself says.
    `place` is the town, region and country where it was taken, as far as they are known. `accepted` is set where the
    photo itself states no position: `metadata.gps` then is the one of this proposal, which the user accepted.
    """

    id: int
    path: str
    metadata: Metadata
    fingerprint: bytes | None
    picture_format: str | None
    width_px: int | None
    height_px: int | None
    failure_kind: str | None
    failure_reason: str | None
    missing: bool
    files: tuple[tuple[str, Role], ...] = ()
    pick: Pick = Pick.NONE
    label: Label | None = None
    place: str | None = None
    accepted: Proposal | None = None

    @property
    def location(self) -> Path:
        """`path` as a path."""
        return Path(self.path)


class Strength(enum.StrEnum):
    """How surely a hit is what was asked for."""

    STRONG = "strong"
    POSSIBLE = "possible"
    WEAK = "weak"


@dataclass(frozen=True, slots=True)
class Why:
    """One part of a query, and how a photo matched it: by looks, words, file name, or because a filter lets it through.

    `score` is given for looks: the part's own cosine with the photo, less that of common concepts.
    """

    part: str
    how: str
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A photo and how well it fits: the higher the score, the better; for one query, and nothing across queries.

    `strength` is None where the query has no cut line. `alike` are near-identical photos that this one stands for.
    """

    photo: Photo
    score: float
    strength: Strength | None = None
    why: tuple[Why, ...] = ()
    alike: tuple[int, ...] = ()
