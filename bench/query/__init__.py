"""Queries: filters over a million photos, the cut line, near-identical photos, places and the map, the timeline."""

from bench.query import cut, near, place, seed, speed, timeline
from bench.query import map as map_rows
from bench.rows import Measurement

MEASUREMENTS: list[Measurement] = [
    speed.measure,
    cut.measure,
    seed.measure,
    near.measure,
    place.measure,
    map_rows.measure,
    timeline.measure,
]
