"""`photofinder index`: with a progress bar, and stopped cleanly by Ctrl-C; with --watch it goes on until then."""

import argparse
import queue
import signal
import sys
from types import FrameType

from tqdm import tqdm

from photofinder.cli.output import print_json
from photofinder.cli.terminal import printable
from photofinder.core.cancel import CancelToken
from photofinder.core.errors import Cancelled
from photofinder.library.indexing import Place, Progress, Report, index, index_changes
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.library.roots import keep_for
from photofinder.library.watching import How, RootState, Watching

SHOWN_FAILURES = 10
_COUNTED = ("added", "changed", "moved", "vanished", "unchanged", "forgotten")
SHOWN_CHARACTERS = 200


class Bar:
    """Photos done, photos a second and time left, on standard error; silent where that is no terminal."""

    def __init__(self) -> None:
        self._bar = tqdm(
            total=0,
            unit=" photos",
            file=sys.stderr,
            disable=None,
            leave=False,
            bar_format="{desc}{percentage:3.0f}% |{bar}| {n_fmt}/{total_fmt} photos, {rate_fmt}, {remaining} left",
        )

    def show(self, progress: Progress) -> None:
        """Bring the bar up to date."""
        self._bar.total = progress.found
        self._bar.set_description("Looking for photos" if progress.scanning else "Looking at photos", refresh=False)
        self._bar.update(progress.done - self._bar.n)
        self._bar.refresh()

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()


def run(options: argparse.Namespace) -> int:
    """Index folders until done."""
    cancel = CancelToken()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        cancel.cancel()
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a second Ctrl-C does not wait

    before = signal.signal(signal.SIGINT, stop)
    bar = Bar()
    try:
        with Library(locations(options.library), create=True) as library:
            if options.keep_missing is not None:
                keep_for(library, options.keep_missing)
            report = index(library, options.folders, on_progress=bar.show, cancel=cancel)
            bar.close()
            _say(report, as_json=options.json)
            if options.watch:
                _watch(library, cancel, as_json=options.json)
    finally:
        bar.close()
        signal.signal(signal.SIGINT, before)
    return 0


def _watch(library: Library, cancel: CancelToken, *, as_json: bool) -> None:
    """Until Ctrl-C, say what comes and goes. Returns then: that is how it is meant to end."""
    due: queue.SimpleQueue[list[Place]] = queue.SimpleQueue()
    watching = Watching(library, due.put, _say_states)
    try:
        while not cancel.wait(0.05):
            places: list[Place] = []
            while not due.empty():
                places += due.get()
            if places:
                report = index_changes(library, places, cancel=cancel)
                watching.retry(report.growing)
                if as_json or _happened(report):
                    _say(report, as_json=as_json)
    except Cancelled:
        pass
    finally:
        watching.close()


def _say_states(states: list[RootState]) -> None:
    """On standard error, so that the output stays what came."""
    for state in states:
        shown = printable(state.root.path)
        if state.how is How.WATCHED:
            said = f"Watching {shown}. Ctrl-C ends."
        elif state.how is How.SCANNED:
            said = f"{printable(state.why)} It is looked through every {state.minutes} minutes. {state.remedy}".rstrip()
        else:
            said = f"{shown} is away: plug in {printable(state.drive)}. Nothing of it is forgotten."
        print(said, file=sys.stderr, flush=True)


def _happened(report: Report) -> bool:
    return bool(report.added or report.changed or report.moved or report.vanished or report.forgotten)


def _say(report: Report, *, as_json: bool) -> None:
    if as_json:
        print_json(_json(report))
    else:
        _print(report)
    sys.stdout.flush()


def _short(path: str) -> str:
    """A path for people: of one that is thousands of characters long its beginning."""
    return path if len(path) <= SHOWN_CHARACTERS else f"{path[:SHOWN_CHARACTERS]}… ({len(path)} characters)"


def _json(report: Report) -> dict[str, object]:
    return {
        "added": report.added,
        "changed": report.changed,
        "moved": report.moved,
        "vanished": report.vanished,
        "unchanged": report.unchanged,
        "forgotten": report.forgotten,
        "still_being_written": report.growing,
        "failed": [{"path": f.path, "kind": f.kind, "reason": f.reason} for f in report.failed],
        "unreadable_folders": [{"path": path, "reason": reason} for path, reason in report.unreadable_folders],
        "seconds": round(report.seconds, 3),
    }


def _print(report: Report) -> None:
    counts = {name: getattr(report, name) for name in _COUNTED}
    print(", ".join(f"{count} {name}" for name, count in counts.items() if count) or "No photos found.")
    if report.embedded:
        print(f"{report.embedded} photos embedded in {report.seconds:.1f} s ({report.embedded / report.seconds:.1f}/s)")
    for folder, reason in report.unreadable_folders:
        print(f"The folder {printable(_short(folder))} could not be listed: {reason}")
    for path in report.growing:
        print(f"{printable(path)} is still being written; the next run takes it in.")
    for folder in report.away:
        print(f"The folder {printable(folder)} is away: plug in its drive. Nothing of it is forgotten.")
    if report.backup_problem:
        print(printable(f"The weekly backup was not made. {report.backup_problem}"))
    if report.failed:
        print(f"{len(report.failed)} photos could not be read:")
        for failure in report.failed[:SHOWN_FAILURES]:
            print(f"  {printable(failure.path)}: {failure.reason}")
        if len(report.failed) > SHOWN_FAILURES:
            print(f"  and {len(report.failed) - SHOWN_FAILURES} more (--json lists all)")
