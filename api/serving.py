"""`guangzhi serve`: the port first, then the data folder, then the people; and back in the other order."""

from __future__ import annotations

import errno
import signal
import socket
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

import structlog
import uvicorn

from api import home, wording
from api.app import create_app
from api.calling import LOOK_AGAIN_SECONDS, PATIENCE_SECONDS
from api.errors import AlreadyServing, PortInUse
from api.jobs import announce, find_serving, withdraw
from api.settings import Settings
from api.wiring import Assistant, Progress, open_assistant
from knowledge.errors import HomeInUse

CLOSING_SECONDS = 8  # for requests that are running when the service is told to stop

log = structlog.get_logger(__name__)


class Server(uvicorn.Server):
    """Says when it answers: not when it was started."""

    def __init__(self, config: uvicorn.Config, answering: Callable[[], None]) -> None:
        super().__init__(config)
        self._answering = answering

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._answering()


def serve(
    settings: Settings,
    say: Callable[[str], None],
    progress: Progress,
    *,
    open_here: Callable[[Settings, home.HomeLock, Progress], Assistant] = open_assistant,
) -> None:
    """Runs until it is told to stop. Raises PortInUse, AlreadyServing, HomeInUse."""
    signal.signal(signal.SIGTERM, _leave)  # also while starting: let go of what is held, then exit
    with listen(settings.web.host, settings.web.port) as listening:
        assistant = open_here(settings, _take_home(settings, progress), progress)
        try:
            _answer(assistant, listening, say)
        finally:
            withdraw(settings.home)
            assistant.close()


def listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there it would let two servers share the port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(512)  # before the library is loaded: a second start on this port must fail now
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(wording.PORT_IN_USE.format(port=port, other=port + 1)) from error
        raise PortInUse(wording.PORT_REFUSED.format(host=host, port=port, why=error.strerror or error)) from error
    return listening


def _take_home(settings: Settings, progress: Progress) -> home.HomeLock:
    """A command that is running is waited for; another service is not."""
    waiting = threading.Event()
    for _ in range(int(PATIENCE_SECONDS / LOOK_AGAIN_SECONDS)):
        try:
            return home.take(settings.home)
        except HomeInUse:
            if serving := find_serving(settings.home):
                raise AlreadyServing(wording.ALREADY_SERVING.format(url=serving.url)) from None
        progress(wording.WAITING_FOR_HOME, 0, 0)
        waiting.wait(LOOK_AGAIN_SECONDS)
    return home.take(settings.home)


def _answer(assistant: Assistant, listening: socket.socket, say: Callable[[str], None]) -> None:
    settings = assistant.settings
    host, port = listening.getsockname()[:2]
    serving = announce(settings.home, f"http://{_reachable(host)}:{port}")
    app = create_app(assistant, job_token=serving.token)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=CLOSING_SECONDS,
        timeout_keep_alive=30,
    )
    shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::1", "::") else _reachable(host)

    warming = threading.Thread(target=_warm_up, args=(assistant,), name="warm-up")

    def answering() -> None:
        say(wording.STARTED.format(url=f"http://{shown}:{port}"))
        warming.start()

    try:
        Server(config, answering).run(sockets=[listening])
    finally:
        if warming.ident is not None:
            warming.join()  # a model half loaded when the interpreter leaves is an abort


def _warm_up(assistant: Assistant) -> None:
    try:
        assistant.answerer.warm()
    except Exception as error:  # the first person will be told; this is only about their time
        log.warning("warm_up_failed", kind=type(error).__name__)


def _reachable(host: str) -> str:
    """How this machine itself reaches what listens on `host`."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{here}]" if ":" in here else here


def _leave(_signal: int, _frame: FrameType | None) -> Any:
    raise SystemExit(0)
