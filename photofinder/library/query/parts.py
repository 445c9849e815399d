"""A query as the parts that a person sees in it: where each stands in the text, and the text without one of them.

Immutable; any thread.
"""

import enum
from dataclasses import dataclass

from photofinder.library.query.grammar import QuerySyntaxProblem, joined, parse, pieces
from photofinder.library.query.tree import Node, text_of


class Kind(enum.Enum):
    """What a part is."""

    WORDS = "words"
    LESS = "less of"
    EXACT = "exact words"
    FIELD = "filter"
    WITHOUT = "without"
    GROUP = "group"
    ALTERNATIVE = "one of these"


@dataclass(frozen=True, slots=True)
class Part:
    """Characters `start` to `end` of a query."""

    start: int
    end: int
    kind: Kind


_KINDS = {
    "word": Kind.WORDS,
    "quoted": Kind.EXACT,
    "field": Kind.FIELD,
    "group": Kind.GROUP,
    "minus_word": Kind.LESS,
    "not_quoted": Kind.LESS,
    "without": Kind.WITHOUT,
}


def parts(text: str) -> list[Part]:
    """The parts of a query, in order; where OR stands between, the alternatives. Free words in a row are one part.

    What lies between the parts is blanks and OR. Raises QuerySyntaxProblem.
    """
    parse(text)  # what can be taken apart may still be refused: an unknown field, an impossible date
    alternatives = pieces(text)
    if len(alternatives) > 1:
        return [Part(items[0][1], items[-1][2], Kind.ALTERNATIVE) for items in alternatives]
    found: list[Part] = []
    for rule, start, end in alternatives[0] if alternatives else []:
        plain = rule == "word" and "^" not in text[start:end]
        before = found[-1] if found else None
        if plain and before is not None and before.kind is Kind.WORDS and "^" not in text[before.start : before.end]:
            found[-1] = Part(before.start, end, Kind.WORDS)
        else:
            found.append(Part(start, end, _KINDS[rule]))
    return found


def without(text: str, number: int) -> str:
    """The query without one of its parts, the others as they were typed. Raises QuerySyntaxProblem, IndexError.

    In rare cases what is left would be read as something else (`near:x -y within 5km` without `-y`): then it is written
    with brackets, or anew.
    """
    all_parts = parts(text)
    gone, left = all_parts[number], all_parts[:number] + all_parts[number + 1 :]
    either = gone.kind is Kind.ALTERNATIVE
    meant = joined([parse(text[part.start : part.end]) for part in left], either=either)
    if not left:
        return ""
    if either:
        cut = text[: left[number - 1].end] + text[gone.end :] if number else text[left[0].start :]
        return cut.strip() if _reads_as(cut, meant) else text_of(meant)
    before, after = text[: gone.start].rstrip(), text[gone.end :].lstrip()
    candidates = [f"{before} {after}".strip()]
    if number and after:
        last = left[number - 1]
        candidates.append(f"{text[: last.start]}({text[last.start : last.end]}) {after}")
    return next((each for each in candidates if _reads_as(each, meant)), text_of(meant))


def _reads_as(text: str, meant: Node) -> bool:
    try:
        return parse(text) == meant
    except QuerySyntaxProblem:
        return False
