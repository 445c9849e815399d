"""What a scan is asked and what it finds: places, and what became of the photos in them."""

import enum
from dataclasses import dataclass

from photofinder.core.types import Root, Unit


class Change(enum.Enum):
    """Why a photo is to be looked at."""

    ADDED = "added"
    CHANGED = "changed"
    UNFINISHED = "unfinished"  # known and unchanged, but with no embedding yet, or worth another try


@dataclass(frozen=True, slots=True)
class Task:
    """A photo to decode and embed."""

    unit: Unit
    path: str
    photo_id: int | None
    change: Change


@dataclass(frozen=True, slots=True)
class Moved:
    """A known photo in a new place. `heir_id` is what that place was known as, if it was: a copy, to be forgotten."""

    photo_id: int
    unit: Unit
    heir_id: int | None = None


@dataclass(frozen=True, slots=True)
class Vanished:
    """Photos whose files are gone from a root that is there."""

    photo_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Returned:
    """Photos that were missing and are back, unchanged."""

    photo_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """What to scan: a root, or a folder inside it (`folder`, relative, "/"-separated; empty for all of it).

    With `deep` also all folders inside. A folder that is gone may be named: its photos have left then.
    """

    root: Root
    folder: bytes = b""
    deep: bool = True

    @property
    def is_root(self) -> bool:
        """Whether this is the whole of a root."""
        return self.deep and not self.folder
