"""Near-identical photos: which of the known copies, re-encodings and bursts become one hit, and which others do."""

import csv
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

from bench.core.labelled import VARIABLE
from bench.rows import Row, Settings
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.library.search import search


def measure(settings: Settings) -> Iterator[Row]:
    """Shares of pairs, each file with the first of its group, that are one hit; and hits that join different groups."""
    corpus = os.environ.get(VARIABLE)
    if not corpus:
        yield Row("near-identical photos", "not measured", detail=f"{VARIABLE} names no folder")
        return
    folder = settings.work / "dupes"
    with tarfile.open(Path(corpus) / "dupes.tar") as tar:
        tar.extractall(folder, filter="data")
    with (Path(corpus) / "dupes.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    with Library(locations(settings.work / "dupes-library"), create=True) as library:
        index(library, [folder])
        hits = search(library, "a photo", 1_000, collapse=True).hits
        alike = library.reader.photos([photo_id for hit in hits for photo_id in hit.alike])
    together: dict[str, int] = {}
    joined: list[set[str]] = []
    for number, hit in enumerate(hits):
        names = {Path(path).name for path in (hit.photo.path, *(alike[i].path for i in hit.alike))}
        joined.append(names)
        together |= dict.fromkeys(names, number)
    groups: dict[str, list[dict[str, str]]] = {}
    for line in lines:
        groups.setdefault(line["group"], []).append(line)
    pairs: dict[str, list[bool]] = {}
    for group in groups.values():
        first = Path(group[0]["file"]).name
        for line in group[1:]:
            kind = line["expected"] if line["expected"] != "near-duplicate" else f"near-duplicate, {line['difficulty']}"
            pairs.setdefault(kind, []).append(together.get(first) == together.get(Path(line["file"]).name, -1))
    for kind, same in sorted(pairs.items()):
        if kind != "-":
            yield Row(f"one hit: {kind}", sum(same) / len(same), "", detail=f"{len(same)} pairs")
    group_of = {Path(line["file"]).name: line["group"] for line in lines}
    wrong = sum(len({group_of.get(name, name) for name in names}) > 1 for names in joined)
    yield Row("hits that join photos of different groups", wrong, "", at_most=0, detail=f"{len(hits)} hits")
