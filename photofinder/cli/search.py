"""`photofinder search`."""

import argparse

from photofinder.cli.output import print_results
from photofinder.library import albums
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.library.search import search


def run(options: argparse.Namespace) -> int:
    """Find photos with words, places, dates and the like; keep the question as an album, or ask a kept one again."""
    with Library(locations(options.library)) as library:
        words = albums.query_of(library, options.album) if options.album else options.words
        results = search(library, words, options.limit, collapse=not options.every)
        if options.save:
            albums.save(library, options.save, words)
        print_results(library, results, as_json=options.json, all_hits=options.all)
    return 0
