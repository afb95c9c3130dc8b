"""A message as the outbox keeps it: its HTML, what it answers, its buttons. Where it goes is not in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class Button:
    text: str
    data: str  # comes back when it is pressed; at most 64 bytes


@dataclass(frozen=True, slots=True)
class Body:
    html: str
    reply_to: int | None = None  # a message of the same chat
    thread: int | None = None  # the topic of a forum
    buttons: tuple[tuple[Button, ...], ...] = ()  # row by row

    def to_json(self) -> str:
        return _json().dump_json(self).decode()


def body_from_json(text: str) -> Body:
    return _json().validate_json(text)


@cache
def _json() -> TypeAdapter[Body]:
    return TypeAdapter(Body)
