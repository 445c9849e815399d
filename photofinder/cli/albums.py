"""`photofinder albums`."""

import argparse

from photofinder.cli.output import print_json
from photofinder.cli.terminal import printable
from photofinder.library import albums
from photofinder.library.library import Library
from photofinder.library.locations import locations


def run(options: argparse.Namespace) -> int:
    """List saved searches with how many photos they find now, or forget one."""
    with Library(locations(options.library)) as library:
        if options.remove is not None:
            albums.remove(library, options.remove)
        found = albums.counted(library)
    if options.json:
        print_json(
            {
                "albums": [
                    {"name": album.name, "query": album.query, "photos": album.photos, "problem": album.problem}
                    for album in found
                ]
            }
        )
        return 0
    for album in found:
        count = "?" if album.photos is None else f"{album.photos:,}"
        print(f"{count:>9}  {printable(album.name)}: {printable(album.problem or album.query)}")
    return 0
