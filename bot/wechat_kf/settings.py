"""What WeChat customer service needs to know; read from the environment by `api/wiring` and handed in."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from bot.wecom.settings import API_URL, MESSAGE_LIMIT, AesKey, Id, Secret

POOL = "pool"  # instead of a servicer: whoever is free


class WeChatKfSettings(BaseModel):
    """All customer-service accounts of one company that our program may manage. Seconds, where not said otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    corp_id: Id
    secret: Secret  # of 微信客服, or of the application that may manage the accounts
    token: Secret
    aes_key: AesKey
    servicer: str = ""  # the UserID that 「转人工」 transfers to, or `pool`; empty: the contact is named instead
    api_url: str = API_URL
    text_limit: int = Field(MESSAGE_LIMIT, ge=400, le=MESSAGE_LIMIT)
    parts_at_once: int = Field(2, ge=1, le=4)  # of the platform's five; the rest comes on 「更多」
    oldest_timestamp: float = Field(600, gt=0)
    untokened_pause: float = Field(60, ge=0)  # between two pulls without a token, which the platform limits strictly

    @property
    def account(self) -> str:
        return self.corp_id
