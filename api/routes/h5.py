"""The chat inside WeChat: /h5, and the way to the platform's login and back where one is configured."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api import wording
from api.errors import LoginFailed
from api.h5_login import PASS_SECONDS, STATE_SECONDS, WAY_BACK, H5Login
from api.routes.pages import Fetch, page_of, templates
from bot.wechat.conversation import CHANNEL

PASS, BROWSER = "guangzhi_h5", "guangzhi_h5_login"  # cookies: who is logged in, and who went to log in

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody the official account knows."""

    channel: str
    account: str
    person: str


def visitor(request: Request, login: H5Login | None) -> Visitor | None:
    """Who is logged in; none for everybody else."""
    person = login.holder(request.cookies.get(PASS, "")) if login else None
    return Visitor(CHANNEL, login.account, person) if login and person else None


def h5_router(chat: Fetch, login: H5Login | None) -> APIRouter:
    """`chat` fetches what the chat page shows. Without a login everybody is anonymous, as on the other pages."""
    router = APIRouter(include_in_schema=False)

    @router.get("/h5")
    async def page(request: Request, anonymous: str = "") -> Response:
        known = visitor(request, login)
        if login and not known and not anonymous and _in_wechat(request):
            return _to_the_platform(request, login)
        return page_of(request, "page.html", {**await chat(), "door": "h5", "known": known is not None})

    if login is not None:
        _add_login(router, login)
    return router


def _add_login(router: APIRouter, login: H5Login) -> None:
    @router.get(WAY_BACK)
    async def back(request: Request, code: str = "", state: str = "") -> Response:
        try:
            person = await login.person(code, state, request.cookies.get(BROWSER, ""))
        except LoginFailed as failure:
            return _failed(request, failure)
        response = RedirectResponse("/h5", 303)
        _keep(response, PASS, login.pass_for(person), PASS_SECONDS, login)
        response.delete_cookie(BROWSER, path="/h5")
        return response

    @router.post("/h5/leave")
    async def leave() -> Response:
        response = RedirectResponse("/h5?anonymous=1", 303)
        response.delete_cookie(PASS)
        return response


def _to_the_platform(request: Request, login: H5Login) -> Response:
    browser = request.cookies.get(BROWSER, "")[:64] or secrets.token_hex(16)
    response = RedirectResponse(login.way_there(browser), 302)
    _keep(response, BROWSER, browser, STATE_SECONDS, login, "/h5")
    response.headers["Cache-Control"] = "no-store"
    return response


def _keep(response: Response, name: str, value: str, seconds: int, login: H5Login, path: str = "/") -> None:
    response.set_cookie(name, value, max_age=seconds, path=path, httponly=True, samesite="lax", secure=login.secure)


def _failed(request: Request, failure: LoginFailed) -> Response:
    context = {"title": wording.LOGIN_FAILED_TITLE, "message": str(failure)}
    return templates.TemplateResponse(request, "login_failed.html", context, status_code=403)


def _in_wechat(request: Request) -> bool:
    agent = request.headers.get("user-agent", "")
    return "MicroMessenger" in agent and "wxwork" not in agent.lower()  # WeCom has people and a login of its own
