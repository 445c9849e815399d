"""`photofinder backup`."""

import argparse

from photofinder.cli.output import print_json
from photofinder.cli.terminal import printable, size
from photofinder.library.backups import back_up
from photofinder.library.library import Library
from photofinder.library.locations import locations


def run(options: argparse.Namespace) -> int:
    """Copy the catalogue now."""
    with Library(locations(options.library)) as library:
        made = back_up(library)
    if options.json:
        print_json({"number": made.number, "path": str(made.path), "size_bytes": made.size_bytes})
    else:
        print(printable(f"Backup {made.number}: {made.path} ({size(made.size_bytes)})"))
    return 0
