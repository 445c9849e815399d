"""The number that a camera counts in a file's name: keeps photos of the same moment in the order they were taken."""

import re
from typing import Final

_MAJOR_DIGITS: Final = 3
_MOST: Final = 10**15

_RUN: Final = re.compile(rb"\d+")


def sequence_of(name: bytes) -> int:
    """What photos of the same millisecond are ordered by: 0 where the name has no number.

    "IMG_0042.JPG", "DSC00042.ARW", "20230517_140322_042.jpg" and "..._BURST042.jpg" all count 42; a short number
    behind that, as in "IMG_0042 (1).jpg" or "IMG_0042-2.jpg", comes right after it.
    """
    stem = name.rpartition(b".")[0] or name
    runs = [match[0] for match in _RUN.finditer(stem)]
    major = next((place for place in reversed(range(len(runs))) if len(runs[place]) >= _MAJOR_DIGITS), None)
    after = runs if major is None else runs[major + 1 :]
    counted = 0 if major is None else int(runs[major][-12:])
    return min(counted * 1_000 + (int(after[-1]) if after else 0), _MOST)
