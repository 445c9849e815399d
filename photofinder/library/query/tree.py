"""A query as a tree, and the tree as text again. Immutable; any thread.

The text is canonical: `parse(text_of(tree)) == tree` for every tree that `parse` returns, so that a window may show
each part as a chip and write the query anew when one is taken away.
"""

import re
from dataclasses import dataclass

BARE_VALUE = r'[^\s()"]+(?:\([^\s()"]*\)[^\s()"]*)*'
"""A field's value without quotation marks: brackets only in pairs, as in IMG_(1).jpg."""

DISTANCE = r"within\s+\d+(?:\.\d+)?\s*(?:km|miles?|mi|m)(?![^\s()\"])"
"""How near to a place: behind `near:` only."""

_BARE = re.compile(BARE_VALUE)
_DISTANCE = re.compile(DISTANCE, re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Meaning:
    """Words for what a photo shows; `subtract` for what it should not show."""

    text: str
    weight: float = 1.0
    subtract: bool = False


@dataclass(frozen=True, slots=True)
class Exact:
    """Words that must occur, in this order, in a name, keyword, caption, title or place name."""

    text: str


@dataclass(frozen=True, slots=True)
class Field:
    """`name:value`, value in its canonical form.

    `within` is the distance behind `near:`, as "20km"; `weight` that of `like:`.
    """

    name: str
    value: str
    within: str = ""
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Not:
    """What must not hold: an Exact, a Field, or a group of such."""

    node: "Node"


@dataclass(frozen=True, slots=True)
class All:
    """All of these; none of them: every photo."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of these at least; two or more."""

    nodes: tuple["Node", ...]


Node = Meaning | Exact | Field | Not | All | Either


def text_of(node: Node) -> str:
    """The query that parses to this tree."""
    match node:
        case Meaning(text, weight, subtract=True):
            word = text if _is_plain_word(text) else f'"{text}"'
            return f"-{word}{_weight(weight)}" if word == text else f"not {word}{_weight(weight)}"
        case Meaning(text, weight):
            return text if weight == 1 else f"{text if ' ' not in text else f'({text})'}{_weight(weight)}"
        case Exact(text):
            return f'"{text}"'
        case Field(name, value, within, weight):
            shown = value if _BARE.fullmatch(value) and not value.rpartition("^")[1] else f'"{value}"'
            return f"{name}:{shown}{_weight(weight)}{f' within {within}' if within else ''}"
        case Not(inner):
            return f"-{_grouped(inner)}"
        case All(nodes):
            before = (None, *nodes)
            return " ".join(
                f"({text_of(inner)})" if isinstance(inner, Either) or _would_join(last, inner) else text_of(inner)
                for last, inner in zip(before, nodes, strict=False)
            )
        case Either(nodes):
            return " OR ".join(text_of(inner) for inner in nodes)


def meanings(node: Node) -> list[Meaning]:
    """All words for meaning in the tree, in the order in which they stand."""
    match node:
        case Meaning():
            return [node]
        case Not(inner):
            return meanings(inner)
        case All(nodes) | Either(nodes):
            return [found for inner in nodes for found in meanings(inner)]
        case _:
            return []


def _would_join(before: Node | None, node: Node) -> bool:
    """Whether words after a place would be read as how near to it."""
    place = before.node if isinstance(before, Not) else before
    near = isinstance(place, Field) and place.name == "near" and not place.within
    return near and isinstance(node, Meaning) and not node.subtract and _DISTANCE.match(node.text) is not None


def _grouped(node: Node) -> str:
    return f"({text_of(node)})" if isinstance(node, All | Either | Not) else text_of(node)


def _weight(weight: float) -> str:
    return "" if weight == 1 else f"^{weight:g}"


def _is_plain_word(text: str) -> bool:
    """Whether a minus right before the text reads as what it is: no second minus, no blank, no field, no weight."""
    return re.fullmatch(r"(?!-)(?!OR$)[^\s:^]+", text) is not None
