"""Tiles are painted from parts of the world as they would be from all of it."""

import numpy as np
import pytest

from photofinder.core.mercator import project
from photofinder.library import places
from photofinder.ui import map_ground, map_shapes
from photofinder.ui.map_ground import Tile, ground


def pixels(image):
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., :3].astype(int)


def whole(zoom, column, row):
    level, waters = places.basemap().level(zoom), places.basemap().waters
    return map_shapes.MapShapes(level.land, level.coasts, level.borders, waters.lakes, waters.rivers, waters.states)


@pytest.mark.parametrize(
    "place", [(48.0, 10.0), (30.0, 110.0), (-17.0, 179.99), (66.9, -179.9), (-80.0, 0.0), (45.0, -83.0)]
)
@pytest.mark.parametrize("zoom", [1, 2, 3, 4, 5, 6, 7, 8, 11])
def test_a_tile_looks_as_if_cut_from_the_whole_world(monkeypatch, place, zoom):
    x, y = (float(axis) * 2**zoom for axis in project(*(np.array(degree) for degree in place)))
    tile = Tile(zoom, int(x), int(y), 304, 1.0, dark=True)
    from_part = pixels(ground(tile))
    monkeypatch.setattr(map_shapes, "around", whole)
    assert np.abs(from_part - pixels(ground(tile))).max() <= 2


@pytest.mark.parametrize(("zoom", "column", "row"), [(2, 2, 1), (3, 4, 2), (5, 16, 10), (6, 33, 21), (5, 8, 11)])
def test_a_ring_that_is_filled_in_quarters_has_no_seams(monkeypatch, zoom, column, row):
    tile = Tile(zoom, column, row, 304, 1.0, dark=True)
    monkeypatch.setattr(map_ground, "LONGEST_RING", 1_000_000)
    whole = pixels(ground(tile))
    monkeypatch.setattr(map_ground, "LONGEST_RING", 20)
    off = np.abs(pixels(ground(tile)) - whole).max(axis=2)
    # Where the quarters overlap, the edge of the land is laid on twice, under the coast's line; a seam has 304 pixels.
    assert off.max() <= 8
    assert np.count_nonzero(off > 2) < 10
