"""Bringing folders into the library, and up to date."""

import logging
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

from photofinder.core.cancel import CancelToken
from photofinder.core.errors import DamagedCatalogue, EnvironmentProblem, QueryProblem
from photofinder.core.types import Root, Volume
from photofinder.encoder.preprocess import prepare
from photofinder.ingest import volumes
from photofinder.ingest.changes import Place
from photofinder.ingest.ingest import Encoding, Ingest, Progress, Report
from photofinder.ingest.reembedding import Reembedding
from photofinder.library import concepts
from photofinder.library.backups import back_up_if_due
from photofinder.library.library import Library
from photofinder.library.placing import place_photos
from photofinder.library.roots import find_drives, forget_missing, watch_again, watched

WRITTEN_FROM = 2_000
"""So many embeddings may wait, searched exactly beside the vector index, before changes have it written anew."""

_log = logging.getLogger(__name__)


def index(
    library: Library,
    folders: Sequence[Path],
    *,
    on_progress: Callable[[Progress], None] = lambda _: None,
    cancel: CancelToken | None = None,
    retry_failed: bool = False,
    gentle: bool = False,
) -> Report:
    """Add folders as roots and ingest them until done; no folders means every watched root that is there.

    Photos that the chosen encoder has not seen yet are embedded from their thumbnails first, also where their drive is
    away. With `retry_failed`, photos that could not be read are tried again although they have not changed.
    A folder that cannot be listed is reported, and the others are brought in; one that was named alone is an error.
    Blocks the calling thread, which gets the progress about ten times a second. Raises Cancelled, QueryProblem for a
    folder that is none, EnvironmentProblem; what was committed until then stays, and the next call goes on.
    `gentle` leaves the computer to whoever works with it: one thread each decodes and embeds, at the lowest priority.
    At the end the catalogue's weekly backup is made if it is due.
    """
    cancel = cancel or CancelToken()
    writer = library.writer()
    find_drives(library)
    places = _places(library, folders)
    if retry_failed:
        writer.retry_failures()
    report = _ingest(library, places, on_progress, cancel, gentle=gentle)
    if len(folders) == 1:
        _was_readable(folders[0], places[0], report)
    library.consolidate(library.space(library.bundle), cancel)
    place_photos(library, cancel)
    concepts.embedded(library, library.bundle, patience_s=None)  # for the first search not to wait for it
    report.backup_problem = _back_up(library, cancel)
    return report


def index_changes(
    library: Library,
    places: Collection[Place],
    *,
    on_progress: Callable[[Progress], None] = lambda _: None,
    cancel: CancelToken | None = None,
    gentle: bool = False,
) -> Report:
    """Bring the library up to date where something is known to have changed; places may be gone by now.

    Quick for a few: nothing is waited for, and the vector index is written only once much has come. As `index`, else.
    """
    cancel = cancel or CancelToken()
    known = {root.id: root for root in watched(library)}  # a root may have been taken out, or come back elsewhere
    places = [replace(place, root=known[place.root.id]) for place in places if place.root.id in known]
    report = _ingest(library, _outermost(places), on_progress, cancel, gentle=gentle, waits=False)
    space = library.space(library.bundle)
    if library.vectors(space).behind > WRITTEN_FROM:
        library.consolidate(space, cancel)
    place_photos(library, cancel)
    if any(place.is_root for place in places):
        report.backup_problem = _back_up(library, cancel)
    return report


def _ingest(
    library: Library,
    places: Sequence[Place],
    on_progress: Callable[[Progress], None],
    cancel: CancelToken,
    *,
    gentle: bool,
    waits: bool = True,
) -> Report:
    writer, bundle = library.writer(), library.bundle
    if library.reader.setting("bundle") != bundle.name:
        writer.set(
            "bundle", bundle.name
        )  # a better bundle installed later is used when the user says so, not by itself
    space = library.space(bundle)
    encoding = Encoding(
        space=space,
        size_px=bundle.image.size_px,
        prepare=lambda pixels: prepare(pixels, bundle.image),
        open_embedder=lambda: library.kept_encoder.of(bundle),
        workers=1 if gentle else os.cpu_count() or 1,
        gentle=gentle,
    )
    absent = frozenset(root.id for root in library.absent_roots())
    known = Reembedding(
        library.reader,
        writer,
        library.thumbnails,
        encoding,
        on_written=lambda written: library.apply(written, space),
        on_progress=lambda done, total: on_progress(Progress(total, done)),
    )
    whole = {place.root.id for place in places if place.deep}
    reembedded = known.run(whole, absent, cancel) if whole else 0  # not for every photo that comes
    ingest = Ingest(
        library.reader,
        writer,
        library.thumbnails,
        library.decoders(),
        encoding,
        on_written=lambda written: library.apply(written, space),
        on_forgotten=library.let_go,
        on_progress=lambda progress: on_progress(
            replace(progress, found=progress.found + reembedded, done=progress.done + reembedded)
        ),
    )
    there = [place for place in places if place.root.id not in absent]
    report = ingest.run(there, cancel, absent, waits=waits)
    report.embedded += reembedded
    report.away += [place.root.path for place in places if place.root.id in absent]
    gone = {*report.away, *(folder for folder, _ in report.unreadable_folders)}
    report.forgotten = forget_missing(
        library, [place.root.id for place in there if place.is_root and place.root.path not in gone]
    )
    return report


def _was_readable(folder: Path, place: Place, report: Report) -> None:
    """Raise EnvironmentProblem if just this folder was asked for, and it could not be listed."""
    where = os.fsdecode(os.path.join(os.fsencode(place.root.path), place.folder)) if place.folder else place.root.path  # noqa: PTH118 - bytes
    reason = next((why for path, why in report.unreadable_folders if path == where), None)
    if reason is not None:
        raise EnvironmentProblem(
            f"The folder {folder} cannot be read ({reason}).", "Check that it is there and may be read."
        )


def _back_up(library: Library, cancel: CancelToken) -> str:
    """Make the weekly backup if it is due; what is in its way, in words. Raises DamagedCatalogue and Cancelled."""
    try:
        back_up_if_due(library, cancel)
    except DamagedCatalogue:
        raise
    except EnvironmentProblem as problem:  # the photos are in; that there is no room for a copy must not hide it
        _log.warning("No backup: %s", problem)
        return str(problem)
    return ""


def _outermost(places: Collection[Place]) -> list[Place]:
    """Places without those that others hold, outer ones first."""
    kept: list[Place] = []
    for place in sorted(places, key=lambda each: (each.root.id, len(each.folder), not each.deep)):
        if not any(
            each.root.id == place.root.id
            and (each.folder == place.folder or (each.deep and _holds(each.folder, place.folder)))
            for each in kept
        ):
            kept.append(place)
    return kept


def _places(library: Library, folders: Sequence[Path]) -> list[Place]:
    if not folders:
        roots = watched(library)
        if not roots:
            raise QueryProblem("This library has no folders yet.", "Name one: photofinder index FOLDER")
        return [Place(root) for root in roots]
    found = [_checked(folder) for folder in folders]
    # Outer folders first, so that what lies inside them is seen as a part of them.
    places: list[Place] = []
    for volume, relative in sorted(found, key=lambda place: len(place[1])):
        place = _place(library, volume, relative)
        if not any(p.root.id == place.root.id and _holds(p.folder, place.folder) for p in places):
            places.append(place)
    return places


def _checked(folder: Path) -> tuple[Volume, bytes]:
    if not folder.exists():
        raise QueryProblem(f"There is no folder {folder}.", "Check the name, or plug in its drive.")
    if not folder.is_dir():
        raise QueryProblem(f"{folder} is a file.", "Name the folder that holds it.")
    return volumes.volume_of(folder)


def _place(library: Library, volume: Volume, relative: bytes) -> Place:
    outer: Root | None = next(
        (
            root
            for root in library.reader.roots()
            if root.volume.uuid == volume.uuid and _holds(root.relative, relative)
        ),
        None,
    )
    if outer is None:
        root = library.writer().add_root(volume, relative)
        watch_again(library, root.id)
        return Place(root)
    watch_again(library, outer.id)
    root = library.writer().add_root(volume, outer.relative)  # its drive may be mounted elsewhere than last time
    return Place(root, relative[len(outer.relative) :].lstrip(b"/"))


def _holds(outer: bytes, inner: bytes) -> bool:
    return not outer or inner == outer or inner.startswith(outer + b"/")
