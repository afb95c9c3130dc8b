"""What Telegram delivers, read: a message for us, a pressed button, or nothing that concerns us."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from telegram import CallbackQuery, Message, MessageEntity, Update

from bot.errors import MalformedMessage

UPDATES = ("message", "edited_message", "callback_query")  # the kinds we ask Telegram for


@dataclass(frozen=True, slots=True)
class Identity:
    """Our bot, as Telegram knows it."""

    id: int
    username: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message was written, and by whom."""

    chat: int  # below zero: a group
    sender: int
    message: int
    thread: int | None = None

    @property
    def private(self) -> bool:
        return self.chat > 0


@dataclass(frozen=True, slots=True)
class Asked:
    """A message for us. `command` without slash and bot name; `text` without them and without our mention."""

    place: Place
    text: str = ""
    command: str = ""
    readable: bool = True  # false: a voice, a sticker, a picture without words …
    album: str = ""


@dataclass(frozen=True, slots=True)
class Pressed:
    place: Place
    query: str
    data: str


def read(update: Mapping[str, Any], me: Callable[[], Identity]) -> Asked | Pressed | None:
    """None for what is not for us. `me` is asked only where it takes our name to tell. Raises MalformedMessage."""
    try:
        parsed = Update.de_json(dict(update), None)
    except Exception as error:  # the library raises whatever a missing or wrong field leads to
        raise MalformedMessage("not a Telegram update") from error
    if parsed.callback_query is not None:
        return _pressed(parsed.callback_query)
    message = parsed.message or parsed.edited_message
    return _asked(message, me) if message is not None else None


def number_of(update: Mapping[str, Any]) -> int | None:
    number = update.get("update_id")
    return number if isinstance(number, int) else None


def _pressed(query: CallbackQuery) -> Pressed | None:
    if query.message is None or query.data is None:
        return None
    thread = query.message.message_thread_id if isinstance(query.message, Message) else None
    is_topic = isinstance(query.message, Message) and bool(query.message.is_topic_message)
    place = Place(query.message.chat.id, query.from_user.id, query.message.message_id, thread if is_topic else None)
    return Pressed(place, query.id, query.data)


def _asked(message: Message, me: Callable[[], Identity]) -> Asked | None:
    sender = _sender(message)
    if sender is None or message.via_bot is not None or message.chat.type == "channel":
        return None
    thread = message.message_thread_id if message.is_topic_message else None
    place = Place(message.chat.id, sender, message.message_id, thread)
    text, entities = _words(message)
    command = _command(text, entities)
    asked = Asked(place, text, readable=bool(text), album=message.media_group_id or "")
    if not text and message.effective_attachment is None:
        return None  # somebody joined, a title was changed
    if place.private:
        return _cut_command(asked, command) if command else asked
    return _in_group(asked, message, entities, command, me())


def _in_group(
    asked: Asked, message: Message, entities: list[tuple[MessageEntity, str]], command: str, me: Identity
) -> Asked | None:
    """The message without our name, where it is for us: by mention, by reply, by a command with our name."""
    at_me = f"@{me.username}".lower()
    if command:
        return _cut_command(asked, command) if command.lower().endswith(at_me) else None
    mentions = [text for entity, text in entities if _names_us(entity, text, at_me, me.id)]
    replied = message.reply_to_message.from_user if message.reply_to_message else None
    if not mentions and (replied is None or replied.id != me.id):
        return None
    text = asked.text
    for mention in mentions:
        text = text.replace(mention, " ", 1)
    return replace(asked, text=" ".join(text.split(" ")).strip())


def _names_us(entity: MessageEntity, text: str, at_me: str, id: int) -> bool:
    if entity.type == MessageEntity.TEXT_MENTION:
        return entity.user is not None and entity.user.id == id
    return entity.type == MessageEntity.MENTION and text.lower() == at_me


def _cut_command(asked: Asked, command: str) -> Asked:
    name = command.lstrip("/").partition("@")[0].lower()
    return replace(asked, command=name, text=asked.text[len(command) :].strip())


def _command(text: str, entities: list[tuple[MessageEntity, str]]) -> str:
    """`/help@our_bot` where the message begins with one."""
    found = [text for entity, text in entities if entity.type == MessageEntity.BOT_COMMAND and entity.offset == 0]
    return found[0] if found and text.startswith(found[0]) else ""


def _words(message: Message) -> tuple[str, list[tuple[MessageEntity, str]]]:
    """The text or the caption, and what is marked in it. Telegram counts in UTF-16, the library translates."""
    if message.text:
        return message.text, list(message.parse_entities().items())
    return message.caption or "", list(message.parse_caption_entities().items()) if message.caption else []


def _sender(message: Message) -> int | None:
    """A person, or the chat in whose name somebody writes; no other bot."""
    if message.sender_chat is not None:
        return message.sender_chat.id
    if message.from_user is None or message.from_user.is_bot:
        return None
    return message.from_user.id
