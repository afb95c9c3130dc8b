"""The web application of one assistant: routes, what holds for all of them, and what runs beside them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import structlog
from anyio.to_thread import run_sync
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from api import commands, wording
from api.jobs import PATH as JOBS_PATH
from api.jobs import Jobs
from api.middleware import SAFE, BodyLimit, BodyTooLarge, SafeHeaders, too_large
from api.routes.chat import chat_router
from api.routes.jobs import jobs_router
from api.routes.pages import WEB, error_page, pages_router
from api.routes.wechat import wechat_router
from api.wiring import Assistant, Channels, Progress, open_channels
from bot.delivery import TurnRunner
from bot.feedback import Feedback

SWEEP_SECONDS = 5.0

log = structlog.get_logger(__name__)


def create_app(
    assistant: Assistant, *, job_token: str = "", channels: Channels | None = None, sweep_seconds: float = SWEEP_SECONDS
) -> FastAPI:
    """`job_token` opens the door for other processes; without one it stays shut."""
    channels = channels or open_channels(assistant)
    app = FastAPI(
        title=wording.PRODUCT, docs_url=None, redoc_url=None, lifespan=_beside(channels.runner, sweep_seconds)
    )
    app.include_router(pages_router(assistant))
    app.include_router(chat_router(channels.runner, assistant.people, Feedback(assistant.database)))
    if channels.wechat is not None:
        app.include_router(wechat_router(channels.wechat))
    if job_token:
        app.include_router(jobs_router(Jobs(_run(assistant), job_token)))
    app.mount("/static", StaticFiles(directory=WEB / "static"))
    app.add_middleware(BodyLimit, exempt=(JOBS_PATH, "/wechat"))
    app.add_middleware(SafeHeaders)
    app.add_exception_handler(HTTPException, _told)
    app.add_exception_handler(BodyTooLarge, _too_large)
    app.add_exception_handler(Exception, _broken)
    return app


def _run(assistant: Assistant) -> Any:
    def run(name: str, params: commands.Params, progress: Progress) -> dict[str, Any]:
        return commands.run(assistant, name, params, progress)

    return run


# ---------------------------------------------------------------- beside the requests


def _beside(runner: TurnRunner, seconds: float) -> Callable[[FastAPI], Any]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        sweeping = asyncio.create_task(_sweep(runner, seconds))
        yield
        sweeping.cancel()
        with suppress(asyncio.CancelledError):
            await sweeping
        await run_sync(runner.close)

    return lifespan


async def _sweep(runner: TurnRunner, seconds: float) -> None:
    """Take up, at the start and every few seconds, what a dead worker left unanswered."""
    while True:
        try:
            if taken := await run_sync(runner.sweep):
                log.info("turns_taken_up", count=taken)
        except Exception as error:  # a locked database, say: the next sweep may fare better
            log.error("sweep_failed", kind=type(error).__name__)
        await asyncio.sleep(seconds)


# ---------------------------------------------------------------- what went wrong, in words


async def _told(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    message = wording.NOT_FOUND if status == 404 else wording.WRONG_METHOD
    return _in_words(request, status, wording.PAGE_NOT_FOUND, message)


async def _too_large(_request: Request, _error: Exception) -> Response:
    return too_large()


async def _broken(request: Request, error: Exception) -> Response:
    # The kind alone: an exception's own text may repeat what a person wrote.
    log.error("request_failed", path=request.url.path, kind=type(error).__name__)
    response = _in_words(request, 500, wording.PAGE_BROKEN, wording.BROKEN)
    response.headers.update(SAFE)  # this handler runs outside our middleware
    return response


def _in_words(request: Request, status: int, title: str, message: str) -> Response:
    if request.url.path.startswith(("/api/", "/internal/")):
        return JSONResponse({"message": message}, status)
    return error_page(request, status, title, message)
