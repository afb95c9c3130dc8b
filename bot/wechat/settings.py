"""What the WeChat official account needs to know; read from the environment by `api/wiring` and handed in."""

from __future__ import annotations

import base64
import binascii
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

PLATFORM_TEXT_LIMIT = 2048  # bytes of UTF-8 that the platform takes on paper
API_URL = "https://api.weixin.qq.com"

Mode = Literal["plain", "compatible", "safe"]


class WeChatSettings(BaseModel):
    """Seconds everywhere. The mode is the one chosen in the account's 服务器配置 page."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: SecretStr
    aes_key: SecretStr | None = None  # EncodingAESKey: 43 characters
    token_before: SecretStr | None = None  # those of before, valid while they are being changed
    aes_key_before: SecretStr | None = None
    app_id: str = ""
    app_secret: SecretStr | None = None  # for what we ask of the platform: messages, menu, pictures
    api_url: str = API_URL
    mode: Mode = "plain"
    verified: bool = False  # a verified account may send customer-service messages
    transfer: bool = False  # the platform's own 客服 is enabled: 「转人工」 goes there
    text_limit: int = Field(1800, ge=400, le=PLATFORM_TEXT_LIMIT)
    reply_within: float = Field(4.5, gt=0)  # of the platform's five seconds; the rest is for the way back
    hold_for: float = Field(2.0, ge=0)  # after that, how long we wait for the platform to cut an unanswered delivery
    noted_within: float = Field(4.8, gt=0)  # after arrival; written later, a reply may have met a cut connection
    last_delivery: int = Field(3, ge=1)  # the platform delivers a message this often
    last_delivery_wait: float = Field(7.0, ge=0)  # since we received it first: a duplicate is no later delivery
    last_delivery_age: float = Field(9.0, gt=0)  # of a message by its CreateTime when its last delivery arrives
    deliveries_last: float = Field(20.0, gt=0)  # three times five, and some for the way
    oldest_timestamp: float = Field(600, gt=0)  # of a signed request
    after_message: float = Field(48 * 3600, gt=0)  # how long we may send after a person's message …
    after_event: float = Field(60, gt=0)  # … and after a click, a subscription or a scan

    @property
    def sends(self) -> bool:
        """Whether we can send messages by ourselves, and not only answer."""
        return self.verified and self.asks

    @property
    def asks(self) -> bool:
        """Whether we can ask the platform for anything at all."""
        return bool(self.app_id and self.app_secret)

    @model_validator(mode="after")
    def _keys_fit_the_mode(self) -> Self:
        if not self.token.get_secret_value():
            raise ValueError("the WeChat token is empty")
        for key in (self.aes_key, self.aes_key_before):
            if key is not None and not _is_aes_key(key.get_secret_value()):
                raise ValueError("the WeChat EncodingAESKey has 43 letters and digits")
        if self.mode != "plain" and not (self.aes_key and self.app_id):
            raise ValueError(f"the WeChat mode {self.mode!r} needs the EncodingAESKey and the AppID")
        return self


def _is_aes_key(key: str) -> bool:
    try:
        return len(key) == 43 and len(base64.b64decode(f"{key}=", validate=True)) == 32
    except (binascii.Error, ValueError):
        return False
