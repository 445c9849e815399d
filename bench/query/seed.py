"""Two searches that the bundled encoder cannot answer alone, and what a place, a date, a name or an example adds.

Right are the photos whose captions speak of prayer flags, and of a bridge: no photo of the corpus shows a plain
suspension bridge (Tower Bridge hangs at its sides). The photo that is given as an example does not count as found.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.core.labelled import VARIABLE
from bench.rows import Row, Settings
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.library.search import search

TREK = "2023/Everest Base Camp trek"
FLAGS = tuple(
    f"{TREK}/{name}" for name in ("2023-10-28/IMG_1752.HEIC", "2023-11-01/IMG_2508.JPG", "2023-11-04/IMG_2875.HEIC")
)
BRIDGES = ("2002/London/photo-0165.JPG", "2021/Railways/IMG_4290.JPG", "Downloads/image_0041.jpg")


class Asked(NamedTuple):
    """A query, what is right, and a photo that it gives as an example (for which the query has {})."""

    words: str
    right: Sequence[str]
    example: str | None = None


QUERIES = (
    Asked("prayer flags", FLAGS),
    Asked("prayer flags -drawing", FLAGS),
    Asked("prayer flags in:nepal", FLAGS),
    Asked("prayer flags -drawing in:nepal", FLAGS),
    Asked("prayer flags in:nepal date:2023-11", FLAGS),
    Asked("prayer flags in:nepal date:2023-11-04", FLAGS),
    Asked('prayer flags like:"{}"', FLAGS, FLAGS[1]),
    Asked('prayer flags like:"{}" in:nepal', FLAGS, FLAGS[1]),
    Asked("suspension bridge", BRIDGES),
    Asked("suspension bridge -drawing", BRIDGES),
    Asked("suspension bridge date:2002", BRIDGES),
    Asked("suspension bridge folder:London", BRIDGES),
    Asked('suspension bridge like:"{}"', BRIDGES, BRIDGES[1]),
)


def measure(settings: Settings) -> Iterator[Row]:
    """Rows named seed: the rank of the first right photo; all ranks, and among how many, stand beside it."""
    corpus = os.environ.get(VARIABLE)
    if not corpus:
        yield Row("seed searches", "not measured", detail=f"{VARIABLE} names no folder")
        return
    photos = Path(corpus).resolve() / "library"
    with Library(locations(settings.work / "cut"), create=True) as library:
        index(library, [photos])
        for asked in QUERIES:
            ranks, found = ranks_of(library, photos, asked)
            detail = f"right ones at {', '.join(map(str, ranks)) or 'no place'} of {found}"
            name = asked.words.replace("{}", Path(asked.example).name if asked.example else "")
            yield Row(f"seed {name}", ranks[0] if ranks else "none", "", detail=detail)


def ranks_of(library: Library, photos: Path, asked: Asked) -> tuple[list[int], int]:
    """Places of the right photos among the hits, and how many hits there are, the example left out."""
    example = None if asked.example is None else str(photos / asked.example)
    hits = search(library, asked.words.format(example), 10_000).hits
    paths = [hit.photo.path for hit in hits if hit.photo.path != example]
    right = {str(photos / part) for part in asked.right} - {example}
    return [place for place, path in enumerate(paths, 1) if path in right], len(paths)
