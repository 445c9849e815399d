"""`photofinder places propose | withdraw`."""

import argparse
from typing import Any

import numpy as np

from photofinder.cli.output import accepted_json, gps_json, print_json, taken_json
from photofinder.cli.terminal import printable
from photofinder.core.errors import QueryProblem
from photofinder.library import accepting, proposing, zones
from photofinder.library.library import Library
from photofinder.library.locations import locations
from photofinder.library.proposing import Found


def run(options: argparse.Namespace) -> int:
    """Propose places and perhaps accept them, or take accepted ones back."""
    with Library(locations(options.library)) as library:
        return _propose(library, options) if options.action == "propose" else _withdraw(library, options)


def _propose(library: Library, options: argparse.Namespace) -> int:
    if not 0 <= options.least <= 100:
        raise QueryProblem(f"--least {options.least:g} is no percentage.", "Name one from 0 to 100.")
    within_min = proposing.WITHIN_MIN if options.within is None else options.within
    if not 0 < within_min <= 24 * 60:
        raise QueryProblem(f"--within {within_min:g} is no number of minutes.", "Name one from 1 to 1440.")
    offset_min = None if options.offset is None else zones.minutes(options.offset)
    track = None if options.gpx is None else proposing.read_track(options.gpx)
    found = proposing.propose(library, track, offset_min=offset_min, within_min=within_min)
    rows = np.flatnonzero(found.proposals.confidence * 100 >= options.least).tolist()
    if options.accept:
        library.writer()  # another program that writes is met before anything is printed
    listed = _listed(library, found, rows)
    taken_over = len(accepting.accept(library, found.proposals, rows)) if options.accept else 0
    less_sure = len(found.proposals) - len(rows)
    if options.json:
        print_json(
            {
                "proposals": listed,
                "less_sure": less_sure,
                "without_place": found.without_place,
                "without_time": found.without_time,
                "without_zone": found.without_zone,
                "suggested_offset": None if found.suggested_min is None else zones.written(found.suggested_min),
                "accepted": taken_over,
            }
        )
        return 0
    for each in listed:
        source = f"{printable(each['source'])}, {each['apart_s']:.0f} s"
        print(f"{each['confidence']:4.0%}  {printable(each['place'] or '?')}  ({source})  {printable(each['path'])}")
    print(f"{len(rows):,} of {found.without_place:,} photos without a place: places proposed.")
    if less_sure:
        print(f"{less_sure:,} less sure than {options.least:g} % are left out: --least shows them.")
    if found.without_time:
        print(f"{found.without_time:,} say no time of day: nothing can be proposed for them.")
    if found.without_zone and track is not None:
        fits = found.suggested_min
        hint = "" if fits is None else f" What fits the track best: --offset={zones.written(fits)}"
        print(f"{found.without_zone:,} do not say how far their clock was from UTC: say it with --offset.{hint}")
    if options.accept:
        print(f"{taken_over:,} accepted. photofinder places withdraw takes them back.")
    elif rows:
        print("Nothing is kept yet: --accept keeps them in the catalogue. Photos are never written to.")
    return 0


def _listed(library: Library, found: Found, rows: list[int]) -> list[dict[str, Any]]:
    proposals = proposing.proposals_of(library, found.proposals, rows)
    photos = library.reader.photos(list(proposals))
    places = proposing.places_of(found.proposals, rows)
    return [
        {
            "path": photos[photo_id].path,
            "taken": taken_json(photos[photo_id].metadata.taken),
            "gps": gps_json(proposal.gps),
            "place": place.heading if place.at_sea else place.full,
            **(accepted_json(proposal) or {}),
        }
        for (photo_id, proposal), place in zip(proposals.items(), places, strict=True)
        if photo_id in photos
    ]


def _withdraw(library: Library, options: argparse.Namespace) -> int:
    ids: list[int] | None = None if options.all else []
    for path in options.photos:
        photo = library.locate(path)
        if photo is None or ids is None:
            raise QueryProblem(f"{path} is not in the library.", "Index its folder: photofinder index FOLDER")
        ids.append(photo.id)
    taken_back = len(accepting.withdraw(library, ids))
    if options.json:
        print_json({"withdrawn": taken_back})
    else:
        print(f"{taken_back:,} accepted places taken back.")
    return 0
