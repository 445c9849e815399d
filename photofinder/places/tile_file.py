"""What files of map tiles have in common: what is told of them, and which ones can be used."""

import html
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from photofinder.core.errors import EnvironmentProblem

LARGEST_BYTES = 8_000_000
"""A tile is some tens of kilobytes; what claims to be larger than this is damage."""
DEEPEST = 30
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class TileFileInfo:
    """Zooms and degrees (west, south, east, north) that a file says it covers, and whom its map comes from."""

    name: str
    min_zoom: int
    max_zoom: int
    bounds: tuple[float, float, float, float]
    attribution: str


class TileFile(Protocol):
    """An open file of map tiles in Web Mercator. Used by one thread at a time."""

    info: TileFileInfo

    def tile(self, zoom: int, column: int, row: int) -> bytes | None:
        """The picture of a tile, row 0 in the north, as it is in the file; None if it has none there.

        Raises EnvironmentProblem if the file cannot be read any more, or is damaged there.
        """
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


def is_picture(tile: bytes) -> bool:
    """Whether the bytes of a tile are PNG, JPEG or WebP."""
    return tile.startswith(_PICTURES) or (tile[:4] == b"RIFF" and tile[8:12] == b"WEBP")


def without_tags(attribution: str) -> str:
    """Whom a map comes from, in plain words: files have HTML there."""
    words = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", attribution)).split())
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"


def damaged(path: Path, why: object) -> EnvironmentProblem:
    """What to raise for a file that is not what it should be."""
    return EnvironmentProblem(
        f"The map file {path.name} is damaged, or is no map file ({why}).",
        "Copy or download it again, or choose another one in Preferences, Map.",
    )


def unreadable(path: Path, why: object) -> EnvironmentProblem:
    """What to raise for a file that cannot be opened or read."""
    return EnvironmentProblem(
        f"The map file {path.name} cannot be read: {why}.",
        "Is its drive plugged in? Another map can be chosen in Preferences, Map.",
    )


def vector(path: Path) -> EnvironmentProblem:
    """What to raise for a file whose tiles are shapes."""
    return EnvironmentProblem(
        f"The map file {path.name} has vector tiles: shapes, which need a style to be drawn by.",
        "Take a raster version of the map: its tiles are PNG, JPEG or WebP pictures.",
    )


def empty(path: Path) -> EnvironmentProblem:
    """What to raise for a file without tiles."""
    return EnvironmentProblem(f"The map file {path.name} holds no tiles.", "Choose another one in Preferences, Map.")
