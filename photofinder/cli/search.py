"""`photofinder search`."""

import argparse

from photofinder.cli.output import print_results
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.library.search import search


def run(options: argparse.Namespace) -> int:
    """Find photos with words."""
    with Library(locations(options.library)) as library:
        print_results(library, search(library, options.words, options.limit), as_json=options.json)
    return 0
