"""One window for each library: a second start hands over its arguments and raises the first.

Local sockets only (a named pipe on Windows, a socket file elsewhere); nothing here can reach another computer.
"""

import getpass
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtNetwork import QLocalServer, QLocalSocket

TIMEOUT_MS = 1_000
LIMIT_BYTES = 1 << 20
"""More than any command line may hold; a peer that sends more is not one of ours."""


def server_name(library: Path) -> str:
    """A name that this user's PhotoFinder on this library has to itself, short enough for a socket file's path."""
    key = f"{getpass.getuser()}\0{library.resolve()}"
    return f"photofinder-{hashlib.sha256(key.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}"


def hand_over(library: Path, arguments: Sequence[str]) -> bool:
    """Give the arguments to a window that is already open on this library; whether there was one that took them."""
    socket = QLocalSocket()
    socket.connectToServer(server_name(library))
    if not socket.waitForConnected(TIMEOUT_MS):
        return False
    socket.write(json.dumps(list(arguments)).encode() + b"\n")
    socket.flush()
    taken = socket.waitForReadyRead(TIMEOUT_MS) and socket.readAll().data() == b"ok\n"
    socket.disconnectFromServer()
    return taken


class SingleInstance(QObject):
    """Listens for later starts. Window's thread."""

    arguments_received = Signal(list)
    """Another start handed these over (a list of str); the window should come to the front."""

    def __init__(self, library: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._received: dict[QLocalSocket, bytearray] = {}
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._connected)
        name = server_name(library)
        if not self._server.listen(name):
            QLocalServer.removeServer(name)  # left behind by a start that crashed: `hand_over` found nobody there
            self._server.listen(name)

    @property
    def is_listening(self) -> bool:
        """Whether later starts can reach this one. Where they cannot, each opens a window of its own."""
        return self._server.isListening()

    def close(self) -> None:
        """Stop listening."""
        self._server.close()

    @Slot()
    def _connected(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            self._received[socket] = bytearray()
            socket.readyRead.connect(self._read)
            socket.disconnected.connect(self._disconnected)
            self._take(socket)

    @Slot()
    def _read(self) -> None:
        sender = self.sender()
        assert isinstance(sender, QLocalSocket)
        self._take(sender)

    @Slot()
    def _disconnected(self) -> None:
        sender = self.sender()
        assert isinstance(sender, QLocalSocket)
        self._received.pop(sender, None)
        sender.deleteLater()

    def _take(self, socket: QLocalSocket) -> None:
        received = self._received[socket]
        received += socket.readAll().data()
        if len(received) > LIMIT_BYTES:
            socket.abort()
            return
        if not received.endswith(b"\n"):
            return
        try:
            arguments = json.loads(received)
        except ValueError:
            arguments = None
        received.clear()
        if not isinstance(arguments, list) or not all(isinstance(each, str) for each in arguments):
            socket.abort()
            return
        socket.write(b"ok\n")
        socket.flush()
        self.arguments_received.emit(arguments)
