"""Words or a photo in, hits out."""

from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from photofinder.catalogue.reader import Space
from photofinder.core.errors import MediaProblem, QueryProblem
from photofinder.core.types import Hit, Vector
from photofinder.encoder.bundle import Bundle
from photofinder.library.library import Library


@dataclass(frozen=True, slots=True)
class Results:
    """Hits, best first, and which bundle's view of the photos they come from."""

    query: str
    bundle: str
    hits: tuple[Hit, ...]


def search(library: Library, words: str, limit: int = 20, among: Container[int] | None = None) -> Results:
    """Photos that look like what the words say; `among` leaves only photos with these ids.

    Any thread. Raises QueryProblem, EnvironmentProblem.
    """
    _check_limit(limit)
    if not words.strip():
        raise QueryProblem("There are no words to search for.", 'For example: photofinder search "a cat on a sofa"')
    bundle, space = library.serving()
    vector = library.text_encoder(bundle).embed_query(words)
    return Results(words, bundle.name, nearest(library, space, vector, limit, among=among))


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
    return Results(str(photo), bundle.name, nearest(library, space, vector, limit, without, among))


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
