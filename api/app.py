"""The web application of one assistant: routes, what holds for all of them, and what runs beside them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import structlog
from anyio.to_thread import run_sync
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.routing import Route

from api import commands, wording
from api.access import Access, AnyOrigin
from api.jobs import PATH as JOBS_PATH
from api.jobs import Jobs
from api.keys import Keys
from api.mcp_server.http import PATH as MCP_PATH
from api.mcp_server.http import McpDoor
from api.middleware import SAFE, BodyLimit, BodyTooLarge, OriginCheck, Origins, SafeHeaders, too_large
from api.openapi import describe
from api.programs import Programs
from api.routes import openai
from api.routes.chat import Asked, Opinion, chat_router
from api.routes.h5 import h5_router
from api.routes.jobs import jobs_router
from api.routes.pages import WEB, chat_of, error_page, pages_router
from api.routes.widget import widget_router
from api.settings import WebSettings, origin_of
from api.version import version
from api.wiring import Assistant, Channels, Progress, open_channels, open_login, silent
from bot.feedback import Feedback

SWEEP_SECONDS = 5.0

log = structlog.get_logger(__name__)


def create_app(
    assistant: Assistant, *, job_token: str = "", channels: Channels | None = None, sweep_seconds: float = SWEEP_SECONDS
) -> FastAPI:
    """`job_token` opens the door for other processes; without one it stays shut."""
    channels = channels or open_channels(assistant)
    mcp = _mcp(assistant, channels)
    app = FastAPI(
        title=wording.PRODUCT,
        version=version() or "",
        docs_url=None,
        redoc_url=None,
        lifespan=_beside(channels, mcp, sweep_seconds),
    )
    app.include_router(pages_router(assistant))
    login, origins = open_login(assistant), _origins(assistant.settings.web)
    app.include_router(widget_router(chat_of(assistant), origins))
    app.include_router(h5_router(chat_of(assistant), login))
    app.include_router(chat_router(channels.runner, assistant.people, Feedback(assistant.database), login))
    called_back = _callbacks(channels)
    for door in called_back.values():
        app.include_router(door)
    if job_token:
        app.include_router(jobs_router(Jobs(_run(assistant), job_token)))
    app.include_router(_openai(assistant, channels))
    app.router.routes.append(Route(MCP_PATH, endpoint=mcp, include_in_schema=False))
    app.mount("/static", StaticFiles(directory=WEB / "static"))
    describe(app, (Asked, Opinion, openai.ChatRequest, openai.SearchRequest))
    app.add_middleware(BodyLimit, exempt=(JOBS_PATH, *called_back, MCP_PATH, openai.CHAT_PATH))
    app.add_middleware(OriginCheck, origins=origins)
    app.add_middleware(AnyOrigin, below=(f"{openai.PREFIX}/", MCP_PATH))
    app.add_middleware(SafeHeaders)
    app.add_exception_handler(HTTPException, _told)
    app.add_exception_handler(BodyTooLarge, _too_large)
    app.add_exception_handler(Exception, _broken)
    return app


def _callbacks(channels: Channels) -> dict[str, APIRouter]:
    """The doors that platforms call, by path. The code of a platform is loaded only where it is set up."""
    doors: dict[str, APIRouter] = {}
    if channels.wechat is not None:
        from api.routes import wechat

        doors[wechat.PATH] = wechat.wechat_router(channels.wechat)
    if channels.wecom is not None:
        from api.routes import wecom

        doors[wecom.APPLICATION_PATH] = wecom.callback_router(wecom.APPLICATION_PATH, channels.wecom)
    if channels.wecom_bot is not None:
        from api.routes import wecom

        doors[wecom.ROBOT_PATH] = wecom.callback_router(wecom.ROBOT_PATH, channels.wecom_bot)
    if channels.wechat_kf is not None:
        from api.routes import wechat_kf

        doors[wechat_kf.PATH] = wechat_kf.wechat_kf_router(channels.wechat_kf)
    if channels.telegram is not None and not channels.telegram.polls:
        from api.routes import telegram

        doors[telegram.PATH] = telegram.telegram_router(channels.telegram)
    return doors


def _origins(settings: WebSettings) -> Origins:
    return Origins(settings.widget_origins, origin_of(settings.public_url) if settings.public_url else None)


def _openai(assistant: Assistant, channels: Channels) -> APIRouter:
    programs = Programs(channels.runner, assistant.people, channels.recounted, "api")
    return openai.openai_router(_access(assistant), programs, _quietly(assistant), assistant.settings.web.public_url)


def _mcp(assistant: Assistant, channels: Channels) -> McpDoor:
    programs = Programs(channels.runner, assistant.people, channels.recounted, "mcp")
    public_url = assistant.settings.web.public_url
    return McpDoor(_access(assistant), programs, _quietly(assistant), version() or "", public_url)


def _access(assistant: Assistant) -> Access:
    return Access(Keys(assistant.database), assistant.settings.api_open)


def _quietly(assistant: Assistant) -> Callable[[str, commands.Params], dict[str, Any]]:
    def run(name: str, params: commands.Params) -> dict[str, Any]:
        return commands.run(assistant, name, params, silent)

    return run


def _run(assistant: Assistant) -> Any:
    def run(name: str, params: commands.Params, progress: Progress) -> dict[str, Any]:
        return commands.run(assistant, name, params, progress)

    return run


# ---------------------------------------------------------------- beside the requests


def _beside(channels: Channels, mcp: McpDoor, seconds: float) -> Callable[[FastAPI], Any]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        channels.courier.start()
        if channels.wechat_kf is not None:
            await run_sync(channels.wechat_kf.pulling.start)
        if channels.telegram is not None:
            await run_sync(channels.telegram.start)
        sweeping = asyncio.create_task(_sweep(channels, seconds))
        async with mcp.running():
            yield
        sweeping.cancel()
        with suppress(asyncio.CancelledError):
            await sweeping
        if channels.telegram is not None:
            await run_sync(channels.telegram.leave)
        if channels.wechat_kf is not None:
            await run_sync(channels.wechat_kf.pulling.close)
        await run_sync(channels.runner.close)
        await run_sync(channels.courier.close)
        if channels.telegram is not None:
            await run_sync(channels.telegram.close)

    return lifespan


async def _sweep(channels: Channels, seconds: float) -> None:
    """Take up, at the start and every few seconds, what a dead worker left unanswered or unsent."""
    while True:
        for sweep in (channels.runner.sweep, *channels.sweeps):
            try:
                if taken := await run_sync(sweep):
                    log.info("taken_up", what=getattr(sweep, "__qualname__", ""), count=taken)
            except Exception as error:  # a locked database, say: the next sweep may fare better
                log.error("sweep_failed", kind=type(error).__name__)
        await asyncio.sleep(seconds)


# ---------------------------------------------------------------- what went wrong, in words


async def _told(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    message = wording.NOT_FOUND if status == 404 else wording.WRONG_METHOD
    response = _in_words(request, status, wording.PAGE_NOT_FOUND, message)
    response.headers.update(getattr(error, "headers", None) or {})  # which methods there are
    return response


async def _too_large(_request: Request, _error: Exception) -> Response:
    return too_large()


async def _broken(request: Request, error: Exception) -> Response:
    # The kind alone: an exception's own text may repeat what a person wrote.
    log.error("request_failed", path=request.url.path, kind=type(error).__name__)
    response = _in_words(request, 500, wording.PAGE_BROKEN, wording.BROKEN)
    response.headers.update(SAFE)  # this handler runs outside our middleware
    return response


def _in_words(request: Request, status: int, title: str, message: str) -> Response:
    if request.url.path.startswith((f"{openai.PREFIX}/", MCP_PATH)):
        return JSONResponse(openai.error_body(message, code="not_found" if status == 404 else None), status)
    if request.url.path.startswith(("/api/", "/internal/")):
        return JSONResponse({"message": message}, status)
    return error_page(request, status, title, message)
