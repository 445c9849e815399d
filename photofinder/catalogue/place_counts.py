"""How many of some photos were taken in each place."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from photofinder.catalogue.reader import CatalogueReader


class PlaceCount(NamedTuple):
    """A place, as the catalogue has it (texts are empty where unknown), and how many of the photos have it."""

    name: str
    region: str
    country: str
    photos: int


def of_photos(reader: CatalogueReader, photo_ids: Sequence[int]) -> list[PlaceCount]:
    """The places of these photos; those without any, and those far out at sea, left out. Any thread.

    Meant for some hundred photos. Raises EnvironmentProblem.
    """
    return [
        PlaceCount(*row)
        for row in reader.select(
            """SELECT ifnull(place, ''), ifnull(region, ''), ifnull(country, ''), count(*) FROM photos
            WHERE id IN (SELECT value FROM json_each(?)) AND country <> '' GROUP BY 1, 2, 3""",
            (json.dumps([int(photo_id) for photo_id in photo_ids]),),
        )
    ]
