"""A query or a photo in, hits out."""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from photofinder.catalogue.reader import Space
from photofinder.core.errors import MediaProblem, QueryProblem
from photofinder.core.types import Hit, Vector
from photofinder.encoder.bundle import Bundle
from photofinder.library import near_identical
from photofinder.library.answering import Answering, Ranked
from photofinder.library.calibration import Cut
from photofinder.library.library import Library
from photofinder.library.query import All, parse
from photofinder.library.query.tree import Node

_SPARE = 3
"""So many times more are ranked than asked for: enough, mostly, once near-identical ones are joined."""


@dataclass(frozen=True, slots=True)
class Results:
    """Hits, best first, and which bundle's view of the photos they come from.

    `cut` says where the good ones end; None where the query has no such line (filters alone, photos as examples).
    `found` is how many photos answer, of which `hits` are the best.
    """

    query: str
    bundle: str
    hits: tuple[Hit, ...]
    cut: Cut | None = None
    found: int = field(default=0)


def search(
    library: Library,
    words: str,
    limit: int = 20,
    among: Container[int] | None = None,
    *,
    collapse: bool = False,
    today: date | None = None,
) -> Results:
    """Photos that answer a query (docs/search.md); `among` leaves only photos with these ids.

    With `collapse`, near-identical photos are one hit. Any thread. Raises QueryProblem (QuerySyntaxProblem says where
    the query cannot be read), EnvironmentProblem.
    """
    _check_limit(limit)
    tree, answering = asked(library, words, today)
    if among is not None:
        answering.narrow(_ids(among, answering))
    wanted = limit * _SPARE if collapse else limit
    while True:
        ranked = answering.ranked(tree, wanted)
        groups = near_identical.groups(library, ranked, answering.index) if collapse else None
        if groups is None or len(groups) >= limit or len(ranked.photo_ids) >= ranked.found:
            break
        wanted *= 4
    hits = _hits(library, answering, ranked, groups, limit)
    return Results(words, answering.bundle_name, hits, ranked.cut, ranked.found)


def asked(library: Library, words: str, today: date | None = None) -> tuple[Node, Answering]:
    """A query as it is understood, and what answers it. Raises QueryProblem."""
    tree = parse(words)
    if tree == All(()):
        raise QueryProblem("There are no words to search for.", 'For example: "a cat on a sofa"')
    return tree, Answering(library, lambda bundle, path: _example(library, bundle, Path(path)), today)


def count(library: Library, words: str) -> int:
    """How many photos a query finds: those that its filters let through; with a cut line, the strong and possible ones.

    Any thread. Raises as `search` does.
    """
    results = search(library, words, 1)
    return results.found if results.cut is None else results.cut.strong + results.cut.possible


def similar(library: Library, photo: Path, limit: int = 20, among: Container[int] | None = None) -> Results:
    """Photos that look like a photo: one of the library, or any file on disk. The photo itself is not a hit.

    `among` leaves only photos with these ids.

    Any thread. Raises QueryProblem where there is no such photo or it cannot be read, EnvironmentProblem.
    """
    _check_limit(limit)
    bundle, space = library.serving()
    known = library.locate(photo)
    stored = library.reader.embedding(known.id, space.id) if known else None
    vector = _vector_of(library, bundle, photo) if stored is None else stored[1].astype(np.float32)
    without = known.id if known else None
    hits = nearest(library, space, vector, limit, without, among)
    return Results(str(photo), bundle.name, hits, found=len(hits))


def nearest(
    library: Library,
    space: Space,
    vector: Vector,
    limit: int,
    without: int | None = None,
    among: Container[int] | None = None,
) -> tuple[Hit, ...]:
    """The photos whose embeddings are nearest, best first: `limit` of them, or as many as there are.

    Photos that are missing, or not `among` those asked for, do not count; more is asked for until enough are left.
    """
    index = library.vectors(space)
    wanted = limit + (without is not None)
    while True:
        found = index.search(vector, wanted)
        owners = library.reader.photos_of_embeddings(found.ids.tolist())
        ranked = [
            (owners[embedding_id], score)
            for embedding_id, score in zip(found.ids.tolist(), found.scores.tolist(), strict=True)
            if embedding_id in owners
            and owners[embedding_id] != without
            and (among is None or owners[embedding_id] in among)
        ]
        if len(ranked) >= limit or len(found.ids) < wanted:
            break
        wanted *= 2 if among is None else 8
    photos = library.reader.photos([photo_id for photo_id, _ in ranked[:limit]])
    return tuple(Hit(photos[photo_id], score) for photo_id, score in ranked[:limit] if photo_id in photos)


def _hits(
    library: Library, answering: Answering, ranked: Ranked, groups: list[list[int]] | None, limit: int
) -> tuple[Hit, ...]:
    chosen = [[place] for place in range(len(ranked.photo_ids))] if groups is None else groups
    firsts = [places[0] for places in chosen[:limit]]
    photos = library.reader.photos(ranked.photo_ids[firsts].tolist())
    reasons = answering.reasons(ranked, firsts)
    return tuple(
        Hit(
            photos[int(ranked.photo_ids[places[0]])],
            float(ranked.scores[places[0]]),
            ranked.strengths[places[0]],
            why,
            tuple(int(ranked.photo_ids[place]) for place in places[1:]),
        )
        for places, why in zip(chosen[:limit], reasons, strict=True)
        if int(ranked.photo_ids[places[0]]) in photos
    )


def _ids(among: Container[int], answering: Answering) -> NDArray[np.int64]:
    if isinstance(among, Iterable):
        return np.fromiter(among, np.int64)
    return np.array([photo_id for photo_id in range(answering.filters.columns.size) if photo_id in among], np.int64)


def _example(library: Library, bundle: Bundle, photo: Path) -> Vector:
    """The embedding of a photo that others should look like."""
    known = library.locate(photo)
    space = library.reader.space(bundle.space)
    stored = library.reader.embedding(known.id, space.id) if known and space else None
    return _vector_of(library, bundle, photo) if stored is None else stored[1].astype(np.float32)


def _vector_of(library: Library, bundle: Bundle, photo: Path) -> Vector:
    # Only now: a query of words must not wait a quarter of a second for decoders that it does not use.
    from photofinder.encoder.preprocess import prepare
    from photofinder.ingest.ingest import MIN_SHORT_PX

    try:
        picture = library.decoders().decode(photo, max(MIN_SHORT_PX, bundle.image.size_px))
    except MediaProblem as problem:
        raise QueryProblem(f"{photo}: {problem.what}", "Name a photo that can be read.") from problem
    tensor = prepare(picture.pixels, bundle.image)
    return library.image_encoder(bundle).embed(tensor[np.newaxis])[0]


def _check_limit(limit: int) -> None:
    if limit < 1:
        raise QueryProblem(f"A limit of {limit} leaves nothing to show.", "Give a limit of 1 or more.")
