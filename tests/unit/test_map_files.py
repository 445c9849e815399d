"""Files of map tiles: what is in them comes out, nothing is written to them, and what cannot be used is said."""

import contextlib
import io
import random
import sqlite3

import pytest
from PIL import Image
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from photofinder.core.errors import EnvironmentProblem
from photofinder.library.map_files import open_map_file


def picture(colour, kind="PNG", side=256):
    packed = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(packed, kind)
    return packed.getvalue()


RED, BLUE = picture("red"), picture("blue", "WEBP")


def mbtiles(path, tiles, **said):
    """`tiles`: (zoom, column, row from the north) → bytes."""
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE metadata (name text, value text)")
    database.execute("CREATE TABLE tiles (zoom_level int, tile_column int, tile_row int, tile_data blob)")
    database.executemany("INSERT INTO metadata VALUES (?, ?)", said.items())
    rows = [(zoom, column, (1 << zoom) - 1 - row, tile) for (zoom, column, row), tile in tiles.items()]
    database.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", rows)
    database.commit()
    database.close()
    return path


def pmtiles(path, tiles, tile_type=TileType.PNG, attribution=""):
    zooms = [zoom for zoom, _, _ in tiles]
    with path.open("wb") as file:
        writer = Writer(file)
        for place, tile in sorted(tiles.items(), key=lambda pair: zxy_to_tileid(*pair[0])):
            writer.write_tile(zxy_to_tileid(*place), tile)
        header = {
            "tile_type": tile_type,
            "tile_compression": Compression.NONE,
            "min_zoom": min(zooms),
            "max_zoom": max(zooms),
            "min_lon_e7": -100_000_000,
            "min_lat_e7": 350_000_000,
            "max_lon_e7": 200_000_000,
            "max_lat_e7": 600_000_000,
        }
        writer.finalize(header, {"attribution": attribution})
    return path


@pytest.mark.parametrize("make", [mbtiles, pmtiles])
def test_tiles_come_out_as_they_went_in(tmp_path, make):
    path = make(tmp_path / "topo", {(3, 4, 2): RED, (3, 4, 5): BLUE, (4, 8, 4): RED})
    before = path.read_bytes(), path.stat().st_mtime_ns
    file = open_map_file(path)
    assert file.tile(3, 4, 2) == RED
    assert file.tile(3, 4, 5) == BLUE
    assert file.tile(3, 4, 3) is None
    assert file.tile(9, 300, 200) is None
    assert (file.info.min_zoom, file.info.max_zoom) == (3, 4)
    file.close()
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert [each.name for each in tmp_path.iterdir()] == ["topo"], "nothing is written beside it"


def test_what_mbtiles_say_of_themselves(tmp_path):
    said = {
        "minzoom": "2",
        "maxzoom": "9",
        "bounds": "5.9,45.8,10.5,47.8",
        "attribution": "© <a href='x'>Some &amp; Co</a>",
    }
    file = open_map_file(mbtiles(tmp_path / "map.mbtiles", {(3, 4, 2): RED}, **said))
    assert (file.info.min_zoom, file.info.max_zoom) == (2, 9)
    assert file.info.bounds == (5.9, 45.8, 10.5, 47.8)
    assert file.info.attribution == "© Some & Co"
    file.close()


def test_what_pmtiles_say_of_themselves(tmp_path):
    file = open_map_file(pmtiles(tmp_path / "map.pmtiles", {(3, 4, 2): RED}, attribution="<b>Swisstopo</b>"))
    assert file.info.bounds == (-10.0, 35.0, 20.0, 60.0)
    assert file.info.attribution == "Swisstopo"
    file.close()


def test_a_file_with_many_tiles_has_directories_in_directories(tmp_path):
    side = 1 << 8
    chance = random.Random(1)
    tiles = {
        (8, column, row): chance.randbytes(chance.randrange(1, 40))
        for column in range(side)
        for row in range(0, side, 2)
    }
    file = open_map_file(pmtiles(tmp_path / "many.pmtiles", tiles))
    assert file._header["leaf_directory_length"] > 0
    for place in ((8, 0, 0), (8, 255, 254), (8, 77, 130), (8, 200, 8)):
        assert file.tile(*place) == tiles[place]
    assert file.tile(8, 77, 131) is None
    file.close()


def refused(path, part):
    with pytest.raises(EnvironmentProblem) as caught:
        open_map_file(path).close()
    assert part in str(caught.value)
    assert path.name in str(caught.value)
    assert caught.value.remedy


def test_vector_tiles_are_refused_with_what_to_take_instead(tmp_path):
    packed = b"\x1f\x8b\x08\x00rest"
    refused(mbtiles(tmp_path / "a.mbtiles", {(1, 0, 0): packed}), "vector tiles")
    refused(mbtiles(tmp_path / "b.mbtiles", {(1, 0, 0): b"\x1a\x02"}, format="pbf"), "raster version")
    refused(pmtiles(tmp_path / "c.pmtiles", {(1, 0, 0): packed}, TileType.MVT), "vector tiles")


def test_what_is_no_map_or_damaged_is_said(tmp_path):
    refused(tmp_path / "gone.mbtiles", "cannot be read")
    (tmp_path / "letter.mbtiles").write_text("Dear Ada")
    refused(tmp_path / "letter.mbtiles", "neither MBTiles nor PMTiles")
    refused(mbtiles(tmp_path / "none.mbtiles", {}), "no tiles")
    refused(mbtiles(tmp_path / "odd.mbtiles", {(1, 0, 0): b"odd"}), "neither PNG nor JPEG nor WebP")
    other = sqlite3.connect(tmp_path / "other.mbtiles")
    other.execute("CREATE TABLE photos (id int)")
    other.commit()
    other.close()
    refused(tmp_path / "other.mbtiles", "no such table: tiles")


@pytest.mark.parametrize("make", [mbtiles, pmtiles])
@pytest.mark.parametrize("kept", [100, 200, 600, 5000])
def test_a_file_cut_short_raises_nothing_but_what_is_told(tmp_path, make, kept):
    tiles = {(5, column, row): picture((column * 8, row * 8, 0), side=64) for column in range(8) for row in range(8)}
    path = make(tmp_path / "map", tiles)
    path.write_bytes(path.read_bytes()[:kept])
    try:
        file = open_map_file(path)
    except EnvironmentProblem:
        return
    with contextlib.closing(file), pytest.raises(EnvironmentProblem, match="map is damaged"):
        [file.tile(*place) for place in tiles]


@pytest.mark.parametrize("make", [mbtiles, pmtiles])
def test_bytes_that_changed_raise_nothing_but_what_is_told(tmp_path, make):
    chance = random.Random(5)
    whole = make(tmp_path / "map", {(5, column, 3): picture((column * 8, 0, 0), side=64) for column in range(8)})
    sound = whole.read_bytes()
    for _ in range(150):
        bad = bytearray(sound)
        for _ in range(6):
            bad[chance.randrange(min(len(bad), 700))] = chance.randrange(256)
        whole.write_bytes(bad)
        try:
            with contextlib.closing(open_map_file(whole)) as file:
                for column in range(8):
                    file.tile(5, column, 3)
        except EnvironmentProblem:
            pass
