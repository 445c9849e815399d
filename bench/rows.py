"""What a measurement yields: rows. And what it is given: settings.

To add a row: write a function `def measure(settings: Settings) -> Iterator[Row]` in a module of a group's
package and list it in that package's `MEASUREMENTS`.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

Value = float | int | str


@dataclass(frozen=True, slots=True)
class Settings:
    """How large to measure, and where what is costly to make is kept between runs.

    `work` is ignored by git; name what is kept in it after all the parameters that made it.
    """

    work: Path
    quick: bool
    vectors: int
    photos: int


@dataclass(frozen=True, slots=True)
class Row:
    """One measured value. With `at_most` or `at_least` it has a goal, which holds or does not."""

    name: str
    value: Value
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None
    detail: str = ""

    @property
    def goal(self) -> str | None:
        """The goal in words; None without one."""
        if self.at_most is not None:
            return f"≤ {self.at_most:g}"
        return None if self.at_least is None else f"≥ {self.at_least:g}"

    @property
    def holds(self) -> bool | None:
        """Whether the goal is met; None without one. NaN meets nothing."""
        if self.at_most is None and self.at_least is None:
            return None
        number = float(self.value)
        over = self.at_least is None or number >= self.at_least
        return over and (self.at_most is None or number <= self.at_most)


Measurement = Callable[[Settings], Iterator[Row]]


def as_table(rows: Iterable[Row]) -> str:
    """A table for people, aligned, in Markdown."""
    heads = ("name", "value", "unit", "goal", "holds", "detail")
    cells = [
        heads,
        *((r.name, _short(r.value), r.unit, r.goal or "", _mark(r.holds), r.detail) for r in rows),
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(len(heads))]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) + " |" for line in cells]
    lines.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(lines)


def as_json(rows: Iterable[Row]) -> str:
    """A JSON list with one object per row; `goal` and `holds` are null where a row has no goal."""
    return json.dumps(
        [
            {
                "name": r.name,
                "value": r.value,
                "unit": r.unit,
                "goal": r.goal,
                "holds": r.holds,
                "detail": r.detail,
            }
            for r in rows
        ],
        ensure_ascii=False,
        indent=1,
    )


def _short(value: Value) -> str:
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 10_000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else value


def _mark(holds: bool | None) -> str:
    return {True: "yes", False: "NO", None: ""}[holds]
