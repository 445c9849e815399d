"""Does it find the right photos? The labelled queries of the test corpus, scored."""

import csv
import os
import shutil
import statistics
from collections.abc import Iterator
from pathlib import Path

from bench.rows import Row, Settings
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.library.search import search

VARIABLE = "PHOTOFINDER_TEST_PHOTOS"


def measure(settings: Settings) -> Iterator[Row]:
    """Precision@5 and mean reciprocal rank with the bundled encoder.

    Precision is over min(5, relevant photos): a query with one right photo can reach 1. The corpus' labels were
    made from captions and are incomplete, so both figures are on the low side.
    """
    corpus = os.environ.get(VARIABLE)
    if not corpus:
        yield Row("labelled queries", "not measured", detail=f"{VARIABLE} names no folder")
        return
    photos = Path(corpus).resolve() / "library"
    data = settings.work / "labelled"
    shutil.rmtree(data, ignore_errors=True)
    ranks: list[float] = []
    precisions: list[float] = []
    strict: list[float] = []
    with Library(locations(data), create=True) as library:
        index(library, [photos])
        with (photos.parent / "queries.csv").open(encoding="utf-8") as file:
            for line in csv.DictReader(file):
                relevant = {str(photos / part.strip()) for part in line["relevant"].split("|")}
                found = [hit.photo.path for hit in search(library, line["query"], 1_000).hits]
                right = [place for place, path in enumerate(found, start=1) if path in relevant]
                ranks.append(1 / right[0] if right else 0.0)
                on_top = sum(place <= 5 for place in right)
                strict.append(on_top / 5)
                precisions.append(on_top / min(5, len(relevant)))
    detail = f"{len(ranks)} queries, bundled encoder"
    yield Row("labelled queries: mean reciprocal rank", statistics.mean(ranks), "", detail=detail)
    yield Row("labelled queries: precision@5", statistics.mean(precisions), "", detail="of min(5, relevant)")
    yield Row("labelled queries: precision@5, strict", statistics.mean(strict), "", detail="of 5")
