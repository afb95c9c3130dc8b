"""POST /internal/jobs: the commands of another process on this machine."""

from __future__ import annotations

import ipaddress
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel

from api import wording
from api.jobs import PATH, TOKEN_HEADER, Jobs
from api.routes.chat import Refused, read_json


class Job(BaseModel):
    name: str
    params: dict[str, Any] = {}


def jobs_router(jobs: Jobs) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.post(PATH)
    async def run(request: Request) -> Response:
        # Refused before the body is read; and nobody outside learns that there is such a door.
        if not _is_local(request) or not jobs.allows(request.headers.get(TOKEN_HEADER, "")):
            return JSONResponse({"message": wording.NOT_FOUND}, 404)
        try:
            job = await read_json(request, Job)
        except Refused as refusal:
            return JSONResponse({"message": str(refusal)}, 400)
        # The lines block; Starlette reads such an iterator in a thread.
        return StreamingResponse(jobs.lines(job.name, job.params), media_type="application/x-ndjson")

    return router


def _is_local(request: Request) -> bool:
    """From this machine: over loopback, or from the very address we listen on."""
    client, server = request.client, request.scope.get("server")
    if client is None:
        return False
    try:
        loopback = ipaddress.ip_address(client.host).is_loopback
    except ValueError:
        return False
    return loopback or (server is not None and client.host == server[0])
