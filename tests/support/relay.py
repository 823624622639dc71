"""A relay in front of a server, which can go silent without saying so: a network that is gone."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Relay:
    """Passes bytes between its own port and ``target``; ``with Relay(port) as relay:``."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._silent: set[socket.socket] = set()
        self._open: set[socket.socket] = set()
        self._servers: set[socket.socket] = set()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._dark = False
        self._left: int | None = None
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Relay:
        self._accepting.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # Wakes the thread that waits for a connection.
            self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()  # It may just have taken one more connection.
        self._listener.close()
        self.drop()
        for end in list(self._open):
            end.close()

    def lose(self) -> None:
        """From now on nothing passes on the open connections, and neither side gets an error."""
        self._silent |= self._open

    def lose_after(self, sent: int) -> None:
        """As :meth:`lose`, once a client has sent so many bytes more: in the middle of something
        large."""
        self._left = sent

    def drop(self, target: int | None = None) -> None:
        """Ends all connections; new ones lead to ``target``, if one is given."""
        self._target = target or self._target
        for end in list(self._open):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def go_dark(self) -> None:
        """As :meth:`lose`, for every new connection too."""
        self._dark = True
        self.lose()

    def _connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self._target))

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                try:
                    far = self._connect()
                except OSError:  # Nothing listens there just now.
                    near.close()
                    continue
                self._open |= {near, far}
                self._servers.add(far)
                if self._dark:
                    self._silent |= {near, far}
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._pass, args=pair, daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if source in self._silent:
                    continue
                if self._left is not None and source not in self._servers:
                    data, self._left = data[: self._left], self._left - len(data)
                    if self._left <= 0:
                        self._left = None
                        self.lose()
                sink.sendall(data)
        if source not in self._silent:
            with suppress(OSError):
                sink.shutdown(socket.SHUT_WR)


class SocketRelay(Relay):
    """As :class:`Relay`, in front of a server that listens at a path."""

    def __init__(self, path: str) -> None:
        super().__init__(0)
        self._path = path

    def _connect(self) -> socket.socket:
        far = socket.socket(socket.AF_UNIX)
        far.connect(self._path)
        return far
