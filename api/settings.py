"""What an operator may decide, as it comes out of the environment: one frozen value for every room.

`read_settings` is a function of a mapping; only `api/wiring` hands it the real environment.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr, ValidationError

from api import wording
from api.errors import SettingsInvalid
from bot.people import SMALLEST_KEY
from bot.telegram.settings import API_URL as TELEGRAM_API_URL
from bot.telegram.settings import TelegramSettings
from bot.wechat.settings import API_URL, WeChatSettings
from bot.wechat_kf.settings import WeChatKfSettings
from bot.wecom.settings import API_URL as WECOM_URL
from bot.wecom.settings import WeComBotSettings, WeComSettings
from knowledge.settings import KnowledgeSettings
from retrieval.generation.settings import ChatSettings, Prices
from retrieval.reranking import RerankSettings

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
    "GUANGZHI_API_OPEN",
    "GUANGZHI_WIDGET_ORIGINS",
    "GUANGZHI_H5_ACCOUNT",
    "GUANGZHI_H5_OPEN_URL",
    "GUANGZHI_WECHAT_TOKEN",
    "GUANGZHI_WECHAT_TOKEN_BEFORE",
    "GUANGZHI_WECHAT_APP_ID",
    "GUANGZHI_WECHAT_AES_KEY",
    "GUANGZHI_WECHAT_AES_KEY_BEFORE",
    "GUANGZHI_WECHAT_API_URL",
    "GUANGZHI_WECHAT_APP_SECRET",
    "GUANGZHI_WECHAT_MODE",
    "GUANGZHI_WECHAT_VERIFIED",
    "GUANGZHI_WECHAT_TRANSFER",
    "GUANGZHI_WECHAT_TEXT_LIMIT",
    "GUANGZHI_TELEGRAM_TOKEN",
    "GUANGZHI_TELEGRAM_WEBHOOK_URL",
    "GUANGZHI_TELEGRAM_API_URL",
    "GUANGZHI_CHAT_MODEL",
    "GUANGZHI_CHAT_URL",
    "GUANGZHI_CHAT_KEY",
    "GUANGZHI_CHAT_TIMEOUT_SECONDS",
    "GUANGZHI_CHAT_DAILY_TOKENS",
    "GUANGZHI_CHAT_PRICES",
    "GUANGZHI_RERANK_URL",
    "GUANGZHI_RERANK_MODEL",
    "GUANGZHI_RERANK_KEY",
    "GUANGZHI_WECOM_CORP_ID",
    "GUANGZHI_WECOM_AGENT_ID",
    "GUANGZHI_WECOM_SECRET",
    "GUANGZHI_WECOM_TOKEN",
    "GUANGZHI_WECOM_AES_KEY",
    "GUANGZHI_WECOM_FORMAT",
    "GUANGZHI_WECOM_API_URL",
    "GUANGZHI_WECOM_BOT_TOKEN",
    "GUANGZHI_WECOM_BOT_AES_KEY",
    "GUANGZHI_WECOM_BOT_NAME",
    "GUANGZHI_KF_CORP_ID",
    "GUANGZHI_KF_SECRET",
    "GUANGZHI_KF_TOKEN",
    "GUANGZHI_KF_AES_KEY",
    "GUANGZHI_KF_SERVICER",
)
_Model = TypeVar("_Model", bound=BaseModel)
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")  # nothing that could end a list in a header
_YES, _NO = ("1", "true", "yes", "是"), ("0", "false", "no", "否")


@dataclass(frozen=True, slots=True)
class WebSettings:
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str | None = None  # where people reach the pages from outside
    log_level: str = "warning"
    widget_origins: tuple[str, ...] = ()  # of other sites' pages that may embed the chat; as browsers name them


@dataclass(frozen=True, slots=True)
class LoginSettings:
    """The official account's web login for /h5; addresses have no slash at their end."""

    account: str  # 原始 ID, gh_…: under it the account's messages arrive
    app_id: str
    app_secret: SecretStr
    api_url: str = "https://api.weixin.qq.com"
    open_url: str = "https://open.weixin.qq.com"


@dataclass(frozen=True, slots=True)
class Settings:
    knowledge: KnowledgeSettings = field(default_factory=KnowledgeSettings)
    web: WebSettings = field(default_factory=WebSettings)
    contact: str | None = None  # whom to ask when the knowledge has no answer
    secret_key: SecretStr | None = None  # none: generated once and kept in the home
    api_open: bool = False  # programs on this machine need no key
    wechat: WeChatSettings | None = None
    h5: LoginSettings | None = None  # none: who opens /h5 is anonymous
    telegram: TelegramSettings | None = None
    chat: ChatSettings | None = None  # none: answers are extracts
    rerank: RerankSettings | None = None  # none: the built-in order stands
    wecom: WeComSettings | None = None  # a self-built application
    wecom_bot: WeComBotSettings | None = None  # a 智能机器人
    wechat_kf: WeChatKfSettings | None = None  # WeChat customer service

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
        api_open=values.choice("API_OPEN", "no", ("no", "local")) == "local",
        wechat=_wechat(values),
        h5=_h5(values),
        telegram=_telegram(values),
        chat=_chat(values),
        rerank=_rerank(values),
        wecom=_wecom(values),
        wecom_bot=_wecom_bot(values),
        wechat_kf=_wechat_kf(values),
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
        widget_origins=_origins(values),
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
        return WeChatSettings.model_validate(
            given | {"verified": verified, "text_limit": limit} | _wechat_asking(values)
        )
    except ValidationError:
        # The error itself would repeat what was given, the key among it.
        raise SettingsInvalid(wording.WECHAT_INVALID) from None


def _wechat_asking(values: _Values) -> dict[str, object]:
    """What is needed to ask something of the platform, and while keys are being changed."""
    return {
        "app_secret": values.secret("WECHAT_APP_SECRET"),
        "api_url": values.address("WECHAT_API_URL") or API_URL,
        "token_before": values.secret("WECHAT_TOKEN_BEFORE"),
        "aes_key_before": values.secret("WECHAT_AES_KEY_BEFORE"),
        "transfer": values.yes("WECHAT_TRANSFER"),
    }


def _wecom(values: _Values) -> WeComSettings | None:
    needed = ("WECOM_CORP_ID", "WECOM_AGENT_ID", "WECOM_SECRET", "WECOM_TOKEN", "WECOM_AES_KEY")
    if not any(values.text(name) for name in (*needed[1:], "WECOM_FORMAT")):
        return None  # the company's id alone may be for customer service
    _all_of(values, needed, wording.WECOM)
    return _made(
        WeComSettings,
        wording.WECOM,
        corp_id=values.text("WECOM_CORP_ID"),
        agent_id=values.number("WECOM_AGENT_ID", 0, 0, 10**12),
        secret=values.secret("WECOM_SECRET"),
        token=values.secret("WECOM_TOKEN"),
        aes_key=values.secret("WECOM_AES_KEY"),
        markdown=values.choice("WECOM_FORMAT", "markdown", ("markdown", "text")) == "markdown",
        api_url=values.address("WECOM_API_URL") or WECOM_URL,
    )


def _wecom_bot(values: _Values) -> WeComBotSettings | None:
    needed = ("WECOM_BOT_TOKEN", "WECOM_BOT_AES_KEY")
    if not any(values.text(name) for name in (*needed, "WECOM_BOT_NAME")):
        return None
    _all_of(values, needed, wording.WECOM_BOT)
    return _made(
        WeComBotSettings,
        wording.WECOM_BOT,
        token=values.secret("WECOM_BOT_TOKEN"),
        aes_key=values.secret("WECOM_BOT_AES_KEY"),
        name=values.text("WECOM_BOT_NAME") or "",
    )


def _wechat_kf(values: _Values) -> WeChatKfSettings | None:
    needed = ("KF_SECRET", "KF_TOKEN", "KF_AES_KEY")
    if not any(values.text(name) for name in (*needed, "KF_CORP_ID", "KF_SERVICER")):
        return None
    corp_id = values.text("KF_CORP_ID") or values.text("WECOM_CORP_ID")
    _all_of(values, needed if corp_id else ("KF_CORP_ID", *needed), wording.WECHAT_KF)
    return _made(
        WeChatKfSettings,
        wording.WECHAT_KF,
        corp_id=corp_id,
        secret=values.secret("KF_SECRET"),
        token=values.secret("KF_TOKEN"),
        aes_key=values.secret("KF_AES_KEY"),
        servicer=values.text("KF_SERVICER") or "",
        api_url=values.address("WECOM_API_URL") or WECOM_URL,
    )


def _all_of(values: _Values, needed: tuple[str, ...], channel: str) -> None:
    if missing := [PREFIX + name for name in needed if not values.text(name)]:
        raise SettingsInvalid(wording.CHANNEL_NEEDS.format(channel=channel, missing="、".join(missing)))


def _made(kind: type[_Model], channel: str, **given: object) -> _Model:
    try:
        return kind.model_validate(given)
    except ValidationError:
        # The error itself would repeat what was given, the keys among it.
        raise SettingsInvalid(wording.CHANNEL_INVALID.format(channel=channel)) from None


def _telegram(values: _Values) -> TelegramSettings | None:
    token = values.secret("TELEGRAM_TOKEN")
    if token is None:
        if any(name.startswith(PREFIX + "TELEGRAM_") for name in values.given):
            raise SettingsInvalid(wording.TELEGRAM_NEEDS_TOKEN)
        return None
    webhook, api = values.address("TELEGRAM_WEBHOOK_URL"), values.address("TELEGRAM_API_URL")
    try:
        return TelegramSettings(token=token, webhook_url=webhook, api_url=api or TELEGRAM_API_URL)
    except ValidationError:
        # The error itself would repeat the token.
        raise _invalid("TELEGRAM_TOKEN", wording.TELEGRAM_TOKEN_SHAPE) from None


def _h5(values: _Values) -> LoginSettings | None:
    account = values.text("H5_ACCOUNT")
    if account is None:
        return None
    needed = ("WECHAT_APP_ID", "WECHAT_APP_SECRET", "PUBLIC_URL")
    if missing := [PREFIX + name for name in needed if not values.text(name)]:
        raise SettingsInvalid(wording.H5_NEEDS.format(missing="、".join(missing)))
    usual = LoginSettings(
        account, values.text("WECHAT_APP_ID") or "", SecretStr(values.text("WECHAT_APP_SECRET") or "")
    )
    return replace(
        usual,
        api_url=(values.address("WECHAT_API_URL") or usual.api_url).rstrip("/"),
        open_url=(values.address("H5_OPEN_URL") or usual.open_url).rstrip("/"),
    )


def _origins(values: _Values) -> tuple[str, ...]:
    given = (values.text("WIDGET_ORIGINS") or "").replace(",", " ").replace("，", " ").split()
    origins = {value: origin_of(value) for value in given}
    for value, origin in origins.items():
        if origin is None or urlsplit(value).path.strip("/") or urlsplit(value).query:
            raise _invalid("WIDGET_ORIGINS", wording.NOT_AN_ORIGIN.format(value=value))
    return tuple(dict.fromkeys(origin for origin in origins.values() if origin))


def origin_of(address: str) -> str | None:
    """The origin of an address as a browser writes it: lower case, no usual port; none where it has none."""
    try:
        parts = urlsplit(address)
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:  # UnicodeError too: a label too long, or a port that is none
        return None
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host) or parts.username is not None:
        return None
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, usual) else "")


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


def _rerank(values: _Values) -> RerankSettings | None:
    url = values.address("RERANK_URL")
    if url is None:
        if any(name.startswith(PREFIX + "RERANK_") for name in values.given):
            raise SettingsInvalid(wording.RERANK_NEEDS_URL)
        return None
    return RerankSettings(url, values.text("RERANK_MODEL") or "", values.secret("RERANK_KEY"))


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
