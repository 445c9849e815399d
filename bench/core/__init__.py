"""The headless core: vector index, ingest, a large library, labelled queries."""

from bench.core import ingest, isolation, labelled, library, networks, vectors
from bench.rows import Measurement

MEASUREMENTS: list[Measurement] = [
    ingest.measure,
    networks.measure,
    isolation.measure,
    library.measure,
    vectors.measure,
    labelled.measure,
]
