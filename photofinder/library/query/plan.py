"""From a tree to what can be carried out: alternatives, each with a filter and what its photos should look like."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from photofinder.catalogue.filters import Any, Condition, Every, Without, Worded
from photofinder.core.errors import QueryProblem
from photofinder.library.query.tree import All, Either, Exact, Field, Meaning, Node, Not, text_of

MOST_ALTERNATIVES: Final = 16
EVERYTHING: Final = Every(())

Conditions = Callable[[Field], Condition]


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to answer a query: photos that meet the condition, ranked by looks (and `like:` photos)."""

    condition: Condition = EVERYTHING
    looks: tuple[Meaning, ...] = ()
    likes: tuple[Field, ...] = ()
    reasons: tuple[str, ...] = field(default=())
    """The parts that are filters, as text."""

    @property
    def ranked(self) -> bool:
        """Whether its photos come in an order of their own, and not merely answer."""
        return bool(self.looks or self.likes)

    @property
    def words(self) -> str:
        """What is asked to be seen, as one text."""
        return " ".join(look.text for look in self.looks if not look.subtract)


def alternatives(tree: Node, condition_of: Conditions) -> list[Alternative]:
    """The ways to answer a query; a photo may be found by any. Raises QueryProblem where there are too many."""
    match tree:
        case Meaning():
            return [Alternative(looks=(tree,))]
        case Field("like"):
            return [Alternative(likes=(tree,))]
        case Exact() | Field() | Not():
            return [Alternative(_filter(tree, condition_of), reasons=(text_of(tree),))]
        case Either(nodes):
            found = [made for node in nodes for made in alternatives(node, condition_of)]
            plain = [made for made in found if not made.ranked]
            if len(plain) > 1:  # filters alone are one filter together
                merged = Alternative(
                    Any(tuple(made.condition for made in plain)),
                    reasons=tuple(r for made in plain for r in made.reasons),
                )
                found = [made for made in found if made.ranked] + [merged]
            return _checked(found)
        case All(nodes):
            return [_joined(*some) for some in product(*_checked_each(nodes, condition_of))]


def _checked_each(nodes: tuple[Node, ...], condition_of: Conditions) -> list[list[Alternative]]:
    each = [alternatives(node, condition_of) for node in nodes]
    total = 1
    for some in each:
        total *= len(some)
    if total > MOST_ALTERNATIVES:
        raise QueryProblem(
            f"The query has {total} alternatives; {MOST_ALTERNATIVES} is the most.", "Use fewer OR at once."
        )
    return each


def _checked(found: list[Alternative]) -> list[Alternative]:
    if len(found) > MOST_ALTERNATIVES:
        raise QueryProblem(
            f"The query has {len(found)} alternatives; {MOST_ALTERNATIVES} is the most.", "Use fewer OR at once."
        )
    return found


def _joined(*some: Alternative) -> Alternative:
    conditions = tuple(one.condition for one in some if one.condition != EVERYTHING)
    return Alternative(
        conditions[0] if len(conditions) == 1 else Every(conditions),
        tuple(look for one in some for look in one.looks),
        tuple(like for one in some for like in one.likes),
        tuple(reason for one in some for reason in one.reasons),
    )


def _filter(node: Node, condition_of: Conditions) -> Condition:
    match node:
        case Exact(text):
            return Worded(text)
        case Field():
            return condition_of(node)
        case Not(inner):
            return Without(_filter(inner, condition_of))
        case All(nodes):
            return Every(tuple(_filter(inner, condition_of) for inner in nodes))
        case Either(nodes):
            return Any(tuple(_filter(inner, condition_of) for inner in nodes))
        case Meaning():
            raise TypeError(node)  # the parser lets no meaning into a group that is taken away
