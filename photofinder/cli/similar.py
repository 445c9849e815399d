"""`photofinder similar`."""

import argparse

from photofinder.cli.output import print_results
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.library.search import similar


def run(options: argparse.Namespace) -> int:
    """Find photos that look like a photo."""
    with Library(locations(options.library)) as library:
        print_results(library, similar(library, options.photo, options.limit), as_json=options.json)
    return 0
