"""Commands that another process sends to the one that serves: who may, and how their progress goes back.

The serving process writes its port and a token into the data folder. Whoever can read that file could as well have
taken the lock, so the token is all the permission there is; the door is for this machine only.
"""

from __future__ import annotations

import hmac
import json
import os
import queue
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import structlog

from api import home, wording
from api.commands import WRITING, Params
from api.errors import ApiError
from api.wiring import Progress
from bot.errors import BotError
from knowledge.errors import KnowledgeError
from retrieval.errors import RetrievalError

TOKEN_HEADER = "X-Guangzhi-Token"
PATH = "/internal/jobs"
HEARTBEAT_SECONDS = 5.0
KNOWN_ERRORS = (ApiError, BotError, KnowledgeError, RetrievalError)  # their messages are for people

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Serving:
    """How to reach the process that serves this home."""

    url: str  # over this machine's own network
    pid: int
    token: str


def announce(folder: Path, url: str) -> Serving:
    serving = Serving(url, os.getpid(), secrets.token_urlsafe(32))
    home.write_private(folder / home.SERVING, json.dumps(asdict(serving)))
    return serving


def withdraw(folder: Path) -> None:
    (folder / home.SERVING).unlink(missing_ok=True)


def find_serving(folder: Path) -> Serving | None:
    """The serving process, if it is the one that holds the lock; what a dead one left behind is ignored."""
    try:
        serving = Serving(**json.loads((folder / home.SERVING).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return serving if serving.pid == home.holder(folder) else None


class RunCommand(Protocol):
    def __call__(self, name: str, params: Params, progress: Progress) -> dict[str, Any]: ...


class Jobs:
    """Runs commands in threads of their own. Those that write wait for each other; questions wait for nobody."""

    def __init__(self, run: RunCommand, token: str) -> None:
        self._run = run
        self._token = token
        self._writing = threading.Lock()

    def allows(self, token: str) -> bool:
        return hmac.compare_digest(self._token.encode(), token.encode())

    def lines(self, name: str, params: Params) -> Iterator[str]:
        """The job as lines of JSON: progress and empty heartbeats, then a result or an error.

        The job goes on when nobody reads any more: half an ingestion is worth less than a whole one.
        """
        said: queue.Queue[dict[str, Any] | None] = queue.Queue()
        threading.Thread(target=self._work, args=(name, params, said.put), name=f"job-{name}", daemon=True).start()
        while True:
            try:
                line = said.get(timeout=HEARTBEAT_SECONDS)
            except queue.Empty:
                yield "\n"
                continue
            if line is None:
                return
            yield json.dumps(line, ensure_ascii=False) + "\n"

    def _work(self, name: str, params: Params, say: Callable[[dict[str, Any] | None], None]) -> None:
        def progress(what: str, done: int, total: int) -> None:
            say({"progress": [what, done, total]})

        try:
            say({"result": self._in_turn(name, params, progress)})
        except KNOWN_ERRORS as error:
            say({"error": {"message": str(error), "retryable": error.retryable}})
        except KeyError as error:
            say({"error": {"message": wording.MALFORMED_PARAMETERS.format(why=error), "retryable": False}})
        except Exception as error:
            log.error("job_failed", command=name, kind=type(error).__name__, exc_info=True)
            say({"error": {"message": wording.JOB_BROKE, "retryable": False}})
        finally:
            say(None)

    def _in_turn(self, name: str, params: Params, progress: Progress) -> dict[str, Any]:
        if name not in WRITING:
            return self._run(name, params, progress)
        if self._writing.locked():
            progress(wording.JOB_WAITS, 0, 0)
        with self._writing:
            return self._run(name, params, progress)
