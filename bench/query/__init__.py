"""Places and the map: how soon it shows, whether any view of a million photos is quick, whether places are right."""

from bench.query import map as map_rows
from bench.query import place
from bench.rows import Measurement

MEASUREMENTS: list[Measurement] = [map_rows.measure, place.measure]
