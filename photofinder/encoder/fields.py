"""Reading a bundle's description field by field, so that every complaint names the field.

Standard library only: listing bundles must not cost the import of numpy or onnxruntime.
"""

import math
import re
from collections.abc import Mapping
from typing import NoReturn, cast

from photofinder.core.errors import BundleProblem

FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}(?<!\.)")
"""A plain file name: no separators and no leading dot, so nothing a path could be made of."""


class Section:
    """One JSON object of a description. Readers raise `BundleProblem` naming `origin` and the full field.

    Immutable; safe on any thread.
    """

    def __init__(self, value: object, origin: str, path: str = "") -> None:
        self._origin = origin
        self._path = path
        if not isinstance(value, Mapping):
            self.refuse("", "must be an object")
        self._values = cast("Mapping[str, object]", value)

    def refuse(self, key: str, why: str) -> NoReturn:
        """Raise the `BundleProblem` that says what is wrong with the field `key`."""
        name = ".".join(part for part in (self._path, key) if part) or "the whole"
        raise BundleProblem(f"{self._origin}: {name} {why}.")

    def names(self) -> tuple[str, ...]:
        """The names of the fields that are there."""
        return tuple(self._values)

    def has(self, key: str) -> bool:
        """Whether an optional field is there and not null."""
        return self._values.get(key) is not None

    def raw(self, key: str) -> object:
        """The field as JSON gave it; null and absent are refused."""
        value = self._values.get(key)
        if value is None:
            self.refuse(key, "is missing")
        return value

    def section(self, key: str) -> "Section":
        """The object under `key`."""
        return Section(self.raw(key), self._origin, f"{self._path}.{key}" if self._path else key)

    def text(self, key: str, *, empty: bool = False) -> str:
        """A string; blank ones are refused unless `empty`."""
        value = self.raw(key)
        if not isinstance(value, str) or not (empty or value.strip()):
            self.refuse(key, "must be text")
        return value

    def file_name(self, key: str) -> str:
        """A string that is a plain file name and so cannot leave the bundle's folder."""
        value = self.text(key)
        if not FILE_NAME.fullmatch(value):
            self.refuse(key, f"must be a plain file name inside the bundle's folder, not {value!r}")
        return value

    def choice(self, key: str, *allowed: str) -> str:
        """A string that is one of `allowed`."""
        value = self.text(key)
        if value not in allowed:
            self.refuse(key, f"must be one of {', '.join(allowed)}, not {value!r}")
        return value

    def integer(self, key: str, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        value = self.raw(key)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self.refuse(key, f"must be a whole number from {low} to {high}, not {value!r}")
        return value

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self.raw(key)
        if not isinstance(value, bool):
            self.refuse(key, "must be true or false")
        return value

    def number_or_none(self, key: str) -> float | None:
        """A finite number, or None where the field is null or absent."""
        return self._number(key, self.raw(key)) if self.has(key) else None

    def triple(self, key: str) -> tuple[float, float, float]:
        """Three finite numbers: one each for red, green and blue."""
        value = self.raw(key)
        if not isinstance(value, list) or len(cast("list[object]", value)) != 3:
            self.refuse(key, "must be three numbers")
        red, green, blue = (self._number(key, each) for each in cast("list[object]", value))
        return red, green, blue

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings, possibly empty."""
        value = self.raw(key)
        if not isinstance(value, list):
            self.refuse(key, "must be a list of texts")
        items = cast("list[object]", value)
        if not all(isinstance(item, str) for item in items):
            self.refuse(key, "must be a list of texts")
        return tuple(cast("list[str]", items))

    def _number(self, key: str, value: object) -> float:
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value):
            self.refuse(key, f"must be a number, not {value!r}")
        return float(value)
