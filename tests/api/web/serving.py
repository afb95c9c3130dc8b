"""An application on a real socket of the loopback, in a thread."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from time import monotonic, sleep
from typing import Any

import uvicorn

Asgi = Callable[..., Any]


class Serving:
    """`address` by number, `named` by name: to a browser two different sites."""

    def __init__(self, app: Asgi, listening: socket.socket | None = None) -> None:
        self.socket = listening or free_port()
        self.port = self.socket.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.named = f"http://localhost:{self.port}"
        self.server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.socket]}, daemon=True)

    def __enter__(self) -> Serving:
        self.thread.start()
        deadline = monotonic() + 10
        while not self.server.started and monotonic() < deadline:
            sleep(0.01)
        assert self.server.started, "the server did not start"
        return self

    def __exit__(self, *exception: object) -> None:
        self.server.should_exit = True
        self.thread.join(10)


def free_port() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))
