"""The headless core: vector index, ingest, queries."""

from bench.core import vectors
from bench.rows import Measurement

MEASUREMENTS: list[Measurement] = [vectors.measure]
