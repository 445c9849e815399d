"""The process that is watched: `python -m bench.faults.guarded ACT…`, started by `bench.faults.network`.

Runs a command of PhotoFinder's (or `window`: opens the window, lets it index and search, and closes it), and prints as
its last line what Python was asked to connect to, and what this network namespace's own counters say, which also see
what native code tries.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

_EVENTS = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg"}
WINDOW_S = 25.0
"""Libraries that report home wait a while before they do: onnxruntime's does so ten seconds after it was loaded."""


def kernel_attempts() -> int:
    """How often anything in this network namespace tried to reach another computer: routes missed, packets sent."""
    counts: dict[str, int] = {}
    lines = [line.split() for line in Path("/proc/self/net/snmp").read_text().splitlines()]
    for names, values in zip(lines[::2], lines[1::2], strict=True):
        counts.update({names[0] + name: int(value) for name, value in zip(names[1:], values[1:], strict=True)})
    six = Path("/proc/self/net/snmp6")
    if six.exists():
        counts.update({name: int(value) for name, value in map(str.split, six.read_text().splitlines())})
    names = ("Ip:OutNoRoutes", "Ip:OutRequests", "Ip6OutNoRoutes", "Ip6OutRequests")
    return sum(counts.get(name, 0) for name in names)


def window(data: Path, photos: Path) -> int:
    """Open the window on a library, index and search in it, close it."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtCore import QTimer  # noqa: PLC0415
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415

    from photofinder.library.locations import locations  # noqa: PLC0415
    from photofinder.ui.app import run  # noqa: PLC0415

    application = QApplication(sys.argv[:1])
    QTimer.singleShot(int(WINDOW_S * 1000), application.quit)
    return run(application, locations(data), [str(photos)])


def main(arguments: list[str]) -> int:
    """Run one act under the guard."""
    tried: list[str] = []

    def hook(event: str, details: tuple[Any, ...]) -> None:
        if event in _EVENTS:
            tried.append(f"{event} {details[1] if event == 'socket.connect' else details[0]}")

    sys.addaudithook(hook)
    if arguments[0] == "window":
        code = window(Path(arguments[1]), Path(arguments[2]))
    else:
        from photofinder.cli.main import run  # noqa: PLC0415

        code = run(arguments)
    print(json.dumps({"code": code, "tried": tried, "kernel": kernel_attempts()}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
