"""The window: how soon it shows photos, and whether anything ever makes it wait."""

from collections.abc import Iterator

from bench.rows import Measurement, Row, Settings


def measure(settings: Settings) -> Iterator[Row]:
    """The window's rows."""
    # Only here: the probe's start is to be the program's, and loads nothing else.
    from bench.ui import window  # noqa: PLC0415

    yield from window.measure(settings)


MEASUREMENTS: list[Measurement] = [measure]
