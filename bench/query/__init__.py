"""Queries: filters over a million photos, the cut line, near-identical photos."""

from bench.query import cut, near, speed
from bench.rows import Measurement

MEASUREMENTS: list[Measurement] = [speed.measure, cut.measure, near.measure]
