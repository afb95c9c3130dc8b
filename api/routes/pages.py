"""The pages a person opens: the chat, the evidence behind a quote, what is indexed."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates

from api import wording
from api.evidence import describe, evidence_page
from api.routes.comparison import as_it_stands, comparison_page, newer_edition
from api.version import version
from api.wiring import Assistant
from knowledge.errors import DocumentNotFound

WEB = Path(__file__).parents[1] / "web"
THREADS = 8

templates = Jinja2Templates(WEB / "templates")

Fetch = Callable[[], Awaitable[dict[str, Any]]]


def chat_of(assistant: Assistant) -> Fetch:
    """What the chat page shows, by whichever door it is opened."""
    threads = anyio.CapacityLimiter(THREADS)

    async def fetch() -> dict[str, Any]:
        return await run_sync(_chat, assistant, limiter=threads)

    return fetch


def pages_router(assistant: Assistant) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    threads = anyio.CapacityLimiter(THREADS)

    async def fetched(function: Any, *arguments: Any) -> Any:
        return await run_sync(partial(function, *arguments), limiter=threads)

    @router.get("/")
    async def chat(request: Request) -> Response:
        return page_of(request, "page.html", await fetched(_chat, assistant))

    @router.get("/about")
    async def about(request: Request) -> Response:
        return page_of(request, "about.html", await fetched(_about, assistant))

    @router.get("/evidence/{document_id}")
    async def evidence(request: Request, document_id: str, start: str = "", end: str = "") -> Response:
        try:
            page = await fetched(_evidence, assistant, document_id, _offset(start), _offset(end))
        except DocumentNotFound:
            return error_page(request, 404, wording.EVIDENCE_GONE_TITLE, wording.EVIDENCE_GONE)
        return page_of(request, "evidence.html", page)

    @router.get("/compare/{old_id}/{new_id}")
    async def compare(request: Request, old_id: str, new_id: str) -> Response:
        try:
            page = await fetched(comparison_page, assistant, old_id, new_id)
        except DocumentNotFound:
            return error_page(request, 404, wording.EVIDENCE_GONE_TITLE, wording.COMPARE_GONE)
        return page_of(request, "comparison.html", page)

    @router.get("/health")
    async def health() -> dict[str, Any]:
        return {"ok": True, "version": version(), **await fetched(_counts, assistant)}

    return router


def error_page(request: Request, status: int, title: str, message: str) -> Response:
    context = {"status": status, "title": title, "message": message}
    return templates.TemplateResponse(request, "error.html", context, status_code=status)


def page_of(request: Request, name: str, context: dict[str, Any]) -> Response:
    """With an ETag: a phone that opens the page again downloads nothing."""
    page: HTMLResponse = templates.TemplateResponse(request, name, context)
    tag = f'"{hashlib.sha256(bytes(page.body)).hexdigest()[:20]}"'
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers={"ETag": tag})
    page.headers["ETag"] = tag
    return page


def _chat(assistant: Assistant) -> dict[str, Any]:
    shelf = assistant.catalog.shelf()
    dates = [one.metadata.published for one in shelf if one.metadata.published]
    counts = assistant.catalog.counts()
    newest = max(dates).isoformat() if dates else None
    return {
        "samples": wording.SAMPLES,
        "contact": assistant.settings.contact,
        "indexed": {"documents": counts["documents"], "faqs": counts["faqs"], "newest": newest},
        "version": version(),
    }


def _evidence(assistant: Assistant, document_id: str, start: int | None, end: int | None) -> dict[str, Any]:
    shelf = {one.id: one for one in assistant.catalog.shelf()}
    document = as_it_stands(assistant.catalog.document(document_id), shelf.get(document_id))
    return {**evidence_page(document, start, end), "newer": newer_edition(shelf.get(document_id), shelf)}


def _about(assistant: Assistant) -> dict[str, Any]:
    shelf = {one.id: one for one in assistant.catalog.shelf()}
    return {
        "documents": [
            {
                **describe(one.metadata, one.source),
                "origin": wording.ORIGINS[one.origin.value],
                "newer": newer_edition(one, shelf),
            }
            for one in shelf.values()
        ],
        "faqs": assistant.catalog.counts()["faqs"],
        "revision": assistant.catalog.revision(),
        "model": None,
        "privacy": wording.PRIVACY,
        "contact": assistant.settings.contact,
        "version": version(),
    }


def _counts(assistant: Assistant) -> dict[str, int]:
    return {"revision": assistant.catalog.revision(), **assistant.catalog.counts()}


def _offset(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
