"""The window: how soon it shows photos, and whether anything ever makes it wait."""

from bench.rows import Measurement
from bench.ui import grid

MEASUREMENTS: list[Measurement] = [grid.measure]
"""What belongs to the window."""
