"""The process that is killed: `python -m bench.faults.victim REPORT_FD MOMENT ACT…`, started by `bench.faults.kill`.

It runs a command of PhotoFinder's, or one of the acts below, and tells its parent what it has committed, each time
after SQLite has said so. At its MOMENT (`statement:N`, `file:N`: before the Nth write to the catalogue, or the Nth
opening for writing, renaming or deleting of a file) it kills itself as `kill -9` would; with `count` it tells at its
end how many there were.
"""

import functools
import json
import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

PAIRS = 40
_FILE_EVENTS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.copyfile", "os.truncate"}
_READING = ("SELECT", "PRAGMA", "--")


class Watch:
    """Counts what happens to files and catalogue, and ends the process at its moment."""

    def __init__(self, moment: str, report: Callable[[dict[str, Any]], None]) -> None:
        self._what, _, number = moment.partition(":")
        self._left = int(number or 0)
        self._report = report
        self.counts = {"statement": 0, "file": 0}

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit hook (PEP 578): told of these before they are done."""
        if event in _FILE_EVENTS or (event == "open" and _writes(arguments)):
            self._met("file")

    def statement(self, statement: str) -> None:
        """SQLite tells of a statement before it runs it."""
        if not statement.lstrip().upper().startswith(_READING):
            self._met("statement")

    def _met(self, what: str) -> None:
        self.counts[what] += 1
        if what == self._what and self.counts[what] >= self._left:
            os.kill(os.getpid(), signal.SIGKILL)


def _writes(arguments: tuple[Any, ...]) -> bool:
    path, _, flags = arguments
    return isinstance(path, (str, bytes)) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def trace_catalogue(watch: Watch) -> None:
    """Have every connection tell of its statements."""
    whole = sqlite3.connect

    def connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = whole(*arguments, **options)
        connection.set_trace_callback(watch.statement)
        return connection

    sqlite3.__dict__["connect"] = connect


def commit_often() -> None:
    """A few photos in a transaction instead of dozens: more moments between two commits, with few photos."""
    from photofinder.ingest import ingest, reembedding  # noqa: PLC0415

    for module in (ingest, reembedding):
        module.__dict__["BATCH_PHOTOS"] = 4


def tell_commits(report: Callable[[dict[str, Any]], None]) -> None:
    """Have the writer report what it has committed."""
    from photofinder.catalogue.writer import CatalogueWriter  # noqa: PLC0415 - after the hook is in place

    def after(name: str, told: Callable[[Any], dict[str, Any]]) -> None:
        whole = getattr(CatalogueWriter, name)

        @functools.wraps(whole)
        def reporting(self: CatalogueWriter, first: Any, *rest: Any) -> Any:
            result = whole(self, first, *rest)
            report(told(first))
            return result

        setattr(CatalogueWriter, name, reporting)

    after("record", lambda batch: {"files": [f.name.hex() for item in batch for f in item.unit.files]})
    after("embed", lambda found: {"embedded": [photo_id for photo_id, _, _ in found]})
    after("put_marks", lambda wanted: {"marks": {photo_id: marks.rating for photo_id, marks in wanted.items()}})


def save_index(data: Path) -> None:
    """Write the vector index anew, with a graph, over and over."""
    from photofinder.library.library import Library  # noqa: PLC0415
    from photofinder.library.locations import locations  # noqa: PLC0415
    from photofinder.vectors import build  # noqa: PLC0415

    build.__dict__["GRAPH_FROM"] = 8
    with Library(locations(data)) as library:
        writer = library.writer()
        for _ in range(5):
            (space, *_) = library.reader.spaces()
            writer.forget_embeddings([int(library.reader.embedding_ids(space.id)[0])])
            (space, *_) = library.reader.spaces()
            library.rebuild(space)


def set_preferences(data: Path, report: Callable[[dict[str, Any]], None]) -> None:
    """Stars in the catalogue and words in the window's own file, one after another."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from photofinder.core.types import Marks  # noqa: PLC0415
    from photofinder.library import marks  # noqa: PLC0415
    from photofinder.library.library import Library  # noqa: PLC0415
    from photofinder.library.locations import locations  # noqa: PLC0415
    from photofinder.ui.window_state import WindowState  # noqa: PLC0415

    with Library(locations(data)) as library:
        state = WindowState(data)
        ids = [photo_id for photo_id, _ in library.reader.fingerprints()]
        for number in range(PAIRS):
            marks.put(library, {ids[number % len(ids)]: Marks(rating=number % 5 + 1)})
            state.words = [f"word {number}"]
            state.save()
            report({"words": number})


def main(arguments: list[str]) -> int:
    """Do what is asked until the moment comes."""
    report_fd, moment, act, *rest = arguments

    def report(what: dict[str, Any]) -> None:
        os.write(int(report_fd), json.dumps(what).encode() + b"\n")  # one write: whole or not at all

    watch = Watch(moment, report)
    sys.addaudithook(watch.hook)
    trace_catalogue(watch)
    commit_often()
    tell_commits(report)
    if act == "save-index":
        save_index(Path(rest[0]))
    elif act == "preferences":
        set_preferences(Path(rest[0]), report)
    else:
        from photofinder.cli.main import run  # noqa: PLC0415

        code = run([act, *rest])
        if code:
            return code
    report({"counts": watch.counts})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
