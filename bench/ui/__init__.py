"""The window: how soon it shows photos, and whether anything ever makes it wait."""

from bench.rows import Measurement
from bench.ui import window

MEASUREMENTS: list[Measurement] = [window.measure]
