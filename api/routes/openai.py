"""/v1 for OpenAI clients: other bots and chat pages ask as if we were a model named `guangzhi`.

What they get is an answer like anybody's: worked out from the knowledge, verified, with its sources in the text and,
in an extension field `guangzhi`, one by one. A system message is not knowledge and changes no rule of ours.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal, TypeVar

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, ValidationError

from api import wording
from api.access import Access, Caller
from api.answers import for_program
from api.errors import ApiError, KeyInvalid, QuotaSpent, ScopeMissing
from api.middleware import MOST_DISCARDED
from api.openapi import Described, describes
from api.programs import Programs
from api.routes.chat import GENERATED, pieces
from bot import wording as said_by_bot
from bot.messages import Exchange, IncomingMessage
from bot.rendering import TextRenderer
from bot.turns import Turn
from retrieval.answers import Answer

PREFIX = "/v1"
CHAT_PATH = f"{PREFIX}/chat/completions"
MODEL = "guangzhi"
MODEL_SINCE = 1_763_683_200  # 2025-11-21: clients want a date, and show it at most
LONGEST_QUESTION = 2000  # characters of the last message
MOST_BYTES = 1024 * 1024  # chat pages send the whole conversation with every question
HEARTBEAT_SECONDS = 10.0
THREADS = 64
ROOM = 10_000_000  # bytes: an answer goes out in one piece
MESSAGES = 500
# What other services take and we have no use for; told back, so that nobody wonders.
IGNORED = frozenset(
    [
        "temperature",
        "top_p",
        "max_tokens",
        "max_completion_tokens",
        "stop",
        "seed",
        "frequency_penalty",
        "presence_penalty",
        "logit_bias",
        "reasoning_effort",
        "verbosity",
        "top_logprobs",
        "tool_choice",
        "parallel_tool_calls",
        "service_tier",
        "store",
        "metadata",
        "prediction",
        "web_search_options",
    ]
)

Text = Annotated[str, Field(max_length=MOST_BYTES)]
Body = TypeVar("Body", bound=BaseModel)


def _not(wanted: bool) -> bool:
    if wanted:
        raise ValueError("not to be had")
    return wanted


class TextPart(BaseModel):
    type: Literal["text"]
    text: Text


class Said(BaseModel):
    """What a person said, or what the program tells its model."""

    role: Literal["system", "developer", "user"]
    content: Text | Annotated[list[TextPart], Field(max_length=MESSAGES)]


class Replied(BaseModel):
    role: Literal["assistant"]
    content: Text | Annotated[list[TextPart], Field(max_length=MESSAGES)] | None = None


class StreamOptions(BaseModel):
    include_usage: StrictBool | None = None


class TextFormat(BaseModel):
    type: Literal["text"]


class ChatRequest(BaseModel):
    """A question with the conversation before it. Options that are not named here are ignored."""

    model_config = ConfigDict(extra="allow")

    model: Annotated[str, Field(json_schema_extra={"enum": [MODEL]})]
    messages: Annotated[
        list[Annotated[Said | Replied, Field(discriminator="role")]],
        Field(
            min_length=1,
            max_length=MESSAGES,
            json_schema_extra={"contains": {"type": "object", "properties": {"role": {"const": "user"}}}},
        ),
    ]
    stream: StrictBool | None = None
    stream_options: StreamOptions | None = None
    user: Annotated[str, Field(max_length=500)] | None = None
    safety_identifier: Annotated[str, Field(max_length=500)] | None = None
    n: Literal[1] | None = None
    tools: Annotated[list[Any], Field(max_length=0)] | None = None
    functions: Annotated[list[Any], Field(max_length=0)] | None = None
    response_format: TextFormat | None = None
    logprobs: Annotated[StrictBool, AfterValidator(_not), Field(json_schema_extra={"const": False})] | None = None
    modalities: list[Literal["text"]] | None = None


class SearchRequest(BaseModel):
    query: Annotated[str, Field(min_length=1, max_length=LONGEST_QUESTION, pattern=r"\S")]
    limit: Annotated[int, Field(ge=1, le=12)] = 5
    as_of: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", json_schema_extra={"format": "date"})] | None = None


class ErrorBody(BaseModel):
    message: str
    type: str
    param: str | None = None
    code: str | None = None


class ErrorResponse(BaseModel):
    error: ErrorBody


ONE_MODEL = "one_model"
MODEL_LINK = {"model": {"operationId": ONE_MODEL, "parameters": {"model": "$response.body#/data/0/id"}}}
EVENT = {"type": "object", "properties": {"data": {"type": "string"}}, "required": ["data"]}
_OPTION_WORDS = {
    "messages": wording.MESSAGES_BAD,
    "n": wording.OPTION_ONE,
    "tools": wording.OPTION_TOOLS,
    "functions": wording.OPTION_TOOLS,
    "response_format": wording.OPTION_FORMAT,
    "logprobs": wording.OPTION_LOGPROBS,
    "modalities": wording.OPTION_TEXT_ONLY,
    "as_of": wording.OPTION_DAY,
}
_LABEL = re.compile(r"^【[^】\n]{1,10}】\n")  # a line of its own
_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorResponse} for status in (400, 401, 403, 413, 429, 500)
}


class Refusal(Exception):
    """Becomes an error object at the edge of this file."""

    def __init__(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.response = JSONResponse(body, status, headers)


def error_body(
    message: str, kind: str = "invalid_request_error", code: str | None = None, param: str | None = None
) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


# ---------------------------------------------------------------- the routes


@dataclass(frozen=True, slots=True)
class Door:
    """What the routes share."""

    access: Access
    threads: anyio.CapacityLimiter

    async def admit(self, request: Request, scope: str) -> Caller:
        """Raises Refusal: 401, 403."""
        try:
            return await run_sync(self.access.caller, request, scope, limiter=self.threads)
        except KeyInvalid as error:
            body = error_body(str(error), code="invalid_api_key")
            raise Refusal(401, body, {"WWW-Authenticate": "Bearer"}) from error
        except ScopeMissing as error:
            raise Refusal(403, error_body(str(error), "permission_error", "insufficient_scope")) from error

    async def spend(self, caller: Caller) -> None:
        """Raises Refusal: 429."""
        try:
            await run_sync(self.access.spend, caller, limiter=self.threads)
        except QuotaSpent as error:
            code = "insufficient_quota" if error.daily else "rate_limit_exceeded"
            headers = {"Retry-After": str(error.seconds)}
            if error.daily:
                headers["x-should-retry"] = "false"  # as OpenAI's own clients read it: trying again is in vain
            raise Refusal(429, error_body(str(error), code, code), headers) from error


Run = Callable[[str, dict[str, Any]], dict[str, Any]]


def openai_router(access: Access, programs: Programs, run: Run, public_url: str | None) -> APIRouter:
    """`run` is one of our operations, for `/v1/search`."""
    router = APIRouter(prefix=PREFIX, tags=["programs"])
    door = Door(access, anyio.CapacityLimiter(THREADS))
    chat = Completions(door, programs, TextRenderer(ROOM, public_url), public_url)

    @router.post(
        "/chat/completions",
        response_class=JSONResponse,
        responses={
            200: {
                "description": "An answer; with `stream`, its chunks as server-sent events",
                "content": {"application/json": {"schema": {"type": "object"}}, "text/event-stream": {"schema": EVENT}},
            },
            404: {"model": ErrorResponse},
            **_ERRORS,
        },
        openapi_extra=describes(Described(ChatRequest, keyed=True)),
    )
    async def complete(request: Request) -> Response:
        return await _refusing(partial(chat.answer, request))

    @router.post(
        "/search",
        response_class=JSONResponse,
        responses=_ERRORS,
        openapi_extra=describes(Described(SearchRequest, keyed=True)),
    )
    async def search(request: Request) -> Response:
        return await _refusing(partial(_search, door, run, request))

    keyed = describes(Described(keyed=True))
    few: dict[int | str, dict[str, Any]] = {status: {"model": ErrorResponse} for status in (401, 403)}

    @router.get(
        "/models",
        response_class=JSONResponse,
        responses={**few, 200: {"description": "The one model there is", "links": MODEL_LINK}},
        openapi_extra=keyed,
    )
    async def models(request: Request) -> Response:
        return await _refusing(partial(_models, door, request))

    @router.get(
        "/models/{model}",
        operation_id=ONE_MODEL,
        response_class=JSONResponse,
        responses={**few, 404: {"model": ErrorResponse}},
        openapi_extra=keyed,
    )
    async def one_model(request: Request, model: str) -> Response:
        return await _refusing(partial(_one_model, door, request, model))

    return router


async def _refusing(handle: Callable[[], Awaitable[Response]]) -> Response:
    try:
        return await handle()
    except Refusal as refusal:
        return refusal.response


async def _models(door: Door, request: Request) -> Response:
    await door.admit(request, "chat")
    return JSONResponse({"object": "list", "data": [_model()]})


async def _one_model(door: Door, request: Request, model: str) -> Response:
    await door.admit(request, "chat")
    _known(model)
    return JSONResponse(_model())


def _model() -> dict[str, Any]:
    return {"id": MODEL, "object": "model", "created": MODEL_SINCE, "owned_by": MODEL}


def _known(model: str) -> None:
    if model != MODEL:
        message = wording.MODEL_UNKNOWN.format(model=model[:100])
        raise Refusal(404, error_body(message, code="model_not_found", param="model"))


async def _search(door: Door, run: Run, request: Request) -> Response:
    caller = await door.admit(request, "search")
    wanted = _validated(SearchRequest, await _json(request))
    await door.spend(caller)
    try:
        found = await run_sync(run, "search", wanted.model_dump(), limiter=door.threads)
    except ApiError as error:
        raise Refusal(400, error_body(str(error))) from error
    return JSONResponse({"object": "list", "data": found["passages"]})


# ---------------------------------------------------------------- a completion


@dataclass(frozen=True, slots=True)
class Asking:
    """One request on its way."""

    wanted: ChatRequest
    message: IncomingMessage
    history: tuple[Exchange, ...]
    created: int

    @property
    def include_usage(self) -> bool:
        options = self.wanted.stream_options
        return bool(options and options.include_usage)


@dataclass(frozen=True, slots=True)
class Completions:
    door: Door
    programs: Programs
    renderer: TextRenderer
    public_url: str | None

    async def answer(self, request: Request) -> Response:
        caller = await self.door.admit(request, "chat")
        wanted = _validated(ChatRequest, await _json(request))
        _known(wanted.model)
        question, history = conversation(wanted.messages)
        if len(question) > LONGEST_QUESTION:
            message = wording.MESSAGE_TOO_LONG.format(length=len(question), limit=LONGEST_QUESTION)
            raise Refusal(400, error_body(message, code="context_length_exceeded", param="messages"))
        await self.door.spend(caller)
        user = wanted.user or wanted.safety_identifier or ""
        key = request.headers.get("idempotency-key", "")[:100]
        asking = Asking(wanted, self.programs.message(caller, question, user, key), history, int(time.time()))
        turn = await self._run(self.programs.begin, asking.message, history)
        headers = {"x-request-id": turn.id, "Cache-Control": "no-cache"}
        if wanted.stream:
            headers["X-Accel-Buffering"] = "no"  # nginx would hold the stream back
            return StreamingResponse(self.chunks(asking, turn), media_type="text/event-stream", headers=headers)
        return JSONResponse(await self._whole(asking, turn), headers=headers)

    async def _whole(self, asking: Asking, turn: Turn) -> dict[str, Any]:
        heard = ""
        while not turn.finished:
            turn, heard = await self._run(self.programs.follow, turn, HEARTBEAT_SECONDS, heard)
        self.programs.recounted.forget(asking.message)
        if turn.state == "failed" or turn.reply is None:
            raise Refusal(500, error_body(wording.TURN_FAILED, "server_error", "turn_failed"))
        answer = turn.reply.answer
        content = self.shown(answer)
        message = {
            "role": "assistant",
            "content": content,
            "refusal": None,
            "guangzhi": self._extension(asking, turn, answer),
        }
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return {**self._head(asking, turn, ""), "choices": [choice], "usage": usage(asking, content)}

    async def chunks(self, asking: Asking, turn: Turn) -> AsyncIterator[str]:
        """What a chat model writes is told as it is verified; what else is needed follows when the answer is stored."""
        yield self._chunk(asking, turn, {"role": "assistant", "content": ""})
        sent = heard = ""
        while not turn.finished:
            turn, heard = await self._run(self.programs.follow, turn, HEARTBEAT_SECONDS, heard)
            so_far = labelled(GENERATED, heard) if heard else ""
            if so_far == sent or not so_far.startswith(sent):
                yield ": \n\n"
                continue
            yield self._chunk(asking, turn, {"content": so_far[len(sent) :]})
            sent = so_far
        self.programs.recounted.forget(asking.message)
        if turn.state == "failed" or turn.reply is None:
            yield _event(error_body(wording.TURN_FAILED, "server_error", "turn_failed"))
            return
        whole = self.shown(turn.reply.answer)
        # What was told cannot be taken back; where the stored answer is another, it follows, and says so.
        rest = whole[len(sent) :] if whole.startswith(sent) else wording.CORRECTION + whole
        for piece in pieces(rest):
            yield self._chunk(asking, turn, {"content": piece})
        ending = {"guangzhi": self._extension(asking, turn, turn.reply.answer)}
        yield self._chunk(asking, turn, ending, "stop")
        if asking.include_usage:
            counted = usage(asking, sent + rest)
            yield _event({**self._head(asking, turn, ".chunk"), "choices": [], "usage": counted})
        yield "data: [DONE]\n\n"

    def shown(self, answer: Answer) -> str:
        """With its label and its sources: many programs show the text and nothing else."""
        return self.renderer.parts(answer)[0]

    def _head(self, asking: Asking, turn: Turn, suffix: str) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{turn.id}",
            "object": f"chat.completion{suffix}",
            "created": asking.created,
            "model": MODEL,
        }

    def _chunk(self, asking: Asking, turn: Turn, delta: dict[str, Any], reason: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        counted = {"usage": None} if asking.include_usage else {}
        return _event({**self._head(asking, turn, ".chunk"), "choices": [choice], **counted})

    def _extension(self, asking: Asking, turn: Turn, answer: Answer) -> dict[str, Any]:
        ignored = sorted(IGNORED & (asking.wanted.model_extra or {}).keys())
        return {"turn": turn.id, **for_program(answer, self.public_url), "ignored": ignored}

    async def _run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return await run_sync(function, *arguments, limiter=self.door.threads)


def usage(asking: Asking, content: str) -> dict[str, Any]:
    """In characters, and says so: there is no tokenizer, and no token is paid for."""
    prompt = len(asking.message.text) + sum(len(one.question) + len(one.answer) for one in asking.history)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": len(content),
        "total_tokens": prompt + len(content),
        "unit": "characters",
    }


# ---------------------------------------------------------------- what was asked


def conversation(messages: Sequence[Said | Replied]) -> tuple[str, tuple[Exchange, ...]]:
    """The last thing a person said, and the exchanges before it. System messages are no part of a conversation.

    Raises Refusal where no person said anything.
    """
    exchanges: list[Exchange] = []
    for message in messages:
        text = _text(message.content)
        if message.role == "user":
            exchanges.append(Exchange(text))
        elif message.role == "assistant" and exchanges:
            exchanges[-1] = Exchange(exchanges[-1].question, _bare(text))
    if not exchanges:
        raise Refusal(400, error_body(wording.MESSAGES_NO_USER, param="messages"))
    return exchanges[-1].question.strip(), tuple(exchanges[:-1])


def _text(content: str | list[TextPart] | None) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    return "\n".join(part.text for part in content)


def _bare(text: str) -> str:
    """An earlier answer of ours without what `shown` put around it: sources name clauses that nobody asked about."""
    text = _LABEL.sub("", text)
    for basis in (said_by_bot.BASIS, said_by_bot.BASIS_INFERRED):
        text = text.partition(f"\n\n{basis}：")[0]
    return text.partition(f"\n\n{said_by_bot.SUGGESTIONS}\n")[0]


def labelled(label: str, text: str) -> str:
    return f"{said_by_bot.LABEL_LINE.format(label=label)}\n{text}"


async def _json(request: Request) -> Any:
    """Raises Refusal: 400, 413."""
    body, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= MOST_BYTES:
            body += chunk
        elif size > MOST_DISCARDED:
            break
    # The sender is let finish, and nothing is kept: who is cut off in the middle never sees why.
    if size > MOST_BYTES:
        raise Refusal(413, error_body(wording.TOO_LARGE, code="request_too_large"), {"Connection": "close"})
    try:
        return json.loads(bytes(body))
    except (ValueError, RecursionError):
        raise Refusal(400, error_body(wording.BAD_JSON)) from None


def _validated(wanted: type[Body], value: Any) -> Body:
    """Raises Refusal: 400, naming the option."""
    try:
        return wanted.model_validate(value)
    except ValidationError as error:
        place = error.errors(include_url=False, include_context=False, include_input=False)[0]["loc"]
        name = str(place[0]) if place else None
        at = f"{name}[{place[1]}]" if len(place) > 1 and isinstance(place[1], int) else name
        words = _OPTION_WORDS.get(name or "", wording.OPTION_BAD.format(name=name) if name else wording.BAD_REQUEST)
        raise Refusal(400, error_body(words, param=at)) from None


def _event(data: dict[str, Any]) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"
