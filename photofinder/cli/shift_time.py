"""`photofinder shift-time`: puts capture times right where the camera's clock was wrong."""

import argparse

from photofinder.cli.output import print_json
from photofinder.core.errors import QueryProblem
from photofinder.library import clocks
from photofinder.library.library import Library
from photofinder.library.locations import locations


def run(options: argparse.Namespace) -> int:
    """Move the capture times of photos, in the library only."""
    with Library(locations(options.library)) as library:
        ids: list[int] = []
        for path in options.photos:
            photo = library.locate(path)
            if photo is None:
                raise QueryProblem(f"{path} is not in the library.", "Index its folder: photofinder index FOLDER")
            ids.append(photo.id)
        first = clocks.anchor(library, ids)
        taken = None if first is None else clocks.taken_of(first)
        if taken is None:
            raise QueryProblem(
                "None of these photos says when it was taken: there is nothing to shift.",
                "photofinder show PHOTO tells what is known of one.",
            )
        if options.as_in_file:
            words, by, former = "as in their files", None, clocks.as_in_files(library, ids)
        else:
            if options.by is not None:
                by = clocks.parse_step(options.by).from_(taken)
            else:
                by = clocks.difference(taken, clocks.parse_moment(options.taken_at))
            words, former = clocks.said(by), clocks.shift(library, ids, by)
        dated = sum(clocks.taken_of(photo) is not None for photo in library.reader.photos(ids).values())
    if options.json:
        undated = len(set(ids)) - dated
        print_json({"by_s": None if by is None else by.total_seconds(), "shifted": len(former), "undated": undated})
    else:
        print(f"{len(former):,} of {len(set(ids)):,} photos: {words}. The files stay as they are.")
    return 0
