"""Writing to the folder of installed bundles: all arrives whole, verified and in one step, or not at all.

Folders whose names begin with a dot are work in progress; nothing that lists bundles looks at them.
"""

import errno
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from photofinder.core.errors import BundleProblem, EnvironmentProblem
from photofinder.core.resources import resources_dir
from photofinder.encoder.bundle import DESCRIPTION, NAME, Bundle, check_place, load_bundle, parse_bundle, verify_bundle

_READ_BYTES = 1 << 20
_LARGEST_DESCRIPTION_BYTES = 1 << 20
_SPARE_BYTES = 64 << 20
"""Left free on the disk: a library that has no room to grow is of no use with a better encoder either."""

_Opener = Callable[[str], IO[bytes]]  # opens one of the source's files by its plain name


def bundled_dir() -> Path:
    """The folder of the bundles that came with the program. They are never written to."""
    return resources_dir() / "bundles"


def import_bundle(path: Path, bundles_dir: Path) -> Bundle:
    """Install the bundle in `path`, a folder or a .zip of one, under its own name.

    Only the files that its description lists are taken, by their plain names, so nothing in an archive can
    be written elsewhere; each must have the size and sha256 promised. Raises BundleProblem if it is not a
    bundle, is altered, or its name is taken by another; EnvironmentProblem if the disk refuses.
    """
    if path.is_dir():
        return _install(lambda name: _open_file(path / name), path, bundles_dir)
    try:
        with zipfile.ZipFile(path) as archive:
            return _install(_opener(archive, path), path, bundles_dir)
    except FileNotFoundError:
        raise BundleProblem(f"{path} is not there.") from None
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise BundleProblem(f"{path} is neither a folder nor an undamaged zip file: {error}.") from error
    except OSError as error:
        raise EnvironmentProblem(f"{path} cannot be read: {error.strerror or error}.") from error


def remove(name: str, bundles_dir: Path) -> None:
    """Delete the installed bundle `name`, be it broken. Raises EnvironmentProblem if the disk refuses.

    Raises BundleProblem if it is not there, or came with the program: those stay.
    """
    if NAME.fullmatch(name) and (bundled_dir() / name).is_dir():
        raise BundleProblem(f"Bundle {name} came with PhotoFinder and stays.")
    folder = bundles_dir / name
    if not NAME.fullmatch(name) or not folder.is_dir():
        raise BundleProblem(f"There is no bundle called {name!r} to remove.")
    with exclusive(name, bundles_dir), refusals(folder):
        doomed = bundles_dir / f".removed-{name}"
        discard(doomed)
        folder.replace(doomed)  # first and at once, so that a half-deleted bundle is never seen
        discard(doomed)


@contextmanager
def exclusive(name: str, bundles_dir: Path) -> Generator[None]:
    """Keep other programs from writing bundle `name` meanwhile. Raises BundleProblem if one is at it."""
    from filelock import FileLock, Timeout  # noqa: PLC0415  (its import costs what listing bundles costs in all)

    with refusals(bundles_dir):
        bundles_dir.mkdir(parents=True, exist_ok=True)
        lock = FileLock(bundles_dir / f".{name}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise BundleProblem(f"Another PhotoFinder is busy with bundle {name}.", "Try again later.") from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def refusals(path: Path) -> Generator[None]:
    """Translate what the disk refuses while `path` is written: full, read-only, no permission."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise EnvironmentProblem(
                f"The disk with {path} is full.",
                "Make room and run the same command again: it goes on from here.",
            ) from error
        raise EnvironmentProblem(f"{path} cannot be written: {error.strerror or error}.") from error


def need_room(needed_bytes: int, bundles_dir: Path) -> None:
    """Raise EnvironmentProblem unless `needed_bytes` fit on the disk with `bundles_dir`, which must exist."""
    free_bytes = shutil.disk_usage(bundles_dir).free
    if free_bytes < needed_bytes + _SPARE_BYTES:
        raise EnvironmentProblem(
            f"The bundle needs {needed_bytes / 1e6:,.0f} MB on the disk with {bundles_dir},"
            f" where {free_bytes / 1e6:,.0f} MB are free.",
            "Make room and try again.",
        )


def place(partial: Path, name: str, bundles_dir: Path) -> Bundle:
    """Make the finished folder `partial` (in `bundles_dir`) the installed bundle `name`, in one step.

    A broken or older bundle of that name gives way. Raises OSError if the disk refuses.
    """
    final = bundles_dir / name
    replaced = bundles_dir / f".replaced-{name}"
    discard(replaced)
    if final.exists():
        final.replace(replaced)
    partial.replace(final)
    discard(replaced)
    return load_bundle(final)


def discard(folder: Path) -> None:
    """Delete a work folder of ours; nothing happens if there is none. Raises OSError if the disk refuses."""
    if folder.exists():
        shutil.rmtree(folder)


def chunks(opened: Callable[[], IO[bytes]], where: Path, *, limit_bytes: int) -> Generator[bytes]:
    """What is read from a stream, up to `limit_bytes`. Raises EnvironmentProblem, about `where`, if it fails.

    Apart from `refusals`, so that a failing source is not mistaken for a failing target.
    """
    left_bytes = limit_bytes
    try:
        with opened() as stream:
            while chunk := stream.read(min(_READ_BYTES, left_bytes)):
                yield chunk
                left_bytes -= len(chunk)
    except OSError as error:
        raise EnvironmentProblem(f"{where} cannot be read: {error.strerror or error}.") from error


def write_durably(path: Path, data: bytes) -> None:
    """Write a small file and see it to the disk. Raises OSError."""
    with path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _install(source: _Opener, path: Path, bundles_dir: Path) -> Bundle:
    description = _read_description(source, path)
    try:
        bundle = parse_bundle(json.loads(description), path)
    except (ValueError, RecursionError) as error:
        raise BundleProblem(f"The {DESCRIPTION} in {path} is not valid JSON: {error}.") from error
    if (bundled_dir() / bundle.name).is_dir():
        raise BundleProblem(f"A bundle called {bundle.name} came with PhotoFinder.", "Give yours another name.")
    with exclusive(bundle.name, bundles_dir):
        final = bundles_dir / bundle.name
        if final.is_dir():
            existing = load_bundle(final)
            if existing == bundle:
                verify_bundle(existing)
                return existing
            raise BundleProblem(
                f"Another bundle called {bundle.name} is installed.",
                f"Remove it first: `photofinder bundles remove {bundle.name}`.",
            )
        partial = bundles_dir / f".importing-{bundle.name}"
        with refusals(bundles_dir):
            need_room(bundle.size_bytes, bundles_dir)
            discard(partial)
            partial.mkdir()
        try:
            for file in bundle.files:
                _copy(source, partial / file.name, file.size_bytes, path)
            with refusals(partial):
                write_durably(partial / DESCRIPTION, description)
            verify_bundle(load_bundle(partial))
            with refusals(partial):
                return place(partial, bundle.name, bundles_dir)
        finally:
            with refusals(partial):
                discard(partial)


def _read_description(source: _Opener, path: Path) -> bytes:
    try:
        with source(DESCRIPTION) as stream:
            description = stream.read(_LARGEST_DESCRIPTION_BYTES + 1)
    except (FileNotFoundError, KeyError):
        raise BundleProblem(f"{path} is not a bundle: it has no {DESCRIPTION}.") from None
    if len(description) > _LARGEST_DESCRIPTION_BYTES:
        raise BundleProblem(f"The {DESCRIPTION} in {path} is too large to be one.")
    return description


def _copy(source: _Opener, target: Path, size_bytes: int, path: Path) -> None:
    """Copy at most one byte more than promised: enough to find the size wrong, whatever an archive holds."""
    try:
        stream = source(target.name)
    except (FileNotFoundError, KeyError):
        raise BundleProblem(f"{path} lacks {target.name}, which its {DESCRIPTION} lists.") from None
    with refusals(target), target.open("wb") as out:
        for chunk in chunks(lambda: stream, path / target.name, limit_bytes=size_bytes + 1):
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())


def _open_file(path: Path) -> IO[bytes]:
    check_place(path)
    return path.open("rb")


def _opener(archive: zipfile.ZipFile, path: Path) -> _Opener:
    """Opens members of the bundle in an archive, be it at its top or in the one folder with a description."""
    found = [name for name in archive.namelist() if name == DESCRIPTION or name.endswith(f"/{DESCRIPTION}")]
    if len(found) != 1:
        raise BundleProblem(f"{path} is not a bundle: it holds {len(found) or 'no'} {DESCRIPTION}.")
    inside = found[0].removesuffix(DESCRIPTION)

    def open_member(name: str) -> IO[bytes]:
        try:
            return archive.open(inside + name)
        except RuntimeError as error:  # encrypted, or packed in a way that Python cannot unpack
            raise BundleProblem(f"{path} cannot be unpacked: {error}.") from error

    return open_member
