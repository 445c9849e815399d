"""Does the catalogue agree with itself, with the vector index, and with the disk? And if not: mend it."""

from dataclasses import dataclass

import numpy as np

from photofinder.catalogue.reader import Space
from photofinder.core.errors import BundleProblem, MediaProblem
from photofinder.encoder.bundle import verify_bundle
from photofinder.ingest.ingest import MIN_SHORT_PX
from photofinder.library.library import Library


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be. `remedy` is what the user can do where repairing did not, or cannot."""

    what: str
    repaired: bool
    remedy: str = ""


def examine(library: Library, *, repair: bool = False) -> list[Finding]:
    """Check everything, and mend what can be mended if asked to. Originals are never touched.

    Any thread; with `repair` under the library's lock. Raises EnvironmentProblem if the catalogue cannot be opened.
    """
    findings = [
        Finding(f"The catalogue is damaged: {line}", repaired=False, remedy="Restore the library from a backup.")
        for line in library.reader.integrity()
    ]
    if findings:
        return findings  # nothing that is built on a damaged catalogue can be judged
    findings += _bundle(library)
    for space in library.reader.spaces():
        findings += _embeddings(library, space, repair=repair)
        findings += _vector_index(library, space, repair=repair)
    findings += _thumbnails(library, repair=repair)
    findings += [
        Finding(
            f"The folder {root.path} is away.",
            repaired=False,
            remedy="Plug in its drive; nothing is forgotten.",
        )
        for root in library.absent_roots()
    ]
    return findings


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


def _thumbnails(library: Library, *, repair: bool) -> list[Finding]:
    known = dict(library.reader.fingerprints())
    missing = [photo_id for photo_id, fingerprint in known.items() if library.thumbnails.read(fingerprint) is None]
    if not missing:
        return []
    made = 0
    if repair:
        for photo in library.reader.photos(missing).values():
            assert photo.fingerprint is not None
            try:
                picture = library.decoders().decode(photo.location, MIN_SHORT_PX)
            except MediaProblem:
                continue  # counted below as not repaired; the next ingest records why
            library.thumbnails.store(photo.fingerprint, picture.pixels)
            made += 1
    left = len(missing) - made
    return [
        Finding(
            f"{len(missing)} thumbnails are missing.",
            repaired=not left,
            remedy="Run photofinder doctor --repair while their folders are there." if left else "",
        )
    ]
