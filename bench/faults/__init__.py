"""What goes wrong around the program: processes killed, disks full, files that come, go, move and break."""

from bench.faults import fuzz, keeping, kill, network, soak
from bench.rows import Measurement

MEASUREMENTS: list[Measurement] = [kill.measure, keeping.measure, network.measure, fuzz.measure, soak.measure]
