"""What goes wrong around the program: processes killed, disks full, files that come, go, move and break."""

from bench.faults import kill, moves, network, soak, watch
from bench.rows import Measurement

MEASUREMENTS: list[Measurement] = [kill.measure, moves.measure, watch.measure, network.measure, soak.measure]
