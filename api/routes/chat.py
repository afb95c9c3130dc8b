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
from api.h5_login import H5Login
from api.openapi import Described, Told, describes
from api.routes.h5 import Visitor, visitor
from bot.delivery import TurnRunner
from bot.feedback import Feedback
from bot.messages import IncomingMessage
from bot.people import People
from bot.turns import Turn
from retrieval.answers import Answer, Outcome

CHANNEL = "web"
LONGEST_QUESTION = 500  # characters: what the page lets in
HEARTBEAT_SECONDS = 10.0
GENERATED = Answer(Outcome.ANSWERED, "generated", "").label  # only a chat model's words are told before they are stored
THREADS = 256  # each waits for one person's answer; a hall of phones must not queue for threads

EVENT = {
    "type": "object",
    "properties": {"event": {"enum": ["turn", "delta", "replace", "done", "error"]}, "data": {"type": "string"}},
    "required": ["event", "data"],
}
TOLD: dict[str, Any] = {"model": Told}
REFUSALS: dict[int | str, dict[str, Any]] = {400: TOLD, 403: TOLD, 413: TOLD}
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Body = TypeVar("Body", bound=BaseModel)
_SENTENCE = re.compile(r".*?(?:[。！？；\n]+|$)", re.S)


class Asked(BaseModel):
    message: Annotated[str, Field(json_schema_extra={"pattern": r"\S", "maxLength": LONGEST_QUESTION})]
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

    async def begin(self, asked: Asked, known: Visitor | None = None) -> Turn:
        """`known`: somebody of the official account, whose turns are all there, whichever way they were asked."""
        if known is None:
            person = self.people.person(CHANNEL, CHANNEL, asked.conversation)
            message = IncomingMessage(CHANNEL, CHANNEL, person, asked.key, asked.message.strip())
            return await run_sync(self.runner.answer, message, 0, limiter=self.threads)
        message = IncomingMessage(known.channel, known.account, known.person, "h5:" + asked.key, asked.message.strip())
        turn = await run_sync(self.runner.answer, message, 0, limiter=self.threads)
        # It is shown here: the account's own 「取回」 shall offer it only if this page never got to it.
        await run_sync(self.runner.turns.hand_over, turn.id, "inline", limiter=self.threads)
        return turn

    async def follow(self, turn: Turn, told: str) -> tuple[Turn, str]:
        return await run_sync(self.runner.follow, turn, HEARTBEAT_SECONDS, told, limiter=self.threads)

    async def shown(self, turn: Turn) -> None:
        """Note it for the official account. The page hangs up once it has the answer: that must not undo the note."""
        if turn.channel != CHANNEL:
            with anyio.CancelScope(shield=True):
                await run_sync(self.runner.turns.mark_shown, turn.id, limiter=self.threads)

    async def find(self, turn_id: str, known: Visitor | None = None) -> Turn | None:
        """A turn of this channel, or one of the person who is logged in: nobody reads another's WeChat answer here."""
        try:
            turn = await run_sync(self.runner.turns.get, turn_id, limiter=self.threads)
        except NoResultFound:
            return None
        return turn if turn.channel == CHANNEL or (known and asker_of(turn) == known) else None

    async def events(self, turn: Turn) -> AsyncIterator[str]:
        """What is told while a chat model writes was verified; `done` has the stored answer, which is what counts."""
        yield event("turn", {"turn": turn.id})
        told = ""
        while not turn.finished:
            yield ": 还在查\n\n"
            turn, said = await self.follow(turn, told)
            for one in further(told, said, GENERATED):
                yield one
            told = said
        shown = state_of(turn)
        if turn.state == "failed":
            yield event("error", {"message": shown["message"]})
            return
        for one in further(told, shown["text"], shown["label"]):
            yield one
        yield event("done", shown)
        await self.shown(turn)


def chat_router(runner: TurnRunner, people: People, feedback: Feedback, login: H5Login | None = None) -> APIRouter:
    router = APIRouter()
    chat = Chat(runner, people, feedback, anyio.CapacityLimiter(THREADS))

    @router.post(
        "/api/chat",
        response_class=StreamingResponse,
        responses={
            200: {
                "description": "Server-sent events: turn, delta and replace, at last done or error",
                "content": {"text/event-stream": {"schema": EVENT}},
            },
            **REFUSALS,
        },
        openapi_extra=describes(Described(Asked)),
    )
    async def ask(request: Request) -> Response:
        try:
            asked = checked(await read_json(request, Asked))
        except Refused as refusal:
            return say(str(refusal), 400)
        turn = await chat.begin(asked, visitor(request, login))
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}  # nginx would hold the stream back
        return StreamingResponse(chat.events(turn), media_type="text/event-stream", headers=headers)

    @router.get("/api/turns/{turn_id}", response_class=JSONResponse, responses={403: TOLD, 404: TOLD})
    async def look(turn_id: str, request: Request) -> Response:
        turn = await chat.find(turn_id, visitor(request, login))
        if turn is None:
            return say(wording.UNKNOWN_TURN, 404)
        if turn.finished:
            await chat.shown(turn)
        return JSONResponse(state_of(turn, chat.runner.said(turn_id)))

    @router.post(
        "/api/turns/{turn_id}/feedback",
        status_code=204,
        response_class=Response,
        responses={404: TOLD, **REFUSALS},
        openapi_extra=describes(Described(Opinion)),
    )
    async def judge(turn_id: str, request: Request) -> Response:
        try:
            opinion = await read_json(request, Opinion)
        except Refused as refusal:
            return say(str(refusal), 400)
        if await chat.find(turn_id, visitor(request, login)) is None:
            return say(wording.UNKNOWN_TURN, 404)
        give = partial(chat.feedback.give, turn_id, opinion.useful, opinion.reason)
        await run_sync(give, limiter=chat.threads)
        return Response(status_code=204)

    return router


def asker_of(turn: Turn) -> Visitor:
    return Visitor(turn.channel, turn.account, turn.person)


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


def state_of(turn: Turn, said: str = "") -> dict[str, Any]:
    """The stored answer; of a running turn what its dialogue said so far."""
    if turn.reply is None:
        so_far = {"text": said, "label": GENERATED} if said else {}
        return {"turn": turn.id, "state": "running", **so_far}
    if turn.state == "failed":
        return {"turn": turn.id, "state": "failed", "message": wording.TURN_FAILED}
    return for_page(turn.reply.answer, turn.id, turn.milliseconds)


def event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def further(told: str, text: str, label: str) -> list[str]:
    """The events that bring a reader from what was told to `text`: what is missing, or all of it anew."""
    if not text.startswith(told):
        return [event("replace", {"text": text, "label": label})]
    return [event("delta", {"text": piece, "label": label}) for piece in pieces(text[len(told) :])]


def pieces(text: str) -> list[str]:
    """Sentence by sentence: an extract is there at once, and cut this way a slow line shows whole thoughts."""
    return [piece for piece in _SENTENCE.findall(text) if piece]


def say(message: str, status: int) -> JSONResponse:
    return JSONResponse({"message": message}, status)
