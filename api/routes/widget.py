"""The chat on other people's pages: the script they include, and the page it shows in a frame."""

from __future__ import annotations

import hashlib

from fastapi import APIRouter, Request, Response

from api import wording
from api.middleware import Origins, policy
from api.routes.pages import WEB, Fetch, page_of, templates

SCRIPT_SECONDS = 3600  # other people's pages load it on every visit


def widget_router(chat: Fetch, origins: Origins) -> APIRouter:
    """`chat` fetches what the chat page shows."""
    router = APIRouter(include_in_schema=False)
    script = (WEB / "static" / "widget.js").read_bytes()
    headers = {
        "Cache-Control": f"public, max-age={SCRIPT_SECONDS}",
        "ETag": f'"{hashlib.sha256(script).hexdigest()[:20]}"',
        "Access-Control-Allow-Origin": "*",  # it is the same for everyone and says nothing
        "Cross-Origin-Resource-Policy": "cross-origin",
    }

    @router.get("/widget.js")
    async def widget_script(request: Request) -> Response:
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(script, headers=headers, media_type="text/javascript; charset=utf-8")

    @router.get("/widget")
    async def widget(request: Request, host: str = "") -> Response:
        """`host` is what the script says of the page around it. Who says otherwise is stopped by the browser, which
        holds that page against `frame-ancestors`; what is said honestly can be refused in words."""
        if host and not origins.trusted(host, request.scope):
            return _refused(request, host)
        page = page_of(request, "page.html", {**await chat(), "door": "widget"})
        page.headers["Content-Security-Policy"] = policy(origins.ancestors)
        return page

    return router


def _refused(request: Request, host: str) -> Response:
    """A page that does nothing, so that it may be framed by anyone."""
    context = {"host": host[:200], "message": wording.WIDGET_REFUSED}
    page = templates.TemplateResponse(request, "refused.html", context, status_code=403)
    page.headers["Content-Security-Policy"] = policy("*")
    return page
