"""What the library's photos say, for suggestions while a query is typed: cameras, lenses, places."""

from typing import Final

import numpy as np

from photofinder.library.answering import filters_of
from photofinder.library.library import Library

MOST: Final = 500
"""Values kept for a field, the most frequent first."""

_COLUMNS: Final = {"camera": ("camera",), "lens": ("lens",), "in": ("place", "region"), "near": ("place",)}


def known_values(library: Library) -> dict[str, list[str]]:
    """Field of the query language → values that photos have, the most frequent first.

    Any thread; reads columns that filters keep in memory anyway. Raises EnvironmentProblem.
    """
    columns = filters_of(library).columns
    columns.refresh()
    found: dict[str, list[str]] = {}
    for field, sources in _COLUMNS.items():
        counts: dict[str, int] = {}
        for source in sources:
            codes, words = columns.codes(source)
            times = np.bincount(codes[codes >= 0], minlength=len(words))
            for word, code in words.items():
                text = " ".join(word.split())
                if text and times[code]:
                    counts[text] = counts.get(text, 0) + int(times[code])
        found[field] = sorted(counts, key=lambda text: (-counts[text], text))[:MOST]
    return found
