"""The one place that reads the environment and names concrete classes.

Heavy modules are imported where they are used: `guangzhi --help` must not pay for Chroma.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from api import wording
from api.home import HomeLock, secret_key
from api.settings import PREFIX, Settings, read_settings

if TYPE_CHECKING:
    from bot.delivery import TurnRunner
    from bot.messages import Dialogue
    from bot.people import People
    from bot.rendering import TextRenderer
    from bot.wechat.channel import WeChatChannel
    from knowledge.catalog import Catalog
    from knowledge.database import Database
    from knowledge.embeddings import EmbeddingModel
    from knowledge.ingestion import Ingestion
    from knowledge.keyword_index import KeywordIndex
    from knowledge.vector_index import VectorIndex
    from retrieval.answering import Answerer
    from retrieval.generation.budget import State
    from retrieval.generation.generator import Generator

Progress = Callable[[str, int, int], None]  # what, done, of how many

DIALOGUES_AT_ONCE = 4
WORKER_LEASE_SECONDS = 3.0


def silent(what: str, done: int, total: int) -> None:
    return None


def debugging() -> bool:
    """Whether the operator asked for details; usable even where the other settings are wrong."""
    return os.environ.get("GUANGZHI_LOG_LEVEL", "").lower() == "debug"


def settings_from_environment(folder: Path | None = None) -> Settings:
    """The environment over `.env` in the working folder. Raises SettingsInvalid."""
    return read_settings({**_dotenv((folder or Path.cwd()) / ".env"), **os.environ})


def _dotenv(path: Path) -> Mapping[str, str]:
    if not path.is_file():
        return {}
    from dotenv import dotenv_values

    return {k: v for k, v in dotenv_values(path, interpolate=False).items() if k.startswith(PREFIX) and v is not None}


@dataclass(frozen=True, slots=True)
class Assistant:
    """The wired parts of one process. Whoever opens it closes it."""

    settings: Settings
    database: Database
    catalog: Catalog
    keywords: KeywordIndex
    vectors: VectorIndex
    embeddings: EmbeddingModel
    ingestion: Ingestion
    answerer: Answerer
    dialogue: Dialogue
    people: People
    resources: ExitStack

    def close(self) -> None:
        self.resources.close()


MakeDialogue = Callable[["Answerer", Settings], "Dialogue"]


def conversation(answerer: Answerer, settings: Settings) -> Dialogue:
    from bot.dialogue import Conversation

    return Conversation(answerer, contact=settings.contact, samples=wording.SAMPLES)


def open_assistant(
    settings: Settings, lock: HomeLock, progress: Progress = silent, make_dialogue: MakeDialogue = conversation
) -> Assistant:
    """Everything wired, the schema and the built-in library in place. The assistant owns the lock from here on."""
    with ExitStack() as opening:
        opening.callback(lock.release)
        assistant = _wire(settings, opening, make_dialogue)
        load_library(assistant, progress)
        assistant.keywords.catch_up()
        assistant.resources.push(opening.pop_all())
    return assistant


def _wire(settings: Settings, opening: ExitStack, make_dialogue: MakeDialogue) -> Assistant:
    from api.migrations import migrate
    from bot.people import People
    from knowledge.catalog import Catalog
    from knowledge.database import Database
    from knowledge.embeddings import open_embeddings
    from knowledge.ingestion import Ingestion
    from knowledge.keyword_index import KeywordIndex
    from knowledge.library import load_standards
    from knowledge.readers.limits import DEFAULT_LIMITS
    from knowledge.terms import Segmenter
    from knowledge.vector_index import open_vector_index
    from retrieval.answering import Answerer

    known = settings.knowledge
    database = Database(known.database)
    opening.callback(database.close)
    migrate(database)
    embeddings = open_embeddings(known)
    vectors = open_vector_index(known.home / "chroma", known.chroma_url, embeddings.name)
    catalog, segmenter = Catalog(database), Segmenter()
    keywords = KeywordIndex(catalog)
    answerer = Answerer(
        catalog=catalog,
        keywords=keywords,
        vectors=vectors,
        embeddings=embeddings,
        segmenter=segmenter,
        standards=load_standards(),
        contact=settings.contact,
        generator=_generator(settings, catalog),
    )
    key = settings.secret_key.get_secret_value() if settings.secret_key else secret_key(settings.home)
    return Assistant(
        settings=settings,
        database=database,
        catalog=catalog,
        keywords=keywords,
        vectors=vectors,
        embeddings=embeddings,
        ingestion=Ingestion(catalog, vectors, embeddings, segmenter, DEFAULT_LIMITS),
        answerer=answerer,
        dialogue=make_dialogue(answerer, settings),
        people=People(key.encode()),
        resources=ExitStack(),
    )


def _generator(settings: Settings, state: State) -> Generator | None:
    if settings.chat is None:
        return None
    from api.errors import SettingsInvalid
    from retrieval.errors import ModelUnavailable
    from retrieval.generation.opening import open_generator

    try:
        return open_generator(settings.chat, state)
    except ModelUnavailable as error:
        raise SettingsInvalid(str(error)) from error


def load_library(assistant: Assistant, progress: Progress) -> None:
    """Bring the built-in knowledge in, where it is not the one that is there. The state last: a crash means again."""
    from knowledge.documents import Origin
    from knowledge.library import fingerprint, load_faqs, load_guides

    now = fingerprint()
    if assistant.catalog.state("library") == now:
        return

    def loading(what: str, done: int, total: int) -> None:
        progress(wording.LOADING_LIBRARY.format(what=what), done, total)

    assistant.ingestion.add_faqs(load_faqs(), Origin.LIBRARY, loading)
    assistant.ingestion.add_guides(load_guides(), loading)
    assistant.catalog.set_state("library", now)


# ---------------------------------------------------------------- what only a serving process has


@dataclass(frozen=True, slots=True)
class Channels:
    """The doors that people come through, and who answers there."""

    runner: TurnRunner
    wechat: WeChatChannel | None


def open_channels(assistant: Assistant) -> Channels:
    """The caller closes the runner."""
    from bot.delivery import TurnRunner
    from bot.turns import Turns

    renderer = _wechat_renderer(assistant.settings)
    runner = TurnRunner(
        Turns(assistant.database, lease_seconds=WORKER_LEASE_SECONDS),
        assistant.dialogue,
        renderers={"wechat": renderer.parts} if renderer else {},
        workers=DIALOGUES_AT_ONCE,
    )
    return Channels(runner, _wechat(assistant, runner, renderer))


def _wechat_renderer(settings: Settings) -> TextRenderer | None:
    if settings.wechat is None:
        return None
    from bot.rendering import TextRenderer

    return TextRenderer(settings.wechat.text_limit, settings.web.public_url)


def _wechat(assistant: Assistant, runner: TurnRunner, renderer: TextRenderer | None) -> WeChatChannel | None:
    settings = assistant.settings.wechat
    if settings is None or renderer is None:
        return None
    from bot.wechat.channel import WeChatChannel

    return WeChatChannel(settings, runner, assistant.people, renderer, samples=wording.SAMPLES[:3])
