"""A place of the earth, as the table of places names it."""

import enum
from dataclasses import dataclass


class PlaceKind(enum.StrEnum):
    """What a name stands for."""

    TOWN = "town"
    REGION = "region"
    COUNTRY = "country"


@dataclass(frozen=True, slots=True)
class Place:
    """A town, village, region or country; or where a photo was taken, seen from the nearest town.

    Texts are empty where there is nothing to say: `name` where no town of the country is known, `country` and
    `country_code` (ISO 3166-1 alpha-2, XK for Kosovo) far out at sea. Latitude and longitude are the place's own.
    """

    name: str
    region: str
    country: str
    country_code: str
    latitude: float
    longitude: float
    population: int = 0
    distance_km: float = 0.0
    at_sea: bool = False
    kind: PlaceKind = PlaceKind.TOWN

    @property
    def heading(self) -> str:
        """Short, for headings: the name if the photo was taken there, else what is nearest to it."""
        if self.at_sea:
            return f"At sea, {self.distance_km:,.0f} km from {self.name}" if self.name else "At sea"
        if not self.name:
            return self.country or self.region
        return self.name if self.distance_km < NEAR_KM else f"Near {self.name}"

    @property
    def full(self) -> str:
        """Name, region and country, each said once."""
        parts = list(dict.fromkeys(part for part in (self.name, self.region, self.country) if part))
        return ", ".join(parts)


NEAR_KM = 15.0
"""Up to here a photo is said to be of the town itself: further out, to be near it."""
