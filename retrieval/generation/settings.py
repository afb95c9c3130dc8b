"""What an operator may decide about the chat model. Read once, in `api/settings`; frozen."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class Prices:
    """Yuan per million tokens."""

    input: float = 0.0
    output: float = 0.0

    @property
    def known(self) -> bool:
        return bool(self.input or self.output)

    def cost(self, input_tokens: int, output_tokens: int) -> float:
        return (self.input * input_tokens + self.output * output_tokens) / 1_000_000


@dataclass(frozen=True, slots=True)
class ChatSettings:
    model: str  # deepseek-chat, qwen-plus, glm-4-flash …; without `url` as LangChain names it: provider:model
    url: str | None = None  # base address of an OpenAI-compatible service
    key: SecretStr | None = None
    timeout_seconds: float = 20.0  # for a whole answer, from asking to its last sentence
    daily_tokens: int = 0  # in and out together; 0: no limit
    prices: Prices = Prices()
