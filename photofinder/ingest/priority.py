"""Letting everything else on the computer come first, for threads that work in the background."""

import ctypes
import os
import sys
import threading
from typing import Final

NICENESS: Final = 19
"""The least there is: such a thread gets what others leave."""
_DARWIN_THREAD: Final = 3  # PRIO_DARWIN_THREAD and PRIO_DARWIN_BG, in <sys/resource.h>
_DARWIN_BACKGROUND: Final = 0x1000
_WINDOWS_BACKGROUND_BEGIN: Final = 0x00010000  # THREAD_MODE_BACKGROUND_BEGIN, in <processthreadsapi.h>


def step_back() -> None:
    """Lower the calling thread's priority for good, where the system has priorities of threads; never raises."""
    try:
        if sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        elif sys.platform == "darwin":
            os.setpriority(_DARWIN_THREAD, 0, _DARWIN_BACKGROUND)
        elif sys.platform == "win32":
            kernel = ctypes.windll.kernel32
            kernel.SetThreadPriority(kernel.GetCurrentThread(), _WINDOWS_BACKGROUND_BEGIN)
    except OSError:
        return  # one thread is gentle already; that its priority stays is no reason to stop
