"""Does the catalogue agree with itself, with the vector index, and with the disk? And if not: mend it."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from photofinder.catalogue.reader import Space, is_of_an_index
from photofinder.core.errors import BundleProblem, DamagedCatalogue, MediaProblem
from photofinder.encoder.bundle import verify_bundle
from photofinder.ingest.ingest import MIN_SHORT_PX
from photofinder.library.backups import offer
from photofinder.library.library import Library
from photofinder.library.locations import Locations
from photofinder.library.roots import drive_name
from photofinder.media.thumbnails import State

OnProgress = Callable[[int, int], None]
"""Hears how many thumbnails of how many have been looked at: what takes long in a large library."""

_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be. `remedy` is what the user can do where repairing did not, or cannot."""

    what: str
    repaired: bool
    remedy: str = ""


def diagnose(
    where: Locations, *, repair: bool = False, on_progress: OnProgress = lambda _done, _total: None
) -> list[Finding]:
    """Open a library and examine it, also one whose catalogue is too damaged to be opened.

    Every thumbnail is decoded: about a millisecond of one core each. Raises QueryProblem if there is no library,
    EnvironmentProblem if another program is in the way.
    """
    try:
        with Library(where) as library:
            return examine(library, repair=repair, on_progress=on_progress)
    except DamagedCatalogue as problem:
        return [Finding(problem.what, repaired=False, remedy=offer(where))]


def examine(
    library: Library, *, repair: bool = False, on_progress: OnProgress = lambda _done, _total: None
) -> list[Finding]:
    """Check everything, and mend what can be mended if asked to. Originals are never touched.

    Any thread; with `repair` under the library's lock. Raises DamagedCatalogue where the catalogue is so damaged that
    even checking it fails, and EnvironmentProblem where another program is in the way.
    """
    findings = _catalogue(library, repair=repair)
    if any(not finding.repaired for finding in findings):
        return findings  # nothing that is built on a damaged catalogue can be judged
    findings += _bundle(library)
    for space in library.reader.spaces():
        findings += _embeddings(library, space, repair=repair)
        findings += _vector_index(library, space, repair=repair)
    findings += _thumbnails(library, on_progress, repair=repair)
    findings += [
        Finding(
            f"The folder {root.path} is away.",
            repaired=False,
            remedy=f"Plug in {drive_name(root)}; nothing is forgotten.",
        )
        for root in library.absent_roots()
    ]
    return findings


def _catalogue(library: Library, *, repair: bool) -> list[Finding]:
    damage = library.reader.integrity()
    # What SQLite's indexes say can be made again from the tables; the tables themselves are the truth.
    repaired = bool(damage) and repair and all(is_of_an_index(line) for line in damage)
    if repaired:
        library.writer().remake_indexes()
        repaired = not library.reader.integrity()
    remedy = "" if repaired else offer(library.where)
    return [Finding(f"The catalogue is damaged: {line}", repaired=repaired, remedy=remedy) for line in damage]


def _bundle(library: Library) -> list[Finding]:
    try:
        verify_bundle(library.bundle)
    except BundleProblem as problem:
        return [Finding(problem.what, repaired=False, remedy=problem.remedy)]
    return []


def _embeddings(library: Library, space: Space, *, repair: bool) -> list[Finding]:
    damaged = library.reader.damaged_embeddings(space)
    if not damaged:
        return []
    if repair:
        library.writer().forget_embeddings(damaged)
    return [
        Finding(
            f"{len(damaged)} embeddings of {space.bundle} are damaged.",
            repaired=repair,
            remedy="Run photofinder index: their photos are embedded again.",
        )
    ]


def _vector_index(library: Library, space: Space, *, repair: bool) -> list[Finding]:
    current = library.reader.space(space.digest)
    assert current is not None
    index = library.index_on_disk(current)
    live = library.reader.embedding_ids(space.id)
    wrong = len(np.setxor1d(index.ids(), live))
    damage = index.damage()
    if not wrong and not damage and (index.generation == current.generation or not len(live)):
        return []
    if repair:
        library.rebuild(current)
    what = f"The vector index of {space.bundle} differs from the catalogue in {wrong} of {len(live)} embeddings."
    if damage:
        what = f"The vector index of {space.bundle} is damaged: {damage}"
    return [Finding(what, repaired=repair, remedy="" if repair else "Run: photofinder doctor --repair")]


def _thumbnails(library: Library, on_progress: OnProgress, *, repair: bool) -> list[Finding]:
    known = library.reader.fingerprints()
    wrong: dict[State, list[int]] = {State.MISSING: [], State.DAMAGED: []}
    with ThreadPoolExecutor(os.cpu_count(), "doctor") as pool:
        for done, chunk in enumerate(_chunks(known)):
            on_progress(done * _CHUNK, len(known))
            for photo_id, state in zip(
                (photo_id for photo_id, _ in chunk),
                pool.map(library.thumbnails.state, (fingerprint for _, fingerprint in chunk)),
                strict=True,
            ):
                if state is not State.WHOLE:
                    wrong[state].append(photo_id)
    on_progress(len(known), len(known))
    return [
        _mended_thumbnails(library, photo_ids, state.value, repair=repair)
        for state, photo_ids in wrong.items()
        if photo_ids
    ]


def _chunks(known: list[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    return (known[start : start + _CHUNK] for start in range(0, len(known), _CHUNK))


def _mended_thumbnails(library: Library, photo_ids: list[int], how: str, *, repair: bool) -> Finding:
    made = 0
    if repair:
        for photo in library.reader.photos(photo_ids).values():
            assert photo.fingerprint is not None
            try:
                picture = library.decoders().decode(photo.location, MIN_SHORT_PX)
            except MediaProblem:
                continue  # counted below as not repaired; the next ingest records why
            library.thumbnails.store(photo.fingerprint, picture.pixels)
            made += 1
    left = len(photo_ids) - made
    return Finding(
        f"{len(photo_ids)} thumbnails are {how}.",
        repaired=not left,
        remedy="Run photofinder doctor --repair while their folders are there." if left else "",
    )
