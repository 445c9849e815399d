"""What to offer while a query is typed."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from photofinder.library.query.fields import FIELDS
from photofinder.library.query.tree import BARE_VALUE

MOST: Final = 12

_TOUCHED: Final = re.compile(
    r'(?P<sign>-?)(?:(?P<name>f|[A-Za-z]{2,}):(?P<value>"[^"]*|[^\s()"]*)|(?P<word>[A-Za-z]+))$'
)
_BARE: Final = re.compile(BARE_VALUE)

Known = Callable[[str], Iterable[str]]
"""Field name → values that the library knows of (cameras, folders, places), the most frequent first."""


@dataclass(frozen=True, slots=True)
class Completion:
    """Put `text` in the place of characters `start` to `end` of what is typed; `hint` says what it is."""

    start: int
    end: int
    text: str
    hint: str


def completions(typed: str, cursor: int, known: Known | None = None) -> list[Completion]:
    """What may be meant at the cursor, best first, MOST at most; nothing inside plain quotation marks.

    Any thread; costs what `known` costs.
    """
    before = typed[:cursor]
    found = _TOUCHED.search(before)
    if found is None or _inside_quotes(before, found):
        return []
    if found["word"] is not None:
        start, part = found.start("word"), found["word"].lower()
        if start and not (before[start - 1].isspace() or before[start - 1] in "(-"):
            return []
        names = [name for name in FIELDS if name.startswith(part)]
        return [Completion(start, cursor, f"{name}:", FIELDS[name].meaning) for name in names[:MOST]]
    name = found["name"].lower()
    kind = FIELDS.get(name)
    if kind is None:
        return []
    part = found["value"].lstrip('"').casefold()
    values = list(known(name)) if known is not None and not kind.closed else []
    offered = dict.fromkeys([*values, *(example.strip('"') for example in kind.examples)])
    starting = [value for value in offered if value.casefold().startswith(part)]
    within = [value for value in offered if part in value.casefold() and value not in starting]
    return [
        Completion(found.start("name"), cursor, f"{name}:{_written(value)}", kind.meaning)
        for value in [*starting, *within][:MOST]
        if '"' not in value
    ]


def _inside_quotes(before: str, found: re.Match[str]) -> bool:
    return before[: found.start()].count('"') % 2 == 1


def _written(value: str) -> str:
    return value if _BARE.fullmatch(value) else f'"{value}"'
