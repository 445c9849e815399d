"""What `make package` has built: its size, and how soon its window is there, against the source's."""

from bench.package import start
from bench.rows import Measurement

MEASUREMENTS: list[Measurement] = [start.measure]
