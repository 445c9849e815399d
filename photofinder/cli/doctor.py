"""`photofinder doctor`."""

import argparse
import sys

from tqdm import tqdm

from photofinder.cli.output import print_json
from photofinder.cli.terminal import printable
from photofinder.library.doctor import diagnose
from photofinder.library.locations import locations


def run(options: argparse.Namespace) -> int:
    """Check the library, and repair it if asked to. Exit code 1 if something is left that is not right."""
    with tqdm(
        unit=" thumbnails", desc="Checking thumbnails", file=sys.stderr, disable=None, leave=False, delay=1
    ) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        findings = diagnose(locations(options.library), repair=options.repair, on_progress=show)
    left = [finding for finding in findings if not finding.repaired]
    if options.json:
        print_json(
            {
                "healthy": not left,
                "findings": [{"what": f.what, "repaired": f.repaired, "remedy": f.remedy} for f in findings],
            }
        )
    else:
        for finding in findings:
            print(printable(f"{finding.what} {'Repaired.' if finding.repaired else ''} {finding.remedy}".strip()))
        if not left:
            print("All is well.")
    return 1 if left else 0
