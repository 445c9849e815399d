"""Stages end when their work does, stop when asked to, and never lose an error."""

import threading

import pytest

from photofinder.core.cancel import CancelToken
from photofinder.core.errors import Cancelled
from photofinder.ingest.stages import Channel, Pipeline


def nothing() -> None:
    pass


def test_everything_put_is_got_and_the_pipeline_ends():
    pipeline = Pipeline()
    numbers: Channel[int] = Channel(2, pipeline.stop)
    squares: Channel[int] = Channel(2, pipeline.stop)
    got: list[int] = []

    def make():
        for number in range(100):
            numbers.put(number)

    def square():
        for number in numbers:
            squares.put(number * number)

    pipeline.stage("make", make, numbers)
    pipeline.stage("square", square, squares, threads=3)
    pipeline.stage("collect", lambda: got.extend(squares))
    pipeline.run(0.01, nothing)
    assert sorted(got) == [number * number for number in range(100)]


def test_the_first_error_stops_the_others_and_is_raised():
    pipeline = Pipeline()
    numbers: Channel[int] = Channel(1, pipeline.stop)

    def make():
        while True:
            numbers.put(1)

    def fail():
        for _ in numbers:
            raise OSError("the disk is gone")

    pipeline.stage("make", make, numbers)
    pipeline.stage("fail", fail)
    with pytest.raises(OSError, match="the disk is gone"):
        pipeline.run(0.01, nothing)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith(("make", "fail"))]


def test_an_exception_of_the_waiting_thread_ends_the_stages_first():
    pipeline = Pipeline()
    numbers: Channel[int] = Channel(1, pipeline.stop)

    def make():
        while True:
            numbers.put(1)

    def stop():
        raise Cancelled

    pipeline.stage("make", make, numbers)
    with pytest.raises(Cancelled):
        pipeline.run(0.01, stop)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("make")]


def test_waiting_for_an_item_has_an_end():
    channel: Channel[int] = Channel(1, CancelToken())
    channel.expect(1)
    assert channel.get(wait_s=0.0) is None
    assert channel.get(wait_s=0.02) is None
    channel.put(7)
    assert channel.get(wait_s=0.0) == 7


def test_a_cancelled_channel_raises():
    token = CancelToken()
    channel: Channel[int] = Channel(1, token)
    channel.expect(1)
    channel.put(1)
    token.cancel()
    with pytest.raises(Cancelled):
        channel.put(2)
    with pytest.raises(Cancelled):
        channel.get()
