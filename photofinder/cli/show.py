"""`photofinder show`."""

import argparse
from typing import cast

from photofinder.cli.output import photo_json, print_json
from photofinder.cli.terminal import printable
from photofinder.core.errors import QueryProblem
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.library.roots import drive_to_plug_in


def run(options: argparse.Namespace) -> int:
    """Show all that is known of a photo."""
    with Library(locations(options.library)) as library:
        photo = library.locate(options.photo)
        if photo is None:
            raise QueryProblem(f"{options.photo} is not in the library.", "Index its folder: photofinder index FOLDER")
        known = photo_json(
            photo,
            library.reader.spaces_of(photo.id),
            library.reader.copies(photo.id),
            drive_to_plug_in(library, photo.path),
        )
    if options.json:
        print_json(known)
        return 0
    for name, value in known.items():
        if value not in (None, [], False):
            print(f"{name.replace('_', ' '):14} {printable(_words(value))}")
    return 0


def _words(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_words(item) for item in cast("list[object]", value))
    if isinstance(value, dict):
        return " ".join(str(part) for part in cast("dict[str, object]", value).values() if part is not None)
    return str(value)
