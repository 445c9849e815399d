"""`python -m bench [GROUP…]`: measure and print one table (or `--json`). Progress goes to standard error."""

import argparse
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.rows import Measurement, Row, Settings, as_json, as_table

GROUPS = ("core", "ui", "faults", "query", "package")
"""Each is a package of this name beside this file, with a list `MEASUREMENTS`."""
ASKED_FOR = ("faults", "package")
"""Groups that run only when they are named: faults takes long, package needs what `make package` builds."""


def main(arguments: list[str]) -> int:
    """Run the named groups; without names all but those of `ASKED_FOR`. 2 for a group that does not exist."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure PhotoFinder and print one table.")
    which = f"of: {', '.join(GROUPS)} (none: all but {', '.join(ASKED_FOR)})"
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=which)
    parser.add_argument("--json", action="store_true", help="print a JSON list of rows and nothing else")
    parser.add_argument("--quick", action="store_true", help="small sizes: does everything run?")
    parser.add_argument(
        "--vectors", type=int, metavar="N", help="size of the vector index (100000; 1000000 takes long)"
    )
    parser.add_argument("--photos", type=int, metavar="N", help="photos to ingest")
    parser.add_argument("--work", type=Path, default=Path(".bench"), metavar="DIR", help="what is kept between runs")
    options = parser.parse_args(arguments)
    unknown = [group for group in options.groups if group not in GROUPS]
    if unknown:
        print(f"There is no group {', '.join(unknown)}; there is: {', '.join(GROUPS)}.", file=sys.stderr)
        return 2
    settings = Settings(
        options.work.resolve(),
        options.quick,
        options.vectors or (25_000 if options.quick else 100_000),
        options.photos or (40 if options.quick else 500),
    )
    settings.work.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    for group in options.groups or [name for name in GROUPS if name not in ASKED_FOR]:
        rows += measured(importlib.import_module(f"bench.{group}").MEASUREMENTS, settings)
    print(as_json(rows) if options.json else as_table(rows))
    return 0


def measured(measurements: list[Measurement], settings: Settings) -> Iterator[Row]:
    """All rows, with each named on standard error as it comes."""
    for measurement in measurements:
        for row in measurement(settings):
            print(f"{row.name}: {row.value} {row.unit}", file=sys.stderr)
            yield row


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
