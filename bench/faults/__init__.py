"""What goes wrong around the program: processes killed, disks full, files that come, go, move and break."""

from bench.faults import fuzz, keeping, kill, moves, network, soak, watch
from bench.rows import Measurement

MEASUREMENTS: list[Measurement] = [
    kill.measure,
    keeping.measure,
    network.measure,
    moves.measure,
    watch.measure,
    fuzz.measure,
    soak.measure,
]
