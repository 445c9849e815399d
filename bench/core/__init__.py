"""The headless core: vector index, ingest, a large library, labelled queries."""

from bench.core import ingest, labelled, library, vectors
from bench.rows import Measurement

MEASUREMENTS: list[Measurement] = [ingest.measure, library.measure, vectors.measure, labelled.measure]
