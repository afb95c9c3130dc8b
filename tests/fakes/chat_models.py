"""A chat model that says what a test wrote down, piece by piece; it may stall and it may die."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event
from time import sleep
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field

Step = str | Event | Exception


class ScriptedChatModel(BaseChatModel):
    """`script`: a string comes in pieces of `piece` characters; an Event is waited for; an exception is raised.

    `asked` remembers the messages of every call. `usage`: tokens in and out, told with the last piece, or not at all.
    """

    script: list[Any] = Field(default_factory=list)
    piece: int = 3
    usage: tuple[int, int] | None = None
    asked: list[list[BaseMessage]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        self.asked.append(messages)
        for step in self.script:
            if isinstance(step, Exception):
                raise step
            if isinstance(step, Event):
                step.wait()
                continue
            for at in range(0, len(step), self.piece):
                yield ChatGenerationChunk(message=AIMessageChunk(step[at : at + self.piece]))
        if self.usage:
            counts = {"input_tokens": self.usage[0], "output_tokens": self.usage[1], "total_tokens": sum(self.usage)}
            yield ChatGenerationChunk(message=AIMessageChunk("", usage_metadata=counts))  # type: ignore[arg-type]

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        text = "".join(step for step in self.script if isinstance(step, str))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text))])


class SchemingChatModel(ScriptedChatModel):
    """Writes its script when it sees what it was given: `scheme` gets the human message and returns the steps.

    A step that is an iterator is said piece by piece, without end if it has none; a number is a pause in seconds.
    """

    scheme: Any = None

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for step in self.scheme(str(messages[-1].content)):
            if isinstance(step, Iterator):
                for piece in step:
                    yield ChatGenerationChunk(message=AIMessageChunk(piece))
                continue
            if isinstance(step, float):
                sleep(step)
                continue
            self.script = [step]
            yield from super()._stream(messages, stop, run_manager, **kwargs)
