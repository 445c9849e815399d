"""Fetching known bundles: the one module of PhotoFinder that opens connections, and only for `install`.

What is fetched is pinned: each file's size and sha256 are known beforehand, whoever sends it.
"""

import os
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any, NoReturn
from urllib.parse import urlsplit

from photofinder import __version__
from photofinder.core.cancel import CancelToken
from photofinder.core.errors import BundleProblem, Cancelled
from photofinder.encoder.bundle import DESCRIPTION, Bundle, BundleFile, load_bundle, sha256_of, verify_bundle
from photofinder.encoder.catalog import KnownBundle
from photofinder.encoder.store import chunks, discard, exclusive, need_room, place, refusals, write_durably

Progress = Callable[[int, int], None]
"""Called with the bytes there are and the bytes there will be; goes back if a server starts a file again."""

_TIMEOUT_S = 30.0
_CHUNK_BYTES = 1 << 16
_TRIES = 5
_FIRST_PAUSE_S = 0.5
_ELSEWHERE = (
    "Import a copy with `photofinder bundles import PATH`, or set PHOTOFINDER_BUNDLE_SOURCE to a folder or"
    " address that mirrors it."
)


class _CutError(Exception):
    """The connection failed in a way that may pass: worth another try."""


class _AbsentError(Exception):
    """The server has no file under that address."""


def install(
    known: KnownBundle, bundles_dir: Path, *, source: str | None, progress: Progress, cancel: CancelToken
) -> Bundle:
    """Fetch `known` into `bundles_dir`, verify it and put it in place in one step; returns what is installed.

    `source` is None for the hub named in the entry, a folder, or an http(s) address; docs/bundle-format.md
    says which layouts are looked for. What was fetched before an interruption is kept and gone on with. An
    installed and intact bundle is returned as it is. Blocks; call it on a worker thread (`progress` is called
    on the same). Raises BundleProblem (offline, not there, not what was promised), EnvironmentProblem (disk)
    or Cancelled; the installed bundles are as they were before then.
    """
    with exclusive(known.name, bundles_dir):
        existing = _intact(known, bundles_dir)
        if existing is not None:
            progress(known.download_bytes, known.download_bytes)
            return existing
        partial = _partial(known.name, bundles_dir)
        with refusals(partial):
            partial.mkdir(exist_ok=True)
            there_bytes = sum(_size(partial / file.name) for file in known.bundle.files)
            need_room(known.download_bytes - min(there_bytes, known.download_bytes), bundles_dir)
        fetch = _Fetch(known, source, cancel)
        finished_bytes = 0
        for file in known.bundle.files:
            before_bytes = finished_bytes

            def report(file_bytes: int, before_bytes: int = before_bytes) -> None:
                progress(before_bytes + file_bytes, known.download_bytes)

            fetch.complete(file, partial / file.name, report)
            finished_bytes += file.size_bytes
        with refusals(partial):
            write_durably(partial / DESCRIPTION, known.description.encode())
            return place(partial, known.name, bundles_dir)


def fetched_bytes(known: KnownBundle, bundles_dir: Path) -> int:
    """How much of a bundle is here from an installation that was interrupted."""
    partial = _partial(known.name, bundles_dir)
    return sum(min(_size(partial / file.name), file.size_bytes) for file in known.bundle.files)


def forget(name: str, bundles_dir: Path) -> None:
    """Delete what an interrupted installation has fetched. Raises EnvironmentProblem, also while one goes on."""
    with exclusive(name, bundles_dir):
        partial = _partial(name, bundles_dir)
        with refusals(partial):
            discard(partial)


def _partial(name: str, bundles_dir: Path) -> Path:
    return bundles_dir / f".partial-{name}"


def _intact(known: KnownBundle, bundles_dir: Path) -> Bundle | None:
    """The bundle if it is installed already and as it should be. One that is not will be replaced."""
    try:
        bundle = load_bundle(bundles_dir / known.name)
        verify_bundle(bundle)
    except BundleProblem:
        return None
    return bundle if bundle == known.bundle else None


class _Fetch:
    """One installation's way of getting at files: addresses to try, or a folder. Used by one thread."""

    def __init__(self, known: KnownBundle, source: str | None, cancel: CancelToken) -> None:
        self._known = known
        self._cancel = cancel
        self._reached = False
        self._folder: Path | None = None
        self._base = ""
        if source is not None and urlsplit(source).scheme in ("http", "https"):
            self._base = source.rstrip("/")
        elif source is not None:
            self._folder = Path(source).expanduser()
            if "://" in source or not self._folder.is_dir():
                raise BundleProblem(f"PHOTOFINDER_BUNDLE_SOURCE is neither a folder nor an http address: {source}.")
        # Nothing but http and https: no handlers for file:, ftp: or data: are added.
        self._web = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.ProxyHandler,
            urllib.request.UnknownHandler,
            urllib.request.HTTPHandler,
            urllib.request.HTTPSHandler,
            urllib.request.HTTPDefaultErrorHandler,
            _Redirects,
            urllib.request.HTTPErrorProcessor,
        ):
            self._web.add_handler(handler())

    def complete(self, file: BundleFile, target: Path, report: Callable[[int], None]) -> None:
        """Bring `target` to what `file` promises, going on with what is there. Raises as `install` does."""
        while True:
            resumed = _size(target) > 0
            if _size(target) != file.size_bytes:
                self._bring(file, target, report)
            self._cancel.check()
            report(file.size_bytes)
            if _size(target) == file.size_bytes and sha256_of(target) == file.sha256:
                return
            with refusals(target):
                target.unlink()
            if not resumed:
                raise BundleProblem(
                    f"{file.name} of bundle {self._known.name} did not arrive as it should be: its sha256 is"
                    " wrong, so it was deleted.",
                    "Try again, or from another source.",
                )
            # The beginning came from an earlier run and may be what is damaged: once more, from the start.

    def _bring(self, file: BundleFile, target: Path, report: Callable[[int], None]) -> None:
        path = dict(self._known.paths)[file.name]
        hub = f"{self._known.repo}/resolve/{self._known.revision}/{path}"
        mirrored = (f"{self._known.name}/{file.name}", hub, path)
        if self._folder is not None:
            for origin in (self._folder / each for each in mirrored):
                if origin.is_file():
                    self._expect(origin.stat().st_size, file, str(origin))
                    self._copy(origin, file, target, report)
                    return
            self._absent(file, str(self._folder), mirrored)
        addresses = mirrored if self._base else (hub,)
        base = self._base or self._known.host
        for address in addresses:
            try:
                self._persist(f"{base}/{address}", file, target, report)
            except _AbsentError:
                continue
            return
        self._absent(file, base, addresses)

    def _absent(self, file: BundleFile, where: str, tried: tuple[str, ...]) -> NoReturn:
        raise BundleProblem(
            f"{where} has no {file.name} of bundle {self._known.name} (looked for {', '.join(tried)}).",
            _ELSEWHERE,
        )

    def _copy(self, origin: Path, file: BundleFile, target: Path, report: Callable[[int], None]) -> None:
        with refusals(target), target.open("wb") as out:
            for chunk in chunks(lambda: origin.open("rb"), origin, limit_bytes=file.size_bytes + 1):
                self._cancel.check()
                out.write(chunk)
                report(out.tell())
            _to_disk(out)

    def _persist(self, url: str, file: BundleFile, target: Path, report: Callable[[int], None]) -> None:
        """Fetch `url` until `target` is whole, through as many cuts as bring something."""
        failures = 0
        while True:
            before_bytes = _size(target)
            try:
                self._once(url, file, target, report)
            except _CutError as cut:
                failures = 1 if _size(target) > before_bytes else failures + 1
                if failures >= _TRIES:
                    raise BundleProblem(
                        f"The connection to {urlsplit(url).netloc} failed {_TRIES} times running: {cut}.",
                        "Run the same command again later: it goes on from here.",
                    ) from cut
                if self._cancel.wait(_FIRST_PAUSE_S * 2 ** (failures - 1)):
                    raise Cancelled from cut
            else:
                return

    def _once(self, url: str, file: BundleFile, target: Path, report: Callable[[int], None]) -> None:
        self._cancel.check()
        have_bytes = _size(target)
        # Compressed on the way, sizes and ranges would mean something else.
        headers = {"User-Agent": f"photofinder/{__version__}", "Accept-Encoding": "identity"}
        if have_bytes:
            headers["Range"] = f"bytes={have_bytes}-"
        with self._answer(url, headers, target) as response:
            self._reached = True
            start_bytes = self._start(response, have_bytes, file, url)
            report(start_bytes)
            with refusals(target), target.open("ab" if start_bytes else "wb") as out:
                self._receive(response, out, start_bytes, file, report)
                _to_disk(out)
        if _size(target) < file.size_bytes:
            raise _CutError("it was closed early")

    def _receive(
        self,
        response: Any,
        out: IO[bytes],
        start_bytes: int,
        file: BundleFile,
        report: Callable[[int], None],
    ) -> None:
        there_bytes = start_bytes
        while True:
            self._cancel.check()
            try:
                chunk: bytes = response.read(_CHUNK_BYTES)
            except (OSError, HTTPException) as error:
                raise _CutError(str(error) or type(error).__name__) from error
            if not chunk:
                return
            there_bytes += len(chunk)
            if there_bytes > file.size_bytes:
                raise BundleProblem(f"The server sends more for {file.name} than its {file.size_bytes:,} bytes.")
            out.write(chunk)
            report(there_bytes)

    def _answer(self, url: str, headers: dict[str, str], target: Path) -> Any:
        host = urlsplit(url).netloc
        try:
            return self._web.open(urllib.request.Request(url, headers=headers), timeout=_TIMEOUT_S)  # noqa: S310
        except urllib.error.HTTPError as error:
            with error:
                self._reached = True
                if error.code in (404, 410):
                    raise _AbsentError from error
                if error.code == 416:  # what is there is longer than what the server has
                    with refusals(target):
                        target.unlink(missing_ok=True)
                    raise _CutError("the server could not go on from where it stopped") from error
                if error.code in (408, 429) or error.code >= 500:
                    raise _CutError(f"it answered {error.code} {error.reason}") from error
                if error.code < 400:
                    raise BundleProblem(f"{host} redirects to an address that is not followed.") from error
                raise BundleProblem(
                    f"{host} refuses to send {url}: {error.code} {error.reason}.", _ELSEWHERE
                ) from error
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            if self._reached:
                raise _CutError(str(reason) or type(error).__name__) from error
            detail = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
            raise BundleProblem(
                f"{host} cannot be reached ({detail}): is this computer offline?", _ELSEWHERE
            ) from error

    def _start(self, response: Any, have_bytes: int, file: BundleFile, url: str) -> int:
        """Where in the file the answer begins: as asked, or at the start if the server has no ranges."""
        headers: HTTPMessage = response.headers
        span, _, total = headers.get("Content-Range", "").removeprefix("bytes ").partition("/")
        if response.status == 206 and span.startswith(f"{have_bytes}-"):
            if total.isdigit():
                self._expect(int(total), file, url)
            return have_bytes
        length = headers.get("Content-Length", "")
        if response.status == 200 and length.isdigit():
            self._expect(int(length), file, url)
        return 0

    def _expect(self, offered_bytes: int, file: BundleFile, where: str) -> None:
        if offered_bytes != file.size_bytes:
            raise BundleProblem(
                f"{where} is not {file.name} of bundle {self._known.name}: it has {offered_bytes:,} bytes"
                f" instead of {file.size_bytes:,}."
            )


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows to http and https only, and never from https down to http."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        scheme = urlsplit(newurl).scheme
        if scheme not in ("http", "https") or (req.type == "https" and scheme == "http"):
            raise urllib.error.HTTPError(req.full_url, code, f"redirected to {newurl}", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _to_disk(out: IO[bytes]) -> None:
    out.flush()
    os.fsync(out.fileno())
