"""Stopping long work politely."""

import threading

from photofinder.core.errors import Cancelled


class CancelToken:
    """Seen by every stage of a piece of work; any thread may cancel, every thread may look."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask all who look at this token to stop. Returns at once."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked to stop."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise `Cancelled` if somebody asked to stop."""
        if self._event.is_set():
            raise Cancelled

    def wait(self, seconds: float) -> bool:
        """Sleep up to `seconds`, less if cancelled; True if cancelled."""
        return self._event.wait(seconds)
