"""`photofinder status`."""

import argparse

from photofinder.cli.output import print_json
from photofinder.cli.terminal import printable, size
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.library.status import missing, status


def run(options: argparse.Namespace) -> int:
    """Show counts, sizes, the bundle and the execution provider."""
    with Library(locations(options.library)) as library:
        known = status(library)
        if options.missing:
            known["missing_photos"] = [{"path": path, "since": since.isoformat()} for path, since in missing(library)]
    if options.json:
        print_json(known)
        return 0
    for name, value in known.items():
        if name == "missing_photos":
            for photo in value:
                print(f"{'gone since':18} {photo['since'][:10]}  {printable(photo['path'])}")
        elif name == "roots":
            for root in value:
                away = "" if root["present"] else f"  (away: plug in {root['volume'] or 'its drive'})"
                print(f"{'folder':18} {printable(root['path'])}{away}")
        else:
            shown = size(value) if name.endswith("_bytes") else value
            print(f"{name.removesuffix('_bytes').replace('_', ' '):18} {printable(str(shown))}")
    return 0
