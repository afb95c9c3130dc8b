"""How a command reaches the data folder: in this process where it is free, else in the one that serves it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from api import commands, home, wording
from api.commands import Params
from api.errors import CommandFailed, ServiceGone
from api.jobs import PATH, TOKEN_HEADER, Serving, find_serving
from api.settings import Settings
from api.wiring import Assistant, Progress, open_assistant, silent
from knowledge.errors import HomeInUse

PATIENCE_SECONDS = 600.0
LOOK_AGAIN_SECONDS = 0.2
SILENCE_SECONDS = 60.0  # a running job says something at least every five


class Line(Protocol):
    """Where commands go; the same in and out wherever they run."""

    def call(self, name: str, params: Params, progress: Progress = silent) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Here:
    assistant: Assistant

    def call(self, name: str, params: Params, progress: Progress = silent) -> dict[str, Any]:
        return commands.run(self.assistant, name, params, progress)


@dataclass(frozen=True, slots=True)
class There:
    serving: Serving
    client: httpx.Client

    def call(self, name: str, params: Params, progress: Progress = silent) -> dict[str, Any]:
        asked = {"json": {"name": name, "params": params}, "headers": {TOKEN_HEADER: self.serving.token}}
        try:
            with self.client.stream("POST", self.serving.url + PATH, **asked) as response:  # type: ignore[arg-type]
                if response.status_code != 200:
                    raise CommandFailed(wording.JOB_REFUSED.format(status=response.status_code))
                return _outcome(response.iter_lines(), progress)
        except httpx.HTTPError as error:
            raise ServiceGone(wording.SERVICE_GONE) from error


def _outcome(lines: Iterator[str], progress: Progress) -> dict[str, Any]:
    for line in lines:
        said: dict[str, Any] = json.loads(line) if line else {}
        if "progress" in said:
            progress(*said["progress"])
        if "error" in said:
            raise CommandFailed(said["error"]["message"])
        if "result" in said:
            result: dict[str, Any] = said["result"]
            return result
    raise ServiceGone(wording.SERVICE_GONE)


@contextmanager
def connect(
    settings: Settings,
    progress: Progress = silent,
    *,
    patience: float = PATIENCE_SECONDS,
    open_here: Callable[[Settings, home.HomeLock, Progress], Assistant] = open_assistant,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Line]:
    """Raises HomeInUse when another command, or a service that is only starting, outlasts our patience."""
    deadline = clock() + patience
    while True:
        try:
            lock = home.take(settings.home)
            break
        except HomeInUse:
            if serving := find_serving(settings.home):
                with httpx.Client(trust_env=False, timeout=httpx.Timeout(SILENCE_SECONDS, connect=5)) as client:
                    if _answers(client, serving):
                        yield There(serving, client)
                        return
            if clock() >= deadline:
                raise
        progress(wording.WAITING_FOR_HOME, 0, 0)
        sleep(LOOK_AGAIN_SECONDS)
    assistant = open_here(settings, lock, progress)
    try:
        yield Here(assistant)
    finally:
        assistant.close()


def call(settings: Settings, name: str, params: Params, progress: Progress = silent) -> dict[str, Any]:
    """One command, wherever it can run."""
    with connect(settings, progress) as line:
        return line.call(name, params, progress)


def _answers(client: httpx.Client, serving: Serving) -> bool:
    try:
        return client.get(serving.url + "/health", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False
