"""The library's lock: one process changes a library at a time. The system takes it from a process that dies."""

from pathlib import Path

from filelock import FileLock, Timeout

from photofinder.core.errors import EnvironmentProblem


def lock_of(data: Path) -> FileLock:
    """The lock of the library in a folder, not taken yet."""
    # Not one for each thread: what one thread has locked another lets go of.
    return FileLock(data / "lock", timeout=0, thread_local=False)


def take(lock: FileLock, data: Path) -> None:
    """Take the lock, at once or not at all. Raises EnvironmentProblem."""
    try:
        lock.acquire()
    except Timeout as error:
        raise EnvironmentProblem(
            f"Another PhotoFinder is changing the library at {data}.",
            "Wait until it is done or close it; searching works meanwhile.",
        ) from error
    except OSError as error:
        raise EnvironmentProblem(
            f"The library at {data} cannot be written ({error.strerror}).",
            "Check the permissions of its folder.",
        ) from error
