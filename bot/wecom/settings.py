"""What the two WeCom doors need to know; read from the environment by `api/wiring` and handed in. Times in seconds."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

API_URL = "https://qyapi.weixin.qq.com"
MESSAGE_LIMIT = 2048  # bytes of UTF-8 that message/send and kf/send_msg take as text or Markdown
STREAM_LIMIT = 20480  # bytes of UTF-8 in one stream reply


def _filled(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value():
        raise ValueError("it is empty")
    return secret


def _aes_key(secret: SecretStr) -> SecretStr:
    key = secret.get_secret_value()
    try:
        fits = len(key) == 43 and len(base64.b64decode(f"{key}=", validate=True)) == 32
    except (binascii.Error, ValueError):
        fits = False
    if not fits:
        raise ValueError("the EncodingAESKey has 43 letters and digits")
    return secret


Secret = Annotated[SecretStr, AfterValidator(_filled)]
AesKey = Annotated[SecretStr, AfterValidator(_aes_key)]
Id = Annotated[str, Field(min_length=1)]


class WeComSettings(BaseModel):
    """One self-built application (自建应用) of one company."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    corp_id: Id
    agent_id: int = Field(ge=0)
    secret: Secret
    token: Secret
    aes_key: AesKey
    markdown: bool = True  # off: plain text, for members who read in WeChat (微信插件), which shows no Markdown
    api_url: str = API_URL
    text_limit: int = Field(MESSAGE_LIMIT, ge=400, le=MESSAGE_LIMIT)
    oldest_timestamp: float = Field(600, gt=0)  # of a signed request
    address_days: float = Field(7, gt=0)  # how long a member who wrote can be written to

    @property
    def account(self) -> str:
        return f"{self.corp_id}/{self.agent_id}"


class WeComBotSettings(BaseModel):
    """One 智能机器人 in API mode."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: Secret
    aes_key: AesKey
    name: str = ""  # as members see it in a group, to tell the mention from the question
    text_limit: int = Field(STREAM_LIMIT, ge=400, le=STREAM_LIMIT)
    reply_within: float = Field(1.5, ge=0)  # an answer that is there by then goes out at once
    refresh_within: float = Field(0.8, ge=0)  # how long a refresh waits for news
    give_up_after: float = Field(330, gt=0)  # the platform stops asking six minutes after the message
    oldest_timestamp: float = Field(600, gt=0)
