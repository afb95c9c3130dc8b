"""What an operator may decide, as it comes out of the environment: one frozen value for every room.

`read_settings` is a function of a mapping; only `api/wiring` hands it the real environment.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr, ValidationError

from api import wording
from api.errors import SettingsInvalid
from bot.people import SMALLEST_KEY
from bot.wechat.settings import WeChatSettings
from knowledge.settings import KnowledgeSettings
from retrieval.generation.settings import ChatSettings, Prices

PREFIX = "GUANGZHI_"
VARIABLES = (
    "GUANGZHI_HOME",
    "GUANGZHI_DATABASE_URL",
    "GUANGZHI_CHROMA_URL",
    "GUANGZHI_EMBEDDING",
    "GUANGZHI_EMBEDDING_URL",
    "GUANGZHI_EMBEDDING_MODEL",
    "GUANGZHI_EMBEDDING_KEY",
    "GUANGZHI_THREADS",
    "GUANGZHI_CONTACT",
    "GUANGZHI_PUBLIC_URL",
    "GUANGZHI_HOST",
    "GUANGZHI_PORT",
    "GUANGZHI_SECRET_KEY",
    "GUANGZHI_LOG_LEVEL",
    "GUANGZHI_WECHAT_TOKEN",
    "GUANGZHI_WECHAT_APP_ID",
    "GUANGZHI_WECHAT_AES_KEY",
    "GUANGZHI_WECHAT_MODE",
    "GUANGZHI_WECHAT_VERIFIED",
    "GUANGZHI_WECHAT_TEXT_LIMIT",
    "GUANGZHI_CHAT_MODEL",
    "GUANGZHI_CHAT_URL",
    "GUANGZHI_CHAT_KEY",
    "GUANGZHI_CHAT_TIMEOUT_SECONDS",
    "GUANGZHI_CHAT_DAILY_TOKENS",
    "GUANGZHI_CHAT_PRICES",
)
_YES, _NO = ("1", "true", "yes", "是"), ("0", "false", "no", "否")


@dataclass(frozen=True, slots=True)
class WebSettings:
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str | None = None  # where people reach the pages from outside
    log_level: str = "warning"


@dataclass(frozen=True, slots=True)
class Settings:
    knowledge: KnowledgeSettings = field(default_factory=KnowledgeSettings)
    web: WebSettings = field(default_factory=WebSettings)
    contact: str | None = None  # whom to ask when the knowledge has no answer
    secret_key: SecretStr | None = None  # none: generated once and kept in the home
    wechat: WeChatSettings | None = None
    chat: ChatSettings | None = None  # none: answers are extracts

    @property
    def home(self) -> Path:
        return self.knowledge.home


def read_settings(variables: Mapping[str, str]) -> Settings:
    """Raises SettingsInvalid for a name we do not know or a value we cannot use. An empty value counts as unset."""
    ours = {name: value.strip() for name, value in variables.items() if name.startswith(PREFIX)}
    _refuse_unknown(ours)
    values = _Values({name: value for name, value in ours.items() if value})
    return Settings(
        knowledge=_knowledge(values),
        web=_web(values),
        contact=values.text("CONTACT"),
        secret_key=_secret_key(values),
        wechat=_wechat(values),
        chat=_chat(values),
    )


@dataclass(frozen=True, slots=True)
class _Values:
    """Typed access to the variables that are set, by their names without the prefix."""

    given: Mapping[str, str]

    def text(self, name: str) -> str | None:
        return self.given.get(PREFIX + name)

    def secret(self, name: str) -> SecretStr | None:
        value = self.text(name)
        return SecretStr(value) if value else None

    def address(self, name: str) -> str | None:
        value = self.text(name)
        if value and not value.startswith(("http://", "https://")):
            raise _invalid(name, wording.NOT_AN_ADDRESS)
        return value

    def number(self, name: str, default: int, low: int, high: int) -> int:
        value = self.text(name)
        if value is None:
            return default
        if not value.lstrip("-").isdecimal():
            raise _invalid(name, wording.NOT_A_NUMBER.format(value=value))
        if not low <= int(value) <= high:
            raise _invalid(name, wording.OUT_OF_RANGE.format(low=low, high=high, value=value))
        return int(value)

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        value = (self.text(name) or default).lower()
        if value not in choices:
            raise _invalid(name, wording.NOT_A_CHOICE.format(choices="、".join(choices), value=value))
        return value

    def yes(self, name: str) -> bool:
        return self.choice(name, "no", (*_YES, *_NO)) in _YES


def _refuse_unknown(ours: Mapping[str, str]) -> None:
    unknown = sorted(set(ours) - set(VARIABLES))
    if not unknown:
        return
    lines = [wording.UNKNOWN_VARIABLE.format(name=name) + _near(name) for name in unknown]
    raise SettingsInvalid("\n".join([*lines, wording.ALL_VARIABLES]))


def _near(name: str) -> str:
    near = difflib.get_close_matches(name.upper(), VARIABLES, n=1, cutoff=0.75)
    return wording.NEAR_VARIABLE.format(near=near[0]) if near else ""


def _knowledge(values: _Values) -> KnowledgeSettings:
    return KnowledgeSettings(
        home=Path(values.text("HOME") or "data").expanduser(),
        database_url=values.text("DATABASE_URL"),
        chroma_url=values.address("CHROMA_URL"),
        embedding=values.choice("EMBEDDING", "builtin", ("builtin", "remote", "none")),
        embedding_url=values.address("EMBEDDING_URL"),
        embedding_model=values.text("EMBEDDING_MODEL"),
        embedding_key=values.secret("EMBEDDING_KEY"),
        embedding_threads=values.number("THREADS", 2, 1, 256),
    )


def _web(values: _Values) -> WebSettings:
    return WebSettings(
        host=values.text("HOST") or "127.0.0.1",
        port=values.number("PORT", 8000, 1, 65535),
        public_url=values.address("PUBLIC_URL"),
        log_level=values.choice("LOG_LEVEL", "warning", ("debug", "info", "warning", "error")),
    )


def _secret_key(values: _Values) -> SecretStr | None:
    key = values.text("SECRET_KEY")
    if key and len(key.encode()) < SMALLEST_KEY:
        raise _invalid("SECRET_KEY", wording.SECRET_TOO_SHORT.format(least=SMALLEST_KEY))
    return SecretStr(key) if key else None


def _wechat(values: _Values) -> WeChatSettings | None:
    token = values.secret("WECHAT_TOKEN")
    if token is None:
        if any(name.startswith(PREFIX + "WECHAT_") for name in values.given):
            raise SettingsInvalid(wording.WECHAT_NEEDS_TOKEN)
        return None
    key, app_id = values.secret("WECHAT_AES_KEY"), values.text("WECHAT_APP_ID") or ""
    mode = values.choice("WECHAT_MODE", "safe" if key else "plain", ("plain", "compatible", "safe"))
    verified, limit = values.yes("WECHAT_VERIFIED"), values.number("WECHAT_TEXT_LIMIT", 1800, 400, 2048)
    try:
        given = {"token": token, "aes_key": key, "app_id": app_id, "mode": mode}
        return WeChatSettings.model_validate(given | {"verified": verified, "text_limit": limit})
    except ValidationError:
        # The error itself would repeat what was given, the key among it.
        raise SettingsInvalid(wording.WECHAT_INVALID) from None


def _chat(values: _Values) -> ChatSettings | None:
    model, url = values.text("CHAT_MODEL"), values.address("CHAT_URL")
    if model is None:
        if any(name.startswith(PREFIX + "CHAT_") for name in values.given):
            raise SettingsInvalid(wording.CHAT_NEEDS_MODEL)
        return None
    if url is None and ":" not in model:
        raise SettingsInvalid(wording.CHAT_NEEDS_URL)
    return ChatSettings(
        model=model,
        url=url,
        key=values.secret("CHAT_KEY"),
        timeout_seconds=values.number("CHAT_TIMEOUT_SECONDS", 20, 1, 300),
        daily_tokens=values.number("CHAT_DAILY_TOKENS", 0, 0, 1_000_000_000),
        prices=_prices(values.text("CHAT_PRICES")),
    )


def _prices(given: str | None) -> Prices:
    """「2/8」: yuan per million tokens in and out."""
    if given is None:
        return Prices()
    match = re.fullmatch(r"(\d+(?:\.\d+)?)/(\d+(?:\.\d+)?)", given)
    if match is None:
        raise _invalid("CHAT_PRICES", wording.NOT_PRICES.format(value=given))
    return Prices(float(match[1]), float(match[2]))


def _invalid(name: str, why: str) -> SettingsInvalid:
    return SettingsInvalid(wording.INVALID_VALUE.format(name=PREFIX + name, why=why))
