"""What the talking room needs to know; read from the environment by `api/wiring` and handed in."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from bot.people import SMALLEST_KEY
from bot.wechat.settings import WeChatSettings


class BotSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    person_key: SecretStr  # names persons; to lose it is to lose every conversation, to leak it every pseudonym
    public_url: str | None = None  # where people reach the web pages; without it no evidence links
    dialogues_at_once: int = Field(4, ge=1)
    history: int = Field(6, ge=0)  # earlier exchanges the dialogue sees
    lease_seconds: float = Field(3.0, gt=0)
    wechat: WeChatSettings | None = None

    @field_validator("person_key")
    @classmethod
    def _long_enough(cls, key: SecretStr) -> SecretStr:
        if len(key.get_secret_value().encode()) < SMALLEST_KEY:
            raise ValueError(f"the key that names persons needs at least {SMALLEST_KEY} bytes")
        return key
