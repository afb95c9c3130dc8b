"""The one place that reads the environment and names concrete classes.

Heavy modules are imported where they are used: `guangzhi --help` must not pay for Chroma.
"""

from __future__ import annotations

import hashlib
import hmac
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
    from datetime import date

    from pydantic import SecretStr

    from api.h5_login import H5Login
    from api.recounted import Recounted
    from bot.addresses import Addresses
    from bot.delivery import Renderer, TurnRunner
    from bot.dialogue import Answers
    from bot.messages import Dialogue
    from bot.outbox import Courier, Outbox, Sender
    from bot.people import People
    from bot.rendering import TextRenderer
    from bot.telegram.service import TelegramService
    from bot.tokens import AccessTokens
    from bot.turns import Turns
    from bot.wechat.channel import WeChatChannel
    from bot.wechat.client import WeChatApi
    from bot.wechat.settings import WeChatSettings
    from bot.wechat_kf.channel import WeChatKf
    from bot.wecom.api import Api
    from bot.wecom.application import WeComApplication
    from bot.wecom.robot import WeComRobot
    from knowledge.catalog import Catalog
    from knowledge.database import Database
    from knowledge.embeddings import EmbeddingModel
    from knowledge.ingestion import Ingestion
    from knowledge.keyword_index import KeywordIndex
    from knowledge.vector_index import VectorIndex
    from retrieval.answering import Answerer
    from retrieval.caching import CachedEmbeddings
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
    questions: CachedEmbeddings  # what the answerer asks for vectors
    answerer: Answerer
    dialogue: Dialogue  # for people: answers are kept, see `retrieval.caching`
    dialogue_anew: Dialogue  # for commands and evaluation: every answer is worked out anew
    people: People
    resources: ExitStack

    def close(self) -> None:
        self.resources.close()


MakeDialogue = Callable[["Answers", Settings], "Dialogue"]


def conversation(answerer: Answers, settings: Settings) -> Dialogue:
    from bot.dialogue import Conversation

    return Conversation(answerer, contact=settings.contact, samples=wording.SAMPLES)


def open_assistant(
    settings: Settings, lock: HomeLock, progress: Progress = silent, make_dialogue: MakeDialogue = conversation
) -> Assistant:
    """Everything wired, the schema and the built-in library in place. The assistant owns the lock from here on."""
    with ExitStack() as opening:
        opening.callback(lock.release)
        assistant = _wire(settings, opening, make_dialogue)
        assistant.ingestion.cut_anew(lambda what, done, total: progress(wording.CUTTING.format(what=what), done, total))
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
    from retrieval.caching import CachedAnswerer, CachedEmbeddings
    from retrieval.reranking import RemoteReranker

    known = settings.knowledge
    database = Database(known.database)
    opening.callback(database.close)
    migrate(database)
    embeddings = open_embeddings(known)
    vectors = open_vector_index(known.home / "chroma", known.chroma_url, embeddings.name)
    catalog, segmenter = Catalog(database), Segmenter()
    keywords, questions = KeywordIndex(catalog), CachedEmbeddings(embeddings)
    answerer = Answerer(
        catalog=catalog,
        keywords=keywords,
        vectors=vectors,
        embeddings=questions,
        segmenter=segmenter,
        standards=load_standards(),
        contact=settings.contact,
        generator=_generator(settings, catalog),
    )
    if settings.rerank:
        answerer.search.remote = remote = RemoteReranker(settings.rerank)
        opening.callback(remote.close)

    def knowledge() -> tuple[int, date]:
        shelf = answerer.search.shelf()
        return shelf.revision, shelf.day

    cached = CachedAnswerer(
        answerer,
        knowledge,
        failures=lambda: questions.failures,
        worded=answerer.generator is not None,
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
        questions=questions,
        answerer=answerer,
        dialogue=make_dialogue(cached, settings),
        dialogue_anew=make_dialogue(answerer, settings),
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
    courier: Courier  # sends what channels send by themselves; start and close it
    sweeps: tuple[Callable[[], object], ...]  # what a crash left, at the start and now and then
    recounted: Recounted  # where programs say what was spoken of before
    telegram: TelegramService | None = None  # start and close it
    wecom: WeComApplication | None = None
    wecom_bot: WeComRobot | None = None
    wechat_kf: WeChatKf | None = None  # start and close its `pulling`


def open_channels(assistant: Assistant) -> Channels:
    """The caller closes the runner."""
    from api.recounted import Recounted
    from bot.delivery import TurnRunner
    from bot.outbox import Courier
    from bot.turns import Turns
    from bot.wechat.pictures import PictureReader

    renderer = _wechat_renderer(assistant.settings)
    recounted = Recounted(assistant.dialogue)
    turns, post = Turns(assistant.database, lease_seconds=WORKER_LEASE_SECONDS), open_post(assistant)
    api = _wechat_api(assistant)
    runner = TurnRunner(
        turns,
        recounted,
        renderers={**({"wechat": renderer.parts} if renderer else {}), **_wecom_renderers(assistant.settings)},
        readers={"wechat": PictureReader(api)} if api else {},
        workers=DIALOGUES_AT_ONCE,
    )
    telegram = _telegram(assistant, runner, post, lambda: courier.wake())
    senders = [*_senders(assistant, turns, post, api), *([telegram.sender] if telegram else [])]
    courier = Courier(post.outbox, post.addresses, [*senders, *_wecom_senders(assistant, post)])
    wechat = _wechat(assistant, runner, renderer, post, courier)
    sweeps = (post.addresses.forget_expired, *((wechat.catch_up,) if wechat else ()))
    sweeps += (telegram.catch_up,) if telegram else ()
    wecom, kf = _wecom(assistant, runner, post, courier), _wechat_kf(assistant, runner, post, courier)
    sweeps += tuple(one.catch_up for one in (wecom, kf) if one)
    robot = _wecom_bot(assistant, runner)
    return Channels(runner, wechat, courier, sweeps, recounted, telegram, wecom, robot, kf)


@dataclass(frozen=True, slots=True)
class Post:
    """What the channels that send by themselves share."""

    outbox: Outbox
    addresses: Addresses
    tokens: AccessTokens


def open_post(assistant: Assistant) -> Post:
    from bot.addresses import Addresses
    from bot.outbox import Outbox
    from bot.tokens import AccessTokens

    database, key = assistant.database, assistant.people.key
    return Post(Outbox(database), Addresses(database, key), AccessTokens(database, key))


def _senders(assistant: Assistant, turns: Turns, post: Post, api: WeChatApi | None) -> list[Sender]:
    senders: list[Sender] = []
    settings = assistant.settings.wechat
    if settings is not None and settings.sends and api is not None:
        from bot.wechat.sending import Allowance, WeChatSender

        senders.append(WeChatSender(api, turns, Allowance(settings, turns, post.outbox)))
    return senders


def open_wechat_api(assistant: Assistant, settings: WeChatSettings) -> WeChatApi:
    """The caller closes it."""
    from bot.tokens import AccessTokens
    from bot.wechat.client import WeChatApi

    return WeChatApi(settings, AccessTokens(assistant.database, assistant.people.key))


def _wechat_api(assistant: Assistant) -> WeChatApi | None:
    if assistant.settings.wechat is None:
        return None
    api = open_wechat_api(assistant, assistant.settings.wechat)
    assistant.resources.callback(api.close)
    return api


def _wechat_renderer(settings: Settings) -> TextRenderer | None:
    if settings.wechat is None:
        return None
    from bot.rendering import TextRenderer

    return TextRenderer(settings.wechat.text_limit, settings.web.public_url, numbered=True)


def _wechat(
    assistant: Assistant, runner: TurnRunner, renderer: TextRenderer | None, post: Post, courier: Courier
) -> WeChatChannel | None:
    settings = assistant.settings.wechat
    if settings is None or renderer is None:
        return None
    from bot.wechat.channel import WeChatChannel
    from bot.wechat.sending import LateAnswers

    return WeChatChannel(
        settings,
        runner,
        assistant.people,
        renderer,
        samples=wording.SAMPLES[:3],
        contact=assistant.settings.contact,
        addresses=post.addresses if settings.sends else None,
        late=LateAnswers(settings, runner.turns, post.outbox, courier) if settings.sends else None,
    )


# ---------------------------------------------------------------- WeCom and WeChat customer service


def open_wecom_api(assistant: Assistant) -> Api | None:
    """The calls of the self-built application. Closed with the assistant."""
    settings = assistant.settings.wecom
    return _api(assistant, "wecom", settings.corp_id, settings.secret, settings.api_url) if settings else None


def open_kf_api(assistant: Assistant) -> Api | None:
    """The calls of customer service. Closed with the assistant."""
    settings = assistant.settings.wechat_kf
    return _api(assistant, "wechat_kf", settings.corp_id, settings.secret, settings.api_url) if settings else None


def _api(assistant: Assistant, name: str, corp_id: str, secret: SecretStr, url: str) -> Api:
    from bot.tokens import AccessTokens
    from bot.wecom.api import Api

    tokens = AccessTokens(assistant.database, assistant.people.key)
    api = Api(corp_id, secret.get_secret_value(), tokens, name, url=url)
    assistant.resources.callback(api.close)
    return api


def _wecom_renderers(settings: Settings) -> dict[str, Renderer]:
    """Of the channels that send whole messages; what the robot says is read along."""
    if not (settings.wecom or settings.wechat_kf):
        return {}
    from bot.wechat_kf.channel import renderer_for as kf_renderer
    from bot.wecom.application import renderer_for as wecom_renderer

    url, renderers = settings.web.public_url, dict[str, "Renderer"]()
    if settings.wecom:
        renderers["wecom"] = wecom_renderer(settings.wecom, url).parts
    if settings.wechat_kf:
        renderers["wechat_kf"] = kf_renderer(settings.wechat_kf, url).parts
    return renderers


def _wecom_senders(assistant: Assistant, post: Post) -> list[Sender]:
    if not (assistant.settings.wecom or assistant.settings.wechat_kf):
        return []
    from bot.wechat_kf.sender import WeChatKfSender
    from bot.wecom.application import WeComSender

    senders: list[Sender] = []
    wecom, kf = assistant.settings.wecom, assistant.settings.wechat_kf
    if wecom and (api := open_wecom_api(assistant)):
        senders.append(WeComSender(wecom, api))
    if kf and (api := open_kf_api(assistant)):
        senders.append(WeChatKfSender(kf, api, post.outbox, assistant.database))
    return senders


def _wecom(assistant: Assistant, runner: TurnRunner, post: Post, courier: Courier) -> WeComApplication | None:
    settings = assistant.settings.wecom
    if settings is None:
        return None
    from bot.wecom.application import WeComApplication, renderer_for

    return WeComApplication(
        settings,
        runner,
        assistant.people,
        post.addresses,
        post.outbox,
        renderer_for(settings, assistant.settings.web.public_url),
        samples=wording.SAMPLES[:3],
        wake=courier.wake,
    )


def _wecom_bot(assistant: Assistant, runner: TurnRunner) -> WeComRobot | None:
    settings = assistant.settings.wecom_bot
    if settings is None:
        return None
    from bot.feedback import Feedback
    from bot.wecom.robot import WeComRobot

    feedback, url = Feedback(assistant.database), assistant.settings.web.public_url
    return WeComRobot(settings, runner, assistant.people, feedback, url, samples=wording.SAMPLES[:3])


def _wechat_kf(assistant: Assistant, runner: TurnRunner, post: Post, courier: Courier) -> WeChatKf | None:
    settings, api = assistant.settings.wechat_kf, open_kf_api(assistant)
    if settings is None or api is None:
        return None
    from bot.wechat_kf.channel import WeChatKf, renderer_for

    return WeChatKf(
        settings,
        runner,
        assistant.people,
        post.addresses,
        post.outbox,
        assistant.database,
        api,
        renderer_for(settings, assistant.settings.web.public_url),
        contact=assistant.settings.contact,
        samples=wording.SAMPLES[:3],
        wake=courier.wake,
    )


def _telegram(assistant: Assistant, runner: TurnRunner, post: Post, wake: Callable[[], None]) -> TelegramService | None:
    settings = assistant.settings.telegram
    if settings is None:
        return None
    from bot.telegram.service import TelegramService

    # Derived, so that there is nothing to set up: Telegram learns it when we tell it our address.
    secret = hmac.new(assistant.people.key, f"telegram webhook {settings.account}".encode(), hashlib.sha256)
    return TelegramService(
        settings,
        assistant.database,
        runner,
        assistant.people,
        post.addresses,
        post.outbox,
        secret=secret.hexdigest(),
        public_url=assistant.settings.web.public_url,
        contact=assistant.settings.contact,
        samples=wording.SAMPLES[:3],
        wake=wake,
    )


def open_login(assistant: Assistant) -> H5Login | None:
    """The web login of the official account; none where it is not configured."""
    settings = assistant.settings
    if settings.h5 is None or settings.web.public_url is None:
        return None
    from api.h5_login import H5Login

    return H5Login(settings.h5, assistant.people, settings.web.public_url)
