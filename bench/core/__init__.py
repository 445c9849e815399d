"""The headless core: vector index, ingest, a large library, labelled queries."""

from bench.core import ingest, isolation, labelled, library, vectors
from bench.rows import Measurement

MEASUREMENTS: list[Measurement] = [
    ingest.measure,
    isolation.measure,
    library.measure,
    vectors.measure,
    labelled.measure,
]
