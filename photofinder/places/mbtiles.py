"""Map tiles in an SQLite file: MBTiles 1.3 (github.com/mapbox/mbtiles-spec), raster only, opened for reading only."""

import contextlib
import sqlite3
from pathlib import Path

from photofinder.places import tile_file
from photofinder.places.tile_file import DEEPEST, LARGEST_BYTES, TileFileInfo

_WORLD = (-180.0, -85.06, 180.0, 85.06)


class MbTiles:
    """A TileFile. Raises EnvironmentProblem for what is damaged, has vector tiles, or none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            # "immutable": not even SQLite's own small files are written beside somebody's map.
            address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
            self._database = sqlite3.connect(address, uri=True, check_same_thread=False)
        except sqlite3.Error as problem:
            raise tile_file.unreadable(path, problem) from problem
        try:
            self.info = self._read_info()
        except sqlite3.Error as problem:
            self.close()
            raise tile_file.damaged(path, problem) from problem
        except BaseException:
            self.close()
            raise

    def tile(self, zoom: int, column: int, row: int) -> bytes | None:
        """The picture of a tile, row 0 in the north; None if it has none there. Raises EnvironmentProblem."""
        try:
            found = self._database.execute(
                """SELECT CASE WHEN length(tile_data) <= ? THEN tile_data END FROM tiles
                WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?""",
                (LARGEST_BYTES, zoom, column, (1 << zoom) - 1 - row),  # rows count from the south here
            ).fetchone()
        except sqlite3.Error as problem:
            raise tile_file.damaged(self._path, problem) from problem
        return found[0] if found and isinstance(found[0], bytes) else None

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _read_info(self) -> TileFileInfo:
        first = self._database.execute("SELECT tile_data FROM tiles LIMIT 1").fetchone()
        if first is None:
            raise tile_file.empty(self._path)
        said = dict[str, str]()
        with contextlib.suppress(sqlite3.Error):  # without it, the tiles still say what they cover
            said = {str(name): str(value) for name, value in self._database.execute("SELECT name, value FROM metadata")}
        if said.get("format", "").lower() in {"pbf", "mvt"} or bytes(first[0])[:2] == b"\x1f\x8b":
            raise tile_file.vector(self._path)
        if not tile_file.is_picture(bytes(first[0])):
            raise tile_file.damaged(self._path, "its tiles are neither PNG nor JPEG nor WebP")
        try:
            zooms = int(said["minzoom"]), int(said["maxzoom"])
        except (KeyError, ValueError):
            zooms = self._database.execute("SELECT min(zoom_level), max(zoom_level) FROM tiles").fetchone()
        try:
            west, south, east, north = (float(number) for number in said["bounds"].split(","))
        except (KeyError, ValueError):
            west, south, east, north = _WORLD
        if not (isinstance(zooms[0], int) and isinstance(zooms[1], int) and 0 <= zooms[0] <= zooms[1] <= DEEPEST):
            raise tile_file.damaged(self._path, "its zooms make no sense")
        attribution = tile_file.without_tags(said.get("attribution", ""))
        return TileFileInfo(self._path.name, zooms[0], zooms[1], (west, south, east, north), attribution)
