from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bot.errors import MalformedMessage
from bot.telegram.polling import Poller


class Client:
    """Gives out what the offset has not confirmed, and remembers the offsets it was asked with."""

    def __init__(self, *numbers: int) -> None:
        self.numbers = numbers
        self.offsets: list[int | None] = []

    def updates(self, offset: int | None, hold: float) -> list[dict[str, Any]]:
        self.offsets.append(offset)
        return [{"update_id": number} for number in self.numbers if number >= (offset or 0)]


def test_the_offset_moves_on_only_when_a_message_is_stored() -> None:
    stored: list[int] = []
    locked = [True]

    def take(update: Mapping[str, Any]) -> None:
        if update["update_id"] == 12 and locked:
            raise OSError("the database is locked")
        stored.append(update["update_id"])

    client = Client(11, 12, 13)
    poller = Poller(client, take, 0)  # type: ignore[arg-type]
    with pytest.raises(OSError, match="locked"):
        poller.poll_once()
    locked.clear()
    poller.poll_once()
    poller.poll_once()
    assert client.offsets == [None, 12, 14]
    assert stored == [11, 12, 13]


def test_what_can_never_be_read_is_passed_over() -> None:
    def take(update: Mapping[str, Any]) -> None:
        if update["update_id"] == 11:
            raise MalformedMessage("no chat")

    client = Client(11, 12)
    poller = Poller(client, take, 0)  # type: ignore[arg-type]
    assert poller.poll_once() == 2
    poller.poll_once()
    assert client.offsets == [None, 13]
