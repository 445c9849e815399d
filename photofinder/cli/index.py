"""`photofinder index`: with a progress bar, and stopped cleanly by Ctrl-C."""

import argparse
import signal
import sys
from types import FrameType

from tqdm import tqdm

from photofinder.cli.output import print_json
from photofinder.cli.terminal import printable
from photofinder.core.cancel import CancelToken
from photofinder.library.indexing import Progress, Report, index
from photofinder.library.library import Library
from photofinder.library.locations import locations

SHOWN_FAILURES = 10


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
            report = index(library, options.folders, on_progress=bar.show, cancel=cancel)
    finally:
        bar.close()
        signal.signal(signal.SIGINT, before)
    if options.json:
        print_json(_json(report))
    else:
        _print(report)
    return 0


def _json(report: Report) -> dict[str, object]:
    return {
        "added": report.added,
        "changed": report.changed,
        "moved": report.moved,
        "vanished": report.vanished,
        "unchanged": report.unchanged,
        "failed": [{"path": f.path, "kind": f.kind, "reason": f.reason} for f in report.failed],
        "seconds": round(report.seconds, 3),
    }


def _print(report: Report) -> None:
    counts = {name: getattr(report, name) for name in ("added", "changed", "moved", "vanished", "unchanged")}
    print(", ".join(f"{count} {name}" for name, count in counts.items() if count) or "No photos found.")
    if report.embedded:
        print(f"{report.embedded} photos embedded in {report.seconds:.1f} s ({report.embedded / report.seconds:.1f}/s)")
    for folder, reason in report.unreadable_folders:
        print(f"The folder {printable(folder)} could not be listed: {reason}")
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
