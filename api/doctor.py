"""What is configured, what is reachable, and what to do about what is not."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from api import wording
from api.wiring import Assistant
from knowledge.errors import KnowledgeError

Health = Literal["ok", "warning", "failed"]
Check = Callable[[Assistant], tuple[Health, str]]
LITTLE_SPACE = 1.0  # GB


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
        wording.DOCTOR_WECHAT: _wechat,
        wording.DOCTOR_PUBLIC_URL: _public_url,
        wording.DOCTOR_CONTACT: _contact,
    }
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
    spent = wording.CHAT_ON.format(model=settings.model, tokens=generator.usage.tokens)
    return "ok", spent + (wording.CHAT_LIMIT.format(limit=settings.daily_tokens) if settings.daily_tokens else "")


def _wechat(assistant: Assistant) -> tuple[Health, str]:
    settings = assistant.settings.wechat
    if settings is None:
        return "ok", wording.WECHAT_OFF
    return "ok", wording.WECHAT_ON.format(mode=wording.WECHAT_MODES[settings.mode])


def _public_url(assistant: Assistant) -> tuple[Health, str]:
    url = assistant.settings.web.public_url
    missed: Health = "warning" if assistant.settings.wechat else "ok"
    return "ok" if url else missed, url or wording.PUBLIC_URL_OFF


def _contact(assistant: Assistant) -> tuple[Health, str]:
    contact = assistant.settings.contact
    return "ok" if contact else "warning", contact or wording.CONTACT_OFF
