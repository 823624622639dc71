"""Whether a port is free to listen on."""

from __future__ import annotations

import os
import socket

from searchapp.errors import OperatorError


def check_port(host: str, port: int) -> None:
    """Lets a free port pass.

    :raises OperatorError: somebody else listens there, or this account may not.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise OperatorError(
                f"port {port} can not be used ({os.strerror(error.errno or 0)}). "
                "Choose another with --port or SEARCHAPP_PORT."
            ) from None
