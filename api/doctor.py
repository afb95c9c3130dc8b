"""What is configured, what is reachable, and what to do about what is not."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import httpx

from api import wording
from api.keys import Keys
from api.wiring import Assistant, open_kf_api, open_wecom_api
from bot.errors import BotError
from knowledge.errors import KnowledgeError

Health = Literal["ok", "warning", "failed"]
Check = Callable[[Assistant], tuple[Health, str]]
LITTLE_SPACE = 1.0  # GB
TELEGRAM_SECONDS = 4.0  # for its answer to who we are


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    health: Health
    says: str


def examine(assistant: Assistant) -> list[Finding]:
    """Every check answers; what it cannot reach is its finding."""
    checks: dict[str, Check] = {
        wording.DOCTOR_HOME: _home,
        wording.DOCTOR_DATABASE: _database,
        wording.DOCTOR_KEYWORDS: _keywords,
        wording.DOCTOR_EMBEDDING: _embedding,
        wording.DOCTOR_VECTORS: _vectors,
        wording.DOCTOR_LIBRARY: _library,
        wording.DOCTOR_CHAT: _chat,
        wording.DOCTOR_RERANK: _rerank,
        wording.DOCTOR_WECHAT: _wechat,
        wording.DOCTOR_TELEGRAM: _telegram,
        wording.DOCTOR_OUTBOX: _outbox,
        wording.DOCTOR_PROGRAMS: _programs,
        wording.DOCTOR_PUBLIC_URL: _public_url,
        wording.DOCTOR_CONTACT: _contact,
    }
    settings = assistant.settings
    configured = {
        wording.WECOM: (settings.wecom, _wecom),
        wording.WECOM_BOT: (settings.wecom_bot, _wecom_bot),
        wording.WECHAT_KF: (settings.wechat_kf, _wechat_kf),
    }
    checks |= {name: check for name, (channel, check) in configured.items() if channel is not None}
    return [Finding(name, *_checked(check, assistant)) for name, check in checks.items()]


def _checked(check: Check, assistant: Assistant) -> tuple[Health, str]:
    try:
        return check(assistant)
    except KnowledgeError as error:
        return "failed", str(error)


def _home(assistant: Assistant) -> tuple[Health, str]:
    home = assistant.settings.home.absolute()
    free = shutil.disk_usage(home).free / 2**30
    if free < LITTLE_SPACE:
        return "warning", wording.HOME_FULL.format(home=home, free=free)
    return "ok", wording.HOME_FREE.format(home=home, free=free)


def _database(assistant: Assistant) -> tuple[Health, str]:
    backend, revision = assistant.database.url.get_backend_name(), assistant.catalog.revision()
    says = wording.DATABASE_HOLDS.format(backend=backend, revision=revision, **assistant.catalog.counts())
    return "ok", says


def _keywords(assistant: Assistant) -> tuple[Health, str]:
    assistant.keywords.catch_up()
    return "ok", wording.KEYWORDS_HOLD.format(count=len(assistant.keywords))


def _embedding(assistant: Assistant) -> tuple[Health, str]:
    model = assistant.embeddings
    if not model.available:
        return "warning", wording.EMBEDDING_OFF
    model.embed_query(wording.SAMPLES[0])  # the first loads the model; the second is what a question pays
    started = time.perf_counter()
    model.embed_query(wording.SAMPLES[1])
    milliseconds = (time.perf_counter() - started) * 1000
    says = wording.EMBEDDING_WORKS.format(name=model.name, milliseconds=milliseconds)
    return "ok", says


def _vectors(assistant: Assistant) -> tuple[Health, str]:
    if not assistant.embeddings.available:
        return "warning", wording.EMBEDDING_OFF
    passages, phrasings = assistant.vectors.count("passage"), assistant.vectors.count("phrasing")
    chunks = assistant.catalog.counts()["chunks"]
    if passages < chunks:
        return "warning", wording.VECTORS_MISSING.format(chunks=chunks, passages=passages)
    says = wording.VECTORS_HOLD.format(passages=passages, phrasings=phrasings)
    return "ok", says


def _library(assistant: Assistant) -> tuple[Health, str]:
    says = wording.LIBRARY_LOADED.format(fingerprint=assistant.catalog.state("library"))
    return "ok", says


def _chat(assistant: Assistant) -> tuple[Health, str]:
    settings, generator = assistant.settings.chat, assistant.answerer.generator
    if settings is None or generator is None:
        return "ok", wording.CHAT_OFF
    usage, limit = generator.usage, settings.daily_tokens
    says = wording.CHAT_ON.format(
        model=settings.model,
        answers=usage.answers,
        tokens=usage.tokens,
        input=usage.input_tokens,
        output=usage.output_tokens,
    )
    if settings.prices.known:
        says += wording.CHAT_COST.format(cost=usage.cost)
    if not limit:
        return "ok", says
    says += wording.CHAT_LIMIT.format(limit=limit)
    if limit < generator.least_tokens:
        return "warning", says + wording.CHAT_NEVER.format(least=generator.least_tokens)
    if limit - usage.tokens < generator.least_tokens:
        return "warning", says + wording.CHAT_SPENT
    return "ok", says


def _rerank(assistant: Assistant) -> tuple[Health, str]:
    remote = assistant.answerer.search.remote
    if remote is None:
        return "ok", wording.RERANK_OFF
    started = time.perf_counter()
    try:
        remote.places(wording.SAMPLES[0], wording.SAMPLES)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return "warning", wording.RERANK_FAILS.format(why=type(error).__name__)
    milliseconds = (time.perf_counter() - started) * 1000
    return "ok", wording.RERANK_WORKS.format(model=remote.model or wording.RERANK_UNNAMED, milliseconds=milliseconds)


def _wechat(assistant: Assistant) -> tuple[Health, str]:
    settings = assistant.settings.wechat
    if settings is None:
        return "ok", wording.WECHAT_OFF
    says = wording.WECHAT_ON.format(mode=wording.WECHAT_MODES[settings.mode])
    if settings.token_before or settings.aes_key_before:
        says += wording.WECHAT_ROTATING
    if settings.verified and not settings.sends:
        return "warning", says + wording.WECHAT_CANNOT_SEND
    return "ok", says + (wording.WECHAT_SENDS if settings.sends else wording.WECHAT_FETCHED)


def _wecom(assistant: Assistant) -> tuple[Health, str]:
    settings, api = assistant.settings.wecom, open_wecom_api(assistant)
    assert settings is not None, "asked of a configured channel only"
    assert api is not None
    try:
        api.call("agent/get", {"agentid": settings.agent_id})
    except BotError as error:
        return "warning", wording.CHANNEL_FAILS.format(why=error)
    return "ok", wording.CHANNEL_ON.format(address=_address(assistant, "/wecom"))


def _wecom_bot(assistant: Assistant) -> tuple[Health, str]:
    return "ok", wording.WECOM_BOT_ON.format(address=_address(assistant, "/wecom/bot"))


def _wechat_kf(assistant: Assistant) -> tuple[Health, str]:
    api = open_kf_api(assistant)
    assert api is not None, "asked of a configured channel only"
    try:
        accounts = len(api.call("kf/account/list", {}).get("account_list") or ())
    except BotError as error:
        return "warning", wording.CHANNEL_FAILS.format(why=error)
    if not accounts:
        return "warning", wording.KF_NO_ACCOUNT
    return "ok", wording.KF_ON.format(address=_address(assistant, "/wechat-kf"), accounts=accounts)


def _address(assistant: Assistant, path: str) -> str:
    url = assistant.settings.web.public_url
    return f"{url.rstrip('/')}{path}" if url else wording.CHANNEL_ADDRESS.format(path=path)


def _outbox(assistant: Assistant) -> tuple[Health, str]:
    from bot.outbox import Outbox

    letters = Outbox(assistant.database).dead_letters()
    if letters:
        return "warning", wording.OUTBOX_HOLDS.format(count=len(letters))
    return "ok", wording.OUTBOX_EMPTY


def _programs(assistant: Assistant) -> tuple[Health, str]:
    settings, count = assistant.settings, Keys(assistant.database).usable()
    if settings.api_open and settings.web.public_url:
        return "warning", wording.PROGRAMS_LOCAL_EXPOSED
    if settings.api_open:
        return "ok", wording.PROGRAMS_LOCAL.format(count=count)
    return "ok", wording.PROGRAMS_OPEN.format(count=count) if count else wording.PROGRAMS_CLOSED


def _telegram(assistant: Assistant) -> tuple[Health, str]:
    settings = assistant.settings.telegram
    if settings is None:
        return "ok", wording.TELEGRAM_OFF
    from bot.errors import ChannelError
    from bot.telegram.client import TelegramClient, TokenRefused

    client = TelegramClient(settings.model_copy(update={"answer_within": TELEGRAM_SECONDS}))
    try:
        name = client.me().username
    except TokenRefused:
        return "failed", wording.TELEGRAM_TOKEN_REFUSED
    except ChannelError:
        return "warning", wording.TELEGRAM_OUT_OF_REACH.format(url=settings.api_url)
    finally:
        client.close()
    if settings.webhook_url is not None:
        return "ok", wording.TELEGRAM_IS_CALLED.format(name=name, url=settings.webhook_url)
    return "ok", wording.TELEGRAM_POLLS.format(name=name)


def _public_url(assistant: Assistant) -> tuple[Health, str]:
    url = assistant.settings.web.public_url
    missed: Health = "warning" if assistant.settings.wechat or assistant.settings.telegram else "ok"
    return "ok" if url else missed, url or wording.PUBLIC_URL_OFF


def _contact(assistant: Assistant) -> tuple[Health, str]:
    contact = assistant.settings.contact
    return "ok" if contact else "warning", contact or wording.CONTACT_OFF
