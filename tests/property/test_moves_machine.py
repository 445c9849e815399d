"""Photos are followed wherever they go: the machine that also `python -m bench faults` runs, a little while."""

from hypothesis import HealthCheck, settings

from bench.faults.moves import MovesMachine

TestMoves = MovesMachine.TestCase
TestMoves.settings = settings(
    max_examples=8, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
