"""The cut line on the labelled photos: are strong hits right, and does it say so when a thing is not there?

Nothing in it was fitted to these queries but the choice of the method; so that the choice can be judged, both halves
of the queries are given apart as well. Labels come from captions and are incomplete: a strong hit that nobody labelled
counts as wrong, so precision is on the low side.
"""

import csv
import os
import re
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.core.labelled import VARIABLE
from bench.rows import Row, Settings
from photofinder.core.types import Strength
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.library.search import Results, search

FALSE_GOAL = 0.05

_LIST = """
submarine; penguin; kangaroo; helicopter; igloo; astronaut; dinosaur skeleton; chess board; roller coaster;
erupting volcano; hot air balloon; military tank; tiger; camel; panda; koala; wedding cake; Egyptian pyramid;
windmill; sumo wrestler; ballet dancer; saxophone; drum kit; microscope; bowling alley; surfer on a wave;
snowman; Christmas tree; fireworks; campfire; barbecue grill; cave with stalactites; octopus; crocodile;
tornado; lightning bolt; space shuttle; robot; excavator; fire engine; ambulance; rickshaw; Venetian gondola;
ice hockey game; basketball game; golf course; newborn baby in a crib; bride and groom; hospital bed; sushi;
hamburger; chess players; grand piano; Chinese dragon dance; gas station; Statue of Liberty; Taj Mahal; Sydney
Opera House; Great Wall of China; Golden Gate Bridge; Big Ben; Mount Rushmore; oil platform; coral reef; rice
terraces; polar bear; ostrich; llama; kite surfing; rugby players; boxing match; sewing machine; typewriter;
washing machine; hammer and nails; crossword puzzle; passport; bank notes; barcode; traffic jam; x-ray of a
hand; parachute; trampoline; hamster; goldfish; flamingo; moose; wolf
"""

ABSENT = tuple(concept.strip() for concept in _LIST.replace("\n", " ").split(";"))
"""Things that no photo of the corpus shows; `check_absent` compares them with the captions."""

PROMPTS = {
    "the words alone": ("{}",),
    "three prompts": ("{}", "a photo of a {}", "a photo of {}"),
    "seven prompts": (
        "{}",
        "a photo of {}",
        "a picture of {}",
        "{} in a photograph",
        "a close-up photo of {}",
        "a photo of {} outdoors",
        "there is {} in this photo",
    ),
}


def measure(settings: Settings) -> Iterator[Row]:
    """False strong hits, precision and recall of strong and possible ones, ranking by looks and by words as well."""
    corpus = os.environ.get(VARIABLE)
    if not corpus:
        yield Row("the cut line", "not measured", detail=f"{VARIABLE} names no folder")
        return
    photos = Path(corpus).resolve() / "library"
    with Library(locations(settings.work / "cut"), create=True) as library:
        index(library, [photos])
        queries = labelled(photos)
        yield from _absent(library)
        for name, some in (("", queries), (", first half", queries[::2]), (", second half", queries[1::2])):
            yield from _present(library, some, name)
        yield from _prompts(library, queries)


def labelled(photos: Path) -> list[tuple[str, set[str]]]:
    """Queries, and the paths of the photos that are right."""
    with (photos.parent / "queries.csv").open(encoding="utf-8") as file:
        return [
            (line["query"], {str(photos / part.strip()) for part in line["relevant"].split("|")})
            for line in csv.DictReader(file)
        ]


def check_absent(photos: Path) -> list[str]:
    """Things of ABSENT all of whose words are in the caption of one photo: there should be none."""
    with (photos.parent / "labels.csv").open(encoding="utf-8") as file:
        captions = [set(re.findall(r"[a-z]+", line["captions"].lower())) for line in csv.DictReader(file)]
    wanted = {
        thing: set(re.findall(r"[a-z]+", thing.lower())) - {"a", "of", "on", "in", "with", "and"} for thing in ABSENT
    }
    return [thing for thing, words in wanted.items() if any(words <= caption for caption in captions)]


def _absent(library: Library) -> Iterator[Row]:
    cuts = [search(library, thing, 1).cut for thing in ABSENT]
    assert None not in cuts
    strong = [cut is not None and cut.strong > 0 for cut in cuts]
    nothing = [cut is not None and cut.nothing for cut in cuts]
    detail = f"{len(ABSENT)} things that no photo shows"
    yield Row("absent things with a strong hit", statistics.mean(strong), "", at_most=FALSE_GOAL, detail=detail)
    yield Row('absent things answered by "nothing"', statistics.mean(nothing), "", detail=detail)


def _present(library: Library, queries: Sequence[tuple[str, set[str]]], name: str) -> Iterator[Row]:
    everything = [(search(library, query, 10_000), relevant) for query, relevant in queries]
    for what, strengths in (
        ("strong", {Strength.STRONG}),
        ("strong and possible", {Strength.STRONG, Strength.POSSIBLE}),
    ):
        chosen = [
            ({hit.photo.path for hit in results.hits if hit.strength in strengths}, relevant)
            for results, relevant in everything
        ]
        right = sum(len(found & relevant) for found, relevant in chosen)
        found = sum(len(found) for found, _ in chosen)
        some = sum(bool(found) for found, _ in chosen)
        of_each = [len(found & relevant) / len(found) for found, relevant in chosen if found]
        detail = f"{found} hits; {some} of {len(queries)} queries have one; mean of each {np.mean(of_each):.2f}"
        yield Row(f"{what}: precision{name}", right / max(found, 1), "", detail=detail)
        yield Row(f"{what}: recall{name}", right / sum(len(relevant) for _, relevant in chosen), "")
    if not name:
        yield from _ranking("query", [results for results, _ in everything], [relevant for _, relevant in everything])


def _ranking(name: str, found: Sequence[Results], relevant: Sequence[set[str]]) -> Iterator[Row]:
    ranks: list[float] = []
    precisions: list[float] = []
    for results, wanted in zip(found, relevant, strict=True):
        right = [place for place, hit in enumerate(results.hits, 1) if hit.photo.path in wanted]
        ranks.append(1 / right[0] if right else 0.0)
        precisions.append(sum(place <= 5 for place in right) / min(5, len(wanted)))
    yield Row(f"{name}: mean reciprocal rank", statistics.mean(ranks), "")
    yield Row(f"{name}: precision@5", statistics.mean(precisions), "")


def _prompts(library: Library, queries: Sequence[tuple[str, set[str]]]) -> Iterator[Row]:
    """Cosine alone, with other prompts, and with the mean of the common concepts taken away."""
    bundle, space = library.serving()
    vectors = library.vectors(space)
    ids, photos = vectors.vectors_of(vectors.ids())
    owners = library.reader.photos_of_embeddings(ids.tolist())
    paths = {photo.id: photo.path for photo in library.reader.photos(list(owners.values())).values()}
    of_row = [paths.get(owners.get(embedding_id, -1), "") for embedding_id in ids.tolist()]
    right = [np.array([path in relevant for path in of_row]) for _, relevant in queries]
    for name, prompts in PROMPTS.items():
        encoder = library.text_encoder(replace(bundle, text=replace(bundle.text, prompts=prompts)))
        scores = [photos @ encoder.embed_query(query) for query, _ in queries]
        yield Row(f"by cosine, {name}: MRR", _mean(_reciprocal, scores, right), "")
        yield Row(f"by cosine, {name}: mean average precision", _mean(_average, scores, right), "")


def _mean(
    measure_: Callable[[np.ndarray, np.ndarray], float], scores: Sequence[np.ndarray], right: Sequence[np.ndarray]
) -> float:
    return statistics.mean(measure_(some, which) for some, which in zip(scores, right, strict=True))


def _places(scores: np.ndarray, right: np.ndarray) -> np.ndarray:
    return np.flatnonzero(right[np.argsort(-scores, kind="stable")]) + 1


def _reciprocal(scores: np.ndarray, right: np.ndarray) -> float:
    return float(1 / _places(scores, right)[0])


def _average(scores: np.ndarray, right: np.ndarray) -> float:
    places = _places(scores, right)
    return float(np.mean(np.arange(1, len(places) + 1) / places))
