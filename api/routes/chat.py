"""POST /api/chat and what belongs to it: a question in, its turn as server-sent events out.

The turn is durable and named by the client's key: whoever asks with the same key, after whatever broke, joins it.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, TypeVar

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field, StrictBool, StringConstraints, ValidationError
from sqlalchemy.exc import NoResultFound

from api import wording
from api.answers import for_page
from bot.delivery import TurnRunner
from bot.feedback import Feedback
from bot.messages import IncomingMessage
from bot.people import People
from bot.turns import Turn

CHANNEL = "web"
LONGEST_QUESTION = 500  # characters: what the page lets in
HEARTBEAT_SECONDS = 10.0
THREADS = 256  # each waits for one person's answer; a hall of phones must not queue for threads

Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Body = TypeVar("Body", bound=BaseModel)
_SENTENCE = re.compile(r".*?(?:[。！？；\n]+|$)", re.S)


class Asked(BaseModel):
    message: str
    key: Name  # the client's own name of this message
    conversation: Name  # random, made by the page and kept in the browser


class Opinion(BaseModel):
    useful: StrictBool
    reason: Annotated[str, Field(max_length=300)] | None = None


class Refused(Exception):  # becomes a 400 at the edge of this file
    pass


@dataclass(frozen=True, slots=True)
class Chat:
    runner: TurnRunner
    people: People
    feedback: Feedback
    threads: anyio.CapacityLimiter

    async def begin(self, asked: Asked) -> tuple[IncomingMessage, Turn]:
        person = self.people.person(CHANNEL, CHANNEL, asked.conversation)
        message = IncomingMessage(CHANNEL, CHANNEL, person, asked.key, asked.message.strip())
        return message, await self.answer(message, 0)

    async def answer(self, message: IncomingMessage, seconds: float) -> Turn:
        return await run_sync(self.runner.answer, message, seconds, limiter=self.threads)

    async def find(self, turn_id: str) -> Turn | None:
        """A turn of this channel: nobody reads a WeChat answer here."""
        try:
            turn = await run_sync(self.runner.turns.get, turn_id, limiter=self.threads)
        except NoResultFound:
            return None
        return turn if turn.channel == CHANNEL else None

    async def events(self, message: IncomingMessage, turn: Turn) -> AsyncIterator[str]:
        yield event("turn", {"turn": turn.id})
        while not turn.finished:
            yield ": 还在查\n\n"
            turn = await self.answer(message, HEARTBEAT_SECONDS)
        shown = state_of(turn)
        if turn.state == "failed":
            yield event("error", {"message": shown["message"]})
            return
        for piece in pieces(shown["text"]):
            yield event("delta", {"text": piece})
        yield event("done", shown)


def chat_router(runner: TurnRunner, people: People, feedback: Feedback) -> APIRouter:
    router = APIRouter()
    chat = Chat(runner, people, feedback, anyio.CapacityLimiter(THREADS))

    @router.post("/api/chat")
    async def ask(request: Request) -> Response:
        try:
            asked = checked(await read_json(request, Asked))
        except Refused as refusal:
            return say(str(refusal), 400)
        message, turn = await chat.begin(asked)
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}  # nginx would hold the stream back
        return StreamingResponse(chat.events(message, turn), media_type="text/event-stream", headers=headers)

    @router.get("/api/turns/{turn_id}")
    async def look(turn_id: str) -> Response:
        turn = await chat.find(turn_id)
        return say(wording.UNKNOWN_TURN, 404) if turn is None else JSONResponse(state_of(turn))

    @router.post("/api/turns/{turn_id}/feedback")
    async def judge(turn_id: str, request: Request) -> Response:
        try:
            opinion = await read_json(request, Opinion)
        except Refused as refusal:
            return say(str(refusal), 400)
        if await chat.find(turn_id) is None:
            return say(wording.UNKNOWN_TURN, 404)
        give = partial(chat.feedback.give, turn_id, opinion.useful, opinion.reason)
        await run_sync(give, limiter=chat.threads)
        return Response(status_code=204)

    return router


async def read_json(request: Request, wanted: type[Body]) -> Body:
    """Raises Refused in words for the person."""
    body = await request.body()
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(wording.BAD_JSON) from None
    try:
        return wanted.model_validate(value)
    except ValidationError:
        raise Refused(wording.BAD_REQUEST) from None


def checked(asked: Asked) -> Asked:
    text = asked.message.strip()
    if not text:
        raise Refused(wording.WEB_QUESTION_EMPTY)
    if len(text) > LONGEST_QUESTION:
        raise Refused(wording.WEB_QUESTION_TOO_LONG.format(limit=LONGEST_QUESTION))
    return asked


def state_of(turn: Turn) -> dict[str, Any]:
    if turn.reply is None:
        return {"turn": turn.id, "state": "running"}
    if turn.state == "failed":
        return {"turn": turn.id, "state": "failed", "message": wording.TURN_FAILED}
    return for_page(turn.reply.answer, turn.id, turn.milliseconds)


def event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def pieces(text: str) -> list[str]:
    """Sentence by sentence: an extract is there at once, and cut this way a slow line shows whole thoughts."""
    return [piece for piece in _SENTENCE.findall(text) if piece]


def say(message: str, status: int) -> JSONResponse:
    return JSONResponse({"message": message}, status)
