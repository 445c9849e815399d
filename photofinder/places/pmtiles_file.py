"""Map tiles in one plain file: PMTiles version 3 (github.com/protomaps/PMTiles), raster only.

What stands where in the file is told by the pmtiles library. Its own reader would unpack the directories anew for every
tile, and map the file into memory, where a drive that is pulled out kills the program: here they are kept, and read.
"""

import io
import json
import zlib
from collections import OrderedDict
from pathlib import Path
from typing import Any

from pmtiles import tile as pmtiles_tile
from pmtiles.tile import (
    Compression,
    Entry,
    MagicNumberNotFound,
    SpecVersionUnsupported,
    TileType,
    deserialize_directory,
    deserialize_header,
    zxy_to_tileid,
)

from photofinder.places import tile_file
from photofinder.places.tile_file import DEEPEST, LARGEST_BYTES, TileFileInfo

_HEADER_BYTES = 127
_DIRECTORY_BYTES = 1_000_000
_METADATA_BYTES = 4_000_000
_DIRECTORIES = 64
_DEPTH = 4
_NONSENSE = (ValueError, AttributeError, EOFError, OSError, zlib.error, IndexError, OverflowError)
_find_tile: Any = pmtiles_tile.find_tile  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - half of its types are not said
_RASTER = {TileType.PNG, TileType.JPEG, TileType.WEBP}


class PmTiles:
    """A TileFile. Raises EnvironmentProblem for what is damaged, has vector tiles, or none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._directories: OrderedDict[int, list[Entry]] = OrderedDict()
        try:
            self._file: io.BufferedReader = path.open("rb")
        except OSError as problem:
            raise tile_file.unreadable(path, problem.strerror) from problem
        try:
            self._header = deserialize_header(self._bytes(0, _HEADER_BYTES, _HEADER_BYTES))
            self.info = self._read_info()
        except SpecVersionUnsupported as problem:
            self.close()
            raise tile_file.damaged(path, "it is not version 3 of PMTiles") from problem
        except (MagicNumberNotFound, *_NONSENSE) as problem:
            self.close()
            raise tile_file.damaged(path, problem or "it does not begin as one") from problem
        except BaseException:
            self.close()
            raise

    def tile(self, zoom: int, column: int, row: int) -> bytes | None:
        """The picture of a tile, row 0 in the north; None if it has none there. Raises EnvironmentProblem."""
        wanted = zxy_to_tileid(zoom, column, row)
        header = self._header
        at, length = header["root_offset"], header["root_length"]
        try:
            for _ in range(_DEPTH):
                entry: Entry | None = _find_tile(self._directory(at, length), wanted)
                if entry is None:
                    return None
                if entry.run_length:
                    return self._bytes(header["tile_data_offset"] + entry.offset, entry.length, LARGEST_BYTES)
                at, length = header["leaf_directory_offset"] + entry.offset, entry.length
        except _NONSENSE as problem:
            raise tile_file.damaged(self._path, problem) from problem
        return None

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _directory(self, at: int, length: int) -> list[Entry]:
        found = self._directories.get(at)
        if found is None:
            found = self._directories[at] = deserialize_directory(self._bytes(at, length, _DIRECTORY_BYTES))
            if len(self._directories) > _DIRECTORIES:
                self._directories.popitem(last=False)
        else:
            self._directories.move_to_end(at)
        return found

    def _bytes(self, at: int, length: int, at_most: int) -> bytes:
        """Raises ValueError for more than makes sense, EOFError for more than there is, OSError."""
        if length > at_most:
            raise ValueError("it claims to hold something far too large")
        self._file.seek(at)
        found = self._file.read(length)
        if len(found) < length:
            raise EOFError("it ends too early")
        return found

    def _read_info(self) -> TileFileInfo:
        header = self._header
        if header["tile_type"] in {TileType.MVT, TileType.MLT}:
            raise tile_file.vector(self._path)
        if header["tile_type"] not in _RASTER:
            raise tile_file.damaged(self._path, "its tiles are neither PNG nor JPEG nor WebP")
        if header["internal_compression"] is not Compression.GZIP:
            raise tile_file.damaged(self._path, "its directories are packed in a way that is not understood")
        if not 0 <= header["min_zoom"] <= header["max_zoom"] <= DEEPEST:
            raise tile_file.damaged(self._path, "its zooms make no sense")
        if not self._directory(header["root_offset"], header["root_length"]):
            raise tile_file.empty(self._path)
        packed = self._bytes(header["metadata_offset"], header["metadata_length"], _METADATA_BYTES)
        said: Any = json.loads(zlib.decompressobj(wbits=31).decompress(packed, _METADATA_BYTES)) if packed else {}
        attribution = str(said.get("attribution", ""))
        degrees = (header[name] / 1e7 for name in ("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7"))
        west, south, east, north = degrees
        bounds, attribution = (west, south, east, north), tile_file.without_tags(attribution)
        return TileFileInfo(self._path.name, header["min_zoom"], header["max_zoom"], bounds, attribution)
