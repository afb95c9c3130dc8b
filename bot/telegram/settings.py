"""What the Telegram bot needs to know; read from the environment by `api/wiring` and handed in."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

PLATFORM_TEXT_LIMIT = 4096  # characters after the tags are taken out; counted here in UTF-16 units, the stricter way
API_URL = "https://api.telegram.org"


class TelegramSettings(BaseModel):
    """Seconds everywhere. With `webhook_url` Telegram calls us there; without it we ask Telegram for messages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: SecretStr  # of @BotFather: 123456:ABC…
    webhook_url: str | None = None
    api_url: str = API_URL  # or an API server of one's own
    text_limit: int = Field(PLATFORM_TEXT_LIMIT, ge=400, le=PLATFORM_TEXT_LIMIT)
    address_days: float = Field(30, gt=0)  # how long after a person's last message we may still write to them
    slow_after: float = Field(3.0, ge=0)  # a person waits this long before they are told that we are looking
    between: float = Field(1.0, ge=0)  # between two messages or edits in one private chat
    between_in_group: float = Field(3.0, ge=0)  # between two edits in one group: 20 a minute
    group_window: float = Field(61.0, gt=0)  # in which a group gets at most 20 messages: a minute, and some for the way
    a_second: int = Field(25, ge=1)  # messages in all chats together; Telegram takes about 30
    poll_for: float = Field(25.0, ge=0)  # how long Telegram may hold an unanswered request for messages
    answer_within: float = Field(15.0, gt=0)  # of Telegram to any other request

    @field_validator("token")
    @classmethod
    def _names_a_bot(cls, token: SecretStr) -> SecretStr:
        number, _, secret = token.get_secret_value().partition(":")
        if not number.isascii() or not number.isdecimal() or not secret:
            raise ValueError("a Telegram token is a number, a colon and a secret")
        return token

    @property
    def account(self) -> str:
        """The bot's own number, which begins its token."""
        return self.token.get_secret_value().partition(":")[0]
