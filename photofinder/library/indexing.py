"""Bringing folders into the library, and up to date."""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from photofinder.core.cancel import CancelToken
from photofinder.core.errors import DamagedCatalogue, EnvironmentProblem, QueryProblem
from photofinder.core.types import Root, Volume
from photofinder.encoder.preprocess import prepare
from photofinder.ingest import volumes
from photofinder.ingest.ingest import Encoding, Ingest, Progress, Report
from photofinder.ingest.reembedding import Reembedding
from photofinder.ingest.scan import Place
from photofinder.library.backups import back_up_if_due
from photofinder.library.library import Library
from photofinder.library.roots import watch_again, watched

_log = logging.getLogger(__name__)


def index(
    library: Library,
    folders: Sequence[Path],
    *,
    on_progress: Callable[[Progress], None] = lambda _: None,
    cancel: CancelToken | None = None,
    retry_failed: bool = False,
) -> Report:
    """Add folders as roots and ingest them until done; no folders means every watched root that is there.

    Photos that the chosen encoder has not seen yet are embedded from their thumbnails first, also where their drive is
    away. With `retry_failed`, photos that could not be read are tried again although they have not changed.
    Blocks the calling thread, which gets the progress about ten times a second. Raises Cancelled, QueryProblem for a
    folder that is none, EnvironmentProblem; what was committed until then stays, and the next call goes on.
    At the end the catalogue's weekly backup is made if it is due.
    """
    cancel = cancel or CancelToken()
    writer = library.writer()
    places = _places(library, folders)
    if retry_failed:
        writer.retry_failures()
    bundle = library.bundle
    if library.reader.setting("bundle") != bundle.name:
        writer.set(
            "bundle", bundle.name
        )  # a better bundle installed later is used when the user says so, not by itself
    space = library.space(bundle)
    encoding = Encoding(
        space=space,
        size_px=bundle.image.size_px,
        prepare=lambda pixels: prepare(pixels, bundle.image),
        open_embedder=lambda: library.image_encoder(bundle, threads=1),
        embedders=os.cpu_count() or 1,
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
    reembedded = known.run({place.root.id for place in places}, absent, cancel)
    ingest = Ingest(
        library.reader,
        writer,
        library.thumbnails,
        encoding,
        on_written=lambda written: library.apply(written, space),
        on_progress=lambda progress: on_progress(
            replace(progress, found=progress.found + reembedded, done=progress.done + reembedded)
        ),
    )
    report = ingest.run([place for place in places if place.root.id not in absent], cancel, absent)
    report.embedded += reembedded
    report.away = [place.root.path for place in places if place.root.id in absent]
    library.consolidate(space, cancel)
    report.backup_problem = _back_up(library, cancel)
    return report


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
