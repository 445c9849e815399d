"""The user's own map: a file of raster tiles."""

from pathlib import Path

from photofinder.places import tile_file
from photofinder.places.mbtiles import MbTiles
from photofinder.places.pmtiles_file import PmTiles
from photofinder.places.tile_file import TileFile

SUFFIXES = (".mbtiles", ".pmtiles")
__all__ = ["SUFFIXES", "TileFile", "open_map_file"]


def open_map_file(path: Path) -> TileFile:
    """Open a file of tiles for reading, MBTiles or PMTiles by how it begins. Any thread; close it when done.

    Raises EnvironmentProblem for a file that cannot be read, is damaged, has vector tiles, or none.
    """
    try:
        with path.open("rb") as file:
            beginning = file.read(16)
    except OSError as problem:
        raise tile_file.unreadable(path, problem.strerror) from problem
    if beginning.startswith(b"SQLite format 3\0"):
        return MbTiles(path)
    if beginning.startswith(b"PMTiles"):
        return PmTiles(path)
    raise tile_file.damaged(path, "it begins like neither MBTiles nor PMTiles")
