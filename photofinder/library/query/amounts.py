"""What stands behind `iso:`, `f:`, `focal:`, `shutter:` and `rating:` as an interval of numbers."""

import math
import re
from typing import NamedTuple

_COMPARED = re.compile(r"(<=|>=|<|>|=)?(.+)")
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,6})?")
_FRACTION = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)/(\d{1,9}(?:\.\d{1,6})?)")
_SUFFIXES = {"f": ("f/", ""), "focal": ("", "mm"), "shutter": ("", "s"), "iso": ("", ""), "rating": ("", "")}

_SAME = 0.005
"""Cameras write 1/60 s as 0.0166 or 0.016667, and f/2.8 as 2.79: a number stands for what is so near to it."""


class Interval(NamedTuple):
    """From `low` to `high`, both included; infinite where open."""

    low: float
    high: float


def canonical(name: str, value: str) -> str:
    """The value as it is written down again. Raises ValueError with the reason."""
    folded = value.lower().replace("≤", "<=").replace("≥", ">=").replace(",", ".")
    interval(name, folded)
    return folded


def interval(name: str, value: str) -> Interval:
    """The numbers that a value means. Raises ValueError with the reason."""
    first, dots, last = value.partition("..")
    if dots:
        if not first and not last:
            raise ValueError("a range needs a beginning or an end")
        low = _around(name, first).low if first else -math.inf
        high = _around(name, last).high if last else math.inf
        if high < low:
            raise ValueError(f"{last} is less than {first}")
        return Interval(low, high)
    found = _COMPARED.fullmatch(value)
    if found is None:
        raise ValueError("a number is missing")
    sign, same = found[1], _around(name, found[2])
    if sign == "<":
        return Interval(-math.inf, math.nextafter(same.low, -math.inf))
    if sign == ">":
        return Interval(math.nextafter(same.high, math.inf), math.inf)
    return Interval(-math.inf if sign == "<=" else same.low, math.inf if sign == ">=" else same.high)


def _around(name: str, text: str) -> Interval:
    prefix, suffix = _SUFFIXES[name]
    bare = text.removeprefix(prefix).removesuffix(suffix)
    if found := _FRACTION.fullmatch(bare):
        if name != "shutter" or float(found[2]) == 0:
            raise ValueError(f"{text!r} is no number")
        number = float(found[1]) / float(found[2])
    elif _NUMBER.fullmatch(bare):
        number = float(bare)
    else:
        raise ValueError(f"{text!r} is no number")
    if name in ("iso", "rating"):
        return Interval(number, number)
    spread = 0.02 if name == "shutter" else _SAME
    return Interval(number * (1 - spread), number * (1 + spread))
